"""The Pareto front of laws over complexity and loss."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..expressions.text import to_text
from ..expressions.tree import Node, complexity
from ..rules.rules import FREE

_LEAST_LOSS = 1e-300  # logarithms of exact fits stay finite


@dataclass(frozen=True, slots=True)
class FrontEntry:
    """One law on the front.

    Attributes
    ----------
    complexity : int
    loss : float
        (Weighted) mean squared error.
    score : float
        ``-d log(loss) / d complexity`` to the next simpler law, 0 for the simplest:
        the score that PySR reports.
    node : Node
    equation : str
        The law as a text, which is made when it is read.
    """

    complexity: int
    loss: float
    score: float
    node: Node

    @property
    def equation(self) -> str:
        return to_text(self.node)

    def __setstate__(self, state: list[Any]) -> None:
        # earlier pickles hold the text before the law
        for name, value in zip(self.__slots__, [*state[:3], state[-1]], strict=True):
            object.__setattr__(self, name, value)


class Front:
    """Laws of which no other is both simpler and better.

    Parameters
    ----------
    measure : callable, optional
        Complexity of a tree; the sum of the op table's costs when omitted.
    write : callable, optional
        The writing in which a law is kept, None where it may not be kept at all; its shortest
        one when omitted.
    max_size : int
        Laws kept at most; beyond, the most complex one goes.
    max_complexity : int, optional
        More complex laws are not taken.

    Attributes
    ----------
    n_tried : int
        Laws offered so far; the choice under noise needs it.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> front = Front()
    >>> front.add(parse("x0"), 2.0), front.add(parse("2*x0"), 1.0), front.add(parse("3 - x0"), 1.5)
    (True, True, False)
    >>> [row.equation for row in front.rows()]
    ['x0', '2*x0']
    """

    def __init__(
        self,
        measure: Callable[[Node], int] = complexity,
        write: Callable[[Node], Node | None] = FREE.written,
        max_size: int = 100,
        max_complexity: int | None = None,
    ) -> None:
        self._measure, self._write = measure, write
        self._max_size = max_size
        self._max_complexity = max_complexity
        self._complexities: list[int] = []  # ascending; losses then strictly descend
        self._entries: list[tuple[float, Node]] = []
        self.n_tried = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[FrontEntry]:
        return iter(self.rows())

    def would_take(self, complexity: int, loss: float) -> bool:
        """Whether a law of this complexity and loss would be on the front."""
        if not math.isfinite(loss):
            return False
        if self._max_complexity is not None and complexity > self._max_complexity:
            return False
        i = bisect.bisect_right(self._complexities, complexity)
        return i == 0 or loss < self._entries[i - 1][0]

    def add(self, node: Node, loss: float) -> bool:
        """Offer a law; returns whether it is on the front now.

        The law is kept in canonical form unless it came in a shorter one. At equal
        complexity and loss the earlier law stays.
        """
        self.n_tried += 1
        loss = float(loss)
        if not math.isfinite(loss):
            return False
        law = self._write(node)
        if law is None:
            return False
        size = self._measure(law)
        if not self.would_take(size, loss):
            return False
        i = bisect.bisect_left(self._complexities, size)
        j = i
        while j < len(self._entries) and self._entries[j][0] >= loss:
            j += 1
        self._complexities[i:j] = [size]
        self._entries[i:j] = [(loss, law)]
        if len(self._entries) > self._max_size:
            del self._complexities[-1], self._entries[-1]
            return i < len(self._entries)
        return True

    def rows(self) -> list[FrontEntry]:
        """The front, simplest law first."""
        out: list[FrontEntry] = []
        before: tuple[int, float] | None = None
        for size, (loss, node) in zip(self._complexities, self._entries, strict=True):
            log_loss = math.log(max(loss, _LEAST_LOSS))
            score = 0.0 if before is None else (before[1] - log_loss) / (size - before[0])
            out.append(FrontEntry(size, loss, score, node))
            before = (size, log_loss)
        return out
