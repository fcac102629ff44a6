"""How well the data determine the constants of a law: covariance from the Jacobian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .constants import LeastSquares, covariance_per_variance
from .tree import Node, constants

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 20_000  # of the Jacobian; the covariance of more rows follows by their number


def covariance(
    node: Node, loss: float, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, n_rows: int
) -> np.ndarray:
    """Covariance of the numeric leaves in preorder.

    Parameters
    ----------
    node : Node
        A fitted law.
    loss : float
        Its (weighted) mean squared error.
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weight : ndarray of shape (n,) or None
    n_rows : int
        Rows that the table stands for, when equal ones were merged.

    Returns
    -------
    ndarray of shape (k, k)
        Zero for a constant that cannot move (an exponent of a negative base), infinite
        where the rows are too few, or where the law has no slope on one of them.
    """
    k = len(constants(node))
    out = np.zeros((k, k))
    if k == 0:
        return out
    if len(y) > _ROWS:
        part = np.linspace(0, len(y) - 1, _ROWS).astype(int)
        X, y, weight = X[part], y[part], None if weight is None else weight[part]
    problem = LeastSquares(node, X, y, weight)
    spare = n_rows - len(problem.free)
    if not problem.free.size:
        return out
    if spare <= 0 or not np.isfinite(loss):
        block = np.full((len(problem.free),) * 2, np.inf)
    else:
        variance = loss * n_rows / spare
        block = covariance_per_variance(problem)
        # where a slope is undefined nothing is known, even if every residual is zero
        known = np.isfinite(block)
        block[known] *= len(problem.y) / n_rows * variance
    out[np.ix_(problem.free, problem.free)] = block
    return out


def constants_table(
    values: Sequence[float], covariance: np.ndarray, spare: int, confidence: float
) -> pd.DataFrame:
    """One row a constant: value, standard error, and the interval of Student's t.

    Raises
    ------
    ValueError
        If `confidence` is not between 0 and 1.

    Examples
    --------
    >>> constants_table([2.0], np.array([[0.01]]), spare=10, confidence=0.95)
       value  std       low      high
    0    2.0  0.1  1.777186  2.222814
    """
    import pandas as pd
    from scipy.special import stdtrit

    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence!r}")
    value = np.asarray(values, dtype=float)
    std = np.sqrt(np.diag(covariance)) if len(value) else value
    reach = np.zeros(len(value))
    moving = std > 0
    width = float(stdtrit(spare, 0.5 + confidence / 2)) if spare > 0 else np.inf
    reach[moving] = width * std[moving]
    return pd.DataFrame({"value": value, "std": std, "low": value - reach, "high": value + reach})
