"""The evaluator: what is filed."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.fit.evaluator import Evaluator
from sklearn_trm.fit.polish import Polish
from sklearn_trm.objectives.squared import Squared
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem


def evaluator_of(x: np.ndarray, y: np.ndarray) -> Evaluator:
    return Evaluator(Problem(x[:, None], y, rng=0), Budget())


@pytest.mark.parametrize(
    ("x", "truth", "alias"),
    [
        (
            np.arange(0, 1, 0.002),
            "2*sin(10*pi*x0) + 0.7*cos(24*pi*x0) + 1",
            "2*sin(3010*pi*x0) + 0.7*cos(976*pi*x0) + 1",
        ),
        (
            np.arange(100.0),
            "3*sin(2*pi*x0/7) + cos(pi*x0/15) + 5",
            "cos(2*pi*x0/30) - 3*sin(180*pi*x0/7) + 5",
        ),
    ],
)
def test_waves_on_a_regular_grid_are_filed_with_their_lowest_frequencies(x, truth, alias) -> None:
    y = evaluate(parse(truth), x[:, None])
    evaluator = evaluator_of(x, y)
    evaluator.consider([parse(alias)])
    assert evaluator.is_exact()
    laws = [row.node for row in evaluator.front.rows()]
    front = Polish(Squared(x[:, None], y, None)).front(laws, len(y))
    assert str(front.rows()[-1].node) == truth
