"""Noise of every kind, from the rows to the law, its numbers and its intervals."""

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor, load
from sklearn_trm.objectives.noise_models import Noise

FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 3,
        "unary_operators": ["exp"], "binary_operators": ["+", "-", "*", "/", "pow"],
        "max_complexity": 12}  # fmt: skip
rng = np.random.default_rng(5)
X = rng.uniform(1, 5, (80, 2))
LAW = 2.5 * X[:, 0] ** 2 / X[:, 1]
ERROR = rng.standard_normal(80)


def fitted(y, X=X, **more):
    return TRMSymbolicRegressor(**FAST).fit(X, y, **more)


@pytest.fixture(scope="module")
def in_per_cent():
    return fitted(LAW * (1 + 0.02 * ERROR))


def test_errors_in_per_cent(in_per_cent):
    est = in_per_cent
    assert est.noise_.kind == "proportional"
    assert est.noise_.size == pytest.approx(0.02, rel=0.2)
    assert repr(est.noise_).startswith("Noise(kind='proportional', size=0.0")
    assert est.expr_ == "2.5*x0**2/x1"
    # the loss is the mean squared error by the weights of the noise, of mean 1
    weight = LAW**-2.0 / np.mean(LAW**-2.0)
    loss = est.equations_.loss[est.equations_.selected].item()
    again = np.mean(weight * (est.predict(X) - LAW * (1 + 0.02 * ERROR)) ** 2)
    assert loss == pytest.approx(again, rel=0.02)


def test_intervals_grow_with_the_value(in_per_cent):
    low, high = in_per_cent.predict_interval(np.array([[1.0, 5.0], [5.0, 1.0]]))
    width = high - low
    assert width[1] / width[0] == pytest.approx(125.0, rel=0.05)


def test_files_and_further_laws_know_the_noise(in_per_cent, tmp_path):
    est = in_per_cent
    est.save(tmp_path / "law.json")
    again = load(tmp_path / "law.json")
    assert again.noise_ == est.noise_ and again.noise(0) == est.noise(0)
    y = LAW * (1 + 0.02 * ERROR)
    for each in (est, again):
        beside = each.compare("a*x0**2/x1", X, y)
        assert len(beside) == len(each.equations_)  # one law, once
        assert beside.law[1] == "a*x0**2/x1" and beside.probability[1] > 0.5


def test_even_errors_and_none():
    est = fitted(LAW - 8 + 0.5 * ERROR)
    assert est.noise_.kind == "even" and est.noise_.size == pytest.approx(0.5, rel=0.2)
    assert fitted(LAW).noise_ == Noise("none", 0.0)


def test_rounded_values():
    est = fitted(np.round(LAW, 1))
    assert est.noise_ == Noise("rounded", 0.05) and est.expr_ == "2.5*x0**2/x1"


def test_known_errors_and_weights_stay_as_they_are():
    y = LAW + 0.5 * ERROR
    est = fitted(y, y_error=0.25)
    assert est.noise_.kind == "known" and est.noise_.size == pytest.approx(2.0, rel=0.2)
    assert fitted(y, sample_weight=X[:, 0]).noise_ is None
    assert fitted(y, sample_weight=np.arange(80) % 3 + 1).noise_.kind == "even"  # repeated rows


def test_a_known_formula_is_fitted_evenly():
    y = LAW + 0.5 * ERROR
    est = fitted(y, template="a*x0**2/x1")
    assert est.noise_.kind == "even" and est.noise_.size == pytest.approx(0.5, rel=0.2)
    assert fitted(y, template="a*x0**2/x1", y_error=0.5).noise_.kind == "known"
    assert fitted(LAW, template="a*x0**2/x1").noise_ == Noise("none", 0.0)


def test_several_targets_have_each_their_noise():
    est = fitted(np.column_stack([LAW, LAW * (1 + 0.02 * ERROR)]))
    assert [noise.kind for noise in est.noise_] == ["none", "proportional"]
