"""A normal form written as a tree, as short as it can be without changing it.

`normal_form.to_tree` keeps every number in its place, so that equal laws are one tree. Here a
number or a sign may move: out of a sum whose terms share it, or into a factor that takes it.
"""

from __future__ import annotations

import math

from . import normal_form as N
from .normal_form import Base, Sum
from .tree import Node, complexity, const, constants

_ROUNDING = 1e-14  # difference from 1 below which a factor is none

Factors = tuple[tuple[Base, float], ...]


def write(s: Sum) -> Node:
    """The shortest tree of a normal form."""
    several = len(s[1]) + (s[3] != 0.0) > 1
    sizes = sorted({abs(c) for c in s[2]} - {1.0}) if several else []
    pulled = (Node("mul", (const(size), _written(N.shrink(s, size)))) for size in sizes)
    return min(_written(s), *pulled, key=cost) if sizes else _written(s)


def cost(node: Node) -> tuple[int, int]:
    """Complexity, where a number that is no short decimal counts twice; then all digits."""
    return complexity(node) + free_numbers(node), sum(map(_digits, constants(node)))


def free_numbers(node: Node) -> int:
    """How many constants are no short decimals: a law with many of them may fit anything.

    Examples
    --------
    >>> from .text import parse
    >>> free_numbers(parse("2.5*x0**2 + 0.3333333*x1 + 1.23456789"))
    2
    """
    return sum(map(_is_free, constants(node)))


def _is_free(value: float) -> bool:
    return abs(value - float(f"{value:.4g}")) > 1e-8 * abs(value)


def _digits(value: float) -> int:
    return len(f"{value:.12g}".strip("-0."))


def _written(s: Sum) -> Node:
    terms: list[tuple[float, Node | None]] = []
    alone = len(s[1]) == 1 and s[3] == 0.0
    for product, c in zip(s[1], s[2], strict=True):
        terms.append(_term(c, product[1], alone))
    if s[3] != 0.0 or not terms:
        terms.append((math.copysign(1.0, s[3]), const(abs(s[3]))))
    first = next((i for i, (sign, _) in enumerate(terms) if sign > 0.0), 0)
    terms.insert(0, terms.pop(first))
    (sign, out), *others = terms
    assert out is not None
    if sign < 0:
        out = _negative(out)
    for sign, part in others:
        assert part is not None
        out = Node("add" if sign > 0.0 else "sub", (out, part))
    return out


def _negative(node: Node) -> Node:
    if node.is_const:
        return const(-node.value)
    if node.op in ("mul", "div") and node.children[0].is_const:
        return Node(node.op, (const(-node.children[0].value), node.children[1]))
    return Node("neg", (node,))


def _term(c: float, factors: Factors, alone: bool) -> tuple[float, Node]:
    """Sign and size of a product; its number may go into a factor that is a sum."""
    sign, size = math.copysign(1.0, c), abs(c)
    options = [(sign, _chain(size, factors, None, None))]
    for base, e in factors:
        if base[1] != N.SUM or c == 1.0:
            continue
        if (unit := _unit(size, base[2], e)) != 1.0:
            # a lonely minus goes along
            turned = -unit if alone and sign < 0.0 and abs(e) == 1.0 else unit
            inside = write(N.shrink(base[2], turned))
            options.append((sign if turned > 0.0 else 1.0,
                            _chain(size * unit**e, factors, base, inside)))  # fmt: skip
        if abs(e) == 1.0:
            moved = size if not alone else c
            inside = write(N.scale(base[2], moved if e > 0 else 1.0 / moved))
            options.append((1.0 if alone else sign, _chain(1.0, factors, base, inside)))
    return min(options, key=lambda o: cost(_negative(o[1]) if alone and o[0] < 0 else o[1]))


def _unit(front: float, s: Sum, e: float) -> float:
    """By what `s` of ``front * s**e`` is divided, so that the numbers of both are short."""

    def digits(unit: float) -> tuple[int, int]:
        numbers = [front * unit**e, *(c / unit for c in s[2]), s[3] / unit]
        numbers = [v for v in map(abs, numbers) if v and abs(v - 1.0) > _ROUNDING]
        return sum(map(_is_free, numbers)), sum(map(_digits, numbers))

    try:
        return min((1.0, *map(abs, s[2]), abs(s[3]) or 1.0, front ** (-1.0 / e)), key=digits)
    except OverflowError:
        return 1.0


def _chain(size: float, factors: Factors, known: Base | None, inside: Node | None) -> Node:
    """A product as a fraction; `inside` stands for the base `known`. One root holds all roots."""
    above: list[Node] = [] if abs(size - 1.0) < _ROUNDING else [const(size)]
    below: list[Node] = []
    roots: dict[float, list[Node]] = {}
    for base, e in factors:
        node = inside if inside is not None and base == known else _base(base)
        if e.is_integer():
            (above if e > 0.0 else below).append(N.raised_tree(node, abs(e)))
        else:
            roots.setdefault(e, []).append(node)
    for e, nodes in roots.items():
        (above if e > 0.0 else below).append(N.raised_tree(_multiplied(nodes), abs(e)))
    if not below:
        return _multiplied(above) if above else const(1.0)
    if not above:
        return Node("inv", (_multiplied(below),))
    return Node("div", (_multiplied(above), _multiplied(below)))


def _multiplied(nodes: list[Node]) -> Node:
    out = nodes[0]
    for node in nodes[1:]:
        out = Node("mul", (out, node))
    return out


def _base(base: Base) -> Node:
    if base[1] == N.CALL:
        return Node(N.FUNCTIONS[base[2]], (write(base[3]),))
    if base[1] == N.SUM:
        return write(base[2])
    if base[1] == N.POW:
        return Node("pow", (write(base[2]), write(base[3])))
    return N.base_tree(base)
