"""Factors and terms of a skeleton: what tells the same curves in other constants.

``exp(k*x)**2`` or ``x**p * x**2`` are other writings of ``exp(k*x)`` and ``x**p`` in which the
constant means something else, so that their values at equal constants differ.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import programs as P
from .forms import NONE, Form

Names = frozenset[tuple[str, int]]

_POWERS = (P.INV, P.SQUARE, P.CUBE, P.SQRT)
_NO: Names = frozenset()


@dataclass(frozen=True)
class Parts:
    """What a skeleton is made of.

    Attributes
    ----------
    factors : frozenset
        Names of the bases whose powers it is a product of.
    free : frozenset
        Those with an exponent that is a constant.
    terms : frozenset
        Names of what it is a sum of.
    last : int
        The last operation.
    inside : int
        The skeleton that this is a function of, without a constant between them; or -1.
    """

    factors: Names
    free: Names
    terms: Names
    last: int
    inside: int = NONE

    @property
    def has_exponential(self) -> bool:
        return any(kind == "exp" for kind, _ in self.factors)

    @property
    def has_logarithm(self) -> bool:
        return any(kind == "log" for kind, _ in self.terms)


def whole(number: int) -> Parts:
    """Of the column: one factor, one term."""
    return Parts(frozenset({("", number)}), _NO, frozenset({("", number)}), P.COLUMN)


def joined(form: Form, number: int, a: int, one: Parts, b: int, two: Parts | None) -> Parts | None:
    """The parts of what a form makes of one skeleton or two; None if it is another's curves.

    Parameters
    ----------
    form : Form
    number : int
        Of the new skeleton.
    a, b : int
        Numbers of the skeletons that it is made of, with their parts `one` and `two`.
    """
    if two is not None:
        return _of_two(form, number, a, one, b, two)
    last, own = form.chain[-1], frozenset({("", number)})
    if len(form.chain) > 1 and last != P.EXP:
        if form.chain == (P.SHIFT, P.INV) and one.last == P.INV:
            return None  # 1/(1/x + c) = (1 - 1/(1 + c*x))/c
        term = frozenset({("log" if last == P.LOG else "", number)})
        free = own if last == P.POWER else _NO
        return Parts(own, free, term, last)
    if last in _POWERS:
        return None if one.free and one.free == one.factors else Parts(
            one.factors, one.free, own, last, a)  # fmt: skip
    if last == P.POWER:
        if one.free or one.factors != frozenset({("", a)}):
            return None
        return Parts(one.factors, one.factors, own, last, a)
    if last == P.EXP:
        if one.has_logarithm:
            return None  # a power
        base = frozenset({("exp", a)})
        return Parts(base, base if P.RATE in form.chain else _NO, own, last, a)
    if last == P.LOG:
        return None if one.free else Parts(own, _NO, frozenset({("log", number)}), last, a)
    return Parts(own, _NO, own, last, a)


def _of_two(form: Form, number: int, a: int, one: Parts, b: int, two: Parts) -> Parts | None:
    own = frozenset({("", number)})
    if form.join in (P.MUL, P.DIV):
        first = one.factors if form.before[0] == NONE else frozenset({("shifted", a)})
        second = two.factors if form.before[1] == NONE else frozenset({("shifted", b)})
        free = (one.free if form.before[0] == NONE else _NO) | (
            two.free if form.before[1] == NONE else _NO
        )
        if free & first & second:
            return None
        if form.before == (NONE, NONE) and one.has_exponential and two.has_exponential:
            return None  # the exponential of a sum
        return Parts(first | second, free, own, form.join)
    if one.terms & two.terms:
        return None
    for p, q, inner in ((one, two, b), (two, one, a)):
        if p.last == P.SQUARE and p.inside == inner:
            return None  # the square of a shift
    return Parts(own, _NO, one.terms | two.terms, form.join)
