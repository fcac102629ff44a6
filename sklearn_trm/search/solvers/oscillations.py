"""Oscillations of one column: up to four waves, damped or not, with phases, on a trend.

Waves are added one by one, each from where shifts of the rows or a spectrum of what is left say
(`frequencies`), and everything is fitted together (`wave_sums`). What the evidence does not ask
for goes again: dampings, phases, parts of the trend. Evidence is the length of the description
by which laws are chosen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ...expressions.exactness import exact_loss
from ...expressions.tree import Node
from ...selection.choice import PREDICTIVE, description_length
from ...task.front import FrontEntry
from ..workspace import Workspace
from .frequencies import RATES, Shifts, damped_peak, even_step, highest
from .wave_sums import Fitted, Rows, Wave, WaveSum, fit
from .wave_texts import Writer

Array = np.ndarray
Candidates = Iterator[Node | None]

BINS = 2**14  # of a spectrum
MOST = 4  # waves
_TRENDS = (("1",), ("1", "x"), ("1", "x", "x2"))
_BEAM, _IDLE = 2, 2  # trends that get further waves; waves that need not be worth it alone
_FEWEST = 8  # rows
_SURELY = 1e-4  # chance of such a wave in noise
_TURNS = 2.2  # of a wave in the range: slower ones look like any curve less its cubic
_CROSSINGS = 4  # of the trend
_TREND, _NUMBERS = 3, 4  # its degree; amplitude, phase, frequency and damping of a wave
_ROUNDING = 1e-24  # of the target's mean square
_EXACT = 1e-20  # of the target's mean square
_ENVELOPES = ((("log", 0.0),), (("x", 15.0), ("x2", -15.0)))  # a power, a packet


def oscillates(ws: Workspace) -> bool:
    """Whether the only column shows a wave that is no chance: some milliseconds, no fit."""
    if ws.d != 1:
        return False
    X, y = ws.wide
    order = np.argsort(X[:, ws.columns[0]], kind="stable")
    x, t = X[order, ws.columns[0]], y[order]
    if len(x) < 2 * (_TREND + 1 + _NUMBERS):
        return False
    past = (x - x[0]) / (x[-1] - x[0])
    Q = np.linalg.qr(np.polynomial.legendre.legvander(2.0 * past - 1.0, _TREND + _NUMBERS))[0]
    parts = Q.T @ t
    smooth = Q[:, _TREND + 1 :] @ parts[_TREND + 1 :]
    t, all_ = t - Q[:, : _TREND + 1] @ parts[: _TREND + 1], float(t @ t)
    if np.count_nonzero(np.diff(np.sign(t))) < _CROSSINGS or not t @ t > _ROUNDING * all_:
        return False
    frequency, _, share = damped_peak(past, t, BINS, highest(past))
    left = 1.0 - min(share, 1.0)
    # what as many further powers explain as well is a curve
    if left > float((t - smooth) @ (t - smooth)) / float(t @ t):
        return False
    chance = len(RATES) * min(len(x), BINS // 4) * left ** (0.5 * len(x) - 2.0)
    return frequency >= 2 * math.pi * _TURNS and chance < _SURELY


def oscillations(ws: Workspace, j: int) -> Candidates:
    """Sums of waves of column `j`; of other columns the law holds lines."""
    search = Order.of(ws, j)
    if search is None:
        return
    for found in search.sums():
        if found is not None:
            for law in search.written(found):
                yield from ws.offer(law, ws.root, close=True)
        yield None


@dataclass(frozen=True, eq=False)
class Grown:
    """Waves so far on one trend, and what shifts say of the rows without the trend."""

    now: Fitted
    shifts: Shifts | None

    @classmethod
    def of(cls, base: Fitted, step: float | None) -> Grown:
        return cls(base, None if step is None else Shifts(base.residual, step))


@dataclass(frozen=True, eq=False)
class Order:
    """Which waves, on which trend: grown by spectra and shifts, weighed by evidence."""

    rows: Rows
    writer: Writer
    prior: Callable[[Node], float]
    damped: bool
    lines: tuple[str, ...]
    step: float | None

    @classmethod
    def of(cls, ws: Workspace, j: int) -> Order | None:
        """For a column of a workspace; None where it cannot be said or there are few rows."""
        allowed = {*ws.problem.unary, *ws.problem.binary}
        X, y = ws.wide
        if not {"sin", "cos"} & allowed or len(y) < _FEWEST:
            return None
        order = np.argsort(X[:, j], kind="stable")
        X, y, x = X[order], y[order], X[order, j]
        span = float(x[-1] - x[0])
        past = (x - x[0]) / span
        envelopes = {"x": past, "x2": past**2}
        if x[0] > 0:
            envelopes["log"] = np.log(x / x[-1])
        others = {f"x{k}": X[:, k] for k in ws.columns if k != j}
        trends = {"1": np.ones(len(x)), "x": x / np.abs(x).max(), "x2": (x / np.abs(x).max()) ** 2}
        root = ws.acceptance.wide_root
        weight = None if root is None else root[order]
        rows = Rows(x / span, envelopes, trends | others, y, weight, highest(past))
        writer = Writer(rows, x, j, allowed)
        step = even_step(past) if weight is None else None
        return cls(rows, writer, ws.problem.rules.prior, "exp" in allowed, tuple(others), step)

    # ------------------------------------------------------------------ the order

    def sums(self) -> Iterator[Fitted | None]:
        """The best sum of each number of waves, then other envelopes of one; None in between."""
        level = [Grown.of(base, self.step) for base in map(self._fit, self._trends()) if base]
        best: list[Fitted] = []
        shortest, idle = math.inf, 0
        for count in range(1, MOST + 1):
            more: list[tuple[float, Grown]] = []
            for grown in level:
                sum_ = self._grown(grown, count)
                yield None
                if sum_ is not None and self._is_exact(sum_):
                    yield self._without(sum_)
                    return
                if sum_ is not None:
                    more.append((self._length(sum_, PREDICTIVE), replace(grown, now=sum_)))
            if not more:
                break
            more.sort(key=lambda pair: pair[0])
            level = [grown for _, grown in more[:_BEAM]]
            best.append(level[0].now)
            idle = 0 if more[0][0] < shortest else idle + 1
            shortest = min(shortest, more[0][0])
            if idle == _IDLE:
                break
        for found in best:
            yield self._without(found)
        if best:
            yield from self._other_envelopes(best[0])

    def _fit(self, start: WaveSum) -> Fitted | None:
        return fit(self.rows, start)

    def _trends(self) -> Iterator[WaveSum]:
        for trend in _TRENDS[1:2] if self.lines else _TRENDS:
            yield WaveSum((), (*trend, *self.lines))
        if self.damped and not self.lines:
            tries = [fit(self.rows, WaveSum((), ("1",), (rate,)), 8) for rate in (-5.0, 5.0)]
            found = [f for f in tries if f is not None]
            if found:
                yield min(found, key=lambda f: f.loss).sum

    def _grown(self, grown: Grown, count: int) -> Fitted | None:
        """The best fit with a wave more: beside those that were found, or as shifts say."""
        now, shifts = grown.now, grown.shifts
        r = self.rows
        frequency, rate, _ = damped_peak(r.turns, now.residual, BINS, r.highest)
        if not frequency:
            return None
        envelope = (("x", rate),) if self.damped else ()
        starts = [replace(now.sum, waves=(*now.sum.waves, Wave(frequency, envelope)))]
        if shifts is not None:
            starts += [
                replace(now.sum, waves=tuple(
                    Wave(w, (("x", float(np.clip(r, -40, 40))),) if self.damped else ())
                    for w, r in waves
                ))
                for waves in (shifts.poles(2 * count + extra)[0] for extra in (0, 1))
                if len(waves) == count
            ]  # fmt: skip
        found = [f for f in (fit(self.rows, s) for s in starts) if f is not None]
        return min(found, key=lambda f: f.loss, default=None)

    def _without(self, found: Fitted) -> Fitted:
        """What is left when everything goes that the evidence does not ask for."""
        length, before = self._length(found), math.inf
        while length < before:
            before = length
            for change in _changes(found.sum):
                smaller = _changed(found.sum, change)
                less = None if smaller is None else fit(self.rows, smaller)
                if less is not None and (shorter := self._length(less)) < length:
                    length, found = shorter, less
        return found

    def _other_envelopes(self, found: Fitted) -> Iterator[Fitted | None]:
        """One wave that grows or fades in another way: as a power, as a packet."""
        if not self.damped:
            return
        (wave,) = found.sum.waves
        for rates in _ENVELOPES:
            if all(name in self.rows.envelopes for name, _ in rates):
                start = replace(found.sum, waves=(Wave(wave.frequency, rates),))
                other = fit(self.rows, start)
                yield None if other is None or not _is_packet(other) else self._without(other)

    # ------------------------------------------------------------------ evidence

    def _size(self) -> float:
        return float(np.mean(self.rows.values**2))

    def _is_exact(self, found: Fitted) -> bool:
        return found.loss <= _EXACT * self._size()

    def _length(self, found: Fitted, share: float = 1.0) -> float:
        law = self.writer.law(found)
        spread, size = float(np.std(self.rows.values)), math.sqrt(self._size())
        entry = FrontEntry(0, found.loss, 0.0, law, self.prior(law))
        floor = exact_loss(spread, size)
        n, count = len(self.rows.values), found.sum.count()
        return description_length(entry, n, floor, share=share, count=count)

    def written(self, found: Fitted) -> list[Node]:
        """The law, and products of waves that it may be."""
        products = [] if self._is_exact(found) else self.writer.products(found)
        return [self.writer.law(found), *products]


def _is_packet(found: Fitted) -> bool:
    """Whether the middle of a packet, if it is one, is among the rows."""
    rates = dict(found.sum.waves[0].rates)
    return "x2" not in rates or (rates["x2"] < 0 and 0 < -0.5 * rates["x"] / rates["x2"] < 1)


Change = tuple[str, int | str]


def _changes(of: WaveSum) -> list[Change]:
    """What may go: envelopes, exponentials, parts of the trend, phases."""
    waves = range(len(of.waves))
    return [
        *(("envelope", k) for k in waves),
        *(("exponential", k) for k in range(len(of.decays))),
        *(("trend", name) for name in of.trend[::-1]),
        *((part, k) for k in waves for part in ("cos", "sin")),
    ]


def _changed(of: WaveSum, change: Change) -> WaveSum | None:
    """The sum without it; None where it is gone already."""
    what, which = change
    if what == "trend":
        kept = tuple(name for name in of.trend if name != which)
        return replace(of, trend=kept) if kept != of.trend else None
    k = int(which)
    if what == "exponential":
        return replace(of, decays=of.decays[:k] + of.decays[k + 1 :]) if of.decays[k:] else None
    wave = of.waves[k]
    less = replace(wave, rates=()) if what == "envelope" else replace(wave, parts=(what,))
    if less == wave or (what != "envelope" and len(wave.parts) == 1):
        return None
    return replace(of, waves=(*of.waves[:k], less, *of.waves[k + 1 :]))
