"""The rows on which candidates are screened."""

import numpy as np

from sklearn_trm.task.problem import SCREEN_ROWS, Problem

rng = np.random.default_rng(0)


def test_few_rows_are_all_screened():
    X = rng.uniform(1, 2, (50, 2))
    np.testing.assert_array_equal(Problem(X, X[:, 0]).screen(), np.arange(50))


def test_many_rows_are_screened_from_end_to_end():
    X = rng.uniform(1, 2, (10_000, 2))
    index = Problem(X, X[:, 0]).screen()
    assert len(index) == SCREEN_ROWS == len(set(index))
    assert index[0] == 0 and index[-1] == 9999


def test_zeros_have_no_logarithm():
    X = rng.uniform(1, 2, (100, 2))
    y = X[:, 0].copy()
    X[7, 1] = y[13] = 0.0
    index = Problem(X, y).screen()
    assert len(index) == 98 and not {7, 13} & set(index)


def test_a_whole_part_of_zeros_is_part_of_the_law():
    x = np.linspace(1, 2, 200)[:, None]
    y = np.maximum(x[:, 0] - 1.5, 0.0)
    assert (y[Problem(x, y).screen()] == 0).sum() > 50


def test_rows_of_hardly_any_weight_are_not_screened():
    X = rng.uniform(1, 2, (100, 1))
    y, weight = X[:, 0].copy(), np.ones(100)
    y[:30], weight[:30] = 50.0, 1e-9
    np.testing.assert_array_equal(Problem(X, y, weight).screen(), np.arange(30, 100))


def test_weights_by_relative_errors_hide_no_row():
    x = np.geomspace(1, 1e4, 100)[:, None]
    y = x[:, 0] ** 1.5  # Kepler's planets: large values are light, and tell as much
    assert len(Problem(x, y, 1 / y**2).screen()) == 100


def test_roots_of_weights():
    X = rng.uniform(1, 2, (4, 1))
    assert Problem(X, X[:, 0], np.full(4, 3.0)).roots(np.arange(4)) is None
    roots = Problem(X, X[:, 0], np.array([4.0, 1.0, 0.0, 4.0])).roots(np.arange(4))
    assert roots[:2].tolist() == [1.0, 0.5] and 0 < roots[2] < 0.01
