"""The normal form of a law (docs/adr/0002-canonical-form.md), and the way back to a tree.

A tree is turned into a normal form of plain tuples, which sort and hash at C
speed, and is rebuilt from it:

- a *sum* ``(size, products, coefficients, constant)``,
- a *product* ``(size, ((base, exponent), ...))``,
- a *base*: a column, a function of a sum, a sum, or a power with a free exponent.

Sizes stand first and constants last, so that the order of operands is decided by
structure wherever structure differs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .operators import OPS
from .tree import Node, const

Sum = tuple[int, tuple[Any, ...], tuple[float, ...], float]
Base = tuple[Any, ...]

VAR, CALL, SUM, POW, OWN = range(5)  # kinds of bases
FUNCTIONS = tuple(name for name, op in OPS.items() if op.arity == 1 and op.power is None)
INDEX = {name: i for i, name in enumerate(FUNCTIONS)}
LOG, EXP = INDEX["log"], INDEX["exp"]
_PARITY = tuple(OPS[name].parity for name in FUNCTIONS)
_KNOWN = frozenset(op.name for op in OPS.values() if op.arity == 1 or op.infix)
_CHAIN = frozenset(("mul", "div", "neg", "inv"))
_TINY = np.finfo(float).tiny
_ROUNDING = 1e-15  # a sum this small beside its terms is rounding, not a value
_MAX_LEVELS = 200


class CannotFold(Exception):
    """A constant would overflow, underflow or be undefined: the tree is left as it is."""


# ------------------------------------------------------------------ arithmetic of constants


def _sure(value: float, exact_zero: bool = False) -> float:
    """`value` if it is an ordinary number; a product may be 0 only where a factor is 0."""
    if not math.isfinite(value) or (not exact_zero and abs(value) < _TINY):
        raise CannotFold
    return value


def _plus(a: float, b: float) -> float:
    c = a + b
    if abs(c) <= _ROUNDING * abs(a):
        return 0.0
    return _sure(c, exact_zero=True)


def tidy_exponent(value: float) -> float:
    """Exponents that missed a multiple of 1/2 by rounding (1/3 + 2/3) are put back on it."""
    near = round(2.0 * value) / 2.0
    return near if abs(value - near) < 1e-13 else value


# ------------------------------------------------------------------ sums


def number(value: float) -> Sum:
    return (int(value != 0.0), (), (), value + 0.0)  # + 0.0 makes -0.0 an ordinary zero


def to_sum(terms: dict[Any, float], constant: float) -> Sum:
    products = sorted(p for p, c in terms.items() if c != 0.0)
    size = sum(p[0] for p in products) + (constant != 0.0)
    return (size, tuple(products), tuple([terms[p] for p in products]), constant + 0.0)


def single(base: Base, exponent: float = 1.0) -> Sum:
    size = base[0] + (exponent != 1.0)
    return (size, ((size, ((base, exponent),)),), (1.0,), 0.0)


def single_call(index: int, s: Sum) -> Base:
    """The base of a function of a sum."""
    return (s[0] + 1, CALL, index, s)


def add(a: Sum, b: Sum, sign: float) -> Sum:
    terms = dict(zip(a[1], a[2], strict=True))
    for product, c in zip(b[1], b[2], strict=True):
        terms[product] = _plus(terms[product], sign * c) if product in terms else sign * c
    return to_sum(terms, _plus(a[3], sign * b[3]))


def scale(s: Sum, factor: float) -> Sum:
    if factor == 1.0:
        return s
    if factor == 0.0:
        return number(0.0)
    constant = _sure(s[3] * factor) if s[3] else 0.0
    return (s[0], s[1], tuple([_sure(c * factor) for c in s[2]]), constant)


def shrink(s: Sum, divisor: float) -> Sum:
    """``s / divisor``; not a product with ``1 / divisor``, which would round twice."""
    if divisor == 1.0:
        return s
    constant = _sure(s[3] / divisor) if s[3] else 0.0
    return (s[0], s[1], tuple([_sure(c / divisor) for c in s[2]]), constant)


# ------------------------------------------------------------------ products and powers


def as_product(s: Sum) -> tuple[float, dict[Base, float]]:
    """Coefficient and factors; a proper sum becomes one factor with lead 1."""
    if not s[1]:
        return s[3], {}
    if len(s[1]) == 1 and s[3] == 0.0:
        return s[2][0], dict(s[1][0][1])
    return s[2][0], {(s[0], SUM, shrink(s, s[2][0])): 1.0}


def merge(factors: dict[Base, float], base: Base, exponent: float) -> None:
    own = factors.get(base)
    total = exponent if own is None else tidy_exponent(own + exponent)
    if total == 0.0:
        factors.pop(base, None)
    else:
        factors[base] = total


def to_product(coefficient: float, factors: dict[Base, float]) -> Sum:
    """Sum of one term; sums that merged to an integer power are opened again."""
    if coefficient == 0.0:
        return number(0.0)
    waiting = [b for b in factors if b[1] == SUM]
    while waiting:
        base = waiting.pop()
        exponent = factors.get(base)
        if exponent is None:
            continue
        inner: Sum = base[2]
        lead = inner[2][0]
        proper = len(inner[1]) > 1 or inner[3] != 0.0
        if exponent.is_integer():
            if proper and lead == 1.0:
                continue
            del factors[base]
            coefficient = _sure(coefficient * _power_of(lead, exponent))
            parts = [((base[0], SUM, shrink(inner, lead)), 1.0)] if proper else inner[1][0][1]
            for part, own in parts:
                merge(factors, part, own * exponent)
                if part[1] == SUM:
                    waiting.append(part)
        elif proper and lead < 0.0:
            # (1 - u)**p * (u - 1)**k: where the first is real, the second joins it
            opposite = (base[0], SUM, scale(inner, -1.0))
            other = factors.get(opposite)
            if other is not None and other.is_integer():
                del factors[opposite]
                coefficient *= -1.0 if other % 2.0 else 1.0
                merge(factors, base, other)
                waiting.append(base)
    if not factors:
        return number(coefficient)
    if len(factors) == 1:
        ((base, exponent),) = factors.items()
        if exponent == 1.0 and base[1] == SUM:  # a number times a sum is multiplied out
            return scale(base[2], coefficient)
    size = sum(b[0] + (e != 1.0) for b, e in factors.items())
    return (size, ((size, tuple(sorted(factors.items()))),), (coefficient,), 0.0)


def _factors(node: Node, level: int) -> tuple[float, dict[Base, float]]:
    """Coefficient and factors of a whole chain of ``* / - 1/``.

    A chain is never multiplied out on the way: ``2*(x + 0.3*y)/z`` would lose the last
    bit of 0.3 to a product with 2 and a quotient by 2.
    """
    if level > _MAX_LEVELS:
        raise CannotFold
    op = node.op
    if op not in _CHAIN:
        return as_product(normal(node, level))
    c, factors = _factors(node.children[0], level + 1)
    if op == "neg":
        return -c, factors
    if op == "inv":
        return _sure(1.0 / c), {base: -e for base, e in factors.items()}
    d, more = _factors(node.children[1], level + 1)
    sign = 1.0 if op == "mul" else -1.0
    for base, exponent in more.items():
        merge(factors, base, sign * exponent)
    if op == "mul":
        return _sure(c * d, exact_zero=c == 0.0 or d == 0.0), factors
    return _sure(c / d, exact_zero=c == 0.0), factors


def _power_of(base: float, exponent: float) -> float:
    with np.errstate(all="ignore"):
        value = float(np.power(np.float64(base), exponent))
    return _sure(value, exact_zero=base == 0.0)


def power(s: Sum, b: float) -> Sum:
    """``s ** b`` for a constant `b` (rules 2, 3 and 5)."""
    if b == 1.0:
        return s
    if b == 0.0:
        return number(1.0)
    if not s[1]:
        return number(_power_of(s[3], b))
    c, factors = as_product(s)
    if b.is_integer():
        return to_product(_power_of(c, b), _raised(factors, b))
    outside = _power_of(abs(c), b)
    if len(factors) == 1 and c > 0.0:
        (a,) = factors.values()
        # an even power under a root is an absolute value: it stays
        if not (a.is_integer() and a % 2.0 == 0.0):
            return to_product(outside, _raised(factors, b))
    inside = shrink(s, abs(c))
    return to_product(outside, {(inside[0], SUM, inside): b})


def _raised(factors: dict[Base, float], b: float) -> dict[Base, float]:
    powers = {base: b if a == 1.0 else tidy_exponent(a * b) for base, a in factors.items()}
    return {base: a for base, a in powers.items() if a != 0.0}


def free_power(s: Sum, t: Sum) -> Sum:
    if not t[1]:
        return power(s, t[3])
    if not s[1] and s[3] > 0.0:
        return function(EXP, scale(t, math.log(s[3])))
    return single((s[0] + t[0] + 1, POW, s, t))


def function(index: int, s: Sum) -> Sum:
    """A function that is no power (rule 4 and the fold of constants)."""
    if not s[1]:
        with np.errstate(all="ignore"):
            value = float(OPS[FUNCTIONS[index]].apply(np, np.float64(s[3])))
        return number(_sure(value, exact_zero=True))
    if index in (EXP, LOG) and len(s[1]) == 1 and s[2][0] == 1.0 and s[3] == 0.0:
        ((base, exponent), *rest) = s[1][0][1]
        undo = LOG if index == EXP else EXP
        if not rest and exponent == 1.0 and base[1] == CALL and base[2] == undo:
            return base[3]
    if (parity := _PARITY[index]) and s[2][0] < 0.0:
        out = single((s[0] + 1, CALL, index, scale(s, -1.0)))
        return out if parity > 0 else scale(out, -1.0)
    return single(single_call(index, s))


def own(op: str, parts: list[Sum]) -> Sum:
    """An operator of which nothing is known but its values: a user's, or one of two operands."""
    if not any(part[1] for part in parts):
        with np.errstate(all="ignore"):
            value = float(OPS[op].apply(np, *(np.float64(part[3]) for part in parts)))
        return number(_sure(value, exact_zero=True))
    return single((sum(part[0] for part in parts) + 1, OWN, op, *parts))


