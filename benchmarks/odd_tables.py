"""Odd tables: what people bring that no textbook has.

Columns, targets and ways to spoil them are drawn from lists; a table is drawn from its number
alone, so that one which fails can be drawn again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray
Draw = np.random.Generator

COLUMNS: dict[str, Callable[[Draw, int], Array]] = {
    "uniform": lambda r, n: r.uniform(0.5, 5.0, n),
    "both signs": lambda r, n: r.uniform(-3.0, 3.0, n),
    "grid": lambda r, n: np.linspace(-4.0, 4.0, n),
    "counts": lambda r, n: r.integers(0, 5, n).astype(float),
    "order": lambda r, n: np.arange(float(n)),
    "booleans": lambda r, n: r.integers(0, 2, n).astype(float),
    "two values": lambda r, n: r.choice([-1.7, 3.2], n),
    "years": lambda r, n: 1960.0 + np.arange(n) % 80,
    "days": lambda r, n: 18262.0 + np.arange(n),
    "seconds": lambda r, n: 1.6e9 + 3600.0 * np.arange(n),
    "far off": lambda r, n: 1e12 + r.uniform(0.0, 1.0, n),
    "barely moves": lambda r, n: 1.0 + 1e-15 * r.integers(0, 9, n),
    "tiny": lambda r, n: 1e-300 * r.uniform(1.0, 9.0, n),
    "huge": lambda r, n: 1e300 * r.uniform(0.1, 1.0, n),
    "of all sizes": lambda r, n: 10.0 ** r.uniform(-12.0, 12.0, n),
    "sparse": lambda r, n: np.where(r.random(n) < 0.8, 0.0, r.standard_normal(n)),
    "heavy tails": lambda r, n: r.standard_cauchy(n),
    "in parts": lambda r, n: np.floor(np.arange(n) / max(n / 3.0, 1.0)),
    "repeated": lambda r, n: r.choice(r.uniform(0.0, 2.0, 4), n),
    "constant": lambda r, n: np.full(n, r.choice([0.0, 1.0, -2.5, 1e9])),
    "angles": lambda r, n: 2.0 * np.pi * np.arange(n) / 12.0,
}

TARGETS: dict[str, Callable[[Draw, Array, Array], Array]] = {
    "line": lambda r, a, b: 2.0 * a + 1.0,
    "ramp": lambda r, a, b: np.maximum(0.0, 1.5 * (a - np.median(a))),
    "cap": lambda r, a, b: np.minimum(a, np.median(a)),
    "step": lambda r, a, b: np.where(a > np.median(a), 3.0, -1.0),
    "stairs": lambda r, a, b: np.floor(4.0 * _unit(a)),
    "truth values": lambda r, a, b: (a > b).astype(float),
    "half zero": lambda r, a, b: np.where(r.random(len(a)) < 0.5, 0.0, a),
    "one spike": lambda r, a, b: (np.arange(len(a)) == len(a) // 2).astype(float),
    "constant": lambda r, a, b: np.full(len(a), r.choice([0.0, 4.0, 1e-300, -1e200])),
    "parts": lambda r, a, b: np.where(a > np.median(a), a, np.median(a)),
    "copy": lambda r, a, b: a.copy(),
    "product": lambda r, a, b: 3.0 * a * b,
    "ratio": lambda r, a, b: a / np.where(b == 0.0, 1.0, b),
    "near a pole": lambda r, a, b: 1.0 / (_unit(a) - 0.5003),
    "growth": lambda r, a, b: np.exp(np.clip(8.0 * _unit(a), -700.0, 700.0)),
    "steep": lambda r, a, b: np.exp(300.0 * _unit(a)),
    "wave": lambda r, a, b: 3.0 * np.sin(20.0 * _unit(a)) + 5.0,
    "line and wave": lambda r, a, b: 4.0 * _unit(a) + np.sin(40.0 * _unit(a)) + b,
    "root": lambda r, a, b: np.sqrt(np.abs(a)),
    "logarithm": lambda r, a, b: np.log(np.abs(a) + 1e-300),
    "sigmoid": lambda r, a, b: 1.0 / (1.0 + np.exp(-30.0 * (_unit(a) - 0.5))),
    "saturated": lambda r, a, b: np.tanh(60.0 * (_unit(a) - 0.5)),
    "alternating": lambda r, a, b: (-1.0) ** np.arange(len(a)),
    "only noise": lambda r, a, b: r.standard_normal(len(a)),
    "outliers": lambda r, a, b: _unit(a) + 1e6 * (r.random(len(a)) < 0.03),
    "tails": lambda r, a, b: _unit(a) + r.standard_cauchy(len(a)),
    "counted": lambda r, a, b: r.poisson(3.0 * _unit(a)).astype(float),
    "rounded": lambda r, a, b: np.round(5.0 * _unit(a) ** 2, 1),
    "bell": lambda r, a, b: np.exp(-((20.0 * (_unit(a) - 0.5)) ** 2)),
}

SIZES = (1.0, 1.0, 1.0, 1.0, 1e-300, 1e-30, 1e30, 1e290)
OFFSETS = (0.0, 0.0, 0.0, 0.0, 1e9, -1e15)
NOISES = (0.0, 0.0, 0.0, 1e-9, 0.01, 0.1, 1.0)
ROWS = (1, 2, 3, 4, 5, 6, 8, 12, 20, 25, 40, 60, 61, 81, 81, 138, 200, 200, 400, 2500)
OPERATORS: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {}, {}, {}, {}, {"unary_operators": []}, {"binary_operators": ["add", "mul"]},
    {"unary_operators": ["exp", "log"], "binary_operators": ["add", "mul"]},
    {"unary_operators": ["sin", "abs"], "binary_operators": ["sub", "div"]},
    {"max_complexity": 5},
)  # fmt: skip


@dataclass(frozen=True)
class Odd:
    """One odd table.

    Attributes
    ----------
    name : str
        What it was drawn from.
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    fit : dict
        Further arguments of ``fit``.
    settings : dict
        Parameters of the estimator.
    """

    name: str
    X: Array
    y: Array
    fit: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def _unit(values: Array) -> Array:
    """Values moved into 0 ... 1."""
    width = np.ptp(values)
    return (values - values.min()) / width if 0 < width < np.inf else np.zeros(len(values))


@np.errstate(all="ignore")
def odd_table(number: int) -> Odd:
    """The odd table of a number.

    Examples
    --------
    >>> table = odd_table(3)
    >>> table.X.shape[0] == len(table.y)
    True
    """
    r = np.random.default_rng([15, number])
    n, d = int(r.choice(ROWS)), int(r.choice([1, 1, 1, 2, 2, 3, 4, 6]))
    # every column and every target comes up, whatever else is drawn
    kinds = [list(COLUMNS)[number % len(COLUMNS)], *r.choice(list(COLUMNS), d - 1)]
    columns = [COLUMNS[kind](r, n) for kind in kinds]
    if d > 1 and r.random() < 0.2:  # almost the same column twice
        columns[-1] = columns[0] * (1.0 + 10.0 ** r.uniform(-14.0, -3.0) * r.standard_normal(n))
        kinds[-1] = "almost the first"
    kind = list(TARGETS)[number % len(TARGETS)]
    y = TARGETS[kind](r, columns[0], columns[-1])
    y = y + r.choice(NOISES) * np.std(y[np.isfinite(y)]) * r.standard_normal(n)
    size, offset = r.choice(SIZES), r.choice(OFFSETS)
    y = size * y + offset
    X = np.column_stack(columns)
    if r.random() < 0.1:  # rows that come twice, some with another answer
        again = r.integers(0, n, n)
        X, y = X[again], np.where(r.random(n) < 0.5, y[again], y)
    y = np.nan_to_num(np.clip(y, -1e300, 1e300))
    fit: dict[str, Any] = {}
    if r.random() < 0.15:
        fit["sample_weight"] = r.choice([0.0, 1e-12, 1.0, 1.0, 3.0, 1e9], n)
        fit["sample_weight"][0] = 1.0
    name = f"{number}: {n} rows, {' + '.join(kinds)} -> {kind} * {size:g} + {offset:g}"
    return Odd(name, X, y, fit, dict(OPERATORS[int(r.integers(len(OPERATORS)))]))
