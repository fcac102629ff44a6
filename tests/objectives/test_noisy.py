"""The kind of noise is told by the laws found, and weighs the rows for all that follows."""

import time

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import walk
from sklearn_trm.objectives.noise_models import NONE
from sklearn_trm.objectives.noisy import Noisy
from sklearn_trm.rules.rules import Rules

X = np.linspace(1, 9, 40)[:, None]
TRUTH = parse("60*exp(-0.5*x0) + 3")
LAWS = [TRUTH, *map(parse, ("40*exp(-0.3*x0)", "40/x0", "30 - 3*x0", "20", "36/x0 + x0/3"))]
VALUES = evaluate(TRUTH, X)


def drawn(kind, seed):
    rng = np.random.default_rng(seed)
    error = rng.standard_normal(len(VALUES))
    return {
        "even": lambda: VALUES + 0.8 * error,
        "proportional": lambda: VALUES * (1 + 0.05 * error),
        "counts": lambda: rng.poisson(VALUES).astype(float),
        "rounded": lambda: np.round(VALUES, 0),
        "none": lambda: VALUES,
    }[kind]()


@pytest.mark.parametrize(
    ("kind", "size"), [("even", 0.8), ("proportional", 0.05), ("counts", 1.0), ("none", 0.0)]
)
def test_the_kind_is_told_by_the_laws(kind, size):
    found = []
    for seed in range(20):
        objective = Noisy(X, drawn(kind, seed), None)
        objective.learn(LAWS)
        fit = objective.fit(TRUTH, (), None, time.monotonic)
        found.append(objective.noise(fit.node))
    right = [noise.size for noise in found if noise.kind == kind]
    assert len(right) >= 15  # over one decade counts are near both others
    assert np.mean(right) == pytest.approx(size, rel=0.1)


def test_the_likeliest_law_is_the_users():
    y, base = drawn("proportional", 0), np.exp(-0.5)
    laws = [parse("60*exp(-0.5*x0) + 3"), parse(f"60*{base}**x0 + 3")]  # two writings
    for kept, dearer in zip(laws, ("pow", "exp"), strict=True):
        objective = Noisy(X, y, None, nats=Rules(shift={dearer: 30.0}).prior)
        objective.learn(laws)
        assert dearer in {node.op for law in laws for node in walk(law)}
        assert {n.op for n in walk(objective.weighed_by)} == {n.op for n in walk(kept)}


def test_rounding_tells_no_more_constants():
    objective = Noisy(X, drawn("rounded", 0), None)
    objective.learn(LAWS)
    assert objective.noise(TRUTH).kind == "rounded" and objective.noise(TRUTH).size == 0.5
    nearer = parse("60*exp(-0.5*x0) + 3 + 0.02*sin(x0)")
    assert objective.weigh(nearer) == pytest.approx(objective.weigh(TRUTH), rel=1e-6)
    assert objective.weigh(LAWS[1]) > 2 * objective.weigh(TRUTH)
    assert not objective.comparable


def test_laws_are_fitted_by_the_weights_of_their_noise():
    even, weighed = [], []
    for seed in range(40):
        y = drawn("proportional", seed)
        objective = Noisy(X, y, None)
        even.append(objective.fit(TRUTH, (), None, time.monotonic).node)
        objective.learn(LAWS)
        weighed.append(objective.fit(TRUTH, (), None, time.monotonic).node)
    off = [np.std([evaluate(law, X)[-1] / VALUES[-1] for law in laws]) for laws in (even, weighed)]
    assert off[1] < 0.5 * off[0]  # small values are told by what is measured well


def test_a_table_that_a_law_explains_exactly_has_no_noise():
    objective = Noisy(X, VALUES, None)
    objective.learn(LAWS)
    assert objective.noise(TRUTH) == NONE and objective.weight is None
    assert objective.noise(LAWS[1]).kind == "even"


def test_what_was_learned_can_be_taken_over():
    y = drawn("proportional", 0)
    objective, again = Noisy(X, y, None), Noisy(X, y, None)
    objective.learn(LAWS)
    again.assume(objective.model.kind, objective.weighed_by)
    np.testing.assert_array_equal(again.weight, objective.weight)


def test_only_what_may_move_weights_is_asked_for():
    assert Noisy(X, VALUES - 20, None).passes == 1  # no sign of its own
    assert Noisy(X, VALUES, None).passes == 2


def test_repeated_rows_keep_their_share():
    repeats = np.where(np.arange(40) < 10, 2.0, 1.0)
    y = drawn("proportional", 0)
    objective, once = Noisy(X, y, repeats), Noisy(X, y, None)
    for each in (objective, once):
        each.learn([TRUTH])
        each.assume("proportional", TRUTH)
    np.testing.assert_allclose(objective.weight, once.weight * repeats)


def test_laws_that_are_undefined_or_absent_leave_even_noise():
    y = drawn("proportional", 0)
    for laws in ([], [parse("log(x0 - 5)")], [parse("-1*x0")]):
        objective = Noisy(X, y, None)
        objective.learn(laws)
        assert objective.weight is None and objective.model.kind == "even"
