"""What a law says on rows, for pictures and pages: values, and where measurements fall."""

from __future__ import annotations

import numpy as np

from ..errors import DataError
from ..selection.doubt import interval
from ..task.result import FitResult

Array = np.ndarray


def values_of(result: FitResult, X: Array, index: int | None) -> Array:
    """A law on rows, nan where it is undefined."""
    with np.errstate(all="ignore"):
        values = result.values(X, index)
    return np.where(np.isfinite(values), values, np.nan)


def band_of(
    result: FitResult, X: Array, level: float, index: int | None
) -> tuple[Array, Array] | None:
    """Ends of the interval of a measurement; None for a quantile, around which is no noise."""
    try:
        with np.errstate(all="ignore"):
            return interval(result, X, level, index)
    except DataError:
        return None
