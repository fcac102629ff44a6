"""Short texts: numbers with the digits that the data support.

A number keeps two digits of its standard error, and more where numbers hang together: rounding
all of them may not move the law by what the data could see. Of an exact law the numbers get the
fewest digits with which it is still exact.
"""

from __future__ import annotations

import math

import numpy as np

from .text import format_constant
from .tree import Node, constants, with_constants

_INVISIBLE = 0.1  # chi-square by which all rounding together may change the fit
_MOST_DIGITS = 10  # where nothing is known about the error
_LEAST_VALUE = 1e-13  # eigenvalue of a correlation that is rounding
_TRIES = 12


def shortened(law: Node, covariance: np.ndarray, allowed: float = 1.0) -> Node:
    """The law with rounded numbers.

    Parameters
    ----------
    law : Node
    covariance : ndarray of shape (k, k)
        Of its numbers, in preorder; those with variance 0 stay as they are.
    allowed : float
        Standard errors that rounding may use up, where that is more than one: for a law that
        is exact, whose errors are smaller than anybody asks for.

    Examples
    --------
    >>> from .text import parse
    >>> law = parse("3.14159*x0 + 2.71828/x0 + x0**2/3")
    >>> errors = np.diag([0.021, 0.00043, 0.0]) ** 2
    >>> print(shortened(law, errors))
    3.142*x0 + 2.71828/x0 + x0**2/3
    """
    values = constants(law)
    if not values:
        return law
    with np.errstate(all="ignore"):
        spread = np.sqrt(np.diag(covariance))
    known = np.isfinite(spread) & (spread > 0.0)
    if not np.isfinite(covariance).all():
        known[:] = False
    errors = spread * allowed
    places = [_place(v, e) if k else None for v, e, k in zip(values, errors, known, strict=True)]
    for more in range(_TRIES):
        out = _rounded(values, places, spread, more)
        off = (np.array(out) - np.array(values))[known] / errors[known]
        inside = covariance[np.ix_(known, known)] / np.outer(spread[known], spread[known])
        if _chi_square(off, inside) <= _INVISIBLE:
            return with_constants(law, out)
    return law


def _place(value: float, error: float) -> int:
    """The decimal place of the second digit of an error, not beyond the first of the value."""
    place = math.floor(math.log10(error)) - 1
    return place if value == 0.0 else min(place, math.floor(math.log10(abs(value))))


def _rounded(
    values: list[float], places: list[int | None], spread: np.ndarray, more: int
) -> list[float]:
    out: dict[float, float] = {}
    for value in set(values):  # equal numbers stay equal: a minimum holds each twice
        own = [p for v, p in zip(values, places, strict=True) if v == value and p is not None]
        errors = [s for v, s in zip(values, spread, strict=True) if v == value]
        if own:
            short = _at_place(value, min(own) - more)
        elif all(s == 0.0 for s in errors):
            short = value
        else:
            short = float(f"{value:.{_MOST_DIGITS}g}")
        plain, text = format_constant(short), format_constant(value)
        # 1/3, pi and what is no longer than its rounding stay
        named = "/" in text or "pi" in text or "(" in text
        out[value] = value if named or len(text) <= len(plain) else short
    return [out[value] for value in values]


def _at_place(value: float, place: int) -> float:
    digits = 0 if value == 0.0 else math.floor(math.log10(abs(value))) - place
    return float(f"{value:.{max(digits, 0)}e}") if digits < 17 else value


def _chi_square(off: np.ndarray, correlation: np.ndarray) -> float:
    if not len(off):
        return 0.0
    sizes, vectors = np.linalg.eigh(correlation)
    return float(np.sum((off @ vectors) ** 2 / np.maximum(sizes, _LEAST_VALUE)))
