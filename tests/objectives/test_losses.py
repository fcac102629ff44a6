"""Other losses: what they cost, and the laws that they find."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_trm import TRMSymbolicRegressor, load
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import constants
from sklearn_trm.objectives.losses import Absolute, Huber, LogCosh, OfFunction, Quantile, read_loss
from sklearn_trm.objectives.robust import RobustLoss

RNG = np.random.default_rng(0)
X = RNG.uniform(1, 5, (200, 2))
LAW = X[:, 0] ** 2 / X[:, 1]
GROSS = LAW.copy()
WRONG = RNG.choice(200, 20, replace=False)
GROSS[WRONG] += RNG.uniform(20, 200, 20) * RNG.choice([-1.0, 1.0], 20)
MODEL = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 3,
         "max_complexity": 15}  # fmt: skip
LOSSES = [Absolute(), Huber(0.7), LogCosh(0.5), Quantile(0.8), OfFunction(lambda y, p: abs(p - y))]


class Timed(TRMSymbolicRegressor):
    """By processor time: other work does not count."""

    _clock = staticmethod(time.process_time)


def regressor(**parameters):
    return Timed(**MODEL | parameters)


# ---------------------------------------------------------------------- gross errors


@pytest.mark.parametrize("loss", ["absolute", "huber", "logcosh"])
def test_a_law_among_gross_errors(loss):
    est = regressor(loss=loss).fit(X, GROSS)
    assert est.expr_ == "x0**2/x1"
    each = read_loss(loss).resolved(1e-9).each(GROSS, LAW)
    row = est.equations_[est.equations_.selected]
    if loss != "huber":  # whose bend is the data's
        assert row.loss.item() == pytest.approx(each.mean())


def test_squares_do_not_find_it():
    est = regressor(max_steps=1).fit(X, GROSS)
    assert est.expr_ != "x0**2/x1"


def test_gross_errors_and_noise():
    rng = np.random.default_rng(3)
    x = rng.uniform(1, 5, (300, 2))
    y = 2.5 * x[:, 0] * np.exp(-0.5 * x[:, 1]) + 0.02 * rng.normal(size=300)
    wrong = rng.choice(300, 30, replace=False)
    y[wrong] += rng.uniform(3, 30, 30)
    est = regressor(loss="absolute").fit(x, y)
    truth = 2.5 * x[:, 0] * np.exp(-0.5 * x[:, 1])
    assert np.sqrt(np.mean((est.predict(x) - truth) ** 2)) < 0.01


# ---------------------------------------------------------------------- other losses


def test_a_quantile():
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 4, (400, 1))
    y = 3 * x[:, 0] + 2 + rng.exponential(1.0, 400)
    est = regressor(loss=Quantile(0.9), max_complexity=5).fit(x, y)
    assert np.mean(y < est.predict(x)) == pytest.approx(0.9, abs=0.02)
    np.testing.assert_allclose(est.predict(x), 3 * x[:, 0] + 2 + np.log(10), atol=0.7)


def test_a_function_of_the_user():
    rng = np.random.default_rng(2)
    x = rng.uniform(0, 6, (200, 1))
    y = np.exp(1.3 * x[:, 0]) * (1 + 0.05 * rng.normal(size=200))

    def relative(y, prediction):
        return ((prediction - y) / y) ** 2

    est = regressor(loss=relative).fit(x, y)
    error = est.predict(x) / np.exp(1.3 * x[:, 0]) - 1
    assert np.abs(error).max() < 0.05
    row = est.equations_[est.equations_.selected]
    assert row.loss.item() == pytest.approx(relative(y, est.predict(x)).mean())


def test_weights_and_units():
    weight = np.ones(200)
    weight[WRONG] = 0.0
    for factor in (1.0, 1e20):
        est = regressor(loss=Huber(1e-3 * factor)).fit(X, factor * GROSS, sample_weight=weight)
        np.testing.assert_allclose(est.predict(X), factor * LAW, rtol=1e-9)
        assert est.equations_.loss.min() < 1e-9 * factor**2


def test_the_last_word_is_the_losses():
    """Every law of the front has the constants that its loss likes best."""
    rng = np.random.default_rng(4)
    y = 1.5 * X[:, 0] - 0.7 * X[:, 1] + 0.3 + rng.laplace(size=200)
    for loss in LOSSES:
        objective = RobustLoss(loss, X, y, None, 1.0)
        fit = objective.fit(parse("1*x0 + 1*x1 + 0.5"), (), None, lambda: 0.0)
        best = minimize(
            lambda c, each=loss.each: each(y, c[0] * X[:, 0] + c[1] * X[:, 1] + c[2]).mean(),
            constants(fit.node), method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-12, "maxfev": 4000},
        ).fun  # fmt: skip
        assert fit.loss <= best * (1 + 2e-3), loss


@pytest.mark.parametrize("loss", LOSSES)
def test_slopes(loss):
    y = RNG.normal(size=50)
    p = y + RNG.uniform(0.1, 2, 50) * RNG.choice([-1.0, 1.0], 50)
    step = 1e-6
    numeric = (loss.each(y, p + step) - loss.each(y, p - step)) / (2 * step)
    np.testing.assert_allclose(loss.slope(y, p), numeric, atol=1e-5)


def test_intervals_under_a_loss():
    """The spread of a constant over many tables is what a fit says of one."""
    for loss in (Absolute(), Quantile(0.35), Huber(1.0)):
        values, said = [], []
        for seed in range(60):
            rng = np.random.default_rng(seed)
            x = rng.uniform(0, 1, (150, 1))
            y = 2 * x[:, 0] + rng.normal(size=150)
            objective = RobustLoss(loss, x, y, None, 1.0)
            fit = objective.fit(parse("1.9*x0 + 0.1"), (), None, lambda: 0.0)
            objective.settle(fit.node)
            values.append([n.value for n in _leaves(fit.node)])
            said.append(np.sqrt(np.diag(objective.covariance(fit.node))))
        np.testing.assert_allclose(np.mean(said, axis=0), np.std(values, axis=0), rtol=0.35)


def _leaves(node):
    return [node] if node.is_const else [leaf for c in node.children for leaf in _leaves(c)]


# ---------------------------------------------------------------------- around it


def test_what_a_fit_leaves(tmp_path):
    options = MODEL | {"max_steps": 1, "max_complexity": 8}
    est = TRMSymbolicRegressor(**options, loss=Quantile(0.7)).fit(X, GROSS)
    table = est.equations_
    assert (table.loss.diff().dropna() < 0).all() and table.selected.sum() == 1
    assert np.isfinite(table.bic).all()
    before = est.expr_
    front = est.choose("accuracy").equations_
    assert front.loss[front.selected].item() == front.loss.min()
    assert est.choose("best").expr_ == before
    est.choose_on(X, GROSS)
    assert est.equations_.validation_loss.iloc[-1] == pytest.approx(table.loss.iloc[-1])
    est.save(tmp_path / "law.json")
    again = load(tmp_path / "law.json")
    assert again.loss == Quantile(0.7) and again.equations_.loss.equals(est.equations_.loss)
    assert again.choose("best").expr_ == before
    est.set_params(loss=lambda y, p: (y - p) ** 2)
    with pytest.raises(ValueError, match="holds no code"):
        est.save(tmp_path / "law.json")


def test_it_is_a_parameter():
    est = clone(regressor(loss=Huber(0.5)))
    assert est.loss == Huber(0.5)
    grid = GridSearchCV(
        regressor(max_steps=1), {"loss": ["squared", "absolute"]}, cv=2,
        scoring="neg_median_absolute_error",
    ).fit(X, GROSS)  # fmt: skip
    assert grid.best_params_ == {"loss": "absolute"}


def test_repeats_without_a_clock():
    fits = [
        regressor(loss="absolute", max_steps=2, max_complexity=8).fit(X, GROSS) for _ in range(2)
    ]
    assert fits[0].equations_.equals(fits[1].equations_)


def test_stops_and_goes_on():
    est = regressor(loss="absolute", warm_start=True).fit(X, GROSS, callbacks=lambda p: True)
    assert est.stopped_ == "callback"
    assert est.fit(X, GROSS).expr_ == "x0**2/x1"


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("square", "must be 'squared'"), ("quantile", r"write Quantile\(0.9\)"), (3, "must be"),
        ("poisson", "as a function of y and prediction"), ("log_loss", "TRMSymbolicClassifier"),
        ("LPDistLoss(3)", "as a function"), ("QuantileLoss()", r"write Quantile\(0.9\)"),
        (Quantile, "must be"),
    ],
)  # fmt: skip
def test_what_is_no_loss(loss, message):
    with pytest.raises(ValueError, match=message):
        regressor(loss=loss).fit(X, LAW)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("squared_error", None), ("mse", None), ("L2DistLoss()", None), ("rmse", None),
        ("absolute_error", Absolute()), ("mean absolute error", Absolute()),
        ("L1DistLoss()", Absolute()), ("HuberLoss(0.5)", Huber(0.5)), ("HuberLoss()", Huber(1.0)),
        ("LogCoshLoss()", LogCosh()), ("QuantileLoss(0.9)", Quantile(0.9)),
    ],
)  # fmt: skip
def test_names_of_equal_losses_elsewhere(name, meant):
    assert read_loss(name) == meant


def test_parameters_of_losses():
    for wrong in (lambda: Quantile(1.0), lambda: Huber(0.0), lambda: LogCosh(-1.0)):
        with pytest.raises(ValueError, match="must be"):
            wrong()


@pytest.mark.parametrize(
    ("loss", "message"),
    [(lambda y, p: np.mean((y - p) ** 2), "loss of each row"), (lambda y, p: "x", "no numbers")],
)
def test_functions_that_are_no_losses(loss, message):
    with pytest.raises(DataError, match=message):
        regressor(loss=loss, max_steps=1).fit(X, LAW)


def test_a_loss_without_a_value():
    y = LAW.copy()
    y[0] = 0.0
    with np.errstate(all="ignore"), pytest.raises(DataError, match="where y is 0"):
        regressor(loss=lambda y, p: ((p - y) / y) ** 2, max_steps=1).fit(X, y)


def test_a_long_table_keeps_to_its_time():
    rng = np.random.default_rng(7)
    x = rng.uniform(1, 5, (100_000, 2))
    y = x[:, 0] ** 2 / x[:, 1]
    wrong = rng.choice(100_000, 10_000, replace=False)
    y[wrong] += rng.uniform(20, 200, 10_000)
    est = regressor(loss="absolute", time_limit=5)
    begin = time.process_time()
    est.fit(x, y)
    assert est.expr_ == "x0**2/x1"
    assert time.process_time() - begin < 6.0
