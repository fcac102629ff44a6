"""What is found depends on the weights of the rows, not only the constants."""

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.task.problem import Problem


def law_of(X, y, weight=None, steps=2):
    est = TRMSymbolicRegressor(
        model=None, random_state=0, time_limit=None, max_steps=steps, max_complexity=12
    )
    return est.fit(X, y, sample_weight=weight)


def test_contaminated_rows_of_little_weight_do_not_change_the_law():
    """A third of the rows follows another law: without weights no law fits."""
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 5, (300, 2))
    bad = np.arange(300) % 3 == 0
    y = X[:, 0] * np.exp(-X[:, 1] / X[:, 0])
    y[bad] = 3.0 - X[bad, 1] + rng.normal(size=bad.sum())
    weighted = law_of(X, y, np.where(bad, 1e-9, 1.0))
    law = X[:, 0] * np.exp(-X[:, 1] / X[:, 0])
    np.testing.assert_allclose(weighted.predict(X), law, rtol=1e-9)
    assert np.std(law_of(X, y).predict(X) - law) > 0.01 * np.std(law)


def test_noise_that_differs_from_row_to_row():
    """sigma from 0.003 to 16 times the law's own size."""
    rng = np.random.default_rng(1)
    X = rng.uniform(1, 5, (400, 2))
    sigma = 10.0 ** rng.uniform(-2.5, 1.2, 400)
    y = X[:, 0] * np.sin(X[:, 1]) + sigma * rng.normal(size=400)
    assert law_of(X, y, 1 / sigma**2, steps=4).expr_ == "x0*sin(x1)"


@pytest.mark.parametrize("power", [0, 2])
def test_rows_that_are_screened(power):
    """Weights of a constant relative error keep every row, tiny ones leave rows out."""
    X = np.geomspace(1, 1e4, 60)[:, None]
    y = X[:, 0] ** 1.5
    weight = y**-power
    assert len(Problem(X, y, weight).screen()) == 60
    light = np.where(np.arange(60) < 20, 1e-6, 1.0)
    assert set(Problem(X, y, weight * light).screen()) >= set(range(20, 60))
    assert Problem(X, y, light).roots(np.arange(20, 60)) is None
