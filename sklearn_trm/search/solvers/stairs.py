"""Stairs: ``a + b*floor((x - p)/T)`` and its like, read from where the values jump."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...expressions.evaluate import evaluate
from ...expressions.tree import Node, call, const, var
from ..builders import weighted_sum
from .segments import needed, simplest

Array = np.ndarray

STAIRS = ("floor", "ceil", "round")
_JUMP = 0.4  # of the largest
_ALIKE = 0.7  # relative difference of jumps
_FEWEST = 2  # jumps
_MOST = 300


def stairs(x: Array, y: Array, w: Array, j: int) -> Iterator[Node]:
    """Laws of stairs in column `j`, whose values ascend.

    Examples
    --------
    >>> x = np.linspace(0.1, 9.7, 60)
    >>> print(next(stairs(x, 3 * np.floor(x / 2) + 1, np.ones(60), 0)))
    3*floor(x0/2) + 1
    """
    jumps = _jumps(x, y)
    if jumps is None:
        return
    low, high = jumps
    for name in STAIRS:
        # at a jump the floor has jumped already, the ceiling not yet
        ends = (-high[::-1], -low[::-1]) if name == "ceil" else (low, high)
        width = _width(*ends)
        if width is None:
            continue
        half = 0.5 * width if name == "round" else 0.0
        k = np.arange(len(low))
        first, last = np.max(ends[0] - half - k * width), np.min(ends[1] - half - k * width)
        turns = np.round(0.5 * (first + last) / width) * width
        place = simplest(float(first - turns), float(last - turns))
        place = -place if name == "ceil" else place
        law = _law(name, x, y, w, j, place, width)
        if law is not None:
            yield law


def _jumps(x: Array, y: Array) -> tuple[Array, Array] | None:
    """Between which values the jumps are; None where there are no even ones."""
    starts = np.append(0, np.flatnonzero(np.diff(x) > 0) + 1)
    x, y = x[starts], np.add.reduceat(y, starts) / np.diff(np.append(starts, len(y)))
    if len(x) < 4 * _FEWEST:
        return None
    dx, dy = np.diff(x), np.diff(y)
    dy = dy - np.median(dy / dx) * dx  # a slope between the jumps
    size = np.abs(dy)
    at = np.flatnonzero(size > _JUMP * size.max())
    if not _FEWEST <= len(at) <= min(_MOST, len(dy) // 2):
        return None
    if np.ptp(dy[at]) > _ALIKE * np.abs(dy[at]).max():
        return None
    return x[at], x[at + 1]


def _width(low: Array, high: Array) -> float | None:
    """The simplest width of even steps with one jump in each of these intervals."""
    i, k = np.triu_indices(len(low), 1)
    least = float(np.max((low[k] - high[i]) / (k - i)))
    most = float(np.min((high[k] - low[i]) / (k - i)))
    if not most > 0 or least > most:
        return None
    return simplest(max(least, 1e-3 * most), most)


def _law(
    name: str, x: Array, y: Array, w: Array, j: int, place: float, width: float
) -> Node | None:
    away = var(j) if place == 0.0 else weighted_sum([1.0], [var(j)], -place)
    factor = float(f"{1.0 / width:.12g}")
    shorter = len(repr(factor)) < len(repr(width))
    scaled = const(factor) * away if shorter else away / const(width)
    node = call(name, away if width == 1.0 else scaled)
    table = np.zeros((len(x), j + 1))
    table[:, j] = x
    values = evaluate(node, table)
    if not np.ptp(values) > 0:
        return None
    c = needed(np.array([np.ones_like(x), values, x]), y, np.sqrt(w))
    return weighted_sum([float(c[1]), float(c[2])], [node, var(j)], float(c[0]))
