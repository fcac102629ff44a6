"""The last polish: all rows, clean numbers, no longer than there is time."""

import itertools
import time

import numpy as np
import pytest

from sklearn_trm.errors import DataError
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.fit.polish import Polish
from sklearn_trm.objectives.losses import Absolute, OfFunction
from sklearn_trm.objectives.robust import RobustLoss
from sklearn_trm.objectives.squared import Squared
from sklearn_trm.task.budget import Budget, FitClock

rng = np.random.default_rng(0)
X = rng.uniform(1, 5, (300, 2))
Y = evaluate(parse("2*x0**2/x1 + 0.5"), X) + rng.normal(0, 1e-3, 300)


def front(laws, objective=None, **options):
    polish = Polish(Squared(X, Y, None) if objective is None else objective, **options)
    return polish.front(map(parse, laws), n_counted=300)


def test_constants_come_from_all_rows_and_are_clean_where_that_is_as_good():
    found = [r.equation for r in front(["1.9*x0**2/x1 + 0.6", "3*x0 - 1"]).rows()]
    assert "2*x0**2/x1 + 0.5" in found


def test_numbers_stay_as_they_are_fitted_where_clean_ones_are_not_wanted():
    best = front(["1.9*x0**2/x1 + 0.6"], clean=False).rows()[-1]
    assert best.equation != "2*x0**2/x1 + 0.5"
    assert best.loss == pytest.approx(np.mean((evaluate(best.node, X) - Y) ** 2))


def test_there_is_always_a_number():
    rows = front([]).rows()
    assert len(rows) == 1 and rows[0].node.value == pytest.approx(Y.mean())


def test_out_of_time_laws_keep_what_they_came_with():
    seconds = itertools.count(100.0)  # each look at the clock is a second later
    late = Budget.after(0.0, FitClock(seconds.__next__))
    laws = {r.equation for r in front(["1.9*x0**2/x1 + 0.6"], budget=late).rows()}
    assert "1.9*x0**2/x1 + 0.6" in laws


@pytest.mark.parametrize(
    "objective", [Squared(X, Y, None), RobustLoss(Absolute(), X, Y, None, 1.0)]
)
def test_the_choice_is_fitted_even_late(objective):
    now = [100.0]

    def clock():
        now[0] += 1e-4
        return now[0]

    late = Budget.after(1.0, FitClock(clock), 90.0)  # its search ended nine seconds late
    best = front(["1.9*x0**2/x1 + 0.6"], objective, budget=late).rows()[-1]
    assert best.loss < 0.01 < objective.loss(parse("1.9*x0**2/x1 + 0.6"))


def test_what_is_not_permitted_is_not_fitted_into_being():
    def permits(law):
        return "x0**2" not in str(law)

    for row in front(["1.9*x0**2/x1 + 0.6"], permits=permits).rows():
        # it may stay as it came, fitted it may not
        assert "x0**2" not in row.equation or row.equation == "1.9*x0**2/x1 + 0.6"


def test_leaves_that_are_held_are_not_fitted():
    best = front(["1.9*x0**2/x1 + 0.6"], held=lambda law: (0,), clean=False).rows()[-1]
    assert best.equation.startswith("1.9*x0**2/x1")


def test_a_loss_without_a_value_is_said():
    nowhere = RobustLoss(OfFunction(lambda y, p: np.full(len(y), np.inf)), X, Y, None, 1.0)
    with pytest.raises(DataError, match="even for a constant law"):
        front(["1*x0"], nowhere)


def test_losses_on_the_front_are_those_of_the_laws_that_it_shows():
    objective = Squared(X, Y, rng.uniform(0.5, 2, 300))
    for row in front(["1.9*x0**2/x1 + 0.6", "3*x0 - 1", "x0/x1"], objective).rows():
        assert row.loss == pytest.approx(objective.loss(row.node), rel=1e-12)


def test_many_laws_do_not_hold_up_the_end():
    began = time.process_time()
    budget = Budget.within(0.2, time.process_time)
    front([f"{k}*x0**2/x1 + exp(0.1*x1*sin({k}*x0))" for k in range(1, 400)], budget=budget)
    assert time.process_time() - began < 3.0
