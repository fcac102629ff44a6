"""A user's own laws, fitted to the table of a fit and placed beside the laws that it found.

They are formulas with unknown numbers, as ``"a*x0/(b + x0)"`` (`sklearn_trm.fit.formula`), or laws
as they are. A law that the archive holds too, with other numbers, is one law: it counts once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..data.table import Table
from ..errors import DataError, ParseError
from ..expressions.canonical import canonical
from ..expressions.constants import fit_constants
from ..expressions.evaluate import evaluate
from ..expressions.exactness import exact_loss
from ..expressions.text import parse
from ..expressions.tree import Node, columns, constants
from ..objectives.noisy import Noisy
from ..selection.choice import description_lengths
from ..selection.generalization import NextRow
from ..task.front import FrontEntry
from ..task.result import FitResult
from .callbacks import Watch
from .context import FitContext
from .formula_fit import fit_formula
from .group_comparison import fit_form, marked
from .template import Template

_SAME_LOSS = 1e-6  # relative: the table is the one that the laws were fitted to
_SAME = 1e-6  # of the spread of a law's values: another law reproduces them
_NEAR = 10.0  # nats of the residuals between numbers that are fitted and those that are clean


@dataclass(frozen=True)
class Standing:
    """A law among others.

    Attributes
    ----------
    text : str or None
        As the user gave it.
    node : Node
        With its numbers, for the table as it was given.
    complexity : int
    loss : float
        In the user's units.
    prior, length : float
        Nats.
    numbers : dict of str to float, or list of float
        The constants: of a user's law by name.
    """

    text: str | None
    node: Node
    complexity: int
    loss: float
    prior: float
    length: float
    numbers: dict[str, float] | list[float]


@dataclass(frozen=True)
class _Own:
    """A user's law, fitted; `labels` are its constants, each with one of its numeric leaves."""

    text: str
    entry: FrontEntry
    labels: tuple[tuple[str, int], ...]


def compared(
    table: Table,
    context: FitContext,
    result: FitResult,
    texts: Sequence[str],
    entry: Callable[[Node, float], FrontEntry],
) -> list[Standing]:
    """Laws of a result and of a user, the shortest description first.

    Parameters
    ----------
    table : Table
        That of the fit.
    context : FitContext
        Its search settings; `FitContext.settings.time_limit` holds for each law.
    result : FitResult
    texts : sequence of str
    entry : callable
        Makes an entry of a fitted law and its loss: what it counts and what it costs.

    Raises
    ------
    DataError
        For another table than that of the fit, or a law with too many constants for its rows.
    ParseError
        For a text that is no law of its columns.
    """
    table = _weighed(table, context, result)
    plain = table.in_user_units()
    _check_same(table if not result.magnitudes.ordinary else plain, context, result)
    own = [_fitted(text, i, plain, context, entry) for i, text in enumerate(texts, 1)]
    unit = 1.0 if result.known else result.magnitudes.y
    rows = [*result.rows, *(replace(o.entry, loss=o.entry.loss / unit / unit) for o in own)]
    weighing = None
    if result.risks is not None:
        exact = exact_loss(float(np.std(plain.y)), float(np.sqrt(np.mean(plain.y**2))))
        next_row = NextRow(plain.every, plain.y, plain.weight, exact)
        risks = [next_row.risk(o.entry.node, o.entry.loss) for o in own]
        weighing = [r.loss * risk for r, risk in zip(rows, [*result.risks, *risks], strict=True)]
    counts = [None] * len(result.rows) + [len(o.labels) for o in own]
    lengths = description_lengths(
        rows, result.n_counted, result.size, weighing, result.known, counts=counts
    )
    found = [
        Standing(None, result.law(i), row.complexity, row.loss * unit * unit, row.prior,
                 lengths[i], constants(result.law(i)))
        for i, row in enumerate(result.rows)
    ]  # fmt: skip
    out = []
    for o, length in zip(own, lengths[len(found) :], strict=True):
        given = Standing(o.text, o.entry.node, o.entry.complexity, o.entry.loss, o.entry.prior,
                         length, _named(o.labels, o.entry.node))  # fmt: skip
        found, best = _once(found, given, o.labels, plain)
        out.append(best)
    return sorted([*out, *found], key=lambda s: (s.length, s.complexity))


def _weighed(table: Table, context: FitContext, result: FitResult) -> Table:
    """The table with what its rows weighed, where the noise of the laws found told it."""
    seen = table.in_user_units() if result.magnitudes.ordinary else table
    objective = context.objective(replace(seen, kept=list(range(table.every.shape[1]))))
    if result.noise_model is None or not isinstance(objective, Noisy):
        return table
    objective.assume(*result.noise_model)
    return replace(table, weight=objective.weight, repeats=False)


