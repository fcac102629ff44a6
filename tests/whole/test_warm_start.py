"""``warm_start=True``: a second fit goes on from the first."""

from __future__ import annotations

import copy
import pickle
import time
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.text import parse
from sklearn_trm.fit import loop as answer_loop

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 3.0, (150, 3))
DEEP = 1.7 * np.tanh(0.6 * np.exp(-0.4 * X[:, 0] ** 2) + X[:, 1] / (1.3 + np.cos(X[:, 2])))
STEPS = {"model": None, "random_state": 0, "time_limit": None, "max_complexity": 25}


def loss(est):
    return est.equations_.loss.min()


def test_two_halves_are_like_the_whole():
    table = X[:60, :2]  # the second half has something to add
    y = 1.7 * np.tanh(0.6 * np.exp(-0.4 * table[:, 0] ** 2) + table[:, 1] / (
        1.3 + np.cos(table[:, 1])))  # fmt: skip
    steps = STEPS | {"max_complexity": 14}
    whole = TRMSymbolicRegressor(**steps, max_steps=6).fit(table, y)
    halves = TRMSymbolicRegressor(**steps, max_steps=3, warm_start=True).fit(table, y)
    first = halves.equations_
    halves.fit(table, y)
    assert halves.equations_.equals(whole.equations_)
    assert not first.equals(whole.equations_)


def test_a_second_fit_is_at_least_as_good_and_an_exact_one_takes_no_time():
    y = X[:, 0] * np.exp(-X[:, 1]) / X[:, 2] + 1.5
    est = TRMSymbolicRegressor(**STEPS | {"time_limit": 20}, warm_start=True)
    begin = time.process_time()
    est.fit(X, y)
    first, took = est.expr_, time.process_time() - begin
    begin = time.process_time()
    est.fit(X, y)
    assert est.expr_ == first and est.stopped_ == "exact"
    assert time.process_time() - begin < 0.8 * took


def test_the_laws_serve_another_table():
    est = TRMSymbolicRegressor(**STEPS, max_steps=1, warm_start=True)
    law = "1.7*tanh(0.6*exp(-0.4*x0**2) + x1/(1.3 + cos(x2)))"
    est.fit(X, DEEP, guesses=[law])
    more = np.vstack([X, RNG.uniform(0.5, 3.0, (50, 3))])
    target = 1.7 * np.tanh(0.6 * np.exp(-0.4 * more[:, 0] ** 2) + more[:, 1] / (
        1.3 + np.cos(more[:, 2])))  # fmt: skip
    assert loss(est.fit(more, target)) < 1e-20
    assert loss(TRMSymbolicRegressor(**STEPS, max_steps=1).fit(more, target)) > 1e-6
    # so do those of a pickle, which holds no loop
    data = pickle.dumps(est)
    assert len(data) < 20_000
    assert loss(pickle.loads(data).fit(X, DEEP)) < 1e-20
    assert loss(copy.deepcopy(est).fit(X, DEEP)) < 1e-20


def test_a_stop_by_a_callback_is_no_end():
    est = TRMSymbolicRegressor(**STEPS, max_steps=4, warm_start=True)
    est.fit(X, DEEP, callbacks=lambda p: True)
    assert est.stopped_ == "callback"
    first = loss(est)
    assert loss(est.fit(X, DEEP)) < first and est.stopped_ == "max_steps"


def test_without_it_a_fit_begins_anew():
    est = TRMSymbolicRegressor(**STEPS, max_steps=1).fit(X, DEEP)
    assert not hasattr(est, "_warm")
    assert est.fit(X, DEEP).equations_.equals(
        TRMSymbolicRegressor(**STEPS, max_steps=1).fit(X, DEEP).equations_
    )


def test_another_width():
    est = TRMSymbolicRegressor(**STEPS, max_steps=1, warm_start=True).fit(X, X[:, 0])
    with pytest.raises(DataError, match=r"has 2, the first had 3"):
        est.fit(X[:, :2], X[:, 0])


def test_several_targets_go_on_one_by_one():
    y = np.column_stack([DEEP, X[:, 0] * X[:, 1]])
    est = TRMSymbolicRegressor(**STEPS, max_steps=2, warm_start=True).fit(X, y)
    part = est.estimators_[0]
    est.fit(X, y)
    assert est.estimators_[0] is part
    whole = TRMSymbolicRegressor(**STEPS, max_steps=4).fit(X, y)
    assert est.equations_[0].equals(whole.equations_[0])


@dataclass
class Thought:
    """What a refiner keeps between two steps."""

    latent: int | None
    cells: int
    order: np.ndarray
    table: np.ndarray


class Thinker:
    """A refiner whose latent state counts its steps."""

    def start(self, X, y, rng, unary, binary):
        lanes = np.arange(4) if np.ndim(y) == 1 else np.arange(5)
        return Thought(None, 15, lanes, X)

    def step(self, state, **thinking):
        state.latent = (state.latent or 0) + 1
        nodes = [parse("1*x0")] if len(state.order) == 4 else []
        return SimpleNamespace(
            nodes=nodes, lanes=[0] * len(nodes), q=0.5, n_iter=state.latent, converged=True,
            velocities=np.ones(1), by_lane=np.ones((1, 1)), seen=None,
        )  # fmt: skip

    def feedback(self, state, node):
        return state


def test_the_latent_state_is_carried(monkeypatch):
    monkeypatch.setattr(answer_loop, "_load_refiner", lambda model: Thinker())
    est = TRMSymbolicRegressor(
        time_limit=None, max_steps=2, search=False, random_state=0, warm_start=True
    ).fit(X, DEEP)
    assert [step.n_iter for step in est.answer_steps_] == [1, 2]
    est.fit(X, DEEP)  # the same table: the same thought goes on
    assert [step.n_iter for step in est.answer_steps_] == [1, 2, 3, 4]
    est.fit(X, DEEP + X[:, 0])  # another table of the same shape begins from it
    assert [step.n_iter for step in est.answer_steps_] == [5, 6]
