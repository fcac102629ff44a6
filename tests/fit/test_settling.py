"""A fit of a noisy table ends when its choice has stood; one without noise goes on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.text import parse
from sklearn_trm.fit.settling import has_stood, leaves_noise
from sklearn_trm.task.budget import Budget, FitClock


def at(now: float, end: float | None = 9.0) -> Budget:
    return Budget(FitClock(lambda: now), search=end)


def test_a_choice_stands_for_a_third_of_the_time_and_as_long_as_it_took() -> None:
    assert not has_stood(0.5, 0.0, at(3.4)) and has_stood(0.5, 0.0, at(3.6))
    assert not has_stood(4.0, 0.0, at(7.9)) and has_stood(4.0, 0.0, at(8.1))
    assert not has_stood(0.0, 0.0, at(1.9, end=2.0))  # a short time is short enough
    assert not has_stood(0.0, 100.0, at(102.0, end=109.0))  # a fit that goes on has just begun
    assert not has_stood(0.0, 0.0, at(1e9, end=None))


@pytest.mark.parametrize("n", [12, 30, 200])
def test_noise_is_told_from_structure(n: int) -> None:
    rng = np.random.default_rng(n)
    X = np.sort(rng.uniform(0.5, 5.0, (n, 1)), axis=0)
    law, noisy, clean = parse("1.9*x0 + 0.7"), 0, 0
    for seed in range(40):
        errors = np.random.default_rng(seed).standard_normal(n)
        y = 2.0 * X[:, 0] + 1.0 + 0.1 * errors
        noisy += leaves_noise(fit_constants(law, X, y).node, X, y)
        y = 2.0 * X[:, 0] + 1.0 + 0.3 * np.sin((1.0 + seed / 20) * X[:, 0] + seed)
        clean += leaves_noise(fit_constants(law, X, y).node, X, y)
    assert noisy >= 32 and clean <= {12: 16, 30: 2, 200: 0}[n]  # twelve rows tell little


def test_structure_in_one_of_several_columns_is_seen() -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(0.5, 5.0, (200, 5))
    y = 2.0 * X[:, 0] + 0.2 * np.cos(X[:, 3])  # no row has a near neighbour
    assert not leaves_noise(parse("2*x0"), X, y)
    noise = 0.1 * rng.standard_normal((20, 200))
    told = [leaves_noise(parse("2*x0"), X, 2.0 * X[:, 0] + errors) for errors in noise]
    assert sum(told) >= 15
    noise = noise[0]
    assert not leaves_noise(parse("0*x0"), X, noise)  # nothing is explained: anything may come


class Counted(TRMSymbolicRegressor):
    """Each look at the clock takes three milliseconds: the same end on every machine."""

    @staticmethod
    def _clock() -> float:
        return next(Counted.ticks)

    ticks = itertools.count(0.0, 0.003)


def test_a_noisy_table_ends_before_its_time_and_a_clean_one_does_not() -> None:
    x = np.linspace(0.0, 10.0, 20)
    noise = np.random.default_rng(3).standard_normal(20)
    limits = {"model": None, "random_state": 0, "time_limit": 10.0, "max_complexity": 9}
    Counted.ticks = itertools.count(0.0, 0.003)
    est = Counted(**limits).fit(x[:, None], 1.5 * x + 3.0 + 0.3 * noise)
    assert est.stopped_ == "noise" and next(Counted.ticks) < 8.0
    assert "x0" in est.expr_
    # no law so short is exact
    Counted.ticks = itertools.count(0.0, 0.003)
    clean = np.sin(1.3 * x) + 0.31 * np.exp(0.21 * x) + 0.17 * x**1.5
    est = Counted(**limits).fit(x[:, None], clean)
    assert est.stopped_ == "time limit"
