"""A target through what may stand outside, and the terms that cost no search beside a skeleton.

Seen are y, 1/y, log y, exp y, sqrt y, y**2. Errors are those of ``y``: in a view they appear times
its slope (the delta method), so that its rows are weighted by the inverse of that.

Beside a skeleton stands a level. Where a table has several columns, also other free terms, which
are projected out as the level is: the columns beside ``y`` and ``1/y``, their logarithms beside
``log y``, where they are powers in front of the law.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ....expressions.tree import Node, call, const, var
from ....rules.prior import nats_of, prior
from ....task.problem import Problem
from ...retrieve import orthonormal
from ...transforms import Target, target_transforms

Array = np.ndarray

_SAME_SIGN = 0.75  # share of the rows whose values have one sign, if they have a logarithm
_KINDS = ("inv", "square", "sqrt", "exp", "log")  # what stands outside


@dataclass(frozen=True, eq=False)
class View:
    """A target with its free terms.

    Attributes
    ----------
    target : Target
    root : ndarray of shape (n,)
        Square roots of the rows' weights.
    free : ndarray of shape (m, n)
        The free terms, the level last.
    cost : float
        Nats of what stands outside, and of the free terms but for the level.
    covers : int
        Columns that the free terms hold: bit j for column j.
    of_powers : bool
        Whether the free terms are logarithms of columns.
    """

    target: Target
    root: Array
    free: Array
    cost: float = 0.0
    covers: int = 0
    of_powers: bool = False

    def bases(self, rows: Array | slice = slice(None)) -> tuple[Array, Array, Array, Array]:
        """Weighted target, what the free terms leave of it, weights' roots, their basis."""
        root = self.root[rows]
        t, Q = self.target.values[rows] * root, orthonormal(self.free[:, rows] * root)
        rest = t
        for _ in range(2):
            rest = rest - (rest @ Q.T) @ Q
        return t, rest, root, Q


def views(p: Problem, target: Target, root: Array, X: Array) -> Iterator[View]:
    """The views that the values and the allowed operators permit; the target itself first.

    Parameters
    ----------
    p : Problem
    target : Target
    root : ndarray of shape (n,)
        Square roots of the rows' weights.
    X : ndarray of shape (d, n)
        The columns.
    """
    one, n = np.ones((1, len(root))), len(root)
    own = np.ones(n) if target.slope is None else np.abs(target.slope)
    inside, several = const(1.5) * var(0), len(X) > 1
    every, shift = (1 << len(X)) - 1, p.rules.shift
    beside = (nats_of("add", shift) + nats_of("mul", shift)) * len(X)
    plain = View(target, root / own, one)
    yield plain
    if several:
        yield View(target, root / own, np.vstack([X, one]), beside, every)
    for t in target_transforms(target, p.unary, p.binary, 1):
        slope = np.ones(n) if t.slope is None else np.abs(t.slope)
        if t.chain[-1] not in _KINDS or not ((slope > 0).all() and np.isfinite(slope).all()):
            continue
        if several and t.chain[-1] == "exp":
            continue
        cost = prior(t.wrap(inside), shift) - prior(target.wrap(inside), shift)
        if not cost < np.inf:
            continue  # ruled out
        yield View(t, root / slope, one, cost)
        if several and t.chain[-1] == "inv":
            yield View(t, root / slope, np.vstack([X, one]), cost + beside, every)
    if several and "exp" in p.unary and nats_of("exp", shift) < np.inf:
        yield from _logarithm(target, root / own, X, shift)


def _logarithm(target: Target, root: Array, X: Array, shift: Mapping[str, float]) -> Iterator[View]:
    """The logarithm of a target, powers of the columns free.

    Noise may take a few rows of small values below zero. They would weigh little, and those that
    are as small but positive would bend the logarithm: none of them counts.
    """
    sign = 1.0 if np.median(target.values) > 0 else -1.0
    y = sign * target.values
    y = np.where(y > -2.0 * min(float(y.min()), 0.0), y, 0.0)
    if (y > 0).mean() < _SAME_SIGN:
        return
    positive = [j for j, x in enumerate(X) if (x > 0).all()]
    inside = const(1.5) * var(0)

    def wrap(n: Node) -> Node:
        node = call("exp", n)
        return target.wrap(node if sign > 0 else call("neg", node))

    power = nats_of("mul", shift) + nats_of("pow", shift) / 2  # whole ones cost less
    cost = prior(wrap(inside), shift) - prior(target.wrap(inside), shift) + power * len(positive)
    values = np.log(np.where(y > 0, y, 1.0))
    free = np.vstack([np.log(X[positive]), np.ones((1, len(y)))])
    covers = sum(1 << j for j in positive)
    yield View(Target(values, wrap, chain=("exp",)), root * y, free, cost, covers, True)


def sees(some: Sequence[View], used: Array, factors: Array, columns: int) -> Array:
    """Which views (batch, v) a skeleton is for: where it and the free terms hold every column.

    Logarithms of factors stand for factors where the target is a logarithm, and nowhere else.
    """
    every = (1 << columns) - 1
    covers = np.array([view.covers for view in some])
    whole = (used[:, None] | covers) == every
    of_powers = np.array([view.of_powers for view in some])
    return np.ascontiguousarray(whole & (of_powers | ~factors[:, None]))


def stacked(some: Sequence[View], rows: Array | slice = slice(None)) -> tuple[Array, ...]:
    """As `View.bases`, of all views: (v, n), (v, n), (v, n), (v, m, n), and sizes of the bases."""
    parts = [view.bases(rows) for view in some]
    most, n = max(len(Q) for *_, Q in parts), len(parts[0][0])
    free = np.zeros((len(parts), most, n))
    for place, (*_, Q) in zip(free, parts, strict=True):
        place[: len(Q)] = Q
    sizes = np.array([len(Q) for *_, Q in parts])
    t, rest, root = (np.array([part[k] for part in parts]) for k in range(3))
    return t, rest, root, free, sizes
