"""The evaluator: every candidate law is fitted, weighed and filed on the Pareto front."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from ..expressions.aliases import Lowest
from ..expressions.constants import Fit, fit_constants
from ..expressions.exactness import FOUND, ROUNDING
from ..expressions.pruning import prune
from ..expressions.shortening import shorten
from ..expressions.tree import Node, const, constants, walk, with_constants
from ..objectives.squared import Squared, weighted_loss
from ..selection.chance import enough_rows, levels_of, may_be_chance
from ..selection.choice import choose
from ..selection.generalization import NextRow, kurtosis, rows_that_count
from ..task.budget import Budget
from ..task.front import Front, FrontEntry
from ..task.problem import Problem
from ..task.recent import Recent
from ..task.timeline import Timeline, Turn
from .settling import TAILS, leaves_noise

KEPT = 8  # of the network's answers to a question: they get careful fits
_STARTS, _PROMISING = 4, 4  # starts of the inner constants of the network's best answers
_NOT_ROUND = 1.37

# An operator that can be written with others is allowed where those are.
_WRITTEN_AS = {
    "neg": ({"sub"}, {"mul"}), "inv": ({"div"}, {"pow"}), "square": ({"mul"}, {"pow"}),
    "cube": ({"mul"}, {"pow"}), "sqrt": ({"pow"},), "sub": ({"add", "mul"}, {"add", "neg"}),
    "min": ({"abs", "add", "sub", "mul"},), "max": ({"abs", "add", "sub", "mul"},),
    "relu": ({"max"}, {"abs", "add", "mul"}),
}  # fmt: skip


@dataclass
class Evaluator:
    """The laws of one fit.

    Parameters
    ----------
    problem : Problem
        Its generator draws the starts of inner constants.
    budget : Budget
    on_change : callable, optional
        Told of the best law each time that it changes.
    filed : list, optional
        Takes every law that is fitted, with its loss.
    timeline : Timeline, optional
        Told of every law that is fitted.

    Attributes
    ----------
    front : Front
        Best law of each complexity.
    chosen_since : float
        Instant at which the choice last changed.
    """

    problem: Problem
    budget: Budget
    on_change: Callable[[FrontEntry], None] | None = None
    filed: list[tuple[Node, float]] | None = None
    timeline: Timeline | None = None
    front: Front = field(init=False)

    def __post_init__(self) -> None:
        p = self.problem
        self.X, self.y, self.weight, self.rules = p.X, p.y, p.weight, p.rules
        self.allowed = p.allowed
        self._seen: Recent[Node] = Recent()
        self._chosen: Node | None = None
        self._chosen_at = 0  # how many laws had been tried then
        self.chosen_since = self.budget.clock()
        self._left: tuple[Node | None, bool] = None, False
        self._best: tuple[int, FrontEntry] | None = None  # after so many changes of the front
        self._lowest = Lowest(self.X)
        self._levels = levels_of(self.X)
        self.front = self.new_front()
        level = Squared(self.X, self.y, self.weight).level()
        if self.rules.written(level) is None:
            level = const(0.0)  # where the rules permit no other number
        variance = weighted_loss(level, self.X, self.y, self.weight)
        self._scale = float(np.sqrt(np.mean(self.y**2)))
        self._exact_loss = FOUND**2 * variance + (ROUNDING * self._scale) ** 2
        self.front.add(level, variance)
        self._counted: tuple[Node, float] = level, 1.0
        self._next_row = NextRow(self.X, self.y, self.weight, self._exact_loss)

    def let_go(self) -> None:
        """Tell no one any more: a loop that hears of changes would be held in a circle."""
        self.on_change = None

    def new_front(self) -> Front:
        """An empty front that keeps what the rules permit."""
        return Front(
            self.rules.measure, self.rules.written, self.rules.prior,
            max_complexity=self.problem.max_complexity,
        )  # fmt: skip

    def consider(self, nodes: Iterable[Node]) -> dict[Node, float]:
        """Fit and file the laws that are new and allowed; their losses."""
        losses: dict[Node, float] = {}
        for node in nodes:
            if node not in self._seen and self._sayable(node):
                self._seen.add(node)
                losses[node] = self._file(node)
                if self.budget.passed():
                    break
        return losses

    def consider_answers(self, nodes: Iterable[Node]) -> int:
        """File the network's answers that a quick fit finds promising; how many were new."""
        from ..search.descent import prepare, promising  # compiled

        new = [n for n in dict.fromkeys(nodes) if n not in self._seen and self._sayable(n)]
        self._seen.update(new)
        kept: list[Node] = []
        for part in self._by_permission(new):
            if len(part) > KEPT:
                begin = self.budget.clock()
                prepare()
                self.budget.clock.forgive(self.budget.clock() - begin)
                part = promising(part, self.X, self.y, self.weight, KEPT)
            kept += part
        losses: dict[Node, float] = {}
        for node in kept:
            losses[node] = self._file(node)
            if self.budget.passed():
                break
        if not self.is_exact():
            for node in sorted(losses, key=lambda n: losses[n])[:_PROMISING]:
                self._file(node, _STARTS)
        return len(new)

    def _by_permission(self, nodes: list[Node]) -> Iterator[list[Node]]:
        """Laws that the rules permit, and others, which luckier constants may permit."""
        if self.rules.free:
            yield nodes
            return
        good = {n: self._writable(n) for n in nodes}
        yield [n for n in nodes if good[n]]
        yield [n for n in nodes if not good[n]]

    def _writable(self, node: Node) -> bool:
        """Whether the rules permit a law whose constants are no round numbers, as after a fit."""
        fitted = with_constants(node, [_NOT_ROUND + i / 16 for i in range(len(constants(node)))])
        laws = (fitted, *self.rules.repaired(fitted))
        return any(self.rules.written(law) is not None for law in laws)

    def _file(self, node: Node, n_starts: int = 1) -> float:
        """Fit the constants of a law and put it on the front; note when it changes the choice."""
        fit = self._fit(self._low(node), n_starts)
        if (low := self._low(fit.node)) != fit.node:
            fit = replace(fit, node=low)
        if self.rules.written(fit.node) is None:
            near = next(self.rules.repaired(fit.node), None)
            if near is None:
                return fit.loss
            fit = self._fit(near)
        if not enough_rows(fit.node, len(self.y), self._relative(fit.loss)):
            return fit.loss
        if self.filed is not None and np.isfinite(fit.loss):
            self.filed.append((fit.node, fit.loss))
        if fit.loss <= self._exact_loss:  # it may be short enough only when written well
            short = shorten(prune(fit.node, self.X), self.X)
            if short != fit.node and self.permits(short):
                self.front.add(short, weighted_loss(short, self.X, self.y, self.weight))
        if self.front.add(fit.node, fit.loss * self._next_row.risk(fit.node, fit.loss)):
            best = self.best()
            if best.node != self._chosen:
                self._chosen, self._chosen_at = best.node, self.front.n_tried
                self.chosen_since = self.budget.clock()
                if self.on_change is not None:
                    self.on_change(best)
        if self.timeline is not None:
            self.timeline.saw(fit.loss, fit.loss <= self._exact_loss and self.is_exact())
        return fit.loss

    def _low(self, node: Node) -> Node:
        """The law with the lowest frequencies that are one on the rows, where it may be kept."""
        low = self._lowest(node)
        return low if low == node or self.permits(low) else node

    def _fit(self, node: Node, n_starts: int = 1) -> Fit:
        return fit_constants(
            node, self.X, self.y, self.weight, n_starts, self.problem.rng, self.budget.search,
            fixed=self.held(node), clock=self.budget.clock,
        )  # fmt: skip

    def go_on(self, budget: Budget) -> None:
        """Take another budget, for a fit that goes on."""
        self.budget = budget
        if self.timeline is not None:
            self.timeline = Timeline(budget.clock)

    def turns(self) -> list[Turn]:
        """Which task ran when, where this is noted."""
        return [] if self.timeline is None else self.timeline.closed()

    def held(self, node: Node) -> frozenset[int]:
        """Leaves that are no free constants: whole exponents, where no others are allowed."""
        if "pow" in self.allowed:
            return self.rules.held(node)
        leaves = [n for n in walk(node) if n.is_const]
        whole = [n.children[1] for n in walk(node) if _is_whole_power(n)]
        return frozenset(i for i, leaf in enumerate(leaves) if any(leaf is w for w in whole))

    def permits(self, node: Node) -> bool:
        """Whether a fitted law may be kept."""
        return (
            self._sayable(node) and self.rules.written(node) is not None and self._is_told(node)
            and self._lowest.has_phases(node)
        )  # fmt: skip

    def _is_told(self, node: Node) -> bool:
        """Whether there are rows enough for the numbers of a fitted law."""
        if enough_rows(node, len(self.y)):
            return True
        loss = weighted_loss(node, self.X, self.y, self.weight)
        return enough_rows(node, len(self.y), self._relative(loss))

    def _relative(self, loss: float) -> float:
        return float(np.sqrt(loss)) / max(self._scale, 1e-300)

    def _sayable(self, node: Node) -> bool:
        """Whether the operators allow a law, and the rows its numbers, if it were exact."""
        if not enough_rows(node, len(self.y), 0.0):
            return False
        ops = {"cube" if _is_whole_power(n) else n.op for n in walk(node) if n.children}
        return all(
            any(others <= self.allowed for others in _WRITTEN_AS.get(op, ()))
            for op in ops - self.allowed
        )

    def best(self) -> FrontEntry:
        """The law that would be chosen now: the one to execute and feed back."""
        if self._best is None or self._best[0] != self.front.changes:
            rows = self.front.rows()
            counted = round(len(self.y) * self.share_counted())
            self._best = self.front.changes, rows[choose(rows, "best", counted, self._scale)]
        return self._best[1]

    def share_counted(self) -> float:
        """Share of the rows that decide about the error of the most accurate law."""
        row = self.front.most_accurate()
        if row.loss <= self._exact_loss:
            return 1.0  # rounding is no evidence
        law = row.node
        if law != self._counted[0]:
            count = rows_that_count(law, self.X, self.y, self.weight)
            self._counted = law, count / len(self.y)
        return self._counted[1]

    def idle(self) -> int:
        """How many laws have been tried since the choice last changed."""
        return self.front.n_tried - self._chosen_at

    def leaves_noise(self) -> bool:
        """Whether the error of the choice is shared by the rows, as noise is."""
        return kurtosis(self.best().node, self.X, self.y) < TAILS

    def leaves_no_structure(self) -> bool:
        """Whether nothing but noise can be seen in what the choice leaves."""
        law = self.best().node
        if law != self._left[0]:
            self._left = law, leaves_noise(law, self.X, self.y, self.weight)
        return self._left[1]

    def is_exact(self) -> bool:
        """Whether the most accurate law leaves rounding errors only."""
        best = self.front.most_accurate()
        found = best.loss <= self._exact_loss
        relative = self._relative(best.loss)
        return found and not may_be_chance(best.node, relative, self._levels)


def _is_whole_power(node: Node) -> bool:
    """x**4, which is x*x*x*x."""
    if node.op != "pow" or not node.children[1].is_const:
        return False
    exponent = node.children[1].value
    return exponent > 0 and float(exponent).is_integer()
