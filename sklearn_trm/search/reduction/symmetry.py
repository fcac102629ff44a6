"""Symmetries of the data: fewer variables before any scan.

A smooth fit gives gradients at the rows. If along some direction n of log-space
``n . grad log|t| = b`` on every row, then ``t = x_p^b * F`` where F depends on ratios
only (this is dimensional analysis without units); if ``n . grad t = b`` in plain space,
then ``t = b x_p + F`` of differences only. All such directions are the null space of
one matrix; its reduced echelon form names the variable each of them eliminates and
has simple rational entries. (The idea of active subspaces, Constantine 2015.)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...expressions.far import is_narrow
from ...expressions.tree import Node, const
from ..builders import product, weighted_sum
from ..solvers.polynomial import count_up_to, exponents_up_to

Array = np.ndarray

_ORDINARY = (0.05, 60.0)  # sizes of columns for which library rows are made


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
        w = np.ones(n) if weight is None else weight
        most = 1
        while most < max_degree and count_up_to(d, most + 1) <= min(n / 2.2, 130):
            most += 1
        powers = U.T[:, None, :] ** np.arange(most + 1)[None, :, None]  # (d, p, n)
        every = exponents_up_to(d, most)
        whole = np.ones((len(every), n))
        for j in range(d):
            whole *= powers[j][every[:, j]]
        fits = []
        for degree in range(1, most + 1):
            m = count_up_to(d, degree)
            A = whole[:m]
            c, *_ = np.linalg.lstsq((A * w).T, t * w, rcond=1e-10)
            r = (t - A.T @ c) * w
            fits.append((float(np.sqrt(r @ r / max(n - m, 1))), m, c))
        least = min(f[0] for f in fits)
        # the lowest degree that noise cannot tell from the best: its gradients are steadiest
        self.error, m, self.c = next(f for f in fits if f[0] <= 1.05 * least)
        E = every[:m]
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


def _null_rows(M: Array, tol: float) -> list[Array]:
    """Nested null spaces of M (N, d+1), largest first: rows are directions."""
    size = np.sqrt(np.mean(M * M, axis=0))
    size[size == 0] = 1.0
    _, s, vt = np.linalg.svd(M / size, full_matrices=False)
    small = int((s <= tol * s[0]).sum())
    small = min(small, M.shape[1] - 1)
    return [vt[len(s) - k :] / size for k in range(small, 0, -1)]


def rescaling(X: Array, values: Array, nodes: Sequence[Node]) -> Reduction | None:
    """Columns in units in which they are of the order of one; None where all of them are.

    Library rows such as ``exp(-x)`` are made for such columns. A column whose range is narrow
    beside its mean (years) is counted from a round number.

    Parameters
    ----------
    X : ndarray of shape (N, d)
    values : ndarray of shape (N,)
    nodes : sequence of Node
        The columns of `X`.
    """
    low, high = X.min(axis=0), X.max(axis=0)
    middle, wide = (low + high) / 2, high - low
    narrow = is_narrow(X)
    with np.errstate(divide="ignore"):
        step = 10.0 ** np.floor(np.log10(np.where(wide > 0, wide, 1.0)))
    start = np.where(narrow, np.round(middle / step) * step, 0.0)
    size = np.abs(X - start).max(axis=0)
    odd = narrow | (size > _ORDINARY[1]) | (size < _ORDINARY[0])
    if not odd.any():
        return None
    digits = np.log10(np.where(size > 0, size, 1.0))
    # a column that is counted from its middle has both signs: up to ten units to either side
    power = np.where(narrow, np.floor(digits), np.round(digits))
    unit = np.where(odd & (size > 0), 10.0**power, 1.0)
    start = np.where(odd, start, 0.0)
    new = [
        (const(1.0 / float(u)) if u != 1.0 else const(1.0)) * (n - const(float(s)) if s else n)
        for n, u, s in zip(nodes, unit, start, strict=True)
    ]
    return Reduction((X - start) / unit, values, tuple(new))


def scalings(X: Array, t: Array, nodes: list[Node], tol: float = 0.1) -> list[Reduction]:
    """Reductions by scaling symmetries, most variables eliminated first.

    Examples
    --------
    >>> from sklearn_trm.expressions.tree import var
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
    for E, pivots in _most_first(map(_read, _null_rows(M, tol))):
        keep = [j for j in range(X.shape[1]) if j not in pivots]
        if not keep:
            continue
        P = _without_pivots(E, pivots, keep, X.shape[1])
        powers = E[:, -1]
        Xr = np.exp(Z @ P.T)
        values = t / np.exp(Z[:, pivots] @ powers)
        if one_sign:
            smooth = _still_smooth(np.log(Xr), np.log(np.abs(values)), weight, surface.error)
        else:  # residuals in the units of the target
            smooth = _still_smooth(np.log(Xr), values, np.abs(target / values), surface.error)
        if not smooth:
            continue
        new = tuple(
            product(1.0, [(nodes[j], float(e)) for j, e in enumerate(row) if e]) for row in P
        )
        factor = tuple((nodes[p], float(e)) for p, e in zip(pivots, powers, strict=True) if e)
        out.append(Reduction(Xr, values, new, factor))
        break
    return out


