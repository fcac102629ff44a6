"""Variable projection of sums of waves."""

import numpy as np

from sklearn_trm.search.solvers.wave_sums import Rows, Wave, WaveSum, fit

X = np.linspace(0.0, 1.0, 120)
ROWS = {"turns": X, "envelopes": {"x": X, "x2": X**2}, "trends": {"1": X**0, "x": X}}


def test_rates_frequencies_and_decays_are_fitted_together():
    y = np.exp(-2 * X) * np.sin(30 * X) + 3 * np.exp(-5 * X) - 0.5 * X
    start = WaveSum((Wave(29.0, (("x", 0.0),)),), ("1", "x"), (-3.0,))
    found = fit(Rows(values=y, **ROWS), start)
    np.testing.assert_allclose(found.sum.inner(), [30, -2, -5], rtol=1e-6)
    np.testing.assert_allclose(found.coefficients, [1, 0, 3, 0, -0.5], atol=1e-6)


def test_the_minimum_is_that_of_weighted_squares():
    rng = np.random.default_rng(0)
    weight = rng.uniform(0.2, 1.0, len(X))
    y = np.cos(20 * X + 1) + 0.1 * rng.standard_normal(len(X))
    rows = Rows(values=y, weight=weight, **ROWS)
    found = fit(rows, WaveSum((Wave(19.0),)))
    for off in (-1e-3, 1e-3):
        moved = fit(rows, found.sum.moved(found.sum.inner() + off), steps=0)
        assert moved.loss > found.loss


def test_more_numbers_than_rows_and_dependent_columns_are_refused():
    few = Rows(X[:3], {"x": X[:3]}, {"1": X[:3] ** 0}, X[:3])
    assert fit(few, WaveSum((Wave(9.0),))) is None
    same = WaveSum((Wave(20.0), Wave(20.0)))
    assert fit(Rows(values=np.cos(20 * X), **ROWS), same) is None


def test_waves_that_only_cancel_are_refused():
    start = WaveSum((Wave(20.0), Wave(20.5)))  # its limit is x*sin(20*x)
    assert fit(Rows(values=X * np.sin(20 * X), **ROWS), start) is None
