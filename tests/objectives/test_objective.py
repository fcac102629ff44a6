"""What every objective promises to the way of a fit."""

import math
import time

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import constants, with_constants
from sklearn_trm.objectives.errors_in_variables import ErrorsInVariables
from sklearn_trm.objectives.logistic import LogOdds
from sklearn_trm.objectives.losses import Absolute, Huber, LogCosh, Quantile
from sklearn_trm.objectives.robust import RobustLoss
from sklearn_trm.objectives.squared import Squared

rng = np.random.default_rng(0)
N = 80
X = rng.uniform(1, 4, (N, 2))
LAW = parse("2*x0 - 0.5*x1 + 1")
Y = evaluate(LAW, X) + rng.normal(0, 0.1, N)
ERROR = rng.uniform(0.05, 0.2, N)
WEIGHT = rng.uniform(0.5, 1.5, N)
CLASS = rng.random(N) < 1 / (1 + np.exp(-(Y - 4.5)))
OBJECTIVES = {
    "squared": Squared(X, Y, None),
    "weighted": Squared(X, Y, WEIGHT),
    "errors of y": Squared(X, Y, ERROR**-2 / np.mean(ERROR**-2), ERROR),
    "errors of all": ErrorsInVariables(X, Y, ERROR, np.full_like(X, 0.05)),
    "absolute": RobustLoss(Absolute(), X, Y, None, 1.0),
    "huber": RobustLoss(Huber(0.2), X, Y, None, 1.0),
    "logcosh": RobustLoss(LogCosh(0.2), X, Y, WEIGHT, 1.0),
    "quantile": RobustLoss(Quantile(0.8), X, Y, None, 1.0),
    "classes": LogOdds(X, CLASS, None, float(N), lambda law: (), 2),
}
pytestmark = pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
STARTS = ["1*x0 - 1*x1 + 0.5", "1*x0 + 1", "x0*x1 + 1"]


def fit(objective, text):
    return objective.fit(parse(text), (), None, time.monotonic)


@pytest.mark.parametrize("start", STARTS)
def test_a_fit_tells_its_own_loss_and_is_no_worse_than_its_start(objective, start):
    fitted = fit(objective, start)
    assert fitted.loss == pytest.approx(objective.loss(fitted.node), rel=1e-9)
    assert fitted.loss <= objective.loss(parse(start)) * (1 + 1e-12)


def test_no_constant_moved_a_little_does_better(objective):
    fitted = fit(objective, STARTS[0])
    values = np.array(constants(fitted.node))
    for j in range(len(values)):
        for step in (-0.02, 0.02):
            moved = values.copy()
            moved[j] += step
            other = objective.loss(with_constants(fitted.node, moved))
            assert other > fitted.loss - 1e-4 * abs(fitted.loss)


def test_the_level_is_the_best_number(objective):
    level = objective.level()
    assert level.is_const
    least = objective.loss(level)
    for step in (-0.05, 0.05):
        assert objective.loss(parse(f"{level.value + step!r}")) >= least * (1 - 1e-9)
    assert fit(objective, STARTS[0]).loss < least


def test_a_better_law_weighs_less_for_the_choice(objective):
    good, bad = fit(objective, STARTS[0]).node, fit(objective, "1*x1 + 1").node
    assert 0 <= objective.weigh(good) < objective.weigh(bad) < math.inf
    if objective.comparable:
        assert objective.weigh(good) == objective.loss(good)


def test_the_search_is_lent_a_target_of_its_rows(objective):
    for law in (None, fit(objective, STARTS[0]).node):
        target, weight = objective.working_target(law)
        assert target.shape == (N,) and np.isfinite(target).all()
        assert weight is None or (weight.shape == (N,) and (weight >= 0).all())
        if objective.passes == 1:
            np.testing.assert_array_equal(target, Y)


def test_the_writing_is_no_worse_and_permitted(objective):
    fitted = fit(objective, STARTS[0])
    tidy = objective.tidy(fitted, lambda law: True, True, None, time.monotonic)
    assert tidy.loss == pytest.approx(objective.loss(tidy.node), rel=1e-9)
    assert objective.weigh(tidy.node) <= objective.weigh(fitted.node) * 1.1
    assert objective.tidy(fitted, lambda law: False, True, None, time.monotonic) is None


def test_rows_that_count_are_rows(objective):
    law = fit(objective, STARTS[0]).node
    assert 1 <= objective.settle(law, 0.5) <= objective.n_rows == N
    assert objective.settle(law, 1.0) <= N


def test_standard_errors_cover_the_truth(objective):
    fitted = fit(objective, STARTS[0])
    covariance = objective.covariance(fitted.node, fitted.loss)
    assert covariance.shape == (3, 3)
    np.testing.assert_allclose(covariance, covariance.T, rtol=1e-9)
    spread = np.sqrt(np.diag(covariance))
    assert (spread > 0).all()
    if objective.link == "identity":
        # within five errors; a quantile moves the offset, the slopes stay
        found = np.abs(np.array(constants(fitted.node)))[:2]
        assert (np.abs(found - [2, 0.5]) < 5 * spread[:2]).all()


def test_forms_that_are_fitted_beside_a_law_begin_with_it(objective):
    assert objective.variants(LAW)[0] == LAW
