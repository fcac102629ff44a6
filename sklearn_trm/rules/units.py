"""Physical units: a small parser, and which laws are consistent.

Only dimensions are told apart, as exponents of the seven base units of the SI; sizes are not:
``"km"`` and ``"m"`` are both lengths, and no value is converted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..errors import DataError
from ..expressions.operators import OPS
from ..expressions.tree import Node, const

Dimension = tuple[Fraction, ...]  # exponents of m, kg, s, A, K, mol, cd

_BASE = ("m", "kg", "s", "A", "K", "mol", "cd")
_ALIKE = ("add", "sub", "min", "max")  # operands of one unit
NONE: Dimension = (Fraction(0),) * len(_BASE)
_DERIVED = {
    "g": "kg", "t": "kg", "u": "kg", "Hz": "1/s", "N": "kg*m/s^2", "Pa": "kg/m/s^2",
    "J": "kg*m^2/s^2", "W": "kg*m^2/s^3", "C": "A*s", "V": "kg*m^2/s^3/A", "F": "A^2*s^4/kg/m^2",
    "Ohm": "kg*m^2/s^3/A^2", "S": "A^2*s^3/kg/m^2", "Wb": "kg*m^2/s^2/A", "T": "kg/s^2/A",
    "H": "kg*m^2/s^2/A^2", "L": "m^3", "l": "m^3", "min": "s", "h": "s", "d": "s", "day": "s",
    "yr": "s", "year": "s", "au": "m", "AU": "m", "ly": "m", "pc": "m", "eV": "kg*m^2/s^2",
    "cal": "kg*m^2/s^2", "bar": "kg/m/s^2", "atm": "kg/m/s^2", "Bq": "1/s", "Gy": "m^2/s^2",
    "Sv": "m^2/s^2", "lm": "cd", "lx": "cd/m^2", "kat": "mol/s", "rad": "1", "sr": "1",
    "deg": "1", "%": "1",
}  # fmt: skip
_PREFIXES = ("da", *"YZEPTGMkhdcmunpfazy", "\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}")
_TOKEN = re.compile(r"\*\*|[*/^()]|[-+]?\d+(?:\.\d+)?|[^\W\d_]+|%|\N{MIDDLE DOT}|\N{OHM SIGN}")
MAX_LENGTH = 200


def dimension(text: str) -> Dimension:
    """Exponents of the base units of a unit, such as ``"kg*m/s^2"`` or ``"m^(1/2)"``.

    Raises
    ------
    DataError
        If the text is no unit; the message shows how one is written.

    Examples
    --------
    >>> dimension("N") == dimension("kg m/s^2") == dimension("mN")
    True
    """
    if not isinstance(text, str):
        raise DataError(f"a unit is a text such as 'kg*m/s^2', got {text!r}")
    if len(text) > MAX_LENGTH or _TOKEN.sub("", text).strip():
        raise DataError(f"no unit: {text[:40]!r}; write for example 'kg*m/s^2' or '1'")
    reader = _Reader(text, _TOKEN.findall(text))
    out = reader.product() if reader.tokens else NONE
    if reader.tokens:
        reader.fail()
    return out


class _Reader:
    """Reads tokens from the front of a list."""

    def __init__(self, text: str, tokens: list[str]) -> None:
        self.text, self.tokens = text, tokens

    def fail(self) -> Any:
        raise DataError(f"no unit: {self.text[:40]!r}; write for example 'kg*m/s^2' or '1'")

    def take(self) -> str:
        return self.tokens.pop(0) if self.tokens else self.fail()

    def product(self) -> Dimension:
        out = self.power()
        while self.tokens and self.tokens[0] != ")":
            sign = -1 if self.tokens[0] == "/" else 1
            if self.tokens[0] in ("*", "/", "\N{MIDDLE DOT}"):
                self.take()
            out = tuple(a + sign * b for a, b in zip(out, self.power(), strict=True))
        return out

    def power(self) -> Dimension:
        token = self.take()
        if token == "(":
            out = self.product()
            if self.take() != ")":
                self.fail()
        elif token == "1":
            out = NONE
        else:
            out = self.named(token)
        if self.tokens and self.tokens[0] in ("^", "**"):
            self.take()
            exponent = self.exponent()
            out = tuple(exponent * a for a in out)
        return out

    def exponent(self) -> Fraction:
        token = self.take()
        if token != "(":
            return self.number(token)
        out = self.number(self.take())
        if self.tokens and self.tokens[0] == "/":
            self.take()
            below = self.number(self.take())
            out = out / below if below else self.fail()
        return out if self.take() == ")" else self.fail()

    def number(self, token: str) -> Fraction:
        return Fraction(token) if re.fullmatch(r"[-+]?\d{1,3}(\.\d{1,3})?", token) else self.fail()

    def named(self, name: str) -> Dimension:
        name = "Ohm" if name in ("\N{OHM SIGN}", "\N{GREEK CAPITAL LETTER OMEGA}") else name
        for prefix in ("", *_PREFIXES):
            unit = name[len(prefix) :]
            if not name.startswith(prefix):
                continue
            if unit in _BASE:
                place = _BASE.index(unit)
                return tuple(Fraction(int(i == place)) for i in range(len(_BASE)))
            if unit in _DERIVED:
                return dimension(_DERIVED[unit])
        raise DataError(
            f"unknown unit {name!r} in {self.text[:40]!r}; known are {', '.join(_BASE)} and "
            f"{', '.join(_DERIVED)}, with prefixes"
        )


class _Inconsistent(Exception):
    """A law adds or takes functions of what it may not."""


@dataclass(frozen=True)
class Consistent:
    """Whether a law has the dimension of its target: a predicate.

    Parameters
    ----------
    columns : tuple of Dimension
    target : Dimension
    free_constants : bool
        Whether numbers in a law carry any dimension; otherwise none. 0 always carries any.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> same = Consistent((dimension("m"), dimension("m/s^2")), dimension("s"), False)
    >>> same(parse("6.28*sqrt(x0/x1)")), same(parse("x0/x1")), same(parse("sin(x0)"))
    (True, False, False)
    """

    columns: tuple[Dimension, ...]
    target: Dimension
    free_constants: bool = True

    def __call__(self, law: Node) -> bool:
        try:
            return self._of(law) in (None, self.target)
        except _Inconsistent:
            return False

    def mended(self, law: Node) -> Node:
        """The law with a factor of 1 wherever a part has another unit than it should.

        Where numbers carry units, ``x0*x1 + 1*x2`` adds an area and a time per 1 s/m**2; without
        the factor it would be no sum. The same law where they carry none, or where it is
        consistent as it is.

        Examples
        --------
        >>> from sklearn_trm.expressions.text import parse
        >>> square, time = dimension("m^2"), dimension("s")
        >>> print(Consistent((square, time), square).mended(parse("x0 + x1")))
        x0 + 1*x1
        """
        if not self.free_constants or self(law):
            return law
        return self._as(law, self.target)

    def _as(self, n: Node, wanted: Dimension | None) -> Node:
        """The part as a writing of this dimension; of any when None."""
        if n.is_const:
            return n
        if n.is_var:
            return n if wanted in (None, self.columns[n.column]) else const(1.0) * n
        power = _power(n)
        if n.op in _ALIKE:
            if wanted is None:  # the first term that has one says it for both
                some = [self._of(self._as(child, None)) for child in n.children]
                wanted = next((d for d in some if d is not None), None)
            within = [wanted, wanted]
        elif power == 1.0 and len(n.children) == 1:
            within = [wanted]
        elif n.op in ("mul", "div"):
            within = [None, None]
        elif power is not None:
            within = [None] * len(n.children)
        else:
            within = [NONE] * len(n.children)
        children = tuple(map(self._as, n.children, within))
        out = Node(n.op, children, n.value)
        return out if wanted is None or self._of(out) in (None, wanted) else const(1.0) * out

    def _of(self, n: Node) -> Dimension | None:
        """The dimension of a part; None where a number in it makes it what it has to be."""
        if n.is_const:
            return None if self.free_constants or n.value == 0.0 else NONE
        if n.is_var:
            return self.columns[n.column]
        parts = [self._of(child) for child in n.children]
        a = parts[0]
        if n.op in _ALIKE:
            b = parts[1]
            if a is not None and b is not None and a != b:
                raise _Inconsistent
            return b if a is None else a
        if n.op in ("mul", "div"):
            b = parts[1]
            if a is None or b is None:
                return None
            sign = 1 if n.op == "mul" else -1
            return tuple(p + sign * q for p, q in zip(a, b, strict=True))
        power = _power(n)
        if power is not None:
            exponent = Fraction(power).limit_denominator(1000)
            return None if a is None else tuple(exponent * p for p in a)
        if any(part not in (None, NONE) for part in parts):
            raise _Inconsistent  # of functions, and of powers that vary
        return NONE


def _power(n: Node) -> float | None:
    """The exponent of a node through which a unit of its first child passes."""
    if n.op == "pow":
        return n.children[1].value if n.children[1].is_const else None
    op = OPS[n.op]
    return op.degree if op.power is None else op.power


def read_units(
    units: Any, y_units: Any, names: Sequence[str], free_constants: bool
) -> Consistent | None:
    """The predicate for what ``fit`` was given.

    Parameters
    ----------
    units : dict of str to str, sequence of str, or None
        By column, ``"y"`` for the target; columns without one are dimensionless.
    y_units : str or None
    names : sequence of str
        Of the columns.
    free_constants : bool

    Raises
    ------
    DataError
        If a unit is none, or names no column.
    """
    if units is None and y_units is None:
        return None
    if units is None or isinstance(units, Mapping):
        given = dict(units or {})
        if y_units is None and "y" not in names:
            y_units = given.pop("y", None)
        unknown = [name for name in given if name not in names]
        if unknown:
            known = ", ".join(list(names)[:20])
            raise DataError(f"units names {unknown[0]!r}; columns are {known}, the target is y")
        each = [given.get(name, "1") for name in names]
    elif isinstance(units, str) or len(units) != len(names):
        raise DataError(f"units are one text for each of {len(names)} columns, got {units!r}")
    else:
        each = list(units)
    if y_units is None:
        raise DataError("the target has no unit: add 'y' to units, or y_units='1' for a number")
    return Consistent(tuple(map(dimension, each)), dimension(y_units), free_constants)
