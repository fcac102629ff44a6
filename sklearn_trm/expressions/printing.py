"""The printer: expressions as texts that a person would write, exact to the last bit."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from .idioms import as_idiom
from .quoting import spelled
from .tree import Node, write_with

# how tightly an operator binds its operands
SUM, PRODUCT, PREFIX, POWER, ATOM = range(1, 6)
LEVEL = {"add": SUM, "sub": SUM, "mul": PRODUCT, "div": PRODUCT, "neg": PREFIX,
          "inv": PRODUCT, "pow": POWER, "square": POWER, "cube": POWER}  # fmt: skip
_UNITS = ((1.0, ""), (math.pi, "pi"), (math.sqrt(2.0), "sqrt(2)"),
          (math.sqrt(math.pi), "sqrt(pi)"), (math.sqrt(2.0 * math.pi), "sqrt(2*pi)"),
          (math.log(2.0), "log(2)"), (math.log(10.0), "log(10)"))  # fmt: skip
_PERIOD_FIGURES = 6


@lru_cache(maxsize=4096)
def format_constant(value: float, precision: int | None = None) -> str:
    """Text of a number: the shortest that reads back the same, or `precision` digits.

    Small fractions, also of pi, sqrt(2), log(2) and their like, are written as such where they
    hold to the last bit.

    Examples
    --------
    >>> format_constant(2.0), format_constant(1 / 3), format_constant(3.14159265358979312)
    ('2', '1/3', 'pi')
    >>> format_constant(2.718281828, precision=3)
    '2.72'
    """
    if not math.isfinite(value):
        return "nan" if value != value else ("inf" if value > 0 else "-inf")
    plain = repr(value) if precision is None else f"{value:.{precision}g}"
    plain = re.sub(r"\.0$", "", plain)
    plain = re.sub(r"e\+?(-?)0*(\d)", r"e\1\2", plain)
    if precision is not None or len(plain) < 12 or not 1e-3 < abs(value) < 1e4:
        return plain  # short as it stands, or beyond small fractions
    sign = "-" if value < 0 else ""
    for unit, name in _UNITS:
        for under in (False, True) if name else (False,):
            ratio = Fraction(value * unit if under else value / unit).limit_denominator(24)
            p, q = abs(ratio.numerator), ratio.denominator
            # the very product and quotient that the text asks for must give the value back
            back = p / (q * unit) if under else p * unit / q
            if not 0 < p <= 1000 or math.copysign(back, value) != value:
                continue
            top = f"{p}" if under or not name else (name if p == 1 else f"{p}*{name}")
            bottom = (name if q == 1 else f"({q}*{name})") if under else ("" if q == 1 else f"{q}")
            return f"{sign}{top}/{bottom}" if bottom else f"{sign}{top}"
    period = f"{2.0 * math.pi / abs(value):.{_PERIOD_FIGURES}g}"  # of a wave: 2*pi/365.25
    return f"{sign}2*pi/{period}" if 2.0 * math.pi / float(period) == abs(value) else plain


def to_text(node: Node, names: Sequence[str] | None = None, precision: int | None = None) -> str:
    """Write an expression as a text.

    Parameters
    ----------
    node : Node
        The expression.
    names : sequence of str, optional
        Column names; ``x0, x1, ...`` when omitted. In backticks where they would be read as
        numbers, or as a law of others.
    precision : int, optional
        Significant digits of constants. When omitted, constants are exact.

    Returns
    -------
    str
        A text of Python operators; `parse` reads it back.

    Examples
    --------
    >>> from sklearn_trm.expressions.tree import call, const, var
    >>> x, y = var(0), var(1)
    >>> to_text(call("sqrt", call("square", x) + call("square", y)))
    'sqrt(x0**2 + x1**2)'
    >>> to_text(call("inv", x) - const(-1.5) * y, names=["mass", "speed"])
    '1/mass + 1.5*speed'
    """
    return _show(node, None if names is None else spelled(names), precision)[0]


def _show(node: Node, names: Sequence[str] | None, precision: int | None) -> tuple[str, int]:
    """Text of `node` and the level of its outermost operator."""
    op = node.op
    if op == "const":
        text = _number(node.value, names, precision)
        if "/" in text or "*" in text:
            return text, PRODUCT
        return text, PREFIX if text.startswith("-") else ATOM
    if op == "var":
        return (f"x{node.column}" if names is None else names[node.column]), ATOM
    level = LEVEL.get(op)
    word = as_idiom(node)
    if level is None or word is not None:
        name, operands = word or (op, node.children)
        parts = ", ".join(_show(child, names, precision)[0] for child in operands)
        return f"{name}({parts})", ATOM

    def part(child: Node, least: int) -> str:
        text, own = _show(child, names, precision)
        return text if own >= least else f"({text})"

    first = node.children[0]
    if op == "neg":
        text = part(first, PRODUCT)
        # a minus that would meet another one, as in -(-x), keeps its parentheses
        return (f"-({text})" if text.startswith("-") else f"-{text}"), PREFIX
    if op == "inv":
        return f"1/{part(first, POWER)}", PRODUCT
    if op in ("square", "cube"):
        return f"{part(first, ATOM)}**{2 if op == 'square' else 3}", POWER
    second = node.children[1]
    if op == "pow":
        # a negative exponent is below the bar in clean texts, but stays exact here
        return f"{part(first, ATOM)}**{part(second, ATOM)}", POWER
    if op in ("add", "sub"):
        right = part(second, PRODUCT)
        plus = op == "add"
        if right.startswith("-"):  # a + -b is a - b
            right, plus = right[1:], not plus
        return f"{part(first, SUM)} {'+' if plus else '-'} {right}", SUM
    if precision is None and (fraction := _fraction(node if op == "mul" else first, names)):
        top, bottom = fraction  # 2/3 * x is written 2*x/3, and over y: 2*x/(3*y)
        if op == "mul":
            return f"{top}/{bottom}", PRODUCT
        bottom = bottom[1:-1] if bottom.startswith("(") else bottom
        return f"{top}/({bottom}*{part(second, POWER)})", PRODUCT
    right = part(second, POWER)
    return f"{part(first, PRODUCT)}{'*' if op == 'mul' else '/'}{right}", PRODUCT


def _number(value: float, names: Sequence[str] | None, precision: int | None = None) -> str:
    text = format_constant(value, precision)
    # where a column is called pi, the number has its digits
    return repr(value) if names is not None and "pi" in names and "pi" in text else text


def _fraction(node: Node, names: Sequence[str] | None) -> tuple[str, str] | None:
    """Numerator and denominator texts of a product that starts with a constant like 2/3."""
    factors = []
    while node.op == "mul":
        factors.append(node.children[1])
        node = node.children[0]
    if not node.is_const or "/" not in (number := _number(node.value, names)):
        return None
    top, bottom = number.split("/")
    parts = []
    for factor in reversed(factors):
        text, level = _show(factor, names, None)
        parts.append(text if level >= POWER else f"({text})")
    if parts and top in ("1", "-1"):
        return top[:-1] + "*".join(parts), bottom
    return "*".join([top, *parts]), bottom


write_with(to_text)
