"""Grids to trees and back. `to_grid` writes a law in the grid's canonical form (docs/adr/0002)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..errors import GridOverflowError
from ..expressions import grid as G
from ..expressions.canonical import canonical
from ..expressions.operators import OPS, known
from ..expressions.tree import Node, call, const, var


@dataclass(frozen=True)
class _Cell:
    head: int
    left: _Cell | None = None
    right: _Cell | None = None
    unary: int = 0
    scale: float | None = None
    value: float = 1.0

    @property
    def size(self) -> int:
        return 1 + sum(c.size for c in (self.left, self.right) if c)

    @property
    def key(self) -> int:
        """The order of operands; the same number as in `training.grids.is_canonical`."""
        kl = self.left.key if self.left else 0
        kr = self.right.key if self.right else 0
        sl = int(self.left is not None and self.left.scale is not None)
        sr = int(self.right is not None and self.right.scale is not None)
        mixed = (kl * 31 + kr * 17 + sl * 5 + sr * 3 + (kl >> 7)) & 0xFFF
        return (self.size << 22) + (self.head << 17) + (self.unary << 12) + mixed


def _balanced(cells: list[_Cell], head: int) -> _Cell:
    if len(cells) == 1:
        return cells[0]
    half = (len(cells) + 1) // 2
    return _Cell(head, _balanced(cells[:half], head), _balanced(cells[half:], head))


def _chain(cells: list[_Cell], head: int) -> _Cell:
    return _balanced(sorted(cells, key=lambda c: c.key), head)


def _with_unary(cell: _Cell, unary: str) -> _Cell:
    """Put a unary on a cell, through an `arg` cell where it has one already."""
    code = G.UNARY_CODE[unary]
    if cell.unary == 0 and cell.scale is None and cell.head != G.CONST:
        return replace(cell, unary=code)
    return _Cell(G.ARG, cell, None, code)


def _factors(node: Node) -> tuple[float, list[tuple[Node, float]]]:
    """Coefficient and (base, exponent) pairs of a canonical product."""
    op, kids = node.op, node.children
    if node.is_const:
        return node.value, []
    if op == "neg":
        c, f = _factors(kids[0])
        return -c, f
    if op in ("mul", "div"):
        c1, f1 = _factors(kids[0])
        c2, f2 = _factors(kids[1])
        if op == "div":
            return (c1 / c2 if c2 else np.nan), f1 + [(b, -e) for b, e in f2]
        return c1 * c2, f1 + f2
    power = OPS[op].power if kids and OPS[op].arity == 1 else None
    if op == "pow" and kids[1].is_const:
        power = kids[1].value
    if power is not None:
        inner = kids[0]
        if power == int(power):
            c, f = _factors(inner)
            if len(f) != 1 or f[0][0] != inner:
                return c**power if c or power > 0 else np.nan, [(b, e * power) for b, e in f]
        return 1.0, [(inner, power)]
    return 1.0, [(node, 1.0)]


def _factor_cell(base: Node, exponent: float) -> _Cell:
    factors = _factors(base)
    if factors != (1.0, [(base, 1.0)]):
        cell = _product_cell(*factors, in_function=True)
    else:
        cell = _cell(base)
    for e, name in ((1.0, None), (2.0, "square"), (3.0, "cube"), (0.5, "sqrt")):
        if exponent == e:
            return cell if name is None else _with_unary(cell, name)
    if cell.scale is not None:
        raise GridOverflowError("a scaled base of a power has no place in the grid")
    return _Cell(G.POW, cell, _Cell(G.CONST, value=exponent))


def _product_cell(c: float, factors: list[tuple[Node, float]], *, in_function: bool) -> _Cell:
    above = [_factor_cell(b, e) for b, e in factors if e > 0]
    below = [_factor_cell(b, -e) for b, e in factors if e < 0]
    if in_function and c != 1.0:
        above.append(_Cell(G.CONST, value=c))
    if not above and not below:
        return _Cell(G.CONST, value=c)
    if not below:
        cell = _chain(above, G.MUL)
    elif above:
        cell = _Cell(G.DIV, _chain(above, G.MUL), _chain(below, G.MUL))
    else:
        cell = _with_unary(_chain(below, G.MUL), "inv")
    if not in_function and c != 1.0:
        cell = replace(cell, scale=c)
    return cell


def _terms(node: Node, sign: float) -> list[tuple[float, list[tuple[Node, float]]]]:
    if node.op in ("add", "sub"):
        right = sign if node.op == "add" else -sign
        return _terms(node.children[0], sign) + _terms(node.children[1], right)
    if node.op == "neg" and node.children[0].op in ("add", "sub"):
        return _terms(node.children[0], -sign)
    c, factors = _factors(node)
    return [(c * sign, factors)]


def _sum_cell(node: Node) -> _Cell:
    above, below = [], []
    for c, factors in _terms(node, 1.0):
        if factors and c == -1.0:
            below.append(_product_cell(1.0, factors, in_function=False))
        else:
            above.append(_product_cell(c, factors, in_function=False))
    if not above:  # all terms negative: the first one carries the sign as its scale
        below.sort(key=lambda cell: cell.key)
        above.append(replace(below.pop(0), scale=-1.0))
    left = _chain(above, G.ADD)
    return _Cell(G.SUB, left, _chain(below, G.ADD)) if below else left


def _cell(node: Node, *, in_function: bool = False) -> _Cell:
    if node.is_var:
        if node.column >= G.MAX_COLUMNS:
            raise GridOverflowError(f"the grid knows {G.MAX_COLUMNS} columns, not x{node.column}")
        return _Cell(G.VAR0 + node.column)
    if node.op in ("add", "sub") or (node.op == "neg" and node.children[0].op in ("add", "sub")):
        return _sum_cell(node)
    if node.children and not known([node.op]):
        raise GridOverflowError(f"the grid knows no {node.op}")
    op = OPS.get(node.op)
    if op is not None and op.arity == 1 and op.power is None:
        return _with_unary(_cell(node.children[0], in_function=True), node.op)
    if node.op == "pow" and not node.children[1].is_const:
        operands = [_cell(k, in_function=True) for k in node.children]
        return _Cell(G.POW, *operands)
    return _product_cell(*_factors(node), in_function=in_function)


def to_grid(node: Node, cells: int = G.CELLS) -> G.Grids:
    """The canonical grid of a law, a batch of one.

    Raises
    ------
    GridOverflowError
        If the law has more levels or columns than the grid.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> from_grid(to_grid(parse("2.5*sin(x0) + x1")))  # doctest: +ELLIPSIS
    Node(op='add', ...)
    """
    grids = G.empty_grids(1, cells)

    def place(cell: _Cell, i: int) -> None:
        if i >= cells:
            raise GridOverflowError(f"the law is deeper than a grid of {cells} cells")
        grids.head[0, i], grids.unary[0, i] = cell.head, cell.unary
        if cell.scale is not None:
            grids.scaled[0, i], grids.value[0, i] = 1, cell.scale
        elif cell.head == G.CONST:
            grids.value[0, i] = cell.value
        for child, k in ((cell.left, 2 * i + 1), (cell.right, 2 * i + 2)):
            if child is not None:
                place(child, k)

    place(_cell(canonical(node)), 0)
    return grids


def from_grid(grids: G.Grids, row: int = 0) -> Node:
    """The tree of one grid of a batch.

    Raises
    ------
    ValueError
        If a cell that an operator needs is empty.
    """
    head, unary, scaled, value = (np.asarray(a)[row] for a in grids)

    def build(i: int) -> Node:
        h = int(head[i]) if i < len(head) else G.EMPTY
        if h == G.EMPTY:
            raise ValueError(f"cell {i} is empty")
        if h == G.CONST:
            node = const(float(value[i]))
        elif h < G.ADD:
            node = var(h - G.VAR0)
        elif h == G.ARG:
            node = build(2 * i + 1)
        else:
            node = call(G.HEADS[h], build(2 * i + 1), build(2 * i + 2))
        if unary[i]:
            node = call(G.UNARIES[int(unary[i])], node)
        return const(float(value[i])) * node if scaled[i] else node

    return build(0)
