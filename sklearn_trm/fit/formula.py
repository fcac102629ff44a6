"""A known formula with unknown numbers, as ``"a*x0/(b + x0)"``: its constants and where they begin.

Constants that enter linearly are solved in closed form for every start (variable projection,
Golub and Pereyra 1973), so that only the others are drawn: around the size of what they stand
beside, inside its range where they are added to it, and up to the fastest wave that the rows
can show inside a sine.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DataError
from ..expressions.evaluate import evaluate
from ..expressions.operators import OPS
from ..expressions.tree import Node, const, walk
from .template import Template

_DECADES = 1.5  # around the size of the neighbour


@dataclass(frozen=True)
class Formula:
    """A formula whose unknown numbers are numeric leaves.

    Attributes
    ----------
    node : Node
    names : tuple of str
        The constants, in the order of the text.
    owner : tuple of int
        The constant of each numeric leaf, in preorder; -1 for a number that is written out.
    linear : tuple of int
        Constants in which the formula is jointly affine.

    Examples
    --------
    >>> formula = Formula.of(Template.read("a*x0/(b + x0) + 2", ["x0"]), 1)
    >>> formula.names, formula.owner, formula.linear
    (('a', 'b'), (0, 1, -1), (0,))
    """

    node: Node
    names: tuple[str, ...]
    owner: tuple[int, ...]
    linear: tuple[int, ...]

    @classmethod
    def of(cls, template: Template, width: int) -> Formula:
        """The formula of a template without unknown functions, for a table of `width` columns."""
        owner = tuple(
            leaf.column - width if leaf.is_var else -1
            for leaf in walk(template.node)
            if leaf.is_const or (leaf.is_var and leaf.column >= width)
        )
        node = template.law([const(1.0)] * len(template.parts))
        names = tuple(part.name for part in template.parts)
        return cls(node, names, owner, tuple(sorted(_affine(template.node, width))))


def _affine(node: Node, width: int) -> set[int]:
    """Constants (columns from `width` on) in which a formula is jointly affine."""
    if node.is_var:
        return {node.column - width} if node.column >= width else set()
    if node.op == "neg":
        return _affine(node.children[0], width)
    if node.op not in ("add", "sub", "mul", "div"):
        return set()
    (left, right), (in_left, in_right) = node.children, (
        {n.column - width for n in walk(child) if n.is_var and n.column >= width}
        for child in node.children
    )  # fmt: skip
    a = _affine(left, width)
    if node.op == "div":
        return a - in_right
    b = _affine(right, width)
    if node.op == "mul":  # one side only: the product of two is not affine
        return max(a - in_right, b - in_left, key=len)
    return (a - (in_right - b)) | (b - (in_left - a))


# ------------------------------------------------------------------ what a user knows


@dataclass(frozen=True)
class Known:
    """Starting values (nan: none) and bounds of the constants, one entry each."""

    start: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def read(cls, given: Any, names: tuple[str, ...]) -> Known:
        """What ``constants=`` says.

        Parameters
        ----------
        given : dict or None
            By name: a starting value, bounds ``(low, high)``, or both as ``(low, start, high)``;
            None is no bound.
        names : tuple of str

        Raises
        ------
        DataError
            For a name that the template has not, or numbers out of order.

        Examples
        --------
        >>> Known.read({"a": 1.0, "b": (0, None)}, ("a", "b")).low
        array([-inf,   0.])
        """
        out = cls(*(np.full(len(names), v) for v in (np.nan, -np.inf, np.inf)))
        if given is None:
            return out
        if not isinstance(given, Mapping):
            raise DataError(
                f"constants= is a dictionary such as {{{names[0]!r}: 1.0}} or {{{names[0]!r}: "
                f"(0, 10)}}, got {given!r}"
            )
        for name, value in given.items():
            if name not in names:
                raise DataError(f"no constant {name!r}; the template has {', '.join(names)}")
            i = names.index(name)
            parts = list(value) if isinstance(value, tuple | list) else [None, value, None]
            if len(parts) == 2:
                parts.insert(1, None)
            if len(parts) != 3 or not all(v is None or _is_number(v) for v in parts):
                raise DataError(
                    f"constants[{name!r}] is a starting value, bounds (low, high) or "
                    f"(low, start, high), got {value!r}"
                )
            low, start, high = parts
            out.low[i] = -np.inf if low is None else low
            out.high[i] = np.inf if high is None else high
            out.start[i] = np.nan if start is None else start
            outside = start is not None and not out.low[i] <= start <= out.high[i]
            if outside or not out.low[i] < out.high[i]:
                raise DataError(
                    f"constants[{name!r}] = {value!r}: the numbers must ascend; a constant that "
                    "is known is written into the template"
                )
        return out


def _is_number(value: Any) -> bool:
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return real and not math.isnan(value)


# ------------------------------------------------------------------ starts


def draw_starts(
    formula: Formula, known: Known, X: np.ndarray, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Settings of the constants to begin with, shape (count, n_constants).

    Known starting values stand in every one of them.
    """
    out = np.ones((count, len(formula.names)))
    places = _places(formula, X)
    for i in range(len(formula.names)):
        if not math.isnan(known.start[i]):
            out[:, i] = known.start[i]
        elif i in formula.linear:  # solved afterwards
            out[:, i] = np.clip(1.0, known.low[i], known.high[i])
        else:
            drawn = np.concatenate([[places[i].size], places[i].draw(count, rng)])[:count]
            out[:, i] = _inside(drawn, known.low[i], known.high[i], rng)
    return out


