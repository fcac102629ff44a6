"""Numbers of a page: as texts for people, and as short lists for its script."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

_DIGITS = 7  # of drawn numbers: finer than any screen, also for years


def spelled(value: float, origin: str | None) -> str:
    """A value of a column, as a date where the column counts days since `origin`.

    Examples
    --------
    >>> spelled(31.0, "2024-01-01"), spelled(31.5, None)
    ('2024-02-01', '31.5')
    """
    if origin is None or not math.isfinite(value):
        return text(value)
    return str(np.datetime64(origin[:10]) + np.timedelta64(round(value), "D"))


def drawn(values: Iterable[float]) -> list[float | None]:
    """Numbers for the script: few digits, None where there is none.

    Examples
    --------
    >>> drawn([1 / 3, np.nan, 2.0])
    [0.3333333, None, 2.0]
    """
    return [float(f"{v:.{_DIGITS}g}") if math.isfinite(v) else None for v in np.asarray(values)]


def text(value: Any, digits: int = 4) -> str:
    """A number to be read.

    Examples
    --------
    >>> text(0.000123456), text(-2.5e9), text(float("nan")), text(1234567)
    ('0.0001235', '−2.5×10⁹', '–', '1,234,567')
    """
    value = float(value) + 0.0  # 0 has no sign
    if not math.isfinite(value):
        return "–" if value != value else ("∞" if value > 0 else "−∞")
    if value.is_integer() and abs(value) < 1e7:
        return f"{value:,.0f}".replace("-", "−")
    out, _, power = f"{value:.{digits}g}".partition("e")
    out = out.replace("-", "−")
    return powers(f"{out}×10^{int(power)}") if power else out


def powers(words: str) -> str:
    """Raised exponents.

    Examples
    --------
    >>> powers("10^12 times")
    '10¹² times'
    """
    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return re.sub(r"10\^(-?\d+)", lambda m: "10" + m[1].translate(raised), words)


def percent(share: float | None) -> str:
    """A share in per cent, of which neither end is rounded to.

    Examples
    --------
    >>> percent(0.9731), percent(0.99999), percent(1.0), percent(0.00002), percent(None)
    ('97%', '> 99.9%', '100%', '< 0.1%', '–')
    """
    if share is None or not math.isfinite(share):
        return "–"
    if 0.999 < share < 1.0 or 0.0 < share < 0.001:
        return "> 99.9%" if share > 0.5 else "< 0.1%"
    near = 0.0 < share < 0.01 or 0.99 < share < 1.0
    return f"{100 * share:.1f}%" if near else f"{100 * share:.0f}%"


def likely(probability: float) -> str:
    """A probability of a law in per cent: none is impossible, however small it came out.

    Examples
    --------
    >>> likely(0.0), likely(0.62)
    ('< 0.1%', '62%')
    """
    return percent(max(probability, 1e-300))
