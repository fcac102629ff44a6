"""Many tables, and the small object around one."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from sklearn_trm import RefineMath, TRMSymbolicClassifier, TRMSymbolicRegressor, fit_many
from sklearn_trm.errors import DataError, WeightsError

X = np.random.default_rng(0).uniform(1, 5, (60, 2))
MODEL = {"model": None, "random_state": 0, "time_limit": 2}


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_results_come_in_order(n_jobs):
    bad = np.full(60, np.nan)
    tables = [(X, X[:, 0] * X[:, 1]), (X, bad), (X[:30, :1], X[:30, 0] ** 2), X[:3]]
    fits = fit_many(tables, TRMSymbolicRegressor(**MODEL), n_jobs=n_jobs)
    assert fits[0].expr_ == "x0*x1" and fits[2].expr_ == "x0**2"
    assert isinstance(fits[1], DataError) and "NaN" in str(fits[1])
    assert isinstance(fits[3], DataError) and "pair" in str(fits[3])


def test_each_fit_is_as_alone():
    est = TRMSymbolicRegressor(model=None, random_state=3, time_limit=None, max_steps=1)
    y = X[:, 0] + np.random.default_rng(1).normal(size=60)
    fits = fit_many(((X, target) for target in (y, 2 * y)), est)
    assert fits[0].equations_.equals(TRMSymbolicRegressor(**est.get_params()).fit(X, y).equations_)
    assert not hasattr(est, "_fitted")


def test_other_estimators():
    (fit,) = fit_many([(X, X[:, 0] > 2)], TRMSymbolicClassifier(**MODEL, max_complexity=8))
    assert fit.score(X, X[:, 0] > 2) == 1.0
    assert fit_many([]) == []
    with pytest.raises(TypeError, match="estimator with `fit`"):
        fit_many([(X, X[:, 0])], "squares")


def test_refine_math():
    assert list(inspect.signature(RefineMath.__init__).parameters)[1:3] == [
        "latent_dim", "max_iters",
    ]  # fmt: skip
    with pytest.raises(WeightsError, match=r"latent_dim=7; there are \[64"):
        RefineMath(latent_dim=7)
    x = np.linspace(1, 3, 40)
    math = RefineMath(latent_dim=64, max_iters=8, time_limit=5, random_state=0)
    latex, iterations = math.solve(np.column_stack([x, x**2 + x]), threshold=1e-2)
    assert latex == "x_{0}^{2} + x_{0}" and 0 < iterations <= 8 * 16
