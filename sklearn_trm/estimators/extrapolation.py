"""Rows outside the range of the data of a fit: what `predict` says of them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..errors import DataError, ExtrapolationWarning
from ..task.settings import EXTRAPOLATION

_NAMED = 6  # columns that a message names


def check_range(estimator: Any, X: np.ndarray) -> None:
    """Warn of rows of a checked table that no data of the fit surround, column by column.

    What is done says the estimator's parameter ``extrapolation``.

    Raises
    ------
    DataError
        Under "error".
    """
    policy = getattr(estimator, "extrapolation", "ignore")  # pickles of earlier versions
    if policy not in EXTRAPOLATION:
        raise ValueError(f"extrapolation must be one of {EXTRAPOLATION}, got {policy!r}")
    if policy == "ignore":
        return
    message = _message(estimator, X)
    if message and policy == "error":
        raise DataError(message)
    if message:
        warnings.warn(message, ExtrapolationWarning, stacklevel=4)


def _message(estimator: Any, X: np.ndarray) -> str:
    fitted = getattr(estimator, "estimators_", [estimator])[0]._fitted
    if fitted.ranges is None:
        return "the law comes from a file without the ranges of its columns: fit it again"
    out = fitted.beyond(X)
    rows = (out != 0).any(axis=1)
    if not rows.any():
        return ""
    names, parts = estimator.column_names(), []
    for j in np.flatnonzero((out != 0).any(axis=0)):
        low, high = (v * fitted.magnitudes.x[j] for v in fitted.ranges[j])
        count = int((out[:, j] != 0).sum())
        parts.append(
            f"{names[j]} ({count} row{'s' * (count > 1)} outside {low:.6g} to {high:.6g}, "
            f"by up to {np.abs(out[:, j]).max():.3g})"
        )
    more = f" and {len(parts) - _NAMED} more" if len(parts) > _NAMED else ""
    return (
        f"{int(rows.sum())} of {len(rows)} rows are outside the data that the law was fitted to: "
        f"{', '.join(parts[:_NAMED])}{more}. What it says there no row has tested."
    )
