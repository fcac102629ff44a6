"""One form for equal laws (the tree part of docs/adr/0002-canonical-form.md)."""

from __future__ import annotations

from .normal_form import CannotFold, expanded, normal, to_tree
from .tree import Node


def canonical(node: Node) -> Node:
    """Bring a law into its one canonical tree.

    Values are kept wherever the law is finite (the domain may grow: ``x0/x0`` is 1),
    and ``canonical(canonical(t)) == canonical(t)``. A law whose constants cannot be
    folded to finite numbers, such as ``x0 + 1/0``, is returned unchanged.

    Parameters
    ----------
    node : Node

    Returns
    -------
    Node

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> print(canonical(parse("x1*2*x0*x1/x0 + 3 - 1")))
    2*x1**2 + 2
    >>> print(canonical(parse("sqrt(4*x0 - 8) * exp(log(x1))")))
    2*x1*sqrt(x0 - 2)
    """
    try:
        return to_tree(normal(node))
    except (CannotFold, OverflowError, ZeroDivisionError, RecursionError):
        return node


def multiplied_out(node: Node, powers: int = 1) -> Node:
    """A law whose products with sums are sums of products.

    Parameters
    ----------
    node : Node
    powers : int
        Whole powers of sums up to this one are multiplied out too.

    Examples
    --------
    >>> from .text import parse
    >>> print(multiplied_out(parse("x0*(x0 + 2/x1)")))
    x0**2 + 2*x0/x1
    """
    try:
        return to_tree(expanded(normal(node), powers))
    except (CannotFold, OverflowError, ZeroDivisionError, RecursionError):
        return node
