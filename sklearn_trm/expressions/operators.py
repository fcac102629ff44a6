"""The op table: the single source of facts about every operator.

Evaluation (NumPy and JAX), derivatives, inverses, conversion to and from sympy, names in texts
and lists, rules of units, what the search tries and what a law costs are all driven by the rows
of this table; how a function is spelled in other languages stands in ``output/export/languages``,
or in the row. A new operator is one row (CONTRIBUTING.md); ``tests/expressions/test_operators.py``
holds each row to independent facts.

Operators are *unprotected*: outside their domain they return nan.

``nats`` is how many nats a law pays for the operator: R. Guimera et al., "A Bayesian machine
scientist to aid in the solution of challenging scientific problems", Science Advances 6, eaav6971
(2020), fitted to 4,080 named equations (tables of it: the package ``autora-theorist-bms``). That
work has no asin, acos, atan, erf: their numbers are ours, by their rarity beside its rarest.
Nothing uses them yet.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from ..errors import UnknownOperatorError

Array = Any  # numpy.ndarray or jax.Array
Interval = tuple[float, float]

_INF, _PI = np.inf, np.pi
_R = (-_INF, _INF)
_COMMON = 2  # rarity of functions that also get sweeps of inner constants and deep scans
_USUAL, _NATS = 5.97, 0.66  # of a sine; of a symbol, as far as the cost of library rows goes


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
        ``apply(xp, *args)`` gives the value; ``xp`` is numpy, jax.numpy or a recorder that knows
        their functions by name. An export writes what it records.
    derivative : callable
        ``derivative(value, *args)`` gives one partial derivative per argument (NumPy).
    sympy : str or callable
        Name of the sympy function, or what makes the expression from its operands.
    inverse : callable or None
        Unary: ``inverse(v)`` gives the branches of the argument.
        Binary: ``inverse(v, known, side)`` gives the operand on ``side`` (0 or 1).
        None where values do not tell it, as those of floor.
    domain : tuple of float
        Closed interval of the (first) argument on which the value is real.
    image : tuple of float
        Closed interval of its values there.
    cost : int
        Default complexity.
    nats : float
        Prior nats of the operator in a law; the default is that of a rare function.
    parity : int
        1 for an even, -1 for an odd function, 0 for neither (unary only).
    power : float or None
        Exponent if the op is a power of its argument: a scale can be pulled out of it.
    degree : float or None
        Exponent with which a positive factor, such as a unit, passes through what is no power:
        1 for abs, 0 for a step. Where both are None the argument is a pure number.
    period : float or None
        Of what repeats.
    kin : str or None
        The family whose limits hold for it as well: ``"pow"`` for square.
    infix : str or None
        Symbol in texts.
    aliases : tuple of str
        Other names of it in texts and lists.
    list_names : tuple of str
        Other names in lists only: in a text a column may be called ``power``.
    spelled : mapping
        By language, the spelling of the function of its name, where the language's file has none:
        a name, a template as there, or a name and its definition.
    default : bool
        Whether it is among the operators that are allowed when none are named.
    """

    name: str
    arity: int
    apply: Callable[..., Array]
    derivative: Callable[..., tuple[np.ndarray, ...]]
    sympy: str | Callable[..., Any]
    inverse: Callable[..., Any] | None = None
    domain: Interval = _R
    image: Interval = _R
    cost: int = 1
    nats: float = 9.0
    parity: int = 0
    power: float | None = None
    degree: float | None = None
    period: float | None = None
    kin: str | None = None
    infix: str | None = None
    aliases: tuple[str, ...] = ()
    list_names: tuple[str, ...] = ()
    spelled: Mapping[str, str | tuple[str, str]] = field(default_factory=dict, compare=False)
    default: bool = True

    @property
    def is_homogeneous(self) -> bool:
        """Whether a positive factor passes through: powers and abs."""
        return self.power is not None or self.degree is not None

    @property
    def is_function(self) -> bool:
        """Whether it is a function of one pure number, as exp is."""
        return self.arity == 1 and not self.is_homogeneous

    @property
    def rarity(self) -> int:
        """How much rarer than a sine it is in laws: symbols that the search adds to its cost.

        Up to 2 it also gets sweeps of inner constants and deep scans.
        """
        return max(0, int((self.nats - _USUAL) / _NATS))

    @property
    def is_common(self) -> bool:
        """Whether it is a function that laws often hold."""
        return self.is_function and self.rarity <= _COMMON

    @property
    def has_place(self) -> bool:
        """Whether it is a step, or a peak, at one place of its argument."""
        bounded = np.isfinite(self.image).all() and not np.isfinite(self.domain).any()
        return self.is_common and self.period is None and bool(bounded)


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