def translations(X: Array, t: Array, nodes: list[Node], tol: float = 0.05) -> list[Reduction]:
    """Reductions by translation symmetries: differences and sums of columns."""
    if X.shape[1] < 2:
        return []
    scale = np.std(t)
    target = t / scale
    if (t > 0).all() and t.max() > 4 * np.median(t):
        target = np.log(t)  # the symmetries of t are those of its logarithm
    surface = _Surface(X, target)
    out: list[Reduction] = []
    spaces = _null_rows(surface.gradients, tol)
    readings = (_read(np.column_stack([N, np.zeros(len(N))])) for N in spaces)
    for E, pivots in _most_first(readings):
        keep = [j for j in range(X.shape[1]) if j not in pivots]
        if not keep:
            continue
        P = _without_pivots(E, pivots, keep, X.shape[1])
        Xr = X @ P.T
        if not _still_smooth(Xr, target, None, surface.error):
            continue
        new = tuple(
            weighted_sum([float(e) for e in row if e], [nodes[j] for j, e in enumerate(row) if e])
            for row in P
        )
        out.append(Reduction(Xr, t, new))
        break
    return out


def _read(N: Array) -> list[tuple[Array, list[int]]]:
    """Readings of a null space as clean echelon rows; rows that are not clean are left out.

    Whole numbers with a wide margin come first, then halves with a narrow one.
    """
    E, pivots = _echelon(N)
    out: list[tuple[Array, list[int]]] = []
    for step, tol in ((1.0, 0.35), (0.5, 0.15)):
        rounded = np.round(E / step) * step
        good = (np.abs(rounded - E) <= tol).all(axis=1) & (np.abs(rounded) <= 6).all(axis=1)
        if good.any():
            out.append((rounded[good], [p for p, g in zip(pivots, good, strict=True) if g]))
    return out


def _without_pivots(
    E: np.ndarray, pivots: Sequence[int], keep: Sequence[int], d: int
) -> np.ndarray:
    """Combinations (kept, d) of the columns that the invariances `E` leave unchanged."""
    P = np.eye(d)[keep]
    for row, p in zip(E, pivots, strict=True):
        P[:, p] -= row[keep]
    return P


def _most_first(
    readings: Iterable[list[tuple[Array, list[int]]]],
) -> list[tuple[Array, list[int]]]:
    """All readings, those that eliminate most variables first."""
    return sorted(itertools.chain.from_iterable(readings), key=lambda r: -len(r[1]))


def _still_smooth(Z: Array, values: Array, weight: Array | None, error: float) -> bool:
    """Whether the reduced variables explain the reduced values as well as all did."""
    if not np.isfinite(Z).all() or not np.isfinite(values).all() or np.std(values) == 0:
        return False
    if weight is not None and not np.isfinite(weight).all():
        return False
    return bool(_Surface(Z, values, 7, weight).error <= 1.5 * error + 1e-9)
