"""Turns: whose they were, what was seen in them, bounds."""

import math

from sklearn_trm.task import timeline as module
from sklearn_trm.task.timeline import Timeline, moved


def clocked(*instants):
    return Timeline(iter(instants).__next__)


def test_turns_follow_one_another_and_a_task_that_goes_on_is_one():
    t = clocked(0.0, 1.0, 2.0, 5.0)
    t.enter("main", "free")
    t.enter("main", "free")
    t.saw(4.0, exact=False)
    t.saw(9.0, exact=False)
    t.enter("reduced", "free")
    t.saw(1e-30, exact=True)
    first, second = t.closed()
    assert (first.begin, first.end, first.laws, first.loss, first.exact) == (0, 1, 2, 4, False)
    assert (second.begin, second.end, second.laws, second.loss, second.exact) == (
        2, 5, 1, 1e-30, True)  # fmt: skip
    assert t.closed() == [first, second]


def test_a_clock_that_forgives_gives_no_turn_of_negative_length():
    t = clocked(4.0, 1.0)
    t.enter("network", "answers")
    (turn,) = t.closed()
    assert turn.begin == turn.end == 4.0 and turn.loss == math.inf


def test_turns_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    t = Timeline(lambda: 0.0)
    for k in range(9):
        t.enter("main", f"task {k}")
    assert [turn.task for turn in t.closed()] == ["task 0", "task 1", "task 2"]


def test_turns_in_the_units_of_the_table():
    t = clocked(7.0, 8.0)
    t.enter("main", "free")
    t.saw(2.0, exact=False)
    (turn,) = moved(t.closed(), 6.5, 10.0)
    assert (turn.begin, turn.end, turn.loss) == (0.5, 1.5, 200.0)
