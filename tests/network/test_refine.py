"""The refiner on tables: any size, any scale, allowed operators, feedback."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import columns, walk
from sklearn_trm.network.refine import Refiner

rng = np.random.default_rng(0)
X = rng.uniform(0.5, 3.0, (200, 3))


@pytest.fixture(scope="module")
def refiner() -> Refiner:
    return Refiner.load("auto")


def test_it_proposes_the_law_of_an_easy_table(refiner: Refiner) -> None:
    y = X[:, 0] * X[:, 1]
    answer = refiner.step(refiner.start(X, y, np.random.default_rng(0)))
    assert min(fit_constants(node, X, y).loss for node in answer.nodes[:5]) < 1e-20
    assert len(set(answer.nodes)) == len(answer.nodes)
    assert (np.diff(answer.log_prob) <= 0).all()
    assert 1 <= answer.n_iter <= 32
    assert len(answer.velocities) == answer.n_iter


def test_feedback_changes_the_next_answer_and_keeps_the_latent(refiner: Refiner) -> None:
    y = X[:, 0] * X[:, 1] + np.sin(X[:, 2])
    state = refiner.start(X, y, np.random.default_rng(0))
    first = refiner.step(state)
    latent = state.latent
    state = refiner.feedback(state, parse("x0*x1"))
    assert state.latent is latent
    assert state.y_hat is not None and np.abs(state.y_hat).max() > 0
    second = refiner.step(state)
    assert second.nodes != first.nodes


def test_equal_seeds_give_equal_answers(refiner: Refiner) -> None:
    y = X[:, 0] / X[:, 1]
    runs = [refiner.step(refiner.start(X, y, np.random.default_rng(3))).nodes for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_extreme_scales_give_finite_thoughts(refiner: Refiner, scale: float) -> None:
    state = refiner.start(X * 1.0, X[:, 0] * scale, np.random.default_rng(0))
    answer = refiner.step(state)
    assert np.isfinite(answer.velocities).all() and np.isfinite(answer.q)


def test_wide_tables_keep_the_columns_that_matter(refiner: Refiner) -> None:
    wide = rng.uniform(0.5, 3.0, (300, 40))
    y = wide[:, 17] * wide[:, 33]
    answer = refiner.step(refiner.start(wide, y, np.random.default_rng(0)))
    assert any(columns(n) == (17, 33) for n in answer.nodes)


def test_allowed_operators_are_obeyed(refiner: Refiner) -> None:
    y = np.sin(X[:, 0]) / X[:, 1]
    state = refiner.start(X, y, np.random.default_rng(0), unary=("exp",), binary=("add", "mul"))
    used = {n.op for node in refiner.step(state).nodes for n in walk(node) if n.children}
    assert used <= {"exp", "add", "mul"}


def test_few_rows_and_undefined_feedback_do_no_harm(refiner: Refiner) -> None:
    state = refiner.start(X[:3], X[:3, 0], np.random.default_rng(0))
    refiner.step(state)
    state = refiner.feedback(state, parse("log(x0 - 100)"))  # undefined everywhere
    assert refiner.step(state).nodes
