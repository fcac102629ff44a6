"""Small builders of trees for laws that a scan has found: products, powers, sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from ..expressions.operators import OPS, Op
from ..expressions.tree import Node, call, const, walk


def clean(value: float, tol: float = 1e-9) -> float:
    """The whole number, or simple fraction, that `value` is up to rounding."""
    if not np.isfinite(value) or value == 0:
        return float(value)
    f = Fraction(value).limit_denominator(12)
    if f != 0 and abs(float(f) - value) <= tol * abs(value):
        return float(f)
    return float(value)


def power(node: Node, p: float) -> Node:
    """``node ** p`` in its shortest form.

    Examples
    --------
    >>> from sklearn_trm.expressions.tree import var
    >>> str(power(var(0), 2.0))
    'x0**2'
    """
    if p == 1.0:
        return node
    names = {-1.0: "inv", 2.0: "square", 3.0: "cube", 0.5: "sqrt"}
    if p in names:
        return call(names[p], node)
    return call("pow", node, const(p))


def product(scale: float, factors: Iterable[tuple[Node, float]]) -> Node:
    """``scale * prod(node ** exponent)``, negative exponents below the bar."""
    above: Node | None = None
    below: Node | None = None
    for node, e in factors:
        if e == 0:
            continue
        part = power(node, abs(e))
        if e > 0:
            above = part if above is None else above * part
        else:
            below = part if below is None else below * part
    scale = clean(scale)
    if above is None and below is None:
        return const(scale)
    if above is None:
        return call("inv", below) if scale == 1.0 else const(scale) / below  # type: ignore[arg-type]
    whole = above if below is None else above / below
    if scale == 1.0:
        return whole
    return call("neg", whole) if scale == -1.0 else const(scale) * whole


def weighted_sum(coefficients: Sequence[float], nodes: Sequence[Node], offset: float = 0.0) -> Node:
    """``sum(c * node) + offset`` without superfluous ones and zeros."""
    out: Node | None = None
    terms = sorted(zip(coefficients, nodes, strict=True), key=lambda t: t[0] < 0)
    for c, node in terms:
        c = clean(c)
        if c == 0:
            continue
        if out is None:
            out = node if c == 1.0 else call("neg", node) if c == -1.0 else const(c) * node
        elif c < 0:
            out = out - (node if c == -1.0 else const(-c) * node)
        else:
            out = out + (node if c == 1.0 else const(c) * node)
    offset = clean(offset)
    if out is None:
        return const(offset)
    if offset == 0:
        return out
    return out + const(offset) if offset > 0 else out - const(-offset)


def rewrite(node: Node, unary: Sequence[str], binary: Sequence[str]) -> Node | None:
    """The same law in the allowed operators, or None where they cannot say it.

    Powers, reciprocals and signs have several spellings; the first allowed one is taken.
    """
    if not node.children:
        return node
    parts = [rewrite(c, unary, binary) for c in node.children]
    if any(p is None for p in parts):
        return None
    args: tuple[Node, ...] = tuple(p for p in parts if p is not None)
    if node.op in unary or node.op in binary:
        return Node(node.op, args, node.value)
    a = args[0]
    spelled: list[Node] = []
    if node.op == "neg":
        spelled = [const(-1.0) * a, const(0.0) - a]
    elif node.op == "inv":
        spelled = [const(1.0) / a, call("pow", a, const(-1.0))]
    elif node.op == "square":
        spelled = [call("pow", a, const(2.0)), a * a]
    elif node.op == "cube":
        spelled = [call("pow", a, const(3.0)), a * a * a]
    elif node.op == "sqrt":
        spelled = [call("pow", a, const(0.5))]
    elif node.op == "sub":
        spelled = [a + const(-1.0) * args[1], a + call("neg", args[1])]
    elif node.op == "add":
        spelled = [a - const(-1.0) * args[1]]
    elif node.op == "div":
        spelled = [a * call("inv", args[1]), a * call("pow", args[1], const(-1.0))]
    elif node.op == "pow" and args[1].is_const:
        spelled = [p for p in [_small_power(a, args[1].value, unary)] if p is not None]
    allowed = set(unary) | set(binary) | {"const", "var"}
    for s in spelled:
        if all(n.op in allowed for n in walk(s)):
            return s
    return None


def _small_power(a: Node, p: float, unary: Sequence[str]) -> Node | None:
    """`a` ** `p` by products and square roots."""
    if p < 0:
        below = _small_power(a, -p, unary)
        if below is None:
            return None
        return call("inv", below) if "inv" in unary else const(1.0) / below
    whole, part = divmod(p, 1.0)
    out: Node | None = None
    if part == 0.5 and "sqrt" in unary:
        out = call("sqrt", a)
    elif part:
        return None
    for _ in range(min(int(whole), 12)):
        out = a if out is None else out * a
    return out


def loosen(node: Node) -> Node:
    """The law with a free factor before the argument of every function and a free offset in it."""
    if not node.children:
        return node
    parts = tuple(loosen(c) for c in node.children)
    if _has_inner_constants(OPS[node.op]):
        a = parts[0]
        if not (a.op == "mul" and a.children[0].is_const) and node.op != "log":
            a = const(1.0) * a
        if OPS[node.op].domain[0] == 0.0:
            a = a + const(0.0)
        parts = (a,)
    return Node(node.op, parts, node.value)


def _has_inner_constants(op: Op) -> bool:
    """Whether a free factor or offset of its argument says something new, and stays defined."""
    return op.arity == 1 and op.domain[1] == np.inf and (op.is_function or op.domain[0] == 0.0)
