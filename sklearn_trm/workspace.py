"""What the scans share: screened rows, the library, its projections, and the verdict.

Everything is built when first asked for and kept.
"""

from __future__ import annotations

import functools
import heapq
import itertools
from collections.abc import Callable

import numpy as np

from .assemble import agrees, linear, power_law, relative_error
from .expression import rewrite
from .frames import Target
from .library import Library, product_library, sum_library
from .problem import Problem
from .retrieve import Basis, Hit
from .tree import Node, complexity, var

EXACT = 3e-10  # relative error of an exact law on the screened rows
PROMISING = 1e-6  # relative error, on the screen, that deserves a closer look at once

Array = np.ndarray


class Workspace:
    """Screened rows, library and bases of one problem."""

    def __init__(self, problem: Problem, size: int = 4000) -> None:
        self.problem = problem
        self.index = problem.screen()
        self.X = problem.X[self.index]
        self.y = problem.y[self.index]
        self.size = size
        self.columns = [j for j in range(self.X.shape[1]) if np.ptp(self.X[:, j]) > 0]
        self.exact: Node | None = None
        self.exact_cost = np.inf
        self._best: dict[int, float] = {}  # complexity -> relative error
        self._later: list[tuple[float, int, Callable[[], Node | None], Target]] = []
        self._ticket = itertools.count()
        self._offered: set[Node] = set()

    @property
    def d(self) -> int:
        return len(self.columns)

    # ------------------------------------------------------------------ library

    @functools.cached_property
    def library(self) -> Library:
        p = self.problem
        return sum_library(self.X, p.unary, p.binary, self.size, self.columns)

    @functools.cached_property
    def factors(self) -> Library:
        p = self.problem
        return product_library(self.X, p.unary, p.binary, self.size, self.columns)

    @functools.cached_property
    def ordered(self) -> Array:
        """Library values, cheapest first."""
        return self.library.values[self.library.order]

    def row_node(self, i: int) -> Node:
        return self.library.node(self.library.order[i])

    @functools.cached_property
    def log_columns(self) -> list[int]:
        return [
            j
            for j in self.columns
            if (self.X[:, j] != 0).all() and np.ptp(np.abs(self.X[:, j])) > 0
        ]

    @functools.cached_property
    def log_free(self) -> Array:
        """1 and the logarithms of the columns: monomials are free."""
        logs = np.log(np.abs(self.X[:, self.log_columns])).T
        return np.vstack([np.ones((1, len(self.y))), logs])

    @functools.cached_property
    def affine_free(self) -> Array:
        return np.vstack([np.ones((1, len(self.y))), self.X[:, self.columns].T])

    @functools.cached_property
    def constant_basis(self) -> Basis:
        """Rows modulo a constant."""
        return Basis(self.ordered, np.ones((1, len(self.y))))

    @functools.cached_property
    def affine_basis(self) -> Basis:
        """Rows modulo a constant and the columns."""
        return Basis(self.ordered, self.affine_free)

    @functools.cached_property
    def log_basis(self) -> Basis:
        """Logarithms of the rows, and rows as exponents, modulo monomials."""
        values = self.factors.values[self.factors.order]
        with np.errstate(all="ignore"):
            logs = np.log(np.abs(values))
        good = np.isfinite(logs).all(axis=1)
        index = np.flatnonzero(good)
        raw = index[:0]
        exponents = self.ordered
        if "exp" in self.problem.unary:
            raw = np.arange(min(len(exponents), self.size // 2))
            raw = raw[np.abs(exponents[raw]).max(axis=1) < 1e3]
        # exponents interleaved with factors by cost: both orders are cheapest first
        rank = np.concatenate([index, 2 * raw + 1])
        order = np.argsort(rank, kind="stable")
        rows = np.vstack([logs[index], exponents[raw]])[order]
        ids = np.concatenate([index, raw + len(values)])[order]
        return Basis(rows, self.log_free, index=ids)

    # ------------------------------------------------------------------ hits to nodes

    def linear_node(self, t: Array, rows: tuple[int, ...], affine: bool) -> Node:
        values = [self.ordered[list(rows)] if rows else np.empty((0, len(t)))]
        nodes = [self.row_node(r) for r in rows]
        if affine:
            values.append(self.X[:, self.columns].T)
            nodes += [var(j) for j in self.columns]
        return linear(t, np.vstack(values), nodes)[0]

    def power_node(self, t: Array, rows: tuple[int, ...], tol: float = 1e-6) -> Node | None:
        cols = self.log_columns
        values, nodes, exponential = np.empty((len(rows), len(t))), [], []
        for i, r in enumerate(rows):
            k = len(self.factors)
            exponential.append(r >= k)
            if r >= k:
                values[i], node = self.ordered[r - k], self.row_node(r - k)
            else:
                at = self.factors.order[r]
                values[i], node = self.factors.values[at], self.factors.node(at)
            nodes.append(node)
        columns = [var(j) for j in cols]
        return power_law(t, self.X[:, cols].T, columns, values, nodes, exponential, tol=tol)

    # ------------------------------------------------------------------ verdict

    def offer(self, node: Node | None, target: Target) -> list[Node]:
        """The law that `node` makes of `target`, if it is exact or better than what we have."""
        if node is None:
            return []
        p = self.problem
        law = rewrite(target.wrap(node), p.unary, p.binary)
        if law is None or law in self._offered:
            return []
        self._offered.add(law)
        size = complexity(law)
        if size > p.max_complexity + 6:  # its canonical form may be shorter
            return []
        error = relative_error(law, self.X, self.y)
        if not np.isfinite(error):
            return []
        if error < EXACT:
            if size >= self.exact_cost or not agrees(law, p.X, p.y):
                return []
            self.exact, self.exact_cost = law, size
            return [law]
        if error > 1.0 or any(e <= error * 1.02 for s, e in self._best.items() if s <= size):
            return []
        self._best[size] = error
        return [law]

    def consider(self, error: float, make: Callable[[], Node | None], target: Target) -> list[Node]:
        """Offer at once what looks exact; keep the rest for quiet moments."""
        if error < PROMISING:
            return self.offer(make(), target)
        if error < 0.7:
            heapq.heappush(self._later, (error, next(self._ticket), make, target))
            if len(self._later) > 2000:
                self._later = heapq.nsmallest(500, self._later)
        return []

    def drain(self, count: int) -> list[Node]:
        """Offer the best of what was kept."""
        out: list[Node] = []
        for _ in range(min(count, len(self._later))):
            _, _, make, target = heapq.heappop(self._later)
            out += self.offer(make(), target)
        return out


def hit_error(hit: Hit, share: float) -> float:
    """Relative error of the whole target, from the loss on what the free space leaves."""
    return float(np.sqrt(max(hit.loss, 0.0))) * float(share)
