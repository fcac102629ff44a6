"""Columns that symmetries take out: the reduced problem has the law, and gives it back."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import var
from sklearn_trm.search.reduction.symmetry import rescaling, scalings, translations

X = np.random.default_rng(0).uniform(1, 3, (200, 3))
NODES = [var(0), var(1), var(2)]


def restored(reduction, y):
    """The values that a perfect law of the reduced problem has as one of the whole."""
    # any law of the reduced columns will do: those columns and factors are what is tested
    law = reduction.restore(var(0))
    inner = reduction.X[:, 0] * (y / reduction.values)
    np.testing.assert_allclose(evaluate(law, X[: len(y)]), inner, rtol=1e-8)


@pytest.mark.parametrize(
    ("text", "left"),
    [("x0*exp(-x1/x2)", 1), ("x0**2*x1/x2 + 3*x0**2", 1), ("x0*x1 + x2", 1),
     ("exp(x0/x1) + sin(x2)", 2)],
)  # fmt: skip
def test_scalings(text, left):
    y = evaluate(parse(text), X)
    (reduction,) = scalings(X, y, NODES)
    assert reduction.X.shape == (200, left)
    restored(reduction, y)


@pytest.mark.parametrize(
    ("text", "left"), [("exp(x0 - x1)*x2", 2), ("(x0 + x1 + x2)**2", 1), ("sin(x0 - x2) + x1", 2)]
)
def test_translations(text, left):
    y = evaluate(parse(text), X)
    (reduction,) = translations(X, y, NODES)
    assert reduction.X.shape == (200, left)
    np.testing.assert_allclose(reduction.values, y)
    for j, node in enumerate(reduction.nodes):
        np.testing.assert_allclose(evaluate(node, X), reduction.X[:, j], rtol=1e-9)


def test_no_symmetry_is_no_reduction():
    y = evaluate(parse("exp(x0) + sin(3*x1) + log(x2)*x0"), X)
    assert scalings(X, y, NODES) == [] and translations(X, y, NODES) == []


def test_rescaled_columns_are_of_the_order_of_one_and_come_back():
    table = np.column_stack([X[:, 0] * 1e5, 1990 + 30 * (X[:, 1] - 1), X[:, 2]])
    reduction = rescaling(table, X[:, 0], NODES)
    size = np.abs(reduction.X).max(axis=0)
    assert ((size > 0.05) & (size < 60)).all()
    np.testing.assert_array_equal(reduction.X[:, 2], X[:, 2])  # an ordinary column stays
    for j, node in enumerate(reduction.nodes):
        np.testing.assert_allclose(evaluate(node, table), reduction.X[:, j], rtol=1e-9, atol=1e-9)
    assert rescaling(X, X[:, 0], NODES) is None
