"""The archive of laws: those that no other beats in size and loss, or in plausibility and loss."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
        the score that PySR reports. nan for laws that are kept for their prior alone.
    node : Node
    prior : float
        Nats before any data.
    equation : str
        The law as a text, which is made when it is read.
    """

    complexity: int
    loss: float
    score: float
    node: Node
    prior: float = math.nan

    @property
    def equation(self) -> str:
        return to_text(self.node)

    def __setstate__(self, state: list[Any]) -> None:
        # earlier pickles have no prior, and still earlier ones hold the text before the law
        at = next(i for i, value in enumerate(state) if isinstance(value, Node))
        values = [*state[:3], state[at], *state[at + 1 :]]
        values += [FREE.prior(state[at])] if len(values) == 4 else []
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)


@dataclass(eq=False, slots=True)
class _Kept:
    """A law with what it is kept for."""

    size: int
    prior: float
    loss: float
    node: Node


@dataclass
class _Stair:
    """Laws of which none is as low in a measure and in loss as another."""

    keys: list[float] = field(default_factory=list)  # ascending; losses then strictly descend
    laws: list[_Kept] = field(default_factory=list)

    def would_take(self, key: float, loss: float) -> bool:
        i = bisect.bisect_right(self.keys, key)
        return i == 0 or loss < self.laws[i - 1].loss

    def add(self, key: float, law: _Kept, most: int) -> None:
        i = j = bisect.bisect_left(self.keys, key)
        while j < len(self.laws) and self.laws[j].loss >= law.loss:
            j += 1
        self.keys[i:j], self.laws[i:j] = [key], [law]
        del self.keys[most:], self.laws[most:]


class Front:
    """Laws that no other beats in complexity and loss, or none in prior and loss.

    What isn't kept cannot be chosen: a short look-alike may fit better than a law that is longer
    and far more plausible.

    Parameters
    ----------
    measure : callable, optional
        Complexity of a tree; the sum of the op table's costs when omitted.
    write : callable, optional
        The writing in which a law is kept, None where it may not be kept at all; its shortest
        one when omitted.
    prior : callable, optional
        Nats of a law before any data; those of `sklearn_trm.rules.prior` when omitted.
    max_size : int
        Laws kept at most in each of the two orders; beyond, the most complex (the least
        plausible) one goes.
    max_complexity : int, optional
        More complex laws are not taken.

    Attributes
    ----------
    n_tried : int
        Laws offered so far.
    changes : int
        How often a law was taken.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> front = Front()
    >>> front.add(parse("x0"), 2.0), front.add(parse("2*x0"), 1.0), front.add(parse("3 - x0"), 1.5)
    (True, True, False)
    >>> front.add(parse("tanh(sin(x0))"), 0.5), front.add(parse("5*exp(-3*x0) + 2"), 0.6)
    (True, True)
    >>> [row.equation for row in front.rows()]
    ['x0', '2*x0', 'tanh(sin(x0))', '5*exp(-3*x0) + 2']
    """

    def __init__(
        self,
        measure: Callable[[Node], int] = complexity,
        write: Callable[[Node], Node | None] = FREE.written,
        prior: Callable[[Node], float] = FREE.prior,
        max_size: int = 100,
        max_complexity: int | None = None,
    ) -> None:
        self._measure, self._write, self._prior = measure, write, prior
        self._max_size = max_size
        self._max_complexity = max_complexity
        self._short, self._plausible = _Stair(), _Stair()
        self.n_tried = self.changes = 0

    def __len__(self) -> int:
        return len(self._laws())

    def __iter__(self) -> Iterator[FrontEntry]:
        return iter(self.rows())

    def _laws(self) -> list[_Kept]:
        both = {id(law): law for law in (*self._short.laws, *self._plausible.laws)}
        return list(both.values())

    def add(self, node: Node, loss: float, prior: float = math.inf) -> bool:
        """Offer a law; returns whether it is on the front now.

        The law is kept in canonical form unless it came in a shorter one. At equal
        complexity and loss the earlier law stays. `prior` is that of another writing of it: the
        cheapest counts.
        """
        self.n_tried += 1
        loss = float(loss)
        if not math.isfinite(loss):
            return False
        law = self._write(node)
        if law is None:
            return False
        size = self._measure(law)
        if self._max_complexity is not None and size > self._max_complexity:
            return False
        nats = min(self._prior(law), prior)
        if not nats < math.inf:
            return False
        kept, short, plausible = _Kept(size, nats, loss, law), self._short, self._plausible
        takes = short.would_take(size, loss), plausible.would_take(nats, loss)
        if takes[0]:
            short.add(size, kept, self._max_size)
        if takes[1]:
            plausible.add(nats, kept, self._max_size)
        if not any(takes):
            return False
        self.changes += 1
        return any(law is kept for law in (*short.laws, *plausible.laws))

    def most_accurate(self) -> FrontEntry:
        """The law of the smallest loss.

        Raises
        ------
        IndexError
            If there is no law.
        """
        law = self._short.laws[-1]
        return FrontEntry(law.size, law.loss, math.nan, law.node, law.prior)

    def rows(self) -> list[FrontEntry]:
        """The front, simplest law first; of equally simple ones the most accurate last."""
        scores: dict[int, float] = {}
        before: tuple[int, float] | None = None
        for law in self._short.laws:
            log_loss = math.log(max(law.loss, _LEAST_LOSS))
            steep = 0.0 if before is None else (before[1] - log_loss) / (law.size - before[0])
            scores[id(law)] = steep
            before = (law.size, log_loss)
        return [
            FrontEntry(law.size, law.loss, scores.get(id(law), math.nan), law.node, law.prior)
            for law in sorted(self._laws(), key=lambda law: (law.size, -law.loss))
        ]
