"""How long a fit may work: instants of one clock, fixed when it begins."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

_FIT_SHARE = 0.9  # of the time limit; the rest is for the last polish on all rows ...
_ROW_COST = 3e-6  # ... which takes longer on long tables: seconds a row
_MOST_REST = 0.35


class FitClock:
    """The seconds of a fit: what happens once a process (imports, compiling) is no part of it.

    Parameters
    ----------
    base : callable
        What is counted, in seconds.

    Examples
    --------
    >>> clock = FitClock(iter([1.0, 5.0, 6.0]).__next__)
    >>> first = clock()
    >>> clock.forgive(3.0)
    >>> clock() - first, clock() - first
    (1.0, 2.0)
    """

    def __init__(self, base: Callable[[], float] = time.monotonic) -> None:
        self._base = base
        self._forgiven = 0.0

    def __call__(self) -> float:
        return self._base() - self._forgiven

    def forgive(self, seconds: float) -> None:
        """Count so many seconds less."""
        self._forgiven += max(0.0, seconds)


@dataclass(frozen=True)
class Budget:
    """Two instants of a clock; without a limit there are none, and only steps end a fit.

    Attributes
    ----------
    clock : FitClock
    search : float or None
        Instant at which the search for laws has to end.
    fit : float or None
        Instant at which the fit has to end, with the last polish.
    """

    clock: FitClock = field(default_factory=FitClock)
    search: float | None = None
    fit: float | None = None

    @classmethod
    def after(
        cls,
        limit: float | None,
        clock: FitClock,
        start: float | None = None,
        *,
        n_rows: int = 0,
        row_cost: float = _ROW_COST,
        rest: float = 1 - _FIT_SHARE,
        most_rest: float = _MOST_REST,
    ) -> Budget:
        """`limit` seconds after `start`, now when omitted.

        A share `rest` of them is left for the last polish: more for long tables, by seconds a
        row, up to the share `most_rest`.
        """
        if limit is None:
            return cls(clock)
        end = (clock() if start is None else start) + limit
        left = max(rest * limit, min(most_rest * limit, row_cost * n_rows))
        return cls(clock, end - left, end)

    @classmethod
    def within(cls, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> Budget:
        """So many seconds from now, all of them for the search."""
        own = clock if isinstance(clock, FitClock) else FitClock(clock)
        return cls.after(seconds, own, rest=0.0)

    def passed(self) -> bool:
        """Whether the search has to end now."""
        return self.search is not None and self.clock() >= self.search

    def left(self) -> float:
        """Seconds until the search has to end."""
        return math.inf if self.search is None else self.search - self.clock()

    def part(self, seconds: float) -> Budget:
        """The same, of which the search may take so many seconds from now at most."""
        if self.search is None:
            return self
        return replace(self, search=min(self.search, self.clock() + seconds))