def normal(node: Node, level: int = 0) -> Sum:
    """The normal form of a tree."""
    op = node.op
    if op == "const":
        return number(_sure(node.value, exact_zero=True))
    if op == "var":
        return single((1, VAR, int(node.value)))
    if level > _MAX_LEVELS:
        raise CannotFold
    if op in _CHAIN:
        return to_product(*_factors(node, level))
    if op not in _KNOWN:
        return own(op, [normal(child, level + 1) for child in node.children])
    a = normal(node.children[0], level + 1)
    if len(node.children) == 1:
        index = INDEX.get(op)
        return power(a, float(OPS[op].power or 1.0)) if index is None else function(index, a)
    b = normal(node.children[1], level + 1)
    return free_power(a, b) if op == "pow" else add(a, b, 1.0 if op == "add" else -1.0)


def terms(s: Sum) -> Iterator[Sum]:
    """The products of a sum, and its constant, each as a sum of its own."""
    for product, c in zip(s[1], s[2], strict=True):
        yield to_sum({product: c}, 0.0)
    if s[3]:
        yield number(s[3])


def times(a: Sum, b: Sum) -> Sum:
    """The product, multiplied out; also where a factor is a power of a sum."""
    out = number(0.0)
    for one, other in itertools.product(terms(a), terms(b)):
        c, factors = as_product(one)
        d, more = as_product(other)
        for base, e in more.items():
            merge(factors, base, e)
        opened = [b for b, e in factors.items() if b[1] == SUM and e == 1.0]
        for base in opened:
            del factors[base]
        product = to_product(c * d, factors)
        for base in opened:
            product = times(product, base[2])
        out = add(out, product, 1.0)
    return out


