"""One call from points to a law."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import DataError
from .estimator import TRMSymbolicRegressor


def solve(points: Any, threshold: float = 1e-3, **parameters: Any) -> tuple[str, int]:
    """Find the law of a cloud of points.

    Parameters
    ----------
    points : array-like of shape (n, d + 1)
        The last column is the target.
    threshold : float, default=1e-3
        Relative latent velocity below which the network has settled.
    **parameters
        Other parameters of `TRMSymbolicRegressor`.

    Returns
    -------
    latex : str
    iterations : int
        Latent iterations.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(1, 3, 40)
    >>> solve(np.column_stack([x, x**2 + x]), model=None, random_state=0)
    ('x_{0}^{2} + x_{0}', 0)
    """
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1] < 2:
        raise DataError(f"points must have shape (n, d + 1) with d >= 1, got {points.shape}")
    est = TRMSymbolicRegressor(threshold=threshold, **parameters)
    est.fit(points[:, :-1], points[:, -1])
    return est.latex(), est.n_iter_
