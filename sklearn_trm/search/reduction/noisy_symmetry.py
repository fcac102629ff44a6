"""Symmetries of noisy data, by evidence: fewer variables that explain the rows as well.

Gradients of a noisy surface are too coarse to read exponents from. Here every candidate
symmetry is fitted: a smooth surface in the variables that it leaves must predict as well
as one in all of them. Three kinds of moves take one variable out at a time:

- a power, ``t = x_p**b * F(others)``: `b` is one coefficient of a least-squares fit, known
  to its standard error, and becomes the whole or half number within it;
- a product, ``t = x_i**b * F(x_j * x_i**p, others)``;
- a sum, ``t = F(x_i**q + s * x_j**q, others)``.

Positive targets are seen through their logarithm by the working response of a generalised
linear model (Nelder and Wedderburn 1972), which weighs each row by its own noise and takes
rows whose sign noise has turned.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from ...expressions.tree import Node
from ..builders import power, product
from .surface import LEAST, Surface, smooth
from .symmetry import Reduction

Array = np.ndarray

_MOST_COLUMNS = 10  # whose pairs are looked at
_RATIOS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5)  # exponents p of x_j * x_i**p
_POWERS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 4.0, -4.0)  # exponents b
# what an unusual move must gain, in nats: noise leaves many as good as the true one
_SURE = 1e-100  # standard error of an exponent; a smaller one is rounding
_NATS = {0.0: 0.0, 1.0: 0.0, 2.0: 1.0, 0.5: 3.0, 3.0: 1.5, 4.0: 2.0}
_SUMS = tuple(itertools.product((1.0, 2.0, -1.0), (1.0, -1.0)))  # (q, s)


@dataclass(frozen=True, eq=False)
class Reading:
    """The table with some variables taken together or out.

    Attributes
    ----------
    X : ndarray of shape (n, r)
    nodes : tuple of Node
        What the columns of `X` are.
    factor : tuple of (Node, float)
        Powers that multiply the law.
    scale : ndarray of shape (n,)
        Their product at the rows.
    error : float
        Error of a smooth surface in `X`, in units of ``y``: what noise leaves, or more.
    values : ndarray of shape (n,)
        That surface, for ``y / scale``.
    settled : bool
        Whether the surface leaves nothing but noise.
    mean : ndarray of shape (n,)
        The surface, of this reading or of the one before, for ``y``.
    """

    X: Array
    nodes: tuple[Node, ...]
    factor: tuple[tuple[Node, float], ...]
    scale: Array
    error: float = np.inf
    values: Array | None = None
    settled: bool = False
    mean: Array | None = None

    def reduction(self, y: Array) -> Reduction:
        return Reduction(self.X, y / self.scale, self.nodes, self.factor)

    def without(self, p: int, b: float) -> Reading:
        """Column `p` taken out as a power."""
        keep = [j for j in range(self.X.shape[1]) if j != p]
        factor = (*self.factor, (self.nodes[p], b)) if b else self.factor
        return replace(
            self, X=self.X[:, keep], nodes=tuple(self.nodes[j] for j in keep), factor=factor,
            scale=self.scale * self.X[:, p] ** b,
        )  # fmt: skip

    def joined(self, i: int, j: int, column: Array, node: Node, b: float = 0.0) -> Reading:
        """Columns `i` and `j` made one, a power of column `i` taken out."""
        X, nodes = self.X.copy(), list(self.nodes)
        X[:, j], nodes[j] = column, node
        factor = (*self.factor, (self.nodes[i], b)) if b else self.factor
        scale = self.scale * self.X[:, i] ** b if b else self.scale
        keep = [k for k in range(X.shape[1]) if k != i]
        return replace(
            self, X=X[:, keep], nodes=tuple(nodes[k] for k in keep), factor=factor, scale=scale
        )


def readings(X: Array, y: Array, nodes: Sequence[Node]) -> Iterator[Reading]:
    """Readings with fewer and fewer columns; the last one has the fewest.

    Examples
    --------
    >>> from sklearn_trm.expressions.tree import var
    >>> rng = np.random.default_rng(0)
    >>> X = rng.uniform(1, 3, (400, 3))
    >>> y = X[:, 0] * np.exp(-X[:, 1] / X[:, 2]) + 0.02 * rng.standard_normal(400)
    >>> [str(n) for n in list(readings(X, y, [var(0), var(1), var(2)]))[-1].nodes]
    ['x2/x1']
    """
    state = Reading(X, tuple(nodes), (), np.ones(len(y)))
    other: Reading | None = None
    while True:
        look = _Look(state, y)
        yield look.state
        moves = look.powers()
        if not moves:
            moves = look.joins()
            if len(moves) > 1 and other is None:
                other = moves[1][1]
        if not moves:
            break
        state = moves[0][1]
    # a second reading: what differs least from the choice where choosing began
    while other is not None:
        look = _Look(other, y)
        moves = look.powers() or look.joins()
        other = moves[0][1] if moves else None
        if other is None:
            yield look.state


def seems_noisy(X: Array, y: Array) -> bool:
    """Whether a smooth surface stops improving with its degree long before it is good."""
    look = _surfaces(X, y, np.ones(len(y)))
    U, surface = min(look, key=lambda s: s[1].gcv)
    return (
        surface.settled
        and surface.gcv > (3e-4 * np.std(y)) ** 2
        and surface.values is not None
        and white(y - surface.values, U)
    )


def _surfaces(X: Array, y: Array, scale: Array) -> list[tuple[Array, Surface]]:
    """Surfaces in logarithms of the positive columns, and in the columns themselves."""
    logs, positive = X.copy(), (X > 0).all(axis=0)
    logs[:, positive] = np.log(X[:, positive])
    return [(U, smooth(U, y, scale=scale, values=True)) for U in (logs, X)]


def _values(surface: Surface) -> Array:
    assert surface.values is not None
    return surface.values


def same_columns(a: Reading, b: Reading) -> bool:
    """Whether two readings leave the same columns, perhaps upside down."""
    if a.X.shape != b.X.shape:
        return False
    with np.errstate(all="ignore"):
        u, v = (np.where((r.X > 0).all(axis=0), np.log(np.abs(r.X)), r.X) for r in (a, b))
        c = np.abs(np.corrcoef(u.T, v.T))
    d = a.X.shape[1]
    return bool((np.nan_to_num(c)[:d, d:].max(axis=1) > 1 - 1e-9).all()) if d else True


def white(residual: Array, U: Array, most: float = 3.0) -> bool:
    """Whether residuals of neighbouring rows have nothing to do with each other.

    Their correlation may be `most` standard errors from 0.

    Examples
    --------
    >>> U = np.linspace(0, 1, 500)[:, None]
    >>> white(np.sin(20 * U[:, 0]), U), white(np.random.default_rng(0).standard_normal(500), U)
    (False, True)
    """
    if U.shape[1] == 0:
        return True
    spread = np.ptp(U, axis=0)
    spread[spread == 0] = 1.0
    _, near = cKDTree(U / spread).query(U / spread, k=2)
    r = residual - residual.mean()
    limit = np.sqrt(max(float(np.mean(r * r)), 1e-300)) * 4
    r = np.clip(r, -limit, limit)
    return bool(r @ r[near[:, 1]] < most * (r @ r) / np.sqrt(len(r)))


def _unusual(*exponents: float) -> float:
    return sum(_NATS.get(abs(e), 3.0) for e in exponents)


def bounded_exp(a: Array) -> Array:
    """The exponential of a surface, which may be anywhere where it does not fit."""
    return np.exp(np.clip(a, -300, 300))


class _Look:
    """One reading, its surfaces, and the moves that they allow."""

    def __init__(self, state: Reading, y: Array) -> None:
        self.y, self.n, self.state = y, len(y), state
        self.positive = [bool((x > 0).all()) for x in state.X.T]
        (logs, first), (_, second) = _surfaces(state.X, y, state.scale)
        self.logs, self.plain = logs, [first, second]
        least = min(self.plain, key=lambda s: s.gcv)
        self.log = False
        self.bases = [s.gcv for s in self.plain]
        if self._one_sign(least):
            if state.mean is None:
                self._link(_values(least), float(np.sqrt(least.gcv)))
            else:
                self._link(state.mean, state.error)
        mean = _values(least)
        if self.log:
            least = min(self.linked, key=lambda s: s.gcv)
            mean = bounded_exp(_values(least)) * self.sign * state.scale
            self.bases = [s.gcv for s in self.linked]
        self.state = replace(
            state, error=float(np.sqrt(least.gcv)), values=mean / state.scale, mean=mean,
            settled=least.settled and white(y - mean, logs),
        )  # fmt: skip
        self.tolerance = 1 + 3 * np.sqrt(2 * least.terms) / self.n
        self.low = [self._fit(U, 2).gcv for U in (logs, state.X)]

    def _one_sign(self, surface: Surface) -> bool:
        y = self.y
        self.sign = 1.0 if np.median(y) > 0 else -1.0
        wrong = -self.sign * y[self.sign * y <= 0]
        return not len(wrong) or float(wrong.max()) < 4 * np.sqrt(surface.gcv)

    def _link(self, mean: Array, noise: float) -> None:
        """The working response of the logarithm, from a surface for `y` and its error."""
        state = self.state
        size = np.sqrt(np.mean(self.y**2))
        self.noise = noise
        y, mu = self.sign * self.y, self.sign * mean
        if state.mean is None:
            # where a plain surface fails, the rows themselves tell more
            far = np.abs(mu - y) > 0.3 * np.abs(mu)
            mu = np.where(far, np.maximum(y, mu / 3), mu)
            mu = np.maximum(mu, np.maximum(0.02 * size, 0.5 * noise))
        mu = np.maximum(mu, 1e-6 * size)
        self.z, self.weight = self._response(np.log(mu / state.scale))
        self.log = True
        for _ in range(2):
            linked = [self._linked(U) for U in (self.logs, state.X)]
            self.linked = linked
            best = min(linked, key=lambda s: s.gcv)
            if not np.isfinite(best.gcv):
                self.log = False
                return
            self.noise = np.sqrt(best.gcv)
            self.z, self.weight = self._response(_values(best))

    def _response(self, log_mean: Array) -> tuple[Array, Array]:
        """Working response and weights of the logarithm around a surface."""
        t = self.sign * self.y / self.state.scale
        mean = bounded_exp(log_mean)
        mu = mean * self.state.scale
        delta = np.clip(t / mean - 1, -30.0, 30.0)
        # rows with little noise need no linear approximation
        sure = (t > 0) & (self.noise < 0.1 * mu)
        with np.errstate(all="ignore"):
            return log_mean + np.where(sure, np.log(t / mean), delta), mu

    def _linked(self, U: Array, extra: Array | None = None) -> Surface:
        """A surface of the logarithm, judged by its errors of `y` itself."""
        first = smooth(U, self.z, self.weight, None, extra, values=True)
        if first.values is None:
            return first
        z, weight = self._response(np.clip(first.values, self.z.min(), self.z.max()))
        found = smooth(U, z, weight, None, extra, values=True)
        if found.values is None:
            return found
        with np.errstate(all="ignore"):
            error = self.sign * self.y - bounded_exp(found.values) * self.state.scale
            error = np.clip(error, -1e150, 1e150)
        # never nothing: errors are compared by their ratios
        gcv = float(np.mean(error * error) + LEAST) / (1 - found.terms / self.n) ** 2
        return replace(found, gcv=gcv if np.isfinite(gcv) else np.inf)

    def _fit(
        self, U: Array, degree: int | None = None, extra: Array | None = None,
        scale: Array | None = None,
    ) -> Surface:  # fmt: skip
        if self.log and degree is None:
            return self._linked(U, extra)
        if self.log:
            return smooth(U, self.z, self.weight, degree, extra)
        factor = self.state.scale if scale is None else self.state.scale * scale
        return smooth(U, self.y, None, degree, scale=factor)

    # ------------------------------------------------------------------ moves

    def powers(self) -> list[tuple[float, Reading]]:
        """Columns that are pure powers or do not matter."""
        out: list[tuple[float, Reading]] = []
        d = self.state.X.shape[1]
        for p in range(d):
            others = np.delete(self.logs, p, axis=1)
            found = self._power(others, p)
            if found is not None:
                out.append((found[0], self.state.without(p, found[1])))
        return sorted(out, key=lambda m: m[0])

    def joins(self) -> list[tuple[float, Reading]]:
        """Pairs of columns that are one."""
        s = self.state
        if s.X.shape[1] > _MOST_COLUMNS:
            return []  # hundreds of pairs at milliseconds each: not within a stage
        out: list[tuple[float, Reading]] = []
        rough: list[tuple[float, int, tuple]] = []
        for i, j in itertools.combinations(range(s.X.shape[1]), 2):
            if self.positive[i] and self.positive[j]:
                for p in _RATIOS:
                    U = self.logs.copy()
                    U[:, j] += p * U[:, i]
                    U = np.delete(U, i, axis=1)
                    b = self._power(U, i, 2)
                    if b is not None:
                        rough.append((b[0], len(rough), ("product", i, j, p)))
            for q, sign in _SUMS:
                if q < 0 and not (self.positive[i] and self.positive[j]):
                    continue
                U = s.X.copy()
                U[:, j] = U[:, i] ** q + sign * U[:, j] ** q
                U = np.delete(U, i, axis=1)
                ratio = self._fit(U, {1: 5, 2: 3}.get(U.shape[1], 2)).gcv / self.low[1]
                if ratio < 1.2 * self.tolerance:
                    rough.append((ratio, len(rough), ("sum", i, j, q, sign)))
        for _, _, move in sorted(rough)[:16]:
            found = self._closely(move)
            if found is not None:
                out.append(found)
        return sorted(out, key=lambda m: m[0])

    def _closely(self, move: tuple) -> tuple[float, Reading] | None:
        s, (i, j) = self.state, move[1:3]
        if move[0] == "product":
            p = move[3]
            U = self.logs.copy()
            U[:, j] += p * U[:, i]
            found = self._power(np.delete(U, i, axis=1), i)
            if found is None:
                return None
            column = s.X[:, j] * s.X[:, i] ** p
            node = product(1.0, [(s.nodes[j], 1.0), (s.nodes[i], p)])
            price = np.exp(2 * _unusual(p, found[1]) / self.n)
            return found[0] * price, s.joined(i, j, column, node, found[1])
        q, sign = move[3:]
        column = s.X[:, i] ** q + sign * s.X[:, j] ** q
        U = s.X.copy()
        U[:, j] = column
        gcv = self._fit(np.delete(U, i, axis=1)).gcv
        if (column > 0).all():
            U[:, j] = np.log(column)
            gcv = min(gcv, self._fit(np.delete(U, i, axis=1)).gcv)
        if gcv > self.tolerance * min(self.bases[1], 2 * min(self.bases)):
            return None
        a, b = power(s.nodes[i], q), power(s.nodes[j], q)
        price = np.exp(2 * (1 + _unusual(q)) / self.n)
        return gcv / min(self.bases) * price, s.joined(i, j, column, a + b if sign > 0 else a - b)

    def _power(self, U: Array, i: int, degree: int | None = None) -> tuple[float, float] | None:
        """How much worse (ratio, exponent) a surface of `U` times a power of column `i` is."""
        base = self.bases[0] if degree is None else self.low[0]
        slack = self.tolerance if degree is None else 1.2 * self.tolerance
        if not self.positive[i]:
            found = self._fit(U, degree)
            return (found.gcv / base, 0.0) if found.gcv <= slack * base else None
        if self.log:
            found = self._fit(U, degree, self.logs[:, i])
            if not found.gcv <= slack * base:  # or no number
                return None
            b, sigma = found.slope, found.slope_error
            if degree is not None:
                return found.gcv / base, b
            for step in (1.0, 0.5):
                near = round(b / step) * step
                if abs(b - near) <= 3 * sigma + 1e-3 and sigma < 0.2 * step and abs(near) <= 6:
                    worse = 1 + min(abs(b - near) / max(sigma, _SURE), 1 / _SURE) ** 2 / self.n
                    return found.gcv / base * worse / min(self.bases) * self.bases[0], near
            return None
        options = []
        for b in _POWERS if degree is None else _POWERS[:5]:
            found = self._fit(U, degree, scale=self.state.X[:, i] ** b)
            options.append((found.gcv, abs(b), b))
        gcv, _, b = min(options)
        return (gcv / base, b) if gcv <= slack * base else None
