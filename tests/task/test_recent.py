"""What a fit remembers is bounded."""

import numpy as np

from sklearn_trm.expressions.text import parse
from sklearn_trm.fit.evaluator import Evaluator
from sklearn_trm.search.acceptance import Acceptance
from sklearn_trm.task import recent
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem
from sklearn_trm.task.recent import Recent


def test_the_oldest_goes_and_what_was_met_again_stays() -> None:
    seen: Recent[int] = Recent(3)
    seen.update([1, 2, 3])
    assert not seen.add(1)  # met again: now 2 is the oldest
    assert seen.add(4)
    assert [n in seen for n in (1, 2, 3, 4)] == [True, False, True, True]
    seen.update(range(1000))
    assert len(seen) == 3


def test_judge_and_search_remember_no_more_laws_than_that(monkeypatch) -> None:
    monkeypatch.setattr(Recent.__init__, "__defaults__", (20,))
    X = np.linspace(1.0, 2.0, 30)[:, None]
    y = np.exp(X[:, 0])
    rng = np.random.default_rng(0)
    deadline = Budget()
    evaluator = Evaluator(Problem(X, y, None, (), ("add", "mul"), 30, rng), deadline)
    laws = [parse(f"x0 + {n}") for n in range(50)]
    assert len(evaluator.consider(laws)) == 50
    assert len(evaluator._seen) == 20
    assert not evaluator.consider(laws[-5:])
    acceptance = Acceptance(Problem(X, y))
    for law in laws:
        acceptance.offer_law(law)
    assert len(acceptance._offered) == 20
    assert recent.LAWS < 100_000
