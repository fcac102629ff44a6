"""Acceptance: is a candidate exact, better than what we have, or to be kept for later?"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

import numpy as np

from ..expressions.aliases import Lowest
from ..expressions.canonical import canonical
from ..expressions.exactness import SCREENED
from ..expressions.far import is_narrow
from ..expressions.shortening import shorten
from ..expressions.tree import Node
from ..selection.chance import enough_rows, levels_of, may_be_chance
from ..task.problem import Problem
from ..task.recent import Recent
from .assemble import agrees, relative_error
from .builders import rewrite
from .descent import Descent
from .places import unfolded, unfolds
from .transforms import Target

WIDE_ROWS = 1000  # rows from which symmetries are read
ALL_ROWS = 2000  # rows on which inexact laws are compared
PROMISING = 1e-6  # relative error, on the screen, that deserves a closer look at once
# where there is noise: how much nearer numbers of a scan may come when they are fitted, and steps
_ROUGH, _STEPS = 1.3, 10


Maker = Callable[[], Node | None]


class Acceptance:
    """Judges candidate laws of one problem and keeps the record.

    Attributes
    ----------
    X, y : ndarray
        The screened rows.
    noisy : bool
        Whether fits that differ by little all deserve a look.
    exact : Node or None
        The simplest exact law so far.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.index = problem.screen()
        self.X = problem.X[self.index]
        self.y = problem.y[self.index]
        self._spread = float(np.std(self.y) / max(np.sqrt(np.mean(self.y**2)), 1e-300))
        more = problem.screen(WIDE_ROWS)
        more = np.concatenate([self.index, np.setdiff1d(more, self.index)])
        self.wide = problem.X[more], problem.y[more]  # the screened rows first
        some = problem.screen(ALL_ROWS)
        self._check = (problem.X[some], problem.y[some], problem.roots(some))
        # square roots of the weights of the screened and of the wide rows
        self.root, self.wide_root = problem.roots(self.index), problem.roots(more)
        self._unfolds = unfolds(problem.X)
        self._levels = levels_of(problem.X)
        self._lowest = Lowest(problem.X) if is_narrow(problem.X).any() else None
        self.noisy = False
        self.exact: Node | None = None
        self.exact_cost = np.inf
        self.best: dict[int, tuple[float, Node]] = {}  # complexity -> relative error, law
        self._descent: Descent | None = None
        self._later: list[tuple[float, int, tuple[Maker | None, ...], Target]] = []
        self._ticket = itertools.count()
        self._offered: Recent[Node] = Recent()
        self._loosened: Recent[Node] = Recent()
        self._good: list[tuple[float, int, Node]] = []

    def treat_as_noisy(self, noisy: bool) -> None:
        """What the rows show of noise, or that they may have some."""
        self.noisy = noisy

    def forget(self) -> None:
        """What was offered and what is exact, so that the same laws may be offered again."""
        self.exact, self.exact_cost = None, np.inf
        self._offered, self._later = Recent(), []

    def let_go(self) -> None:
        """Hold nothing that holds the libraries: they would wait for a collection of cycles."""
        self._later = []

    def offer(self, node: Node | None, target: Target, close: bool = False) -> list[Node]:
        """The law that `node` makes of `target`, if it is exact or better than what we have.

        Where it may be `close` to others, a little better is enough.
        """
        if node is None:
            return []
        return self.offer_law(target.wrap(node), close)

    def offer_law(
        self, law: Node | None, close: bool = False, plausible: bool = False
    ) -> list[Node]:
        """As `offer`, for a law of the whole problem.

        One that is `plausible` is given back however well shorter ones do.
        """
        p = self.problem
        law = unfolded(law) if law is not None and self._unfolds else law
        law = self._lowest(law) if law is not None and self._lowest is not None else law
        law = None if law is None else rewrite(law, p.unary, p.binary)
        if law is None or not self._offered.add(law):
            return []
        rules = p.rules
        size = rules.measure(law)
        if size > 2 * p.max_complexity + 6:  # a product multiplied out may be that long
            return []
        error = relative_error(law, self.X, self.y)
        if not np.isfinite(error) or not enough_rows(law, len(p.y), error * self._spread):
            return []
        # exact on the screened rows and nowhere else, a law goes on as an inexact one
        chance = error < SCREENED and may_be_chance(law, error, self._levels)
        if error < SCREENED and not chance and agrees(law, p.X, p.y):
            writings = (rules.written(n) for n in (shorten(canonical(law), self.X), law))
            best = next((n for n in writings if n is not None), None)
            size = p.max_complexity + 1 if best is None else rules.measure(best)
            if size > p.max_complexity or size >= self.exact_cost:
                return []
            self.exact, self.exact_cost = law, size
            return [law]
        if error > 1.0:
            return []
        if size > p.max_complexity + 6 * rules.largest:
            return []
        if rules.written(law) is None:
            law = next(rules.repaired(law), None)
            if law is None or rules.written(law) is None:
                return []
        error = relative_error(law, *self._check)
        short = canonical(law)
        size = rules.measure(short)
        law = rewrite(short, p.unary, p.binary) or law
        if not error <= 1.0 or size > p.max_complexity:
            return []
        self._good.append((error * (1 + 0.03 * size), next(self._ticket), law))
        margin = 0.9995 if self.noisy or close else 1.3
        beaten = self._is_beaten(size, error * margin)
        if beaten and self.noisy and not self._is_beaten(size, error / _ROUGH):
            law, error = self._polished(law)
            beaten = self._is_beaten(size, error * margin)
        if not beaten:
            self.best[size] = error, law
        return [] if beaten and not plausible else [law]

    def _is_beaten(self, size: float, error: float) -> bool:
        """Whether a law that is as short does as well."""
        return any(e <= error for s, (e, _) in self.best.items() if s <= size)

    def _polished(self, law: Node) -> tuple[Node, float]:
        """A law whose numbers are a scan's, as near as a few steps bring it, and its error."""
        X, y, roots = self._check
        if self._descent is None:
            self._descent = Descent(X, y, None if roots is None else roots**2)
        better = self._descent.fit(law, _STEPS)[0]
        error = relative_error(better, X, y, roots)
        return better, error if np.isfinite(error) else np.inf

    def consider(
        self, error: float, make: Maker, target: Target, tidy: Maker | None = None
    ) -> list[Node]:
        """Offer at once what looks exact; keep the rest for quiet moments.

        `tidy` makes the simpler form that noise may hide.
        """
        if error < PROMISING:
            return self.offer(make(), target)
        if error < 0.7:
            heapq.heappush(self._later, (error, next(self._ticket), (make, tidy), target))
            if len(self._later) > 2000:
                self._later = heapq.nsmallest(500, self._later)
        return []

    def drain(self, count: int) -> list[Node]:
        """Offer the best of what was kept."""
        out: list[Node] = []
        for _ in range(min(count, len(self._later))):
            _, _, makers, target = heapq.heappop(self._later)
            for make in makers:
                if make is not None:
                    out += self.offer(make(), target)
        return out

    def to_loosen(self, count: int) -> list[Node]:
        """The most accurate inexact laws that were not loosened yet, short ones preferred."""
        self._good = heapq.nsmallest(400, self._good)
        out: list[Node] = []
        for _, _, law in self._good:
            if len(out) < count and law not in self._loosened:
                self._loosened.add(law)
                out.append(law)
        return out
