"""Units tell the search which products of columns a law may hold."""

from __future__ import annotations

import time

import numpy as np
import pytest

from benchmarks.dimensions import units_of
from benchmarks.laws import load
from sklearn_trm import Constraints, TRMSymbolicRegressor
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import complexity
from sklearn_trm.rules.units import dimension, read_units
from sklearn_trm.search.dimensional import by_units

RNG = np.random.default_rng(0)


class Timed(TRMSymbolicRegressor):
    """By processor time: other work does not count."""

    _clock = staticmethod(time.process_time)


PURE = Constraints(dimensionless_constants_only=True)


def units(*texts):
    return [dimension(t) for t in texts]


@pytest.mark.parametrize(
    ("columns", "target", "left"),
    [
        (("m", "m/s^2", "kg"), "s", 0),  # the pendulum: a power law
        (("m", "m", "s"), "m/s", 1),
        (("kg", "m/s", "J"), "J", 1),
        (("m", "m", "1", "1"), "1", 3),
        (("m^(1/2)", "m", "s"), "s", 1),
    ],
)
def test_what_is_left_has_no_unit(columns, target, left):
    X = RNG.uniform(0.5, 3.0, (30, len(columns)))
    found = by_units(X, X[:, 0], units(*columns), dimension(target))
    assert found.X.shape == (30, left)
    names = [f"x{j}" for j in range(len(columns))]
    for node, values in zip(found.nodes, found.X.T, strict=True):
        assert read_units(list(columns), "1", names, False)(node)
        np.testing.assert_allclose(evaluate(node, X), values)
    law = found.restore(parse("exp(x0) + 1" if left else "2"))
    assert read_units(list(columns), target, names, False)(law)
    np.testing.assert_allclose(evaluate(found.restore(parse("1")), X) * found.values, X[:, 0])


def test_a_power_law_in_noise_has_the_exponents_of_its_units():
    X = RNG.uniform(1, 3, (30, 3))
    y = 2 * np.sqrt(X[:, 0] / X[:, 1]) + 0.3 * RNG.standard_normal(30)
    est = Timed(model=None, random_state=0, time_limit=2, constraints=PURE)
    est.fit(X, y, units=["m", "m/s^2", "kg"], y_units="s")
    ratio = est.predict(X) / np.sqrt(X[:, 0] / X[:, 1])
    np.testing.assert_allclose(ratio, ratio[0])
    assert ratio[0] == pytest.approx(2.0, rel=0.1)


def test_a_unit_that_no_column_makes():
    X = RNG.uniform(1, 2, (20, 2))
    assert by_units(X, X[:, 0], units("m", "m"), dimension("s")) is None


def test_signs_and_zeros():
    X = RNG.uniform(-1, 1, (30, 2))
    assert by_units(X, X[:, 0], units("m^2", "m"), dimension("m")) is not None  # x0/x1**2
    X[3] = 0.0
    assert by_units(X, X[:, 0], units("m", "m"), dimension("m")) is None


@pytest.mark.parametrize("text", ["x0/x1 + x2*sin(x3)", "x2*x3*exp(-x0/(x1*x2))"])
def test_a_law_in_noise_is_found_by_its_units(text):
    """60 rows, 10% noise; without units the second is not found with more work either."""
    rng, true = np.random.default_rng(0), parse(text)
    X = rng.uniform(1, 3, (60, 4))
    y = evaluate(true, X)
    y = y + 0.1 * np.sqrt(np.mean(y**2)) * rng.standard_normal(60)
    fresh = rng.uniform(1, 3, (100, 4))
    known = {"units": ["m", "s", "m/s", "1"], "y_units": "m/s"}
    options = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 12}
    wanted = evaluate(true, fresh)
    with_them = TRMSymbolicRegressor(**options, constraints=PURE).fit(X, y, **known)
    # the form; a factor of 0.93(3) stands where these rows do not say 1
    np.testing.assert_allclose(with_them.predict(fresh), wanted, rtol=0.06)
    assert complexity(with_them.law()) <= complexity(true) + 2
    if "exp" in text:
        without = TRMSymbolicRegressor(**options).fit(X, y)
        assert np.abs(without.predict(fresh) / wanted - 1).max() > 0.01


@pytest.mark.parametrize("law", load("feynman")[::9], ids=lambda law: law.name)
def test_units_that_a_law_permits(law):
    given = units_of(law.node, len(law.variables))
    names = [f"x{j}" for j in range(len(law.variables))]
    assert read_units(given, None, names, False)(law.node)
