"""Iterative reweighting: search, weigh the rows by the best law, search again.

A search knows weighted squared errors. Under another objective what a row weighs, or what its
target is, depends on the law that is sought: so each pass goes by what the last one found
(iteratively reweighted least squares; Holland and Welsch 1977). Squared errors are one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..expressions.tree import Node
from ..objectives.objective import Objective
from ..selection.choice import choose
from ..task.budget import Budget
from ..task.front import Front
from ..task.problem import Problem
from ..task.settings import AnswerStep, Settings
from ..task.timeline import Turn
from .evaluator import Evaluator

MAX_ROWS = 2000  # rows a search works on; the last polish sees all

_WORTH = 0.03  # share of the time limit below which no other pass begins
_ALIKE = 0.1  # relative change of weights that calls for no other pass

Array = np.ndarray
MakeLoop = Callable[[Array, Problem, Settings, Budget, list[Node]], Any]


@dataclass(frozen=True)
class Found:
    """What the passes found.

    Attributes
    ----------
    laws : list of Node
    best : Node
        The one that the search would choose.
    loop
        The last one.
    n_tried : int
    steps : list of AnswerStep
    filed : list of (Node, float)
        Every law that was fitted with its loss, where these are kept.
    turns : list of Turn
        Which task ran when, where this is kept; by the budget's clock.
    """

    laws: list[Node]
    best: Node
    loop: Any
    n_tried: int
    steps: list[AnswerStep]
    filed: list[tuple[Node, float]] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    @property
    def evaluator(self) -> Evaluator:
        evaluator: Evaluator = self.loop.evaluator
        return evaluator


def search(
    objective: Objective,
    problem: Problem,
    settings: Settings,
    budget: Budget,
    make_loop: MakeLoop,
    first: Iterable[Node] = (),
    watch: Any = None,
) -> Found:
    """Find laws under an objective.

    Parameters
    ----------
    objective : Objective
    problem : Problem
        All rows of the table.
    settings : Settings
    budget : Budget
    make_loop : callable
        Gives a loop over some rows, by their numbers and as a problem, with settings, budget and
        laws to begin with; it runs here.
    first : iterable of Node
        Laws that were found otherwise.
    watch : callable, optional
        Told of each new best law.
    """
    target, weight = _target(objective, None)
    steps: list[AnswerStep] = []
    filed: list[tuple[Node, float]] = []
    turns: list[Turn] = []
    laws: dict[Node, None] = dict.fromkeys(first)
    n_tried, least = len(laws), _WORTH * (settings.time_limit or 0.0)
    for turn in range(max(1, objective.passes)):
        last = turn >= objective.passes - 1
        rows = np.arange(len(target)) if weight is None else np.flatnonzero(weight)
        rows = problem.rng.choice(rows, min(len(rows), MAX_ROWS), replace=False)
        some = None if weight is None else weight[rows]
        some = None if some is None or np.ptp(some) == 0 else some
        seen = replace(problem, X=problem.X[rows], y=target[rows], weight=some)
        loop = make_loop(rows, seen, settings, budget, list(laws))
        if objective.passes:
            loop.run(1.0 if last else objective.look)
        else:
            loop.leave()
        ended = last or loop.stopped in ("callback", "interrupted", "memory")
        best = loop.evaluator.best().node
        found = [row.node for row in loop.evaluator.front.rows()]
        if objective.quick:
            front = _fitted(objective, [*laws, *found], loop.evaluator, budget)
            found = [row.node for row in front.rows()]
            best = found[choose(front.rows(), "best", objective.n_rows, objective.size)]
        objective.learn([best, *laws, *found])
        new, again = _target(objective, best)
        same = np.array_equal(new, target) and _alike(weight, again)
        if not ended and (same or budget.left() < least):
            if loop.stopped == "rest":
                loop.go_on()
            ended = True
            best = loop.evaluator.best().node
            found = [row.node for row in loop.evaluator.front.rows()]
        laws |= dict.fromkeys(found)
        n_tried += loop.evaluator.front.n_tried
        filed += loop.evaluator.filed or ()
        turns += loop.evaluator.turns()
        steps += [replace(s, step=len(steps) + i) for i, s in enumerate(loop.steps, 1)]
        if ended:
            break
        target, weight = new, again
    return Found(list(laws), best, loop, n_tried, steps, filed, turns)


def _fitted(
    objective: Objective, laws: Iterable[Node], evaluator: Evaluator, budget: Budget
) -> Front:
    """All laws under the objective itself."""
    out = evaluator.new_front()
    for law in laws:
        fit = objective.fit(law, evaluator.held(law), None, budget.clock)
        out.add(fit.node, fit.loss)
    return out


def _target(objective: Objective, law: Node | None) -> tuple[Array, Array | None]:
    """What the search is to explain; weights only if they leave enough rows and differ."""
    target, weight = objective.working_target(law)
    if weight is not None and (not np.isfinite(weight).all() or np.count_nonzero(weight) < 2):
        weight = None
    if weight is not None and np.ptp(weight) == 0:
        weight = None
    return target, weight


def _alike(old: Array | None, new: Array | None) -> bool:
    """Whether a search by the new weights would see what it has seen by the old ones."""
    if new is None:
        return old is None or not old.all() or bool(np.ptp(old) == 0)
    old = np.ones(len(new)) if old is None else old
    both = (old > 0) & (new > 0)
    if ((old > 0) & (new == 0)).any() or not both.any():
        return False  # a row that was believed is in error
    a, b = old[both] / old[both].mean(), new[both] / new[both].mean()
    return bool(np.mean(np.abs(a - b)) <= _ALIKE)
