"""A fit at one glance: data and law, the front, how the network settled."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Self

from .display import Display
from .front import FrontDisplay
from .law import LawDisplay
from .style import PLAIN, cut
from .velocity import VelocityDisplay


@dataclass
class OverviewDisplay(Display):
    """The law beside the data, the front of laws, and how the network settled.

    Look first at the points beside the law, then at how far the chosen law stands above its
    rivals on the front.

    Parameters
    ----------
    est : estimator
    law : LawDisplay
    front : FrontDisplay
    velocity : VelocityDisplay or None
        None where the network was not asked.
    heading : str or None

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import OverviewDisplay, TRMSymbolicRegressor
    >>> x = np.linspace(1.0, 5.0, 20)[:, None]
    >>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(x, 3 * x[:, 0] ** 2)
    >>> len(OverviewDisplay.from_estimator(est, x, 3 * x[:, 0] ** 2).ax_)
    2
    """

    caption = (
        "Look first at the points beside the law, then at how far the chosen law stands above its "
        "rivals on the front."
    )

    law: LawDisplay
    front: FrontDisplay
    velocity: VelocityDisplay | None
    heading: str | None = None

    @classmethod
    def from_estimator(
        cls, est: Any, X: Any, y: Any, *, title: str | None = None, ax: Any = None,
        caption: bool = False, **options: Any,
    ) -> Self:  # fmt: skip
        """Draw a fit on data.

        Parameters
        ----------
        est : TRMSymbolicRegressor or TRMSymbolicClassifier
            Fitted, of one target.
        X : array-like of shape (n, d)
        y : array-like of shape (n,)
        title : str, optional
            Of the figure.
        ax : array of Axes, Figure or Axes, optional
        caption : bool, default=False
        **options
            Of `LawDisplay.from_estimator`.

        Returns
        -------
        OverviewDisplay
        """
        law = LawDisplay.of(est, X, y, **options)
        asked = any(len(step.velocities) for step in est.answer_steps_)
        velocity = VelocityDisplay.of(est) if asked else None
        return cls(law, FrontDisplay.of(est), velocity, title).plot(ax=ax, caption=caption)

    def _shape(self) -> tuple[int, int]:
        return (1, 2) if self.velocity is None else (2, 2)

    def _n_panels(self) -> int:
        return 2 if self.velocity is None else 3

    def _size(self) -> tuple[float, float]:
        return 11.5, 5.8

    def _places(self, grid: Any) -> list[Any]:
        grid.set_width_ratios([1.35, 1])
        return [grid[:, 0], *(grid[i, 1] for i in range(self._shape()[0]))]

    def _draw(self, axes: list[Any]) -> None:
        # the others first: the law's title is as wide as what they leave
        self.front.draw_on(axes[1])
        if self.velocity is not None:
            self.velocity.draw_on(axes[2])
        if self.heading:
            self.figure_.suptitle(cut(self.heading, 90), x=0.012, ha="left", fontsize=14,
                                  fontweight="bold", **PLAIN)  # fmt: skip
        self.law.draw_on(axes[0])


def plot_fit(
    est: Any,
    X: Any,
    y: Any,
    target: str | None = "y",
    labels: list[str] | None = None,
    units: tuple[str, str] = ("", ""),
    title: str | None = None,
) -> Any:
    """The figure of ``est.plot(X, y)``, under its name of before.

    .. deprecated:: 0.2
        ``est.plot(X, y).figure_``; this name goes with the next release.
    """
    warnings.warn("plot_fit(est, X, y) is now est.plot(X, y)", DeprecationWarning, stacklevel=2)
    options: Any = {"target": target, "labels": labels, "units": units, "title": title}
    return OverviewDisplay.from_estimator(est, X, y, **options).figure_
