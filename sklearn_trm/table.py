"""A table as a fit works with it: checked, in ordinary units, useful columns, merged rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import validation
from .expressions.text import to_text
from .expressions.tree import Node, map_columns
from .validation import Magnitudes


@dataclass(frozen=True)
class Table:
    """A checked table.

    Attributes
    ----------
    every : ndarray of shape (n, d_all)
        All columns, divided by their magnitudes.
    y : ndarray of shape (n,)
        The target, divided by its magnitude.
    weight : ndarray of shape (n,) or None
        Weights of mean 1.
    kept : list of int
        Columns that vary and repeat no other.
    names : list of str
        Names of all columns.
    magnitudes : Magnitudes
    """

    every: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None
    kept: list[int]
    names: list[str]
    magnitudes: Magnitudes

    @classmethod
    def of(cls, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> Table:
        """Check and prepare what ``fit`` was given; sets ``n_features_in_`` and names.

        Raises
        ------
        DataError
            If the table cannot be used as it is.
        """
        X, y = validation.check_fit_data(estimator, X, y)
        weight = validation.check_weight(sample_weight, len(y))
        magnitudes = Magnitudes.of(X, y)
        X, y = magnitudes.scale_x(X), y / magnitudes.y
        X, y, weight = validation.merge_rows(X, y, weight)
        kept = validation.useful_columns(X)
        return cls(X, y, weight, kept, validation.check_names(estimator, None), magnitudes)

    @property
    def X(self) -> np.ndarray:
        """The kept columns, shape (n, d)."""
        return self.every[:, self.kept]

    @property
    def size(self) -> float:
        """Root mean square of the target."""
        return float(np.sqrt(np.mean(self.y**2)))

    def restore(self, law: Node) -> Node:
        """A law of the kept columns for all of them, still in these units."""
        return map_columns(law, self.kept)

    def write(self, law: Node) -> str:
        """A law of the kept columns as a text in the units that the table came with."""
        law = self.restore(law)
        m = self.magnitudes
        return to_text(law if m.ordinary else m.restore(law), self.names)
