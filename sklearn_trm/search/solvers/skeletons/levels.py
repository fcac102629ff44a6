"""Curves that begin at zero: the same skeleton, its level given by its other numbers.

Skeletons that differ by a scale and a level are one, for both are projected out: ``x/(x + p)`` is
``1/(x + p)``. Without a level they are two laws, and the one that is zero at zero is the one that
people have: saturation, charging, Hill's curve.
"""

from __future__ import annotations

from ....expressions.tree import Node, const, constants

_ONE_AT_ZERO = ("exp", "cos", "cosh")


def without_level(law: Node) -> Node | None:
    """``level*(1 - f)`` for ``level + a*f`` with an `f` that is 1 at zero; None for others.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> print(without_level(parse("4 - 13/(x0 + 3.4)")))
    4*(x0/(x0 + 3.4))
    >>> print(without_level(parse("5 - 4.8*exp(-0.3*x0)")))
    5*(1 - exp(-0.3*x0))
    """
    if law.op not in ("add", "sub"):
        return None
    first, last = law.children
    level, other = (first, last) if first.is_const else (last, first)
    if not level.is_const:
        return None
    curve = _curve(other)
    if curve is None:
        return None
    value = -level.value if law.op == "sub" and level is last else level.value
    return const(value) * curve


def _curve(node: Node) -> Node | None:
    """What is 0 at zero and, but for scale and level, the same curve."""
    below = None
    if node.op == "mul" and node.children[0].is_const:
        node = node.children[1]
    if node.op == "div" and node.children[0].is_const:
        below = node.children[1]
    elif node.op == "inv":
        below = node.children[0]
    if below is not None and below.op in ("add", "sub"):
        grows = next((c for c in below.children if not c.is_const), below)
        if any(c.is_const for c in below.children):
            return grows / below
    if node.op in _ONE_AT_ZERO and _is_zero_at_zero(node.children[0]):
        return const(1.0) - node
    return None


def _is_zero_at_zero(node: Node) -> bool:
    """Whether a product of numbers and powers of the column."""
    if node.op in ("add", "sub"):
        return False
    if node.op in ("mul", "neg", "square", "cube", "sqrt"):
        return any(_is_zero_at_zero(c) or c.is_var for c in node.children)
    if node.op == "pow":
        return node.children[0].is_var and all(v > 0 for v in constants(node.children[1]))
    return node.is_var
