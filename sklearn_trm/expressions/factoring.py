"""Polynomials as products: ``x0*x1**2 + 2*x0**2*x1 + x0**3`` is ``x0*(x0 + x1)**2``.

Where all numbers are short decimals they are fractions, and sympy factors over those.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from fractions import Fraction

from .tree import Node, complexity, const, var

Terms = dict[tuple[int, ...], Fraction]  # powers of the columns

_FIGURES = 8  # of a number that is a fraction
_MOST, _DEGREE = 30, 8  # terms and degree of a polynomial
_POWERS = {"square": 2, "cube": 3}
_WHOLE = frozenset(map(float, range(2, _DEGREE + 1)))


def factored(law: Node, columns: tuple[int, ...]) -> Node | None:
    """A polynomial as a shorter product; None where there is none.

    Parameters
    ----------
    law : Node
    columns : tuple of int
        The columns of the law.

    Examples
    --------
    >>> from .text import parse
    >>> print(factored(parse("x0*x1**2 - 3*x0**2*x1 + 2.25*x0**3"), (0, 1)))
    x0*(x1 - 1.5*x0)**2
    """
    terms = _expanded(law, columns)
    if terms is None or len(terms) < 3:
        return None
    from sympy import Poly, Rational, factor_list, symbols  # half a second, once

    names = symbols([f"x{j}" for j in columns])
    whole = {powers: Rational(c.numerator, c.denominator) for powers, c in terms.items()}
    content, factors = factor_list(Poly.from_dict(whole, *names))
    scale, parts = Fraction(int(content.p), int(content.q)), []
    for factor, count in factors:
        part = {powers: Fraction(int(c.p), int(c.q)) for powers, c in factor.as_dict().items()}
        unit = _unit(part)
        scale *= unit**count
        parts.append(({powers: c / unit for powers, c in part.items()}, count))
    if len(parts) < 2 and all(count == 1 for _, count in parts):
        return None
    out = _product(scale, parts, columns)
    return out if complexity(out) < complexity(law) else None


def _expanded(node: Node, columns: tuple[int, ...]) -> Terms | None:
    """Terms of a polynomial; None where a law is none, or has other numbers."""
    zero = (0,) * len(columns)
    if node.is_const:
        exact = node.value if math.isfinite(node.value) else math.nan
        short = float(f"{exact:.{_FIGURES}g}")
        return {zero: Fraction(repr(short))} if abs(short - exact) <= 1e-14 * abs(exact) else None
    if node.is_var:
        return {tuple(int(j == node.column) for j in columns): Fraction(1)}
    if node.op in _POWERS or node.op == "pow":
        power = float(_POWERS.get(node.op, 0))
        if node.op == "pow" and node.children[1].is_const:
            power = node.children[1].value
        out = base = _expanded(node.children[0], columns) if power in _WHOLE else None
        for _ in range(int(power) - 1 if base is not None else 0):
            out = _times(out, base)
        return out
    if node.op not in ("add", "sub", "mul", "neg"):
        return None
    parts = [_expanded(child, columns) for child in node.children]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if node.op == "mul":
        return _times(*known)
    signs = {"neg": (-1,), "add": (1, 1), "sub": (1, -1)}[node.op]
    terms = dict.fromkeys(itertools.chain(*known), Fraction(0))
    for sign, part in zip(signs, known, strict=True):
        for powers, c in part.items():
            terms[powers] += sign * c
    return _without_zeros(terms)


def _times(a: Terms | None, b: Terms | None) -> Terms | None:
    if a is None or b is None or len(a) * len(b) > _MOST**2:
        return None
    out: dict[tuple[int, ...], Fraction] = {}
    for (p, c), (q, e) in itertools.product(a.items(), b.items()):
        powers = tuple(map(sum, zip(p, q, strict=True)))
        out[powers] = out.get(powers, Fraction(0)) + c * e
    small = len(out) <= _MOST and max(map(sum, out), default=0) <= _DEGREE
    return _without_zeros(out) if small else None


def _without_zeros(terms: Terms) -> Terms:
    return {powers: c for powers, c in terms.items() if c}


def _unit(part: Terms) -> Fraction:
    """The coefficient by which a factor is divided, so that its numbers are short."""

    def cost(unit: Fraction) -> tuple[int, int]:
        numbers = {powers: c / unit for powers, c in part.items()}
        below = sum(c < 0 for powers, c in numbers.items() if any(powers))
        return sum(map(_length, numbers.values())), below

    return min((s * c for c in part.values() for s in (1, -1)), key=cost)


def _length(value: Fraction) -> int:
    return 0 if abs(value) == 1 else 1 + len(f"{abs(float(value)):.12g}")


def _product(scale: Fraction, parts: list[tuple[Terms, int]], columns: tuple[int, ...]) -> Node:
    parts = sorted(parts, key=lambda part: (len(part[0]), min(map(_first, part[0]))))
    factors = [_power(_sum(part, columns), count) for part, count in parts]
    if abs(scale) != 1:
        factors.insert(0, const(float(scale)))
    out = functools.reduce(operator.mul, factors)
    return Node("neg", (out,)) if scale == -1 else out


def _power(node: Node, count: int) -> Node:
    named = next((name for name, p in _POWERS.items() if p == count), None)
    if count == 1 or named is not None:
        return node if named is None else Node(named, (node,))
    return node ** const(float(count))


def _first(powers: tuple[int, ...]) -> tuple[int, ...]:
    """First columns first."""
    return tuple(-e for e in powers)


def _sum(part: Terms, columns: tuple[int, ...]) -> Node:
    """Terms with columns first, what is positive before what is not."""
    order = sorted(part.items(), key=lambda t: (not any(t[0]), t[1] < 0, _first(t[0])))
    out: Node | None = None
    for powers, c in order:
        factors = [_power(var(j), e) for j, e in zip(columns, powers, strict=True) if e]
        size = abs(c) if out is not None else c
        if size != 1 or not factors:
            factors.insert(0, const(float(size)))
        term = functools.reduce(operator.mul, factors)
        out = term if out is None else out + term if c > 0 else out - term
    assert out is not None
    return out
