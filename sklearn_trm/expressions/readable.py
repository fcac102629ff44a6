"""Laws as people write them: the last rewriting of a law that is found.

The search and the normal form multiply everything out. Here an exponential gets one number in
front, and where its column is far from 0, as calendar years are, a reference inside the data:
``a*exp(b*(x - 1960))``; so do a high power and a wave, as an ephemeris has an epoch. The square
root of a square is an absolute value, a power of an exponential an exponential, a polynomial a
product where it is one; a smaller one, a
larger one and a cube root that keeps its sign get the trees that a text knows by a word;
saturations and logistic curves are written over their level (`ratios`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from . import normal_form as N
from .aliases import WAVES, about_a_place
from .evaluate import evaluate
from .exactness import SAME
from .factoring import factored
from .idioms import idiom
from .ratios import ratio
from .text import format_constant
from .tree import Node, call, columns, complexity, const, constants, walk, with_constants
from .writing import cost, write

Array = np.ndarray

_FAR = 10.0  # exponents beyond are far from their origin
_HUGE = 70.0  # logarithm of a number that stands before a power of a column far from 1
_LONG = 6  # digits of a number that nobody chose
_LARGEST = 300.0  # logarithm of a number in front
_ABS = N.INDEX["abs"]
_CHAIN = ("mul", "div", "neg", "inv")
_ALL = (*_CHAIN, "exp", "sqrt", "abs", *WAVES)
_POWERS = {"sqrt": 0.5, "square": 2.0, "cube": 3.0, "pow": math.nan}


def readable(law: Node, X: Array) -> Node:
    """The law in the writing of people, if it has the values of `law` on the rows.

    Parameters
    ----------
    law : Node
    X : ndarray of shape (n, d)

    Examples
    --------
    >>> from .text import parse
    >>> X = np.arange(18262.0, 18400.0)[:, None]
    >>> print(readable(parse("9.594570654488942*exp(549 - 0.03*x0) + 5"), X))
    30*exp(-0.03*(x0 - 18262)) + 5
    >>> print(readable(parse("cos(0.5*x0 - 9165)"), X))
    cos(0.5*(x0 - 18330))
    >>> X = np.arange(-4.0, 20.0)[:, None] + 0.5
    >>> print(readable(parse("0.5*(x0 - sqrt((x0 - 8)**2) + 8)"), X))
    min(x0, 8)
    >>> print(readable(parse("2*abs(x0)**1.3333333333333333/x0"), X))
    2*cbrt(x0)
    """
    if not any(node.op in _ALL for node in walk(law)):
        return law
    out = _Rewriter(X).of(law)
    if out == law:
        return law
    with np.errstate(all="ignore"):
        before, after = evaluate(law, X), evaluate(out, X)
        before, after = (values[np.isfinite(before)] for values in (before, after))
        same = np.abs(after - before) <= SAME * np.max(np.abs(before), initial=0.0)
    return out if same.all() else law


def short_decimal(value: float, near: float = SAME) -> float:
    """The decimal of few figures that a number is but for rounding; else the number.

    Examples
    --------
    >>> short_decimal(44.00000000001), short_decimal(2.000000000000005), short_decimal(1 / 3)
    (44.0, 2.0, 0.3333333333333333)
    """
    if not math.isfinite(value):
        return value
    for figures in range(1, 13):
        short = float(f"{value:.{figures}g}")
        if abs(short - value) <= min(near, 10.0 ** -(figures + 3)) * abs(value):
            return short
    return value


def tidy(law: Node) -> Node:
    """The law whose numbers that are clean but for rounding are clean.

    Examples
    --------
    >>> from .text import parse
    >>> print(tidy(parse("2.000000000000005*x0 + 44.00000000001 - x1/3")))
    2*x0 + 44 - x1/3
    """
    values = constants(law)
    clean = [v if _is_exact(v) else short_decimal(v) for v in values]
    return law if clean == values else with_constants(law, clean)


def _is_exact(value: float) -> bool:
    """Whether a number has a text such as 1/3 or pi."""
    text = format_constant(value)
    return "/" in text or "pi" in text or "(" in text


def _exponential(power: Node) -> Node | None:
    """``exp(u)**p`` as ``exp(p*u)``."""
    exponential, *exponent = power.children
    if exponent and not exponent[0].is_const:
        return None
    p = exponent[0].value if exponent else _POWERS[power.op]
    try:
        return call("exp", write(N.scale(N.normal(exponential.children[0]), p)))
    except (N.CannotFold, OverflowError, ZeroDivisionError, RecursionError):
        return None


class _Rewriter:
    """One pass over a law, from the leaves up; what is `in_sum` was seen with the whole sum."""

    def __init__(self, X: Array) -> None:
        self._X = X

    def of(self, node: Node, in_sum: bool = False) -> Node:
        if not node.children:
            return node
        is_sum = node.op in ("add", "sub")
        if is_sum and not in_sum and (product := factored(node, columns(node))) is not None:
            node, is_sum = product, False
        is_product = node.op in _CHAIN or node.op == "exp"
        parts = () if is_product else tuple(self.of(c, is_sum) for c in node.children)
        node = self._product(node) if is_product else Node(node.op, parts, node.value)
        if node.op == "sqrt" and node.children[0].op == "square":
            return call("abs", node.children[0].children[0])
        if node.op in _POWERS and node.children[0].op == "exp":
            node = _exponential(node) or node
        return self._extreme(about_a_place(node, self._X) if node.op in WAVES else node)

    # ------------------------------------------------------------------ products

    def _product(self, node: Node) -> Node:
        parts = [(self._part(part), power) for part, power in _factors(node, 1)]
        if node.op == "exp" and len(parts) == 1:
            return self._with_exponential(parts) or parts[0][0]
        new = self._with_exponential(parts) or _with_root(parts) or self._with_power(parts)
        if new is not None:
            return new
        return ratio(self._rebuilt(node))

    def _part(self, part: Node) -> Node:
        if part.op == "exp":  # what is inside alone: its number is a matter of the product
            return call("exp", self.of(part.children[0]))
        return self.of(part)

    def _rebuilt(self, node: Node) -> Node:
        """The same product of rewritten factors."""
        if node.op in _CHAIN:
            return Node(node.op, tuple(map(self._rebuilt, node.children)))
        return self._part(node)

    def _with_exponential(self, parts: list[tuple[Node, int]]) -> Node | None:
        """The product with one number beside its exponential; None where it is well as it is."""
        found = [i for i, (part, _) in enumerate(parts) if part.op == "exp"]
        if len(found) != 1:
            return None
        part, power = parts[found[0]]
        c, others = 1.0, []
        for i, (other, e) in enumerate(parts):
            if other.is_const:
                c = c * other.value if e > 0 else c / other.value if other.value else math.nan
            elif i != found[0]:
                others.append((other, e))
        if c == 0.0 or not math.isfinite(c):
            return None
        try:
            inner = N.scale(N.normal(part.children[0]), float(power))
        except (N.CannotFold, OverflowError, ZeroDivisionError, RecursionError):
            return None
        rest = N.to_sum(dict(zip(inner[1], inner[2], strict=True)), 0.0)
        total = math.log(abs(c)) + inner[3]
        sign = math.copysign(1.0, c)
        if not rest[1]:
            return None
        if far := self._far(rest):
            options = (
                self._anchored(sign, total, rest, far, ref) for ref in self._places(total, far)
            )
            best = min((o for o in options if o is not None), key=lambda o: o[0], default=None)
            return None if best is None else _joined(best[1], [(best[2], 1), *others])
        mild = abs(inner[3]) <= _FAR
        if not inner[3] or abs(total) > _LARGEST:
            return None
        near = SAME if abs(total) > 1.0 else SAME * abs(total)
        front = sign * short_decimal(math.exp(total), max(near, 1e-12))
        new = _joined(front, [(call("exp", self.of(write(rest))), 1), *others])
        old = _joined(c, [(call("exp", write(inner)), 1), *others])
        return new if not mild or cost(new) < cost(old) else None

    def _with_power(self, parts: list[tuple[Node, int]]) -> Node | None:
        """``2e-107*x**32`` about a place inside the data: ``a*(x/2000)**32``."""
        powers = [
            i
            for i, (part, _) in enumerate(parts)
            if part.op == "pow" and part.children[0].is_var and part.children[1].is_const
        ]
        numbers = [(part.value, e) for part, e in parts if part.is_const]
        if len(powers) != 1 or any(v == 0.0 or not math.isfinite(v) for v, _ in numbers):
            return None
        part, power = parts[powers[0]]
        total = sum(e * math.log(abs(v)) for v, e in numbers)
        column, exponent = part.children
        place = _round(self._X[:, column.column]) if abs(total) > _HUGE else 0.0
        if not place > 0.0:
            return None
        total += power * exponent.value * math.log(place)
        if abs(total) > _LARGEST:
            return None
        sign = math.prod(math.copysign(1.0, v) for v, _ in numbers)
        others = [(p, e) for i, (p, e) in enumerate(parts) if i != powers[0] and not p.is_const]
        shifted = (column / const(place)) ** exponent
        return _joined(sign * short_decimal(math.exp(total)), [(shifted, power), *others])

    def _far(self, exponent: N.Sum) -> list[tuple[float, int]]:
        """Slopes and columns of terms that are far from 0 on all rows."""
        out = []
        for product, slope in zip(exponent[1], exponent[2], strict=True):
            ((base, power), *more) = product[1]
            if not more and power == 1.0 and base[1] == N.VAR:
                x = self._X[:, base[2]]
                if float(np.min(np.abs(slope * x), initial=math.inf)) > _FAR and np.ptp(x):
                    out.append((slope, base[2]))
        return out

    def _places(self, total: float, far: list[tuple[float, int]]) -> Iterator[list[float]]:
        """References of all columns: where the rows begin or end, a round number, where it is 1."""
        for place in (_first, _last, _round):
            yield [place(self._X[:, column]) for _, column in far]
        if len(far) == 1:
            ((slope, column),) = far
            x, one = self._X[:, column], short_decimal(-total / slope)
            if x.min() <= one <= x.max():
                yield [one]

    def _anchored(
        self, sign: float, total: float, exponent: N.Sum, far: list[tuple[float, int]],
        places: list[float],
    ) -> tuple[tuple[int, bool, int], float, Node] | None:  # fmt: skip
        """What the numbers cost; the number in front, the exponential about these places."""
        total += sum(slope * place for (slope, _), place in zip(far, places, strict=True))
        if abs(total) > _LARGEST:
            return None
        front = sign * short_decimal(math.exp(total))
        columns = {column for _, column in far}
        terms = {
            product: c
            for product, c in zip(exponent[1], exponent[2], strict=True)
            if not (len(product[1]) == 1 and product[1][0][0][2] in columns
                    and product[1][0][0][1] == N.VAR and product[1][0][1] == 1.0)
        }  # fmt: skip
        inner = write(N.to_sum(terms, 0.0)) if terms else None
        for (slope, column), place in zip(far, places, strict=True):
            shift = Node(
                "sub" if place > 0 else "add", (Node("var", (), column), const(abs(place)))
            )
            if inner is None:
                inner = const(slope) * shift
            else:
                term = const(abs(slope)) * shift
                inner = Node("add" if slope > 0 else "sub", (inner, term))
        assert inner is not None
        digits = [len(f"{abs(v):.12g}".strip("0.")) for v in (front, *places)]
        long = sum(n > _LONG for n in digits)
        return (long, abs(front) != 1.0, sum(digits)), front, call("exp", inner)

    # ------------------------------------------------------------------ minima and maxima

    def _extreme(self, node: Node) -> Node:
        """``r - abs(d)`` is the smaller one of ``r + d`` and ``r - d``."""
        if node.op not in ("add", "sub", "mul") or not any(n.op == "abs" for n in walk(node)):
            return node
        try:
            whole = N.normal(node)
        except (N.CannotFold, OverflowError, ZeroDivisionError, RecursionError):
            return node
        sizes = [
            (product[1][0][0][3], c)
            for product, c in zip(whole[1], whole[2], strict=True)
            if len(product[1]) == 1 and product[1][0][0][1:3] == (N.CALL, _ABS)
            and product[1][0][1] == 1.0
        ]  # fmt: skip
        if len(sizes) != 1:
            return node
        apart, h = sizes[0]
        rest = N.add(whole, N.scale(N.single(N.single_call(_ABS, apart)), h), -1.0)
        best = node
        for outside, inside in _splits(rest, apart):
            a, b = (N.add(inside, N.scale(apart, s * h), 1.0) for s in (1.0, -1.0))
            for unit in sorted({1.0, *(abs(c) for c in (*a[2], *b[2]))}):
                small, large = write(N.shrink(a, unit)), write(N.shrink(b, unit))
                if small.is_const:
                    small, large = large, small
                new = idiom("min" if h < 0 else "max", small, large)
                new = new if unit == 1.0 else const(unit) * new
                if outside[1] or outside[3]:
                    new = _sum(new, outside)
                if complexity(new) <= complexity(node) and cost(new) < (
                    cost(best) if best is not node else (10**6, 0)
                ):
                    best = new
        return best


def _splits(rest: N.Sum, apart: N.Sum) -> Iterator[tuple[N.Sum, N.Sum]]:
    """What stays outside and what goes inside: all terms, or those that are compared."""
    yield N.number(0.0), rest
    terms = dict(zip(rest[1], rest[2], strict=True))
    for constant in (0.0, rest[3]):
        inside = N.to_sum({p: c for p, c in terms.items() if p in apart[1]}, constant)
        yield N.add(rest, inside, -1.0), inside


def _sum(first: Node, others: N.Sum) -> Node:
    out = first
    for term in N.terms(others):
        c = term[2][0] if term[1] else term[3]
        out = Node("add" if c > 0 else "sub", (out, write(N.scale(term, math.copysign(1.0, c)))))
    return out


def _factors(node: Node, power: int) -> Iterator[tuple[Node, int]]:
    """The factors of a product with their powers, 1 or -1."""
    if node.op == "neg":
        yield const(-1.0), 1
        yield from _factors(node.children[0], power)
    elif node.op == "inv":
        yield from _factors(node.children[0], -power)
    elif node.op in ("mul", "div"):
        yield from _factors(node.children[0], power)
        yield from _factors(node.children[1], power if node.op == "mul" else -power)
    else:
        yield node, power


def _with_root(parts: list[tuple[Node, int]]) -> Node | None:
    """The product with ``abs(u)**(4/3)/u`` as a cube root; None where there is none."""
    for i, (below, power) in enumerate(parts):
        if power > 0 or below.is_const:
            continue
        for j, (above, e) in enumerate(parts):
            root = above.op == "pow" and above.children[0] == call("abs", below) and e > 0
            root = root and above.children[1].is_const
            if root and abs(above.children[1].value - 4 / 3) < 1e-12:
                others = [part for n, part in enumerate(parts) if n not in (i, j)]
                c = math.prod(p.value**e for p, e in others if p.is_const and p.value)
                rest = [(p, e) for p, e in others if not p.is_const]
                return _joined(c, [(idiom("cbrt", below), 1), *rest])
    return None


def _joined(c: float, parts: list[tuple[Node, int]]) -> Node:
    """A product as a fraction, its number first."""
    above = [part for part, power in parts if power > 0]
    below = [part for part, power in parts if power < 0]
    if abs(c) != 1.0:
        above.insert(0, const(c))
    out = above[0] if above else const(1.0)
    for part in above[1:]:
        out = out * part
    if below:
        under = below[0]
        for part in below[1:]:
            under = under * part
        out = out / under
    return call("neg", out) if c == -1.0 else out


def _first(x: Array) -> float:
    return float(x.min())


def _last(x: Array) -> float:
    return float(x.max())


def _round(x: Array) -> float:
    """The number of fewest digits among the values of a column."""
    low, high = float(x.min()), float(x.max())
    middle = 0.5 * (low + high)
    for power in range(math.floor(math.log10(max(abs(low), abs(high)))), -12, -1):
        near = round(middle / 10.0**power) * 10.0**power
        if low <= near <= high:
            return float(f"{near:.12g}")
    return middle
