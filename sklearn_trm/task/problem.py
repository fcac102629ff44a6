"""What is searched for: a table, the operators, a size limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.relevance import Relevance
from ..expressions.operators import BINARY, UNARY
from ..rules.rules import FREE, Rules

SCREEN_ROWS = 256
_NEGLIGIBLE = 1e-2  # weight of a row that does not help to choose, relative to the median
_WHOLE_PART = 0.1  # share of the rows that are zero with no column that is
_LEAST_ROOT = 1e-3  # smaller square roots of weights would cost digits


@dataclass(frozen=True, eq=False)
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
    rules : Rules
        What laws have to obey, and what they count.
    size : int
        About how many small expressions a library holds.

    Examples
    --------
    >>> X = np.arange(1.0, 9.0)[:, None]
    >>> Problem(X, 2 * X[:, 0]).X.shape
    (8, 1)
    """

    X: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None = None
    unary: Sequence[str] = UNARY
    binary: Sequence[str] = BINARY
    max_complexity: int = 40
    rng: Any = None
    relevance: Relevance | None = None
    rules: Rules = FREE
    size: int = 4000

    def __post_init__(self) -> None:
        X, y = np.asarray(self.X, dtype=float), np.asarray(self.y, dtype=float)
        weight = None if self.weight is None else np.asarray(self.weight, dtype=float)
        rng = np.random.default_rng(self.rng)
        for name, value in (("X", X), ("y", y), ("weight", weight), ("rng", rng)):
            object.__setattr__(self, name, value)

    @property
    def allowed(self) -> set[str]:
        """Operators a law may hold."""
        return {*self.unary, *self.binary}

    def screen(self, count: int = SCREEN_ROWS) -> np.ndarray:
        """Indices of the rows on which candidates are screened.

        Evenly spread over the table; rows with a zero are left out where others are
        left, because they have no logarithm. Not so where the target is zero on a whole
        part of the table, as below a threshold: there the law is another one.
        """
        usable = (self.X != 0).all(axis=1)
        if np.mean(usable & (self.y == 0)) < _WHOLE_PART:
            usable &= self.y != 0
        if self.weight is not None:
            usable &= self._telling()
        index = np.flatnonzero(usable)
        if len(index) < min(len(self.y) // 2, count):
            index = (
                np.arange(len(self.y)) if self.weight is None else np.flatnonzero(self._telling())
            )
        if len(index) > count:
            index = index[np.linspace(0, len(index) - 1, count).astype(int)]
        return index

    def _telling(self) -> np.ndarray:
        """Rows whose weight is not negligible, by itself or for the size of their ``y``.

        Weights ``1 / y**2`` make large values light, and yet each row tells as much.
        """
        w = np.ones(len(self.y)) if self.weight is None else self.weight
        out = np.zeros(len(w), dtype=bool)
        for worth in (w, w * self.y**2):
            out |= worth > _NEGLIGIBLE * np.median(worth[w > 0])
        return out & (w > 0)

    def roots(self, index: np.ndarray) -> np.ndarray | None:
        """Square roots of the weights of some rows, at most 1; None where all are equal."""
        if self.weight is None:
            return None
        root = np.sqrt(self.weight[index])
        return None if np.ptp(root) == 0 else np.maximum(root / root.max(), _LEAST_ROOT)
