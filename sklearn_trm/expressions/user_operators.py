"""Operators of a user: a name that carries its own definition.

An `Operator` is a text, so trees, lists of operators and tables of limits hold it like any other
name; the op table asks it for its row. Nothing global changes: a law knows its own operators.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..errors import ExportError
from .operators import ALIASES, OPS, Array, Op

_STEP = 1e-3  # of a difference quotient of fourth order: its error is about 1e-12
_PROBE = np.array([0.25, 0.5, 1.0, 2.0])
_TAKEN = {"pi", "e", "E", "inf", "nan", *OPS, *ALIASES}


class Operator(str):
    """An operator of your own, for ``unary_operators`` or ``binary_operators``.

    Parameters
    ----------
    name : str
        Its name in laws: letters, digits and underscores.
    numpy : callable
        ``numpy(a)``, or ``numpy(a, b)``: elementwise on arrays, nan where undefined. To pickle a
        fit (``n_jobs``, joblib) it must be a function of a module, no lambda. Exports record
        what it does with arithmetic and functions of NumPy; another is an error there.
    arity : {1, 2}
        Number of operands.
    derivative : callable, optional
        As `numpy`: the derivative, or the tuple of both partial derivatives. Difference
        quotients when omitted.
    inverse : callable, optional
        Of one operand: the argument for a value, or a tuple of its branches. With it the search
        looks at the target through the operator.
    jax : callable, optional
        The same for JAX; without it ``est.jax()`` is an error.
    sympy : callable, optional
        The same for sympy expressions; a function of that name when omitted.
    complexity : int
        What it counts.

    Raises
    ------
    ValueError
        If the name is taken or no name, or `numpy` does not work elementwise on arrays.

    Examples
    --------
    >>> cube_root = Operator("cube_root", numpy=np.cbrt, inverse=lambda v: v**3)
    >>> cube_root, cube_root == "cube_root"
    (Operator('cube_root'), True)
    """

    _given: dict[str, Any]

    def __new__(
        cls,
        name: str,
        *,
        numpy: Callable[..., Any],
        arity: int = 1,
        derivative: Callable[..., Any] | None = None,
        inverse: Callable[..., Any] | None = None,
        jax: Callable[..., Any] | None = None,
        sympy: Callable[..., Any] | None = None,
        complexity: int = 1,
    ) -> Operator:
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
            raise ValueError(f"an operator is called by letters, digits and _, got {name!r}")
        if name in _TAKEN or re.fullmatch(r"x_?\d+", name):
            raise ValueError(f"the name {name!r} is taken: choose another")
        if arity not in (1, 2):
            raise ValueError(f"arity must be 1 or 2, got {arity!r}")
        if isinstance(complexity, bool) or not isinstance(complexity, int) or complexity < 1:
            raise ValueError(f"complexity must be a whole number of at least 1, got {complexity!r}")
        try:
            with np.errstate(all="ignore"):
                out = np.asarray(numpy(*[_PROBE] * arity), dtype=float)
        except Exception as error:
            raise ValueError(f"{name}: numpy= must work on arrays of numbers ({error})") from error
        if out.shape != _PROBE.shape:
            raise ValueError(f"{name}: numpy= must give one value for each element of its operands")
        self = super().__new__(cls, name)
        self._given = {
            "numpy": numpy, "arity": arity, "derivative": derivative, "inverse": inverse,
            "jax": jax, "sympy": sympy, "complexity": complexity,
        }  # fmt: skip
        return self

    @property
    def op(self) -> Op:
        """Its row of the op table."""
        if "_op" not in self.__dict__:
            g = self._given
            inverse = partial(_branches, g["inverse"]) if g["arity"] == 1 else _no_inverse
            self.__dict__["_op"] = Op(
                self, g["arity"], partial(_apply, self), partial(_slopes, self), self.to_sympy,
                inverse, cost=g["complexity"],
            )  # fmt: skip
        return self.__dict__["_op"]

    def define(self, *args: Any) -> Any:
        """Its NumPy function, of arrays or of what stands for them."""
        return self._given["numpy"](*args)

    @property
    def has_inverse(self) -> bool:
        return self._given["inverse"] is not None and self._given["arity"] == 1

    def to_sympy(self, *args: Any) -> Any:
        """The operator of sympy expressions."""
        import sympy

        own = self._given["sympy"]
        return sympy.Function(str(self))(*args) if own is None else own(*args)

    def __repr__(self) -> str:
        return f"Operator({str(self)!r})"

    def __deepcopy__(self, memo: Any) -> Operator:
        return self

    def __reduce__(self) -> Any:
        return _rebuild, (str(self), self._given)


def _rebuild(name: str, given: dict[str, Any]) -> Operator:
    while name in _TAKEN:  # it was free when it was pickled
        name += "_"
    return Operator(name, **given)


def _values(own: Operator, *args: Array) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(own._given["numpy"](*args), dtype=float)


def _apply(own: Operator, xp: Any, *args: Array) -> Array:
    if xp is np:
        return _values(own, *args)
    if str(getattr(xp, "__name__", "")).startswith("jax") and own._given["jax"] is not None:
        return own._given["jax"](*args)
    raise ExportError(
        f"the operator {str(own)!r} is your own and has no definition there; predict, sympy, LaTeX "
        "and texts know it, and JAX does with Operator(..., jax=)"
    )


def _slopes(own: Operator, value: np.ndarray, *args: np.ndarray) -> tuple[np.ndarray, ...]:
    given = own._given["derivative"]
    if given is not None:
        out = given(*args)
        return tuple(out) if isinstance(out, tuple) else (np.asarray(out),)
    return tuple(_difference(own, args, side) for side in range(len(args)))


def _difference(own: Operator, args: tuple[np.ndarray, ...], side: int) -> np.ndarray:
    """Central differences of fourth order; of second order where these leave the domain."""
    a = np.asarray(args[side], dtype=float)
    h = _STEP * np.maximum(np.abs(a), 0.1)

    def at(steps: float, width: np.ndarray) -> np.ndarray:
        return _values(own, *args[:side], a + steps * width, *args[side + 1 :])

    with np.errstate(all="ignore"):
        wide = (8.0 * (at(1, h) - at(-1, h)) - at(2, h) + at(-2, h)) / (12.0 * h)
        if np.isfinite(wide).all():
            return wide
        g = _STEP**2 * np.maximum(np.abs(a), 1e-6)
        return np.where(np.isfinite(wide), wide, (at(1, g) - at(-1, g)) / (2.0 * g))


def _branches(inverse: Callable[..., Any] | None, v: np.ndarray) -> tuple[np.ndarray, ...]:
    if inverse is None:
        return (np.full(np.shape(v), np.nan),)
    with np.errstate(all="ignore"):
        out = inverse(v)
    parts = out if isinstance(out, tuple) else (out,)
    return tuple(np.asarray(part, dtype=float) for part in parts)


def _no_inverse(v: np.ndarray, known: np.ndarray, side: int) -> np.ndarray:
    return np.full(np.shape(v), np.nan)
