"""Values of skeletons at one point of their constants, with slopes: what tells curves apart.

A skeleton that is made of others has values that are made of theirs; those are kept, for a first
operand and, as its constants are then later ones, for a second.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from ....expressions.operators import OPS
from . import programs as P
from .forms import NONE, Form

Array = np.ndarray

MOST = P.CONSTANTS + 1  # constants of a skeleton: a sum may have one more
_LEAST = 8  # values of the column that a skeleton needs
_HUGE = 1e12
_TOLD = 1e-7  # share of its slope that a constant must move alone
_BLOCK = 2048  # skeletons at once
_PLACES = 1009  # numbers of sets of places without values


@dataclass
class Curve:
    """Values (B, n) of skeletons, their slopes (B, MOST, n) in their constants, how many these are.

    Attributes
    ----------
    before : ndarray of int
        Constants of what they are a part of that come before their own.
    """

    values: Array
    slopes: Array
    counts: Array
    before: Array


class Values:
    """Values and slopes of skeletons, with none or some constants before their own.

    Parameters
    ----------
    columns : ndarray of shape (d, n)
        The first ones.
    """

    def __init__(self, columns: Array) -> None:
        d = len(columns)
        self._rows = columns
        self._first, self.counts = np.arange(d), np.zeros(d, dtype=np.int64)

    def of(self, numbers: Array, before: Array) -> Curve:
        """Those of some skeletons after so many other constants."""
        counts = self.counts[numbers]
        at = self._first[numbers] + before * np.where(counts, counts + 1, 0)
        slopes = np.zeros((len(numbers), MOST, self._rows.shape[1]))
        for j in range(int(counts.max(initial=0))):
            some = np.flatnonzero(counts > j)
            slopes[some, before[some] + j] = self._rows[at[some] + 1 + j]
        return Curve(self._rows[at], slopes, counts, before)

    def hold(self, curve: Curve) -> None:
        """Those of further skeletons, with no constants before their own."""
        sizes = curve.counts + 1
        new = [np.vstack([curve.values[i], *curve.slopes[i, : k - 1]]) for i, k in enumerate(sizes)]
        self._first = np.concatenate([self._first, len(self._rows) + np.cumsum(sizes) - sizes])
        self.counts = np.concatenate([self.counts, curve.counts])
        self._rows = np.concatenate([self._rows, *new])

    def append(self, forms: Sequence[Form], rows: Array, most: int, point: Array) -> None:
        """Those of skeletons (form, first, second) of these, for all that may come before."""
        a, b = rows[:, 1:].T
        own = self.counts[a] + np.where(b != NONE, self.counts[b], 0)
        own += np.array([f.constants for f in forms])[rows[:, 0]]
        times = np.where(own, most - own + 1, 1)
        sizes = times * (1 + own)
        first = len(self._rows) + np.cumsum(sizes) - sizes
        room = np.empty((int(sizes.sum()), self._rows.shape[1]))
        self._rows = np.concatenate([self._rows, room])
        for some, form in by_form(forms, rows):
            number = np.repeat(some, times[some])
            before = np.concatenate([np.arange(k) for k in times[some]])
            made = self.made(form, a[number], b[number], before, point)
            at = first[number] + before * (1 + own[number])
            self._rows[at] = made.values
            for j in range(int(own[some].max())):
                has = np.flatnonzero(own[number] > j)
                self._rows[at[has] + 1 + j] = made.slopes[has, before[has] + j]
        self._first = np.concatenate([self._first, first])
        self.counts = np.concatenate([self.counts, own])

    def of_many(
        self, forms: Sequence[Form], rows: Array, point: Array
    ) -> Iterator[tuple[Array, Curve]]:
        """Blocks of skeletons (form, first, second): their numbers, and what they are."""
        some: list[Array] = []
        made: list[Curve] = []
        for number, form in by_form(forms, rows):
            a, b = rows[number, 1:].T
            some.append(number)
            made.append(self.made(form, a, b, 0 * a, point))
            if sum(map(len, some)) >= _BLOCK:
                yield np.concatenate(some), _joined(made)
                some, made = [], []
        if some:
            yield np.concatenate(some), _joined(made)

    def made(self, form: Form, a: Array, b: Array, before: Array, point: Array) -> Curve:
        """What a form makes of skeletons `a`, and `b` where it joins two, at a point."""
        one = self.of(a, before)
        two = one if form.join == NONE else self.of(b, before + one.counts)
        number = before + one.counts + (0 if two is one else two.counts)
        v, D, w, E = one.values, one.slopes, two.values, two.slopes
        first, second = form.before
        if first != NONE:
            v, D, number = _operated(first, v, D, v, D, number, point)
        if second != NONE:
            w, E, number = _operated(second, w, E, w, E, number, point)
        if form.join != NONE:
            v, D, number = _operated(form.join, v, D, w, E, number, point)
        for op in form.chain:
            v, D, number = _operated(op, v, D, v, D, number, point)
        return Curve(v, D, number - before, before)


def _joined(curves: Sequence[Curve]) -> Curve:
    return Curve(*(
        np.concatenate([getattr(curve, f.name) for curve in curves]) for f in fields(Curve)
    ))  # fmt: skip


def by_form(forms: Sequence[Form], rows: Array) -> list[tuple[Array, Form]]:
    """Blocks of candidates (form, first, second) of one form each."""
    out = []
    order = np.argsort(rows[:, 0], kind="stable")
    ends = np.searchsorted(rows[order, 0], np.arange(len(forms) + 1))
    for f in range(len(forms)):
        for begin in range(ends[f], ends[f + 1], _BLOCK):
            out.append((order[begin : min(begin + _BLOCK, ends[f + 1])], forms[f]))
    return out


def _operated(
    op: int, a: Array, A: Array, b: Array, B: Array, number: Array, point: Array
) -> tuple[Array, Array, Array]:
    """One operation on values `a`, `b` with slopes `A`, `B`; its constant is that of a `number`."""
    if op < P.ADD:
        known = OPS[P.FUNCTIONS[op]]
        v = known.apply(np, a)
        return v, A * np.broadcast_to(known.derivative(v, a)[0], a.shape)[:, None], number
    if op in (P.ADD, P.SUB):
        return (a + b, A + B, number) if op == P.ADD else (a - b, A - B, number)
    if op == P.MUL:
        return a * b, A * b[:, None] + B * a[:, None], number
    if op == P.DIV:
        v = a / b
        return v, A / b[:, None] - B * (v / b)[:, None], number
    c = begin(op, a, b, point[2 * number], point[2 * number + 1])[:, None]
    own: Array | float = 1.0
    if op == P.BELOW:
        v, D = c - a, -A
    elif op < P.RATE:
        v, D = a + c, A.copy()
    elif op <= P.TURNS:
        v, D, own = a * c, A * c[:, None], a
    elif op == P.POWER:
        v = a**c
        D, own = A * (c * a ** (c - 1.0))[:, None], np.where(a > 0.0, v * np.log(a), 0.0)
    else:
        v, D, own = a + c * b, A + B * c[:, None], b
    D[np.arange(len(a)), number] += own
    return v, D, number + 1


def begin(op: int, a: Array, b: Array, u: Array, w: Array) -> Array:
    """As `programs.begin`, for rows of values."""
    low, high, near = _fold(np.fmin, a), _fold(np.fmax, a), _fold(np.fmin, np.abs(a))
    wide, size = high - low, _larger(np.abs(low), np.abs(high))
    if op == P.ABOVE:
        return -low + wide * np.exp(-6.0 + 9.5 * u)
    if op == P.BELOW:
        return high + wide * np.exp(-6.0 + 9.5 * u)
    if op == P.PLACE:
        return -(low + wide * (1.2 * u - 0.1))
    if op == P.PHASE:
        return 2.0 * math.pi * u
    if op == P.SHIFT:
        near = _larger(near, 1e-4 * size)
        c = near / 3.0 * np.exp(u * np.log(9.0 * size / near))
        return np.where(w < 0.4, -(low + wide * u), np.where(w < 0.85, c, -c))
    if op == P.RATE:
        c = 0.2 * np.exp(u * 5.0) / wide
    elif op == P.WIDTH:
        return 0.5 * np.exp(u * 4.5) / wide
    elif op == P.TURNS:
        return np.where(w < 0.5, 0.5 * np.exp(u * 3.2), 2.0 + 60.0 * u) / wide
    elif op == P.POWER:
        c = 0.15 * np.exp(u * 3.5)
    else:
        ends = _larger(np.abs(b[:, 0]), np.abs(b[:, -1]))
        c = size / _larger(ends, 1e-300) * np.exp(-3.0 + 6.0 * u)
    return np.where(w < 0.5, c, -c)


def _fold(better: np.ufunc, a: Array) -> Array:
    """The least or largest of rows; of one that begins without a value there is none."""
    return np.where(np.isnan(a[:, 0]), np.nan, better.reduce(a, axis=1))


def _larger(a: Array, b: Array | float) -> Array:
    return np.where(b > a, b, a)


def signatures(curve: Curve, probe: Array) -> tuple[Array, Array]:
    """Two numbers (B, 2) that are equal for equal skeletons, up to scale and level; which have any.

    One has none that lacks values, or whose constants are not told apart.
    """
    v, D, counts = curve.values, curve.slopes, curve.counts
    most = int(counts.max(initial=0))
    use = np.isfinite(v) & (np.abs(v) < _HUGE)
    for j in range(most):
        use &= (counts <= j)[:, None] | np.isfinite(D[:, j])
    weights = [i * pow(31, v.shape[1] - 1 - i, _PLACES) for i in range(v.shape[1])]
    places = (use @ np.array(weights)) % _PLACES
    good = use.sum(1) >= _LEAST
    basis = [use.astype(float)]
    _free(basis, good)
    basis.append(np.where(use, v, 0.0))
    _free(basis, good)
    for j in range(most):
        basis.append(np.where(use & (counts > j)[:, None], D[:, j], 0.0))
        _free(basis, good, counts > j)
    one = basis[1]
    size = np.abs(one)
    first = (size > size.max(1, initial=0.0)[:, None] - 1e-6).argmax(1)
    sign = np.where(one[np.arange(len(one)), first] < 0.0, -1.0, 1.0)
    return sign[:, None] * (one @ probe.T) + places[:, None], good


def _free(basis: list[Array], good: Array, asked: Array | bool = True) -> None:
    """Frees the last rows of those before them; notes where nothing is left."""
    q = basis[-1]
    before = np.sqrt(np.einsum("bn,bn->b", q, q))
    for _ in range(2):
        for other in basis[:-1]:
            q = q - np.einsum("bn,bn->b", other, q)[:, None] * other
    after = np.sqrt(np.einsum("bn,bn->b", q, q))
    left = after > _TOLD * before
    good &= left | ~np.asarray(asked)
    basis[-1] = np.where(left[:, None], q / after[:, None], 0.0)
