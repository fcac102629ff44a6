"""Symmetries of the data: fewer variables before any scan.

A smooth fit gives gradients at the rows. If along some direction n of log-space
``n . grad log|t| = b`` on every row, then ``t = x_p^b * F`` where F depends on ratios
only (this is dimensional analysis without units); if ``n . grad t = b`` in plain space,
then ``t = b x_p + F`` of differences only. All such directions are the null space of
one matrix; its reduced echelon form names the variable each of them eliminates and
has simple rational entries. (The idea of active subspaces, Constantine 2015.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .expression import product, weighted_sum
from .polynomial import count_up_to, exponents_up_to
from .tree import Node

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Reduction:
    """A simpler problem: fewer columns, and how its law becomes ours.

    Attributes
    ----------
    X : ndarray of shape (N, r)
    values : ndarray of shape (N,)
    nodes : tuple of Node
        What the columns of `X` are in terms of the columns before.
    factor : tuple of (Node, float)
        Powers that multiply the law (scaling symmetries).
    terms : tuple of (float, Node)
        Terms that are added to the law (translation symmetries).
    """

    X: Array
    values: Array
    nodes: tuple[Node, ...]
    factor: tuple[tuple[Node, float], ...] = ()
    terms: tuple[tuple[float, Node], ...] = ()

    def restore(self, law: Node) -> Node:
        """A law for the reduced problem as one for the problem before."""
        law = _substitute(law, self.nodes)
        if self.factor:
            above = [(n, e) for n, e in self.factor if e > 0]
            below = [(n, -e) for n, e in self.factor if e < 0]
            if above:
                law = product(1.0, above) * law
            if below:
                law = law / product(1.0, below)
        if self.terms:
            law = weighted_sum(
                [1.0, *[c for c, _ in self.terms]], [law, *[n for _, n in self.terms]]
            )
        return law


def _substitute(law: Node, nodes: tuple[Node, ...]) -> Node:
    if law.is_var:
        return nodes[law.column]
    if not law.children:
        return law
    return Node(law.op, tuple(_substitute(c, nodes) for c in law.children), law.value)


class _Surface:
    """A polynomial through (Z, t): gradients at the rows, and how well it fits."""

    def __init__(
        self, Z: Array, t: Array, max_degree: int = 5, weight: Array | None = None
    ) -> None:
        n, d = Z.shape
        self.mid, self.half = (Z.max(0) + Z.min(0)) / 2, np.maximum(np.ptp(Z, axis=0) / 2, 1e-300)
        U = (Z - self.mid) / self.half
        degree = 1
        while degree < max_degree and count_up_to(d, degree + 1) <= min(n / 2.2, 130):
            degree += 1
        self.degree = degree
        E = exponents_up_to(d, degree)
        powers = U.T[:, None, :] ** np.arange(degree + 1)[None, :, None]  # (d, p, n)
        A = np.ones((len(E), n))
        for j in range(d):
            A *= powers[j][E[:, j]]
        w = np.ones(n) if weight is None else weight
        self.c, *_ = np.linalg.lstsq((A * w).T, t * w, rcond=1e-10)
        r = t - A.T @ self.c
        free = max(n - len(E), 1)
        self.error = float(np.sqrt(r @ r / free) / max(np.std(t), 1e-300))
        G = np.empty((n, d))
        for j in range(d):
            D = np.ones((len(E), n))
            for k in range(d):
                e = E[:, k]
                if k == j:
                    D *= e[:, None] * powers[k][np.maximum(e - 1, 0)]
                else:
                    D *= powers[k][e]
            G[:, j] = (D.T @ self.c) / self.half[j]
        self.gradients = G


def _echelon(N: Array) -> tuple[Array, list[int]]:
    """Reduced row echelon form with the largest pivots, and the pivot columns (not the last)."""
    N = N.copy()
    pivots: list[int] = []
    for r in range(len(N)):
        part = np.abs(N[r:, :-1]).copy()
        part[:, pivots] = 0
        i, j = np.unravel_index(part.argmax(), part.shape)
        N[[r, r + i]] = N[[r + i, r]]
        N[r] /= N[r, j]
        for k in range(len(N)):
            if k != r:
                N[k] -= N[k, j] * N[r]
        pivots.append(int(j))
    return N, pivots


def _simple(v: Array, tol: float) -> Array | None:
    """Entries moved to whole numbers or halves, None where one is too far from them."""
    out = np.where(np.abs(v - np.round(v)) <= tol, np.round(v), np.round(2 * v) / 2)
    return out if (np.abs(out - v) <= tol).all() and (np.abs(out) <= 6).all() else None


def _null_rows(M: Array, tol: float) -> list[Array]:
    """Nested null spaces of M (N, d+1), largest first: rows are directions."""
    size = np.sqrt(np.mean(M * M, axis=0))
    size[size == 0] = 1.0
    _, s, vt = np.linalg.svd(M / size, full_matrices=False)
    small = int((s <= tol * s[0]).sum())
    small = min(small, M.shape[1] - 1)
    return [vt[len(s) - k :] / size for k in range(small, 0, -1)]


def scalings(X: Array, t: Array, nodes: list[Node], tol: float = 0.1) -> list[Reduction]:
    """Reductions by scaling symmetries, most variables eliminated first.

    Examples
    --------
    >>> from sklearn_trm.tree import var
    >>> X = np.random.default_rng(0).uniform(1, 3, (100, 3))
    >>> t = X[:, 0] * np.exp(-X[:, 1] / X[:, 2])
    >>> scalings(X, t, [var(0), var(1), var(2)])[0].X.shape
    (100, 1)
    """
    if X.shape[1] < 2 or (X <= 0).any() or (t == 0).any():
        return []
    Z = np.log(X)
    one_sign = (t > 0).all() or (t < 0).all()
    target = np.log(np.abs(t)) if one_sign else t / np.std(t)
    # the delta method: noise of t is 1/|t| times as large in its logarithm
    weight = np.minimum(np.abs(t) / np.median(np.abs(t)), 3.0) if one_sign else None
    surface = _Surface(Z, target, weight=weight)
    last = np.ones(len(t)) if one_sign else target
    M = np.column_stack([surface.gradients, -last])
    out: list[Reduction] = []
    for N in _null_rows(M, tol):
        found = _read(N)
        if found is None:
            continue
        E, pivots = found
        keep = [j for j in range(X.shape[1]) if j not in pivots]
        if not keep:
            continue
        P = np.eye(X.shape[1])[keep]
        for row, p in zip(E, pivots, strict=True):
            P[:, p] -= row[keep]
        powers = E[:, -1]
        Xr = np.exp(Z @ P.T)
        values = t / np.exp(Z[:, pivots] @ powers)
        small = np.log(np.abs(values)) if one_sign else values
        if not _still_smooth(np.log(Xr), small, target, surface.error):
            continue
        new = tuple(
            product(1.0, [(nodes[j], float(e)) for j, e in enumerate(row) if e]) for row in P
        )
        factor = tuple((nodes[p], float(e)) for p, e in zip(pivots, powers, strict=True) if e)
        out.append(Reduction(Xr, values, new, factor))
        break
    return out


def translations(X: Array, t: Array, nodes: list[Node], tol: float = 0.1) -> list[Reduction]:
    """Reductions by translation symmetries: differences and sums of columns."""
    if X.shape[1] < 2:
        return []
    scale = np.std(t)
    target = t / scale
    if (t > 0).all() and t.max() > 20 * np.median(t):
        return []
    surface = _Surface(X, target)
    out: list[Reduction] = []
    for N in _null_rows(surface.gradients, tol):
        found = _read(np.column_stack([N, np.zeros(len(N))]))
        if found is None:
            continue
        E, pivots = found
        keep = [j for j in range(X.shape[1]) if j not in pivots]
        if not keep:
            continue
        P = np.eye(X.shape[1])[keep]
        for row, p in zip(E, pivots, strict=True):
            P[:, p] -= row[keep]
        Xr = X @ P.T
        if not _still_smooth(Xr, t, target, surface.error):
            continue
        new = tuple(weighted_sum([float(e) for e in row if e], [nodes[j] for j, e in enumerate(row) if e])
                    for row in P)  # fmt: skip
        out.append(Reduction(Xr, t, new))
        break
    return out


def _read(N: Array) -> tuple[Array, list[int]] | None:
    """Clean echelon rows; rows that are not clean are dropped (None when all are)."""
    E, pivots = _echelon(N)
    rows, kept = [], []
    for row, p in zip(E, pivots, strict=True):
        clean = _simple(row, 0.15)
        if clean is not None:
            rows.append(clean)
            kept.append(p)
    # a pivot variable dropped as unclean must not be used by the others: it never is (echelon)
    return (np.array(rows), kept) if rows else None


def _still_smooth(Z: Array, values: Array, target: Array, error: float) -> bool:
    """Whether the reduced variables explain the reduced values as well as all did."""
    if not np.isfinite(Z).all() or not np.isfinite(values).all() or np.std(values) == 0:
        return False
    fit = _Surface(Z, values)
    before = error * np.std(target)
    now = fit.error * np.std(values)
    if abs(np.std(target) - np.std(values / np.std(values))) < 1e-12:
        now, before = fit.error, error
    return bool(now <= 1.5 * before + 1e-9)
