"""Quotients divided out: ``(x*(x + a) + b)/(x + a)`` is ``x + b/(x + a)``.

Polynomial division of sums whose terms may have any powers: each term of the whole leaves fewer
terms over the bar than there were.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from . import normal_form as N
from .normal_form import Base, Sum

_MOST = 24  # terms over a bar


def count(s: Sum) -> int:
    """Terms, the constant among them."""
    return len(s[1]) + (s[3] != 0.0)


def divided(s: Sum, difference: Callable[[Sum, Sum], Sum]) -> Iterator[tuple[Sum, Sum, Base]]:
    """For each sum below a bar: what stands beside the bar, what is left over it, and the sum.

    Parameters
    ----------
    s : Sum
    difference : callable
        Of two sums, without what is rounding beside them.

    Examples
    --------
    >>> from .text import parse
    >>> s = N.normal(parse("(x0*x1 + 2*x0 + 3)/(x1 + 2)"))
    >>> for whole, left, base in divided(s, lambda a, b: N.add(a, b, -1.0)):
    ...     print(N.to_tree(whole), N.to_tree(left), N.to_tree(N.single(base)))
    x0 3 x1 + 2
    """
    below = {b for product in s[1] for b, e in product[1] if b[1] == N.SUM and e == -1.0}
    for base in sorted(below):
        over, rest = N.number(0.0), N.number(0.0)
        for term in N.terms(s):
            if term[1] and (base, -1.0) in term[1][0][1]:
                over = N.add(over, N.times(term, N.single(base)), 1.0)
            else:
                rest = N.add(rest, term, 1.0)
        over = N.expanded(over)
        if 2 <= count(over) <= _MOST:
            whole, left = _quotient(over, base[2], difference)
            if count(whole):
                yield N.add(rest, whole, 1.0), left, base


def _quotient(over: Sum, below: Sum, difference: Callable[[Sum, Sum], Sum]) -> tuple[Sum, Sum]:
    """``over = whole*below + left``."""
    whole, left, fewer = N.number(0.0), over, True
    while fewer:
        fewer = False
        for term, first in itertools.product(N.terms(left), N.terms(below)):
            times = N.times(term, N.power(first, -1.0))
            taken = N.number(0.0)
            for part in N.terms(below):
                taken = N.add(taken, N.times(times, part), 1.0)
            rest = difference(left, taken)
            if count(rest) < count(left):
                whole, left, fewer = N.add(whole, times, 1.0), rest, True
                break
    return whole, left
