"""The catalogue of named curves, ``curves.toml``: read when it is first asked for, and checked."""

from __future__ import annotations

import itertools
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ..errors import DataError
from ..expressions.operators import OPS
from ..expressions.text import parse
from ..expressions.tree import Node, columns, const

_KEYS = {"name", "formula", "over", "numbers", "field", "source"}
_MORE = {"angles", "also"}
_MOST_CASES = 48


@dataclass(frozen=True)
class Family:
    """One named curve.

    Attributes
    ----------
    name : str
    target, formula : str
        What stands left and right of the equals sign, in the symbols of the trade.
    variables, parameters : tuple of str
    ranges : tuple of (float, float)
        Where each variable is typically measured.
    values : tuple of tuple of float
        Typical values of each parameter: several where it may have either sign, with 0 among
        them where it may be missing. The first ones go together with `ranges`.
    angles : tuple of str
        Parameters that repeat after two pi.
    also : tuple of str
        Other names of the same formula.
    field, source : str
        The trade; author, title and year.
    node : Node
        The formula: columns are the variables, then the parameters.
    """

    name: str
    target: str
    formula: str
    variables: tuple[str, ...]
    parameters: tuple[str, ...]
    ranges: tuple[tuple[float, float], ...]
    values: tuple[tuple[float, ...], ...]
    angles: tuple[str, ...]
    also: tuple[str, ...]
    field: str
    source: str
    node: Node

    @property
    def typical(self) -> tuple[float, ...]:
        """The first value of each parameter."""
        return tuple(values[0] for values in self.values)

    def law(self, values: Sequence[float] | None = None) -> Node:
        """The family with numbers, as a law of columns 0, 1, ...

        Examples
        --------
        >>> print(family("Michaelis-Menten").law([4, 3.1]))
        4*x0/(3.1 + x0)
        """
        values = self.typical if values is None else values
        if len(values) != len(self.parameters):
            raise ValueError(f"{self.name} has {len(self.parameters)} numbers, got {len(values)}")
        n = len(self.variables)

        def filled(node: Node) -> Node:
            if node.is_var and node.column >= n:
                return const(values[node.column - n])
            return Node(node.op, tuple(map(filled, node.children)), node.value)

        return filled(self.node)

    def cases(self) -> Iterator[tuple[float, ...]]:
        """Typical numbers of every sign that the parameters may have, the usual ones first."""
        return itertools.product(*self.values)


@cache
def families() -> tuple[Family, ...]:
    """All families of the catalogue, in its order.

    Examples
    --------
    >>> len(families()) > 150
    True
    """
    text = files(__package__).joinpath("curves.toml").read_text(encoding="utf-8")
    return read(text)


@cache
def _by_name() -> dict[str, Family]:
    return {family.name: family for family in families()}


def family(name: str) -> Family:
    """The family of a name, which may be one of its other names.

    Raises
    ------
    DataError
        If the catalogue has no such curve.

    Examples
    --------
    >>> family("Weber-Fechner law").formula
    'k*log(I) + c'
    """
    found = _by_name().get(name)
    found = found or next((f for f in families() if name in f.also), None)
    if found is None:
        raise DataError(f"there is no curve {name!r}; docs/curves.md lists those that are known")
    return found


def read(text: str) -> tuple[Family, ...]:
    """Read a catalogue from TOML.

    Raises
    ------
    DataError
        Names the curve and what is wrong with it.
    """
    try:
        entries = tomllib.loads(text).get("curve", [])
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"the catalogue of curves is no TOML: {error}") from None
    out = tuple(_family(entry) for entry in entries)
    names = [f.name for f in out]
    if twice := {name for name in names if names.count(name) > 1}:
        raise DataError(f"the catalogue of curves has {sorted(twice)[0]!r} twice")
    return out


def _family(entry: Mapping[str, Any]) -> Family:
    name = entry.get("name", "?")
    if (missing := _KEYS - entry.keys()) or (unknown := entry.keys() - _KEYS - _MORE):
        what = f"lacks {sorted(missing)}" if missing else f"has unknown keys {sorted(unknown)}"
        raise DataError(f"the curve {name!r} {what}")
    target, _, formula = (part.strip() for part in entry["formula"].partition(" = "))
    variables, parameters = tuple(entry["over"]), tuple(entry["numbers"])
    values = tuple(
        tuple(map(float, v)) if isinstance(v, list) else (float(v),)
        for v in entry["numbers"].values()
    )
    ranges = tuple((float(low), float(high)) for low, high in entry["over"].values())
    symbols = (*variables, *parameters)
    node = parse(formula, symbols)
    if not target or len({target, *symbols}) != 1 + len(symbols) or set(symbols) & OPS.keys():
        raise DataError(f"the curve {name!r}: each symbol has one meaning, left or right of ' = '")
    if columns(node) != tuple(range(len(symbols))):
        raise DataError(f"the curve {name!r} has symbols that its formula does not use")
    if not all(low < high for low, high in ranges) or any(v[0] == 0.0 for v in values):
        raise DataError(f"the curve {name!r} has an empty range, or 0 as the first of its numbers")
    if math.prod(map(len, values)) > _MOST_CASES:
        raise DataError(f"the curve {name!r} has more than {_MOST_CASES} cases of signs")
    angles = tuple(entry.get("angles", ()))
    if not set(angles) <= set(parameters):
        raise DataError(f"the curve {name!r} has angles that are none of its numbers")
    return Family(
        name, target, formula, variables, parameters, ranges, values, angles,
        tuple(entry.get("also", ())), entry["field"], entry["source"], node,
    )  # fmt: skip
