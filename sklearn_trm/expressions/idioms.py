"""Idioms: trees of plain operators that a text writes as one word.

``cbrt(a)`` stands for ``abs(a)**(4/3)/a``, the cube root that keeps the sign, and
``where(c, a, b)`` for ``step(c)*(a - b) + b``: a where c is not negative, else b.
``0.5*(a + b - abs(a - b))`` is written ``min(a, b)``, and with a plus ``max(a, b)``; read back
they are operators of their own, of the same value.
"""

from __future__ import annotations

from .tree import Node, call, const

ARITY = {"cbrt": 1, "where": 3}  # of those that a text is read as
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
    if name == "where":
        condition, a, b = parts
        return call("step", condition) * (a - b) + b
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
    elif node.op == "add" and node.children[0].op == "mul":
        (condition, apart), other = node.children[0].children, node.children[1]
        if condition.op == "step" and apart.op == "sub" and apart.children[1] == other:
            return "where", (condition.children[0], apart.children[0], other)
    elif node.op == "div":
        root, a = node.children
        if root.op == "pow" and root.children == (call("abs", a), const(_THIRDS)):
            return "cbrt", (a,)
    return None
