"""Open a cell: what values should this part of a proposed law have?

Walking from the root down with inverse operations, the target of the whole becomes
the target of one cell; all else in the law is kept. Where an inverse has branches
(square, sin, cos), each row takes the branch nearest to the cell's present value.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..expressions.evaluate import evaluate
from ..expressions.operators import OPS
from ..expressions.tree import Node
from .transforms import Target

Array = np.ndarray


def replace(node: Node, path: tuple[int, ...], new: Node) -> Node:
    """`node` with the part at `path` replaced."""
    if not path:
        return new
    children = list(node.children)
    children[path[0]] = replace(children[path[0]], path[1:], new)
    return Node(node.op, tuple(children), node.value)


def part(node: Node, path: tuple[int, ...]) -> Node:
    """The part of `node` at `path`."""
    for k in path:
        node = node.children[k]
    return node


def invert(node: Node, side: int, target: Array, values: list[Array]) -> Array:
    """Values that child `side` of `node` must have for `node` to be `target`.

    Parameters
    ----------
    values : list of ndarray
        Present values of the children.
    """
    op = OPS[node.op]
    present = values[side]
    if op.inverse is None:
        return np.full_like(present, np.nan)
    with np.errstate(all="ignore"):
        if op.arity == 2:
            return np.asarray(op.inverse(target, values[1 - side], side))
        branches = [np.broadcast_to(b, target.shape) for b in op.inverse(target)]
        if isinstance(op.inverse(target), np.ndarray):
            branches = [op.inverse(target)]
        if op.period is not None:
            turn = op.period
            branches = [b + turn * np.round((present - b) / turn) for b in branches]
        stack = np.stack(branches)
        gap = np.where(np.isfinite(stack), np.abs(stack - present), np.inf)
        return np.take_along_axis(stack, gap.argmin(axis=0)[None], axis=0)[0]


def opened_cells(
    law: Node, X: Array, y: Array, max_depth: int = 8
) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Every cell of `law` with the values it should have, outermost first.

    Cells whose target is undefined on any row are left out, with all below them.

    Examples
    --------
    >>> from sklearn_trm.expressions.tree import call, const, var
    >>> X = np.array([[1.0], [2.0]])
    >>> law = const(3.0) * call("exp", var(0))
    >>> [
    ...     np.round(v, 6).tolist()
    ...     for path, v in opened_cells(law, X, 3 * np.exp(X[:, 0] ** 2))
    ...     if path == (1, 0)
    ... ]
    [[1.0, 4.0]]
    """
    queue: list[tuple[tuple[int, ...], Node, Array]] = [((), law, y)]
    while queue:
        path, node, target = queue.pop(0)
        if path:
            yield path, target
        if not node.children or len(path) >= max_depth:
            continue
        values = [evaluate(c, X) for c in node.children]
        for side, child in enumerate(node.children):
            if child.is_const:
                continue
            t = invert(node, side, target, values)
            if np.isfinite(t).all() and np.ptp(t) > 0:
                queue.append(((*path, side), child, t))


def cell_target(law: Node, path: tuple[int, ...], values: Array) -> Target:
    """The opened cell as a target of the scans."""
    return Target(values, lambda n: replace(law, path, n), depth=len(path))
