"""The tree: its views agree with one another."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_trm.expressions.tree import (  # fmt: skip
    Node,
    call,
    columns,
    complexity,
    const,
    constants,
    depth,
    map_columns,
    var,
    walk,
    with_constants,
)
from tests.strategies import trees

LAW = const(2.0) * call("sin", var(2)) + var(0) / const(3.0)


def test_walk_is_preorder() -> None:
    assert [n.op for n in walk(LAW)] == ["add", "mul", "const", "sin", "var", "div", "var", "const"]


def test_counts_of_a_known_law() -> None:
    assert complexity(LAW) == 8 and depth(LAW) == 4
    assert columns(LAW) == (0, 2) and constants(LAW) == [2.0, 3.0]


def test_arithmetic_builds_nodes() -> None:
    x = var(0)
    assert [n.op for n in (x + x, x - x, x * x, x / x, x**x)] == ["add", "sub", "mul", "div", "pow"]


def test_call_checks_arity() -> None:
    with pytest.raises(ValueError, match="sin takes 1 operands, got 2"):
        call("sin", var(0), var(1))


def test_nodes_are_immutable_and_hashable() -> None:
    with pytest.raises(AttributeError):
        LAW.op = "sub"  # type: ignore[misc]
    assert len({LAW, const(2.0) * call("sin", var(2)) + var(0) / const(3.0)}) == 1


@settings(max_examples=100, deadline=None)
@given(trees)
def test_constants_round_trip(tree: Node) -> None:
    values = constants(tree)
    assert with_constants(tree, values) == tree
    shifted = with_constants(tree, [v + 1.0 for v in values])
    assert constants(shifted) == [v + 1.0 for v in values]
    assert [n.op for n in walk(shifted)] == [n.op for n in walk(tree)]
    with pytest.raises(ValueError, match="more values"):
        with_constants(tree, [*values, 1.0])
    if values:
        with pytest.raises(ValueError, match="fewer values"):
            with_constants(tree, values[1:])


@settings(max_examples=100, deadline=None)
@given(trees, st.permutations([3, 4, 5]))
def test_map_columns_renames_and_can_be_undone(tree: Node, mapping: list[int]) -> None:
    renamed = map_columns(tree, mapping)
    assert set(columns(renamed)) == {mapping[c] for c in columns(tree)}
    back = [0] * 6
    for i, m in enumerate(mapping):
        back[m] = i
    assert map_columns(renamed, back) == tree


@settings(max_examples=50, deadline=None)
@given(trees)
def test_pickle_keeps_trees(tree: Node) -> None:
    assert pickle.loads(pickle.dumps(tree)) == tree
