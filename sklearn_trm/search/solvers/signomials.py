"""Sums of power products: ``a*x0**2/x1 + b*sqrt(x2)*x3 + c``, exponents and all.

Logarithms tell the exponents of one power product, not those of a sum of two or three, the
signomials of geometric programming (R. Duffin and E. Peterson, "Geometric programming with
signomials", 1973). Here they are found by steps from many starts at usual exponents (`descents`);
what is left is moved to usual exponents.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...expressions.tree import Node, call, var
from ..assemble import linear, solve, tidy_exponents
from ..builders import product, weighted_sum
from ..transforms import Target
from ..workspace import Workspace
from .descents import Descent, Logs

Array = np.ndarray
Candidates = Iterator[Node | None]

# power products, and whether there is a level
SHAPES = (1, True), (2, False), (2, True), (3, False), (3, True)
USUAL = np.array([-2.0, -1.0, -1.0, -0.5, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 2.0])
_STARTS = 48  # for each power product
_ROWS = 80  # on which starts are compared
_MOST_ROWS = 1000  # on which the best are fitted
_SPARE = 2  # rows more than numbers
_STEPS, _LAST = 40, 15  # of starts, and of the best on all rows
_HALVED = 6, 14, 24  # steps after which two of three are given up
_BEST = 3  # that are written
_TIDY = 0.1, 0.004  # how far an exponent may be from a usual one


class PowerProducts:
    """Power products as terms; their inner numbers are exponents, what they hold is `odd`."""

    def __init__(self, logs: Logs, count: int) -> None:
        self._logs, self._shape = logs, (-1, count, len(logs.values))

    def values(self, at: Array, held: Array) -> Array:
        """The products."""
        return self._logs.products(at.reshape(self._shape), held.reshape(self._shape))

    def slopes(self, at: Array, held: Array, terms: Array, c: Array) -> Array:
        """Each product times a logarithm."""
        slopes = (c[..., None, None] * terms[:, :, None]) * self._logs.values
        return slopes.reshape(*at.shape, -1)


def signomials(ws: Workspace, target: Target) -> Candidates:
    """Sums of one to three power products of the columns, with a level and without."""
    if ws.d < 2:
        return
    logs, y, weights = Logs.of(ws), target.values, weights_of(ws, target)
    if weights is None:
        return
    few = np.linspace(0, len(y) - 1, min(len(y), _ROWS)).astype(int)
    many = np.linspace(0, len(y) - 1, min(len(y), _MOST_ROWS)).astype(int)
    for terms, level in SHAPES:
        if len(few) < terms * (ws.d + 1) + level + _SPARE:
            return
        rng = np.random.default_rng([terms, level])
        shape = terms * _STARTS, terms, ws.d
        odd = (rng.integers(0, 2, shape) * logs.below.any(axis=1)).reshape(shape[0], -1)
        first = PowerProducts(logs.at(few), terms)
        at = rng.choice(USUAL, shape).reshape(shape[0], -1)
        starts = Descent(first, y[few], weights[few], level, at, odd)
        starts.run(_STEPS, _HALVED)
        starts.keep(_BEST)
        yield None
        last = PowerProducts(logs.at(many), terms)
        best = Descent(last, y[many], weights[many], level, starts.at, starts.held)
        best.run(_LAST)
        best.keep(_BEST)
        for at, odds in zip(best.at, best.held, strict=True):
            own = at.reshape(terms, -1), odds.reshape(terms, -1)
            for law in _laws(ws, target, weights, level, *own, logs):
                yield from ws.offer(law, target)
            yield None


def usual(exponents: Array) -> list[Array]:
    """Exponents at the nearest whole ones, at halves, and where they are near other usual ones."""
    near = [np.array([tidy_exponents(e, tol) for e in exponents]) for tol in _TIDY]
    return [np.round(exponents), np.round(2.0 * exponents) / 2.0, *near]


def weights_of(ws: Workspace, target: Target) -> Array | None:
    """Roots of the weights of the rows, as errors are those of y; None where there is no target."""
    y = target.values
    root = np.ones(len(y)) if ws.acceptance.root is None else ws.acceptance.root
    slope = np.ones(len(y)) if target.slope is None else np.abs(target.slope)
    weights = root / np.maximum(slope, 1e-9 * slope.max())
    usable = np.isfinite(y).all() and np.isfinite(weights).all() and (y * weights).any()
    return weights if usable else None


def _laws(
    ws: Workspace, target: Target, weights: Array, level: bool, exponents: Array, odd: Array,
    logs: Logs,
) -> Iterator[Node]:  # fmt: skip
    """A sum with its exponents at the nearest whole ones, halves, and other usual ones."""
    one_sign = ~logs.below.any(axis=1)
    seen: set[bytes] = set()
    for some in usual(exponents):
        # a sign counts of odd powers, and of these only
        sound = one_sign | (odd == 0) | ((some == np.round(some)) & (some % 2.0 == 1.0))
        some = np.concatenate([some + 0.0, odd], axis=1)[sound.all(axis=1)]
        some = np.unique(some, axis=0)
        if not len(some) or some.tobytes() in seen:
            continue
        seen.add(some.tobytes())
        products = [power_product(ws, row[: ws.d], row[ws.d :]) for row in some]
        values, nodes = np.array([p for p, _ in products]), [node for _, node in products]
        if not np.isfinite(values).all():
            continue
        if level:
            yield linear(target.values, values, nodes, weights)[0]
        else:
            c = solve(values, target.values, weights)[0]
            yield weighted_sum([float(v) for v in c], nodes, 0.0)


def power_product(ws: Workspace, exponents: Array, odd: Array) -> tuple[Array, Node]:
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
