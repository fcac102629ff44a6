"""One form for several groups of rows: which of its constants all share, and which each has alone.

Forms come from short ordinary fits: of some groups alone, and of all together, as they are and
divided by the size of their target (curves that differ in scale become one); for groups of few
rows, which hardly hold a law by themselves, curves of one column in the order of their prior come
beside them. Each form is fitted to every group by itself; then its constants become shared, one
after the other, always the one that costs the least. All of these laws are filed, and the choice
weighs what the rows gain by a number more against its price: the numbers of all groups, over all
rows, and the text once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from ..data.table import Table
from ..data.validation import useful_columns
from ..errors import DataError
from ..expressions.constants import fit_constants
from ..expressions.exactness import exact_loss
from ..expressions.grouped import of_group, with_groups
from ..expressions.roles import roles
from ..expressions.tree import Node, complexity, const, constants, map_columns, with_constants
from ..objectives.objective import Objective
from ..objectives.squared import weighted_loss
from ..selection.choice import description_length
from ..task.budget import Budget
from ..task.front import Front, FrontEntry
from ..task.settings import AnswerStep, steps_on_columns
from .callbacks import Enough, Watch
from .context import FitContext
from .group_forms import Form, curves, scaled_terms

Array = np.ndarray

_ALONE = 3  # groups that are searched by themselves
_FEWEST = 4  # rows of such a group
_SEARCH = 0.4  # of the time, for searches; the rest is for fits of their forms to all groups
_EVEN = 0.85  # of the time, before it is known how rows weigh
_EACH = 20  # laws of a search whose forms are tried
_CONSTANTS = 8  # of a form, that may be of groups
_STARTS, _COLD = 4, 24  # of the inner constants of a group, and of the first one of a curve
_SLACK = 6.0  # nats above the shortest description, within which forms are worth a look
_ROUNDING = 1e-13  # relative error


class GroupLoop:
    """The search for one form of all groups.

    Parameters
    ----------
    table : Table
        In the user's units; all columns are kept, those of the labels last.
    context : FitContext
    objective : Objective
    budget : Budget
    watch : Watch
    fit : callable
        Fits the table of a part.

    Attributes
    ----------
    front : Front
        Laws over all columns. An own number of a group counts as a node.
    steps : list of AnswerStep
    stopped : str
        As of `AnswerLoop`.
    """

    def __init__(
        self, table: Table, context: FitContext, objective: Objective, budget: Budget,
        watch: Watch, fit: Callable[[Table, FitContext], Any],
    ) -> None:  # fmt: skip
        if context.template is not None:
            raise DataError("groups= goes without template=: its numbers would be shared by all")
        if not objective.squared:
            raise DataError("groups= is fitted by squared errors: leave out loss=")
        self.table, self.context, self.budget, self._watch = table, context, budget, watch
        self._objective, self._fit = objective, fit
        self.X, self.y, self.columns = table.every, table.y, table.groups
        self.others = [j for j in range(self.X.shape[1]) if j not in self.columns]
        members = [np.flatnonzero(self.X[:, j] == 1.0) for j in self.columns]
        if not all(map(len, members)):
            raise DataError("a group has no row of positive weight: leave its rows out")
        self.members = members
        self.largest = sorted(range(len(members)), key=lambda g: (-len(members[g]), g))
        self.rules = table.rules.on(range(self.X.shape[1]))
        self._tiny = (_ROUNDING * float(objective.size or 0.0)) ** 2
        self.steps: list[AnswerStep] = []
        self.stopped = ""

    def run(self) -> GroupLoop:
        """Search forms, fit each to all groups, and share what can be shared.

        Once more where the laws that are found tell that the rows do not weigh the same.
        """
        self._begin()
        with suppress(Enough):
            self.stopped = "callback"
            first = self.budget.part(_EVEN * self.budget.left())
            good = self._try(self._forms(), first)
            late = first.passed()
            before = self.weight
            self._objective.learn([row.node for row in self.front.rows()])
            after = self._objective.working_target(None)[1]
            if before is not after and not _equal(before, after):
                self._begin()
                self._try(good, self.budget)
            late |= self.budget.passed()
            exact = self.front.most_accurate().loss <= self._exact
            self.stopped = "exact" if exact else "time limit" if late else "exhausted"
        return self

    def _begin(self) -> None:
        """No laws yet, and what rows weigh now."""
        o = self._objective
        self.weight = o.working_target(None)[1]
        self.front = Front(self._size, _as_it_is, self._price)
        self._best = np.inf
        level = o.level()
        plain = weighted_loss(level, self.X, self.y, self.weight)
        self._unit = o.loss(level) / plain if plain > 0 else 1.0  # of known errors
        self._exact = self._unit * exact_loss(float(np.std(self.y)), float(o.size or 0.0))
        self.front.add(level, o.loss(level))

    def _try(self, forms: Iterable[Form], budget: Budget) -> list[Form]:
        """Share each form until the end of the budget; those that are worth it, the best first."""
        good: list[tuple[float, Form]] = []
        for form in forms:
            length = self._share(form)
            if length < np.inf:
                good.append((length, form))
            if budget.passed():
                break
        return [form for _, form in sorted(good, key=lambda pair: pair[0])]

    def rows(self) -> list[FrontEntry]:
        """The laws, simplest first; the prior of each is that of its form."""
        out = []
        for row in self.front.rows():
            node = row.node
            if self.context.settings.snap and row.loss <= self._exact:
                node = self._rounded(node, row.loss)
            loss = row.loss if node is row.node else self._objective.loss(node)
            out.append(replace(row, node=node, loss=loss, prior=self._nats(node)))
        return out

    # ------------------------------------------------------------------ forms

    def _forms(self) -> Iterator[Form]:
        """Forms, the best of each search first; those that differ in numbers only are one."""
        seen: set[Node] = set()
        found = list(self._searched())
        ranks = itertools.chain.from_iterable(itertools.zip_longest(*found))
        laws = ((v, False) for law in ranks if law is not None for v in (law, scaled_terms(law)))
        level = [(scaled_terms(const(1.0)), False)]
        more: Iterator[Node] = iter(())
        if len(self.others) == 1:
            (j,) = self.others
            more = curves(self.X[:, j], j, self.context.unary, self.context.binary,
                          self.rules.shift)  # fmt: skip
        for law, cold in itertools.chain(level, laws, ((law, True) for law in more)):
            form = Form.of(law, cold)
            small = complexity(law) <= self.context.settings.max_complexity
            if small and len(form.free) <= _CONSTANTS and form.key not in seen:
                seen.add(form.key)
                yield form

    def _searched(self) -> Iterator[list[Node]]:
        """Laws of some groups alone and of all together, the shortest description first."""
        tables = list(self._parts())
        end = None
        if self.budget.search is not None:
            end = self.budget.clock() + _SEARCH * max(self.budget.left(), 0.0)
        for place, (rows, y) in enumerate(tables):
            seconds = None
            if end is not None:
                seconds = (end - self.budget.clock()) / (len(tables) - place)
                if seconds <= 0.0:
                    return
            weight = np.ones(len(rows)) if self.weight is None else self.weight[rows]
            names = [self.table.names[j] for j in self.others]
            part = Table.plain(self.X[rows][:, self.others], y, weight, names)
            columns = [self.others[j] for j in part.kept]
            part = replace(part, rules=self.table.rules.on(columns))
            outcome = self._fit(part, self.context.part(seconds))
            self.steps += steps_on_columns(outcome.steps, columns)
            result = outcome.fitted
            order = np.argsort(result.lengths, kind="stable")[:_EACH]
            yield [map_columns(result.law(int(i)), self.others) for i in order]

    def _parts(self) -> Iterator[tuple[Array, Array]]:
        """Rows, and their target, of the tables that are searched."""
        good = [g for g in self.largest if len(self.members[g]) >= _FEWEST
                and useful_columns(self.X[self.members[g]][:, self.others])]  # fmt: skip
        for g in good[:_ALONE]:
            yield self.members[g], self.y[self.members[g]]
        every = np.arange(len(self.y))
        scaled = self.y.copy()
        for rows in self.members:
            scaled[rows] /= float(np.sqrt(np.mean(self.y[rows] ** 2))) or 1.0
        yield every, scaled
        yield every, self.y

    # ------------------------------------------------------------------ constants

    def _share(self, form: Form) -> float:
        """File a form with own constants of all groups, then with more and more shared ones.

        Returns the shortest description that it may have, inf where it is out of question.
        """
        least = np.inf
        for _, own, node in self._shared(form):
            loss = self._file(node)
            if own == list(form.free):
                least = self._length(loss, len(own), form.node)
                if not least < self._best + _SLACK:
                    return np.inf  # even if sharing all were free
        return least

    def compared(
        self, form: Form, own: Collection[int] | None = None
    ) -> list[tuple[float, float, Node, Collection[int]]]:
        """Laws of one form with these numbers of groups, or with fewer and fewer.

        Each with its description length and loss first, its numbers of groups last.
        """
        self._begin()
        found = list(self._shared(form))
        if own is not None and found:
            node = self._node(form, self._read(form, found[0][2], form.free), own)
            held = self._held(form, own)
            fit = self._objective.fit(node, held, self.budget.fit, self.budget.clock)
            found = [(fit.loss, list(own), fit.node)]
        return [
            (self._length(loss, len(places) * len(self.columns) + len(form.free) - len(places),
                          form.node), loss, node, places)
            for loss, places, node in found if np.isfinite(loss)
        ]  # fmt: skip

    def _shared(self, form: Form) -> Iterator[tuple[float, list[int], Node]]:
        """A form with own constants of all groups, then with one more of them shared each time."""
        values = self._alone(form)
        if values is None:
            return
        own = list(form.free)
        node = self._node(form, values, own)
        yield self._objective.loss(node), own, node
        while own and not self.budget.passed():
            fits = []
            for leaf in own:
                left = [i for i in own if i != leaf]
                node = self._node(form, values, left)
                fit = self._objective.fit(
                    node, self._held(form, left), self.budget.fit, self.budget.clock
                )
                fits.append((fit.loss, left, fit.node))
                if self.budget.passed():
                    break
            loss, own, node = min(fits, key=lambda found: found[0])
            if not np.isfinite(loss):
                break
            yield loss, own, node
            values = self._read(form, node, own)

    def _alone(self, form: Form) -> Array | None:
        """Numbers of the form in each group, shape (n_groups, n_leaves).

        Groups with too few rows take inner constants from the others. None where the form is
        undefined, and where some groups alone rule it out.
        """
        held = set(range(len(constants(form.node)))) - set(form.free)
        rich = [g for g in self.largest if len(self.members[g]) > len(form.free)]
        out = np.tile(constants(form.node), (len(self.members), 1))
        start, lost = form.node, 0.0
        for place, g in enumerate(self.largest):
            rows = self.members[g]
            fixed = held
            if g not in rich:
                if rich:
                    start = with_constants(form.node, np.median(out[rich], axis=0).tolist())
                inner = roles(form.node, self.X[rows], held)
                fixed = held | {i for i, role in enumerate(inner) if role != "linear"}
            weight = None if self.weight is None else self.weight[rows]
            fit = fit_constants(
                start, self.X[rows], self.y[rows], weight,
                _COLD if form.cold and not place else _STARTS, fixed=fixed,
                deadline=self.budget.fit, clock=self.budget.clock,
            )  # fmt: skip
            share = len(rows) if weight is None else float(weight.sum())
            lost += self._unit * fit.loss * share / len(self.y)
            if not self._length(lost, len(form.free), form.node) < self._best + _SLACK:
                return None
            out[g], start = constants(fit.node), fit.node
        return out

    def _node(self, form: Form, values: Array, own: Collection[int]) -> Node:
        """The law with these constants of groups; others are shared: the median over groups."""
        shared = np.median(values, axis=0).tolist()
        node = with_constants(form.node, shared)
        return with_groups(node, {i: values[:, i].tolist() for i in own}, self.columns)

    def places(self, form: Form, own: Collection[int]) -> list[list[int]]:
        """The leaves that each leaf of the form has in the law of all groups."""
        out, at = [], 0
        for leaf in range(len(constants(form.node))):
            count = len(self.members) if leaf in own else 1
            out.append(list(range(at, at + count)))
            at += count
        return out

    def _held(self, form: Form, own: Collection[int]) -> frozenset[int]:
        places = self.places(form, own)
        return frozenset(places[i][0] for i in range(len(places)) if i not in form.free)

    def _read(self, form: Form, node: Node, own: Collection[int]) -> Array:
        """Numbers of each group in a law."""
        values = np.array(constants(node))
        k = len(self.members)
        columns = [np.broadcast_to(values[at], k) for at in self.places(form, own)]
        return np.column_stack(columns) if columns else np.zeros((k, 0))

    # ------------------------------------------------------------------ laws

    def _file(self, node: Node) -> float:
        """Put a law on the front; its loss, inf where the rules do not permit it."""
        groups = range(len(self.columns))
        laws = {of_group(node, self.columns, g) for g in groups}
        loss = self._objective.loss(node)
        if not np.isfinite(loss) or not all(self.rules.permits(law) for law in laws):
            return np.inf
        if self.front.add(node, loss):
            length = self._length(loss, self._count(node), of_group(node, self.columns))
            if length < self._best:
                self._best = length
                self._watch(FrontEntry(self._size(node), loss, np.nan, node), len(self.steps))
        return loss

    def _length(self, loss: float, count: int, law: Node) -> float:
        row = FrontEntry(1, loss, np.nan, law, self.rules.prior(law))
        o = self._objective
        variance = 1.0 if o.known else None
        return description_length(row, o.n_rows, self._exact, variance, count=count)

    def _count(self, node: Node) -> int:
        """Fitted numbers of a law."""
        form = of_group(node, self.columns)
        more = len(constants(node)) - len(constants(form))
        return more + len(Form.of(form).free)

    def _size(self, node: Node) -> int:
        form = of_group(node, self.columns)
        more = len(constants(node)) - len(constants(form))
        return self.rules.measure(form) + more

    def _nats(self, node: Node) -> float:
        return self.rules.prior(of_group(node, self.columns))

    def _price(self, node: Node) -> float:
        """What a law costs beside its residuals: so none that may be chosen is left out."""
        n, count = self._objective.n_rows, self._count(node)
        return self._nats(node) + count * n / max(n - count - 1, 0.5)

    def _rounded(self, node: Node, loss: float) -> Node:
        """An exact law without the digits that are rounding."""
        most = max(2.0 * loss, self._tiny)
        values = constants(node)
        for digits in range(3, 15):
            short = with_constants(node, [float(f"{v:.{digits}g}") for v in values])
            if self._objective.loss(short) <= most:
                return short
        return node


def _equal(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.allclose(one, other, rtol=1e-9))


def _as_it_is(law: Node) -> Node:
    return law