def _inside(values: np.ndarray, low: float, high: float, rng: np.random.Generator) -> np.ndarray:
    """The draws within bounds; within two of them every second one is even over all between."""
    values = np.where(values < low, 2 * low - values, values)
    values = np.where(values > high, 2 * high - values, values)
    even = values < low
    if math.isfinite(high - low):
        even |= np.arange(len(values)) % 2 == 1
        values = np.where(even, rng.uniform(low, high, len(values)), values)
    return np.clip(values, low, high)


@dataclass(frozen=True)
class _Place:
    """Where a constant stands: the size of its neighbour, its range, the fastest wave."""

    size: float = 1.0
    span: tuple[float, float] | None = None
    fastest: float | None = None
    exponent: bool = False
    divides: bool = False

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        if self.exponent:
            return rng.uniform(-4.0, 4.0, count)
        sign = rng.choice([-1.0, 1.0], count)
        out = sign * self.size * 10.0 ** rng.uniform(-_DECADES, _DECADES, count)
        often = rng.uniform(size=count) < 0.7
        if self.fastest is not None:
            waves = rng.uniform(1e-3 * self.fastest, self.fastest, count)
            return np.where(often, 1.0 / waves if self.divides else waves, out)
        if self.span is not None:
            return np.where(often, sign * rng.uniform(*self.span, count), out)
        return out


def _places(formula: Formula, X: np.ndarray) -> dict[int, _Place]:
    """The place of each constant: that of its first leaf."""
    found: list[_Place] = []

    def values(node: Node) -> np.ndarray:
        with np.errstate(all="ignore"):
            out = evaluate(node, X)
        out = out[np.isfinite(out)]
        return out if out.size else np.ones(1)

    def visit(node: Node, place: _Place, wave: bool) -> None:
        if node.is_const:
            found.append(place)
            return
        for side, child in enumerate(node.children):
            own = _Place()
            if child.is_const and node.op == "pow" and side == 1:
                own = _Place(exponent=True)
            elif child.is_const and len(node.children) == 2:
                other = values(node.children[1 - side])
                sizes = np.abs(other[other != 0])
                size = float(np.median(sizes)) if sizes.size else 1.0
                if node.op in ("add", "sub"):
                    own = _Place(size, (float(other.min()), float(other.max())))
                elif node.op == "mul":
                    own = _Place(1.0 / size, None, _fastest(other) if wave else None)
                else:  # a period, inside of a wave
                    own = _Place(
                        size, None, _fastest(other) if wave and side else None, False, True
                    )
            visit(child, own, wave or OPS[node.op].period is not None)

    visit(formula.node, _Place(), False)
    out: dict[int, _Place] = {}
    for i, place in zip(formula.owner, found, strict=True):
        out.setdefault(i, place)
    return out


def _fastest(values: np.ndarray) -> float | None:
    """The angular frequency above which a wave looks like a slower one."""
    steps = np.diff(np.unique(values))
    return math.pi / float(np.median(steps)) if steps.size else None
