"""What each number in a law does: enters linearly, inside a function, or as an exponent."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from .evaluate import evaluate
from .far import is_narrow
from .tree import Node

Array = np.ndarray
_PRODUCTS = ("mul", "div", "neg", "inv")
_SCALE_ROWS = 4096  # enough to tell the size of a column


def roles(node: Node, X: Array, fixed: Collection[int] = ()) -> list[str]:
    """Role of each numeric leaf in preorder: linear, inner, exponent or fixed."""
    held = {*fixed, *references(node, fixed)}
    linear = _linear_leaves(node, 0)
    out: list[str] = []

    def visit(n: Node, role: str) -> None:
        if n.is_const:
            own = "linear" if len(out) in linear else role
            out.append("fixed" if len(out) in held else own)
            return
        for side, child in enumerate(n.children):
            own = "inner"
            if n.op == "pow" and side == 1 and child.is_const:
                base = evaluate(n.children[0], X)
                own = "fixed" if bool(np.any(base < 0.0)) else "exponent"
            visit(child, own)

    visit(node, "inner")
    return out


def references(law: Node, fixed: Collection[int] = ()) -> frozenset[int]:
    """Numeric leaves, in preorder, that are references: any other would do as well.

    Not where the number in front is `fixed`: then the place decides.

    Examples
    --------
    >>> from .text import parse
    >>> sorted(references(parse("30*exp(-0.03*(x0 - 18262)) + 5")))
    [2]
    >>> sorted(references(parse("exp(-0.03*(x0 - 18262)) + 5")))  # not without a number in front
    []
    """
    found: list[int] = []
    leaf = 0

    def visit(node: Node, numbered: bool, inside: bool) -> None:
        """Whether a number stands in front of this product, whether this is a term of exp."""
        nonlocal leaf
        if node.is_const:
            leaf += 1
            return
        if node.op in _PRODUCTS:
            places = (leaf, leaf + _leaves(node.children[0]))
            numbered = numbered or any(
                child.is_const and place not in fixed
                for child, place in zip(node.children, places, strict=False)
            )
        elif node.op == "pow" and numbered and node.children[1].is_const:
            if node.children[0].op == "div" and _is_shifted(node.children[0]):
                found.append(leaf)  # a*(x/1990)**b
            numbered = False
        else:
            numbered = numbered and node.op == "exp"
        slope = inside and node.op == "mul" and node.children[0].is_const
        if slope and node.children[1].op in ("sub", "add") and _is_shifted(node.children[1]):
            found.append(leaf + 1)
        terms = (node.op == "exp" and numbered) or (inside and node.op in ("add", "sub"))
        for child in node.children:
            visit(child, numbered and node.op != "exp", terms)

    visit(law, False, False)
    return frozenset(found)


def n_fitted(law: Node) -> int:
    """How many numbers of a law a fit tells: all but references."""
    return _leaves(law) - len(references(law))


def _is_shifted(node: Node) -> bool:
    return node.children[0].is_var and node.children[1].is_const


def _leaves(node: Node) -> int:
    return 1 if node.is_const else sum(_leaves(c) for c in node.children)


def _linear_leaves(node: Node, first: int) -> frozenset[int]:
    """Leaves (numbered in preorder from `first`) in which the law is jointly affine."""
    if node.is_const:
        return frozenset((first,))
    if node.op in ("add", "sub", "mul", "div"):
        left, right = node.children
        split = first + _leaves(left)
        if node.op == "div":
            return _linear_leaves(left, first)
        a, b = _linear_leaves(left, first), _linear_leaves(right, split)
        if node.op == "mul":  # one side only: the product of two is not affine
            return a if len(a) >= len(b) else b
        return a | b
    return _linear_leaves(node.children[0], first) if node.op == "neg" else frozenset()


def scales(node: Node, X: Array) -> list[float]:
    """Natural size of each numeric leaf: that of its neighbour, or one over it."""
    out: list[float] = []
    X = X[:: max(1, len(X) // _SCALE_ROWS)]

    def size(n: Node) -> float:
        with np.errstate(all="ignore"):
            values = np.abs(evaluate(n, X))
        values = values[np.isfinite(values) & (values > 0)]
        return float(np.median(values)) if values.size else 1.0

    def visit(n: Node, scale: float) -> None:
        if n.is_const:
            out.append(scale)
            return
        for side, child in enumerate(n.children):
            own = 1.0
            if child.is_const and len(n.children) == 2 and n.op != "pow":
                other = size(n.children[1 - side])
                own = 1.0 / other if n.op == "mul" else other
            visit(child, own)

    visit(node, 1.0)
    return out


def offsets(node: Node, X: Array) -> list[tuple[int, int, float]]:
    """Slopes of columns far from their origin, each with the number that its term is added to.

    Of ``b + a*x`` the two hang together where x is a year: near the rows it is ``c + a*(x - m)``,
    and a fit that moves `a` has to move `b` by ``-m*a``.

    Returns
    -------
    list of (int, int, float)
        Numeric leaves of a and b, in preorder, and m, the middle of the column: with the sign of
        the one term times that of the other.

    Examples
    --------
    >>> from .text import parse
    >>> X = np.array([[1990.0], [2010.0]])
    >>> offsets(parse("2*exp(60 - 0.03*x0)"), X)
    [(2, 1, -2000.0)]
    """
    found: list[tuple[int, int, float]] = []
    leaf = 0

    def visit(n: Node) -> None:
        nonlocal leaf
        if n.op not in ("add", "sub"):
            leaf += n.is_const
            for child in n.children:
                visit(child)
            return
        numbers: list[tuple[int, float]] = []
        slopes: list[tuple[int, float, int]] = []

        def terms(t: Node, sign: float) -> None:
            if t.op in ("add", "sub", "neg"):
                last = -sign if t.op != "add" else sign
                for k, child in enumerate(t.children):
                    terms(child, last if k == len(t.children) - 1 else sign)
                return
            if t.is_const:
                numbers.append((leaf, sign))
            elif t.op == "mul" and {c.op for c in t.children} == {"const", "var"}:
                column = next(c.column for c in t.children if c.is_var)
                slopes.append((leaf, sign, column))
            visit(t)

        terms(n, 1.0)
        for number, sign in numbers[:1]:
            for slope, own, column in slopes:
                x = X[:, column]
                if is_narrow(x):
                    middle = 0.5 * (float(x.min()) + float(x.max()))
                    found.append((slope, number, sign * own * middle))

    visit(node)
    return found
