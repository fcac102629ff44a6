"""Stages of the search, each alone: several rows, dominant monomials, rational functions."""

import numpy as np

from sklearn_trm.search import stages
from sklearn_trm.search.search import Search
from sklearn_trm.task.problem import Problem
from tests.search.alone import X, exact


def test_three_and_four_terms():
    table = np.abs(X) + 0.1
    text = "sqrt(x0) + 0.7*x1/x2 - exp(x1) + 3*x0"
    exact(text, lambda ws: stages.several(ws, ws.root, "affine", 300, 0), table)
    text = "sqrt(x0) + 0.7*x1/x2 - 2*sin(x1) + cos(x0)"
    exact(text, lambda ws: stages.several(ws, ws.root, "linear", 0, 120), table)


def test_a_dominant_monomial():
    exact("x1 - 2*x2 + x0**4*x1**3/x2**4", lambda ws: stages.dominant(ws, [ws.root]))


def test_rows_that_are_mostly_zero():
    y = np.where(X[:, 0] > 2, np.exp(X[:, 1]), 0.0)
    search = Search(Problem(X, y))
    list(stages.dominant(search.main, [search.main.root]))  # neither an error nor a warning


def test_a_constant_beside_a_quotient():
    exact("x0 + x1 + 6.21 + 1/(x0*x2 + x1**2 + 9.3)", lambda ws: stages.rationals(ws, [ws.root]))
