"""From points to a law: one call, or a small object."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DataError, WeightsError
from .regressor import TRMSymbolicRegressor


def solve(points: Any, threshold: float = 1e-2, **parameters: Any) -> tuple[str, int]:
    """Find the law of a cloud of points.

    Parameters
    ----------
    points : array-like of shape (n, d + 1)
        The last column is the target.
    threshold : float, default=1e-2
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


class RefineMath:
    """The recursive model behind two parameters: refine a latent state until it rests.

    Parameters
    ----------
    latent_dim : int, default=64
        Width of the latent state; picks the shipped model of this width.
    max_iters : int, default=32
        Latent iterations per answer step.
    **parameters
        Other parameters of `TRMSymbolicRegressor`.

    Raises
    ------
    WeightsError
        If no shipped model has this width.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(1, 3, 40)
    >>> math = RefineMath(latent_dim=64, max_iters=32, time_limit=5, random_state=0)
    >>> latex, iterations = math.solve(np.column_stack([x, x**2 + x]))  # doctest: +SKIP
    """

    def __init__(self, latent_dim: int = 64, max_iters: int = 32, **parameters: Any) -> None:
        from ..network.weights import registry

        widths = {
            entry["config"]["dim"]: name for name, entry in sorted(registry()["models"].items())
        }
        if latent_dim not in widths:
            raise WeightsError(
                f"no shipped model has latent_dim={latent_dim!r}; there are {sorted(widths)}"
            )
        self.latent_dim, self.max_iters = latent_dim, max_iters
        self.parameters = {"model": widths[latent_dim], "max_iters": max_iters, **parameters}

    def solve(self, points: Any, threshold: float = 1e-2) -> tuple[str, int]:
        """Find the law of a cloud of points.

        Parameters
        ----------
        points : array-like of shape (n, d + 1)
            The last column is the target.
        threshold : float, default=1e-2
            Relative latent velocity below which the network has settled.

        Returns
        -------
        latex : str
        iterations : int
            Latent iterations.
        """
        return solve(points, threshold, **self.parameters)
