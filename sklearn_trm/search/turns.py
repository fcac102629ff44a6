"""Who goes when: stages of several sources, one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_turn(sources: Sequence[Iterator[T]]) -> Iterator[T]:
    """One stage of each source in turn until all are exhausted.

    Examples
    --------
    >>> "".join(in_turn([iter("abc"), iter("x"), iter("12")]))
    'ax1b2c'
    """
    queue = deque(sources)
    while queue:
        source = queue.popleft()
        for stage in source:
            yield stage
            queue.append(source)
            break


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
