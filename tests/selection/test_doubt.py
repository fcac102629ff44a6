"""Probabilities of laws, and quantiles of what several laws say."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from scipy import stats

from sklearn_trm.data.magnitudes import Magnitudes
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.intervals import covariance
from sklearn_trm.expressions.text import parse
from sklearn_trm.objectives.losses import Quantile
from sklearn_trm.objectives.noisy import Noisy
from sklearn_trm.selection.doubt import (
    forecast,
    found,
    interval,
    law_probabilities,
    law_shares,
    mixture_quantile,
    shares,
)
from sklearn_trm.task.front import FrontEntry
from sklearn_trm.task.result import FitResult

X = np.linspace(1.0, 4.0, 10)[:, None]
Y = 2.0 * X[:, 0] + 1.0 + 0.1 * np.random.default_rng(0).normal(size=10)


def result(*texts, **more):
    rows = []
    for text in texts:
        law = parse(text)
        loss = float(np.mean((evaluate(law, X) - Y) ** 2))
        rows.append(FrontEntry(1, loss, 0.0, law, 5.0))
    spreads = tuple(covariance(r.node, r.loss, X, Y, None, len(Y)) for r in rows)
    known = {"magnitudes": Magnitudes((1.0,), 1.0), "n_rows": 10, "n_counted": 10, "n_tried": 1,
             "size": 1.0} | more  # fmt: skip
    return FitResult(tuple(rows), spreads, 0, **known)


def test_shares_are_odds_of_nats_of_any_size():
    share = shares([-1e6, -1e6 + math.log(4.0), math.inf, 1e300])
    np.testing.assert_allclose(share, [0.8, 0.2, 0.0, 0.0])
    assert np.isnan(shares([math.inf, math.inf])).all()


def test_a_cheap_law_that_explains_much_was_sought():
    def of(prior, left, fit=0.0):
        """A law of a prior that leaves a share of the variance, beside a level."""
        return found([900.0, fit + prior], [0.0, prior], [1.0, left], 50)

    assert of(10.0, 1e-3) > 0.9 > of(25.0, 1e-3) > of(40.0, 1e-3)  # one of many
    assert of(10.0, 1e-3) > of(10.0, 1e-1) > of(10.0, 0.6)
    assert of(60.0, 1e-28) > 0.99  # exact
    # a long law that fits better by far more than it may is a doubt, whatever it costs itself
    three = [900.0, 10.0, 40.0], [0.0, 10.0, 90.0], [1.0, 1e-2, 5e-3]
    assert found(*three, 50) < 0.2 * of(10.0, 1e-2)
    assert found([9.0, 0.0], [0.0, 9.0], [1.0, 0.1], 200) > found(
        [9.0, 0.0], [0.0, 9.0], [1.0, 0.1], 8
    )
    assert found([0.0], [5.0], [0.0], 9) == 1.0
    assert math.isnan(found([math.inf] * 2, [0, 9], [1, 1], 2))
    assert found([3.0, 9.0], [0.0, 5.0], [0.0, 0.0], 9) <= 1.0  # y is one number


def test_where_rows_tell_no_law_the_choice_is_all_there_is():
    few = result("2.13*x0 + 1.07", "2.7*x0", lengths=(math.inf, math.inf))
    np.testing.assert_array_equal(law_shares(few), [1.0, 0.0])
    assert np.isnan(law_probabilities(few)).all()


def test_the_band_of_a_line_is_the_one_of_textbooks():
    fit = np.polyfit(X[:, 0], Y, 1)
    line = result("{!r}*x0 + {!r}".format(*fit.tolist()))
    at = np.array([[0.0], [2.5], [9.0]])
    low, high = interval(line, at, 0.9, 0)
    s2 = np.sum((Y - np.polyval(fit, X[:, 0])) ** 2) / 8
    spread = 1 + 1 / 10 + (at[:, 0] - 2.5) ** 2 / np.sum((X[:, 0] - 2.5) ** 2)
    expected = stats.t(8).ppf(0.95) * np.sqrt(s2 * spread)
    np.testing.assert_allclose(high - low, 2 * expected, rtol=1e-9)
    np.testing.assert_allclose(0.5 * (low + high), np.polyval(fit, at[:, 0]))
    sure = forecast(line, at, 0, np.zeros(3)).scale
    np.testing.assert_allclose(sure, np.sqrt(s2 * (spread - 1)))


def test_units_do_not_matter():
    scaled = result("2.0*x0 + 1.03")
    big = result("2.0*x0 + 1.03", magnitudes=Magnitudes((1e200,), 1e-150))
    _, high = interval(scaled, X, 0.95, 0)
    np.testing.assert_allclose(interval(big, X * 1e200, 0.95, 0)[1], high * 1e-150)


def test_known_errors_are_noise_unless_they_were_said_too_small():
    said = result("2.0*x0 + 1.0", known=True, error=0.3)
    width = np.subtract(*interval(said, X, 0.95, 0, np.zeros(10))[::-1])
    law = said.rows[0].loss  # read as a chi-square a row: far below 1
    assert law < 1 and (width < 0.5).all()
    assert forecast(said, X, 0).noise[0] == 0.3
    small = result("2.0*x0 + 9.0", known=True, error=0.3)  # chi-square 64 a row
    assert forecast(small, X, 0).noise[0] == pytest.approx(0.3 * math.sqrt(64 * 10 / 8), rel=0.02)


def test_a_quantile_has_no_noise_around_it():
    with pytest.raises(DataError, match="bound itself"):
        interval(result("2.0*x0", loss=Quantile(0.9), weighing=(1.0,)), X, 0.9, 0)


def test_quantiles_of_a_mixture():
    share = np.array([0.7, 0.25, 0.05])
    at, size = np.array([[0.0], [3.0], [-40.0]]), np.array([[1.0], [0.5], [2.0]])
    spare = np.array([4.0, 50.0, 8.0])
    for q in (0.025, 0.3, 0.5, 0.975):
        (z,) = mixture_quantile(share, at, size, spare, q)
        parts = zip(share, at[:, 0], size[:, 0], spare, strict=True)
        below = sum(p * stats.t(d).cdf((z - m) / s) for p, m, s, d in parts)
        assert below == pytest.approx(q, abs=1e-9)


def test_laws_that_are_undefined_or_open():
    share, spare = np.array([0.6, 0.4]), np.array([5.0, 5.0])
    at, size = np.array([[1.0, np.nan, 1.0], [2.0, np.nan, np.nan]]), np.ones((2, 3))
    out = mixture_quantile(share, at, size, spare, 0.9)
    assert np.isfinite(out[0]) and np.isnan(out[1])
    assert out[2] == pytest.approx(1.0 + stats.t(5).ppf(0.9))
    # one of which nothing is known has half of its weight beyond either end
    open_ = np.array([[1.0], [np.inf]])
    at = np.array([[0.0], [0.0]])
    assert mixture_quantile(share, at, open_, spare, 0.9)[0] == np.inf
    assert mixture_quantile(share, at, open_, spare, 0.1)[0] == -np.inf
    assert mixture_quantile(share, at, open_, spare, 0.5)[0] == pytest.approx(0.0, abs=1e-9)
    little = mixture_quantile(np.array([0.98, 0.02]), at, open_, spare, 0.9)[0]
    assert stats.t(5).ppf(0.9) < little < 1.1 * stats.t(5).ppf(0.9)


MEASURED = {
    "even": lambda values, rng: values + 0.3 * rng.standard_normal(values.shape),
    "proportional": lambda values, rng: values * (1 + 0.1 * rng.standard_normal(values.shape)),
    "counts": lambda values, rng: rng.poisson(values).astype(float),
    "rounded": lambda values, rng: np.round(values, 1),
}


@pytest.mark.parametrize("kind", MEASURED)
def test_intervals_hold_as_much_as_they_say(kind):
    rng = np.random.default_rng(1)
    held = []
    for _ in range(150):
        a, b = rng.uniform(30, 60), rng.uniform(0.35, 0.5)
        x = rng.uniform(0.5, 5.0, (30, 1))
        values = a * np.exp(-b * x[:, 0])
        y = MEASURED[kind](values, rng)
        objective = Noisy(x[:25], y[:25], None)
        objective.learn([parse("45*exp(-0.4*x0)")])
        fit = objective.fit(parse("45*exp(-0.4*x0)"), (), None, time.monotonic)
        one = FitResult(
            (FrontEntry(1, fit.loss, 0.0, fit.node, 5.0),),
            (objective.covariance(fit.node, fit.loss),), 0, Magnitudes((1.0,), 1.0), 25, 25, 1,
            10.0, noises=(objective.noise(fit.node),),
        )  # fmt: skip
        low, high = interval(one, x[25:], 0.95, 0)
        held += ((low <= y[25:]) & (y[25:] <= high)).tolist()
    assert 0.93 <= np.mean(held) <= 0.97
