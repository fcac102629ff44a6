"""Products with a function of a product: ``a*x0*exp(-k*x1/x2) + b*x3**2 + c``, exponents and all.

What `signomials` do for sums of power products is done here for one that has a function inside, of
a power product with a number of its own, alone or beside another power product. Decays with a
rate that depends on columns, relativistic roots, waves of products and saturations of one kind are
such laws. Exponents begin at usual ones, all numbers step together (`descents`), and what is left
is moved to usual exponents while the other numbers go on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ...expressions.tree import Node, call, const
from ..assemble import linear, solve
from ..builders import clean, product, weighted_sum
from ..transforms import Target
from ..workspace import Workspace
from .descents import LARGEST, Descent, Logs
from .signomials import USUAL, power_product, usual, weights_of

Array = np.ndarray
Candidates = Iterator[Node | None]

_STARTS = 192, 384  # alone, beside a power product
_ROWS = 60  # on which starts are compared
_MOST_ROWS = 1000  # on which the best are fitted
_SPARE = 3  # rows more than numbers
_STEPS, _LAST = 60, 20  # of starts, and of what has usual exponents
_HALVED = 12, 24, 36  # steps after which two of three starts are given up
_BEST = 3  # starts that are written
_WORTH = 0.4  # of the variance: more is left by no law


@dataclass(frozen=True)
class Function:
    """What a power product is inside of, with at most one number more.

    Attributes
    ----------
    value, slope : callable
        Of the inner product and the further number.
    further : callable, optional
        The slope in that number.
    begins : tuple of float
        Where it may begin.
    write : callable
        The tree, of those of the inner product and of its number.
    needs : tuple of str
        Operators.
    """

    value: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], Array]
    write: Callable[[Node, float], Node]
    needs: tuple[str, ...]
    further: Callable[[Array, Array], Array] | None = None
    begins: tuple[float, ...] = (0.0,)


def _plus_one(g: Array) -> Array:
    return np.where(g > -1.0, 1.0 + g, np.nan)


def _wave(inner: Node, phase: float) -> Node:
    return call("sin", inner if phase == 0.0 else inner + const(phase))


_ONE = const(1.0)
FUNCTIONS = (
    Function(lambda g, p: np.exp(np.clip(g, -50.0, 50.0)),
             lambda g, p: np.exp(np.clip(g, -50.0, 50.0)),
             lambda inner, p: call("exp", inner), ("exp",)),
    Function(lambda g, p: _plus_one(g) ** p, lambda g, p: p * _plus_one(g) ** (p - 1.0),
             lambda inner, p: product(1.0, [(_ONE + inner, p)]),
             (), lambda g, p: _plus_one(g) ** p * np.log(_plus_one(g)),
             (-2.0, -1.0, -1.0, -0.5, 0.5, 2.0)),
    Function(lambda g, p: np.sin(g + p), lambda g, p: np.cos(g + p), _wave, ("sin", "cos"),
             lambda g, p: np.cos(g + p), (0.0, 0.5 * math.pi, 2.5, -1.0)),
    Function(lambda g, p: np.log(_plus_one(g)), lambda g, p: 1.0 / _plus_one(g),
             lambda inner, p: call("log", _ONE + inner), ("log",)),
    Function(lambda g, p: np.tanh(g), lambda g, p: 1.0 - np.tanh(g) ** 2,
             lambda inner, p: call("tanh", inner), ("tanh",)),
    Function(lambda g, p: np.tan(g), lambda g, p: 1.0 + np.tan(g) ** 2,
             lambda inner, p: call("tan", inner), ("tan",)),
)  # fmt: skip


class Composite:
    """A power product times a function of another one, and `more` power products beside it.

    Inner numbers are the exponents outside and inside, those of the products beside, the logarithm
    of the number inside, and the function's own. A start holds which signs count, and the sign of
    the number inside.
    """

    def __init__(self, logs: Logs, function: Function, more: int) -> None:
        self.logs, self.function, self.more = logs, function, more
        self._d = len(logs.values)
        self.exponents = (2 + more) * self._d

    def parted(self, at: Array, held: Array) -> tuple[Array, ...]:
        """Exponents and which signs count (S, 2 + more, d); number inside; the function's own."""
        shape = len(at), 2 + self.more, self._d
        exponents = at[:, : self.exponents].reshape(shape)
        odd = held[:, : self.exponents].reshape(shape)
        size = np.exp(np.clip(at[:, self.exponents], -LARGEST, LARGEST))
        return exponents, odd, held[:, -1] * size, at[:, -1]

    def _inside(self, at: Array, held: Array) -> tuple[Array, Array, Array]:
        exponents, odd, number, own = self.parted(at, held)
        products = self.logs.products(exponents, odd)
        return products, number[:, None] * products[:, 1], own[:, None]

    def values(self, at: Array, held: Array) -> Array:
        """The composed term, and the products beside it."""
        products, g, own = self._inside(at, held)
        with np.errstate(all="ignore"):
            first = products[:, 0] * self.function.value(g, own)
        return np.concatenate([first[:, None], products[:, 2:]], axis=1)

    def slopes(self, at: Array, held: Array, terms: Array, c: Array) -> Array:
        """By the chain rule; weights of rows are those of the terms."""
        _, g, own = self._inside(at, held)
        with np.errstate(all="ignore"):
            value = self.function.value(g, own)
            weight = terms[:, 0] / value  # the outer product with the roots of the weights
            weight = np.where(np.isfinite(weight), weight, 0.0) * c[:, :1]
            inner = weight * self.function.slope(g, own) * g
            further = self.function.further
            last = np.zeros_like(inner) if further is None else weight * further(g, own)
        logs = self.logs.values
        outside = (c[:, :1] * terms[:, 0])[:, None] * logs
        beside = (c[:, 1:, None, None] * terms[:, 1:, None]) * logs
        return np.concatenate(
            [outside, inner[:, None] * logs, beside.reshape(len(at), -1, logs.shape[1]),
             inner[:, None], last[:, None]],
            axis=1,
        )  # fmt: skip


