"""The Pareto front: exactly the laws that no other beats in both complexity and loss."""

from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import Node, complexity
from sklearn_trm.task.front import Front, FrontEntry
from tests.strategies import trees


def shortest(node: Node) -> int:
    return min(complexity(node), complexity(canonical(node)))


LOSSES = st.one_of(st.sampled_from([0.0, 1.0, math.inf, math.nan]), st.floats(0.0, 10.0))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(trees, LOSSES), max_size=25))
def test_front_equals_brute_force(offers: list[tuple[Node, float]]) -> None:
    front = Front()
    for node, loss in offers:
        front.add(node, loss)
    points = [(shortest(n), loss) for n, loss in offers if math.isfinite(loss)]
    best = {p for p in points if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in points)}
    assert [(r.complexity, r.loss) for r in front.rows()] == sorted(best)
    assert front.n_tried == len(offers)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(trees, LOSSES), max_size=15))
def test_add_tells_whether_the_law_is_on_the_front(offers: list[tuple[Node, float]]) -> None:
    front = Front(max_size=4)
    for node, loss in offers:
        size = shortest(node)
        expected = front.would_take(size, loss)
        added = front.add(node, loss)
        held = {(r.complexity, r.loss) for r in front.rows()}
        if added:
            assert expected and (size, loss) in held
        elif expected:  # a full front: it was the most complex of five
            assert len(front) == 4 and size > max(c for c, _ in held)
        assert len(front) <= 4


def test_equal_laws_are_one_entry_and_the_first_stays() -> None:
    front = Front()
    assert front.add(parse("x0*x0"), 1.0)
    assert not front.add(parse("x0**2"), 1.0)
    assert not front.add(parse("x0**3/x0"), 1.5)
    assert front.add(parse("x0**2"), 0.5)
    assert [row.equation for row in front] == ["x0**2"]


def test_score_is_the_fall_of_log_loss_per_complexity() -> None:
    front = Front()
    for text, loss in ("x0", 1.0), ("2*x0", 0.1), ("2*x0 + 3*x1", 0.0):
        front.add(parse(text), loss)
    a, b, c = front.rows()
    assert a.score == 0.0
    assert b.score == pytest.approx(math.log(10.0) / 2)
    assert math.isfinite(c.score) and c.score > b.score
    assert (b.complexity, b.loss, b.equation) == (3, 0.1, "2*x0")
    assert to_text(b.node) == b.equation


def test_limits() -> None:
    front = Front(max_complexity=3, max_size=2)
    assert not front.add(parse("sin(2*x0)"), 0.0)
    assert front.add(parse("x0"), 3.0) and front.add(parse("sin(x0)"), 2.0)
    assert not front.add(parse("2*x0"), 1.0)  # the most complex of three goes: this one
    assert len(front) == 2


def test_own_measure_of_complexity() -> None:
    front = Front(measure=lambda node: 10 if "sin" in to_text(node) else 1)
    front.add(parse("sin(x0)"), 0.5)
    front.add(parse("x0 + x1 + x2"), 1.0)
    assert [row.complexity for row in front.rows()] == [1, 10]


def test_texts_are_made_when_they_are_read(monkeypatch) -> None:
    front = Front()
    front.add(parse("2*x0"), 1.0)
    printed: list[object] = []

    def printing(node: Node) -> str:
        printed.append(node)
        return to_text(node)

    monkeypatch.setattr("sklearn_trm.task.front.to_text", printing)
    (row,) = front.rows()
    assert not printed
    assert row.equation == "2*x0" and len(printed) == 1


def test_rows_pickle_also_as_earlier_versions_did() -> None:
    row = FrontEntry(3, 0.5, 0.0, parse("2*x0"))
    assert pickle.loads(pickle.dumps(row)) == row
    earlier = object.__new__(FrontEntry)
    earlier.__setstate__([3, 0.5, 0.0, "2*x0", parse("2*x0")])
    assert earlier == row
