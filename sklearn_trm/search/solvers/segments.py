"""Least squares on the two sides of every gap between sorted values, all gaps at once.

Sums of squares and products over the rows before each gap are running sums, so a line, or a
line of a function, on either side costs no more than one pass over the rows (Hudson 1966).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..assemble import solve

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Sides:
    """Fits of ``a + b*g`` to the rows before and after each gap.

    Attributes
    ----------
    before, after : ndarray of shape (gaps, 3)
        a, b and the squared error.
    """

    before: Array
    after: Array


def gaps_of(x: Array, least: int = 2) -> Array:
    """Numbers of rows before each gap of ascending values, at least so many values on each side.

    >>> gaps_of(np.array([1.0, 1.0, 2.0, 3.0, 4.0, 5.0])).tolist()
    [3, 4]
    """
    starts = np.flatnonzero(np.diff(x) > 0) + 1
    return starts[least - 1 : len(starts) - least + 1]


def sides(g: Array | None, y: Array, w: Array, gaps: Array) -> Sides:
    """Fits on both sides of each gap; without `g` of a level alone.

    >>> x, w = np.arange(8.0), np.ones(8)
    >>> found = sides(x, np.minimum(2 * x, 6.0), w, np.array([4]))
    >>> abs(found.before).round(9).tolist(), abs(found.after).round(9).tolist()
    ([[0.0, 2.0, 0.0]], [[6.0, 0.0, 0.0]])
    """
    mean = float(np.average(y, weights=w))
    t = y - mean
    middle = 0.0 if g is None else float(np.average(g, weights=w))
    u = np.zeros_like(y) if g is None else g - middle
    products = np.array([np.ones_like(t), u, t, u * u, u * t, t * t]) * w
    sums = np.cumsum(products, axis=1)
    before = sums[:, gaps - 1]
    return Sides(*(_lines(part, middle, mean) for part in (before, sums[:, -1:] - before)))


@np.errstate(all="ignore")
def _lines(sums: Array, middle: float, mean: float) -> Array:
    n, su, st, suu, sut, stt = sums
    spread = suu - su * su / n
    b = np.where(spread > 1e-12 * suu, (sut - su * st / n) / spread, 0.0)
    a = (st - b * su) / n
    error = np.maximum(stt - a * st - b * sut, 0.0)
    return np.column_stack([a + mean - b * middle, b, error])


def needed(columns: Array, y: Array, root: Array) -> Array:
    """Least squares; numbers less than two standard errors from 0 go, one after the other.

    >>> x = np.arange(9.0)
    >>> needed(np.array([x**0, x, x**2]), 3 * x, x**0).round(9).tolist()
    [0.0, 3.0, 0.0]
    """
    kept, out = list(range(len(columns))), np.zeros(len(columns))
    while True:
        c, _ = solve(columns[kept], y, root)
        A = columns[kept] * root
        r = y * root - c @ A
        size = np.sqrt(np.maximum(np.einsum("ij,ij->i", A, A), 1e-300))
        inverse = np.linalg.pinv((A / size[:, None]) @ (A / size[:, None]).T, hermitian=True)
        variance = float(r @ r) / max(len(y) - len(kept), 1) * np.diag(inverse)
        told = np.abs(c) * size
        least = int(np.argmin(told / np.sqrt(variance + 1e-300)))
        # what rounding leaves of a number has no error of its own
        if len(kept) == 1 or told[least] > max(2.0 * np.sqrt(variance[least]), 1e-12 * told.max()):
            out[kept] = c
            return out
        del kept[least]


def simplest(low: float, high: float) -> float:
    """The number of the fewest digits in ``low < t <= high``; their middle where floats end.

    >>> simplest(7.9, 8.1), simplest(0.249, 0.2511), simplest(-3.0, -2.6)
    (8.0, 0.25, -2.6)
    """
    width = high - low
    if not width > 0:
        return high
    place = math.ceil(math.log10(max(abs(low), abs(high), width)))
    while place > math.log10(width) - 3:
        unit = 10.0**place
        for unit in (10.0**place, 5.0 * 10.0 ** (place - 1)):
            t = math.floor(high / unit) * unit
            near = round(t / unit) * unit if place >= 0 else round(t, 1 - place)
            if low < near <= high:
                return float(near)
        place -= 1
    return 0.5 * (low + high)
