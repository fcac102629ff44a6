"""Waves of one angle, or of an angle and its double, as one; beside its level it is a square."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from . import normal_form as N
from .normal_form import Sum

SIN, COS = N.INDEX["sin"], N.INDEX["cos"]


def united_waves(s: Sum, difference: Callable[[Sum, Sum], Sum]) -> Iterator[Sum]:
    """``a*sin(u) + b*cos(u)`` as one cosine with a phase, and as one sine.

    Parameters
    ----------
    s : Sum
    difference : callable
        Of two sums, without what is rounding beside them.

    Examples
    --------
    >>> from .text import parse
    >>> s = N.normal(parse("sin(x0) + cos(x0)"))
    >>> for one in united_waves(s, lambda a, b: N.add(a, b, -1.0)):
    ...     print(N.to_tree(one))
    sqrt(2)*cos(x0 - pi/4)
    sqrt(2)*sin(x0 + pi/4)
    """
    waves: dict[tuple, dict[int, float]] = {}
    for product, c in zip(s[1], s[2], strict=True):
        for base, e in product[1]:
            if base[1] == N.CALL and base[2] in (SIN, COS) and e == 1.0:
                rest = tuple(f for f in product[1] if f[0] != base)
                waves.setdefault((base[3], rest), {})[base[2]] = c
    for (angle, rest), found in waves.items():
        if len(found) == 2:
            a, b = found[SIN], found[COS]
            parts = N.number(0.0)
            for f, c in found.items():
                own = N.to_product(c, {**dict(rest), N.single_call(f, angle): 1.0})
                parts = N.add(parts, own, 1.0)
            for f, phase in ((COS, -math.atan2(a, b)), (SIN, math.atan2(b, a))):
                turned = N.add(angle, N.number(phase), 1.0)
                d, factors = N.as_product(N.function(f, turned))
                for base, e in rest:
                    N.merge(factors, base, e)
                one = N.to_product(math.copysign(math.hypot(a, b), d), factors)
                yield N.add(one, difference(s, parts), 1.0)


def halved_waves(s: Sum, difference: Callable[[Sum, Sum], Sum]) -> Iterator[Sum]:
    """``a*sin(2*u) + b*cos(u)**2`` as one wave beside a level, and ``c + c*cos(v)`` as a square.

    Parameters
    ----------
    s : Sum
    difference : callable
        Of two sums, without what is rounding beside them.

    Examples
    --------
    >>> from .text import parse
    >>> minus = lambda a, b: N.add(a, b, -1.0)
    >>> for one in halved_waves(N.normal(parse("sin(2*x0) + 2*cos(x0)**2")), minus):
    ...     print(N.to_tree(one))
    sqrt(2)*cos(2*x0 - pi/4) + 1
    sqrt(2)*sin(2*x0 + pi/4) + 1
    >>> for one in halved_waves(N.normal(parse("3*x1 - 3*x1*cos(x0)")), minus):
    ...     print(N.to_tree(one))
    6*x1*sin(0.5*x0)**2
    """
    terms = dict(zip(s[1], s[2], strict=True))
    for product, c in terms.items():
        for base, e in product[1]:
            if base[1] != N.CALL or base[2] not in (SIN, COS) or e not in (1.0, 2.0):
                continue
            rest = {b: k for b, k in product[1] if b != base}
            own = N.to_product(c, dict(product[1]))
            if e == 2.0:  # (1 + cos(2*u))/2
                half = 0.5 * c if base[2] == COS else -0.5 * c
                double = N.single_call(COS, N.scale(base[3], 2.0))
                wave = N.to_product(half, {**rest, double: 1.0})
                parts = N.add(N.to_product(0.5 * c, rest), wave, 1.0)
                yield from united_waves(N.add(difference(s, own), parts, 1.0), difference)
            elif base[2] == COS:
                level = N.to_product(c, rest)
                beside = s[3] if not rest else terms.get(level[1][0], 0.0)
                if not beside or abs(abs(beside) - abs(c)) > 1e-9 * abs(c):
                    continue
                squared = N.single_call(COS if beside * c > 0.0 else SIN, N.scale(base[3], 0.5))
                square = N.to_product(2.0 * beside, {**rest, squared: 2.0})
                left = difference(difference(s, own), N.scale(level, beside / c))
                yield N.add(left, square, 1.0)