def expanded(s: Sum, most: int = 3) -> Sum:
    """The same without sums as factors, nor their whole powers up to `most`."""
    out = number(0.0)
    for term in terms(s):
        c, factors = as_product(term)
        powers = [(b, e) for b, e in factors.items() if b[1] == SUM and e in range(1, most + 1)]
        for base, _ in powers:
            del factors[base]
        product = to_product(c, factors)
        for base, e in powers:
            inside = expanded(base[2], most)
            for _ in range(int(e)):
                product = times(product, inside)
        out = add(out, product, 1.0)
    return out


# ------------------------------------------------------------------ back to a tree


def to_tree(s: Sum) -> Node:
    """Ordinary binary ops; a positive term, if there is one, comes first."""
    terms: list[tuple[float, Any]] = list(zip(s[2], s[1], strict=True))
    if s[3] != 0.0 or not terms:
        terms.append((s[3], None))
    first = next((i for i, (c, _) in enumerate(terms) if c > 0.0), 0)
    if first:
        terms.insert(0, terms.pop(first))
    out: Node | None = None
    for c, product in terms:
        if out is None:
            out = const(c) if product is None else _term(c, product[1])
            continue
        size = abs(c)
        part = const(size) if product is None else _term(size, product[1])
        out = Node("add" if c > 0.0 else "sub", (out, part))
    assert out is not None
    return out


def _term(c: float, factors: tuple[tuple[Base, float], ...]) -> Node:
    above: Node | None = None if abs(c) == 1.0 else const(c)
    below: Node | None = None
    for base, exponent in factors:
        part = raised_tree(base_tree(base), abs(exponent))
        if exponent > 0.0:
            above = part if above is None else Node("mul", (above, part))
        else:
            below = part if below is None else Node("mul", (below, part))
    if below is None:
        out = above
    elif above is None:
        out = Node("inv", (below,))
    else:
        out = Node("div", (above, below))
    assert out is not None
    return Node("neg", (out,)) if c == -1.0 else out


def raised_tree(node: Node, exponent: float) -> Node:
    if exponent == 1.0:
        return node
    short = {2.0: "square", 3.0: "cube", 0.5: "sqrt"}.get(exponent)
    return Node(short, (node,)) if short else Node("pow", (node, const(exponent)))


def base_tree(base: Base) -> Node:
    kind = base[1]
    if kind == VAR:
        return Node("var", (), base[2])
    if kind == CALL:
        return Node(FUNCTIONS[base[2]], (to_tree(base[3]),))
    if kind == SUM:
        return to_tree(base[2])
    if kind == OWN:
        return Node(base[2], tuple(to_tree(part) for part in base[3:]))
    return Node("pow", (to_tree(base[2]), to_tree(base[3])))
