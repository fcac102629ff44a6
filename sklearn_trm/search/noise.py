"""What the search does about noise: readings of the symmetries, their scans, the floor.

The floor is the error of a smooth surface where that surface leaves nothing but noise. A
law that reaches it cannot be told from the true one by its error; when laws without noise
were looked for and a few more laws have not been chosen over it, the search may end.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from ..expressions.tree import Node, columns, map_columns, var
from .acceptance import Acceptance
from .noisy_bench import NoisyBench
from .places import is_calendar
from .reduction.noisy_symmetry import Reading, readings, same_columns
from .reduction.symmetry import rescaling

Candidates = Iterator[Node | None]

_ROWS_ALONE = 3  # stages of a bench that fit a row and no function of it
_PATIENCE = 20  # further laws to look at when there is one at the floor
_AT_FLOOR = 1.03  # squared error of a law at the floor, relative to a smooth surface's
_LITTLE = 5e-5  # noise, relative to y's spread, below which a settled surface may be rounding
_CLEAR = 0.05  # noise up to which what a smooth surface leaves is no part of a law
_KINDS = ("power", "linear", "affine")


class NoiseSearch:
    """Readings of one table, and the scans of what they leave.

    Parameters
    ----------
    acceptance : Acceptance
    columns : sequence of int
        Columns that a law may hold.

    Attributes
    ----------
    floor : float or None
        The noise of ``y``, where a smooth surface shows it.
    arenas : list of NoisyBench
        The reading with the fewest columns first, then others.
    """

    def __init__(self, acceptance: Acceptance, columns: Sequence[int]) -> None:
        X, y = acceptance.wide
        self._acceptance = acceptance
        self._columns = columns = list(columns)
        X, nodes = X[:, columns], [var(j) for j in columns]
        if is_calendar(X):
            near = rescaling(X, y, nodes)  # counted from a place among the rows
            if near is not None:
                X, nodes = near.X, list(near.nodes)
        found = list(readings(X, y, nodes))
        self._whole = found[0]
        least = min(found, key=lambda r: (len(r.nodes), r.error))
        others = [r for r in found[::-1] if not same_columns(r, least)]
        self.floor: float | None = None
        if least.settled and least.error <= 1.1 * min(r.error for r in found):
            self.floor = least.error
        self.benches = [NoisyBench(acceptance, r) for r in (least, *_few(least, others))]
        self._exact_sought = False  # a law that is finer than the rows looks like much noise

    @property
    def shown(self) -> bool:
        """Whether the table is certainly noisy."""
        return self.floor is not None and self._share() > _LITTLE

    def _share(self) -> float:
        """The floor relative to the spread of ``y``: an offset makes no noise small."""
        spread = float(np.std(self.benches[0].acceptance.wide[1]))
        return np.inf if self.floor is None else self.floor / spread

    def ends_with(self, loss: float, idle: int) -> bool:
        """Whether a law of this `loss`, chosen over `idle` later ones, may be the last."""
        patience = _PATIENCE if self.benches[0].d else 2
        return self._exact_sought and idle >= patience and self.reaches(loss)

    def may_end(self) -> None:
        """Laws without noise were looked for: a law at the floor may be the last."""
        self._exact_sought = True

    def reaches(self, loss: float) -> bool:
        """Whether a law of this `loss` leaves nothing but noise."""
        return self.floor is not None and loss <= _AT_FLOOR * self.floor**2

    def forward(self) -> Iterator[Candidates]:
        """What fits much noise itself: there the readings may be wrong, and inverses fail."""
        if self.floor is not None and self._share() <= _CLEAR:
            return
        if self.floor is not None:
            yield from itertools.islice(self.scans(self.benches[0]), _ROWS_ALONE)
            yield self.benches[0].composed(12)
        yield max(self.benches, key=lambda a: a.d).composed(12)

    def proposed(self, parts: Sequence[Node]) -> Iterator[Candidates]:
        """Scans of the whole table for rows that grow from parts of laws."""
        at = {j: i for i, j in enumerate(self._columns)}
        own = [map_columns(n, at) for n in parts if at.keys() >= set(columns(n))]
        bench = NoisyBench(self._acceptance, self._whole, own)
        root, *near = bench.weighted_views()
        yield bench.scan(root, _KINDS, 0, 12)
        yield bench.composed(12)
        for view in near[:8]:
            yield bench.scan(view, _KINDS, 0, 6)
        yield bench.scan(root, _KINDS, 1000, 12)
        yield bench.loosened(8)

    def scans(self, bench: NoisyBench) -> Iterator[Candidates]:
        """All scans of one reading."""
        yield bench.simplest()
        if not bench.d:
            return
        root, *near = bench.weighted_views()
        yield bench.scan(root, _KINDS, 0, 12)
        yield bench.rationals(root)
        for view in near[:8]:
            yield bench.scan(view, _KINDS, 0, 6)
        yield bench.loosened(8)
        yield bench.composed(12)
        yield bench.scan(root, _KINDS, 2500, 12)
        yield bench.scan(root, ("curved",), 0, 6)
        yield bench.loosened(8)
        for view in near[:6]:
            yield bench.scan(view, ("power", "affine"), 2000, 6)
        yield bench.loosened(16)


def _few(least: Reading, others: list[Reading]) -> list[Reading]:
    """A second reading with as few columns, one with more, and the whole table."""
    out = [r for r in others if len(r.nodes) == len(least.nodes)][:1]
    out += [r for r in others if len(r.nodes) > len(least.nodes)][:1]
    whole = max(others, key=lambda r: len(r.nodes), default=least)
    return out if whole in (least, *out) else [*out, whole]
