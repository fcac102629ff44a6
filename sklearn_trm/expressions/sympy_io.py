"""sympy and LaTeX, at the edge: expressions go out and come in here only.

sympy is imported inside the functions, so that fitting and predicting never pay for it.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ParseError, UnknownOperatorError
from .canonical import canonical
from .evaluate import evaluate
from .idioms import as_idiom
from .operators import OPS
from .text import parse
from .tree import Node, call, const, var, walk

if TYPE_CHECKING:
    import sympy

Shifts = dict[Any, Any]  # symbol: shifted column

_POWERS = {op.name: int(op.power) for op in OPS.values()
           if op.power is not None and op.power.is_integer() and op.power != 1.0}  # fmt: skip
_PARSED_NUMBER = re.compile(r"x_?(\d{1,6})", re.ASCII)
_BY_SYMPY_NAME = {op.sympy: op for op in OPS.values()
                  if isinstance(op.sympy, str) and op.power is None}  # fmt: skip
_RECIPROCALS = {"cot": "tan", "sec": "cos", "csc": "sin", "coth": "tanh", "sech": "cosh",
                "csch": "sinh"}  # fmt: skip
_FAR = 10.0  # products of a slope and a reference: exponents beyond
_MAX_INTEGER = 10**6  # beyond, sympy's exact arithmetic could run for ever: 9**9**9


def to_sympy(
    node: Node, names: Sequence[str] | None = None, shifts: Shifts | None = None
) -> sympy.Expr:
    """Convert an expression to sympy.

    Parameters
    ----------
    node : Node
    names : sequence of str, optional
        Column names; ``x0, x1, ...`` when omitted.
    shifts : dict, optional
        For a text only: takes symbols for the sums in products such as ``0.03*(x0 - 18262)``,
        which sympy would multiply out; a cube root is sympy's, which is complex for negative
        numbers.

    Returns
    -------
    sympy.Expr
        Columns are plain ``Symbol(name)``, without assumptions. Whole numbers, small
        fractions and multiples of pi stay exact, all others are ``Float``.

    Examples
    --------
    >>> to_sympy(const(1 / 3) * call("square", var(0)))
    x0**2/3
    """
    import sympy

    def convert(n: Node) -> Any:
        if n.is_var:
            return sympy.Symbol(f"x{n.column}" if names is None else str(names[n.column]))
        if n.is_const:
            return _number(n.value)
        if not any(m.is_var for m in walk(n)) and len(list(walk(n))) > 2:
            # a tower of numbers is folded in floats, never in exact integers
            value = float(evaluate(n, np.zeros((1, 1)))[0])
            if math.isfinite(value):
                return _number(value)
        word, parts = as_idiom(n) or ("", ())
        if word in ("min", "max"):
            return (sympy.Min if word == "min" else sympy.Max)(*map(convert, parts))
        if word == "cbrt" and shifts is not None:
            return sympy.cbrt(convert(parts[0]))
        if _is_shift(n):
            if shifts is not None:
                shift = sympy.Dummy()
                shifts[shift] = convert(n.children[1])
                return convert(n.children[0]) * shift
            column, reference = n.children[1].children
            slope, sign = n.children[0].value, 1 if n.children[1].op == "add" else -1
            if abs(slope * reference.value) > _FAR:  # floats would leave exp as 1e237*exp(...)
                reference = sympy.Rational(repr(reference.value)) * sign
                return sympy.Rational(repr(slope)) * (convert(column) + reference)
        args = [convert(child) for child in n.children]
        own = OPS[n.op].sympy
        out = getattr(sympy, own)(*args) if isinstance(own, str) else own(*args)
        if n.op == "abs" and out.has(sympy.re, sympy.im):  # abs(exp(x0)) is exp(re(x0)) to it
            return sympy.Abs(*args, evaluate=False)
        return out

    return convert(node)


def _number(value: float) -> Any:
    import sympy

    if not math.isfinite(value):
        return sympy.nan if math.isnan(value) else sympy.oo * int(math.copysign(1, value))
    if value.is_integer():
        return sympy.Integer(int(value)) if abs(value) <= _MAX_INTEGER else sympy.Float(value)
    if len(repr(abs(value))) < 12:  # 1.3 is a decimal, not 13/10
        return sympy.Float(value)
    for unit, exact in ((1.0, sympy.S.One), (math.pi, sympy.pi)):
        ratio = Fraction(value / unit).limit_denominator(24)
        p, q = ratio.numerator, ratio.denominator
        if p and abs(p) <= 1000 and p * unit / q == value:
            return sympy.Rational(p, q) * exact
    return sympy.Float(value)


def from_sympy(expr: Any, names: Sequence[str] | None = None) -> Node:
    """Convert a sympy expression to a canonical tree.

    Parameters
    ----------
    expr : sympy.Expr
        A text is taken too, and read by our own parser.
    names : sequence of str, optional
        Column names; ``x0, x1, ...`` when omitted.

    Returns
    -------
    Node

    Raises
    ------
    ParseError
        If a symbol is no column, or a number is not real and finite.
    UnknownOperatorError
        If a function is not in the op table.

    Examples
    --------
    >>> import sympy
    >>> a, b = sympy.symbols("a b")
    >>> print(from_sympy(sympy.sqrt(a**2 + b**2) / b, names=["a", "b"]))
    sqrt(x0**2 + x1**2)/x1
    """
    if isinstance(expr, str):
        return canonical(parse(expr, names))
    import sympy

    lookup = None if names is None else {str(name): i for i, name in enumerate(names)}
    try:
        return canonical(_from(sympy.sympify(expr, strict=True), lookup))
    except sympy.SympifyError:
        raise ParseError(f"{type(expr).__name__} is not a sympy expression") from None
    except RecursionError:
        raise ParseError("the expression is nested too deeply") from None


def _from(expr: Any, lookup: dict[str, int] | None) -> Node:
    if expr.is_Symbol:
        if lookup is not None:
            if expr.name in lookup:
                return var(lookup[expr.name])
        elif match := _PARSED_NUMBER.fullmatch(expr.name):
            return var(int(match[1]))
        known = "x0, x1, ..." if lookup is None else ", ".join(list(lookup)[:20])
        raise ParseError(f"the symbol {expr.name!r} is no column; columns are {known}")
    if expr.is_number:
        try:
            value = float(expr)
        except (TypeError, ValueError, OverflowError):
            value = math.nan
        if not math.isfinite(value):
            raise ParseError(f"{expr} is not a finite real number")
        return const(value)
    name = expr.func.__name__
    if name == "Pow":
        return _power(_from(expr.base, lookup), expr.exp, lookup)
    args = [_from(arg, lookup) for arg in expr.args]
    if name in ("Min", "Max"):
        return functools.reduce(functools.partial(call, name.lower()), args)
    if name == "Heaviside":  # of 0 ours is 1
        return call("step", args[0])
    if name in ("Add", "Mul"):
        out = args[0]
        for arg in args[1:]:
            out = call(name.lower(), out, arg)
        return out
    if name in _RECIPROCALS and len(args) == 1:
        return call("inv", call(_RECIPROCALS[name], args[0]))
    if (op := _BY_SYMPY_NAME.get(name)) is not None and len(args) == op.arity:
        return call(op.name, *args)
    raise UnknownOperatorError(f"sympy's {name} has no counterpart in the op table")


def _power(base: Node, exponent: Any, lookup: dict[str, int] | None) -> Node:
    for name, power in _POWERS.items():
        if exponent == power:
            return call(name, base)
    return call("pow", base, _from(exponent, lookup))


def to_latex(node: Node, names: Sequence[str] | None = None, precision: int | None = 4) -> str:
    """Typeset an expression.

    Parameters
    ----------
    node : Node
    names : sequence of str, optional
        Column names; those that are no identifiers are set upright, as text.
    precision : int, optional
        Significant digits of constants; ``None`` gives all.

    Returns
    -------
    str
        LaTeX for math mode, without dollar signs.

    Examples
    --------
    >>> to_latex(const(2.50001) * var(0) / var(1))
    '\\\\frac{2.5 x_{0}}{x_{1}}'
    """
    import sympy

    shifts: Shifts = {}
    expr = to_sympy(node, names, shifts)
    known = set().union(*(part.free_symbols for part in (expr, *shifts.values()))) - set(shifts)
    symbols = {s: f"\\mathrm{{{_escape(s.name)}}}" for s in known
               if not re.fullmatch(r"[A-Za-z]\w*", s.name, re.ASCII)}  # fmt: skip

    def show(e: Any) -> str:
        if precision is not None:
            e = e.xreplace(
                {f: _number(float(f"{float(f):.{precision}g}")) for f in e.atoms(sympy.Float)}
            )
        return str(sympy.latex(e, symbol_names=symbols, full_prec=False))

    for shift, inside in shifts.items():
        symbols[shift] = f"\\left({show(inside)}\\right)"
    for f in expr.atoms(sympy.Function):  # sympy sorts exp(-x) behind numbers
        number, rest = f.args[0].as_coeff_Mul() if len(f.args) == 1 else (None, None)
        if rest in shifts and number != 1:
            whole = sympy.Dummy()
            symbols[whole] = f"{show(number)} {symbols[rest]}"
            expr = expr.xreplace({f: f.func(whole)})
    return show(expr)


def _is_shift(node: Node) -> bool:
    """A number times a column that starts elsewhere than at 0."""
    if node.op != "mul" or not node.children[0].is_const:
        return False
    inside = node.children[1]
    return inside.op in ("add", "sub") and inside.children[0].is_var and inside.children[1].is_const


def _escape(name: str) -> str:
    out = name.replace("\\", "\\backslash ")
    return re.sub(r"([#$%&_{}])", r"\\\1", out).replace("^", "\\hat{}").replace(" ", "\\ ")


class LazySympy:
    """An expression that becomes a sympy one when it is first used as such.

    So a table of laws costs no import of sympy. Attributes, arithmetic and sympy's own
    functions work on it; ``sympy.sympify(lazy)`` gives the plain expression.

    Examples
    --------
    >>> law = LazySympy(const(3.0) * call("square", var(0)))
    >>> law, law.diff("x0"), law + 1
    (3*x0**2, 6*x0, 3*x0**2 + 1)
    """

    def __init__(self, node: Node, names: Sequence[str] | None = None) -> None:
        self._node, self._names = node, names

    def _sympy_(self) -> Any:
        expr = self.__dict__.get("_expr")
        if expr is None:
            expr = self.__dict__["_expr"] = to_sympy(self._node, self._names)
        return expr

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # pickle and copy ask for names that only they know
            raise AttributeError(name)
        return getattr(self._sympy_(), name)

    def __reduce__(self) -> Any:
        return LazySympy, (self._node, self._names)

    def __repr__(self) -> str:
        return str(self._sympy_())

    def __neg__(self) -> Any:
        return -self._sympy_()

    def __hash__(self) -> int:
        return hash(self._sympy_())

    def __eq__(self, other: object) -> bool:
        return bool(self._sympy_() == (other._sympy_() if isinstance(other, LazySympy) else other))


def _forward(name: str) -> Any:
    def operator(self: LazySympy, *args: Any) -> Any:
        return getattr(self._sympy_(), name)(*args)

    return operator


for _name in ("add", "sub", "mul", "truediv", "pow"):
    for _side in (f"__{_name}__", f"__r{_name}__"):
        setattr(LazySympy, _side, _forward(_side))
