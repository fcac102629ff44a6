"""Operators as users of other systems spell them.

``"sqrt"``, ``"+"``, ``"plus"``, ``"multiply"``, ``np.sin`` and ``"inv(x) = 1/x"`` all mean rows of
the op table. What is none of these is answered with the way to define it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ParseError, UnknownOperatorError
from .canonical import canonical
from .operators import ALIASES, OPS, all_names, resolve_all
from .text import parse
from .tree import call, var

_NUMPY = {  # names of functions that are no rows, for advice
    "acosh": "arccosh", "asinh": "arcsinh", "atanh": "arctanh", "mod": "remainder",
    "atan2": "arctan2",
} | {other: op.name for op in OPS.values() for other in op.list_names}  # fmt: skip
_UNARY_TOO = {"-": "neg", "sub": "neg", "minus": "neg"}
_DEFINITION = re.compile(r"\s*([A-Za-z_]\w*)\s*\(([^()]*)\)\s*=(.*)", re.DOTALL)


def read_operators(names: Sequence[Any] | None, arity: int) -> tuple[str, ...]:
    """Names of the op table for a user's list; ``None`` means the default ones of that arity.

    Raises
    ------
    UnknownOperatorError
        If one is no operator, or takes another number of operands.

    Examples
    --------
    >>> read_operators(["inv(x) = 1/x", np.sqrt, "sin"], 1)
    ('inv', 'sqrt', 'sin')
    """
    if names is None or isinstance(names, str):
        return resolve_all(names, arity)
    return resolve_all([_plain(name, arity) for name in names], arity)


def _plain(name: Any, arity: int) -> Any:
    """A name of the op table, or an operator that carries its own definition."""
    if isinstance(name, np.ufunc):
        name = name.__name__
    if not isinstance(name, str) or hasattr(name, "op"):
        return name
    if match := _DEFINITION.fullmatch(name):
        return _defined(name, match, arity)
    name = name.strip()
    if arity == 1 and name in _UNARY_TOO:
        return _UNARY_TOO[name]
    own = _NUMPY.get(name, name)
    own = ALIASES.get(own, own)
    if own not in OPS:
        raise UnknownOperatorError(_advice(name, own, arity))
    if OPS[own].arity != arity:
        kind, other = ("unary", "binary") if arity == 1 else ("binary", "unary")
        raise UnknownOperatorError(
            f"{name!r} takes {OPS[own].arity} operands: it is not {kind}, "
            f"give it in {other}_operators"
        )
    return own


def _advice(name: str, numpy_name: str, arity: int) -> str:
    words = ", ".join(all_names(arity))
    text = f"unknown operator {name!r}; choose from {words}"
    function = getattr(np, numpy_name, None)
    if isinstance(function, np.ufunc) and function.nin == arity:
        more = ", arity=2" if arity == 2 else ""
        text += f", or define it: Operator({name!r}, numpy=np.{numpy_name}{more})"
    else:
        text += ", or define your own by sklearn_trm.Operator"
    return text


def _defined(text: str, match: re.Match[str], arity: int) -> str:
    """The operator that a definition such as ``square(x) = x^2`` means."""
    name, given, formula = match.groups()
    arguments = [piece.strip() for piece in given.split(",")]
    more = ", arity=2" if len(arguments) == 2 else ""
    advice = (
        f"{text.strip()!r} is none of our operators; define it: Operator({name!r}, "
        f"numpy=lambda {', '.join(arguments)}: ...{more})"
    )
    if len(arguments) != arity:
        raise UnknownOperatorError(
            f"{text.strip()!r} takes {len(arguments)} operands, and a list of "
            f"{'unary' if arity == 1 else 'binary'}_operators wants {arity}"
        )
    try:
        meant = canonical(parse(formula, arguments))
    except ParseError as error:
        raise UnknownOperatorError(advice) from error
    for own in all_names(arity):
        if canonical(call(own, *map(var, range(arity)))) == meant:
            return own
    raise UnknownOperatorError(advice)
