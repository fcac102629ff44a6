"""How the network came to rest: latent velocity, answer step by answer step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ...errors import DataError
from .display import Display
from .scene import fitted
from .style import FAINT, GROUPS, LAW, SMALL, SOFT, title

_LEAST = 1e-12
_MEAN = "#c9ced4"

Array = np.ndarray


def thought(est: Any) -> list[Any]:
    """The answer steps of an estimator whose network has thought.

    Raises
    ------
    DataError
        Where it was not asked.
    """
    fitted(est)
    steps = [step for step in est.answer_steps_ if len(step.velocities)]
    if steps:
        return steps
    why = "model=None" if est.model is None else f"the fit ended before ({est.stopped_})"
    raise DataError(
        f"the network was not asked: {why}. Fit with model='auto' and some time to see it think"
    )


@dataclass
class VelocityDisplay(Display):
    """Relative latent velocity over the iterations of all answer steps, with the threshold.

    Look for the fall below the dashed line: there a thought is at rest and an answer is written; a
    lane that stays above never settled.

    Parameters
    ----------
    lanes : list of ndarray of shape (lanes, n_iter)
        One a step; nan once a lane is at rest.
    threshold : float

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import TRMSymbolicRegressor, VelocityDisplay
    >>> x = np.linspace(1.0, 5.0, 20)[:, None]
    >>> est = TRMSymbolicRegressor(time_limit=None, max_steps=2, search=False, random_state=0)
    >>> _ = est.fit(x, 3 * x[:, 0] ** 2)  # doctest: +SKIP
    >>> VelocityDisplay.from_estimator(est)  # doctest: +SKIP
    """

    caption = (
        "Look for the fall below the dashed line: there a thought is at rest and an answer is "
        "written; a lane that stays above never settled."
    )

    lanes: list[Array]
    threshold: float

    @classmethod
    def of(cls, est: Any) -> Self:
        """What is to be drawn; parameters as of `from_estimator`."""
        lanes = [
            step.velocities[None] if step.by_lane is None else np.asarray(step.by_lane, float)
            for step in thought(est)
        ]
        return cls(lanes, float(est.threshold))

    @classmethod
    def from_estimator(cls, est: Any, *, ax: Any = None, caption: bool = False) -> Self:
        """Draw the latent velocities of a fit.

        Parameters
        ----------
        est : TRMSymbolicRegressor or TRMSymbolicClassifier
            Fitted with a network, of one target.
        ax : Axes or Figure, optional
        caption : bool, default=False

        Returns
        -------
        VelocityDisplay
        """
        return cls.of(est).plot(ax=ax, caption=caption)

    def _draw(self, axes: list[Any]) -> None:
        (ax,) = axes
        begin, ends = 0, []
        for k, lanes in enumerate(self.lanes):
            n = lanes.shape[1]
            at = begin + np.arange(1, n + 1)
            if k % 2:
                ax.axvspan(begin + 0.5, begin + n + 0.5, color=FAINT, alpha=0.5, lw=0, zorder=0)
            ends.append((begin + 0.5 + n / 2, str(k + 1)))
            count = np.maximum((~np.isnan(lanes)).sum(axis=0), 1)
            mean = np.maximum(np.nansum(lanes, axis=0) / count, _LEAST)
            ax.plot(at, mean, color=_MEAN, lw=6.0, zorder=1, solid_capstyle="round",
                    label=None if k else "mean")  # fmt: skip
            for i, lane in enumerate(np.maximum(lanes, _LEAST)):
                color = GROUPS[i % len(GROUPS)]
                named = f"lane {i + 1}" if not k and len(lanes) > 1 else None
                ax.plot(at, lane, color=color, lw=1.2, zorder=2, label=named)
                last = np.flatnonzero(np.isfinite(lane))
                if len(last) and lane[last[-1]] < self.threshold:
                    ax.plot(at[last[-1]], lane[last[-1]], "o", color=color, ms=4, zorder=3)
            begin += n
        ax.axhline(self.threshold, color=LAW, lw=1.4, ls=(0, (5, 3)), zorder=1)
        ax.annotate("threshold", (0.0, self.threshold), (3, -11), color=LAW,
                    xycoords=("axes fraction", "data"), textcoords="offset points",
                    fontsize=SMALL)  # fmt: skip
        ax.set_yscale("log")
        ax.set_xlim(0.5, begin + 0.5)
        some = max(1, len(ends) // 12)
        for middle, text in ends[::some]:
            word = f"step {text}" if len(ends) <= 5 else text
            ax.annotate(
                word,
                (middle, 1.0),
                (0, -10),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
                color=SOFT,
            )
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set_xlabel("latent iterations" + ("; answer steps above" if len(ends) > 5 else ""))
        ax.set_ylabel("relative latent velocity")
        ax.legend(frameon=False, fontsize=SMALL, loc="upper right",
                  bbox_to_anchor=(1.0, 0.94))  # fmt: skip
        title(ax, "How the network settles")
