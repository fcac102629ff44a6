"""When a fit has to end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_FIT_SHARE = 0.9  # of the time limit; the rest is for the last polish on all rows ...
_ROW_COST = 3e-6  # ... which takes longer on long tables: seconds a row
_MOST_REST = 0.35


@dataclass
class Deadline:
    """Two instants of a clock, both movable; without a limit there are none.

    Attributes
    ----------
    clock : callable
        What the limit counts, in seconds.
    search : float or None
        Instant at which the search for laws has to end.
    fit : float or None
        Instant at which the fit has to end, with the last polish.
    forgiven : float
        Seconds by which both were moved.
    """

    clock: Callable[[], float] = time.monotonic
    search: float | None = None
    fit: float | None = None
    forgiven: float = 0.0

    @classmethod
    def after(
        cls, limit: float | None, clock: Callable[[], float], start: float | None, n_rows: int
    ) -> Deadline:
        """`limit` seconds after `start`; a table of `n_rows` rows waits for its polish."""
        if limit is None:
            return cls(clock)
        end = (clock() if start is None else start) + limit
        rest = max((1 - _FIT_SHARE) * limit, min(_MOST_REST * limit, _ROW_COST * n_rows))
        return cls(clock, end - rest, end)

    def passed(self) -> bool:
        """Whether the search has to end now."""
        return self.search is not None and self.clock() >= self.search

    def forgive(self, seconds: float) -> None:
        """Move both: what happens once a process (imports, compiling) is no part of the fit."""
        if self.search is not None and self.fit is not None and seconds > 0:
            self.search += seconds
            self.fit += seconds
            self.forgiven += seconds
