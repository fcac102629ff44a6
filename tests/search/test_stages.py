"""Stages of the search, each alone: rational functions."""

from sklearn_trm.search import stages
from tests.search.alone import exact


def test_a_constant_beside_a_quotient():
    exact("x0 + x1 + 6.21 + 1/(x0*x2 + x1**2 + 9.3)", lambda ws: stages.rationals(ws, [ws.root]))
