"""A fit that fails leaves the estimator as it was."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor, TRMSymbolicTransformer
from sklearn_trm.errors import DataError, ParseError

X = np.random.default_rng(0).uniform(1.0, 3.0, (40, 2))
Y = X[:, 0] * X[:, 1]
LABELS = X[:, 0] > 2.0
QUICK = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1}
BAD = {
    "X": ({"X": np.full((40, 2), np.nan)}, DataError),
    "width": ({"X": np.hstack([X, X + 1.0, np.full((40, 1), np.inf)])}, DataError),
    "y": ({"y": np.full(40, np.nan)}, DataError),
    "weights": ({"sample_weight": np.full(40, -1.0)}, DataError),
    "one weight": ({"sample_weight": float("nan")}, DataError),
}
ONLY_LAWS = {
    "errors": ({"y_error": -1.0}, DataError),
    "units": ({"units": ["m", "no unit", "m"]}, ValueError),
    "guess": ({"guesses": ["x7 +"]}, ParseError),
    "template": ({"template": "f(x9)"}, ParseError),
    "policy": ({"missing": "guess"}, ValueError),
}


def state(estimator):
    """Everything but the identity of what it holds."""
    return {name: pickle.dumps(value) for name, value in vars(estimator).items() if name != "_warm"}


def fails(estimator, y, change, error):
    before, warm = state(estimator), vars(estimator).get("_warm")
    with pytest.raises(error):
        estimator.fit(**{"X": X, "y": y} | change)
    assert state(estimator) == before
    assert vars(estimator).get("_warm") is warm


@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.parametrize("change", [*BAD, *ONLY_LAWS])
def test_a_regressor(change, warm_start):
    estimator = TRMSymbolicRegressor(**QUICK, warm_start=warm_start)
    fails(estimator, Y, *(BAD | ONLY_LAWS)[change])  # unfitted it stays unfitted
    estimator.fit(X, Y)
    fails(estimator, Y, *(BAD | ONLY_LAWS)[change])
    assert estimator.expr_ == "x0*x1"


@pytest.mark.parametrize("warm_start", [False, True])
def test_wrong_parameters(warm_start):
    estimator = TRMSymbolicRegressor(**QUICK, warm_start=warm_start).fit(X, Y)
    estimator.set_params(max_complexity=0)
    fails(estimator, Y, {}, ValueError)
    estimator.set_params(max_complexity=20, unary_operators=["no operator"])
    fails(estimator, Y, {}, ValueError)
    assert estimator.expr_ == "x0*x1"


@pytest.mark.parametrize("change", BAD)
def test_several_targets_that_go_on(change):
    both = np.column_stack([Y, X[:, 0] + X[:, 1]])
    estimator = TRMSymbolicRegressor(**QUICK, warm_start=True).fit(X, both)
    parts = [(part, state(part)) for part in estimator.estimators_]
    change, error = BAD[change]
    if "y" in change:
        change = {"y": np.column_stack([change["y"]] * 2)}
    fails(estimator, both, change, error)
    assert estimator.estimators_ == [part for part, _ in parts]
    assert all(state(part) == before for part, before in parts)
    assert estimator.expr_ == ["x0*x1", "x0 + x1"]


@pytest.mark.parametrize("change", BAD)
def test_a_classifier_and_a_transformer(change):
    change, error = BAD[change]
    classifier = TRMSymbolicClassifier(**QUICK, max_complexity=5).fit(X, LABELS)
    if "y" not in change:
        fails(classifier, LABELS, change, error)
    fails(classifier, LABELS, {"y": np.ones(40)}, DataError)
    inner = TRMSymbolicRegressor(**QUICK, warm_start=True)
    transformer = TRMSymbolicTransformer(estimator=inner).fit(X, Y)
    found, before = transformer.estimator_, state(transformer.estimator_)
    fails(transformer, Y, change, error)
    assert transformer.estimator_ is found and state(found) == before
