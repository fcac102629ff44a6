"""All skeletons of one column or a few, in the order of their prior.

Grown window by window: what costs up to one nat more is put together from cheaper ones. A
skeleton is left out if its values at the same constants, up to scale and level, were there
before, if one of its constants moves nothing that the others, scale and level do not, or if its
factors and terms say that it is another's curves (`parts`).

Sums whose weights are projected out come `EARLIER` than their prior says: two curves, one on top
of the other, are no rarer than a function of a function, and their weights cost no search.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from ....expressions.tree import Node
from ....rules.prior import NATS_UNSCALED, nats_of
from . import programs as P
from .forms import LEAST, NONE, Form, forms
from .joining import put_together
from .parts import Parts, joined, whole
from .values import MOST, Values, signatures

Array = np.ndarray

WINDOW = LEAST  # nats; no operation costs less
EARLIER = 7.0  # nats
_PROBES = 24  # values of the column at which skeletons are compared
_SAME = 1e-9  # of two signatures
_AROUND = np.array([(0, 0), *((s, t) for s in (-1, 0, 1) for t in (-1, 0, 1) if s or t)])
_AROUND = _AROUND.T.astype(np.uint64)[:, None]  # modulo 2**64
_ODD = np.uint64(0x9E3779B97F4A7C15)
_POWERS = P.INV, P.SQUARE, P.CUBE, P.SQRT, P.POWER
_MOST, _LAST = 100_000, 50.0  # skeletons of an operator set, and nats
_POINT = (0.61, 0.2, 0.37, 0.7, 0.83, 0.45, 0.27, 0.55)  # where their constants are then


def _keys(marks: Array) -> Array:
    """Whole numbers (B, 9) of signatures, equal up to rounding: a pair's own first, then those of
    its neighbours, for rounding may fall to either side."""
    p, q = np.rint(marks.T / _SAME).astype(np.int64).astype(np.uint64)[:, :, None]
    return (p + _AROUND[0]) * _ODD + (q + _AROUND[1])


class Programs:
    """Programs with their lengths, numbers of constants and nats, as arrays that grow.

    Those that are `factors` are logarithms of what may stand in a product, priced without it.
    """

    def __init__(self) -> None:
        self.codes = np.zeros((0, P.LENGTH, 4), dtype=np.int8)
        self.lengths = self.counts = np.zeros(0, dtype=np.int64)
        self.nats = np.zeros(0)
        self.factors = np.zeros(0, dtype=bool)

    def __len__(self) -> int:
        return len(self.nats)

    def append(
        self, codes: Array, lengths: Array, counts: Array, nats: Array,
        factors: Array | None = None,
    ) -> None:  # fmt: skip
        some = np.zeros(len(nats), dtype=bool) if factors is None else factors
        self.factors = np.concatenate([self.factors, some])
        self.codes = np.concatenate([self.codes, codes])
        self.lengths = np.concatenate([self.lengths, lengths])
        self.counts = np.concatenate([self.counts, counts])
        self.nats = np.concatenate([self.nats, nats])

    def expression(self, number: int, columns: Sequence[Node], c: Array) -> Node:
        """The tree of a program, `columns` for those of the table."""
        return P.expression(self.codes[number], int(self.lengths[number]) - 1, columns, c)

    def used(self, numbers: Array) -> Array:
        """The columns that programs hold: bit j for column j."""
        codes = self.codes[numbers]
        return np.bitwise_or.reduce(
            np.where(codes[:, :, 0] == P.COLUMN, 1 << codes[:, :, 1].astype(np.int64), 0), axis=1
        )


class Catalogue:
    """Skeletons of a set of operators, grown as far as they are asked for.

    Parameters
    ----------
    unary, binary : sequence of str
        Allowed operators.
    positive : sequence of bool
        For each column whether it is positive: there ``abs(x)`` is none, for example.
    shift : mapping, optional
        Nats by operator that a user adds to the prior.

    Attributes
    ----------
    all : Programs
        The skeletons, in the order in which they are to be tried.
    reached : float
        Nats up to which all are there.

    Examples
    --------
    >>> some = Catalogue(["exp"], ["add", "mul"], positive=[True])
    >>> some.reach(5)
    True
    >>> from sklearn_trm.expressions.tree import var
    >>> print(*[some.all.expression(i, [var(0)], np.full(3, 0.5)) for i in range(5)], sep=", ")
    x0, x0**2, x0**3, (x0**2)**2, (x0 + 0.5)**2
    """

    def __init__(
        self, unary: Sequence[str], binary: Sequence[str], positive: Sequence[bool],
        shift: Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        self._one, self._two = forms(unary, binary, shift)
        self._log = nats_of("log", shift or {})
        self._forms = [*self._one, *self._two]
        wide = max((len(f.chain) for f in self._one), default=1) + 3
        self._ops = np.full((len(self._forms), wide), NONE, dtype=np.int64)
        for row, f in zip(self._ops, self._forms, strict=True):
            row[:3] = *f.before, f.join
            row[3 : 3 + len(f.chain)] = f.chain
        self._constants = [f.constants for f in self._forms]
        self._functions = np.array([f.is_function for f in self._forms], dtype=bool)
        rng = np.random.default_rng(0)
        d = len(positive)
        self._several = d > 1
        x = rng.uniform(0.3, 2.7, (d, _PROBES))
        for column, sign in zip(x, positive, strict=True):
            if not sign:
                column[::3] *= -1.0
        self._values, self._point = Values(x), np.array(_POINT)
        self._pending = np.empty((0, 3), dtype=np.int64)  # skeletons whose values nobody asked for
        self._probe = rng.standard_normal((2, _PROBES))
        self._seen, self._sums, self._products = set[int](), set[int](), set[int]()
        self._lock = threading.Lock()
        self._parts: list[Parts] = [whole(j) for j in range(d)]
        # of skeletons: functions inside, the degree in the columns, whether that is a constant
        self._inside, self._degrees = np.zeros(d, dtype=np.int64), np.ones(d)
        self._open_degree = np.zeros(d, dtype=bool)
        self._own = np.zeros(d, dtype=bool)  # whether it is no product, power or exponential
        self._known, self.all, self.reached = Programs(), Programs(), 0.0
        leaves = np.zeros((d, P.LENGTH, 4), dtype=np.int8)
        leaves[:, 0, 0], leaves[:, 0, 1] = P.COLUMN, np.arange(d)
        one = np.ones(d, dtype=np.int64)
        for programs in (self._known, self.all):
            programs.append(leaves, one, 0 * one, np.zeros(d))
        marks, _ = signatures(self._values.of(np.arange(d), 0 * one), self._probe)
        self._seen.update(_keys(marks)[:, 0].tolist())

    @np.errstate(all="ignore")
    def reach(self, count: int) -> bool:
        """Grow until there are more than `count`; False where there are no more."""
        with self._lock:
            while len(self.all) <= count:
                if self.reached >= _LAST or len(self.all) >= _MOST:
                    return False
                self._window(self.reached, self.reached + WINDOW)
                self.reached += WINDOW
            return True

    def _window(self, low: float, high: float) -> None:
        """All that cost more than `low` and up to `high` nats."""
        rows, price = self._candidates(low, high)
        kept = [i for i, keys in self._measured(rows) if self._is_new(rows[i], keys)]
        f, a, b = rows[kept].T
        inside = self._inside[a] + np.where(b >= 0, self._inside[b], 0) + self._functions[f]
        new = *self._programs(rows[kept]), price[kept]
        self._inside = np.concatenate([self._inside, inside])
        self._degrees = np.concatenate([self._degrees, self._degrees_of(f, a, b)])
        free = [any(kind == "" for kind, _ in p.free) for p in self._parts[-len(kept) :]]
        self._open_degree = np.concatenate([self._open_degree, free if kept else []]).astype(bool)
        own = [
            p.factors == {("", i)} for i, p in enumerate(self._parts[-len(kept) :], len(self._own))
        ]
        self._own = np.concatenate([self._own, own if kept else []]).astype(bool)
        self._pending = rows[kept]
        self._known.append(*new)
        sums = self._sums_of(low, high)
        whole_ones = new[0][np.arange(len(kept)), new[1] - 1, 0] != P.WEIGHTED
        first = tuple(part[whole_ones] for part in new)
        some = [first, sums[:4]]
        keys = [some[0][3], sums[3] - EARLIER]
        if self._several:
            for factors, early in self._factors_of(low, high, sums):
                some.append(factors)
                keys.append(factors[3] - early)
        order = np.argsort(np.concatenate(keys), kind="stable")
        is_factor = np.repeat(np.arange(len(some)) > 1, [len(key) for key in keys])
        codes, lengths, counts, nats = (
            np.concatenate([part[k] for part in some])[order] for k in range(4)
        )
        self.all.append(codes, lengths, counts, nats, is_factor[order])

    def _sums_of(self, low: float, high: float) -> tuple[Array, Array, Array, Array, Values]:
        """Sums of two or three skeletons that are to come with those of so many nats."""
        number = next((i for i, f in enumerate(self._forms) if f.join == P.WEIGHTED), None)
        rows, price = np.empty((0, 3), dtype=np.int64), np.empty(0)
        if number is not None:
            form = self._forms[number]
            first, second = self._pairs(form, low - form.nats + EARLIER, high - form.nats + EARLIER,
                                        P.CONSTANTS + 1)  # fmt: skip
            rows = np.column_stack([np.full(len(first), number), first, second])
            price = self._known.nats[first] + self._known.nats[second] + form.nats
        kept = []
        for i, keys in self._measured(rows):
            _, a, b = rows[i]
            parts = joined(form, 0, 1, a, self._parts[a], b, self._parts[b])
            if parts and self._seen.isdisjoint(keys) and self._sums.isdisjoint(keys):
                self._sums.add(keys[0])
                kept.append(i)
        values = Values(np.empty((0, _PROBES)))
        if kept and self._several:
            a, b = rows[kept, 1:].T
            values.hold(self._values.made(form, a, b, 0 * a, self._point))
        return *self._programs(rows[kept]), price[kept], values

    def _factors_of(
        self, low: float, high: float, sums: tuple[Array, Array, Array, Array, Values]
    ) -> Iterator[tuple[tuple[Array, Array, Array, Array], float]]:
        """Logarithms of skeletons, of those with a shift, and of sums that come `EARLIER`.

        In the logarithm of a target, where powers of the columns are projected out, they are laws
        ``monomial * skeleton**p``; so no logarithm is paid for, and none of a product is needed.
        """
        logs = [(f, form) for f, form in enumerate(self._one) if form.chain[-1] == P.LOG]
        known, later = self._known, Programs()
        last = known.codes[np.arange(len(known)), known.lengths - 1, 0]
        rows, prices = [np.empty((0, 3), dtype=np.int64)], [np.empty(0)]
        for f, form in logs:
            price = known.nats + form.nats - self._log
            fits = (low < price) & (price <= high) & (last != P.WEIGHTED)
            if len(form.chain) == 1:
                fits &= self._own & ~np.isin(last, _POWERS)
            at = np.flatnonzero(fits)
            rows.append(np.column_stack([np.full(len(at), f), at, np.full(len(at), NONE)]))
            prices.append(price[at])
        yield self._new_products(np.concatenate(rows), np.concatenate(prices)), 0.0
        later.append(*sums[:4])
        plain = next((f for f, form in logs if len(form.chain) == 1), None)
        if plain is not None:
            at = np.arange(len(later))
            row = np.column_stack([np.full(len(at), plain), at, np.full(len(at), NONE)])
            yield self._new_products(row, later.nats, later, sums[4]), EARLIER

    def _new_products(
        self, rows: Array, price: Array, of: Programs | None = None, values: Values | None = None
    ) -> tuple[Array, Array, Array, Array]:
        kept = []
        for i, keys in self._measured(rows, of, values):
            if self._products.isdisjoint(keys):
                self._products.add(keys[0])
                kept.append(i)
        return *self._programs(rows[kept], of), price[kept]

    def _measured(
        self, rows: Array, of: Programs | None = None, values: Values | None = None
    ) -> Iterator[tuple[int, list[int]]]:
        """Those of candidates (form, first, second) that are skeletons, with their keys."""
        known = self._known if of is None else of
        values = self._every_value() if values is None else values
        length = known.lengths[rows[:, 1]] + self._second(known, known.lengths, rows)
        short = np.flatnonzero(length + self._ops.shape[1] <= P.LENGTH)
        numbers, marks = [np.empty(0, dtype=np.int64)], [np.empty((0, 2))]
        for some, curves in values.of_many(self._forms, rows[short], self._point):
            own, good = signatures(curves, self._probe)
            numbers.append(short[some[good]])
            marks.append(own[good])
        kept = np.concatenate(numbers)
        order = np.argsort(kept)
        yield from zip(
            kept[order].tolist(), _keys(np.concatenate(marks)[order]).tolist(), strict=True
        )

    def _every_value(self) -> Values:
        """Those of all known skeletons, also of the newest."""
        self._values.append(self._forms, self._pending, MOST, self._point)
        self._pending = self._pending[:0]
        return self._values

    def _programs(self, rows: Array, of: Programs | None = None) -> tuple[Array, Array, Array]:
        """Codes, lengths and numbers of constants of what candidates make."""
        known = self._known if of is None else of
        f, a, b = rows.T
        first = known.codes[a], known.lengths[a], known.counts[a]
        second = (known.codes[b], self._second(known, known.lengths, rows),
                  self._second(known, known.counts, rows))  # fmt: skip
        return put_together(first, second, self._ops[f])

    def _second(self, known: Programs, numbers: Array, rows: Array) -> Array:
        return np.where(rows[:, 2] != NONE, numbers[rows[:, 2]], 0)

    def _is_new(self, row: Array, keys: list[int]) -> bool:
        """Whether a candidate is none of those before; it is noted."""
        if not self._seen.isdisjoint(keys):
            return False
        f, first, second = (int(v) for v in row)
        constants = self._constants[f] + int(self._known.counts[first])
        constants += 0 if second == NONE else int(self._known.counts[second])
        two = None if second < 0 else self._parts[second]
        parts = joined(self._forms[f], len(self._parts), constants, first, self._parts[first],
                       second, two)  # fmt: skip
        if parts is None and constants:
            return False
        self._seen.add(keys[0])
        self._parts.append(whole(len(self._parts)) if parts is None else parts)
        return True

    def _degrees_of(self, f: Array, a: Array, b: Array) -> Array:
        out = np.empty(len(f))
        for number, form in enumerate(self._forms):
            at = np.flatnonzero(f == number)
            second = None if form.join == NONE else self._degrees[b[at]]
            out[at] = form.degrees(self._degrees[a[at]], second)[0]
            if P.POWER in form.chain:  # no two exponents are equal
                out[at] *= 1.0 + 1e-7 * (len(self._degrees) + at)
        return out

    def _candidates(self, low: float, high: float) -> tuple[Array, Array]:
        """(form, first, second) of what costs more than `low` and up to `high` nats, by price."""
        known = self._known
        rows, prices = [np.empty((0, 3), dtype=np.int64)], [np.empty(0)]
        for f, form in enumerate(self._one):
            missing = form.degrees(self._degrees)[1]
            price = known.nats + form.nats + form.deeper * self._inside + NATS_UNSCALED * missing
            fits = (low < price) & (price <= high)
            at = np.flatnonzero(fits & (known.counts + form.constants <= P.CONSTANTS))
            rows.append(np.column_stack([np.full(len(at), f), at, np.full(len(at), NONE)]))
            prices.append(price[at])
        for f, form in enumerate(self._two, len(self._one)):
            for unscaled in (0, 1) if form.join in (P.ADD, P.SUB) else (0,):
                more = form.nats + NATS_UNSCALED * unscaled
                first, second = self._pairs(form, low - more, high - more, P.CONSTANTS)
                missing = form.degrees(self._degrees[first], self._degrees[second])[1] > 0
                if form.join in (P.ADD, P.SUB):  # twice one curve, with two exponents
                    missing |= (first == second) & self._open_degree[first]
                first, second = first[missing == unscaled], second[missing == unscaled]
                rows.append(np.column_stack([np.full(len(first), f), first, second]))
                prices.append(known.nats[first] + known.nats[second] + more)
        row, price = np.concatenate(rows), np.concatenate(prices)
        order = np.argsort(price, kind="stable")
        return row[order], price[order]

    def _pairs(self, form: Form, low: float, high: float, most: int) -> tuple[Array, Array]:
        """Operands of a form that together cost more than `low` and up to `high` nats."""
        nats, counts = self._known.nats, self._known.counts
        begin = np.searchsorted(nats, low - nats, side="right")
        end = np.searchsorted(nats, high - nats, side="right")
        count = np.maximum(end - begin, 0)
        first = np.repeat(np.arange(len(nats)), count)
        skipped = np.repeat(np.cumsum(count) - count, count)
        second = np.repeat(begin, count) + np.arange(count.sum()) - skipped
        few = counts[first] + counts[second] + form.constants <= most
        few &= (first <= second) | form.is_ordered
        return first[few], second[few]


@functools.lru_cache(maxsize=8)
def _kept(
    unary: tuple[str, ...], binary: tuple[str, ...], positive: tuple[bool, ...],
    shift: tuple[tuple[str, float], ...],
) -> Catalogue:  # fmt: skip
    return Catalogue(unary, binary, positive, dict(shift))


def catalogue(
    unary: Sequence[str], binary: Sequence[str], X: Iterable[Array], shift: Mapping[str, float]
) -> Catalogue:
    """The skeletons of these operators on columns such as those of `X`, in the order of the prior.

    They are kept as long as the process.
    """
    positive = tuple(bool((x >= 0).all()) for x in X)
    return _kept(tuple(unary), tuple(binary), positive, tuple(sorted(shift.items())))
