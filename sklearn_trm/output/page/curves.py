"""What the pictures of a page are drawn from: laws along their columns, bands, residuals."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...expressions.tree import columns
from ...task.result import FitResult
from ..along import band_of, values_of
from .numbers import drawn
from .rows import Rows

_POINTS = 100  # of a curve
_MOST_COLUMNS = 6  # that a law is drawn along
_MOST_GROUPS = 8  # that have a curve of their own
_WIDE = 30.0  # largest over smallest value, from which on points are spread by logarithms


class Plan:
    """Where the laws of one estimator are drawn.

    Parameters
    ----------
    est : TRMSymbolicRegressor or TRMSymbolicClassifier
        Of one target.
    rows : Rows or None
        Without rows the ranges of the fit are taken.
    """

    def __init__(self, est: Any, rows: Rows | None) -> None:
        self.result: FitResult = est._fitted
        groups = getattr(est, "groups_", None)
        width = est.n_features_in_
        self.of_groups = () if groups is None else groups.columns(width)
        self.labels = () if groups is None else groups.labels
        ranges, scale = self.result.ranges, np.array(self.result.magnitudes.x)
        known = None if ranges is None else np.array(ranges) * scale[:, None]
        if rows is not None:
            own = np.column_stack([rows.X.min(axis=0), rows.X.max(axis=0)])
            both = np.stack([own, own if known is None else known])
            self.ends = np.column_stack([both[..., 0].min(axis=0), both[..., 1].max(axis=0)])
            self.middle = np.median(rows.X, axis=0)
        else:  # files of an earlier version hold no ranges
            self.ends = np.tile([0.0, 1.0], (width, 1)) if known is None else known
            self.middle = self.ends.mean(axis=1)

    def used(self, index: int) -> list[int]:
        """Columns that a law holds, without those of groups."""
        return [j for j in sorted(columns(self.result.law(index))) if j not in self.of_groups]

    def grid(self, column: int) -> np.ndarray:
        """Values of a column at which curves are drawn."""
        low, high = self.ends[column]
        if low > 0 and high / low > _WIDE:
            return np.geomspace(low, high, _POINTS)
        return np.linspace(low, high, _POINTS)

    def _tables(self, column: int) -> list[np.ndarray]:
        """The grid as a table, the other columns at their middle; one for each group."""
        table = np.tile(self.middle, (_POINTS, 1))
        table[:, column] = self.grid(column)
        if not self.of_groups:
            return [table]
        out = []
        for own in self.of_groups[:_MOST_GROUPS]:
            one = table.copy()
            one[:, list(self.of_groups)] = 0.0
            one[:, own] = 1.0
            out.append(one)
        return out

    def curves(self, index: int) -> dict[str, list[list[float | None]]]:
        """Values of a law along each of its columns: by column, one list a group."""
        out = {}
        for column in self.used(index)[:_MOST_COLUMNS]:
            with np.errstate(all="ignore"):
                values = [self.result.values(t, index) for t in self._tables(column)]
            out[str(column)] = [drawn(v) for v in values]
        return out

    def band(self, index: int) -> list[list[float | None]] | None:
        """Where 95% of measurements are expected along the one column of a law."""
        used = self.used(index)
        if len(used) != 1 or self.of_groups or self.result.link != "identity":
            return None
        ends = band_of(self.result, self._tables(used[0])[0], 0.95, index)
        return None if ends is None else [drawn(end) for end in ends]

    def values(self, rows: Rows, index: int) -> np.ndarray:
        """A law on all rows: nan where it is undefined."""
        return values_of(self.result, rows.X, index)
