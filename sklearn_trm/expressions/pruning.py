"""Laws pruned of what never matters: terms of sums, factors and exponents that are constant."""

from __future__ import annotations

import numpy as np

from .canonical import canonical
from .evaluate import evaluate
from .tree import Node, call, const

NEVER = 1e-11  # share of a sum, on every row, below which a term is rounding


def prune(law: Node, X: np.ndarray, never: float = NEVER) -> Node:
    """`law` without terms whose share of their sum is below `never` on all rows.

    A part that varies by no more than that is a number. Free fits leave both behind when the
    law that they belong to is exact without them: ``x0**3e-17``, ``cos(6e-7/x0)``.

    Parameters
    ----------
    law : Node
    X : ndarray of shape (n, d)
    never : float

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse, to_text
    >>> X = np.linspace(1.0, 2.0, 9)[:, None]
    >>> to_text(prune(parse("1e-16*(sin(x0) + 3e16*x0)"), X), precision=6)
    '3*x0'
    """
    kept = _without(law, X, never)
    return law if kept == law else canonical(kept)


def _without(node: Node, X: np.ndarray, never: float) -> Node:
    if not node.children:
        return node
    children = tuple(_without(child, X, never) for child in node.children)
    values = evaluate(node, X)
    middle = float(np.mean(values))
    if np.ptp(values) <= never * abs(middle):  # nan is not
        return const(middle)
    if node.op in ("add", "sub"):
        left, right = (np.abs(evaluate(child, X)) for child in children)
        whole = never * np.abs(values)
        if (right <= whole).all():
            return children[0]
        if (left <= whole).all():
            return children[1] if node.op == "add" else call("neg", children[1])
    return node if children == node.children else Node(node.op, children, node.value)
