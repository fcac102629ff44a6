"""Fractions of sums of products with real and complex exponents, as one form for equal laws.

Every function of a law that can is written by exponentials, also sin and tanh, so that what is
equal by the rules of powers, exponentials and angles becomes equal term by term:

- a *monomial* is a product of bases with exponents,
- a *polynomial* is a sum of monomials with coefficients,
- a *fraction* is one polynomial over another whose lowest term is 1.

A *base* is a column, the exponential of a fraction, a sum under a free power, or a function of
which nothing is known. Numbers are arrays: one form holds a law for many settings of its
constants at once. Which terms are alike, and their order, the first setting decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

Array = np.ndarray
Monomial = tuple[tuple["Base", Array], ...]
Poly = dict[Any, tuple[Array, Monomial]]

MOST_TERMS = 48
_GONE = 1e-11  # of the terms of a sum: what is left is rounding
_REAL = 1e-10  # of the size of a number: its other part is rounding


class NoForm(Exception):
    """A law has no such form: a number overflows, or it has too many terms."""


def rounded(z: complex) -> tuple[float, float]:
    """Ten digits of a number, to compare by."""
    small = _REAL * abs(z)
    real = z.real if abs(z.real) > small else 0.0
    imag = z.imag if abs(z.imag) > small else 0.0
    return float(f"{real:.9e}"), float(f"{imag:.9e}")


class Base:
    """What stands under an exponent: its kind, and the fraction inside unless it is a column."""

    def __init__(self, kind: str, inside: Fraction | None = None) -> None:
        self.kind, self.inside = kind, inside
        self.skeleton = kind if inside is None else f"{kind}({inside.skeleton})"
        self.numbers: list[Array] = [] if inside is None else inside.numbers
        self.ident = (self.skeleton, tuple([rounded(n[0]) for n in self.numbers]))


def monomial_key(monomial: Monomial) -> Any:
    return tuple([(base.ident, rounded(e[0])) for base, e in monomial])


def times_monomial(a: Monomial, b: Monomial) -> Monomial:
    """The product of two; exponents of one base are added."""
    if not a or not b:
        return a or b
    merged = {base.ident: (base, e) for base, e in a}
    for base, e in b:
        own = merged.get(base.ident)
        if own is None:
            merged[base.ident] = (base, e)
            continue
        total = own[1] + e
        if abs(total[0]) <= _GONE * (abs(own[1][0]) + abs(e[0])):
            del merged[base.ident]
        else:
            merged[base.ident] = (base, total)
    return tuple([merged[ident] for ident in sorted(merged)])


def raised_monomial(m: Monomial, exponent: Array | float) -> Monomial:
    return tuple([(base, e * exponent) for base, e in m])


def plus(a: Poly, b: Poly) -> Poly:
    out = dict(a)
    for key, (c, monomial) in b.items():
        own = out.get(key)
        if own is None:
            out[key] = (c, monomial)
            continue
        total = own[0] + c
        if abs(total[0]) <= _GONE * (abs(own[0][0]) + abs(c[0])):
            del out[key]
        else:
            out[key] = (total, monomial)
    if len(out) > MOST_TERMS:
        raise NoForm
    return out


def times(a: Poly, b: Poly) -> Poly:
    if len(a) * len(b) > 4 * MOST_TERMS:
        raise NoForm
    out: Poly = {}
    for c, m in a.values():
        for d, n in b.values():
            monomial = times_monomial(m, n)
            out = plus(out, {monomial_key(monomial): (c * d, monomial)})
    return out


def times_term(a: Poly, c: Array, m: Monomial) -> Poly:
    out = {}
    for d, n in a.values():
        monomial = times_monomial(m, n)
        out[monomial_key(monomial)] = (c * d, monomial)
    return out


def ordered(a: Poly) -> list[tuple[Array, Monomial]]:
    """The terms, lowest exponents first; a common factor does not change their order."""
    if len(a) == 1:
        return list(a.values())
    bases = sorted({base.ident for _, monomial in a.values() for base, _ in monomial})

    def place(term: tuple[Array, Monomial]) -> list[tuple[float, float]]:
        exponents = {base.ident: rounded(e[0]) for base, e in term[1]}
        return [exponents.get(ident, (0.0, 0.0)) for ident in bases]

    return sorted(a.values(), key=place)


def _kind(exponent: complex) -> str:
    real, imag = rounded(exponent)
    return "r" if imag == 0.0 else "i" if real == 0.0 else "c"


class Fraction:
    """One polynomial over another whose lowest term is 1."""

    def __init__(self, above: Poly, below: Poly) -> None:
        if not below:
            raise NoForm
        first, monomial = ordered(below)[0]
        if monomial or (first != 1.0).any():
            with np.errstate(all="ignore"):
                c = 1.0 / first
            if not np.isfinite(c).all():
                raise NoForm
            m = raised_monomial(monomial, -1.0)
            above, below = times_term(above, c, m), times_term(below, c, m)
        self.above, self.below = above, below

    @property
    def is_whole(self) -> bool:
        """Whether nothing stands below."""
        return len(self.below) == 1

    @property
    def constant(self) -> Array | None:
        """Its value, if no column stands in it."""
        if not self.is_whole or len(self.above) > 1 or (self.above and () not in self.above):
            return None
        if not self.above:
            (one,) = self.below.values()
            return 0.0 * one[0]
        return self.above[()][0]

    @cached_property
    def skeleton(self) -> str:
        """The form without its numbers."""
        parts = [
            "+".join(
                "*".join(f"{base.skeleton}^{_kind(e[0])}" for base, e in monomial) or "1"
                for _, monomial in ordered(poly)
            )
            for poly in (self.above, self.below)
        ]
        return parts[0] if self.is_whole else "/".join(parts)

    @cached_property
    def numbers(self) -> list[Array]:
        """The numbers of the form, in the order of the skeleton."""
        out = []
        for poly in (self.above, self.below):
            for c, monomial in ordered(poly):
                out.append(c)
                for base, e in monomial:
                    out += [*base.numbers, e]
        return out


def single(c: Array, monomial: Monomial = ()) -> Poly:
    return {monomial_key(monomial): (c, monomial)}


def number(value: Array) -> Fraction:
    if not np.isfinite(value).all():
        raise NoForm
    one = np.ones_like(value)
    return Fraction(single(value) if value.any() else {}, single(one))


def of_poly(above: Poly, one: Array) -> Fraction:
    return Fraction(above, single(one))


def of_base(base: Base, one: Array, exponent: Array | None = None) -> Fraction:
    return of_poly(single(one, ((base, one if exponent is None else exponent),)), one)


def add(a: Fraction, b: Fraction, sign: float = 1.0) -> Fraction:
    above = b.above if sign == 1.0 else {key: (-c, m) for key, (c, m) in b.above.items()}
    if a.below.keys() == b.below.keys() and _same(a.below, b.below):
        return Fraction(plus(a.above, above), a.below)
    return Fraction(plus(times(a.above, b.below), times(above, a.below)), times(a.below, b.below))


def _same(a: Mapping[Any, Any], b: Mapping[Any, Any]) -> bool:
    return all(abs(c[0] - b[key][0][0]) <= _GONE * abs(c[0]) for key, (c, _) in a.items())


def multiply(a: Fraction, b: Fraction) -> Fraction:
    return Fraction(times(a.above, b.above), times(a.below, b.below))


def inverse(a: Fraction) -> Fraction:
    return Fraction(a.below, a.above)
