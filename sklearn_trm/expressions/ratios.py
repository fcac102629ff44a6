"""Ratios as people write them: saturations over their column, logistic curves over ``1 + ...``.

The shortest writing of a saturation is ``c/(1/x + d)``, that of a logistic curve
``c/(exp(-b*x) + d)``. A textbook has ``a*x/(x + b)`` and ``a/(1 + k*exp(-b*x))``: the number in
front is then the level that the curve reaches. Two minus signs are none: ``1/(exp(x) - 1)``.
"""

from __future__ import annotations

import math

from .exactness import SAME
from .tree import Node, call, const

_CLEAN = 12  # figures of a quotient of two numbers, without its rounding


def ratio(node: Node) -> Node:
    """A quotient in the writing of textbooks; the node itself where there is none.

    Examples
    --------
    >>> from .text import parse
    >>> for text in (
    ...     "2.5/(1/x0 + 0.5)",
    ...     "2/(exp(-3*x0) + 0.5)",
    ...     "3/(1 - exp(x0))",
    ...     "-3*x0/(1 - exp(x0))",
    ...     "1/(x0 + 2)",
    ... ):
    ...     print(ratio(parse(text)))
    5*x0/(x0 + 2)
    4/(1 + 2*exp(-3*x0))
    3/(1 - exp(x0))
    3*x0/(exp(x0) - 1)
    1/(x0 + 2)
    """
    if node.op == "inv":
        above, below = const(1.0), node.children[0]
    elif node.op == "div":
        above, below = node.children
    else:
        return node
    number, rest = _numbered(above)
    parted = _parted(below)
    if parted is None:
        return node
    level, factor, term = parted
    front, k = _quotient(number, level), _quotient(factor, level)
    if term.op == "exp":
        one, part = const(1.0), _times(abs(k), term)
        if k < 0.0 and front < 0.0:
            return _times(-front, rest) / (part - one)
        return _times(front, rest) / (one + part if k > 0.0 else one - part)
    if rest is not None:
        return node
    column = term.children[0]
    new = Node("add", (column, const(k))) if k > 0 else Node("sub", (column, const(-k)))
    return _times(front, column) / new


def _numbered(node: Node) -> tuple[float, Node | None]:
    """The number of a numerator and what it multiplies."""
    if node.is_const:
        return node.value, None
    if node.op == "mul" and node.children[0].is_const:
        return node.children[0].value, node.children[1]
    return 1.0, node


def _parted(node: Node) -> tuple[float, float, Node] | None:
    """``level + factor*term`` with a term that is an exponential, or one over a column."""
    if node.op not in ("add", "sub"):
        return None
    first, last = node.children
    minus = -1.0 if node.op == "sub" else 1.0
    if first.is_const:
        level, (factor, term) = first.value, _term(last)
        factor *= minus
    elif last.is_const:
        level, (factor, term) = minus * last.value, _term(first)
    else:
        return None
    usable = level != 0.0 and factor != 0.0 and math.isfinite(factor / level)
    return (level, factor, term) if term is not None and usable else None


def _term(node: Node) -> tuple[float, Node | None]:
    """Number of an exponential, or of one over a column."""
    factor = 1.0
    if node.op in ("mul", "div") and node.children[0].is_const:
        factor, other = node.children[0].value, node.children[1]
        node = other if node.op == "mul" else call("inv", other)
    if node.op == "inv" and node.children[0].op == "exp":  # 1/exp(2*x) is exp(-2*x)
        node = call("exp", call("neg", node.children[0].children[0]))
    usual = node.op == "exp" or (node.op == "inv" and node.children[0].is_var)
    return (factor, node) if usual else (0.0, None)


def _quotient(a: float, b: float) -> float:
    value = a / b
    clean = float(f"{value:.{_CLEAN}g}")
    return clean if abs(clean - value) <= SAME * abs(value) else value


def _times(number: float, node: Node | None) -> Node:
    if node is None:
        return const(number)
    return node if number == 1.0 else const(number) * node
