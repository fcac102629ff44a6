"""Results with given laws, fitted to a table; no search."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_trm.data.magnitudes import Magnitudes
from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.intervals import covariance
from sklearn_trm.expressions.text import parse
from sklearn_trm.task.front import Front
from sklearn_trm.task.result import FitResult


def result_of(laws: tuple[str, ...], table: np.ndarray, y: np.ndarray, **more: Any) -> FitResult:
    """The front of these laws; `more` are further attributes."""
    front = Front()
    for law in laws:
        fit = fit_constants(parse(law), table, y)
        front.add(fit.node, fit.loss)
    rows = tuple(front.rows())
    spreads = tuple(covariance(r.node, r.loss, table, y, None, len(y)) for r in rows)
    scales, size = Magnitudes((1.0,) * table.shape[1], 1.0), float(np.sqrt(np.mean(y**2)))
    return FitResult(rows, spreads, 0, scales, len(y), len(y), 100, size, **more)
