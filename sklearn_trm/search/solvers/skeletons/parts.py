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
_OPEN = "?"  # the kind of what holds constants


@dataclass(frozen=True, slots=True)
class Parts:
    """What a skeleton is made of.

    Attributes
    ----------
    factors : frozenset
        Names of the bases whose powers it is a product of.
    free : frozenset
        Those with an exponent that is a constant.
    terms : frozenset
        Names of what it is a sum of; the kind tells logarithms, and terms with constants, which
        may stand in a sum twice.
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
        return any(kind.startswith("log") for kind, _ in self.terms)


def whole(number: int) -> Parts:
    """Of the column: one factor, one term."""
    own = frozenset({("", number)})
    return Parts(own, _NO, own, P.COLUMN)


def joined(
    form: Form, number: int, constants: int, a: int, one: Parts, b: int, two: Parts | None
) -> Parts | None:
    """The parts of what a form makes of one skeleton or two; None if it is another's curves.

    Parameters
    ----------
    form : Form
    number, constants : int
        Of the new skeleton.
    a, b : int
        Numbers of the skeletons that it is made of, with their parts `one` and `two`.
    """
    own = frozenset({("", number)})
    term = frozenset({(_OPEN, number)}) if constants else own
    if two is not None:
        return _of_two(form, number, term, a, one, b, two)
    last = form.chain[-1]
    if last == P.LOG:
        term = frozenset({("log" + _OPEN * (constants > 0), number)})
    if len(form.chain) > 1 and last != P.EXP:
        if form.chain == (P.SHIFT, P.INV) and one.last == P.INV:
            return None  # 1/(1/x + c) = (1 - 1/(1 + c*x))/c
        return Parts(own, own if last == P.POWER else _NO, term, last)
    if last in _POWERS:
        if one.free and one.free == one.factors:
            return None
        return Parts(one.factors, one.free, term, last, a)
    if last == P.POWER:
        if one.free or one.factors != frozenset({("", a)}):
            return None
        return Parts(one.factors, one.factors, term, last, a)
    if last == P.EXP:
        if one.has_logarithm:
            return None  # a power
        base = frozenset({("exp", a)})
        return Parts(base, base if P.RATE in form.chain else _NO, term, last, a)
    if last == P.LOG and one.free:
        return None
    return Parts(own, _NO, term, last, a)


def _of_two(
    form: Form, number: int, term: Names, a: int, one: Parts, b: int, two: Parts
) -> Parts | None:
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
        return Parts(first | second, free, term, form.join)
    if any(not kind.endswith(_OPEN) for kind, _ in one.terms & two.terms):
        return None
    for p, inner in ((one, b), (two, a)):
        if p.last == P.SQUARE and p.inside == inner:
            return None  # the square of a shift
    return Parts(frozenset({("", number)}), _NO, one.terms | two.terms, form.join)
