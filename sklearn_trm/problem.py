"""The problem that the search works on: a table, the operators, a size limit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .ops import BINARY, UNARY
from .relevance import Relevance

SCREEN_ROWS = 256


class Problem:
    """A table and what a law for it may look like.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional
        Weights of the squared errors.
    unary, binary : sequence of str, optional
        Allowed operators; all when omitted.
    max_complexity : int
        Largest complexity of a law.
    rng : Generator or int, optional
    relevance : Relevance, optional
        Which columns matter, where there are many.

    Examples
    --------
    >>> X = np.arange(1.0, 9.0)[:, None]
    >>> Problem(X, 2 * X[:, 0]).X.shape
    (8, 1)
    """

    def __init__(
        self,
        X: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray | None = None,
        unary: Sequence[str] | None = None,
        binary: Sequence[str] | None = None,
        max_complexity: int = 40,
        rng: np.random.Generator | int | None = None,
        relevance: Relevance | None = None,
    ) -> None:
        self.X = np.asarray(X, dtype=float)
        self.y = np.asarray(y, dtype=float)
        self.weight = None if weight is None else np.asarray(weight, dtype=float)
        self.unary = UNARY if unary is None else tuple(unary)
        self.binary = BINARY if binary is None else tuple(binary)
        self.max_complexity = max_complexity
        self.rng = np.random.default_rng(rng)
        self.relevance = relevance

    def screen(self, count: int = SCREEN_ROWS) -> np.ndarray:
        """Indices of the rows on which candidates are screened.

        Evenly spread over the table; rows with a zero are left out where others are
        left, because they have no logarithm.
        """
        usable = self.y != 0
        usable &= (self.X != 0).all(axis=1)
        if self.weight is not None:
            usable &= self.weight > 0
        index = np.flatnonzero(usable)
        if len(index) < min(len(self.y) // 2, count):
            index = np.arange(len(self.y))
        if len(index) > count:
            index = index[np.linspace(0, len(index) - 1, count).astype(int)]
        return index
