"""How long a fit may work: fixed when it begins, only ever less for its parts."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_trm.task.budget import Budget, FitClock


class Hand:
    """A clock that is moved by hand."""

    def __init__(self, now=100.0):
        self.now = now

    def __call__(self):
        return self.now


def test_without_a_limit_nothing_passes():
    hand = Hand()
    budget = Budget.after(None, FitClock(hand))
    hand.now = 1e12
    assert not budget.passed() and budget.left() == math.inf
    assert budget.part(1.0) == budget


@given(st.floats(0.01, 1e5), st.integers(0, 10**8), st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_the_search_ends_within_the_fit(limit, n_rows, rest, more):
    budget = Budget.after(limit, FitClock(Hand()), n_rows=n_rows, rest=rest, most_rest=rest + more)
    assert budget.fit == pytest.approx(100.0 + limit)
    share = (budget.fit - budget.search) / limit
    assert rest - 1e-6 <= share <= rest + more + 1e-6
    longer = Budget.after(
        limit, FitClock(Hand()), n_rows=10 * n_rows, rest=rest, most_rest=rest + more
    )
    assert longer.search <= budget.search


def test_it_begins_when_the_fit_began():
    hand = Hand(107.0)
    budget = Budget.after(10.0, FitClock(hand), 100.0)
    assert budget.fit == 110.0 and budget.left() == pytest.approx(2.0)
    hand.now = 109.0
    assert budget.passed()


@given(st.floats(0, 50), st.floats(0, 50), st.floats(0, 30))
def test_a_part_ends_no_later_than_the_whole(first, second, waited):
    hand = Hand()
    whole = Budget.within(20.0, hand)
    part = whole.part(first)
    hand.now += waited
    again = part.part(second)
    assert again.search <= part.search <= whole.search
    assert again.fit == whole.fit
    assert again.left() <= second + 1e-9


def test_what_is_forgiven_is_no_time_of_the_fit():
    hand = Hand()
    clock = FitClock(hand)
    budget = Budget.after(1.0, clock)
    hand.now += 5.0  # imports, once a process
    assert budget.passed()
    clock.forgive(5.0)
    assert not budget.passed()
    clock.forgive(-3.0)  # never more time than passed
    assert clock() == 100.0


def test_nobody_moves_it():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Budget.within(1.0, Hand()).search = 5.0
