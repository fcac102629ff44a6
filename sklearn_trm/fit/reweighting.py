"""A fit in passes: search, weigh the rows by the best law, search again; the objective decides.

A search knows weighted squared errors. Under another loss, or with errors in the columns, what
a row weighs depends on the law that is sought: so each pass goes by what the last one found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import DataError
from ..expressions.tree import Node, const
from ..objectives.objective import Objective
from ..rules.rules import FREE, Rules
from ..selection.choice import choose
from ..task.front import Front
from ..task.settings import AnswerStep, Settings
from .callbacks import Watch
from .evaluator import Evaluator
from .loop import AnswerLoop
from .polish import shown_front

_PASSES = 4
_SEARCH = 0.8  # share of the time limit for all searches; the rest fits under the objective
_ROW_COST, _LONG = 1e-5, 0.4  # seconds a row for that, up to this share
_HALF = 0.5  # of the time that is left, for a pass that may not be the last
_WORTH = 0.03  # share of the time limit below which no other pass begins
_SURELY = 0.3  # seconds for the fit of the best law and of the choice, even after a late search
_ALIKE = 0.1  # relative change of weights that calls for no other pass
_CONTENDERS = 3  # laws next to the choice, whose constants get all the time
_REST = 0.2  # share of what is left for the others


@dataclass(frozen=True)
class Found:
    """What the passes found.

    Attributes
    ----------
    front : Front
        Under the objective.
    n_counted : int
        Rows that count for the choice.
    n_tried : int
    steps : list of AnswerStep
    stopped : str
    """

    front: Front
    n_counted: int
    n_tried: int
    steps: list[AnswerStep]
    stopped: str


def search_reweighted(
    X: np.ndarray,
    y: np.ndarray,
    objective: Objective,
    unary: tuple[str, ...],
    binary: tuple[str, ...],
    rng: np.random.Generator,
    settings: Settings,
    clock: Callable[[], float],
    start: float,
    guesses: Sequence[Node],
    watch: Watch,
    most_rows: int,
    rules: Rules = FREE,
) -> Found:
    """Find laws under an objective; arguments as of `AnswerLoop`.

    `most_rows` is how many rows a search works on.
    """
    limit, forgiven = settings.time_limit, 0.0
    searching = 0.0
    if limit is not None:  # long tables take longer under the objective
        searching = limit - max((1.0 - _SEARCH) * limit, min(_LONG * limit, _ROW_COST * len(y)))
    weights = _positive(objective.weights(None), len(y))
    steps: list[AnswerStep] = []
    laws: dict[Node, None] = {}
    n_tried = 0
    for turn in range(_PASSES):
        begin = start if turn == 0 else clock()
        share = _HALF if turn < _PASSES - 1 else 1.0
        budget = replace(settings, max_steps=max(1, round(share * settings.max_steps)))
        if limit is not None:
            left = searching - (clock() - start - forgiven)
            if turn and left < _WORTH * limit:
                break
            budget = replace(budget, time_limit=max(share * left, _WORTH * limit))
        rows = np.arange(len(y)) if weights is None else np.flatnonzero(weights)
        part = rng.choice(rows, min(len(rows), most_rows), replace=False)
        some = None if weights is None else weights[part]
        some = None if some is None or np.ptp(some) == 0 else some
        loop = AnswerLoop(
            X[part], y[part], some, unary, binary, rng, budget, clock, begin, 0,
            [*guesses, *laws], watch, rules=rules,
        ).run()  # fmt: skip
        new = _positive(objective.weights(loop.evaluator.best().node), len(y))
        ended = loop.stopped in ("callback", "interrupted")
        if not ended and _alike(weights, new):
            if loop.stopped == "time limit" and limit is not None:
                rest = searching - (clock() - start - forgiven - loop.forgiven)
                if rest > _WORTH * limit:
                    loop.resume(replace(budget, time_limit=rest), clock, clock(), watch)
            elif loop.stopped == "max_steps":
                loop.resume(budget, clock, clock(), watch)
            ended = True
        forgiven += loop.forgiven
        laws |= dict.fromkeys(row.node for row in loop.evaluator.front.rows())
        n_tried += loop.evaluator.front.n_tried
        steps += [replace(s, step=len(steps) + i) for i, s in enumerate(loop.steps, 1)]
        if ended:
            break
        weights = new
    end = None if limit is None else start + limit + forgiven
    best = loop.evaluator.best().node
    best = objective.fit(best, loop.evaluator.held(best), _surely(end, clock), clock).node
    counted = objective.settle(best)
    front = front_under(
        objective, [best, *laws], loop.evaluator, counted, n_tried, settings.snap, end, clock
    )
    return Found(front, counted, n_tried, steps, loop.stopped)


def _surely(end: float | None, clock: Callable[[], float]) -> float | None:
    """An end with time for one fit before it, even if the search was late."""
    return None if end is None else max(end, clock() + _SURELY)


def _positive(weights: np.ndarray | None, n_rows: int) -> np.ndarray | None:
    """Weights that leave enough rows; None where all are equal."""
    if weights is None or not np.isfinite(weights).all() or np.count_nonzero(weights) < 2:
        return None
    return None if len(weights) == n_rows and np.ptp(weights) == 0 else weights


def _alike(old: np.ndarray | None, new: np.ndarray | None) -> bool:
    """Whether a search by the new weights would see what it has seen by the old ones."""
    if new is None:
        return old is None or not old.all() or bool(np.ptp(old) == 0)
    old = np.ones(len(new)) if old is None else old
    both = (old > 0) & (new > 0)
    if ((old > 0) & (new == 0)).any() or not both.any():
        return False  # a row that was believed is in error
    a, b = old[both] / old[both].mean(), new[both] / new[both].mean()
    return bool(np.mean(np.abs(a - b)) <= _ALIKE)


def front_under(
    objective: Objective,
    laws: Sequence[Node],
    evaluator: Evaluator,
    counted: int,
    n_tried: int,
    clean: bool,
    end: float | None,
    clock: Callable[[], float],
) -> Front:
    """The laws fitted and filed under an objective, in the order of the choice."""
    out, rows = evaluator.new_front(), evaluator.new_front()
    level = objective.fit(const(float(np.median(evaluator.y))), (), end, clock)
    zero = const(0.0)  # where the rules permit no other number
    if not out.add(level.node, level.loss) and not out.add(zero, objective.loss(zero)):
        raise DataError(
            "the loss is infinite or no number even for a constant law: does it divide by y, or "
            "take its logarithm, where y is 0?"
        )
    for law in laws:
        rows.add(law, objective.weigh(law))
    left = [row for row in rows.rows() if not row.node.is_const]
    late = _surely(end, clock)
    for place in range(len(left)):
        if place == _CONTENDERS and end is not None:
            late = clock() + _REST * max(0.0, end - clock())
        row = left.pop(choose(left, "best", counted, n_tried, known=objective.known))
        # as it is, and free to move as a whole: a quantile lies beside the mean
        _file(out, objective, row.node, evaluator, clean, late, clock)
        late = end if place == 0 else late
        if late is None or clock() < late:
            free = const(1.0) * row.node + const(0.0)
            _file(out, objective, free, evaluator, clean, late, clock)
    return shown_front(
        out,
        evaluator.X,
        objective.loss,
        evaluator.permits,
        evaluator.rules,
        evaluator.max_complexity,
    )


def _file(
    out: Front, objective: Objective, law: Node, evaluator: Evaluator, clean: bool,
    late: float | None, clock: Callable[[], float],
) -> None:  # fmt: skip
    if late is not None and clock() >= late:
        out.add(law, objective.loss(law))
        return
    fit = objective.fit(law, evaluator.held(law), late, clock)
    best = objective.clean(fit, late, clock) if clean else fit
    best = best if evaluator.permits(best.node) else fit
    if evaluator.permits(best.node):
        out.add(best.node, best.loss)
