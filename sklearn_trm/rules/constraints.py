"""What a user asks of every law: sizes, nesting, exponents."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

ANY = -1  # of an operand: no limit


@dataclass(frozen=True, kw_only=True)
class Constraints:
    """Limits that every law of a fit obeys: the chosen one and every row of ``equations_``.

    Operators are named as in ``unary_operators`` and ``binary_operators``. A law is judged as
    it is written: ``x0*x0`` is ``square(x0)``. What is said of ``"pow"`` holds for ``square``,
    ``cube`` and ``sqrt`` too, and what is said of ``"div"`` for ``inv`` (1/x), unless they are
    named themselves.

    Parameters
    ----------
    complexity_of_operators : dict of str to int, optional
        Complexity of operators; 1 for the others.
    complexity_of_variables : int or dict of str to int, optional
        Complexity of all columns, or of those named; 1 for the others.
    complexity_of_constants : int, optional
        Complexity of a number; 1 when omitted. ``max_complexity`` and
        ``equations_.complexity`` count with all three.
    max_depth : int, optional
        Levels of a law; a column or a number has one.
    operands : dict of str to int or (int, int), optional
        Largest complexity of the operands: ``{"sin": 5, "pow": (-1, 1)}``; -1 is no limit. The
        operands of ``+`` and ``*`` may stand in either order.
    nested : dict of str to dict of str to int, optional
        How many of an operator may lie inside another, on the way from it to any leaf:
        ``{"sin": {"sin": 0, "cos": 0}}``.
    forbidden : sequence of sequences of str
        Operators that may not all stand in one law: ``[("exp", "log")]``; ``[("tan",)]``
        forbids one.
    max_exponent : float, optional
        Largest absolute value of an exponent; exponents are then numbers.
    integer_exponents : bool
        Whether exponents are whole numbers, which leaves out roots.
    dimensionless_constants_only : bool
        With ``fit(..., units=)``: whether numbers in a law have no unit; dimensional analysis
        then leaves fewer columns to search. Otherwise they carry whatever makes the law
        consistent.
    monotonic : dict of str to int, optional
        Columns in which the law never falls (1) or never rises (-1), between the least and the
        largest value of the column: ``{"x0": 1, "x1": -1}``.
    even, odd : sequence of str
        Columns whose sign does not matter, or turns the sign of the law.
    exchange : sequence of (str, str)
        Pairs of columns that may change places. All of these are tested in numbers on rows of
        the table: a law that fails is left out.

    Raises
    ------
    ValueError
        If a limit is not what is asked for; the message names it.

    Examples
    --------
    >>> limits = Constraints(max_depth=5, nested={"sin": {"sin": 0}}, max_exponent=3)
    >>> limits.max_depth
    5

    References
    ----------
    The limits are those of PySR (M. Cranmer, arXiv:2305.01582).
    """

    complexity_of_operators: Mapping[str, int] | None = None
    complexity_of_variables: int | Mapping[str, int] | None = None
    complexity_of_constants: int | None = None
    max_depth: int | None = None
    operands: Mapping[str, int | Sequence[int]] | None = None
    nested: Mapping[str, Mapping[str, int]] | None = None
    forbidden: Sequence[Sequence[str]] = ()
    max_exponent: float | None = None
    integer_exponents: bool = False
    dimensionless_constants_only: bool = False
    monotonic: Mapping[str, int] | None = None
    even: Sequence[str] = ()
    odd: Sequence[str] = ()
    exchange: Sequence[Sequence[str]] = ()

    def __post_init__(self) -> None:
        own = {f.name: _plain(getattr(self, f.name)) for f in fields(self)}
        for name, value in own.items():
            object.__setattr__(self, name, value)
        _whole_values("complexity_of_operators", own["complexity_of_operators"], 1)
        variables = own["complexity_of_variables"]
        if isinstance(variables, dict):
            _whole_values("complexity_of_variables", variables, 1)
        else:
            _whole("complexity_of_variables", variables, 1)
        _whole("complexity_of_constants", own["complexity_of_constants"], 1)
        _whole("max_depth", own["max_depth"], 1)
        for op, most in _named("operands", own["operands"]):
            for value in most if isinstance(most, list) else [most]:
                if value != ANY:
                    _whole(f"operands[{op!r}]", value, 1)
            if isinstance(most, list) and not 1 <= len(most) <= 2:
                raise ValueError(f"operands[{op!r}] has one limit for each operand, got {most!r}")
        for op, inside in _named("nested", own["nested"]):
            if not isinstance(inside, dict):
                raise ValueError(f"nested[{op!r}] names operators, as {{'sin': 0}}, got {inside!r}")
            _whole_values(f"nested[{op!r}]", inside, 0)
        for group in own["forbidden"] if isinstance(own["forbidden"], list) else [None]:
            if not isinstance(group, list) or not group or not all(map(_is_text, group)):
                raise ValueError(
                    f"forbidden is a list of groups of operators, got {self.forbidden!r}"
                )
        for name, sign in _named("monotonic", own["monotonic"]):
            if sign not in (1, -1):
                raise ValueError(f"monotonic[{name!r}] must be 1 or -1, got {sign!r}")
        for side in ("even", "odd"):
            if not isinstance(own[side], list) or not all(map(_is_text, own[side])):
                raise ValueError(f"{side} is a list of columns, got {own[side]!r}")
        pairs = own["exchange"]
        if not isinstance(pairs, list) or not all(
            isinstance(p, list) and len(p) == 2 and all(map(_is_text, p)) for p in pairs
        ):
            raise ValueError(f"exchange is a list of pairs of columns, got {pairs!r}")
        most = own["max_exponent"]
        if most is not None and not (_is_number(most) and 1 <= most < math.inf):
            raise ValueError(f"max_exponent must be a number of at least 1, got {most!r}")
        for f in fields(self):
            if f.type == "bool" and not isinstance(own[f.name], bool):
                raise ValueError(f"{f.name} must be True or False, got {own[f.name]!r}")


def _plain(value: Any) -> Any:
    """Dictionaries and lists of plain values: equal ones compare equal."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    return value.item() if hasattr(value, "item") and not isinstance(value, str) else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _whole(name: str, value: Any, least: int) -> None:
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if value is not None and not (whole and value >= least):
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def _named(name: str, value: Any) -> list[tuple[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, dict) or not all(map(_is_text, value)):
        raise ValueError(f"{name} is a dict with names of operators or columns, got {value!r}")
    return list(value.items())


def _whole_values(name: str, value: Any, least: int) -> None:
    for key, part in _named(name, value):
        if part is None:
            raise ValueError(f"{name}[{key!r}] must be a whole number, got None")
        _whole(f"{name}[{key!r}]", part, least)
