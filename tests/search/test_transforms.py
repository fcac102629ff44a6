"""Targets seen through inverse operations."""

import numpy as np
from sklearn_trm.expressions.ops import BINARY, UNARY
from sklearn_trm.search.problem import Problem

from sklearn_trm.search.residual_views import ResidualViews
from sklearn_trm.search.search import Search
from sklearn_trm.search.transforms import Target, target_transforms


def test_of_nothing_there_is_no_view():
    assert target_transforms(Target(np.zeros(20)), UNARY, BINARY) == []


def test_terms_that_leave_nothing():
    """As a ramp does on the rows where it is not zero."""
    x = np.linspace(0.1, 4.0, 40)
    main = Search(Problem(x[:, None], 1.5 * x)).main
    rests = ResidualViews(main, [])
    for _ in rests.quick():
        pass
    empty = [f for f in rests.families if not f[0].values.any()]
    assert empty and all(len(family) == 1 for family in empty)
