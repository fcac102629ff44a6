"""Fits in threads: as servers, notebooks and joblib's threading have them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sklearn_trm import TRMSymbolicRegressor


def fitted(seed: int) -> str:
    rng = np.random.default_rng(seed)
    X = rng.uniform(1, 5, (60, 2))
    y = X[:, 0] / (X[:, 1] + 2) if seed % 2 else 3 * np.exp(-0.5 * X[:, 0])
    y = y + 0.002 * rng.standard_normal(60)
    est = TRMSymbolicRegressor(time_limit=3, random_state=0, model=None).fit(X, y)
    return "exp" if "exp" in est.expr_ else "quotient" if "/" in est.expr_ else est.expr_


def test_two_fits_at_once():
    assert [fitted(0), fitted(1)] == ["exp", "quotient"]  # compiles: no limit waits for another's
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(fitted, range(4)))
    assert found == ["exp", "quotient"] * 2
