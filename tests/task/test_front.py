"""The archive: the laws that no other beats in complexity and loss, or in prior and loss."""

from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import Node, complexity
from sklearn_trm.rules.rules import FREE
from sklearn_trm.task.front import Front, FrontEntry
from tests.strategies import trees

LOSSES = st.one_of(st.sampled_from([0.0, 1.0, math.inf, math.nan]), st.floats(0.0, 10.0))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(trees, LOSSES), max_size=25))
def test_front_equals_brute_force(offers: list[tuple[Node, float]]) -> None:
    front = Front()
    for node, loss in offers:
        front.add(node, loss)
    offered = [(FREE.written(n), loss) for n, loss in offers if math.isfinite(loss)]
    for measure in (complexity, FREE.prior):
        points = [(measure(law), loss) for law, loss in offered]
        best = {p for p in points if not any(q != p and q[0] <= p[0] and q[1] <= p[1]
                                             for q in points)}  # fmt: skip
        kept = {(measure(r.node), r.loss) for r in front.rows()}
        assert best <= kept
    short = [(complexity(law), loss) for law, loss in offered]
    for row in front.rows():  # nan for what a simpler law beats
        beaten = any(q != (row.complexity, row.loss) and q[0] <= row.complexity
                     and q[1] <= row.loss for q in short)  # fmt: skip
        assert math.isnan(row.score) or not beaten
    assert front.n_tried == len(offers)
    if offered:
        assert front.most_accurate().loss == min(loss for _, loss in offered)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(trees, LOSSES), max_size=15))
def test_add_tells_whether_the_law_is_on_the_front(offers: list[tuple[Node, float]]) -> None:
    front = Front(max_size=4)
    for node, loss in offers:
        before = {(r.node, r.loss) for r in front.rows()}
        added = front.add(node, loss)
        held = {(r.node, r.loss) for r in front.rows()}
        assert added == bool(held - before)
        assert len(front) <= 8  # four in each order


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
    assert front.add(parse("x0"), 3.0) and front.add(parse("x0**2"), 2.0)
    assert not front.add(parse("x0**x1"), 1.0)  # the most complex of three goes: this one
    assert len(front) == 2


def test_a_plausible_law_is_kept_beside_a_shorter_one_that_fits_better() -> None:
    front = Front()
    for text, loss in (("1.3", 1.0), ("7/exp(atan(x0))", 0.010), ("5*exp(-1.3*x0) + 2", 0.011)):
        assert front.add(parse(text), loss)
    rows = front.rows()
    assert [row.equation for row in rows] == ["1.3", "7/exp(atan(x0))", "5*exp(-1.3*x0) + 2"]
    assert [math.isnan(row.score) for row in rows] == [False, False, True]
    assert rows[2].prior < rows[1].prior
    assert not front.add(parse("6*exp(-1.2*x0) + 2"), 0.012)
    assert Front(prior=lambda law: math.inf).add(parse("x0"), 1.0) is False  # ruled out


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
    row = FrontEntry(3, 0.5, 0.0, parse("2*x0"), 5.0)
    assert pickle.loads(pickle.dumps(row)) == row
    earlier = object.__new__(FrontEntry)
    for state in (["2*x0", parse("2*x0")], [parse("2*x0")]):
        earlier.__setstate__([3, 0.5, 0.0, *state])
        assert (earlier.node, earlier.loss) == (row.node, row.loss)
        assert earlier.prior == FREE.prior(row.node)
