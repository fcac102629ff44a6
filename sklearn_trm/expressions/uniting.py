"""Waves of one angle as one wave."""

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
