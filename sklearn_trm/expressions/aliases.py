"""Waves that are one on the rows: the lowest frequency is written, and a phase where one is meant.

On rows at multiples of a step, ``sin(k*x)`` and ``sin((k + 2*pi/step)*x)`` are the same column.
Thousands of periods from the origin a phase is a change of the frequency that no row shows:
``cos(1.1701263*x)`` has as many numbers as ``cos(1.17*(x - 2458850.4))``, and is to count as many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from . import normal_form as N
from .evaluate import evaluate
from .far import is_narrow
from .operators import OPS
from .tree import Node, call, const, var, walk

Array = np.ndarray

WAVES = {op.name: op.period for op in OPS.values() if op.period is not None}
_FINEST = 1e-6  # of the range: a finer step is that of the floats
_NEAR = (
    1e-3  # of a step: how far from a multiple a difference may seem before the step is known ...
)
_EXACT = 1e-7  # ... and once the step is known
_AT_ZERO = 1e-9  # of a step: how far from a multiple no phase is seen
_SAME = 1e-8  # relative difference of values that are the same
TURNS = 8.0  # periods of a wave before the rows of a column far from its origin


@dataclass(frozen=True)
class Grid:
    """Values ``start + k*step`` with whole ``k``.

    Attributes
    ----------
    step : float
    start : float
        Between ``-step/2`` and ``step/2``; 0 where the values are multiples of the step.
    """

    step: float
    start: float


def grid_of(values: Array) -> Grid | None:
    """The widest regular grid, gaps allowed, that holds all values; None where there is none.

    Examples
    --------
    >>> grid_of(np.array([3.0, 5.0, 9.0, 11.0]))
    Grid(step=2.0, start=-1.0)
    >>> grid_of(np.random.default_rng(0).uniform(0, 1, 9)) is None
    True
    """
    values = np.unique(values)
    if len(values) < 3 or not np.isfinite(values).all():
        return None
    first, span = float(values[0]), float(values[-1]) - float(values[0])
    rounding = 4 * float(np.finfo(float).eps) * float(np.max(np.abs(values)))
    least = max(_FINEST * span, 1e3 * rounding)
    if not math.isfinite(span):
        return None
    gaps = np.diff(values)
    gaps = gaps[gaps > 2 * rounding]  # equal but for rounding
    if not len(gaps):
        return None
    step = float(gaps.min())
    for _ in range(64):  # Euclid: each remainder is less than half of the step before
        if not step >= least:
            return None
        beyond = np.abs(gaps - step * np.round(gaps / step))
        beyond = beyond[beyond > _NEAR * step]
        if not len(beyond):
            break
        step = float(beyond.min())
    places = np.round((values - first) / step)
    step = float(places @ (values - first) / (places @ places))
    off = np.abs(values - first - step * places)
    if (off > _EXACT * step + rounding).any():
        return None
    start = first - step * round(first / step)
    return Grid(step, 0.0 if abs(start) <= _AT_ZERO * step + rounding else start)


def line_of(wave: Node) -> tuple[float, float, int] | None:
    """Slope, phase and column of what a wave is a function of, where that is a line."""
    try:
        inner = N.normal(wave.children[0])
    except (N.CannotFold, OverflowError, ZeroDivisionError, RecursionError):
        return None
    if len(inner[1]) != 1:
        return None
    ((base, exponent), *others) = inner[1][0][1]
    if others or exponent != 1.0 or base[1] != N.VAR:
        return None  # sums of columns, powers: what repeats there, if anything, is no step
    return inner[2][0], inner[3], base[2]


def about_a_place(wave: Node, X: Array) -> Node:
    """``cos(w*x - 2877186.5)`` as ``cos(w*(x - 2458850.4))``, where it is at its top.

    As ephemerides are written, by an epoch and a period. Near the origin a phase is less than a
    turn.
    """
    found = line_of(wave)
    if found is None or not found[1] or not found[0]:
        return wave
    slope, phase, column = found
    middle, period = 0.5 * (X[:, column].min() + X[:, column].max()), WAVES[wave.op]
    if abs(slope * middle) < TURNS * period or not is_narrow(X[:, column]):
        turns = round(phase / period)
        return call(wave.op, _line(slope, column, phase - turns * period)) if turns else wave
    place = -phase / slope
    place += period / slope * round((middle - place) * slope / period)
    return call(wave.op, const(slope) * _line(1.0, column, -place))


def _line(slope: float, column: int, start: float) -> Node:
    line = var(column) if slope == 1.0 else const(slope) * var(column)
    if not start:
        return line
    return line + const(start) if start > 0 else line - const(-start)


class Lowest:
    """Rewrites the waves of laws for one table.

    Parameters
    ----------
    X : ndarray of shape (n, d)

    Examples
    --------
    >>> from .text import parse
    >>> lowest = Lowest(np.arange(20.0)[:, None])
    >>> print(lowest(parse("3*sin(7*x0) + exp(x0)")))
    3*sin(0.7168146928204138*x0) + exp(x0)
    >>> print(lowest(parse("cos(6*x0 + 1)")))
    cos(0.28318530717958623*x0 - 1)
    """

    def __init__(self, X: Array) -> None:
        self._X = X
        self._grids: dict[int, Grid | None] = {}
        self._nearest: dict[int, float] = {}  # of columns far from their origin; 0 of others

    def __call__(self, law: Node) -> Node:
        """The law with the lowest frequencies that have its values on the rows."""
        if not any(node.op in WAVES for node in walk(law)):
            return law
        low = self._lowered(law)
        if low == law:
            return law
        with np.errstate(all="ignore"):
            before, after = evaluate(law, self._X), evaluate(low, self._X)
            # a function of a wave may magnify what the grid's own rounding changed
            before, after = (values[np.isfinite(before)] for values in (before, after))
            same = np.abs(after - before) <= _SAME * np.max(np.abs(before), initial=0.0)
        return low if same.all() else law

    def has_phases(self, law: Node) -> bool:
        """Whether no wave of a law has its phase in the last digits of its frequency.

        Examples
        --------
        >>> from .text import parse
        >>> lowest = Lowest(np.linspace(2458800.3, 2458950.9, 40)[:, None])
        >>> lowest.has_phases(parse("cos(1.1701263192*x0)"))
        False
        >>> lowest.has_phases(lowest(parse("cos(1.1701263192*x0)")))
        True
        """
        waves = (node for node in walk(law) if node.op in WAVES)
        return all((found := line_of(node)) is None or self._is_told(*found, WAVES[node.op])
                   for node in waves)  # fmt: skip

    def _is_told(self, slope: float, phase: float, column: int, period: float) -> bool:
        """Whether a wave has a phase, or its frequency can't stand for one."""
        if column not in self._nearest:
            x = self._X[:, column]
            self._nearest[column] = float(np.abs(x).min()) if is_narrow(x) else 0.0
        if abs(slope) * self._nearest[column] < TURNS * period:
            return True
        return abs(phase) > period or math.remainder(phase, 0.25 * period) != 0.0

    def _lowered(self, node: Node) -> Node:
        if not node.children:
            return node
        children = tuple(map(self._lowered, node.children))
        node = node if children == node.children else Node(node.op, children, node.value)
        return self._wave(node) if node.op in WAVES else node

    def _with_phase(self, node: Node, slope: float, phase: float, column: int) -> Node:
        """The same wave, as many periods from a place among the rows as that is from the origin."""
        period = WAVES[node.op]
        if self._is_told(slope, phase, column, period):
            return node
        middle = float(np.median(self._X[:, column]))
        phase -= period * round(slope * middle / period)
        angle = const(slope) * var(column)
        return call(node.op, Node("add" if phase > 0 else "sub", (angle, const(abs(phase)))))

    def _wave(self, node: Node) -> Node:
        period = WAVES[node.op]
        found = line_of(node)
        if found is None:
            return node
        slope, phase, column = found
        if column not in self._grids:
            self._grids[column] = grid_of(self._X[:, column])
        grid = self._grids[column]
        turns = 0 if grid is None else round(slope * grid.step / period)
        if grid is None or not turns:
            return self._with_phase(node, slope, phase, column)
        slope -= turns * period / grid.step
        phase = math.remainder(
            phase + period * math.fmod(turns * grid.start / grid.step, 1), period
        )
        if abs(slope) * grid.step <= _SAME:
            return const(float(OPS[node.op].apply(np, np.float64(phase))))
        sign = -1.0 if slope < 0.0 else 1.0  # sin(-u) is -sin(u), cos(-u) is cos(u)
        angle = const(sign * slope) * var(column)
        if phase:
            angle = Node("add" if sign * phase > 0 else "sub", (angle, const(abs(phase))))
        wave = call(node.op, angle)
        return wave if sign > 0 or OPS[node.op].parity == 1 else call("neg", wave)
