"""The op table: the single source of facts about every operator.

Evaluation (NumPy and JAX), derivatives, inverses, the decoder's vocabulary,
sympy conversion and complexity are all driven by the rows of this table.
A row's ``apply(xp, ...)`` works for ``xp = numpy`` and ``xp = jax.numpy``.
Operators are *unprotected*: outside their domain they return nan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UnknownOperatorError

Array = Any  # numpy.ndarray or jax.Array


@dataclass(frozen=True)
class Op:
    """One operator.

    Attributes
    ----------
    name : str
        Name in texts, in ``unary_operators=`` and ``binary_operators=``.
    arity : int
        1 or 2.
    apply : callable
        ``apply(xp, *args)`` gives the value; ``xp`` is numpy or jax.numpy.
    derivative : callable
        ``derivative(value, *args)`` gives one partial derivative per argument (NumPy).
    sympy : str
        Name of the sympy function, or an expression tag understood by ``convert``.
    inverse : callable or None
        Unary: ``inverse(v)`` gives the branches of the argument.
        Binary: ``inverse(v, known, side)`` gives the operand on ``side`` (0 or 1).
    domain : tuple of float
        Closed interval of the (first) argument on which the value is real.
    cost : int
        Default complexity.
    parity : int
        1 for an even, -1 for an odd function, 0 for neither (unary only).
    power : float or None
        Exponent if the op is a power of its argument: a scale can be pulled out of it.
    infix : str or None
        Symbol in texts.
    """

    name: str
    arity: int
    apply: Callable[..., Array]
    derivative: Callable[..., tuple[np.ndarray, ...]]
    sympy: str
    inverse: Callable[..., Any] | None = None
    domain: tuple[float, float] = (-np.inf, np.inf)
    cost: int = 1
    parity: int = 0
    power: float | None = None
    infix: str | None = None


_R = (-np.inf, np.inf)


def _inverse_add(v: np.ndarray, known: np.ndarray, side: int) -> np.ndarray:
    return v - known


def _inverse_sub(v: np.ndarray, known: np.ndarray, side: int) -> np.ndarray:
    return v + known if side == 0 else known - v


def _inverse_mul(v: np.ndarray, known: np.ndarray, side: int) -> np.ndarray:
    return v / known


def _inverse_div(v: np.ndarray, known: np.ndarray, side: int) -> np.ndarray:
    return v * known if side == 0 else known / v


def _inverse_pow(v: np.ndarray, known: np.ndarray, side: int) -> np.ndarray:
    # base = v^(1/known), exponent = log v / log known
    return np.power(v, 1.0 / known) if side == 0 else np.log(v) / np.log(known)


def _d_pow(v: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return b * np.power(a, b - 1.0), v * np.log(a)


def _inverse_square(v: np.ndarray) -> tuple[np.ndarray, ...]:
    r = np.sqrt(v)
    return r, -r


def _inverse_cosh(v: np.ndarray) -> tuple[np.ndarray, ...]:
    r = np.arccosh(v)
    return r, -r


_TABLE = (
    Op("neg", 1, lambda xp, a: -a, lambda v, a: (-np.ones_like(v),), "neg",
       lambda v: (-v,), parity=-1, power=1.0),
    Op("inv", 1, lambda xp, a: 1.0 / a, lambda v, a: (-v * v,), "inv",
       lambda v: (1.0 / v,), parity=-1, power=-1.0),
    Op("square", 1, lambda xp, a: a * a, lambda v, a: (2.0 * a,), "square",
       _inverse_square, parity=1, power=2.0),
    Op("cube", 1, lambda xp, a: a * a * a, lambda v, a: (3.0 * a * a,), "cube",
       lambda v: (np.cbrt(v),), parity=-1, power=3.0),
    Op("sqrt", 1, lambda xp, a: xp.sqrt(a), lambda v, a: (0.5 / v,), "sqrt",
       lambda v: (np.where(v >= 0, v * v, np.nan),), (0.0, np.inf), power=0.5),
    Op("exp", 1, lambda xp, a: xp.exp(a), lambda v, a: (v,), "exp", lambda v: (np.log(v),)),
    Op("log", 1, lambda xp, a: xp.log(a), lambda v, a: (1.0 / a,), "log",
       lambda v: (np.exp(v),), (0.0, np.inf)),
    Op("sin", 1, lambda xp, a: xp.sin(a), lambda v, a: (np.cos(a),), "sin",
       lambda v: (np.arcsin(v), np.pi - np.arcsin(v)), parity=-1),
    Op("cos", 1, lambda xp, a: xp.cos(a), lambda v, a: (-np.sin(a),), "cos",
       lambda v: (np.arccos(v), -np.arccos(v)), parity=1),
    Op("tan", 1, lambda xp, a: xp.tan(a), lambda v, a: (1.0 + v * v,), "tan",
       lambda v: (np.arctan(v),), parity=-1),
    Op("tanh", 1, lambda xp, a: xp.tanh(a), lambda v, a: (1.0 - v * v,), "tanh",
       lambda v: (np.arctanh(v),), parity=-1),
    Op("sinh", 1, lambda xp, a: xp.sinh(a), lambda v, a: (np.cosh(a),), "sinh",
       lambda v: (np.arcsinh(v),), parity=-1),
    Op("cosh", 1, lambda xp, a: xp.cosh(a), lambda v, a: (np.sinh(a),), "cosh",
       _inverse_cosh, parity=1),
    Op("asin", 1, lambda xp, a: xp.arcsin(a), lambda v, a: (1.0 / np.sqrt(1.0 - a * a),), "asin",
       lambda v: (np.where(np.abs(v) <= np.pi / 2, np.sin(v), np.nan),), (-1.0, 1.0), parity=-1),
    Op("acos", 1, lambda xp, a: xp.arccos(a), lambda v, a: (-1.0 / np.sqrt(1.0 - a * a),), "acos",
       lambda v: (np.where((v >= 0) & (v <= np.pi), np.cos(v), np.nan),), (-1.0, 1.0)),
    Op("atan", 1, lambda xp, a: xp.arctan(a), lambda v, a: (1.0 / (1.0 + a * a),), "atan",
       lambda v: (np.where(np.abs(v) < np.pi / 2, np.tan(v), np.nan),), parity=-1),
    Op("abs", 1, lambda xp, a: xp.abs(a), lambda v, a: (np.sign(a),), "Abs",
       lambda v: (np.where(v >= 0, v, np.nan), np.where(v >= 0, -v, np.nan)), parity=1),
    Op("add", 2, lambda xp, a, b: a + b, lambda v, a, b: (np.ones_like(v), np.ones_like(v)),
       "add", _inverse_add, infix="+"),
    Op("sub", 2, lambda xp, a, b: a - b, lambda v, a, b: (np.ones_like(v), -np.ones_like(v)),
       "sub", _inverse_sub, infix="-"),
    Op("mul", 2, lambda xp, a, b: a * b, lambda v, a, b: (b, a), "mul", _inverse_mul, infix="*"),
    Op("div", 2, lambda xp, a, b: a / b, lambda v, a, b: (1.0 / b, -v / b), "div",
       _inverse_div, infix="/"),
    Op("pow", 2, lambda xp, a, b: xp.power(a, b), _d_pow, "pow", _inverse_pow, (0.0, np.inf),
       infix="**"),
)  # fmt: skip


class _Rows(dict[str, Op]):
    """Rows by name; a name that carries its own definition (`own.Operator`) is its own row."""

    def __missing__(self, name: str) -> Op:
        own = getattr(name, "op", None)
        if not isinstance(own, Op):
            raise KeyError(name)
        return own


OPS: dict[str, Op] = _Rows((op.name, op) for op in _TABLE)
UNARY: tuple[str, ...] = tuple(op.name for op in _TABLE if op.arity == 1)
BINARY: tuple[str, ...] = tuple(op.name for op in _TABLE if op.arity == 2)

# Names that users of other systems type.
ALIASES: dict[str, str] = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow", "**": "pow",
    "plus": "add", "mult": "mul", "minus": "sub", "ln": "log", "arcsin": "asin",
    "arccos": "acos", "arctan": "atan", "Abs": "abs", "fabs": "abs", "inverse": "inv",
}  # fmt: skip


def resolve(name: str) -> Op:
    """Return the op called `name` (aliases such as ``+`` or ``ln`` included).

    Raises
    ------
    UnknownOperatorError
        If no such operator exists.

    Examples
    --------
    >>> resolve("ln").name
    'log'
    """
    own = getattr(name, "op", None)
    if isinstance(own, Op):
        return own
    key = ALIASES.get(name, name) if isinstance(name, str) else name
    if not isinstance(key, str) or key not in OPS:
        raise UnknownOperatorError(
            f"unknown operator {name!r}; choose from {', '.join(UNARY)} (unary) and "
            f"{', '.join(BINARY)} (binary)"
        )
    return OPS[key]


def known(names: Sequence[str]) -> tuple[str, ...]:
    """The names that are rows of the table, without a user's own operators."""
    return tuple(name for name in names if name in OPS)


def resolve_all(names: Sequence[str] | None, arity: int) -> tuple[str, ...]:
    """Resolve a user's operator list; ``None`` means every operator of that arity."""
    if names is None:
        return UNARY if arity == 1 else BINARY
    if isinstance(names, str):
        raise UnknownOperatorError(
            f"operators are a list of names, not one text: write [{names!r}]"
        )
    ops = [resolve(name) for name in names]
    for op in ops:
        if op.arity != arity:
            kind = "unary" if arity == 1 else "binary"
            raise UnknownOperatorError(f"{op.name!r} takes {op.arity} operands: it is not {kind}")
    return tuple(dict.fromkeys(op.name for op in ops))
