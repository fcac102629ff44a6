"""Partial dependence: what each column does to the law's value, on the rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ...errors import DataError
from ...expressions.exactness import SAME
from .display import Display, note
from .scene import Scene, grid_of, on_dates
from .style import DATA, LAW, PLAIN, SMALL, SOFT, cut, title, wide

_MOST = 9  # panels
_ROWS = 200  # that are averaged over
_LINES = 30  # single rows that are drawn
_POINTS = 100

Array = np.ndarray


@dataclass
class DependenceDisplay(Display):
    """What each column does: the law along it, on rows of the data and on their average.

    Look for thin lines that cross or fan out: there the effect of a column depends on another one;
    parallel lines mean that it only adds.

    Parameters
    ----------
    scene : Scene
    columns : list of int
    grids : list of ndarray of shape (m,)
    lines : list of ndarray of shape (n_rows, m)
        The law along each column, the others as in a row.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import DependenceDisplay, TRMSymbolicRegressor
    >>> X = np.random.default_rng(0).uniform(1, 5, (40, 2))
    >>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(X, X[:, 0] / X[:, 1])
    >>> DependenceDisplay.from_estimator(est, X).ax_.shape
    (2,)
    """

    caption = (
        "Look for thin lines that cross or fan out: there the effect of a column depends on "
        "another one; parallel lines mean that it only adds."
    )

    scene: Scene
    columns: list[int]
    grids: list[Array]
    lines: list[Array]

    @classmethod
    def from_estimator(
        cls, est: Any, X: Any, *, columns: Sequence[int | str] | None = None,
        index: int | None = None, target: str | None = None, ax: Any = None, caption: bool = False,
    ) -> Self:  # fmt: skip
        """Draw what columns do on the rows of a table.

        Parameters
        ----------
        est : TRMSymbolicRegressor or TRMSymbolicClassifier
            Fitted, of one target.
        X : array-like of shape (n, d)
            Up to 200 of its rows, drawn at random, are averaged over.
        columns : sequence of int or str, optional
            Names or numbers; when omitted those of the law, at most the nine that move it most.
        index : int, optional
            Row of ``equations_`` instead of the chosen law.
        target : str, optional
        ax : array of Axes, Figure or Axes, optional
        caption : bool, default=False

        Returns
        -------
        DependenceDisplay
        """
        scene = Scene.of(est, X, target=target, index=index)
        if columns is None:
            found = scene.used or ([0] if scene.X.shape[1] else [])
        else:
            found = [scene.column(name) for name in columns]
            if not found:
                raise DataError("columns= names no column")
        n = len(scene.X)
        some = np.random.default_rng(0).choice(n, min(n, _ROWS), replace=False)
        grids, lines = [], []
        for j in found:
            grid = grid_of(scene.X[:, j], _POINTS, log=wide(scene.X[:, j]))
            table = np.repeat(scene.X[some], len(grid), axis=0)
            table[:, j] = np.tile(grid, len(some))
            grids.append(grid)
            lines.append(scene.values(table).reshape(len(some), len(grid)))
        if columns is None and len(found) > _MOST:
            moves = np.array([float(np.nan_to_num(np.nanstd(_mean(each)))) for each in lines])
            kept = np.sort(np.argsort(-moves, kind="stable")[:_MOST])
            found, grids, lines = ([part[i] for i in kept] for part in (found, grids, lines))
        return cls(scene, found, grids, lines).plot(ax=ax, caption=caption)

    def _shape(self) -> tuple[int, int]:
        across = min(3, len(self.columns))
        return -(-len(self.columns) // across), across

    def _size(self) -> tuple[float, float]:
        rows, across = self._shape()
        return (6.4 if across == 1 else 4.0 * across), (4.2 if rows == 1 else 3.1 * rows)

    def _n_panels(self) -> int:
        return len(self.columns)

    def _draw(self, axes: list[Any]) -> None:
        means = np.concatenate([_mean(each) for each in self.lines])
        every = np.concatenate([each[:_LINES].ravel() for each in self.lines])
        for ax, j, grid, lines in zip(axes, self.columns, self.grids, self.lines, strict=True):
            dates = self.scene.dates(j, grid)
            at = grid if dates is None else dates
            if dates is not None:
                on_dates(ax, narrow=True)
            elif wide(self.scene.X[:, j]):
                ax.set_xscale("log")
            ax.plot(at, lines[:_LINES].T, color=DATA, lw=0.7, alpha=0.35, zorder=2)
            ax.plot(at, _mean(lines), color=LAW, lw=2.4, zorder=4)
            self._rug(ax, j)
            ax.set_xlabel(cut(self.scene.axis_name(j), 36), **PLAIN)
        self._same_heights(axes, means, every)
        first = "probability" if self.scene.is_odds else f"law's {cut(self.scene.target, 30)}"
        for ax in axes[:: self._shape()[1]]:
            ax.set_ylabel(first, **PLAIN)
        title(axes[0], "Average over rows (thick), single rows (thin)", fontsize=SMALL + 1)

    def _rug(self, ax: Any, j: int) -> None:
        """Where the rows are: their deciles."""
        values = np.quantile(self.scene.X[:, j], np.linspace(0, 1, 11))
        dates = self.scene.dates(j, values)
        ax.plot(values if dates is None else dates, np.full(11, 0.012), "|", color=SOFT, ms=7,
                transform=ax.get_xaxis_transform(), zorder=3, clip_on=True)  # fmt: skip

    def _same_heights(self, axes: list[Any], means: Array, every: Array) -> None:
        """One scale for all panels, by what most lines need."""
        known = np.concatenate([means[np.isfinite(means)], every[np.isfinite(every)]])
        if not len(known):
            note(axes[0], "the law is undefined on these rows")
            return
        low, high = np.quantile(known, [0.005, 0.995])
        low, high = min(low, np.nanmin(means)), max(high, np.nanmax(means))
        flat = high - low <= SAME * max(abs(low), abs(high))
        pad = (0.1 * abs(high) or 1.0) if flat else 0.05 * (high - low)
        for ax in axes:
            ax.set_ylim(low - pad, high + pad)


def _mean(lines: Array) -> Array:
    """Over the rows on which the law is defined."""
    known = np.isfinite(lines)
    count = known.sum(axis=0)
    total = np.where(known, lines, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
