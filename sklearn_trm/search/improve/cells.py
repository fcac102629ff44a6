"""Every cell of a law at once: values, sensitivities, and what each should be.

The *sensitivity* of a cell is the derivative of the law with respect to it, row by row.
It turns an error of the cell into an error of ``y``, so that laws may be repaired by
linear regression in the units of ``y``. Where the operations above a cell can be
inverted, the *slope* is the secant through the value that the cell should have: there
the regression is exact however wrong the law is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...expressions.operators import OPS
from ...expressions.tree import Node, complexity
from ..backpropagation import invert

Array = np.ndarray


@dataclass(eq=False)
class Cell:
    """One part of a law.

    Attributes
    ----------
    path : tuple of int
    node : Node
    size : int
        Its complexity.
    values : ndarray of shape (n,)
    sensitivity : ndarray of shape (n,)
        ``d law / d cell``.
    first, last : int
        Numbers of the law's constants inside: ``first <= i < last``, in preorder.
    above : Node or None
        The operation that holds it.
    ideal : ndarray of shape (n,)
        What the cell should be, nan where that is not defined.
    """

    path: tuple[int, ...]
    node: Node
    size: int
    values: Array
    sensitivity: Array
    first: int
    last: int
    above: Node | None
    ideal: Array


@np.errstate(all="ignore")
def open_all(law: Node, X: Array, y: Array) -> list[Cell]:
    """The cells of `law` in preorder; the first one is the law itself.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> X = np.array([[1.0], [2.0]])
    >>> cells = open_all(parse("2*exp(x0)"), X, 2 * np.exp(X[:, 0] ** 2))
    >>> [str(c.node) for c in cells]
    ['2*exp(x0)', '2', 'exp(x0)', 'x0']
    >>> np.round(cells[-1].ideal, 6).tolist()
    [1.0, 4.0]
    """
    n = len(X)
    cells: list[Cell] = []
    count = 0

    def place(node: Node, path: tuple[int, ...], above: Node | None) -> tuple[int, Array]:
        nonlocal count
        at, first = len(cells), count
        nothing = np.empty(0)
        cell = Cell(path, node, 0, nothing, nothing, first, first, above, nothing)
        cells.append(cell)
        if node.is_const:
            count += 1
            cell.values = np.full(n, node.value)
        elif node.is_var:
            cell.values = X[:, node.column]
        else:
            parts = [place(c, (*path, k), node)[1] for k, c in enumerate(node.children)]
            cell.values = OPS[node.op].apply(np, *parts)
        cell.last = count
        return at, cell.values

    place(law, (), None)
    where = {c.path: c for c in cells}
    cells[0].sensitivity, cells[0].ideal = np.ones(n), np.asarray(y, dtype=float)
    for cell in cells:  # preorder: parents come first
        if not cell.node.children:
            cell.size = 1
            continue
        cell.size = complexity(cell.node)
        parts = [where[(*cell.path, k)] for k in range(len(cell.node.children))]
        values = [p.values for p in parts]
        partials = OPS[cell.node.op].derivative(cell.values, *values)
        for k, part in enumerate(parts):
            part.sensitivity = cell.sensitivity * partials[k]
            part.ideal = invert(cell.node, k, cell.ideal, values)
    return cells


@np.errstate(all="ignore")
def slope_and_goal(cell: Cell, residual: Array) -> tuple[Array, Array]:
    """A regression for the cell: ``slope * new`` should be ``goal``.

    The slope is the secant between present and ideal value; the sensitivity where
    there is no ideal value, or where it is too close for a secant.
    """
    gap = cell.ideal - cell.values
    secant = residual / gap
    usable = np.isfinite(cell.ideal) & np.isfinite(secant) & (secant != 0)
    usable &= np.abs(gap) > 1e-6 * np.abs(cell.values)
    slope = np.where(usable, secant, cell.sensitivity)
    return slope, residual + slope * cell.values
