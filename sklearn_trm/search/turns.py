"""Who goes when: stages of several sources, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Stage(Iterator[T]):
    """Candidates of one task on one bench, which may be left at any of them.

    Examples
    --------
    >>> [*Stage("main", "pair near", iter("ab"))]
    ['a', 'b']
    """

    bench: str
    task: str
    candidates: Iterator[T]

    def __iter__(self) -> Iterator[T]:
        return self.candidates

    def __next__(self) -> T:
        return next(self.candidates)


def quietly(source: Iterator[T]) -> Iterator[T]:
    """The same, without NumPy's warnings from inside: a candidate may overflow as it likes.

    What it gives is looked at instead. Between two items the caller's own settings hold.

    Examples
    --------
    >>> numbers = (np.float64(1.0) / np.float64(k) for k in (2, 0))
    >>> [float(x) for x in quietly(numbers)]
    [0.5, inf]
    """
    done = object()
    while True:
        with np.errstate(all="ignore"):
            item = next(source, done)
        if item is done:
            return
        yield item  # type: ignore[misc]


def rarer_in_turn(sources: Sequence[Iterator[T]]) -> Iterator[T]:
    """Stages of each source in turn, each source half as often as the one before.

    Examples
    --------
    >>> "".join(rarer_in_turn([iter("abcd"), iter("xyz")]))
    'abxcdyz'
    """
    left = dict(enumerate(sources))
    turn = 0
    while left:
        turn += 1
        for place in list(left):
            if turn % 2**place == 0:
                for stage in left[place]:
                    yield stage
                    break
                else:
                    del left[place]
