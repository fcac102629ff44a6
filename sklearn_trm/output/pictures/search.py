"""The search at work: which task ran when, on which bench, and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ...errors import DataError
from ...task.timeline import Turn
from .display import Display
from .scene import fitted
from .style import FAINT, GROUPS, LAW, SMALL, SOFT, title

MOST_TASKS = 24  # rows; the tasks that took longest
OTHERS = "others"
_ABREAST = 5  # names of benches in a line
_LEAST = 1e-17  # of an error that is drawn: below is rounding

Array = np.ndarray


@dataclass
class SearchDisplay(Display):
    """Which task of the search ran when, on which bench, and the error of the best law so far.

    Look for the step down in the lower panel: above it stands the task that found the law, and
    on which bench; a star is the exact law.

    Parameters
    ----------
    turns : sequence of Turn
        In the order of their times.
    size : float
        Root mean square of the target, which errors are a share of.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import SearchDisplay, TRMSymbolicRegressor
    >>> x = np.linspace(1.0, 5.0, 20)[:, None]
    >>> est = TRMSymbolicRegressor(model=None, keep_all=True, random_state=0)
    >>> _ = est.fit(x, 3 * x[:, 0] ** 2 + 1)
    >>> est.plot.search().rows()
    ['laws']
    """

    caption = (
        "Look for the step down in the lower panel: above it stands the task that found the law, "
        "and on which bench; a star is the exact law."
    )

    turns: Sequence[Turn]
    size: float

    @classmethod
    def from_estimator(cls, est: Any, *, ax: Any = None, caption: bool = False) -> Self:
        """Draw the search of a fit.

        Parameters
        ----------
        est : TRMSymbolicRegressor or TRMSymbolicClassifier
            Fitted with ``keep_all=True`` in this process, of one target.
        ax : array of Axes, Figure or Axes, optional
        caption : bool, default=False

        Returns
        -------
        SearchDisplay
        """
        result = fitted(est)
        if not result.turns:
            raise DataError(
                "which task ran when was not kept: fit with keep_all=True and with search=True in "
                "this process (files hold none; formulas, templates and groups are no search)"
            )
        return cls(result.turns, result.size).plot(ax=ax, caption=caption)

    def rows(self) -> list[str]:
        """Kinds of tasks, in the order in which they began; the briefest of many are one."""
        seconds: dict[str, float] = {}
        for turn in self.turns:
            kind = _kind(turn)
            seconds[kind] = seconds.get(kind, 0.0) + turn.end - turn.begin
        kept = set(sorted(seconds, key=lambda k: -seconds[k])[:MOST_TASKS])
        return [k for k in seconds if k in kept] + [OTHERS] * (len(kept) < len(seconds))

    def _shape(self) -> tuple[int, int]:
        return 2, 1

    def _size(self) -> tuple[float, float]:
        return 8.6, 3.0 + 0.2 * len(self.rows())

    def _places(self, grid: Any) -> list[Any]:
        grid.set_height_ratios([max(1.0, 0.12 * len(self.rows())), 1.0])
        return [grid[0, 0], grid[1, 0]]

    def _draw(self, axes: list[Any]) -> None:
        tasks, errors = axes
        rows = self.rows()
        row = {name: k for k, name in enumerate(rows)}
        end = max(turn.end for turn in self.turns)
        benches = list(dict.fromkeys(turn.bench for turn in self.turns))
        for k, bench in enumerate(benches):
            own = [turn for turn in self.turns if turn.bench == bench]
            at = [row.get(_kind(turn), len(rows) - 1) for turn in own]
            width = [max(turn.end - turn.begin, 0.002 * end) for turn in own]
            tasks.barh(at, width, 0.7, [turn.begin for turn in own], label=bench, lw=0,
                       color=GROUPS[k % len(GROUPS)], zorder=2)  # fmt: skip
        tasks.set_yticks(range(len(rows)), rows)
        tasks.set_ylim(len(rows) - 0.4, -0.6)
        tasks.tick_params(labelbottom=False)
        tasks.legend(frameon=False, fontsize=SMALL, loc="lower left", ncols=_ABREAST,
                     bbox_to_anchor=(0.0, 1.0), borderaxespad=0.1)  # fmt: skip
        title(tasks, "What the search did", pad=10 + 14 * -(-len(benches) // _ABREAST))
        self._errors(errors)
        errors.sharex(tasks)
        tasks.set_xlim(0.0, 1.02 * end)
        for turn in self.turns:
            if turn.exact:
                y = row.get(_kind(turn), len(rows) - 1)
                tasks.plot(turn.end, y, "*", color=LAW, ms=13, mec="white", zorder=4)

    def _errors(self, ax: Any) -> None:
        """Error of the best law over time, and the task at each tenfold step down."""
        known = [turn for turn in self.turns if np.isfinite(turn.loss)]
        at = np.array([turn.end for turn in known])
        error = np.maximum(np.sqrt([turn.loss for turn in known]) / self.size, _LEAST)
        ax.step(at, error, where="post", color=LAW, lw=1.6, zorder=3)
        ax.set_yscale("log")
        for turn, before, now in zip(known[1:], error[:-1], error[1:], strict=True):
            if now < 0.1 * before:
                ax.axvline(turn.end, color=FAINT, lw=1.0, zorder=1)
                ax.annotate(
                    turn.task, (turn.end, now), (-4, 3), textcoords="offset points", ha="right",
                    fontsize=SMALL, color=SOFT, parse_math=False,
                )  # fmt: skip
        ax.set_xlabel("seconds since the fit began")
        ax.set_ylabel("error of the best law")


def _kind(turn: Turn) -> str:
    """Tasks of one kind are one row: their views and sizes differ."""
    return turn.task.split()[0]
