"""What was met lately: a set that forgets the oldest, so that long fits do not grow."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

_T = TypeVar("_T", bound=Hashable)

LAWS = 30_000  # laws that a fit remembers: a forgotten one is only looked at again


class Recent(Generic[_T]):
    """A set of at most `size` things; beyond, what was not met for the longest time goes.

    Parameters
    ----------
    size : int

    Examples
    --------
    >>> recent = Recent(2)
    >>> [recent.add(letter) for letter in "abacb"]
    [True, True, False, True, True]
    >>> "a" in recent, len(recent)
    (False, 2)
    """

    def __init__(self, size: int = LAWS) -> None:
        self._size = size
        self._things: dict[_T, None] = {}  # the latest last

    def __contains__(self, thing: object) -> bool:
        return thing in self._things

    def __len__(self) -> int:
        return len(self._things)

    def add(self, thing: _T) -> bool:
        """Remember a thing; whether it is new."""
        new = thing not in self._things
        if not new:
            del self._things[thing]
        elif len(self._things) >= self._size:
            del self._things[next(iter(self._things))]
        self._things[thing] = None
        return new

    def update(self, things: Iterable[_T]) -> None:
        """Remember several."""
        for thing in things:
            self.add(thing)
