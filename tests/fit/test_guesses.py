"""Laws that a fit begins with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.data.magnitudes import Magnitudes
from sklearn_trm.errors import ParseError
from sklearn_trm.expressions.text import parse
from sklearn_trm.fit.guesses import read_guesses

X = np.random.default_rng(0).uniform(0.5, 3.0, (150, 3))
# out of reach for one step without a clock
HARD = "1.7*tanh(0.6*exp(-0.4*{0}**2) + {1}/(1.3 + cos({2}))) - 0.4*{1}"
Y = 1.7 * np.tanh(0.6 * np.exp(-0.4 * X[:, 0] ** 2) + X[:, 1] / (1.3 + np.cos(X[:, 2])))
Y = Y - 0.4 * X[:, 1]
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1}
GUESS = "tanh(exp(-0.5*{0}**2) + {1}/(1 + cos({2}))) - 0.5*{1}"


def test_a_guess_is_where_the_fit_begins():
    without = TRMSymbolicRegressor(**FAST).fit(X, Y)
    with_it = TRMSymbolicRegressor(**FAST).fit(X, Y, guesses=[GUESS.format("x0", "x1", "x2")])
    assert without.score(X, Y) < 0.99999 < with_it.score(X, Y)


def test_names_of_columns():
    table = pd.DataFrame(X, columns=["a", "b", "c"])
    law = HARD.format("a", "b", "c")
    est = TRMSymbolicRegressor(**FAST).fit(table, Y, guesses=[law])
    assert est.score(table, Y) == pytest.approx(1.0, abs=1e-12)


def test_a_wrong_guess_does_no_harm():
    y = X[:, 0] * X[:, 1]
    est = TRMSymbolicRegressor(**FAST).fit(X, y, guesses=["exp(x2)", "log(x0 - 100)"])
    assert est.expr_ == "x0*x1"


def test_a_fit_goes_on_from_another():
    est = TRMSymbolicRegressor(**FAST).fit(X, Y, guesses=[HARD.format("x0", "x1", "x2")])
    again = TRMSymbolicRegressor(**FAST).fit(X, Y, guesses=est.equations_.equation)
    assert again.score(X, Y) >= est.score(X, Y) - 1e-12


def test_columns_that_are_left_out():
    table = np.column_stack([np.full(150, 2.0), X[:, 0], X[:, 0], X[:, 1]])
    laws = read_guesses(["x0*x2 + x3"], ["x0", "x1", "x2", "x3"], table, [1, 3],
                        Magnitudes((1.0,) * 4, 1.0))  # fmt: skip
    assert laws[0] == parse("2*x0 + x1") and len(laws) == 3


def test_extreme_units():
    table = X * [1e200, 1.0, 1.0]
    y = (2 / (1 + X[:, 0]) + np.tanh(X[:, 1])) * 1e30
    law = "2e30/(1 + x0/1e200) + 1e30*tanh(x1)"
    est = TRMSymbolicRegressor(**FAST).fit(table, y, guesses=[law])
    assert est.score(table, y) == pytest.approx(1.0, abs=1e-9)


def test_several_targets():
    est = TRMSymbolicRegressor(**FAST).fit(
        X, np.column_stack([Y, X[:, 0]]), guesses=[HARD.format("x0", "x1", "x2")]
    )
    assert est.score(X, np.column_stack([Y, X[:, 0]])) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("guesses", "message"),
    [
        ("x0", r"write \['x0'\]"), (["x9"], "x9"), (["import os"], "import"), ([3], "text"),
        ([parse("x7")], "uses column 7"),
    ],
)  # fmt: skip
def test_errors(guesses, message):
    with pytest.raises(ParseError, match=message):
        TRMSymbolicRegressor(**FAST).fit(X, Y, guesses=guesses)
