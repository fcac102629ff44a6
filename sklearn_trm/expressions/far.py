"""Columns far from their origin, as calendar years, day numbers, seconds since 1970."""

from __future__ import annotations

import numpy as np

Array = np.ndarray

_NARROW = 0.1  # range beside the middle


def is_narrow(X: Array, least: float = _NARROW) -> Array:
    """Which columns have a range that is narrow beside their middle, as years have.

    Examples
    --------
    >>> is_narrow(np.array([[1990.0, 1.0], [2020.0, 3.0]]))
    array([ True, False])
    """
    low, high = X.min(axis=0), X.max(axis=0)
    return np.asarray(high - low < least * np.abs((low + high) / 2))
