"""Which task of a fit ran when, and what it found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

MOST = 10_000  # turns that are kept: the first ones


@dataclass(frozen=True)
class Turn:
    """A stretch of a fit that one task had.

    Attributes
    ----------
    bench : str
        What it looked at: ``"main"`` is the table, others are what symmetries made of it.
    task : str
        Its name; the first word says which scan, solver or network.
    begin, end : float
        Seconds since the fit began.
    laws : int
        Laws of it that were fitted.
    loss : float
        Mean squared error of the best law until its end.
    exact : bool
        Whether it found the exact law.
    """

    bench: str
    task: str
    begin: float
    end: float
    laws: int = 0
    loss: float = math.inf
    exact: bool = False


class Timeline:
    """Notes turns while a fit runs.

    Parameters
    ----------
    clock : callable
        Seconds.

    Examples
    --------
    >>> timeline = Timeline(iter([0.0, 2.0, 2.0, 3.0]).__next__)
    >>> timeline.enter("main", "pair near")
    >>> timeline.saw(0.5, exact=False)
    >>> timeline.enter("main", "waves")
    >>> timeline.closed()[0]
    Turn(bench='main', task='pair near', begin=0.0, end=2.0, laws=1, loss=0.5, exact=False)
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._turns: list[Turn] = []
        self._now: tuple[str, str] | None = None
        self._begin, self._laws, self._exact, self._best = 0.0, 0, False, math.inf

    def enter(self, bench: str, task: str) -> None:
        """From now on it is this task's turn."""
        if (bench, task) != self._now:
            self.leave()
            self._now, self._begin = (bench, task), self._clock()

    def saw(self, loss: float, exact: bool) -> None:
        """A law of this loss was fitted."""
        self._laws += 1
        self._best = min(self._best, loss)
        self._exact |= exact

    def leave(self) -> None:
        """The turn ends."""
        if self._now is not None and len(self._turns) < MOST:
            end = max(self._begin, self._clock())  # a clock that forgives goes back
            self._turns.append(
                Turn(*self._now, self._begin, end, self._laws, self._best, self._exact)
            )
        self._now, self._laws, self._exact = None, 0, False

    def closed(self) -> list[Turn]:
        """All turns; none is open any more."""
        self.leave()
        return self._turns


def moved(turns: list[Turn], start: float, unit: float) -> tuple[Turn, ...]:
    """Turns with times since `start`, and losses of a target that was divided by `unit`.

    Examples
    --------
    >>> moved([Turn("main", "free", 5.0, 6.0, 1, 0.25)], 4.5, 2.0)[0].begin
    0.5
    """
    return tuple(
        replace(t, begin=t.begin - start, end=t.end - start, loss=t.loss * unit**2) for t in turns
    )
