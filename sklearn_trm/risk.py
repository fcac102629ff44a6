"""What a law does between and just beyond the rows that it was fitted to.

A law that is undefined or explodes on the next row is worth nothing, however small its
error here. Rows of the table with a column or two moved towards those of another row
stand for the next row; what the values there exceed the range of ``y`` by counts as error.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray

ROWS = 512
_BEYOND = 0.05  # how far rows go beyond the range of a column, as a share of the way
_ROOM = 2.0  # how many half ranges of y values may lie beyond its range
_MOST = 20.0  # largest factor on a loss: a far better law may have its poles


class Surroundings:
    """Rows around a table.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)

    Attributes
    ----------
    X : ndarray of shape (ROWS, d)

    Examples
    --------
    >>> X = np.linspace(-1.0, 2.0, 31)[:, None]
    >>> around = Surroundings(X, X[:, 0])
    >>> around.factor(lambda Z: Z[:, 0] * 1.01, 0.01)
    1.0
    >>> around.factor(lambda Z: Z[:, 0] + 1e-3 / Z[:, 0] ** 2, 0.01) > 1.5
    True
    """

    def __init__(self, X: Array, y: Array) -> None:
        rng = np.random.default_rng(17)
        n, d = X.shape
        i, j = rng.integers(n, size=(2, ROWS))
        moved = rng.random((ROWS, d)) < 1.5 / max(d, 1)
        if d:
            moved[np.arange(ROWS), rng.integers(d, size=ROWS)] = True
        share = rng.uniform(0.0, 1.0 + _BEYOND, (ROWS, 1))
        whole = (X == np.round(X)).all(axis=0)  # counts and labels are not divided
        share = np.where(whole, 1.0, share)
        Z = X[i] + np.where(moved, share, 0.0) * (X[j] - X[i])
        # no column leaves the side of zero on which it is
        low, high = X.min(axis=0), X.max(axis=0)
        Z = np.where(low >= 0, np.maximum(Z, low / 2), Z)
        self.X = np.where(high <= 0, np.minimum(Z, high / 2), Z)
        self._middle = 0.5 * (float(y.max()) + float(y.min()))
        self._half = 0.5 * (float(y.max()) - float(y.min()))

    def factor(self, values: Callable[[Array], Array], loss: float) -> float:
        """By what to multiply the loss of a law with these `values`; 1 for a tame law."""
        with np.errstate(all="ignore"):
            beyond = np.abs(values(self.X) - self._middle) / self._half - 1.0 - _ROOM
            beyond = np.where(np.isnan(beyond), 1.0, np.clip(beyond, 0.0, 1e3))
            extra = float(np.mean(beyond**2)) * self._half**2
            return float(min(1.0 + extra / max(loss, 1e-300), _MOST)) if extra > 0 else 1.0
