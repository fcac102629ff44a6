"""The one road of every fit: from a checked table to a result.

Regressor, classifier, template and every loss go this way. What differs stands in the context:
the objective, the laws to begin with, and, of a template, the loop that finds its parts.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..data.table import Table
from ..expressions.exactness import exact_loss
from ..expressions.tree import Node
from ..objectives.noise_models import Noise
from ..objectives.noisy import Noisy
from ..objectives.objective import Objective
from ..objectives.squared import Squared
from ..selection.choice import choose_again, contenders, insist, weighed
from ..selection.generalization import NextRow, losses_left_out
from ..task.budget import Budget
from ..task.front import FrontEntry
from ..task.problem import Problem
from ..task.result import FitResult
from ..task.settings import AnswerStep, Settings
from ..task.timeline import moved
from .callbacks import Watch
from .context import Earlier, FitContext, WarmStart
from .formula_fit import fit_formula
from .groups import GroupLoop
from .guesses import read_guesses
from .loop import AnswerLoop
from .polish import SURELY, Polish
from .reweighting import Found, search
from .template import Template
from .template_loop import TemplateLoop, check_template

_REST, _MOST_REST, _ROW_COST = 0.2, 0.4, 1e-5  # of the time, for fits under other objectives
_FIRST = 1 / 3  # of the time, for the laws to begin with


@dataclass(frozen=True)
class Outcome:
    """What a fit found, how, and what it leaves to the next one."""

    fitted: FitResult
    steps: list[AnswerStep]
    stopped: str
    warm: WarmStart | None = None


@np.errstate(all="ignore")  # what laws give is looked at: a law that overflows is no warning
def fit_table(table: Table, context: FitContext, earlier: Earlier | None = None) -> Outcome:
    """Find the laws of a table.

    Parameters
    ----------
    table : Table
    context : FitContext
    earlier : Earlier, optional
        Its loop goes on where it ended if this is the same table and search space; otherwise
        its laws are guesses, and its latent state is where the network begins.

    Raises
    ------
    DataError
        If the earlier fit was to a table of another width.
    """
    earlier = Earlier() if earlier is None else earlier
    earlier.check_width(table.every.shape[1])
    table = table.in_user_units() if table.groups else table
    watch = Watch(context.callbacks, table.write, table.magnitudes.y, context.clock, context.start)
    try:
        if table.groups:
            return _of_groups(table, context, watch)
        template = None
        if context.template is not None:
            template = Template.read(context.template, table.names, context.operators)
            if template.is_formula:
                return Outcome(*fit_formula(table, context, template, watch))
            check_template(context, template, table)
        objective = context.objective(table)
        budget = _budget(table, context, objective)
        found = _found(table, context, objective, budget, earlier, watch, template)
    finally:
        watch.close()
    result = _result(table, context, objective, budget, found)
    warm = None
    if isinstance(found.loop, AnswerLoop):
        found.loop.unwatch()
        if context.warm and objective.squared:
            warm = WarmStart(_key(table, context), found.loop)
        else:
            found.loop.let_go()
    return Outcome(result, found.steps, found.loop.stopped, warm)


def _of_groups(table: Table, context: FitContext, watch: Watch) -> Outcome:
    """The laws of a table whose constants may differ by group."""
    objective = context.objective(table)
    budget = _budget(table, context, objective)
    loop = GroupLoop(table, context, objective, budget, watch, fit_table).run()
    rows = loop.rows()
    result = _filled(table, objective, rows, objective.n_rows, loop.front.n_tried)
    result = choose_again(_weighed(objective, result, rows), context.selection)
    return Outcome(result, loop.steps, loop.stopped)


def _budget(table: Table, context: FitContext, objective: Objective) -> Budget:
    limit = context.settings.time_limit
    if objective.squared:
        return Budget.after(limit, context.clock, context.start, n_rows=len(table.y))
    return Budget.after(
        limit, context.clock, context.start, n_rows=len(table.y),
        row_cost=_ROW_COST, rest=_REST, most_rest=_MOST_REST,
    )  # fmt: skip


def _found(
    table: Table, context: FitContext, objective: Objective, budget: Budget, earlier: Earlier,
    watch: Watch, template: Template | None,
) -> Found:  # fmt: skip
    """The laws that the search finds, on some rows of a long table."""
    warm = earlier.warm
    if warm is not None:
        warm.loop.unwatch()
        same = warm.key == _key(table, context) and warm.loop.stopped not in (
            "interrupted",
            "memory",
        )
        if same and template is None and objective.squared:
            heard = _guesses(table, context, ())
            loop = warm.loop.resume(context.settings, budget, watch, heard)
            laws = [row.node for row in loop.evaluator.front.rows()]
            best = loop.evaluator.best().node
            return Found(laws, best, loop, loop.evaluator.front.n_tried, loop.steps,
                         loop.evaluator.filed or [], loop.evaluator.turns())  # fmt: skip
    guesses = [] if template is not None else _guesses(table, context, earlier.laws)
    made: list[AnswerLoop] = []

    def dismiss() -> None:
        for loop in made:
            loop.dismiss()

    def make_loop(
        rows: np.ndarray, problem: Problem, settings: Settings, part: Budget, laws: list[Node]
    ) -> Any:
        if template is not None:
            return TemplateLoop(template, table, rows, problem, context, part, fit_table)
        dismiss()  # one that rests has others at work
        before = None if warm is None or laws else warm.loop
        made.append(AnswerLoop(problem, settings, part, [*guesses, *laws], watch, before))
        return made[-1]

    problem = context.problem(table)
    end = None if budget.search is None else context.clock() + _FIRST * budget.left()
    first = context.first_laws(problem, lambda: end is not None and context.clock() >= end)
    first = itertools.chain(first, guesses if objective.quick else ())
    try:
        return search(objective, problem, context.settings, budget, make_loop, first, watch)
    finally:
        dismiss()


def _guesses(table: Table, context: FitContext, laws: Sequence[Node]) -> list[Node]:
    where = (table.names, table.every, table.kept, table.magnitudes, context.operators)
    return [*read_guesses(context.guesses, *where), *read_guesses(laws, *where)]


def _result(
    table: Table, context: FitContext, objective: Objective, budget: Budget, found: Found
) -> FitResult:
    """What the search found, after the last polish on all rows in the user's units."""
    evaluator, scaled = found.evaluator, table.magnitudes.columns(table.kept)
    if not scaled.moderate:
        scaled = scaled.undone()
    elif not table.magnitudes.ordinary:
        table = table.in_user_units()
        objective = context.objective(table)
    laws, best = [scaled.in_user_units(law) for law in found.laws], scaled.in_user_units(found.best)
    if not objective.squared:
        late = None if budget.fit is None else max(budget.fit, context.clock() + SURELY)
        best = objective.fit(best, evaluator.held(best), late, context.clock).node
        laws = [best, *laws]
    objective.learn([best, *laws])
    n_counted = objective.settle(best, evaluator.share_counted())
    polish = Polish(
        objective, table.rules, context.settings.max_complexity, evaluator.held,
        evaluator.permits, context.settings.snap, budget,
    )  # fmt: skip
    rows = _up_to_the_exact(objective, polish.front(laws, n_counted).rows())
    risks = _risks(objective, rows)
    result = replace(
        _filled(table, objective, rows, n_counted, found.n_tried, risks),
        filed=tuple(
            (table.restore(scaled.in_user_units(law)), loss * scaled.y**2)
            for law, loss in found.filed
        ),
        turns=moved(found.turns, context.start, scaled.y),
    )
    return choose_again(_weighed(objective, result, rows), context.selection)


