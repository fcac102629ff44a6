"""The latent path: from a cloud of beginnings to one point of rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from .display import Display
from .style import INK, OVER_TIME, SMALL, SOFT, title
from .thinking import Thinking, plane, think_again

Array = np.ndarray


@dataclass
class LatentDisplay(Display):
    """The latent of the network on its way to rest, in the plane in which it moves most.

    Look how random beginnings all fall into one point: the rest is made by the table, not by where
    the thought began; on the right each lane moves on whenever its answer was fed back.

    Parameters
    ----------
    cloud : ndarray of shape (1 + n_iter, k, 2)
        Random latents, let go on the table as the first lane saw it, in the plane in which they
        begin.
    lanes : list of ndarray of shape (1 + n_iter, lanes, 2)
        All lanes in the plane in which they move most, one array an answer step.
    shares : tuple of float
        Shares of the lanes' variance along the two axes of their plane.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import LatentDisplay, TRMSymbolicRegressor
    >>> x = np.linspace(1.0, 5.0, 20)[:, None]
    >>> est = TRMSymbolicRegressor(random_state=0).fit(x, 3 * x[:, 0] ** 2)  # doctest: +SKIP
    >>> LatentDisplay.from_estimator(est)  # doctest: +SKIP
    """

    caption = (
        "Look how random beginnings all fall into one point: the rest is made by the table, not by "
        "where the thought began; on the right each lane moves on whenever its answer was fed back."
    )

    cloud: Array
    lanes: list[Array]
    shares: tuple[float, float]

    @classmethod
    def from_estimator(
        cls, est: Any, X: Any = None, y: Any = None, *, ax: Any = None, caption: bool = False
    ) -> Self:
        """Draw the latent path of a fit: the network runs once more, which takes seconds.

        Parameters
        ----------
        est : TRMSymbolicRegressor or TRMSymbolicClassifier
            Fitted with a network, of one target.
        X, y : array-like, optional
            The table of the fit; needed for an estimator from a pickle or a file.
        ax : array of two Axes, Figure or Axes, optional
        caption : bool, default=False

        Returns
        -------
        LatentDisplay
        """
        return cls.of(est, X, y).plot(ax=ax, caption=caption)

    @classmethod
    def of(cls, est: Any, X: Any = None, y: Any = None) -> Self:
        """What is to be drawn; parameters as of `from_estimator`."""
        seen = think_again(est, X, y)
        return cls(*projected(seen))

    def _shape(self) -> tuple[int, int]:
        return 1, 2

    def _size(self) -> tuple[float, float]:
        return 10.5, 4.8

    def _draw(self, axes: list[Any]) -> None:
        self._draw_cloud(axes[0])
        self._draw_steps(axes[1])

    def _draw_cloud(self, ax: Any) -> None:
        n = len(self.cloud) - 1
        for path in self.cloud.transpose(1, 0, 2):
            lines = _over_time(ax, path, 0, n, 0.9)
        ax.scatter(*self.cloud[0].T, s=16, color=SOFT, lw=0, zorder=3, label="random beginnings")
        for t in range(1, n):
            ax.scatter(*self.cloud[t].T, s=14, c=np.full(len(self.cloud[t]), t), cmap=OVER_TIME,
                       vmin=0, vmax=n, lw=0, zorder=3)  # fmt: skip
        ax.plot(*self.cloud[-1].mean(axis=0), "*", color=INK, ms=14, mfc="white", zorder=5,
                label="at rest")  # fmt: skip
        self._bar(ax, lines)
        ax.set_xlabel("first axis of the beginnings")
        ax.set_ylabel("second axis")
        title(ax, "First thought: from cloud to point")

    def _draw_steps(self, ax: Any) -> None:
        total = sum(len(part) - 1 for part in self.lanes)
        done = 0
        for k, part in enumerate(self.lanes):
            for path in part.transpose(1, 0, 2):
                lines = _over_time(ax, path, done, total, 1.8)
                ax.plot(*path[-1], "o", color=INK, ms=5, mfc="white", zorder=4)
            done += len(part) - 1
            if k in (0, len(self.lanes) - 1):
                ax.annotate(f"step {k + 1}", part[-1].mean(axis=0), (8, 8), color=INK, zorder=5,
                            textcoords="offset points", fontsize=SMALL)  # fmt: skip
        ax.plot([], [], "o", color=INK, mfc="white", ms=5, label="a lane at rest")
        self._bar(ax, lines)
        ax.set_xlabel(f"first axis ({self.shares[0]:.0%} of the variance)")
        ax.set_ylabel(f"second axis ({self.shares[1]:.0%})")
        title(ax, "All lanes over all answer steps")

    def _bar(self, ax: Any, lines: Any) -> None:
        ax.autoscale_view()
        ax.margins(0.08)
        bar = ax.figure.colorbar(lines, ax=ax, pad=0.02, aspect=30)
        bar.set_label("latent iterations", fontsize=SMALL)
        bar.outline.set_visible(False)
        ax.legend(frameon=False, fontsize=SMALL, loc="upper left", bbox_to_anchor=(0.0, -0.13))


def _over_time(ax: Any, path: Array, begin: int, end: int, width: float) -> Any:
    """A path whose colour is the time."""
    from matplotlib.collections import LineCollection

    pieces: Any = np.stack([path[:-1], path[1:]], axis=1)
    lines = LineCollection(pieces, cmap=OVER_TIME, lw=width, zorder=2)
    lines.set_array(begin + np.arange(len(pieces)))
    lines.set_clim(0, max(end, 1))
    ax.add_collection(lines)
    return lines


def projected(seen: Thinking) -> tuple[Array, list[Array], tuple[float, float]]:
    """Cloud and lanes, each in the plane in which it is widest."""
    n = max(len(seen.films[0].latent), 2)
    middle, axes, _ = plane(seen.cloud[0])

    def flat(points: Array) -> Array:
        return np.asarray((points - middle) @ axes.T)

    paths = [np.concatenate([film.start[None], film.latent]) for film in seen.films]
    cloud = flat(seen.cloud[: n + 1])
    middle, axes, shares = plane(np.concatenate(paths))
    return cloud, [flat(path) for path in paths], (float(shares[0]), float(shares[1]))
