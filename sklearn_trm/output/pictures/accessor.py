"""``est.plot``: the pictures of an estimator, each a method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .animation import animation
from .dependence import DependenceDisplay
from .front import FrontDisplay
from .grid import GridDisplay
from .latent import LatentDisplay
from .law import LawDisplay
from .overview import OverviewDisplay
from .residuals import ResidualsDisplay
from .search import SearchDisplay
from .series import SeriesDisplay
from .velocity import VelocityDisplay


class Pictures:
    """Pictures of a fitted estimator; made where it is asked for, nothing is kept.

    Called as ``est.plot(X, y)`` it draws the overview.

    Parameters
    ----------
    est : TRMSymbolicRegressor or TRMSymbolicClassifier

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import TRMSymbolicRegressor
    >>> x = np.linspace(1.0, 5.0, 20)[:, None]
    >>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(x, 3 * x[:, 0] ** 2)
    >>> display = est.plot.law(x, 3 * x[:, 0] ** 2)
    >>> display.figure_.savefig("law.png")  # doctest: +SKIP
    """

    def __init__(self, est: Any) -> None:
        self._est = est

    def __repr__(self) -> str:
        names = ", ".join(n for n in dir(self) if not n.startswith("_"))
        return f"pictures of {type(self._est).__name__}: plot(X, y), plot.{{{names}}}"

    def __call__(self, X: Any, y: Any, **options: Any) -> OverviewDisplay:
        """The overview: law and data, front, velocity; see `OverviewDisplay.from_estimator`."""
        return OverviewDisplay.from_estimator(self._est, X, y, **options)

    def law(self, X: Any, y: Any, **options: Any) -> LawDisplay:
        """The law beside the data, with band and likely rivals; see `LawDisplay.from_estimator`."""
        return LawDisplay.from_estimator(self._est, X, y, **options)

    def front(self, by: str = "complexity", **options: Any) -> FrontDisplay:
        """The front of laws by complexity or prior; see `FrontDisplay.from_estimator`."""
        return FrontDisplay.from_estimator(self._est, by=by, **options)

    def residuals(self, X: Any, y: Any, **options: Any) -> ResidualsDisplay:
        """Parity and residuals; see `ResidualsDisplay.from_estimator`."""
        return ResidualsDisplay.from_estimator(self._est, X, y, **options)

    def partial_dependence(self, X: Any, **options: Any) -> DependenceDisplay:
        """What each column does on the data; see `DependenceDisplay.from_estimator`."""
        return DependenceDisplay.from_estimator(self._est, X, **options)

    def series(self, X: Any, y: Any, **options: Any) -> SeriesDisplay:
        """Trend, waves and rest over the real dates; see `SeriesDisplay.from_estimator`."""
        return SeriesDisplay.from_estimator(self._est, X, y, **options)

    def search(self, **options: Any) -> SearchDisplay:
        """Which task of the search ran when, with ``keep_all=True``; see `SearchDisplay`."""
        return SearchDisplay.from_estimator(self._est, **options)

    def velocity(self, **options: Any) -> VelocityDisplay:
        """Latent velocity by lane and answer step; see `VelocityDisplay.from_estimator`."""
        return VelocityDisplay.from_estimator(self._est, **options)

    def latent(self, X: Any = None, y: Any = None, **options: Any) -> LatentDisplay:
        """The latent path from cloud to point; see `LatentDisplay.from_estimator`."""
        return LatentDisplay.from_estimator(self._est, X, y, **options)

    def grid(self, X: Any = None, y: Any = None, **options: Any) -> GridDisplay:
        """The answer grid by step, as trees; see `GridDisplay.from_estimator`."""
        return GridDisplay.from_estimator(self._est, X, y, **options)

    def animation(
        self, path: str | Path = "aha.html", X: Any = None, y: Any = None, *, lane: int = 0
    ) -> Path:
        """A page that plays velocity, latent and answer together; see `animation.animation`."""
        return animation(self._est, path, X, y, lane=lane)
