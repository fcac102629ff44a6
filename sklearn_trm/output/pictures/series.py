"""A law over time: trend, waves and what is left, over the real dates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ...errors import DataError
from ...expressions.evaluate import evaluate
from ...expressions.tree import Node, columns
from .display import Display, note
from .scene import Scene, grid_of, held, on_dates
from .style import (
    DATA,
    LAW,
    OTHERS,
    PLAIN,
    SMALL,
    SOFT,
    cut,
    fitted_title,
    law_text,
    point_size,
    title,
)  # fmt: skip
from .terms import Parts, parts_in_time

_WAVES = 4  # panels of waves
_YEAR = 365.2425

Array = np.ndarray


@dataclass
class SeriesDisplay(Display):
    """A law over time: data and law, then its trend, each wave with its period, and the rest.

    Look for waves in the lowest panel: what still swings there is a season that the law lacks; the
    other panels say how large each part is.

    Parameters
    ----------
    scene : Scene
    time : int
        The column on the axis.
    parts : Parts
        Trend, waves, and what other columns add.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import SeriesDisplay, TRMSymbolicRegressor
    >>> t = np.arange(60.0)[:, None]
    >>> y = 5 + 0.1 * t[:, 0] + 2 * np.sin(0.5 * t[:, 0])
    >>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(t, y)
    >>> len(SeriesDisplay.from_estimator(est, t, y).ax_)  # data, trend, a wave, the rest
    4
    """

    caption = (
        "Look for waves in the lowest panel: what still swings there is a season that the law "
        "lacks; the other panels say how large each part is."
    )

    scene: Scene
    time: int
    parts: Parts

    @classmethod
    def from_estimator(
        cls, est: Any, X: Any, y: Any, *, time: int | str | None = None, index: int | None = None,
        target: str | None = None, ax: Any = None, caption: bool = False,
    ) -> Self:  # fmt: skip
        """Draw a law over time.

        Parameters
        ----------
        est : TRMSymbolicRegressor
            Fitted, of one target.
        X : array-like of shape (n, d)
            With its column of dates, if the fit had one.
        y : array-like of shape (n,)
        time : int or str, optional
            The column on the axis; when omitted the first one of dates, or else the only one that
            the law uses.
        index : int, optional
            Row of ``equations_`` instead of the chosen law.
        target : str, optional
        ax : array of Axes, Figure or Axes, optional
        caption : bool, default=False

        Returns
        -------
        SeriesDisplay
        """
        scene = Scene.of(est, X, y, target=target, index=index)
        if scene.is_odds:
            raise DataError("a series needs a regressor: draw est.plot.law of a classifier")
        column = _time(scene) if time is None else scene.column(time)
        parts = parts_in_time(scene.result.law(index), column, scene.X)
        return cls(scene, column, parts).plot(ax=ax, caption=caption)

    def _panels(self) -> list[tuple[str, list[Node]]]:
        parts = self.parts
        out = [("trend", [parts.trend])]
        for period, term in parts.waves[:_WAVES]:
            out.append((f"wave of {self._length(period)}", [term]))
        if parts.waves[_WAVES:]:
            more = [term for _, term in parts.waves[_WAVES:]]
            out.append((f"{len(more)} more waves", more))
        if parts.others is not None:
            out.append(("other columns", [parts.others]))
        return out

    def _length(self, period: float) -> str:
        """A period with its unit."""
        if not math.isfinite(period):
            return "changing period"
        dates = getattr(self.scene.est, "dates_", None)
        if dates is None or self.time not in dates.columns:
            return f"period {period:.4g}"
        if period >= 2 * _YEAR:
            return f"{period / _YEAR:.3g} years"
        return f"{period:.4g} days" if period >= 2 else f"{24 * period:.3g} hours"

    def _shape(self) -> tuple[int, int]:
        return len(self._panels()) + 2, 1

    def _size(self) -> tuple[float, float]:
        return 8.6, 2.0 + 1.35 * self._shape()[0]

    def _places(self, grid: Any) -> list[Any]:
        grid.set_height_ratios([2.2] + [1.0] * (self._shape()[0] - 1))
        return [grid[i, 0] for i in range(self._shape()[0])]

    def _draw(self, axes: list[Any]) -> None:
        scene, j = self.scene, self.time
        order = np.argsort(scene.X[:, j], kind="stable")
        X, y = scene.X[order], np.asarray(scene.y)[order]
        t, grid = X[:, j], grid_of(X[:, j], 1000)
        dates = scene.dates(j, np.concatenate([t, grid]))
        at, along = (t, grid) if dates is None else (dates[: len(t)], dates[len(t) :])
        for ax in axes:
            ax.sharex(axes[0]) if ax is not axes[0] else None
            if ax is not axes[-1]:
                ax.tick_params(labelbottom=False)
        if dates is not None:
            on_dates(axes[0])
        alone = set(scene.used) <= {j} and not scene.label_columns
        predicted = scene.values(X)
        curve = (along, scene.values(held(X, j, grid))) if alone else (at, predicted)
        axes[0].plot(*curve, color=LAW, lw=1.5, zorder=3, label="law")
        _dots(axes[0], at, y, "data")
        axes[0].set_ylabel(cut(scene.target, 24), **PLAIN)
        axes[0].legend(frameon=False, fontsize=SMALL, loc="best" if len(t) <= 2000 else 2, ncols=2)
        for k, (ax, (name, nodes)) in enumerate(zip(axes[1:-1], self._panels(), strict=True)):
            self._part(ax, nodes, (along, held(X, j, grid)), (at, X), OTHERS[k % len(OTHERS)])
            title(ax, name, fontsize=SMALL)
        left = y - predicted
        axes[-1].axhline(0.0, color=LAW, lw=1.2, zorder=2)
        _dots(axes[-1], at, left, None)
        known = np.isfinite(left).any()
        size = f" (standard deviation {np.nanstd(left):.2g})" if known else ""
        title(axes[-1], "rest" + size, fontsize=SMALL)
        axes[-1].set_xlabel(cut(scene.axis_name(j), 44), **PLAIN)
        if not np.isfinite(predicted).all():
            note(axes[0], f"{int((~np.isfinite(predicted)).sum())} rows: the law is undefined")
        text, how = law_text(scene.est, cut(scene.target, 24), scene.index)
        fitted_title(axes[0], text, color=LAW, **how)

    def _part(self, ax: Any, nodes: list[Node], over: Any, rows: Any, color: str) -> None:
        """The sum of some terms, over time where it knows no other column."""
        alone = all(set(columns(node)) <= {self.time} for node in nodes)
        at, X = over if alone else rows
        with np.errstate(all="ignore"):
            values = np.sum([np.broadcast_to(evaluate(n, X), len(X)) for n in nodes], axis=0)
        values = np.where(np.isfinite(values), values, np.nan)
        if alone:
            ax.plot(at, values, color=color, lw=1.5, zorder=3)
        else:
            ax.scatter(at, values, s=6, color=color, lw=0, zorder=3)


def _dots(ax: Any, at: Array, values: Array, label: str | None) -> None:
    n = len(values)
    color, alpha = (DATA if label else SOFT), (0.8 if n <= 500 else 0.4)
    ax.scatter(at, values, s=0.5 * point_size(n), color=color, lw=0, alpha=alpha, zorder=2,
               label=label, rasterized=n > 5000)  # fmt: skip


def _time(scene: Scene) -> int:
    """The column of time."""
    dates = getattr(scene.est, "dates_", None)
    if dates is not None:
        return min(dates.columns, key=lambda j: (j not in scene.used, j))
    if len(scene.used) == 1 or scene.X.shape[1] == 1:
        return scene.used[0] if scene.used else 0
    raise DataError(
        "which column is the time? Give time='name', or fit with dates='days' to columns of dates"
    )