def _special(xp: Any) -> Any:
    """Where SciPy's special functions are for an array library; a recorder knows all by name."""
    if not isinstance(xp, ModuleType):
        return xp
    return import_module("scipy.special" if xp is np else "jax.scipy.special")


def _flat(v: np.ndarray, a: np.ndarray) -> tuple[np.ndarray]:
    return (np.zeros_like(a),)


def _sides(first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of a choice: 1 for the operand that is taken."""
    return first * 1.0, ~first * 1.0


def _sympy_relu(a: Any) -> Any:
    return import_module("sympy").Max(a, 0)


def _sympy_step(a: Any) -> Any:
    return import_module("sympy").Heaviside(a, 1)


def _sympy_round(a: Any) -> Any:
    sympy = import_module("sympy")
    return sympy.floor(abs(a) + sympy.Rational(1, 2)) * (2 * sympy.Heaviside(a, 1) - 1)


# Its series has positive terms only: 150 of them give all digits up to 6, and 1 beyond.
_ERF_IN_JAVASCRIPT = """\
function erf(a) {
    if (!(Math.abs(a) < 6)) return a > 0 ? 1 : a < 0 ? -1 : NaN;
    let term = a, sum = a;
    for (let n = 1; n < 150; n++) sum += term *= 2*a*a/(2*n + 1);
    return 2/Math.sqrt(Math.PI)*Math.exp(-a*a)*sum;
}"""
_ERF_IN_RUST = """\
fn erf(a: f64) -> f64 {
    if !(a.abs() < 6.0) { return if a.is_nan() { a } else { a.signum() }; }
    let (mut term, mut sum) = (a, a);
    for n in 1..150 { term *= 2.0*a*a/(2*n + 1) as f64; sum += term; }
    std::f64::consts::FRAC_2_SQRT_PI*(-a*a).exp()*sum
}"""

_TABLE = (  # new rows at the end of their kind: their order is that of operands in laws
    Op("neg", 1, lambda xp, a: -a, lambda v, a: (-np.ones_like(v),), operator.neg,
       lambda v: (-v,), nats=3.35, parity=-1, power=1.0, list_names=("negative",)),
    Op("inv", 1, lambda xp, a: 1.0 / a, lambda v, a: (-v * v,), lambda a: a**-1,
       lambda v: (1.0 / v,), nats=5.91, parity=-1, power=-1.0, kin="div",
       aliases=("inverse",), list_names=("reciprocal",)),
    Op("square", 1, lambda xp, a: a * a, lambda v, a: (2.0 * a,), lambda a: a**2,
       _inverse_square, image=(0.0, _INF), nats=3.30, parity=1, power=2.0, kin="pow"),
    Op("cube", 1, lambda xp, a: a * a * a, lambda v, a: (3.0 * a * a,), lambda a: a**3,
       lambda v: (np.cbrt(v),), nats=5.99, parity=-1, power=3.0, kin="pow"),
    Op("sqrt", 1, lambda xp, a: xp.sqrt(a), lambda v, a: (0.5 / v,), "sqrt",
       lambda v: (np.where(v >= 0, v * v, np.nan),), (0.0, _INF), (0.0, _INF),
       nats=4.76, power=0.5, kin="pow"),
    Op("exp", 1, lambda xp, a: xp.exp(a), lambda v, a: (v,), "exp", lambda v: (np.log(v),),
       image=(0.0, _INF), nats=4.77),
    Op("log", 1, lambda xp, a: xp.log(a), lambda v, a: (1.0 / a,), "log",
       lambda v: (np.exp(v),), (0.0, _INF), nats=4.75, aliases=("ln",)),
    Op("sin", 1, lambda xp, a: xp.sin(a), lambda v, a: (np.cos(a),), "sin",
       lambda v: (np.arcsin(v), np.pi - np.arcsin(v)), image=(-1.0, 1.0), nats=5.97, parity=-1,
       period=2 * _PI),
    Op("cos", 1, lambda xp, a: xp.cos(a), lambda v, a: (-np.sin(a),), "cos",
       lambda v: (np.arccos(v), -np.arccos(v)), image=(-1.0, 1.0), nats=5.45, parity=1,
       period=2 * _PI),
    Op("tan", 1, lambda xp, a: xp.tan(a), lambda v, a: (1.0 + v * v,), "tan",
       lambda v: (np.arctan(v),), nats=8.13, parity=-1, period=_PI),
    Op("tanh", 1, lambda xp, a: xp.tanh(a), lambda v, a: (1.0 - v * v,), "tanh",
       lambda v: (np.arctanh(v),), image=(-1.0, 1.0), nats=7.80, parity=-1),
    Op("sinh", 1, lambda xp, a: xp.sinh(a), lambda v, a: (np.cosh(a),), "sinh",
       lambda v: (np.arcsinh(v),), nats=7.96, parity=-1),
    Op("cosh", 1, lambda xp, a: xp.cosh(a), lambda v, a: (np.sinh(a),), "cosh",
       _inverse_cosh, image=(1.0, _INF), nats=8.13, parity=1),
    Op("asin", 1, lambda xp, a: xp.arcsin(a), lambda v, a: (1.0 / np.sqrt(1.0 - a * a),), "asin",
       lambda v: (np.where(np.abs(v) <= np.pi / 2, np.sin(v), np.nan),), (-1.0, 1.0),
       (-_PI / 2, _PI / 2), nats=9.0, parity=-1, aliases=("arcsin",)),
    Op("acos", 1, lambda xp, a: xp.arccos(a), lambda v, a: (-1.0 / np.sqrt(1.0 - a * a),), "acos",
       lambda v: (np.where((v >= 0) & (v <= np.pi), np.cos(v), np.nan),), (-1.0, 1.0),
       (0.0, _PI), nats=9.0, aliases=("arccos",)),
    Op("atan", 1, lambda xp, a: xp.arctan(a), lambda v, a: (1.0 / (1.0 + a * a),), "atan",
       lambda v: (np.where(np.abs(v) < np.pi / 2, np.tan(v), np.nan),),
       image=(-_PI / 2, _PI / 2), nats=8.5, parity=-1, aliases=("arctan",)),
    Op("abs", 1, lambda xp, a: xp.abs(a), lambda v, a: (np.sign(a),), "Abs",
       lambda v: (np.where(v >= 0, v, np.nan), np.where(v >= 0, -v, np.nan)),
       image=(0.0, _INF), nats=6.33, parity=1, degree=1.0,
       aliases=("Abs", "fabs"), list_names=("absolute",)),
    Op("erf", 1, lambda xp, a: _special(xp).erf(a),
       lambda v, a: (2.0 / np.sqrt(np.pi) * np.exp(-a * a),), "erf",
       lambda v: (_special(np).erfinv(v),), image=(-1.0, 1.0), nats=7.8, parity=-1,
       default=False, spelled={
           "numpy": ("erf", "from scipy.special import erf"),
           "jax": ("erf", "from jax.scipy.special import erf"),
           "julia": ("erf", "using SpecialFunctions: erf"),
           "javascript": ("erf", _ERF_IN_JAVASCRIPT),
           "rust": ("erf", _ERF_IN_RUST),
       }),
    Op("floor", 1, lambda xp, a: xp.floor(a), _flat, "floor", nats=9.0, default=False),
    Op("ceil", 1, lambda xp, a: xp.ceil(a), _flat, "ceiling", nats=9.0, default=False,
       aliases=("ceiling",)),
    Op("round", 1, lambda xp, a: xp.sign(a) * xp.floor(xp.abs(a) + 0.5), _flat, _sympy_round,
       nats=9.0, parity=-1, default=False),
    Op("relu", 1, lambda xp, a: xp.maximum(a, 0.0), lambda v, a: ((a > 0.0) * 1.0,), _sympy_relu,
       image=(0.0, _INF), nats=9.0, degree=1.0, default=False),
    Op("step", 1, lambda xp, a: 1.0 - xp.maximum(xp.sign(-a), 0.0), _flat, _sympy_step,
       image=(0.0, 1.0), nats=9.0, degree=0.0, default=False,
       list_names=("heaviside", "where")),
    Op("add", 2, lambda xp, a, b: a + b, lambda v, a, b: (np.ones_like(v), np.ones_like(v)),
       operator.add, _inverse_add, nats=5.81, infix="+", aliases=("plus",)),
    Op("sub", 2, lambda xp, a, b: a - b, lambda v, a, b: (np.ones_like(v), -np.ones_like(v)),
       operator.sub, _inverse_sub, nats=5.81, infix="-", aliases=("minus",),
       list_names=("subtract",)),
    Op("mul", 2, lambda xp, a, b: a * b, lambda v, a, b: (b, a), operator.mul, _inverse_mul,
       nats=5.00, infix="*", aliases=("mult",), list_names=("multiply", "times")),
    Op("div", 2, lambda xp, a, b: a / b, lambda v, a, b: (1.0 / b, -v / b), operator.truediv,
       _inverse_div, nats=5.91, infix="/", list_names=("divide", "true_divide")),
    Op("pow", 2, lambda xp, a, b: xp.power(a, b), _d_pow, operator.pow, _inverse_pow,
       (0.0, _INF), (0.0, _INF), nats=6.47, infix="**", aliases=("^",),
       list_names=("power", "float_power")),
    Op("min", 2, lambda xp, a, b: xp.minimum(a, b), lambda v, a, b: _sides(a <= b), "Min",
       nats=9.0, default=False, list_names=("minimum", "fmin")),
    Op("max", 2, lambda xp, a, b: xp.maximum(a, b), lambda v, a, b: _sides(a >= b), "Max",
       nats=9.0, default=False, list_names=("maximum", "fmax")),
)  # fmt: skip


class _Rows(dict[str, Op]):
    """Rows by name; a name that carries its own definition (`own.Operator`) is its own row."""

    def __missing__(self, name: str) -> Op:
        own = getattr(name, "op", None)
        if not isinstance(own, Op):
            raise KeyError(name)
        return own


OPS: dict[str, Op] = _Rows((op.name, op) for op in _TABLE)
# What is allowed when a user names none.
UNARY: tuple[str, ...] = tuple(op.name for op in _TABLE if op.arity == 1 and op.default)
BINARY: tuple[str, ...] = tuple(op.name for op in _TABLE if op.arity == 2 and op.default)

# Names that users of other systems type, in texts and lists.
ALIASES: dict[str, str] = {
    other: op.name for op in _TABLE for other in (*op.aliases, *([op.infix] if op.infix else ()))
}

# The functions that published weights were trained with, in the order of their codes (the heads
# add, sub, mul, div, pow beside them): other rows of the table are unknown to the network.
VOCABULARY = (
    "inv", "square", "cube", "sqrt", "exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh",
    "asin", "acos", "atan", "abs",
)  # fmt: skip
_KNOWN = frozenset((*VOCABULARY, "neg", "add", "sub", "mul", "div", "pow"))


def all_names(arity: int) -> tuple[str, ...]:
    """Every operator with so many operands, those too that are allowed only when named."""
    return tuple(op.name for op in _TABLE if op.arity == arity)


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
            f"unknown operator {name!r}; choose from {', '.join(all_names(1))} (unary) and "
            f"{', '.join(all_names(2))} (binary)"
        )
    return OPS[key]


def known(names: Sequence[str]) -> tuple[str, ...]:
    """The names that the network knows: no later rows of the table, none of a user's own."""
    return tuple(name for name in names if name in _KNOWN)


def resolve_all(names: Sequence[str] | None, arity: int) -> tuple[str, ...]:
    """Resolve a user's operator list; ``None`` means the default ones of that arity."""
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
