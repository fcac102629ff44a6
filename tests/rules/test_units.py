"""Physical units: the parser, and that inconsistent laws are never kept."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from sklearn_trm import Constraints, TRMSymbolicRegressor
from sklearn_trm.data.datasets import load_planets
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.operators import OPS, all_names
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import call, var
from sklearn_trm.rules.units import NONE, Consistent, dimension, read_units

FAST = {"model": None, "random_state": 0, "time_limit": 1.5}
PURE = Constraints(dimensionless_constants_only=True)
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("N", "kg*m/s^2"), ("J", "N m"), ("W/m**2", "kg s^-3"), ("km/h", "m/s"), ("mmol", "mol"),
        ("V*A", "J/s"), ("Ohm", "V/A"), ("(kg m)/(s^2)", "N"), ("m^(1/2)", "m^0.5"), ("1", "rad"),
        ("min", "s"), ("T", "Wb/m^2"), ("", "%"), ("cd", "lm"), ("mPa", "N/m^2"),
    ],
)  # fmt: skip
def test_equal_dimensions(one, other):
    assert dimension(one) == dimension(other)
    assert dimension("m^(-3/2)")[0] == Fraction(-3, 2)


@pytest.mark.parametrize(
    "text", ["furlong", "m^", "m^x", "m)", "(m", "m//s", "2*m", "m;s", "x" * 999]
)
def test_no_units(text):
    with pytest.raises(DataError, match="unit"):
        dimension(text)


@pytest.mark.parametrize(
    ("law", "free", "pure"),
    [
        ("x0/x1", True, True), ("2*x0/x1", True, True), ("x0*x1", False, False),
        ("2*x0*x1", True, False), ("x0/x1 + 1", True, False), ("x0/x1*sin(x0)", False, False),
        ("x0/x1*sin(2*x0)", True, False), ("x0/x1*exp(x2)", True, True), ("0", True, True),
        ("x0**2/x0/x1", True, True), ("x0/(x1 + x0)", False, False), ("(x0/x1)**x2", False, False),
        ("x2**x2*x0/x1", True, True), ("sqrt(x0**2/x1**2)", True, True), ("3", True, False),
    ],
)  # fmt: skip
def test_what_is_consistent(law, free, pure):
    columns = dimension("m"), dimension("s"), NONE
    for free_constants, good in ((True, free), (False, pure)):
        assert Consistent(columns, dimension("m/s"), free_constants)(parse(law)) == good


def test_the_pendulum():
    X = RNG.uniform(0.5, 3.0, (80, 3))  # length, gravity, mass
    y = 2 * np.pi * np.sqrt(X[:, 0] / X[:, 1])
    est = TRMSymbolicRegressor(constraints=PURE, **FAST)
    est.fit(X, y, units=["m", "m/s^2", "kg"], y_units="s")
    assert est.expr_ in ("2*pi*sqrt(x0/x1)", "2*pi*sqrt(x0)/sqrt(x1)")
    same = read_units(["m", "m/s^2", "kg"], "s", ["x0", "x1", "x2"], False)
    assert len(est.equations_) > 1
    assert all(same(est.law(i)) for i in range(len(est.equations_)))


def test_kepler():
    table = load_planets()
    X, y, units = table[["distance"]], table["period"], {"distance": "AU"}
    est = TRMSymbolicRegressor(**FAST).fit(X, y, units=units | {"y": "yr"})
    assert est.score(X, y) > 0.999
    names = est.column_names()
    same = read_units(units, "yr", names, True)
    assert len(est.equations_) > 1
    assert all(same(est.law(i)) for i in range(len(est.equations_)))
    # a factor of exactly 1 is written where it carries the unit
    a = RNG.uniform(0.4, 30, (60, 1))
    est.fit(a, a[:, 0] ** 1.5, units=["AU"], y_units="yr")
    assert est.expr_.startswith("1*") and est.score(a, a[:, 0] ** 1.5) > 1 - 1e-12


def test_a_better_fit_that_is_inconsistent():
    X = RNG.uniform(0.5, 3.0, (100, 2))
    y = X[:, 0] ** 2 * X[:, 1]
    free = TRMSymbolicRegressor(**FAST).fit(X, y)
    assert free.expr_ == "x0**2*x1"
    est = TRMSymbolicRegressor(constraints=PURE, **FAST)
    est.fit(X, y, units={"x0": "m", "x1": "s", "y": "m"}, guesses=["x0**2*x1"])
    same = read_units({"x0": "m", "x1": "s"}, "m", ["x0", "x1"], False)
    assert "x0**2*x1" not in set(est.equations_.equation)
    assert len(est.equations_) > 1
    assert all(same(est.law(i)) for i in range(len(est.equations_)))


def test_several_targets_and_losses():
    X = RNG.uniform(0.5, 3.0, (60, 2))
    y = np.column_stack([X[:, 0] * X[:, 1], X[:, 0] / X[:, 1]])
    est = TRMSymbolicRegressor(constraints=PURE, loss="absolute", **FAST)
    est.fit(X, y, units=["m", "1"], y_units="m")
    assert [part.expr_ for part in est.estimators_] == ["x0*x1", "x0/x1"]


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ({"units": {"x0": "m"}}, "target has no unit"),
        ({"units": {"a": "m", "y": "m"}}, "columns are x0, x1"),
        ({"units": ["m"], "y_units": "m"}, "one text for each of 2"),
        ({"units": {"x0": "smoot", "y": "m"}}, "unknown unit 'smoot'"),
        ({"units": {"x0": 3, "y": "m"}}, "a unit is a text"),
    ],
)  # fmt: skip
def test_errors(units, message):
    with pytest.raises(DataError, match=message):
        TRMSymbolicRegressor(**FAST).fit(np.ones((5, 2)), np.arange(5.0), **units)


@pytest.mark.parametrize(
    ("law", "mended"),
    [
        ("x0/x1 + x2", "x0/x1 + 1*x2"), ("x0*x1", "1*(x0*x1)"),
        ("x0/x1*sin(x0)", "x0/x1*sin(1*x0)"),
        ("x0/x1", "x0/x1"), ("x2 + x1 + x0", "1*x2 + 1*x1 + 1*x0"), ("x0**2", "1*x0**2"),
        ("exp(x0 + x1)*x0/x1", "exp(1*x0 + 1*x1)*x0/x1"), ("2*x0", "2*x0"),
    ],
)  # fmt: skip
def test_a_factor_of_one_stands_where_it_carries_a_unit(law, mended):
    units = Consistent((dimension("m"), dimension("s"), NONE), dimension("m/s"))
    assert str(units.mended(parse(law))) == mended and units(units.mended(parse(law)))
    pure = Consistent(units.columns, units.target, free_constants=False)
    assert pure.mended(parse(law)) == parse(law)


@pytest.mark.parametrize("template", [None, "f(x0, x1) + g(x2)"])
def test_a_term_whose_coefficient_is_one(template):
    X = RNG.uniform(0.5, 3.0, (100, 3))
    units = {"x0": "m", "x1": "m", "x2": "s", "y": "m^2"}
    y = X[:, 0] * X[:, 1] + X[:, 2]
    est = TRMSymbolicRegressor(**FAST).fit(X, y, units=units, template=template)
    assert est.expr_ in ("1*x2 + x0*x1", "x0*x1 + 1*x2")


@pytest.mark.parametrize("name", all_names(1))
def test_a_unit_passes_through_powers_only(name):
    """The argument of a function is a pure number; a power of metres is a power of metres."""
    op, metre = OPS[name], dimension("m")
    degree = op.degree if op.power is None else op.power
    target = NONE if degree is None else dimension(f"m^{degree}")
    law = call(name, var(0))
    assert Consistent((metre,), target, False)(law) == op.is_homogeneous
    assert Consistent((NONE,), NONE, False)(law)
    mended = Consistent((metre,), target).mended(law)
    assert str(mended) == (str(law) if op.is_homogeneous else f"{name}(1*x0)")
