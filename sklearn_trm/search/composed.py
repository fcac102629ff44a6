"""Functions of many rows against a noisy target: composed forwards, not taken off the target.

An exact target shows what stands inside a function through the inverse function. Under noise
that fails wherever the function saturates, folds or leaves its domain: there ``a*m*f(row) + b``
is fitted to the target itself, for every function `f`, every row that may be an argument, and
monomials `m` of single columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..expressions.operators import OPS
from ..expressions.tree import Node, call, var
from .atoms import POWERS
from .builders import power, product
from .retrieve import orthonormal

Array = np.ndarray

# Nats per symbol, where what a row costs is its number of symbols: about what the prior takes for
# an operator that is one of many rows alike (docs/log/choice.md).
NATS_PER_TOKEN = 0.8

_BLOCK = 1000  # arguments at once
_FROM_BLOCK = 8  # compositions that a block may give for each monomial
LITTLE = 0.98  # share left from which on a row explains nothing
_EXPONENTS = {1.0: 1, -1.0: 2, 2.0: 2, 0.5: 2}  # of a column beside a function, with costs
_POWER_COST = {2.0: 1, 0.5: 1, -1.0: 1, 0.25: 4}  # of a row, as a function


@dataclass(frozen=True, eq=False)
class Function:
    """A function of one row: its values, its tree, what it adds to the row's complexity."""

    name: str
    parameter: float
    cost: int

    def values(self, rows: Array) -> Array:
        """Values for rows of arguments; not finite where undefined."""
        if self.name == "pow":
            return np.asarray(rows**self.parameter)
        return np.asarray(OPS[self.name].apply(np, self.parameter * rows))

    def node(self, inner: Node) -> Node:
        if self.name == "pow":
            return power(inner, self.parameter)
        return call(self.name, inner if self.parameter == 1.0 else product(-1.0, [(inner, 1.0)]))


def functions(unary: Sequence[str], binary: Sequence[str]) -> list[Function]:
    """Every permitted function; of what is neither even nor odd also with a minus inside.

    Examples
    --------
    >>> [str(f.node(var(0))) for f in functions(["sin", "exp", "sqrt"], ["mul"])]
    ['sin(x0)', 'exp(x0)', 'exp(-x0)', 'x0**2', 'sqrt(x0)']
    """
    out = []
    for name in unary:
        if name in POWERS and name != "abs":
            continue
        cost = 1 + OPS[name].rarity
        out.append(Function(name, 1.0, cost))
        if OPS[name].parity == 0 and name != "log":
            out.append(Function(name, -1.0, cost + 1))
    roots, divides = "sqrt" in unary or "pow" in binary, "div" in binary or "inv" in unary
    powers = [2.0] * ("mul" in binary or "square" in unary) + [0.5] * roots + [-1.0] * divides
    powers += [0.25] if "pow" in binary else []
    return out + [Function("pow", p, _POWER_COST[p]) for p in powers]


@dataclass(frozen=True)
class Composition:
    """``m * f(row)``: column and exponent of `m` (None: 1), function, number of the row."""

    beside: tuple[int, float] | None
    function: Function
    row: int
    cost: int

    def node(self, inner: Node) -> Node:
        out = self.function.node(inner)
        if self.beside is None:
            return out
        column, p = self.beside
        return product(1.0, [(var(column), p), (out, 1.0)])


def compositions(
    rows: Array, cost: Array, outer: Sequence[Function], X: Array, columns: Sequence[int],
    target: Array, weight: Array, count: int, multiplied: int, divides: bool = True,
) -> Iterator[list[Composition] | None]:  # fmt: skip
    """The `count` best of all compositions by description length; None before, after each slice.

    Parameters
    ----------
    rows : ndarray of shape (K, N)
        Arguments.
    cost : ndarray of shape (K,)
    outer : sequence of Function
    X : ndarray of shape (N, d)
    columns : sequence of int
        Of the monomials beside a function.
    target, weight : ndarray of shape (N,)
    count : int
    multiplied : int
        How many of the rows, the first ones, also stand beside monomials.
    divides : bool
        Whether laws may divide.
    """
    n = len(target)
    free = orthonormal(weight[None, :].copy())
    left = target * weight
    left = left - (left @ free.T) @ free
    left /= max(float(np.sqrt(left @ left)), 1e-300)
    beside = list(_beside(X, columns, weight, divides))
    best: list[tuple[float, Composition]] = []
    for f in outer:
        for start in range(0, len(rows), _BLOCK):
            part = slice(start, start + _BLOCK)
            with np.errstate(all="ignore"):
                values = f.values(rows[part])
            where = np.flatnonzero(np.isfinite(values).all(axis=1))
            values, price = values[where], cost[part][where] + f.cost
            for m, extra, w in beside if start < multiplied else beside[:1]:
                loss = 1.0 - _explained(values, w, free, left)
                length = 0.5 * n * np.log(loss) + NATS_PER_TOKEN * (price + extra)
                for i in np.argsort(length, kind="stable")[:_FROM_BLOCK]:
                    if loss[i] < LITTLE:
                        row, total = start + int(where[i]), int(price[i]) + extra
                        best.append((float(length[i]), Composition(m, f, row, total)))
            yield None
        best = sorted(best, key=lambda found: found[0])[:count]
    yield [found for _, found in best]


def _beside(
    X: Array, columns: Sequence[int], weight: Array, divides: bool
) -> Iterator[tuple[tuple[int, float] | None, int, Array]]:
    """Monomials (None: 1), what they cost, and their values times the weight."""
    yield None, 0, weight
    for j in columns:
        for p, price in _EXPONENTS.items():
            if (p >= 0 or divides) and (p % 1 == 0 or (X[:, j] > 0).all()):
                with np.errstate(all="ignore"):
                    values = weight * X[:, j] ** p
                if np.isfinite(values).all():
                    yield (j, p), price, values


def _explained(rows: Array, w: Array, free: Array, left: Array) -> Array:
    """Share of the unit vector `left` that each row times `w` explains beside the free space."""
    with np.errstate(all="ignore"):
        V = rows * w
        mean = V @ free.T
        whole = np.einsum("ij,ij->i", V, V)
        size = whole - np.einsum("ij,ij->i", mean, mean)
        share = (V @ left) ** 2 / size
    usable = (size > 1e-12 * whole) & np.isfinite(share)
    return np.where(usable, np.minimum(share, 1.0 - 1e-14), 0.0)
