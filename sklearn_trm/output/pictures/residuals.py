"""Parity and residuals: what the law leaves, and whether anything is left in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from .display import Display, note
from .scene import Scene
from .style import DATA, INK, LAW, PLAIN, SMALL, cut, point_size, share_error, title, wide

_BINS = 10  # of predicted probabilities

Array = np.ndarray


@dataclass
class ResidualsDisplay(Display):
    """Measured against predicted, and what is left; of a classifier how well it is calibrated.

    Look for a pattern in what is left: errors alone scatter evenly around 0, a bend or a wave means
    that the law lacks a part.

    Parameters
    ----------
    scene : Scene
    predicted : ndarray of shape (n,)
        nan where the law is undefined.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import ResidualsDisplay, TRMSymbolicRegressor
    >>> x = np.linspace(1.0, 5.0, 20)[:, None]
    >>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(x, 3 * x[:, 0] ** 2)
    >>> len(ResidualsDisplay.from_estimator(est, x, 3 * x[:, 0] ** 2).ax_)
    2
    """

    caption = (
        "Look for a pattern in what is left: errors alone scatter evenly around 0, a bend or a "
        "wave means that the law lacks a part."
    )

    scene: Scene
    predicted: Array

    @classmethod
    def from_estimator(
        cls, est: Any, X: Any, y: Any, *, y_error: Any = None, index: int | None = None,
        target: str | None = None, ax: Any = None, caption: bool = False,
    ) -> Self:  # fmt: skip
        """Draw parity and residuals of an estimator on data.

        Parameters
        ----------
        est : TRMSymbolicRegressor or TRMSymbolicClassifier
            Fitted, of one target.
        X : array-like of shape (n, d)
        y : array-like of shape (n,)
        y_error : float or array-like of shape (n,), optional
            Standard errors of ``y``: residuals are drawn in their units.
        index : int, optional
            Row of ``equations_`` instead of the chosen law.
        target : str, optional
        ax : array of two Axes, Figure or Axes, optional
        caption : bool, default=False

        Returns
        -------
        ResidualsDisplay
        """
        scene = Scene.of(est, X, y, y_error=y_error, target=target, index=index)
        return cls(scene, scene.predicted).plot(ax=ax, caption=caption)

    def _shape(self) -> tuple[int, int]:
        return 1, 2

    def _draw(self, axes: list[Any]) -> None:
        if self.scene.is_odds:
            self._calibration(axes[0])
            self._odds(axes[1])
            return
        self._parity(axes[0])
        self._left(axes[1])

    def _dots(self, ax: Any, x: Array, y: Array) -> None:
        n = len(x)
        ax.scatter(x, y, s=point_size(n), color=DATA, ec="white", lw=0.4 if n <= 5000 else 0,
                   alpha=0.85 if n <= 500 else 0.4, zorder=3, rasterized=n > 5000)  # fmt: skip

    def _parity(self, ax: Any) -> None:
        y, predicted = np.asarray(self.scene.y), self.predicted
        known = np.isfinite(predicted)
        ends = np.concatenate([y, predicted[known]])
        low, high = ends.min(), ends.max()
        if wide(ends):
            ax.set_xscale("log")
            ax.set_yscale("log")
        ax.plot([low, high], [low, high], color=LAW, lw=1.6, zorder=2)
        self._dots(ax, predicted[known], y[known])
        target = cut(self.scene.target, 32)
        ax.set_xlabel(f"law's {target}", **PLAIN)
        ax.set_ylabel(f"measured {target}", **PLAIN)
        title(ax, _explained(y[known], predicted[known]))
        if not known.all():
            note(ax, f"{int((~known).sum())} rows: the law is undefined")

    def _left(self, ax: Any) -> None:
        y, predicted = np.asarray(self.scene.y), self.predicted
        left, error = y - predicted, self.scene.spread(predicted)
        given = self.scene.y_error is not None
        known = np.isfinite(left)
        if given and error is not None:
            left, error = left / error, np.ones(len(left))
        order = np.argsort(np.where(known, predicted, np.inf))[: int(known.sum())]
        if wide(predicted):
            ax.set_xscale("log")
        if error is not None and len(order):
            for k, alpha in ((2, 0.10), (1, 0.16)):
                ax.fill_between(predicted[order], -k * error[order], k * error[order], color=LAW,
                                alpha=alpha, lw=0, zorder=1)  # fmt: skip
        ax.axhline(0.0, color=LAW, lw=1.6, zorder=2)
        self._dots(ax, predicted[known], left[known])
        target = cut(self.scene.target, 32)
        ax.set_xlabel(f"law's {target}", **PLAIN)
        ax.set_ylabel("measured less law" + (", in its errors" if given else ""), **PLAIN)
        title(ax, "Residuals" + (", 1 and 2 errors shaded" if error is not None else ""))

    def _calibration(self, ax: Any) -> None:
        member, p = np.asarray(self.scene.y), self.predicted
        bins = np.minimum((p * _BINS).astype(int), _BINS - 1)
        ax.plot([0, 1], [0, 1], color=LAW, lw=1.6, zorder=2)
        for k in np.unique(bins):
            rows = bins == k
            n, share = int(rows.sum()), float(member[rows].mean())
            ax.errorbar(
                p[rows].mean(), share, share_error(share, n), color=DATA, fmt="o", ms=6, zorder=3
            )
            ax.annotate(str(n), (p[rows].mean(), share), (6, -10), textcoords="offset points",
                        fontsize=SMALL - 1, color=INK)  # fmt: skip
        ax.set_xlabel("law's probability", **PLAIN)
        ax.set_ylabel(f"share of {cut(self.scene.est.classes_[1], 30)} (with rows)", **PLAIN)
        title(ax, "Calibration")

    def _odds(self, ax: Any) -> None:
        odds = np.clip(self.scene.odds(self.scene.X), -30, 30)
        member = np.asarray(self.scene.y) == 1.0
        room = 1e-9 if np.ptp(odds) > 1e-6 else 0.5
        edges = np.linspace(odds.min() - room, odds.max() + room, 25)
        for rows, color, label in ((~member, DATA, 0), (member, LAW, 1)):
            ax.hist(odds[rows], bins=edges, color=color, alpha=0.55, zorder=2,
                    hatch="" if label else "///", ec="white",
                    label=cut(self.scene.est.classes_[label], 30))  # fmt: skip
        ax.axvline(0.0, color=INK, lw=1.0, zorder=3)
        ax.set_xlabel("law: log odds")
        ax.set_ylabel("rows")
        for text in ax.legend(frameon=False, fontsize=SMALL).get_texts():
            text.set_parse_math(False)
        title(ax, "Log odds by class")


def _explained(y: Array, predicted: Array) -> str:
    total = float(((y - y.mean()) ** 2).sum()) if len(y) else 0.0
    if total == 0.0:
        return "Parity"
    return f"Parity (R² = {1 - float(((y - predicted) ** 2).sum()) / total:.4g})"