def _filled(
    table: Table, objective: Objective, rows: Sequence[FrontEntry], n_counted: int, n_tried: int,
    risks: tuple[float, ...] | None = None,
) -> FitResult:  # fmt: skip
    """The laws of a table with what a later choice needs."""
    weighing = None
    if not objective.comparable:
        factors = (1.0,) * len(rows) if risks is None else risks
        pairs = zip(rows, factors, strict=True)
        weighing = tuple(risk * objective.weigh(row.node) for row, risk in pairs)
    size = objective.size
    if size is None:
        size = float(np.sqrt(max(weighing or (1.0,))))
    return FitResult(
        rows=tuple(replace(row, node=table.restore(row.node)) for row in rows),
        covariances=tuple(objective.covariance(row.node, row.loss) for row in rows),
        chosen=0,
        magnitudes=table.magnitudes,
        n_rows=objective.n_rows,
        n_counted=n_counted,
        n_tried=n_tried,
        size=size,
        weighing=weighing,
        loss=objective.loss_kind,
        link=objective.link,
        risks=risks,
        known=objective.known,
        ranges=table.ranges,
        error=table.typical_error,
        noises=tuple(_scaled(objective.noise(row.node), table.magnitudes.y) for row in rows),
        noise_model=_noise_model(objective, table),
    )


def _up_to_the_exact(objective: Objective, rows: list[FrontEntry]) -> list[FrontEntry]:
    """Without laws that are longer than an exact one: plausible or not, they are worse."""
    if not isinstance(objective, Squared) or objective.known:
        return rows
    exact = exact_loss(float(np.std(objective.y)), float(objective.size or 0.0))
    most = min((row.complexity for row in rows if row.loss <= exact), default=math.inf)
    return [row for row in rows if row.complexity <= most or not math.isnan(row.score)]


def _weighed(objective: Objective, result: FitResult, rows: Sequence[FrontEntry]) -> FitResult:
    """With the lengths of the laws, and whether the rows insist on the richer of two choices."""
    result = weighed(result)
    law, richer = contenders(result)
    if law == richer:
        return result
    losses = losses_left_out([rows[i].node for i in (richer, law)], objective)
    if result.risks is not None:
        losses = [loss * result.risks[i] for loss, i in zip(losses, (richer, law), strict=True)]
    return replace(result, insisted=insist(*losses))


def _scaled(noise: Noise | None, unit: float) -> Noise | None:
    """In the user's unit: sizes beyond what fits take were divided by a power of ten."""
    if noise is None or noise.kind not in ("even", "rounded"):
        return noise
    return replace(noise, size=noise.size * unit)


def _noise_model(objective: Objective, table: Table) -> tuple[str, Node | None] | None:
    if not isinstance(objective, Noisy):
        return None
    law = objective.weighed_by
    return objective.model.kind, None if law is None else table.restore(law)


def _risks(objective: Objective, rows: Sequence[FrontEntry]) -> tuple[float, ...] | None:
    """How much larger the squared error of each law is on rows beside the table."""
    if not isinstance(objective, Squared):
        return None
    o = objective
    next_row = NextRow(o.X, o.y, o.weight, exact_loss(float(np.std(o.y)), float(o.size or 0.0)))
    return tuple(next_row.beside(row.node, row.loss / o.unit) for row in rows)


def _key(table: Table, context: FitContext) -> bytes:
    """Equal for equal tables and search spaces."""
    s = context.settings
    space = (
        s.search,
        s.max_complexity,
        s.model,
        s.device,
        context.unary,
        context.binary,
        table.names,
        table.rules.key,
    )
    digest = hashlib.blake2b(repr(space).encode())
    for part in (table.every, table.y, table.weight):
        digest.update(b"-" if part is None else np.ascontiguousarray(part).tobytes() + b"+")
    return digest.digest()
