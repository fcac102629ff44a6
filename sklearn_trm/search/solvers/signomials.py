"""Sums of power products: ``a*x0**2/x1 + b*sqrt(x2)*x3 + c``, exponents and all.

Logarithms tell the exponents of one power product, not those of a sum of two or three, the
signomials of geometric programming (R. Duffin and E. Peterson, "Geometric programming with
signomials", 1973). Here they are found by Levenberg-Marquardt steps from many starts at usual
exponents, with the coefficients projected out (G. Golub and V. Pereyra, "The differentiation of
pseudo-inverses and nonlinear least squares problems whose variables separate", 1973, with the
slopes of L. Kaufman, 1975). All starts step at once, and again and again the worse ones are given
up; what is left is moved to usual exponents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...expressions.least_squares import solve_normal
from ...expressions.tree import Node, call, var
from ..assemble import linear, solve, tidy_exponents
from ..builders import product, weighted_sum
from ..transforms import Target
from ..workspace import Workspace

Array = np.ndarray
Candidates = Iterator[Node | None]

# power products, and whether there is a level
SHAPES = (1, True), (2, False), (2, True), (3, False), (3, True)
_USUAL = np.array([-2.0, -1.0, -1.0, -0.5, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 2.0])
_STARTS = 48  # for each power product
_LARGEST = 6.0  # exponent
_ROWS = 80  # on which starts are compared
_MOST_ROWS = 1000  # on which the best are fitted
_SPARE = 2  # rows more than numbers
_STEPS, _LAST = 40, 15  # of starts, and of the best on all rows
_HALVED, _LEFT = (6, 14, 24), 8  # steps after which two of three are given up; not of so few
_BEST = 3  # that are written
_EXACT = 1e-26  # share of the target's square
_LIMIT = 50.0  # of a logarithm
_ZERO = 30.0  # the logarithm of zero, below that of the least other value
_TIDY = 0.1, 0.004  # how far an exponent may be from a usual one


@dataclass(frozen=True, eq=False)
class Logs:
    """Columns as power products take them.

    Attributes
    ----------
    values : ndarray of shape (d, N)
        Their logarithms, centred.
    below : ndarray of shape (d, N)
        Where a column of both signs is negative; nowhere else.
    """

    values: Array
    below: Array

    @classmethod
    def of(cls, ws: Workspace) -> Logs:
        x = ws.X[:, ws.columns].T
        size = np.abs(x)
        least = np.where(size > 0.0, size, np.inf).min(axis=1, keepdims=True)
        logs = np.log(np.maximum(size, least)) - _ZERO * (size == 0.0)
        both = (x < 0.0).any(axis=1, keepdims=True) & (x > 0.0).any(axis=1, keepdims=True)
        return cls(logs - logs.mean(axis=1, keepdims=True), (x < 0.0) & both)

    def at(self, rows: Array) -> Logs:
        """Some rows."""
        return Logs(self.values[:, rows], self.below[:, rows])


class Descent:
    """Sums of power products that step towards a target, all at once.

    Parameters
    ----------
    logs : Logs
    target, root : ndarray of shape (N,)
        What they shall explain, and roots of the weights of the rows.
    level : bool
        Whether there is a level.
    exponents, odd : ndarray of shape (S, K, d)
        Of the power products; `odd` is 1 where the sign of a column counts.
    """

    def __init__(
        self, logs: Logs, target: Array, root: Array, level: bool, exponents: Array, odd: Array
    ) -> None:
        self._logs, self._y, self._root = logs, target * root, root
        self._level = level
        self.exponents, self.odd = exponents, odd
        self._damping = np.full(len(exponents), 0.1)
        self._parts = self._of(exponents, odd)

    @property
    def loss(self) -> Array:
        """What is left, as a share of the target's square."""
        return self._parts[-1] / float(self._y @ self._y)

    def _of(self, exponents: Array, odd: Array) -> tuple[Array, ...]:
        """Unit terms, their Gram matrices, coefficients, what is left and its square."""
        logs = np.clip(exponents @ self._logs.values, -_LIMIT, _LIMIT)
        terms = np.exp(logs) * self._root
        if self._logs.below.any():
            terms = terms * (1.0 - 2.0 * ((odd @ self._logs.below) % 2.0))
        if self._level:
            ones = np.broadcast_to(self._root, (len(terms), 1, len(self._root)))
            terms = np.concatenate([terms, ones], axis=1)
        terms = terms / np.sqrt((terms * terms).sum(axis=2, keepdims=True))
        gram = terms @ terms.transpose(0, 2, 1) + 1e-13 * np.eye(terms.shape[1])
        c = solve_normal(gram, (terms @ self._y)[..., None])[..., 0]
        left = self._y - (c[:, None] @ terms)[:, 0]
        loss = (left * left).sum(axis=1)
        return terms, gram, c, left, np.where(np.isfinite(loss), loss, np.inf)

    def run(self, steps: int, halved: Sequence[int] = ()) -> None:
        """So many steps, or until one is exact; after some of them the worse are given up."""
        for step in range(steps):
            self._step()
            if step in halved and len(self.exponents) > _LEFT:
                self.keep(max(len(self.exponents) // 3, _LEFT))
            if self.loss.min() < _EXACT:
                return

    def _step(self) -> None:
        terms, gram, c, left, loss = self._parts
        starts, count, d = self.exponents.shape
        slopes = (c[:, :count, None, None] * terms[:, :count, None]) * self._logs.values
        J = slopes.reshape(starts, count * d, -1)
        J = J - solve_normal(gram, terms @ J.transpose(0, 2, 1)).transpose(0, 2, 1) @ terms
        H, g = J @ J.transpose(0, 2, 1), (J @ left[..., None])[..., 0]
        size = np.einsum("spp->sp", H)
        size = size + 1e-8 * size.max(axis=1, keepdims=True) + 1e-300
        H = H + (self._damping[:, None] * size)[..., None] * np.eye(count * d)
        step = np.clip(solve_normal(H, g[..., None])[..., 0], -1.0, 1.0)
        new = np.clip(self.exponents + step.reshape(self.exponents.shape), -_LARGEST, _LARGEST)
        tried = self._of(new, self.odd)
        better = tried[-1] < loss
        self.exponents = np.where(better[:, None, None], new, self.exponents)
        self._parts = tuple(
            np.where(better.reshape(-1, *[1] * (now.ndim - 1)), then, now)
            for then, now in zip(tried, self._parts, strict=True)
        )
        self._damping = np.clip(self._damping * np.where(better, 0.3, 4.0), 1e-12, 1e8)

    def keep(self, count: int) -> None:
        """Give up all but the best."""
        at = np.argsort(self._parts[-1], kind="stable")[:count]
        self.exponents, self.odd = self.exponents[at], self.odd[at]
        self._damping, self._parts = self._damping[at], tuple(part[at] for part in self._parts)


def signomials(ws: Workspace, target: Target) -> Candidates:
    """Sums of one to three power products of the columns, with a level and without."""
    if ws.d < 2:
        return
    logs, y = Logs.of(ws), target.values
    root = np.ones(len(y)) if ws.acceptance.root is None else ws.acceptance.root
    slope = np.ones(len(y)) if target.slope is None else np.abs(target.slope)
    weights = root / np.maximum(slope, 1e-9 * slope.max())  # errors are those of y
    if not (np.isfinite(y).all() and np.isfinite(weights).all() and (y * weights).any()):
        return
    few = np.linspace(0, len(y) - 1, min(len(y), _ROWS)).astype(int)
    many = np.linspace(0, len(y) - 1, min(len(y), _MOST_ROWS)).astype(int)
    for terms, level in SHAPES:
        if len(few) < terms * (ws.d + 1) + level + _SPARE:
            return
        rng = np.random.default_rng([terms, level])
        shape = terms * _STARTS, terms, ws.d
        odd = rng.integers(0, 2, shape) * logs.below.any(axis=1)
        starts = Descent(logs.at(few), y[few], weights[few], level, rng.choice(_USUAL, shape), odd)
        starts.run(_STEPS, _HALVED)
        starts.keep(_BEST)
        yield None
        best = Descent(logs.at(many), y[many], weights[many], level, starts.exponents, starts.odd)
        best.run(_LAST)
        best.keep(_BEST)
        for exponents, odds in zip(best.exponents, best.odd, strict=True):
            for law in _laws(ws, target, weights, level, exponents, odds, logs):
                yield from ws.offer(law, target)
            yield None


def _laws(
    ws: Workspace, target: Target, weights: Array, level: bool, exponents: Array, odd: Array,
    logs: Logs,
) -> Iterator[Node]:  # fmt: skip
    """A sum with its exponents at the nearest whole ones, halves, and other usual ones."""
    rounded = [np.round(exponents), np.round(2.0 * exponents) / 2.0]
    rounded += [np.array([tidy_exponents(e, tol) for e in exponents]) for tol in _TIDY]
    one_sign = ~logs.below.any(axis=1)
    seen: set[bytes] = set()
    for some in rounded:
        # a sign counts of odd powers, and of these only
        sound = one_sign | (odd == 0) | ((some == np.round(some)) & (some % 2.0 == 1.0))
        some = np.concatenate([some + 0.0, odd], axis=1)[sound.all(axis=1)]
        some = np.unique(some, axis=0)
        if not len(some) or some.tobytes() in seen:
            continue
        seen.add(some.tobytes())
        products = [_product(ws, row[: ws.d], row[ws.d :]) for row in some]
        values, nodes = np.array([p for p, _ in products]), [node for _, node in products]
        if not np.isfinite(values).all():
            continue
        if level:
            yield linear(target.values, values, nodes, weights)[0]
        else:
            c = solve(values, target.values, weights)[0]
            yield weighted_sum([float(v) for v in c], nodes, 0.0)


def _product(ws: Workspace, exponents: Array, odd: Array) -> tuple[Array, Node]:
    """Values and node of a power product."""
    factors: list[tuple[Node, float]] = []
    values = np.ones(len(ws.X))
    for j, e, counts in zip(ws.columns, exponents.tolist(), odd.tolist(), strict=True):
        if e == 0.0:
            continue
        x, node = ws.X[:, j], var(j)
        is_even = e % 2.0 == 0.0
        if (x < 0.0).any() and not (is_even or (e.is_integer() and (counts or (x <= 0.0).all()))):
            x, node = np.abs(x), call("abs", node)
        with np.errstate(all="ignore"):
            values = values * x**e
        factors.append((node, e))
    return values, product(1.0, factors)
