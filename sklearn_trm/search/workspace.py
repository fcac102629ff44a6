"""What the scans share: screened rows, the library, its projections, and acceptance.

Everything is built when first asked for and kept.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from ..expressions.tree import Node, var
from .acceptance import Acceptance
from .assemble import linear, power_law
from .builders import product
from .library import Library, argument_library, product_library, sum_library
from .retrieve import Basis, Hit
from .solvers.polynomial import count_up_to, exponents_up_to
from .transforms import Target

Array = np.ndarray

_FEW_ROWS = 150  # below: 75 rows of five columns were fitted by functions of functions


class Workspace:
    """Screened rows of a (perhaps reduced) problem, its libraries and their projections.

    Parameters
    ----------
    acceptance : Acceptance
        Evaluator of the whole problem, shared by all its reductions.
    X : ndarray of shape (N, d)
    root : Target
        What the columns of `X` shall explain.
    size : int, optional
        About how many rows a library has; as the problem says when omitted.
    wide : tuple of ndarray, optional
        More rows (X, values), the screened ones first: what symmetries are read from.
    columns : sequence of int, optional
        Columns that a law may hold; all when omitted.
    """

    def __init__(
        self,
        acceptance: Acceptance,
        X: Array,
        root: Target,
        size: int | None = None,
        wide: tuple[Array, Array] | None = None,
        columns: Sequence[int] | None = None,
    ) -> None:
        self.problem = acceptance.problem
        self.acceptance = acceptance
        self.X, self.root, self.y = X, root, root.values
        self.size = acceptance.problem.size if size is None else size
        self.wide = (X, root.values) if wide is None else wide
        columns = range(X.shape[1]) if columns is None else columns
        self.columns = [j for j in columns if np.ptp(X[:, j]) > 0]
        self._bases: dict[str, Basis] = {}
        self.offer, self.consider = acceptance.offer, acceptance.consider

    @property
    def d(self) -> int:
        return len(self.columns)

    # ------------------------------------------------------------------ library

    @functools.cached_property
    def sound(self) -> Array:
        """Which rows, in the library's order, may be terms of an inexact law.

        A few rows of the table are fitted by functions of functions by luck.
        """
        lib = self.library
        few = len(self.acceptance.problem.y) < _FEW_ROWS
        return np.asarray(~(lib.nested[lib.order] & few))

    @functools.cached_property
    def library(self) -> Library:
        p = self.problem
        return sum_library(self.X, p.unary, p.binary, self.size, self.columns)

    @functools.cached_property
    def factors(self) -> Library:
        p = self.problem
        return product_library(self.X, p.unary, p.binary, self.size, self.columns)

    @functools.cached_property
    def arguments(self) -> Library:
        p = self.problem
        return argument_library(self.X, p.unary, p.binary, self.size * 9 // 4, self.columns)

    @functools.cached_property
    def ordered(self) -> Array:
        """Library values, cheapest first."""
        return self.library.values[self.library.order]

    def atom_node(self, i: int) -> Node:
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
    def curved_terms(self) -> Array:
        """Exponents of the low-degree monomials that a curved free space holds."""
        fits = [k for k in (4, 3, 2) if count_up_to(self.d, k) <= (24 if k > 2 else 36)]
        degree = fits[0] if fits else 0
        return exponents_up_to(self.d, degree) if degree else np.empty((0, self.d), dtype=int)

    def free_terms(self, kind: str) -> tuple[Array, list[Node]]:
        """Values and nodes of the free space of a kind, the constant left out."""
        if kind == "linear":
            return np.empty((0, len(self.y))), []
        if kind == "affine":
            return self.X[:, self.columns].T, [var(j) for j in self.columns]
        return self._monomials(self.curved_terms[1:])

    def factor_terms(self, most: int) -> tuple[Array, list[Node]]:
        """As `free_terms`: the highest whole degree with at most `most` monomials."""
        degree = next((k for k in (4, 3, 2) if count_up_to(self.d, k) <= most), 1)
        return self._monomials(exponents_up_to(self.d, degree)[1:])

    def _monomials(self, exponents: Array) -> tuple[Array, list[Node]]:
        Z = self.X[:, self.columns]
        values = np.array([np.prod(Z**e, axis=1) for e in exponents])
        nodes = [product(1.0, [(var(self.columns[j]), float(p)) for j, p in enumerate(e) if p])
                 for e in exponents]  # fmt: skip
        return values, nodes

    def weighted_basis(self, kind: str, weight: Array, count: int) -> Basis | None:
        """The first rows of a basis for weighted points; not kept."""
        plain = self.basis(kind)
        if plain is None:
            return None
        if kind == "power":
            index, free = plain.index[:count], self.log_free
            rows = self._log_rows(index)
        else:
            values, _ = self.free_terms(kind)
            index, free = plain.index[:count], np.vstack([np.ones((1, len(self.y))), values])
            rows = self.ordered[index]
        return Basis(rows, free, weight, index)

    def _log_rows(self, index: Array) -> Array:
        k = len(self.factors)
        rows = np.empty((len(index), len(self.y)))
        raw = index >= k
        rows[raw] = self.ordered[index[raw] - k]
        with np.errstate(all="ignore"):
            rows[~raw] = np.log(np.abs(self.factors.values[self.factors.order[index[~raw]]]))
        return rows

    def basis(self, kind: str) -> Basis | None:
        """Library rows modulo a free space.

        "linear": a constant; "affine": the columns too; "curved": low-degree polynomials
        (None where there are too many of them); "power": monomials, in log space.
        """
        if kind == "power":
            return self.log_basis
        if kind not in self._bases:
            if kind == "curved" and not len(self.curved_terms):
                return None
            values, _ = self.free_terms(kind)
            free = np.vstack([np.ones((1, len(self.y))), values])
            self._bases[kind] = Basis(self.ordered, free)
        return self._bases[kind]

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

    def linear_node(
        self,
        t: Array,
        rows: tuple[int, ...],
        kind: str,
        weight: Array | None = None,
        noise: float = 0.0,
    ) -> Node:
        """Closed-form fit of picked rows and a free space to `t`."""
        weight = self.acceptance.root if weight is None else weight
        picked = self.ordered[list(rows)] if rows else np.empty((0, len(t)))
        values, nodes = self.free_terms(kind)
        nodes = [self.atom_node(r) for r in rows] + nodes
        return linear(t, np.vstack([picked, values]), nodes, weight, noise=noise)[0]

    def power_node(
        self, t: Array, rows: tuple[int, ...], tol: float = 1e-6, weight: Array | None = None
    ) -> Node | None:
        weight = self.acceptance.root if weight is None else weight
        cols = self.log_columns
        values, nodes, exponential = np.empty((len(rows), len(t))), [], []
        for i, r in enumerate(rows):
            k = len(self.factors)
            exponential.append(r >= k)
            if r >= k:
                values[i], node = self.ordered[r - k], self.atom_node(r - k)
            else:
                at = self.factors.order[r]
                values[i], node = self.factors.values[at], self.factors.node(at)
            nodes.append(node)
        columns = [var(j) for j in cols]
        return power_law(t, self.X[:, cols].T, columns, values, nodes, exponential, weight, tol)


def hit_error(hit: Hit, share: float) -> float:
    """Relative error of the whole target, from the loss on what the free space leaves."""
    return float(np.sqrt(max(hit.loss, 0.0))) * float(share)
