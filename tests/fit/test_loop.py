"""The answer loop: a rest changes nothing about what follows."""

import numpy as np

from sklearn_trm.fit.loop import AnswerLoop
from sklearn_trm.task.budget import Budget, FitClock
from sklearn_trm.task.problem import Problem
from sklearn_trm.task.settings import Settings

rng = np.random.default_rng(0)
X = rng.uniform(1, 5, (60, 2))
Y = 3 * np.exp(-X[:, 0]) * X[:, 1] + 0.05 * rng.standard_normal(60)
STEPS = Settings(time_limit=None, max_steps=4, model=None)


def loop(settings=STEPS, budget=None):
    return AnswerLoop(Problem(X, Y, rng=0), settings, budget or Budget())


def front(done):
    return [(row.equation, row.loss) for row in done.evaluator.front.rows()]


def test_after_a_rest_a_loop_goes_on_as_if_there_had_been_none():
    straight, parted = loop(), loop()
    assert straight.run().stopped == "max_steps"
    assert parted.run(0.5).stopped == "rest"
    assert parted.evaluator.front.n_tried < straight.evaluator.front.n_tried
    assert parted.go_on().stopped == "max_steps"
    assert front(parted) == front(straight)


def test_a_loop_rests_after_a_share_of_its_time():
    now = [0.0]

    def clock():
        now[0] += 0.02
        return now[0]

    budget = Budget.after(10.0, FitClock(clock), rest=0.0)
    done = loop(STEPS, budget).run(0.2)
    assert done.stopped == "rest" and 2.0 <= now[0] < 5.0
    assert done.go_on().stopped in ("time limit", "noise")