def _check_same(table: Table, context: FitContext, result: FitResult) -> None:
    """Whether laws have the losses on this table that they had on that of their fit."""
    objective = context.objective(replace(table, kept=list(range(table.every.shape[1]))))
    room = _SAME_LOSS * 1e-6 * result.size**2
    for row in result.rows:
        loss = objective.loss(row.node)
        if not abs(loss - row.loss) <= _SAME_LOSS * row.loss + room:
            raise DataError(
                "compare needs the table that the laws were fitted to, with its sample_weight or "
                f"y_error: on this one {row.equation} has a loss of {loss:.6g}, not {row.loss:.6g}"
            )


def _fitted(
    text: str, number: int, table: Table, context: FitContext,
    entry: Callable[[Node, float], FrontEntry],
) -> _Own:  # fmt: skip
    """A user's law with its numbers fitted to the table."""
    own: frozenset[str] = frozenset()
    try:
        law = _without_unknowns(text, table.names, context.operators)
        if law is not None:
            objective = context.objective(replace(table, kept=list(range(table.every.shape[1]))))
            loss = objective.loss(law)
            if not math.isfinite(loss):
                raise DataError("it is undefined on some rows of the table")
            return _Own(text, entry(law, loss), ())
        given = text
        if table.groups and isinstance(text, str):
            given, own = marked(text, [table.names[j] for j in table.groups])
        template = Template.read(given, table.names, context.operators)
        if not template.is_formula:
            unknown = next(part.name for part in template.parts if part.columns)
            raise ParseError(
                f"{unknown} is no function that is known, and compare fits numbers only: "
                "fit(..., template=...) finds unknown functions"
            )
        most = table.n_given - 2
        if len(template.parts) > most:
            raise DataError(
                f"{len(template.parts)} constants are too many: {table.n_given} rows tell how "
                f"likely a law of at most {max(most, 0)} is"
            )
        context = replace(context, start=context.clock())
        if table.groups:
            node, loss, labels = fit_form(table, context, template, own)
            return _Own(text, entry(node, loss), labels)
        watch = Watch([], str, 1.0, context.clock, context.start)
        fit = fit_formula(table, context, template, watch)[0]
    except (ParseError, DataError) as error:
        raise type(error)(f"law {number}, {text!r}: {error}") from None
    row = fit.rows[0]
    return _Own(text, entry(row.node, row.loss), fit.labels or ())


def _named(labels: Sequence[tuple[str, int]], law: Node) -> dict[str, float]:
    values = constants(law)
    return {name: values[leaf] for name, leaf in labels}


def _without_unknowns(text: str, names: Sequence[str], operators: Sequence[str]) -> Node | None:
    """A text all of whose names are known, as a law; None where some are not."""
    try:
        return parse(text, list(names), operators) if isinstance(text, str) else None
    except ParseError:
        return None  # of unknown names, or no law at all: its reading as a formula tells


# ---------------------------------------------------------------------- one law, once


def _once(
    found: list[Standing], own: Standing, labels: Sequence[tuple[str, int]], table: Table
) -> tuple[list[Standing], Standing]:
    """A user's law beside those found, without these that it is with other numbers.

    Of one law with several sets of numbers the one of the shortest description stays.
    """
    left, best = [], own
    for other in found:
        again = _become(own, other, table)
        if again is None:
            left.append(other)
        elif other.length < best.length:
            best = replace(other, text=own.text, numbers=_named(labels, again))
    return left, best


def _become(own: Standing, other: Standing, table: Table) -> Node | None:
    """A user's law with the numbers that make it another one; None if it is no such law."""
    ratio = max(own.loss, 1e-300) / max(other.loss, 1e-300)
    if abs(math.log(ratio)) * len(table.y) > 2 * _NEAR or columns(own.node) != columns(other.node):
        return None
    again = _refitted(own.node, other.node, table)
    back = None if again is None else _refitted(other.node, own.node, table)
    return None if back is None else again


@np.errstate(all="ignore")
def _refitted(law: Node, other: Node, table: Table) -> Node | None:
    """A law fitted to the values of another; None where it does not become it."""
    values = evaluate(other, table.every)
    spread = float(np.std(values))
    if not math.isfinite(spread):
        return None
    fit = fit_constants(law, table.every, values)
    exact = exact_loss(spread, float(np.abs(values).max()))
    return fit.node if fit.loss <= (_SAME * spread) ** 2 + exact else None


def cheapest(law: Node, prior: Callable[[Node], float]) -> float:
    """Nats of a law before any data: of its own writing, or of the canonical one."""
    return min(prior(law), prior(canonical(law)))
