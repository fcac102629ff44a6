"""Coefficients beside a skeleton, from tables that tell them badly."""

import numpy as np

from sklearn_trm.search.solvers.skeletons.coefficients import of_logarithm, rounded
from sklearn_trm.search.solvers.skeletons.views import View
from sklearn_trm.search.transforms import Target


def test_a_working_response_does_not_run_away():
    # rounded values, some of them 0, and a term that is huge where one of those is
    y = np.array([40.0, 20.0, 0.0, 20.0, 0.0, 20.0])
    A = np.array([
        [2.948, 3.556, 1.58e11, 1.543, 28.849, 7.481],
        [3.813, 3.36, 3.586, 2.688, 3.664, 3.886],
        [3.735, 3.122, 0.336, 3.523, 2.451, 3.186],
        [2.701, 2.322, 1.902, 1.723, 0.095, 2.549],
        np.ones(6),
    ])  # fmt: skip
    view = View(Target(np.log(np.maximum(y, 1.0))), y, np.ones((1, 6)))
    response, weight = of_logarithm(A, y, np.ones(6), view)
    assert np.abs(response).max() < 1e4
    assert np.isfinite(rounded(A, response, weight, np.arange(5) < 4)).all()