def composites(ws: Workspace, target: Target) -> Candidates:
    """Products with a function of one inside, alone or beside another, and a level."""
    if ws.d < 2:
        return
    logs, y = Logs.of(ws), target.values
    weights = weights_of(ws, target)
    if weights is None:
        return
    few = np.linspace(0, len(y) - 1, min(len(y), _ROWS)).astype(int)
    spread = float(np.average((y - np.average(y, weights=weights**2)) ** 2, weights=weights**2))
    worth = _WORTH * spread / float(np.average(y**2, weights=weights**2))
    for more in (0, 1):
        if len(few) < (2 + more) * ws.d + 3 + _SPARE:
            return
        for place, function in enumerate(FUNCTIONS):
            if not set(function.needs) <= set(ws.problem.unary):
                continue
            rng = np.random.default_rng([more, place])
            terms = Composite(logs.at(few), function, more)
            at, held = _first(rng, _STARTS[more], terms.exponents, logs, function)
            starts = Descent(terms, y[few], weights[few], True, at, held)
            starts.run(_STEPS, _HALVED)
            starts.keep(_BEST)
            yield None
            if starts.loss.min() < worth:
                yield from _written(ws, target, weights, Composite(logs, function, more), starts)
                yield None


def _first(
    rng: np.random.Generator, count: int, exponents: int, logs: Logs, function: Function
) -> tuple[Array, Array]:
    """Inner numbers of all starts, and what they hold."""
    counts = np.tile(logs.below.any(axis=1), exponents // len(logs.values))
    at = np.concatenate(
        [rng.choice(USUAL, (count, exponents)), rng.uniform(-1.5, 1.5, (count, 1)),
         rng.choice(function.begins, (count, 1))], axis=1,
    )  # fmt: skip
    odd = rng.integers(0, 2, (count, exponents)) * counts
    return at, np.concatenate([odd, rng.choice([-1.0, 1.0], (count, 1))], axis=1)


def _written(
    ws: Workspace, target: Target, weights: Array, terms: Composite, starts: Descent
) -> Candidates:
    """The laws of the best starts, with exponents at usual ones and the other numbers fitted."""
    k = terms.exponents
    at = usual(starts.at[:, :k])
    rounded = np.concatenate([np.hstack([e, starts.at[:, k:]]) for e in at])
    held = np.tile(starts.held, (len(at), 1))
    rounded, first = np.unique(rounded, axis=0, return_index=True)
    rows = np.linspace(0, len(target.values) - 1, min(len(target.values), _MOST_ROWS)).astype(int)
    free = np.arange(rounded.shape[1]) >= k
    some = Composite(terms.logs.at(rows), terms.function, terms.more)
    best = Descent(some, target.values[rows], weights[rows], True, rounded, held[first], free)
    best.run(_LAST)
    best.keep(2 * _BEST)
    for law in _laws(ws, target, weights, terms, best):
        yield from ws.offer(law, target)


def _laws(
    ws: Workspace, target: Target, weights: Array, terms: Composite, best: Descent
) -> Iterator[Node]:
    f = terms.function
    for exponents, odd, number, own in zip(*terms.parted(best.at, best.held), strict=True):
        products = [power_product(ws, e + 0.0, o) for e, o in zip(exponents, odd, strict=True)]
        (outer, first), (inner, inside), *beside = products
        k = clean(float(number * np.exp(-exponents[1] @ terms.logs.centre)))
        p = clean(float(own))
        composed = f.write(inside if k == 1.0 else const(k) * inside, p)
        with np.errstate(all="ignore"):
            values = np.array([outer * f.value(k * inner, np.array(p)), *(v for v, _ in beside)])
        if not np.isfinite(values).all():
            continue
        parts = [composed if first == _ONE else first * composed, *(node for _, node in beside)]
        yield linear(target.values, values, parts, weights)[0]
        c = solve(values, target.values, weights)[0]
        yield weighted_sum([float(v) for v in c], parts, 0.0)
