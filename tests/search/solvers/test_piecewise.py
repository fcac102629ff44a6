"""Capped, clipped, stepped, two regimes: exact where rows are clean, near where they are not."""

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.operators import BINARY, UNARY
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import walk
from sklearn_trm.search.search import Search
from sklearn_trm.search.solvers.piecewise import piecewise
from sklearn_trm.task.problem import Problem

LINE = np.linspace(0.25, 20.0, 80)[:, None]
CUBE = np.random.default_rng(0).uniform(0.2, 10, (200, 3))
EXTREMES = (*BINARY, "min", "max")

KINDS = [
    ("min(x0, 8)", LINE, (), EXTREMES),
    ("max(min(2*x0 - 3, 12), 1)", LINE, (), EXTREMES),
    ("min(3*sqrt(x0) + 2, 9)", LINE, ("sqrt",), EXTREMES),
    ("min(max(6 - x0, 2), x0)", LINE, (), EXTREMES),
    ("where(x0 - 7, 2*log(x0), x0 + 1)", LINE, ("log", "step"), BINARY),
    ("0.5*x0 + 2*step(x0 - 6.3)", LINE, ("step",), BINARY),
    ("1 + 2*step(x0 - 3) - 3*step(x0 - 11)", LINE, ("step",), BINARY),
    ("2*relu(x0 - 4) + 1", LINE, ("relu",), BINARY),
    ("3*floor(0.4*x0) + 1", LINE, ("floor",), BINARY),
    ("x0 - floor(x0)", CUBE[:, :1], ("floor",), BINARY),
    ("2*round(x0/3)", LINE, ("round",), BINARY),
    ("1.5*ceil(x0/3)", LINE, ("ceil",), BINARY),
    ("min(x0, 6) + 2*x1", CUBE, (), EXTREMES),
    ("2*x2 + max(x0 - x1, 0)", CUBE, (), EXTREMES),
]


def searched(X, y, unary, binary, weight=None):
    """The search with the stage done, and its laws."""
    search = Search(Problem(X, y, weight, unary=unary, binary=binary))
    laws = []
    for law in piecewise(search.main):
        laws += [law] if law is not None else []
        if search.exact is not None:
            break
    return search, laws


@pytest.mark.parametrize(("text", "X", "unary", "binary"), KINDS)
def test_a_clean_law_in_pieces_is_exact(text, X, unary, binary):
    y = evaluate(parse(text), X)
    search, _ = searched(X, y, unary, binary)
    np.testing.assert_allclose(evaluate(search.exact, X), y, rtol=1e-9, atol=1e-9)
    assert {n.op for n in walk(search.exact) if n.children} <= {*unary, *binary, "neg", "inv"}


@pytest.mark.parametrize(("text", "X", "unary", "binary"), KINDS)
def test_a_noisy_law_in_pieces_is_near(text, X, unary, binary):
    true = evaluate(parse(text), X)
    errors = 0.04 * np.std(true) * np.random.default_rng(1).standard_normal(len(true))
    _, laws = searched(X, true + errors, unary, binary)
    off = min(np.std(evaluate(law, X) - true) for law in laws)
    assert off < 0.6 * np.std(errors)


def test_rows_of_no_weight_do_not_matter():
    y = np.minimum(LINE[:, 0], 8.0)
    weight = np.ones(len(y))
    y[::7], weight[::7] = 50.0, 0.0
    search, _ = searched(LINE, y, (), EXTREMES, weight)
    assert any(str(law) == "min(x0, 8)" for law in searched(LINE, y, (), EXTREMES, weight)[1])
    assert search.main.d == 1


@pytest.mark.parametrize("y", [np.ones(80), np.arange(80) % 2.0, np.r_[np.zeros(79), 1.0]])
def test_tables_without_pieces_do_no_harm(y):
    every = (*UNARY, "floor", "ceil", "round", "relu", "step")
    searched(LINE, y, every, EXTREMES)
    searched(LINE[:7], y[:7], every, EXTREMES)
    searched(np.repeat(LINE[:5], 16, axis=0), y, every, EXTREMES)


def test_without_operators_for_pieces_nothing_is_done():
    y = np.minimum(LINE[:, 0], 8.0)
    assert searched(LINE, y, UNARY, BINARY)[1] == []


def test_a_fit_prints_what_people_say():
    est = TRMSymbolicRegressor(
        model=None, time_limit=None, max_steps=2, binary_operators=["add", "mul", "min"]
    )
    est.fit(LINE, np.minimum(LINE[:, 0], 8.0))
    assert est.expr_ == "min(x0, 8)" and est.stopped_ == "exact"
    assert "minimum" in est.export("numpy") and "min" in est.latex()
    np.testing.assert_array_equal(est.predict([[3.0], [30.0]]), [3.0, 8.0])
