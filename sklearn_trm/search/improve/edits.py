"""Which change of one cell would repair a law best? All cells and all rows at once.

For a cell with values ``v`` and sensitivity ``J``, a library row ``g``, and the residual
``r`` of the law, five changes are regressions in the units of ``y``:

    replace   a*g (+ b)      J*(a*g + b)    should be  r + J*v
    scale     v*a*g          J*v*a*g        should be  r + J*v
    bend      v*(a*g + b)    J*v*(a*g + b)  should be  r + J*v
    divide    v/(a*g + b)    the same for the reciprocal of the factor
    add       v + a*g + b    J*(a*g + b)    should be  r

The law's other constants move along: their derivatives are projected out of both sides.
So one matrix product with the rows gives the loss that each row would leave, for every
cell and every kind of change, and Levenberg-Marquardt only sees the best few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...expressions.tree import Node
from ..backpropagation import replace
from ..builders import weighted_sum
from .cells import Cell, open_all, slope_and_goal

Array = np.ndarray

_DEPENDENT = 1e-4  # share of a row's square below which the law's constants can say it already
_NOTHING = 1e-9  # of a row: less of it left is rounding
_PER_SCAN = 3  # rows that one cell and one kind of change may suggest

_Found = tuple[float, float, int, str, "_Scan", "Rows", int]  # merit, loss, price, and whose


@dataclass(frozen=True, eq=False)
class Edit:
    """A change that promises a loss.

    Attributes
    ----------
    loss : float
        Mean square of what would be left.
    size : int
        Complexity of the changed law.
    law : Node
        With first values of the new constants.
    """

    loss: float
    size: int
    law: Node


class Rows:
    """Expressions with their values, scaled for products in float32.

    Parameters
    ----------
    values : ndarray of shape (K, n)
    cost : ndarray of shape (K,)
    node : callable
        Gives the expression of a row.
    """

    def __init__(self, values: Array, cost: Array, node: Callable[[int], Node]) -> None:
        self.node = node
        size = np.sqrt(np.einsum("ij,ij->i", values, values) / values.shape[1])
        self.values, self.cost, self.scale = values, np.asarray(cost), size
        with np.errstate(all="ignore"):
            unit = np.where(np.isfinite(size) & (size > 0), 1.0 / size, 0.0)[:, None] * values
        self.unit = np.ascontiguousarray(unit.T, dtype=np.float32)
        self.square = self.unit**2

    def __len__(self) -> int:
        return len(self.values)


@dataclass(eq=False)
class _Scan:
    """One cell and one slope, before the product with the rows.

    Two changes are read from it: with the offset `lone` beside the row, and without.
    """

    bare: str | None  # the change without an offset
    full: str  # the change with one
    cell: Cell
    slope: Array  # what a row is multiplied by
    goal: Array
    outer: Array  # orthonormal rows: directions of the law's other constants
    lone: Array  # (0 or 1, n): the offset's own direction
    rest: Array  # the goal without `outer`
    size: int  # complexity of the law without the cell

    def price(self, kind: str) -> int:
        """Complexity of the changed law without the row."""
        return self.size + {"replace": 2, "replace+": 4, "scale": 3, "bend": 5, "divide": 5,
                            "add": 5}[kind]  # fmt: skip


def _built(kind: str, node: Node, row: Node, a: float, b: float) -> Node:
    """The new cell."""
    if kind in ("replace", "replace+"):
        return weighted_sum([a], [row], b)
    if kind == "add":
        return node + weighted_sum([a], [row], b)
    if kind == "scale":
        return weighted_sum([a], [row]) * node
    if kind == "bend":
        return node * weighted_sum([a], [row], b)
    return node / weighted_sum([a], [row], b)


def _scans(law: Node, X: Array, y: Array, root: Array) -> list[_Scan]:
    """All regressions of a law; `root` holds the square roots of the weights."""
    cells = open_all(law, X, y)
    total = cells[0].size
    residual = (y - cells[0].values) * root
    derivatives = np.array([c.sensitivity * root for c in cells if c.node.is_const])
    derivatives = derivatives.reshape(-1, len(y))
    if not np.isfinite(residual).all() or not np.isfinite(derivatives).all():
        return []
    every = _orthonormal(derivatives, np.empty((0, len(y))))
    out = []
    for cell in cells:
        J, node, above = cell.sensitivity * root, cell.node, cell.above
        if not np.isfinite(J).all() or not np.isfinite(cell.values).all() or not J.any():
            continue
        has_const = any(c.is_const for c in node.children)
        own = J * cell.values
        if above is not None:
            slope, goal = slope_and_goal(cell, residual / root)
            slope, goal = slope * root, goal * root
            if np.isfinite(slope).all() and np.isfinite(goal).all():
                outside = np.vstack([derivatives[: cell.first], derivatives[cell.last :]])
                outer = _others(outside, own)
                bare = None if node.is_const else "replace"
                rest = total - cell.size
                out.append(_scan(bare, "replace+", cell, slope, goal, outer, rest))
        if node.is_const:
            continue
        # changes that no change of a neighbour can make
        if above is None or above.op not in ("add", "sub"):
            out.append(_scan(None, "add", cell, J, residual, every, total))
        if above is None or above.op not in ("mul", "div", "neg", "inv"):
            outer = every if node.op != "mul" or not has_const else _others(derivatives, own)
            out.append(_scan("scale", "bend", cell, own, residual + own, outer, total))
            slope, goal = slope_and_goal(cell, residual / root)
            with np.errstate(all="ignore"):
                ideal = goal / slope
                below = -slope * ideal * ideal / cell.values * root
                goal = below * cell.values / ideal
            if np.isfinite(below).all() and np.isfinite(goal).all() and below.any():
                out.append(_scan(None, "divide", cell, below, goal, outer, total))
    return out


def _scan(
    bare: str | None, full: str, cell: Cell, slope: Array, goal: Array, outer: Array, size: int
) -> _Scan:
    lone = _orthonormal(slope[None], outer)[len(outer) :]
    rest = goal - (outer @ goal) @ outer
    rest -= (outer @ rest) @ outer
    return _Scan(bare, full, cell, slope, goal, outer, lone, rest, size)


def _others(rows: Array, own: Array) -> Array:
    """Directions of the other constants, but for those that could stand for the cell.

    In ``c*cell`` the factor `c` could: without this rule every row would seem to fit.
    """
    kept = np.empty((0, len(own)))
    lone = own
    for row in rows:
        more = _orthonormal(row[None], kept)
        if len(more) == len(kept):
            continue
        left = lone - (more[-1] @ lone) * more[-1]
        if left @ left > 1e-3 * (lone @ lone):
            kept, lone = more, left
    return kept


def _orthonormal(rows: Array, basis: Array) -> Array:
    """`basis` extended by `rows`; those that depend on others are left out."""
    for row in rows:
        size = float(np.sqrt(row @ row))
        if not 0 < size < np.inf:
            continue
        rest = row / size
        rest = rest - (basis @ rest) @ basis
        rest = rest - (basis @ rest) @ basis
        left = float(np.sqrt(rest @ rest))
        if left > 1e-6:
            basis = np.vstack([basis, rest[None] / left])
    return basis


@np.errstate(all="ignore")
def best_edits(
    law: Node,
    X: Array,
    y: Array,
    blocks: Sequence[Rows],
    wanted: Array,
    weight: Array | None = None,
    count: int = 48,
) -> list[Edit]:
    """The most promising changes of one cell of `law`, best first.

    Parameters
    ----------
    law : Node
    X, y, weight
        The rows on which the library was evaluated.
    blocks : sequence of Rows
        What may come in.
    wanted : ndarray of shape (m,)
        Logarithm of the loss that a law of each complexity must beat. Laws of
        complexity `m` and more are not proposed.
    count : int
        Edits wanted.
    """
    root = np.ones(len(y)) if weight is None else np.sqrt(weight / weight.mean())
    scans = _scans(law, X, y, root)
    if not scans:
        return []
    # one product: every scan's rest and every direction that it projects out
    stacks = [np.vstack([s.rest[None], s.outer, s.lone]) for s in scans]
    # each scan in its own unit, or float32 loses the small ones
    slopes = [s.slope / np.abs(s.slope).max() for s in scans]
    vectors = np.vstack([v * s for v, s in zip(stacks, slopes, strict=True)]).astype(np.float32)
    squares = (np.array(slopes) ** 2).astype(np.float32)
    found: list[_Found] = []
    for rows in blocks:
        if len(rows):
            products, lengths = vectors @ rows.unit, squares @ rows.square
            at = 0
            for scan, stack, size in zip(scans, stacks, lengths, strict=True):
                found += _picked(scan, products[at : at + len(stack)], size, rows, wanted)
                at += len(stack)
    found.sort(key=lambda f: -f[0])
    out: list[Edit] = []
    told: set[str] = set()
    for _, loss, price, kind, scan, rows, j in found:
        if len(out) >= count:
            break
        if f"{loss:.6e}" in told:
            continue  # the same change said of a neighbour
        told.add(f"{loss:.6e}")
        a, b = _coefficients(scan, kind, rows.values[j])
        if np.isfinite(a + b):
            new = _built(kind, scan.cell.node, rows.node(j), a, b)
            out.append(Edit(loss, price, replace(law, scan.cell.path, new)))
    return out


def _picked(scan: _Scan, products: Array, size: Array, rows: Rows, wanted: Array) -> list[_Found]:
    """The rows that promise most for one scan: by how much they beat what is wanted."""
    k = len(scan.outer)
    inner = products[1 : 1 + k]
    left = size - np.einsum("ij,ij->j", inner, inner)
    out: list[_Found] = []
    whole = float(scan.rest @ scan.rest)
    if scan.bare is not None:
        out += _few(scan, scan.bare, products[0], left, size, whole, rows, wanted)
    top = products[0]
    if len(scan.lone):
        share = float(scan.lone[0] @ scan.rest)
        top = top - share * products[-1]
        left = left - products[-1] ** 2
        whole = max(whole - share * share, 0.0)
    return out + _few(scan, scan.full, top, left, size, whole, rows, wanted)


def _few(
    scan: _Scan, kind: str, top: Array, left: Array, size: Array, whole: float, rows: Rows,
    wanted: Array,
) -> list[_Found]:  # fmt: skip
    gain = np.where(left > _DEPENDENT * size, top * top / left, 0.0)
    price = scan.price(kind) + rows.cost
    loss = np.log(np.maximum(whole - gain, 1e-9 * whole) * (1.0 / len(scan.rest)) + 1e-300)
    merit = wanted[np.minimum(price, len(wanted) - 1)] - loss
    merit[price >= len(wanted)] = -np.inf
    few = np.argpartition(-merit, min(_PER_SCAN, len(merit) - 1))[:_PER_SCAN]
    return [(float(merit[j]), float(np.exp(loss[j])), int(price[j]), kind, scan, rows, int(j))
            for j in few if np.isfinite(merit[j])]  # fmt: skip


def _coefficients(scan: _Scan, kind: str, row: Array) -> tuple[float, float]:
    """Factor of the row and the offset beside it, 0 where there is none."""
    h = scan.slope * row
    across = h - (scan.outer @ h) @ scan.outer
    rest = scan.rest
    lone = scan.lone if kind == scan.full else scan.lone[:0]
    across = across - (lone @ across) @ lone
    size = float(np.abs(across).max())  # whose square may be too small for a float
    if not size > _NOTHING * np.abs(h).max():
        return np.nan, np.nan  # float32 promised what the law's constants say already
    across = across / size
    a = float(across @ rest) / float(across @ across) / size
    if not len(lone):
        # where the law's own constants are the offset, 1 leaves the cell as it was
        return a, 1.0 if kind in ("bend", "divide") else 0.0
    return a, float((lone[0] @ (scan.goal - a * h)) / (lone[0] @ scan.slope))
