"""What is known of a law's shape: monotonic, even, odd, exchangeable."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_trm import Constraints, TRMSymbolicClassifier, TRMSymbolicRegressor
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.text import parse
from sklearn_trm.rules.shape import read_shape

RNG = np.random.default_rng(0)
X = RNG.uniform(-2.0, 2.0, (100, 2))
FAST = {"model": None, "random_state": 0, "time_limit": 1.5}
NAMES = ["x0", "x1"]


@pytest.mark.parametrize(
    ("known", "good", "bad"),
    [
        ({"monotonic": {"x0": 1}}, "x0**3 + sin(x1)", "x0**2"),
        ({"monotonic": {"x0": -1}}, "exp(-x0)", "exp(x0)"),
        ({"even": ["x0"]}, "cos(x0)*x1 + x0**2", "exp(x0)"),
        ({"odd": ["x1"]}, "x1*x0", "x1 + 1"),
        ({"exchange": [("x0", "x1")]}, "x0*x1 + x0 + x1", "x0 - x1"),
    ],
)  # fmt: skip
def test_what_each_means(known, good, bad):
    shape = read_shape(Constraints(**known), NAMES, X)
    assert shape(parse(good)) and not shape(parse(bad))


@pytest.mark.parametrize(
    "known",
    [
        {"monotonic": {"x0": 1, "x1": -1}}, {"even": ["x0"], "odd": ["x1"]},
        {"exchange": [("x0", "x1")]},
    ],
)  # fmt: skip
def test_what_is_known_is_kept(known):
    y = np.sin(2 * X[:, 0]) + X[:, 1] + 0.3 * X[:, 0] ** 2 + 0.1 * RNG.standard_normal(100)
    limits = Constraints(**known)
    est = TRMSymbolicRegressor(constraints=limits, **FAST).fit(X, y)
    shape = read_shape(limits, NAMES, X)
    laws = [est.law(i) for i in range(len(est.equations_))]
    assert laws and all(shape(law) for law in laws)


def test_it_finds_what_it_may():
    y = X[:, 0] ** 2 * X[:, 1]
    limits = Constraints(even=["x0"], odd=["x1"])
    est = TRMSymbolicRegressor(constraints=limits, **FAST).fit(X, y)
    assert est.expr_ == "x0**2*x1"


def test_classes():
    limits = Constraints(monotonic={"x0": 1})
    labels = X[:, 0] + 0.5 * np.sin(4 * X[:, 0]) > 0.2
    est = TRMSymbolicClassifier(constraints=limits, **FAST).fit(X, labels)
    shape = read_shape(limits, NAMES, X)
    assert len(est.equations_) > 1
    assert all(shape(est.law(i)) for i in range(len(est.equations_)))


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"monotonic": {"x0": 2}}, "1 or -1"), ({"even": "x0"}, "list of columns"),
        ({"exchange": [("x0",)]}, "pairs"),
    ],
)  # fmt: skip
def test_errors(known, message):
    with pytest.raises(ValueError, match=message):
        Constraints(**known)


def test_unknown_columns():
    with pytest.raises(DataError, match="columns are x0, x1"):
        TRMSymbolicRegressor(constraints=Constraints(odd=["a"]), **FAST).fit(X, X[:, 0])
