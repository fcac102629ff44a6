"""A law as a fraction (`algebra`): its skeleton, and its numbers, which are free."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..expressions.operators import OPS
from ..expressions.tree import Node
from . import algebra as A
from .algebra import Array, Base, Fraction, Monomial, NoForm, Poly

_MOST_POWER = 4  # whole powers of sums up to this one are multiplied out
_WHOLE = 1e-9
_ODD = ("asin", "atan", "erf")


def form_of(node: Node, columns: Mapping[int, Fraction], one: Array) -> Fraction:
    """The form of a law.

    Parameters
    ----------
    node : Node
    columns : mapping
        What stands for each column: a column (`column`) or a number (`algebra.number`).
    one : ndarray of shape (S,)
        Ones, one a setting of the numbers.

    Raises
    ------
    NoForm
        If a number is not finite, or the form is larger than any textbook's law.

    Examples
    --------
    >>> from ..expressions.text import parse
    >>> one = np.ones(1)
    >>> for text in ("4*x0/(3.1 + x0)", "1/(0.775/x0 + 0.25)", "2 + 2*tanh(x0/3)"):
    ...     print(form_of(parse(text), {0: column(0, one)}, one).skeleton)
    x0^r/1+x0^r
    x0^r/1+x0^r
    exp(x0^r)^r/1+exp(x0^r)^r
    """
    known: dict[Node, Fraction] = {}

    def of(n: Node) -> Fraction:
        out = known.get(n)
        if out is None:
            if n.is_const:
                out = A.number(n.value * one)
            elif n.is_var:
                out = columns[n.column]
            else:
                out = _apply(n.op, [of(child) for child in n.children], one)
            known[n] = out
        return out

    with np.errstate(all="ignore"):
        try:
            out = of(node)
        except (OverflowError, ZeroDivisionError, RecursionError):
            raise NoForm from None
        values = np.array(out.numbers)
    if not np.isfinite(values).all() or not values.all():
        raise NoForm
    return out


def column(index: int, one: Array) -> Fraction:
    """The form of a column."""
    return A.of_base(Base(f"x{index}"), one + 0j)


def _apply(op: str, parts: list[Fraction], one: Array) -> Fraction:
    a = parts[0]
    if len(parts) == 2:
        b = parts[1]
        if op == "add" or op == "sub":
            return A.add(a, b, 1.0 if op == "add" else -1.0)
        if op == "mul":
            return A.multiply(a, b)
        if op == "div":
            return A.multiply(a, A.inverse(b))
        if op == "pow":
            exponent = b.constant
            return _exp(A.multiply(b, _log(a, one)), one) if exponent is None else _power(
                a, exponent, one
            )  # fmt: skip
        raise NoForm
    row = OPS.get(op)
    if row is None:
        raise NoForm
    if op == "neg":
        return A.multiply(A.number(-one + 0j), a)
    if row.power is not None:
        return _power(a, row.power * one, one)
    if a.constant is not None:
        return A.number(row.apply(np, a.constant.real) * one)
    if op in ("sin", "cos", "tan", "sinh", "cosh", "tanh"):
        return _wave(op, a, one)
    if op == "exp":
        return _exp(a, one)
    if op == "log":
        return _log(a, one)
    if op == "acos":
        return A.add(A.number(0.5 * np.pi * one), _opaque("asin", a, one), -1.0)
    return _opaque(op, a, one)


def _wave(op: str, a: Fraction, one: Array) -> Fraction:
    """Circular and hyperbolic functions by exponentials."""
    unit = 1.0 if op.endswith("h") else 1j
    up = _exp(A.multiply(A.number(unit * one), a), one)
    down = A.inverse(up)
    cosine = A.multiply(A.number(0.5 * one + 0j), A.add(up, down))
    if op.startswith("cos"):
        return cosine
    sine = A.multiply(A.number(0.5 / unit * one), A.add(up, down, -1.0))
    if op.startswith("sin"):
        return sine
    square = A.multiply(up, up)
    return A.multiply(
        A.number(one / unit),
        A.multiply(
            A.add(square, A.number(one + 0j), -1.0), A.inverse(A.add(square, A.number(one + 0j)))
        ),
    )


def _power(a: Fraction, exponent: Array, one: Array) -> Fraction:
    if not np.isfinite(exponent).all():
        raise NoForm
    n = round(float(exponent[0].real))
    if not (np.abs(exponent - n) <= _WHOLE).all():
        return A.multiply(_root(a.above, exponent, one), A.inverse(_root(a.below, exponent, one)))
    if n < 0:
        return _power(A.inverse(a), -exponent, one)
    if len(a.above) == 1 and a.is_whole:
        ((c, m),) = a.above.values()
        return A.of_poly(
            A.single(c**n, A.raised_monomial(m, float(n))) if n else A.single(one), one
        )
    if n > _MOST_POWER:
        return A.multiply(_root(a.above, exponent, one), A.inverse(_root(a.below, exponent, one)))
    out = A.number(one + 0j)
    for _ in range(n):
        out = A.multiply(out, a)
    return out


def _root(poly: Poly, exponent: Array, one: Array) -> Fraction:
    """A free power of a sum: its lowest term goes outside, as far as its sign allows."""
    if not poly:
        return A.number(0.0 * one)
    first, monomial = A.ordered(poly)[0]
    outside: Monomial = monomial
    for base, e in monomial:
        # the root of an even power is an absolute value
        if abs(e[0].imag) > 0.0 or (base.inside is None and e[0].real % 2.0 == 0.0):
            outside = ()
    size = np.abs(first)
    rest = A.times_term(poly, 1.0 / size, A.raised_monomial(outside, -1.0))
    front = A.of_poly(A.single(size**exponent, A.raised_monomial(outside, exponent)), one)
    if len(rest) == 1 and () in rest:
        if abs(rest[()][0][0] - 1.0) > _WHOLE:  # a root of a negative number
            raise NoForm
        return front
    inside = A.of_poly(rest, one)
    return A.multiply(front, A.of_base(Base("sum", inside), one, exponent))


def _exp(a: Fraction, one: Array) -> Fraction:
    """The exponential: of a sum the product of those of its terms."""
    constant = a.above.get((), (0.0 * one, ()))[0]
    above = dict(a.above)
    if a.is_whole:
        above.pop((), None)
    elif constant.any():
        above = A.plus(above, {key: (-constant * c, m) for key, (c, m) in a.below.items()})
    front = A.number(np.exp(constant))
    if not above:
        return front
    if not a.is_whole:
        first = A.ordered(above)[0][0]
        inside = Fraction(A.times_term(above, 1.0 / first, ()), a.below)
        return A.multiply(front, A.of_base(Base("exp", inside), one, first))
    for c, monomial in above.values():
        front = A.multiply(front, _exp_of_term(c, monomial, one))
    return front


def _exp_of_term(c: Array, monomial: Monomial, one: Array) -> Fraction:
    if len(monomial) == 1:
        ((base, e),) = monomial
        if base.kind == "log" and base.inside is not None and abs(e[0] - 1.0) <= _WHOLE:
            return _power(base.inside, c, one)
    inside = A.of_poly(A.single(one + 0j, monomial), one)
    return A.of_base(Base("exp", inside), one, c)


def _log(a: Fraction, one: Array) -> Fraction:
    return A.add(_log_of_poly(a.above, one), _log_of_poly(a.below, one), -1.0)


def _log_of_poly(poly: Poly, one: Array) -> Fraction:
    if not poly or (len(poly) == 1 and () in poly and poly[()][0][0].real <= 0.0):
        raise NoForm
    first, monomial = A.ordered(poly)[0]
    size = np.abs(first)
    out = A.number(np.log(size) + 0j)
    rest = A.times_term(poly, 1.0 / size, A.raised_monomial(monomial, -1.0))
    if len(rest) > 1 or abs(rest[()][0][0] - 1.0) > _WHOLE:
        # a negative term has no logarithm outside
        logged = rest if len(rest) > 1 else A.times_term(poly, 1.0 / size, ())
        out = A.add(out, A.of_base(Base("log", A.of_poly(logged, one)), one))
        monomial = monomial if len(rest) > 1 else ()
    for base, e in monomial:
        own = A.number(e)
        if base.kind == "exp" and base.inside is not None:
            out = A.add(out, A.multiply(own, base.inside))
        elif base.kind == "sum" and base.inside is not None:
            out = A.add(out, A.multiply(own, _log(base.inside, one)))
        else:
            single = A.of_base(base, one + 0j)
            out = A.add(out, A.multiply(own, A.of_base(Base("log", single), one)))
    return out


def _opaque(op: str, a: Fraction, one: Array) -> Fraction:
    """A function of which only its sign is known, and of abs its scale."""
    first = A.ordered(a.above)[0][0]
    lead = complex(first[0])
    flip = lead.real < 0.0 if abs(lead.real) > _WHOLE * abs(lead) else lead.imag < 0.0
    front = one + 0j
    if op == "abs":
        front = np.abs(first) + 0j
        a = A.multiply(A.number((-1.0 if flip else 1.0) / front), a)
    elif flip and op in _ODD:
        front, a = -front, A.multiply(A.number(-one + 0j), a)
    return A.multiply(A.number(front), A.of_base(Base(op, a), one))
