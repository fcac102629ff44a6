"""Opened cells: putting the target values back gives the target of the whole."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import var
from sklearn_trm.search.backpropagation import invert, opened_cells, part, replace

X = np.random.default_rng(2).uniform(0.2, 1.4, (40, 2))


@pytest.mark.parametrize(
    "text",
    [
        "sin(x0)*x1 + 2",
        "exp(x0/x1) - x0",
        "(x0 + x1)**2",
        "sqrt(x0*x1)",
        "x0**x1",
        "1/(x0 - 3*x1**2)",
    ],
)
def test_own_values_come_back(text):
    law = parse(text)
    for path, target in opened_cells(law, X, evaluate(law, X)):
        np.testing.assert_allclose(target, evaluate(part(law, path), X), rtol=1e-6, atol=1e-9)


def test_cell_of_another_law():
    law, true = parse("3*exp(x0) + x1"), parse("3*exp(x0*x1) + x1")
    cells = dict(opened_cells(law, X, evaluate(true, X)))
    path = next(p for p in cells if p and part(law, p) == var(0))
    np.testing.assert_allclose(cells[path], X[:, 0] * X[:, 1], rtol=1e-9)
    assert str(replace(law, path, var(0) * var(1))) == str(true)


def test_sine_takes_the_nearest_branch():
    x = np.linspace(0, 20, 50)
    law = parse("sin(x0)")
    np.testing.assert_allclose(invert(law, 0, np.sin(x), [x + 0.05]), x, atol=1e-6)


def test_undefined_cells_are_left_out():
    law = parse("exp(x0)")
    assert list(opened_cells(law, X, -np.ones(40))) == []
