"""The shortest writing of a law that we can find: common factors, squares, common denominators.

Scans find laws as sums of products; people write ``(x0 + x1)*(x2 - x3)``. Rewriting climbs down
in complexity: of a sum, factors that its terms share are taken out, squares and higher powers are
completed, fractions get one denominator or are divided out, logarithms are united; in a product,
exponentials are united and columns are moved under a power of a sum. Some rewritings hold for
positive columns only, so the result is checked on the rows of the table.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from . import normal_form as N
from .dividing import count, divided
from .evaluate import evaluate
from .exactness import SAME
from .normal_form import Base, Sum
from .tree import Node, constants, with_constants
from .uniting import halved_waves, united_waves
from .writing import cost, write

_SIN, _COS, _ABS = N.INDEX["sin"], N.INDEX["cos"], N.INDEX["abs"]
_EFFORT = 400  # sums that are looked at
_MOST_TERMS, _FEW_TERMS = 24, 6  # at all; of a law that is also multiplied out
_WRITINGS = 250  # that are compared
_TOO_LATE = (10**6, 0)  # the cost of all others
_MOST_POWER = 4


def shorten(law: Node, X: np.ndarray, tolerance: float = SAME) -> Node:
    """The shortest law found that has the values of `law` on the rows of `X`.

    Parameters
    ----------
    law : Node
    X : ndarray of shape (n, d)
    tolerance : float
        Relative difference below which two constants are the same number.

    Returns
    -------
    Node
        `law` itself where nothing shorter was found. A number that is no short decimal
        counts twice: rounder numbers may be worth one symbol more.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> X = np.linspace(1.0, 2.0, 8).reshape(2, 4)
    >>> print(shorten(parse("x0*x2 - x0*x3 + x1*x2 - x1*x3"), X))
    (x0 + x1)*(x2 - x3)
    >>> print(shorten(parse("x0**2 - 2*x0*x1 + x1**2 + 3"), X))
    (x0 - x1)**2 + 3
    >>> print(shorten(parse("(x0**2 + 0.5*x0 + x0*x1 + 0.5*x1 + 3)/(x0 + x1)"), X))
    x0 + 3/(x0 + x1) + 0.5
    >>> print(shorten(parse("x0*x1*sqrt(x2**2/x1**2 + 1)"), X))
    x0*sqrt(x1**2 + x2**2)
    """
    try:
        search = _Shortener(X, tolerance)
        own = N.normal(law)
        starts = [own]
        if len(own[1]) <= _FEW_TERMS and len((whole := N.expanded(own))[1]) <= _FEW_TERMS:
            starts += [whole] if whole != own else []
        short = min((write(search.sum(start)) for start in starts), key=cost)
    except (N.CannotFold, OverflowError, ZeroDivisionError, RecursionError):
        return law
    if cost(short) >= cost(law):
        return law
    short = with_constants(short, [float(f"{c:.15g}") for c in constants(short)])
    before, after = evaluate(law, X), evaluate(short, X)
    fits = np.isfinite(before)
    size = float(np.max(np.abs(before[fits]), initial=0.0))
    same = np.abs(after[fits] - before[fits]) <= tolerance * np.maximum(np.abs(before[fits]), size)
    return short if same.all() else law


class _Shortener:
    """One search for a shorter writing; what was looked at once is kept."""

    def __init__(self, X: np.ndarray, tolerance: float) -> None:
        self.X, self.tolerance = X, tolerance
        self._signs: dict[Base, int] = {}
        self.left = _EFFORT
        self._done: dict[Sum, Sum] = {}
        self._costs: dict[Sum, tuple[int, int]] = {}
        self._sums: dict[tuple, list[Sum]] = {}

    def cost(self, s: Sum) -> tuple[int, int]:
        """What its writing costs."""
        if s not in self._costs:
            if len(self._costs) >= _WRITINGS:
                return _TOO_LATE
            self._costs[s] = cost(write(s))
        return self._costs[s]

    def sum(self, s: Sum) -> Sum:
        """The shortest sum found that equals `s`."""
        if s in self._done:
            return self._done[s]
        self.left -= 1
        if self.left < 0 or len(self._costs) >= _WRITINGS or len(s[1]) > _MOST_TERMS:
            return s
        self._done[s] = s  # what it is made of cannot need it again
        best = N.number(s[3])
        for product, c in zip(s[1], s[2], strict=True):
            best = N.add(best, self.product(c, product[1]), 1.0)
        best = min(best, s, key=self.cost)
        while (other := min(self._rewritings(best), key=self.cost, default=best)) != best:
            if self.cost(other) >= self.cost(best):
                break
            best = other
        self._done[s] = best
        return best

    def product(self, c: float, factors: tuple[tuple[Base, float], ...]) -> Sum:
        """The shortest sum found that equals one product."""
        out: dict[Base, float] = {}
        inner = N.number(0.0)  # of all exponentials
        for base, exponent in factors:
            if base[1] == N.CALL and base[2] == N.EXP:
                inner = N.add(inner, N.scale(base[3], exponent), 1.0)
                continue
            d, parts = N.as_product(self._power(self._base(base), exponent))
            c *= d
            for part, e in parts.items():
                N.merge(out, self._known(part), e)
        d, inner = self._unlogged(inner, out)
        c *= d
        if inner[1] or inner[3]:
            d, parts = N.as_product(N.function(N.EXP, self.sum(inner)))
            c *= d
            for part, e in parts.items():
                N.merge(out, part, e)
        return self._moved(N.to_product(c, out))

    def _unlogged(self, exponent: Sum, out: dict[Base, float]) -> tuple[float, Sum]:
        """What is left of an exponent when ``exp(a*log(b))`` is the factor ``b**a``."""
        c, rest = 1.0, N.number(0.0)
        for term in N.terms(exponent):
            factors = term[1][0][1] if term[1] else ()
            logs = [b for b, e in factors if b[1:3] == (N.CALL, N.LOG) and e == 1.0]
            if len(logs) != 1:
                rest = N.add(rest, term, 1.0)
                continue
            power = N.times(term, N.single(logs[0], -1.0))
            d, parts = N.as_product(N.free_power(self.sum(logs[0][3]), self.sum(power)))
            c *= d
            for part, e in parts.items():
                N.merge(out, part, e)
        return c, rest

    def _base(self, base: Base) -> Sum:
        if base[1] == N.CALL:
            return self._call(base[2], self.sum(base[3]))
        if base[1] == N.SUM:
            return self.sum(base[2])
        if base[1] == N.POW:
            return N.free_power(self.sum(base[2]), self.sum(base[3]))
        return N.single(base)

    def _call(self, op: int, s: Sum) -> Sum:
        """A function of a sum: ``abs`` of what has one sign, waves whose phase is a quarter."""
        if op == _ABS and s[1] and (sign := self._sign((s[0], N.SUM, s))):
            return N.scale(s, float(sign))
        quarters = round(s[3] / (math.pi / 2))
        if op not in (_SIN, _COS) or not quarters or not s[1]:
            return N.function(op, s)
        if abs(s[3] - quarters * math.pi / 2) > self.tolerance * abs(s[3]):
            return N.function(op, s)
        turned = (quarters + (op == _COS)) % 4  # of a sine
        wave = N.function(_COS if turned % 2 else _SIN, N.add(s, N.number(s[3]), -1.0))
        return N.scale(wave, -1.0 if turned >= 2 else 1.0)

    def _power(self, s: Sum, b: float) -> Sum:
        """``s ** b``; of what is positive on the rows every power may be taken."""
        if b.is_integer() or len(s[1]) != 1 or s[3] != 0.0:
            return N.power(s, b)
        free: dict[Base, float] = {}
        rest: dict[Base, float] = {}
        sign = 1.0
        for v, a in s[1][0][1]:
            # (v**2)**0.5 is v or -v where the sign of v is known
            even = v[1] == N.SUM and a % 2 == 0 and (a * b) % 1 == 0 and self._sign(v) != 0
            if even and (a * b) % 2 == 1:
                sign *= self._sign(v)
            (free if even or self._is_positive(v) else rest)[v] = a
        c, out = N.as_product(N.power(N.to_product(s[2][0], rest), b))
        for v, a in free.items():
            N.merge(out, v, N.tidy_exponent(a * b))
        return N.to_product(sign * c, out)

    def _sign(self, base: Base) -> int:
        """1 or -1 where a base has this sign on all rows, else 0."""
        if base not in self._signs:
            with np.errstate(all="ignore"):
                values = evaluate(N.to_tree(N.single(base)), self.X)
            values = values[np.isfinite(values)]
            self._signs[base] = int((values > 0).all()) - int((values < 0).all())
        return self._signs[base]

    def _is_positive(self, base: Base) -> bool:
        return base[1] == N.VAR and self._sign(base) > 0

    def _moved(self, s: Sum) -> Sum:
        """Columns moved under the powers of sums, where that is shorter."""
        better = len(s[1]) == 1 and s[3] == 0.0
        while better:
            better = False
            factors = dict(s[1][0][1])
            sums = [b for b in factors if b[1] == N.SUM]
            for base, v in itertools.product(sums, [b for b in factors if b[1] == N.VAR]):
                p, a = factors[base], factors[v]
                if not (self._is_positive(v) or (a / p).is_integer()):
                    continue
                inside = self.sum(N.times(base[2], N.single(v, N.tidy_exponent(a / p))))
                rest = {b: e for b, e in factors.items() if b not in (base, v)}
                c, parts = N.as_product(self._power(inside, p))
                for part, e in parts.items():
                    N.merge(rest, part, e)
                other = N.to_product(s[2][0] * c, rest)
                if self.cost(other) < self.cost(s):
                    s, better = other, len(other[1]) == 1 and other[3] == 0.0
                    break
        return s

    # ------------------------------------------------------------------ sums

    def _rewritings(self, s: Sum) -> Iterator[Sum]:
        yield from self._divided(s)
        if count(s) < 2:
            return
        powers: dict[Base, list[float]] = {}
        for product in s[1]:
            for base, e in product[1]:
                powers.setdefault(base, []).append(e)
        for base, exponents in sorted(powers.items(), key=lambda item: -len(item[1])):
            if len(exponents) > 1 and (min(exponents) > 0 or max(exponents) < 0):
                least = min(exponents, key=abs)
                yield from self._common(s, base, least, everywhere=False)
            if min(exponents) < 0:
                yield from self._common(s, base, min(exponents), everywhere=True)
            if min(exponents) > 0:
                yield from self._completed(s, base, exponents)
        yield from self._united_logs(s)
        yield from united_waves(s, self._difference)
        yield from halved_waves(s, self._difference)

    def _common(self, s: Sum, base: Base, e: float, everywhere: bool) -> Iterator[Sum]:
        """``base**e`` taken out of the terms that have it, or of all terms."""
        inside, rest = N.number(0.0), N.number(0.0)
        for term in N.terms(s):
            held = any(b == base for b, _ in (term[1][0][1] if term[1] else ()))
            if held or everywhere:
                inside = N.add(inside, N.times(term, N.single(base, -e)), 1.0)
            else:
                rest = N.add(rest, term, 1.0)
        inside, rest = self.sum(inside), self.sum(rest)
        c, factors = N.as_product(inside)
        factors = {self._known(b): k for b, k in factors.items()}
        # r * (the same sum) + what is left: (x0 + 1)*(x1 + 2)
        key = next(iter(factors), base)
        if len(factors) == 1 and key[1] == N.SUM and factors[key] == 1.0 and rest[1]:
            r, left = self._multiples(rest, key[2])
            if r:
                outside = N.add(N.scale(N.single(base, e), c), N.number(r), 1.0)
                d, parts = N.as_product(outside)
                N.merge(parts, key, 1.0)
                yield N.add(N.to_product(d, parts), self.sum(left), 1.0)
        N.merge(factors, base, e)
        yield N.add(N.to_product(c, factors), rest, 1.0)

    def _divided(self, s: Sum) -> Iterator[Sum]:
        for whole, left, base in divided(s, self._difference):
            c, factors = N.as_product(self.sum(left))
            N.merge(factors, base, -1.0)
            yield N.add(self.sum(whole), N.to_product(c, factors), 1.0)

    def _multiples(self, s: Sum, unit: Sum) -> tuple[float, Sum]:
        """``s = r*unit + rest`` with fewer terms in the rest than in `s`."""
        terms = dict(zip(s[1], s[2], strict=True))
        first = unit[1][0]
        if first not in terms:
            return 0.0, s
        r = terms[first] / unit[2][0]
        rest = self._difference(s, N.scale(unit, r))
        fewer = count(rest) < count(s) - 1
        return (r, rest) if fewer else (0.0, s)

    def _completed(self, s: Sum, base: Base, exponents: list[float]) -> Iterator[Sum]:
        """``a*(base**h + c)**k + rest``, and the two factors of a difference of squares."""
        h = min(exponents)
        k = max(exponents) / h
        if not k.is_integer() or not 2 <= k <= _MOST_POWER:
            return
        if not all((e / h).is_integer() for e in exponents):
            return
        parts = {0: N.number(0.0)}  # coefficient of each power of base**h
        for term in N.terms(s):
            e = next((x for b, x in (term[1][0][1] if term[1] else ()) if b == base), 0.0)
            place = int(e / h)
            beside = N.times(term, N.single(base, -e)) if e else term
            parts[place] = N.add(parts.get(place, N.number(0.0)), beside, 1.0)
        top, second = parts[int(k)], parts.get(int(k) - 1)
        if top[1] or second is None:
            return
        shift = N.scale(second, 1.0 / (k * top[3]))
        root = N.add(N.single(base, h), shift, 1.0)
        whole = root
        for _ in range(int(k) - 1):
            whole = N.times(whole, root)
        rest = self._difference(s, N.scale(whole, top[3]))
        shift, rest = self.sum(shift), self.sum(rest)
        root = N.add(N.single(base, h), shift, 1.0)
        power = N.scale(N.power(self._as_factor(root), k), top[3])
        yield N.add(power, rest, 1.0)
        half = self._root(N.scale(rest, -1.0 / top[3])) if k == 2 else None
        if half is not None:
            c = top[3]
            factors: dict[Base, float] = {}
            for sign in (1.0, -1.0):
                d, more = N.as_product(self.sum(N.add(root, half, sign)))
                c *= d
                for b, e in more.items():
                    N.merge(factors, self._known(b), e)
            yield N.to_product(c, factors)

    def _root(self, s: Sum) -> Sum | None:
        """A sum whose square is `s`: of a positive number, or of one product of squares."""
        if not s[1]:
            return N.number(math.sqrt(s[3])) if s[3] > 0 else None
        if len(s[1]) > 1 or s[3] or s[2][0] < 0:
            return None
        factors = {b: e / 2 for b, e in s[1][0][1]}
        if not all(e.is_integer() for e in factors.values()):
            return None
        return N.to_product(math.sqrt(s[2][0]), factors)

    def _united_logs(self, s: Sum) -> Iterator[Sum]:
        """c*log(a) + c*log(b) is c*log(a*b)."""
        logs = [
            (c, product[1][0][0])
            for product, c in zip(s[1], s[2], strict=True)
            if len(product[1]) == 1
            and product[1][0][1] == 1.0
            and product[1][0][0][1:3] == (N.CALL, N.LOG)
        ]
        for (c, a), (d, b) in itertools.combinations(sorted(logs, reverse=True), 2):
            if abs(abs(c) - abs(d)) <= self.tolerance * abs(c):
                whole = N.times(a[3], N.power(b[3], 1.0 if c * d > 0 else -1.0))
                united = N.scale(N.function(N.LOG, self.sum(whole)), c)
                both = N.add(N.scale(N.single(a), c), N.scale(N.single(b), d), 1.0)
                rest = self._difference(s, both)
                yield N.add(united, rest, 1.0)

    # ------------------------------------------------------------------ equal but for rounding

    def _difference(self, a: Sum, b: Sum) -> Sum:
        """``a - b`` without what is rounding beside the two."""
        mine, other = dict(zip(a[1], a[2], strict=True)), dict(zip(b[1], b[2], strict=True))
        terms = {}
        for p in mine.keys() | other.keys():
            x, y = mine.get(p, 0.0), other.get(p, 0.0)
            if abs(x - y) > self.tolerance * max(abs(x), abs(y)):
                terms[p] = x - y
        level = a[3] - b[3]
        if abs(level) <= self.tolerance * max(abs(a[3]), abs(b[3])):
            level = 0.0
        return N.to_sum(terms, level)

    def _known(self, base: Base) -> Base:
        """The same base for sums that differ in rounding only."""
        if base[1] != N.SUM:
            return base
        s = base[2]
        for other in self._sums.setdefault(s[1], []):
            numbers = zip((*s[2], s[3]), (*other[2], other[3]), strict=True)
            if all(abs(x - y) <= self.tolerance * max(abs(x), abs(y)) for x, y in numbers):
                return (other[0], N.SUM, other)
        self._sums[s[1]].append(s)
        return base

    def _as_factor(self, s: Sum) -> Sum:
        c, factors = N.as_product(s)
        return N.to_product(c, {self._known(b): e for b, e in factors.items()})
