"""Laws as log odds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_score

from sklearn_trm import TRMSymbolicClassifier
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import constants, with_constants
from sklearn_trm.objectives.logistic import fisher_covariance, fit_logistic, log_losses

RNG = np.random.default_rng(0)
X = RNG.uniform(-2, 2, (300, 2))
ODDS = 3 - 2 * X[:, 0] ** 2 - 1.5 * X[:, 1]
Y = RNG.uniform(size=300) < 1 / (1 + np.exp(-ODDS))
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1,
        "unary_operators": ["square"], "max_complexity": 12}  # fmt: skip


@pytest.fixture(scope="module")
def fitted():
    return TRMSymbolicClassifier(**FAST).fit(X, Y)


@pytest.fixture(scope="module")
def three():
    labels = np.where(X[:, 0] > 1, "c", np.where(X[:, 0] < -0.5, "a", "b"))
    return TRMSymbolicClassifier(**FAST).fit(X, labels), labels


# ---------------------------------------------------------------------- the likelihood


def test_a_linear_law_is_logistic_regression():
    node, loss = fit_logistic(parse("1.3*x0 + 0.7*x1 + 0.2"), X, Y)
    other = LogisticRegression(C=np.inf, tol=1e-10).fit(X, Y)
    np.testing.assert_allclose(evaluate(node, X), other.decision_function(X), atol=1e-4)
    assert loss == pytest.approx(log_loss(Y, other.predict_proba(X)))


@pytest.mark.parametrize("weighted", [False, True])
def test_inner_constants_are_of_the_largest_likelihood(weighted):
    weight = RNG.uniform(0.1, 3, 300) if weighted else None
    node, loss = fit_logistic(parse("exp(0.7*x0) - 0.8*x1**2"), X, Y, weight)

    def nats(c):
        losses = log_losses(evaluate(with_constants(node, c), X), Y)
        return np.average(losses, weights=weight)

    assert loss == pytest.approx(nats(constants(node)))
    best = minimize(nats, constants(node), method="Nelder-Mead", options={"maxiter": 2000})
    assert loss < best.fun + 1e-5


def test_standard_errors_are_those_of_the_hessian():
    node, _ = fit_logistic(parse("1.3*x0 + 0.7*x1 + 0.2"), X, Y)
    design = np.column_stack([X[:, 0] * 0 + 1, X])
    p = 1 / (1 + np.exp(-evaluate(node, X)))
    hessian = (design.T * (p * (1 - p))) @ design
    expected = np.sort(np.sqrt(np.diag(np.linalg.inv(hessian))))
    std = np.sort(np.sqrt(np.diag(fisher_covariance(node, X, None))))
    np.testing.assert_allclose(std, expected, rtol=1e-3)


# ---------------------------------------------------------------------- the classifier


def test_the_odds_are_found(fitted):
    assert fitted.score(X, Y) > 0.82
    new = np.random.default_rng(1).uniform(-2, 2, (100, 2))
    odds = 3 - 2 * new[:, 0] ** 2 - 1.5 * new[:, 1]
    assert np.corrcoef(fitted.decision_function(new), odds)[0, 1] > 0.99
    assert "x0**2" in fitted.expr_ and "x1" in fitted.expr_
    table = fitted.constants_  # the truth is within the intervals
    for truth in (3.0, 1.5, 2.0):
        assert ((table.low < truth) & (truth < table.high)).any()


def test_the_loss_is_the_log_loss(fitted):
    for i, row in fitted.equations_.iterrows():
        assert row.loss == pytest.approx(log_loss(Y, fitted.predict_proba(X, index=i)[:, 1]))
        assert row.bic == pytest.approx(600 * row.loss + len(row.constants) * np.log(300))


def test_probabilities(fitted, three):
    p = fitted.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(p[:, 1], 1 / (1 + np.exp(-fitted.decision_function(X))))
    np.testing.assert_allclose(np.exp(fitted.predict_log_proba(X)), p)
    est, labels = three
    np.testing.assert_allclose(est.predict_proba(X).sum(axis=1), 1)
    assert est.predict_proba(X).shape == (300, 3) == est.decision_function(X).shape
    assert list(est.classes_) == ["a", "b", "c"] and set(est.predict(X)) <= set(labels)


def test_the_odds_of_each_class_are_exported(three):
    est, _ = three
    scope: dict = {}
    for i, text in enumerate(est.export("python")):
        exec(compile(text.replace("def law", f"def law_{i}"), "law", "exec"), scope)  # our own text
    odds = [[scope[f"law_{i}"](row) for i in range(3)] for row in X[:20].tolist()]
    np.testing.assert_allclose(odds, est.decision_function(X[:20]), rtol=1e-9)


def test_one_law_a_class(three):
    est, labels = three
    assert len(est.expr_) == 3 == len(est.equations_) == len(est.estimators_)
    assert est.score(X, labels) > 0.9
    assert est.choose_on(X, labels).score(X, labels) > 0.9
    assert all("validation_loss" in table for table in est.equations_)
    with pytest.raises(DataError, match="label 'z'"):
        est.choose_on(X, np.full(300, "z"))


def test_labels_keep_their_type():
    for labels in (["no", "yes"], [0, 1], [-1.0, 1.0], [False, True]):
        y = np.array(labels)[Y.astype(int)]
        est = TRMSymbolicClassifier(**FAST | {"max_complexity": 3}).fit(X, y)
        assert est.predict(X).dtype == y.dtype and set(est.predict(X)) <= set(labels)


def test_choice_on_other_data_uses_the_log_loss(fitted):
    losses = fitted.choose_on(X[:100], Y[:100]).equations_.validation_loss
    expected = [log_loss(Y[:100], fitted.predict_proba(X[:100], i)) for i in range(len(losses))]
    np.testing.assert_allclose(losses, expected)
    fitted.choose("best")


def test_weights_count():
    weight = np.where(X[:, 0] > 0, 1.0, 0.0)
    y = np.where(X[:, 0] > 0, X[:, 1] > 0, X[:, 1] < 0)
    est = TRMSymbolicClassifier(**FAST).fit(X, y, sample_weight=weight)
    assert est.score(X[X[:, 0] > 0], y[X[:, 0] > 0]) > 0.95
    assert est.score(X[X[:, 0] < 0], y[X[:, 0] < 0]) < 0.1


def test_a_whole_weight_is_a_repeated_row(fitted):
    weight = RNG.integers(0, 4, 300)
    once = TRMSymbolicClassifier(**FAST).fit(X, Y, sample_weight=weight)
    repeated = TRMSymbolicClassifier(**FAST).fit(np.repeat(X, weight, 0), np.repeat(Y, weight))
    assert once.equations_.equals(repeated.equations_)
    np.testing.assert_allclose(once.constants_, repeated.constants_, rtol=1e-9)
    # and three times the rows make the intervals narrower
    thrice = TRMSymbolicClassifier(**FAST).fit(X, Y, sample_weight=np.full(300, 3))
    std = fitted.constants_["std"] / thrice.constants_["std"]
    assert thrice.expr_ == fitted.expr_ and np.allclose(std, np.sqrt(3), rtol=0.05)


def test_the_search_goes_on_after_the_terms():
    # a quotient of sums is no sum of library terms
    y = (X[:, 0] + 1.3 * X[:, 1]) / (1 + np.exp(X[:, 0])) > 0.2
    parameters = FAST | {"time_limit": 3, "max_steps": 16, "unary_operators": ["exp"]}
    est = TRMSymbolicClassifier(**parameters).fit(X, y)
    assert est.score(X, y) > 0.9 and est.stopped_ != "max_steps"


def test_scikit_learn_tools():
    scores = cross_val_score(TRMSymbolicClassifier(**FAST), pd.DataFrame(X, columns=["a", "b"]), Y)
    assert scores.mean() > 0.75


def test_errors():
    with pytest.raises(DataError, match="one class"):
        TRMSymbolicClassifier(**FAST).fit(X, np.ones(300))
    with pytest.raises(DataError, match="label type"):
        TRMSymbolicClassifier(**FAST).fit(X, X[:, 0])
    with pytest.raises(DataError, match="NaN"):
        TRMSymbolicClassifier(**FAST).fit(np.full((300, 2), np.nan), Y)
    with pytest.raises(ValueError, match="max_steps"):
        TRMSymbolicClassifier(max_steps=0).fit(X, Y)


# ---------------------------------------------------------------------- class weights


def _rare(count=400):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(count, 1))
    return x, np.where(rng.random(count) < 1 / (1 + np.exp(3.0 - x[:, 0])), "rare", "usual")


def test_class_weight():
    x, labels = _rare()
    fits = {
        str(w): TRMSymbolicClassifier(**FAST | {"max_complexity": 5}, class_weight=w).fit(x, labels)
        for w in (None, "balanced", {"rare": 9.0})
    }
    rare = {name: (est.predict(x) == "rare").mean() for name, est in fits.items()}
    assert rare["None"] < 0.02 < 0.2 < rare["balanced"] < 0.8
    assert rare["{'rare': 9.0}"] > 0.1
    by_rows = TRMSymbolicClassifier(**FAST | {"max_complexity": 5}).fit(
        x, labels, sample_weight=np.where(labels == "rare", 9.0, 1.0)
    )
    assert by_rows.expr_ == fits["{'rare': 9.0}"].expr_


def test_class_weight_of_many_classes():
    x, labels = _rare()
    labels = np.where(x[:, 0] > 1.5, "large", labels)
    est = TRMSymbolicClassifier(**FAST | {"max_complexity": 5}, class_weight="balanced")
    est.fit(x, labels)
    assert (est.predict(x) == "rare").mean() > 0.1
    assert est.class_weight == "balanced" and est.estimators_[0].class_weight is None


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ("heavy", "balanced"), ({"no": 1.0}, "names the class 'no'"), ({"rare": -1}, "at least 0"),
        ({"rare": "x"}, "numbers"), ({"rare": 0, "usual": 0}, "every row"),
    ],
)  # fmt: skip
def test_class_weights_that_are_none(weight, message):
    x, labels = _rare()
    with pytest.raises(ValueError, match=message):
        TRMSymbolicClassifier(**FAST, class_weight=weight).fit(x, labels)


def test_a_second_fit_begins_with_the_laws_of_the_first():
    rng = np.random.default_rng(4)
    X = rng.uniform(0.5, 3, (200, 2))
    odds = 10 * np.sqrt(X[:, 0] ** 2 + X[:, 1] ** 2) - 26
    member = rng.random(200) < 1 / (1 + np.exp(-odds))
    once = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1,
            "max_complexity": 12}  # fmt: skip
    est = TRMSymbolicClassifier(**once, warm_start=True)
    first = est.set_params(max_steps=3).fit(X, member).equations_
    again = est.set_params(max_steps=1).fit(X, member).equations_
    fresh = TRMSymbolicClassifier(**once).fit(X, member).equations_
    loss, kept = (f.groupby("complexity").loss.min() for f in (first, again))
    assert (kept[loss.index] <= loss * (1 + 1e-6)).all()
    assert not set(loss.index) <= set(fresh.complexity)  # what only the search has found
    with pytest.raises(DataError, match="same columns"):
        est.fit(X[:, :1], member)


def test_warm_start_of_three_classes():
    X = np.random.default_rng(4).uniform(-2, 2, (120, 2))
    labels = np.digitize(X[:, 0] * X[:, 1], [-0.5, 0.5])
    options = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 2}
    est = TRMSymbolicClassifier(**options, warm_start=True).fit(X, labels)
    before = [frame.loss.min() for frame in est.equations_]
    after = [frame.loss.min() for frame in est.set_params(max_steps=1).fit(X, labels).equations_]
    assert all(b <= a + 1e-9 for a, b in zip(before, after, strict=True))
