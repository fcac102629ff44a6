"""Idioms: trees of plain operators that a text writes as one word.

``min(a, b)`` stands for ``0.5*(a + b - abs(a - b))``, ``max(a, b)`` for the same with a plus,
``cbrt(a)`` for ``abs(a)**(4/3)/a``, the cube root that keeps the sign. Only these very trees
are idioms, so that a text is read back as the tree that it was.
"""

from __future__ import annotations

from .tree import Node, call, const

ARITY = {"min": 2, "max": 2, "cbrt": 1}
_THIRDS = 4.0 / 3.0


def idiom(name: str, *parts: Node) -> Node:
    """The tree that a word stands for.

    Examples
    --------
    >>> from .tree import var
    >>> print(idiom("min", var(0), const(8.0)).children[1].children[1])
    abs(x0 - 8)
    """
    if name == "cbrt":
        (a,) = parts
        return call("abs", a) ** const(_THIRDS) / a
    a, b = parts
    return const(0.5) * Node("sub" if name == "min" else "add", (a + b, call("abs", a - b)))


def as_idiom(node: Node) -> tuple[str, tuple[Node, ...]] | None:
    """The word and its operands, if a tree is an idiom.

    Examples
    --------
    >>> from .tree import var
    >>> as_idiom(idiom("cbrt", var(0))) == ("cbrt", (var(0),))
    True
    """
    if node.op == "mul":
        half, both = node.children
        if not (half.is_const and half.value == 0.5 and both.op in ("sub", "add")):
            return None
        whole, apart = both.children
        if whole.op != "add" or apart != call("abs", Node("sub", whole.children)):
            return None
        return ("min" if both.op == "sub" else "max"), whole.children
    elif node.op == "div":
        root, a = node.children
        if root.op == "pow" and root.children == (call("abs", a), const(_THIRDS)):
            return "cbrt", (a,)
    return None
