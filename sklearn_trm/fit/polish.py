"""The last polish: laws found on some rows, refitted and compared on all, under an objective."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..expressions.pruning import NEVER
from ..expressions.readable import readable, tidy
from ..expressions.shortening import shorten
from ..expressions.tree import Node, const, constants
from ..expressions.writing import free_numbers
from ..objectives.objective import Objective
from ..rules.rules import FREE, Rules
from ..selection.choice import choose
from ..task.budget import Budget
from ..task.front import Front

_CONTENDERS = 3  # laws next to the choice: their constants decide, so they get all the time
_SAME_LOSS = 1.0 + 1e-6
_SOME = 500  # rows on which a writing is looked at
_REST = 0.1  # share of what is left that the others may take
SURELY = 0.3  # seconds for the laws next to the choice, even after a late search


@dataclass(frozen=True)
class Polish:
    """What every law of a front goes through at the end.

    Parameters
    ----------
    objective : Objective
    rules : Rules
        How a law is written, and what it counts.
    max_complexity : int, optional
    held : callable
        Numeric leaves of a law that are no free constants.
    permits : callable
        Whether a fitted law may be kept.
    clean : bool
        Whether constants become clean values.
    budget : Budget
    """

    objective: Objective
    rules: Rules = FREE
    max_complexity: int | None = None
    held: Callable[[Node], Collection[int]] = lambda node: ()
    permits: Callable[[Node], bool] = lambda node: True
    clean: bool = True
    budget: Budget = Budget()  # noqa: RUF009 - immutable

    def front(self, laws: Iterable[Node], n_counted: int) -> Front:
        """The laws on all rows, their constants fitted again and made clean where they may be.

        Every law is measured on all rows. Constants are fitted in the order in which a law
        would be chosen, as long as there is time; laws beyond keep those that they came with.

        Parameters
        ----------
        laws : iterable of Node
        n_counted : int
            Rows that count for the choice.

        Raises
        ------
        DataError
            If the objective has no value even for a constant law.
        """
        o, clock = self.objective, self.budget.clock
        out, measured = self._empty(), self._empty()
        if not any(out.add(law, o.loss(law)) for law in (o.level(), const(0.0))):
            raise DataError(
                "the loss is infinite or no number even for a constant law: does it divide by y, "
                "or take its logarithm, where y is 0?"
            )
        for law in laws:
            measured.add(law, o.weigh(law))
        left = [row for row in measured.rows() if not row.node.is_const]
        end = self.budget.fit
        # a search that ends late leaves time for the contenders all the same: unfitted laws mislead
        late = None if end is None else max(end, clock() + self._kept())
        for place in range(len(left)):
            if place == _CONTENDERS and end is not None:
                late = clock() + _REST * max(0.0, end - clock())
            row = left.pop(choose(left, "best", n_counted, o.size, known=o.known))
            self._file(row.node, out, late)
        return self.shown(out)

    def _kept(self) -> float:
        """Seconds for the laws next to the choice: what the budget keeps for them, at most."""
        b = self.budget
        if not self.objective.squared or b.fit is None or b.search is None:
            return SURELY
        return min(SURELY, b.fit - b.search)

    def _empty(self) -> Front:
        return self._front(self.rules.written)

    def _front(self, write: Callable[[Node], Node | None]) -> Front:
        r = self.rules
        return Front(r.measure, write, r.prior, max_complexity=self.max_complexity)

    def _file(self, law: Node, out: Front, end: float | None) -> None:
        """Fit a law, and the forms beside it, until `end`."""
        o, clock = self.objective, self.budget.clock
        loss = o.loss(law)
        for variant in o.variants(law):
            if end is not None and clock() >= end:
                break
            fit = o.fit(variant, self.held(variant), end, clock)
            late = end is not None and clock() >= end
            if np.isfinite(fit.loss) and not (late and fit.loss > loss):
                best = o.tidy(fit, self.permits, self.clean, end, clock)
                if best is not None:
                    out.add(best.node, best.loss)
                    loss = math.inf
        if loss < math.inf:
            out.add(law, loss)

    def shown(self, front: Front) -> Front:
        """The same laws as people write them, numbers without rounding."""
        X, loss_of = self.objective.X, self.objective.loss
        some = np.linspace(0, len(X) - 1, min(len(X), _SOME)).astype(int)
        rows = X[np.unique(np.r_[some, X.argmin(axis=0), X.argmax(axis=0)])]
        out = self._front(_as_it_is)
        rounding = NEVER**2 * max((row.loss for row in front.rows()), default=0.0)
        for row in front.rows():
            law = _shorter(row.node, rows) if self.rules.free else row.node
            law = readable(law, rows)
            allowed = max(_SAME_LOSS * row.loss, rounding)
            for shown in dict.fromkeys((tidy(law), law, tidy(row.node))):
                loss = loss_of(shown) if shown != row.node and self.permits(shown) else math.inf
                if loss <= allowed and out.add(shown, loss, row.prior):
                    break
            else:
                out.add(row.node, row.loss, row.prior)
        return out


def _shorter(law: Node, X: np.ndarray) -> Node:
    """The shortest writing of a law some of whose numbers have become short by now."""
    return shorten(law, X) if 0 < free_numbers(law) < len(constants(law)) else law


def _as_it_is(law: Node) -> Node:
    return law
