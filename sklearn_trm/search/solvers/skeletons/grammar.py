"""All skeletons of a set of operators, in the order of their prior.

Grown window by window: what costs up to one nat more is put together from cheaper ones. A
skeleton is left out if its values at the same constants, up to scale and level, were there
before, if one of its constants moves nothing that the others, scale and level do not, or if its
factors and terms say that it is another's curves (`parts`).
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence

import numpy as np

from . import programs as P
from .forms import NONE, forms
from .joining import measured, signature
from .parts import Parts, joined, whole

Array = np.ndarray

_PROBES = 24  # values of the column at which skeletons are compared
_SAME = 1e-9  # of two signatures
_MOST = 300_000  # skeletons of an operator set
WINDOW = 1.0  # nats; no operation costs less


class Catalogue:
    """Skeletons of a set of operators, grown as far as they are asked for.

    Parameters
    ----------
    unary, binary : sequence of str
        Allowed operators.
    positive : bool
        Whether the column is positive: there ``abs(x)`` is none, for example.

    Attributes
    ----------
    nats : ndarray
        Prior of each, cheapest first.
    codes, lengths, counts : ndarray
        Programs, their lengths and numbers of constants.
    reached : float
        Nats up to which all are there.

    Examples
    --------
    >>> some = Catalogue(["exp"], ["add", "mul"], positive=True)
    >>> while some.reached < 10:
    ...     _ = some.grow()
    >>> from sklearn_trm.expressions.tree import var
    >>> print(*[some.expression(i, var(0), np.ones(3)) for i in range(5)], sep=", ")
    x0, x0**2, exp(x0), x0**3, exp(x0**2)
    """

    def __init__(self, unary: Sequence[str], binary: Sequence[str], positive: bool) -> None:
        self._one, self._two = forms(unary, binary)
        self._forms = [*self._one, *self._two]
        wide = max((len(f.chain) for f in self._one), default=1) + 3
        self._ops = np.full((len(self._forms), wide), NONE, dtype=np.int64)
        for row, f in zip(self._ops, self._forms, strict=True):
            row[:3] = *f.before, f.join
            row[3 : 3 + len(f.chain)] = f.chain
        self._functions = np.array([f.is_function for f in self._forms], dtype=bool)
        rng = np.random.default_rng(0)
        self._x = rng.uniform(0.3, 2.7, _PROBES)
        if not positive:
            self._x[::3] *= -1.0
        self._u = np.array([0.61, 0.2, 0.37, 0.7, 0.83, 0.45])
        self._probe = rng.standard_normal((2, _PROBES))
        self._seen: set[tuple[int, int]] = set()
        self._parts: list[Parts] = [whole(0)]
        self._lock = threading.Lock()
        self.codes = np.zeros((1, P.LENGTH, 4), dtype=np.int64)
        self.codes[0, 0, 0] = P.COLUMN
        self.lengths, self.counts = np.ones(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        self.nats, self._inside = np.zeros(1), np.zeros(1, dtype=np.int64)
        self.reached = 0.0
        self._note(*signature(self.codes[0], self._x, self._u, self._probe))

    def __len__(self) -> int:
        return len(self.nats)

    def reach(self, count: int) -> bool:
        """Grow until there are more than `count`; False where there are no more."""
        with self._lock:
            while len(self.nats) <= count:
                if not self._forms or self.reached > 60.0 or len(self.nats) >= _MOST:
                    return False
                self._window(self.reached, self.reached + WINDOW)
                self.reached += WINDOW
            return True

    def _window(self, low: float, high: float) -> None:
        """All that cost more than `low` and up to `high` nats."""
        rows, price = self._candidates(low, high)
        order = np.argsort(price, kind="stable")
        rows, price = rows[order], price[order]
        codes, out = np.zeros((len(rows), P.LENGTH, 4), dtype=np.int64), np.zeros((len(rows), 4))
        measured(rows, self._ops, self.codes, self.lengths, self.counts, self._x, self._u,
                 self._probe, codes, out)  # fmt: skip
        kept = [i for i in np.flatnonzero(out[:, 0]) if self._is_new(rows[i], out[i])]
        f, a, b = rows[kept].reshape(-1, 3).T
        inside = self._inside[a] + np.where(b >= 0, self._inside[b], 0) + self._functions[f]
        self.codes = np.concatenate([self.codes, codes[kept]])
        self.lengths = np.concatenate([self.lengths, out[kept, 0].astype(np.int64)])
        self.counts = np.concatenate([self.counts, out[kept, 1].astype(np.int64)])
        self.nats = np.concatenate([self.nats, price[kept]])
        self._inside = np.concatenate([self._inside, inside])

    def _is_new(self, row: Array, found: Array) -> bool:
        """Whether a candidate is none of those before; it is noted."""
        a, b = round(found[2] / _SAME), round(found[3] / _SAME)
        if (a, b) in self._seen:
            return False
        f, first, second = (int(v) for v in row)
        two = None if second < 0 else self._parts[second]
        parts = joined(self._forms[f], len(self._parts), first, self._parts[first], second, two)
        if parts is None and found[1]:
            return False
        self._note(found[2], found[3])
        self._parts.append(whole(len(self._parts)) if parts is None else parts)
        return True

    def _note(self, *marks: float) -> None:
        a, b = (round(mark / _SAME) for mark in marks)
        # rounding may fall to either side
        self._seen.update((a + s, b + t) for s in (-1, 0, 1) for t in (-1, 0, 1))

    def _candidates(self, low: float, high: float) -> tuple[Array, Array]:
        """(form, first, second) of what costs more than `low` and up to `high` nats."""
        rows, prices = [np.empty((0, 3), dtype=np.int64)], [np.empty(0)]
        for f, form in enumerate(self._one):
            price = self.nats + form.nats + form.deeper * self._inside
            fits = (low < price) & (price <= high)
            at = np.flatnonzero(fits & (self.counts + form.constants <= P.CONSTANTS))
            rows.append(np.column_stack([np.full(len(at), f), at, np.full(len(at), NONE)]))
            prices.append(price[at])
        for f, form in enumerate(self._two, len(self._one)):
            begin = np.searchsorted(self.nats, low - form.nats - self.nats, side="right")
            end = np.searchsorted(self.nats, high - form.nats - self.nats, side="right")
            count = np.maximum(end - begin, 0)
            first = np.repeat(np.arange(len(self.nats)), count)
            skipped = np.repeat(np.cumsum(count) - count, count)
            second = np.repeat(begin, count) + np.arange(count.sum()) - skipped
            few = self.counts[first] + self.counts[second] + form.constants <= P.CONSTANTS
            few &= (first <= second) | form.is_ordered
            first, second = first[few], second[few]
            rows.append(np.column_stack([np.full(len(first), f), first, second]))
            prices.append(self.nats[first] + self.nats[second] + form.nats)
        return np.concatenate(rows), np.concatenate(prices)


@functools.lru_cache(maxsize=8)
def catalogue(unary: tuple[str, ...], binary: tuple[str, ...], positive: bool) -> Catalogue:
    """The skeletons of these operators, kept as long as the process."""
    return Catalogue(unary, binary, positive)
