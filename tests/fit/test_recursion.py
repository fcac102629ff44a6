"""Recursion inside cells: opened cells become problems, answers come back as laws."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.text import parse
from sklearn_trm.fit.recursion import Recursion
from sklearn_trm.network.refine import Refiner
from sklearn_trm.task.problem import Problem

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 2.0, (80, 2))


class Scripted:
    """Answers every target with the same texts, and remembers the targets."""

    def __init__(self, *texts: str) -> None:
        self.nodes = [parse(t) for t in texts]
        self.targets: list[np.ndarray] = []

    def start(self, X: np.ndarray, y: np.ndarray, rng: object, **words: object) -> object:
        self.targets.append(y)
        return None

    def step(self, state: object, **settings: object) -> SimpleNamespace:
        lanes = len(self.targets[-1])
        return SimpleNamespace(
            nodes=self.nodes * lanes, lanes=np.repeat(np.arange(lanes), len(self.nodes))
        )


def recursion(refiner: object, y: np.ndarray, max_complexity: int = 40) -> Recursion:
    return Recursion(refiner, Problem(X, y, max_complexity=max_complexity, rng=0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("law", "cell", "truth"),
    [
        ("sin(x0)", "sin(x1**2)", "sin(x0) + sin(x1**2)"),  # what is left over
        ("x0*x1", "exp(-x1)", "x0*x1*exp(-x1)"),  # what it lacks as a factor
        ("exp(x0)", "x0*x1", "exp(3*x0*x1 - 2)"),  # inside a function
        ("x0*sqrt(x1)", "cos(x0)", "x0*sqrt(2*cos(x0) + 3)"),  # two levels down
    ],
)
def test_the_right_answer_in_the_right_cell_is_the_law(law: str, cell: str, truth: str) -> None:
    from sklearn_trm.expressions.evaluate import evaluate

    y = evaluate(parse(truth), X)
    inside = recursion(Scripted("x1", cell), y)
    start = parse(law)
    found = [node for _ in range(4) for node in inside.step([start], lanes=3)]
    assert min(fit_constants(n, X, y).loss for n in found) < 1e-24 * y.var()


def test_no_question_is_asked_twice() -> None:
    y = np.sin(X[:, 0]) * X[:, 1]
    refiner = Scripted("x0")
    inside = recursion(refiner, y)
    while inside.step([parse("x0*x1"), parse("x0 + x1")], lanes=4):
        assert len(refiner.targets) < 20
    asked = len(refiner.targets)
    assert inside.step([parse("x0*x1")], lanes=4) == []
    assert len(refiner.targets) == asked


def test_laws_stay_within_the_size_limit() -> None:
    y = np.sin(X[:, 0]) * X[:, 1]
    inside = recursion(Scripted("x0*x1*sin(x0)*cos(x1)*exp(x0)"), y, max_complexity=8)
    assert inside.step([parse("x0")], lanes=4) == []


def test_each_lane_has_its_own_target() -> None:
    """The network itself: two laws thought about at once, each answered in its own lanes."""
    refiner = Refiner.load()
    targets = np.array([X[:, 0] * X[:, 1], X[:, 0] / X[:, 1]] * 2)
    answer = refiner.step(refiner.start(X, targets, np.random.default_rng(0)), n_candidates=32)
    assert set(answer.lanes.tolist()) == {0, 1, 2, 3}
    for lane in range(2):
        nodes = [n for n, where in zip(answer.nodes, answer.lanes, strict=True) if where == lane]
        losses = [fit_constants(n, X, targets[lane]).loss for n in nodes]
        assert min(losses) < 1e-20


def test_questions_whose_squares_are_no_floats():
    y = X[:, 0]
    asked = recursion(Scripted("x0"), y)
    for size in (1e-250, 1e300):
        values = size * np.sin(np.arange(len(y)))
        assert len(list(asked._new(lambda n: n, values))) == (
            size == 1e-250
        )  # the same up to scale
