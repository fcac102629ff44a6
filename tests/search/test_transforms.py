"""A target seen through inverses: what explains the new values explains the old ones."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.operators import BINARY, UNARY
from sklearn_trm.expressions.tree import var
from sklearn_trm.search.transforms import Target, target_transforms

rng = np.random.default_rng(0)
TARGETS = {
    "positive": rng.uniform(0.2, 5, 60),
    "negative": -rng.uniform(0.2, 5, 60),
    "both signs": rng.uniform(-3, 3, 60),
    "small": rng.uniform(0.1, 0.9, 60),
}


@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS)
def test_going_in_and_out_is_the_identity(y):
    found = target_transforms(Target(y), UNARY, BINARY)
    assert found
    for target in found:
        if {"asin", "acos", "atan"} & set(target.chain):
            continue  # sin, cos and tan fold: their values do not tell where they came from
        law = target.wrap(var(0))
        with np.errstate(all="ignore"):
            values = evaluate(law, target.values[:, None])
        np.testing.assert_allclose(values, y, rtol=1e-5, atol=1e-6)


def test_slopes_say_how_errors_of_the_target_appear():
    y, h = TARGETS["positive"], 1e-6
    moved = {t.chain: t for t in target_transforms(Target(y + h), ["exp", "sqrt"], ["div"])}
    for target in target_transforms(Target(y), ["exp", "sqrt"], ["div"]):
        difference = (moved[target.chain].values - target.values) / h
        np.testing.assert_allclose(target.slope, difference, rtol=1e-3, atol=1e-6)


def test_only_through_operators_that_a_law_may_hold():
    y = TARGETS["positive"]
    assert {t.chain for t in target_transforms(Target(y), ["exp"], [])} == {("exp",)}
    assert target_transforms(Target(y), [], []) == []


def test_no_values_twice_and_cheap_ones_first():
    found = target_transforms(Target(TARGETS["small"]), UNARY, BINARY)
    values = np.array([t.values for t in found])
    unit = values / np.linalg.norm(values, axis=1)[:, None]
    assert (unit @ unit.T - np.eye(len(unit))).max() < 1 - 1e-15
    assert [t.cost for t in found] == sorted(t.cost for t in found)


def test_undefined_anywhere_is_left_out():
    assert not any(
        "exp" in t.chain[:1]
        for t in target_transforms(Target(TARGETS["both signs"]), UNARY, BINARY)
    )


def test_of_nothing_there_is_no_view():
    assert target_transforms(Target(np.zeros(20)), UNARY, BINARY) == []


def test_a_rest_of_nothing_has_frames_without_a_warning():
    frames = target_transforms(Target(np.zeros(9)), ["exp", "square", "inv"], ["add", "mul"], 2)
    assert all(len(f.values) == 9 for f in frames)
