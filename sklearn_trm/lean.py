"""Lean laws: terms that never matter are left out of their sums."""

from __future__ import annotations

import numpy as np

from .expressions.canonical import canonical
from .expressions.evaluate import evaluate
from .expressions.tree import Node, call

NEVER = 1e-11  # share of a sum, on every row, below which a term is rounding


def lean(law: Node, X: np.ndarray, never: float = NEVER) -> Node:
    """`law` without the terms whose share of their sum is below `never` on all rows.

    Free fits leave such terms behind when the law that they belong to is exact without them.

    Parameters
    ----------
    law : Node
    X : ndarray of shape (n, d)
    never : float

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse, to_text
    >>> X = np.linspace(1.0, 2.0, 9)[:, None]
    >>> to_text(lean(parse("1e-16*(sin(x0) + 3e16*x0)"), X), precision=6)
    '3*x0'
    """
    kept = _without(law, X, never)
    return law if kept == law else canonical(kept)


def _without(node: Node, X: np.ndarray, never: float) -> Node:
    if not node.children:
        return node
    children = tuple(_without(child, X, never) for child in node.children)
    if node.op in ("add", "sub"):
        left, right = (np.abs(evaluate(child, X)) for child in children)
        whole = never * np.abs(evaluate(node, X))
        if (right <= whole).all():
            return children[0]
        if (left <= whole).all():
            return children[1] if node.op == "add" else call("neg", children[1])
    return node if children == node.children else Node(node.op, children, node.value)
