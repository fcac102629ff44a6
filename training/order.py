"""The order of the search's tasks, learned from a record of what closed which law.

``python -m training order agenda.jsonl --out order.json`` makes one order for each kind of table
(columns; noise seen or not): again and again the task that, run for some more time, closes most of
the laws that are still open, for each second that it takes. A record that was cut says nothing of
what it did not reach: there a law stays open by the share of others that the task did not close.
Laws of other kinds count the less the farther they are, so that rare kinds are not ruled by
chance, and laws that are none of the record stand beside it, or a task would run for one law. Some
hundred laws tell of no more than the first half second of a kind. From there on all tasks have
their turn, in passes, in an order that was learned in the same way of all kinds of the same noise:
what closes most of what is still open, a second, in the first pass. Prints what share of laws is
closed after 1, 3 and 10 seconds, on laws that the order was not learned from, beside the order
that ships on the same laws.

M. Streeter and D. Golovin, "An online algorithm for maximizing submodular functions", NeurIPS 2008:
the greedy order is within a factor of 4 of the best one.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rows import read
from sklearn_trm.search.benches import FORWARD, SCANS
from sklearn_trm.search.orders import followed, kind_of, orders
from sklearn_trm.search.tasks import ALL, CURVES

SLICES = 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0  # seconds
HORIZON = 20.0
KNOWN = 0.5  # seconds of which some hundred laws tell for each kind of table
_OTHER_NOISE = 0.2  # weight of a law of other noise, of other columns 1, for what comes then
PASSES = 0.1, 0.3, 1.0, HORIZON  # seconds of each task behind the first ones, pass after pass
_COLUMN, _NOISE = 0.5, 0.2  # weight of a law of one column more or less, of other noise
_UNSEEN = 0.5  # laws that are none of the record, for each of it
# textbook laws are curves of few columns, which drawn laws rarely are: with a share of 0.8 half of
# the time goes to curves, at the cost of no drawn law that is left out
_CURVES = 0.8
_LATE, _EARLY = 0.1, 0.1  # seconds; what a law that is closed earlier counts for these
_LONGER = 0.5  # of the time that a task has had, what it gets at least
_FIRST = 0.01  # seconds, from which on closing times spread
_CAP = 0.9
_OF_CURVES = {("main", task.name) for task in CURVES}
_BEGIN = {task.name: 0.05 for task in CURVES}  # seconds a law: some 10 once, over 200 fits
# of a bench, that the first of these takes to build its library; the record had it from the start
_LIBRARY = 0.04
_FROM_LIBRARY = {"one", "pair", "form", "modulated", "open"}
_SETTLED = 0.9  # of all that an order closes
_PATIENCE = 0.5  # law-seconds that a rate is not known by: luck of few laws
_MARKS = 1.0, 3.0, 10.0
_FOLDS = 3

Array = np.ndarray

_NAMES = {*(task.name for task in ALL), SCANS, FORWARD}
Key = tuple[str, str]  # bench and task
Order = list[tuple[str, str, float]]  # seconds that a task has had by then, all in all


@dataclass(frozen=True)
class Record:
    """A record as arrays of (keys, laws).

    Attributes
    ----------
    keys : tuple of (str, str)
    closed : ndarray
        When a task closed a law; inf where it did not.
    took : ndarray
        How long it ran; 0 where the bench was none.
    known : ndarray
        Up to when that is known; inf where it came to its end, or the bench was none.
    kinds : ndarray of str
        Of the laws.
    """

    keys: tuple[Key, ...]
    closed: Array
    took: Array
    known: Array
    kinds: Array

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]]) -> Record:
        """Of the lines of a record."""
        keys = tuple(dict.fromkeys((t[0], t[1]) for row in rows for t in row["tasks"]))
        at = {key: i for i, key in enumerate(keys)}
        shape = len(keys), len(rows)
        closed, took, known = np.full(shape, np.inf), np.zeros(shape), np.zeros(shape)
        for j, row in enumerate(rows):
            benches = set(row["benches"])
            for i, (bench, _) in enumerate(keys):
                known[i, j] = 0.0 if bench in benches else np.inf
            for bench, name, seconds, when, ended in row["tasks"]:
                i = at[bench, name]
                took[i, j], known[i, j] = seconds, np.inf if ended else seconds
                closed[i, j] = np.inf if when is None else when
        kinds = np.array([kind_of(row["columns"], row["noisy"]) for row in rows])
        return cls(keys, closed, took, known, kinds)

    def part(self, laws: Array) -> Record:
        """The record of some laws."""
        c, t, k = (a[:, laws] for a in (self.closed, self.took, self.known))
        return Record(self.keys, c, t, k, self.kinds[laws])


class Race:
    """Which laws are still open, while tasks run on.

    Parameters
    ----------
    record : Record
    weights : ndarray of shape (laws,)
    """

    def __init__(self, record: Record, weights: Array) -> None:
        self.record, self.weights = record, weights
        self.open = np.ones(len(weights))
        self.spent = np.zeros(len(weights))
        self.at = np.zeros(len(record.keys))
        late = np.where(record.closed > _LATE, 1.0, _EARLY) * np.isfinite(record.closed)
        known = np.where(np.isfinite(record.closed), 1.0, record.known >= _LATE) @ weights
        curves = np.array([key in _OF_CURVES for key in record.keys])
        # whose library a task needs
        self._library = [
            bench if name.split()[0] in _FROM_LIBRARY else None for bench, name in record.keys
        ]
        self._share = np.maximum(late @ weights / np.maximum(known, 1.0), _CURVES * curves)
        longest = record.took.max(axis=1)
        # one that never ran for as long as it might have ends then
        self._ends = np.where(longest < _CAP * record.took.max(), longest, np.inf)

    @property
    def clock(self) -> float:
        """Seconds that a law has had in the mean."""
        return float(np.average(self.spent, weights=self.weights))

    def gain(self, seconds: float) -> tuple[Array, Array]:
        """Laws that each task would close in so many more seconds, and seconds that it would take.

        Both a law that is open, of those for which it is known, times how many are open.
        """
        known, closes, takes = self._within(np.arange(len(self.at)), seconds)
        still = known * (self.weights * self.open)
        scale = (self.weights @ self.open) / np.maximum(still.sum(axis=1), 1e-12)
        return (closes * still).sum(axis=1) * scale, (takes * still).sum(axis=1) * scale

    def rates(self, seconds: float) -> Array:
        """Laws a second; code that a process has to compile or load first is no free lunch.

        Beside the laws of the record stand some that are none of these. Closing times spread
        evenly over decades: what has run for t seconds closes the next such law at a rate of its
        share of all laws over t.
        """
        closes, takes = self.gain(seconds)
        begins = np.array([_BEGIN.get(name, 0.0) for _, name in self.record.keys])
        more = np.clip(np.minimum(self.at + seconds, self._ends) - self.at, 0.0, None)
        others = _UNSEEN * float(self.weights.sum())
        decades = np.log10((self.at + more + _FIRST) / (self.at + _FIRST)) / -np.log10(_FIRST)
        seen = np.where(self.record.known.max(axis=1) > self.at, takes, 0.0)
        takes = seen + (others + (seen == 0) * float(self.weights @ self.open)) * more
        begins = begins * (self.at == 0)
        built = {None, *(b for b, at in zip(self._library, self.at, strict=True) if at > 0)}
        begins += _LIBRARY * np.array([bench not in built for bench in self._library])
        cost = takes + _PATIENCE + begins * float(self.weights.sum())
        return (closes + others * self._share * decades) / cost

    def _within(self, keys: Array, seconds: float) -> tuple[Array, Array, Array]:
        """Of each task and law: whether it is known, whether it closes, how long it takes."""
        r, begin = self.record, self.at[keys, None]
        end, closed, took = begin + seconds, r.closed[keys], r.took[keys]
        closes = (closed > begin) & (closed <= end)
        return r.known[keys] >= end, closes, np.minimum(took, end) - np.minimum(took, begin)

    def go_on(self, key: int, seconds: float) -> None:
        """Run a task for so many more seconds."""
        (known,), (closes,), (takes,) = self._within(np.array([key]), seconds)
        w = self.weights * self.open * known
        share = float((w * closes).sum() / max(w.sum(), 1e-12))
        mean = float((w * takes).sum() / w.sum()) if w.any() else seconds
        self.spent += np.where(known, takes, mean)
        self.open = self.open * np.where(known, 1.0 - closes, 1.0 - share)
        self.at[key] += seconds


def then_of(record: Record, noise: str) -> Order:
    """All tasks in the order of their first pass: what closes most of what is open, a second."""
    race = Race(record, np.array([
        1.0 if kind.endswith(noise) else _OTHER_NOISE for kind in record.kinds
    ]))  # fmt: skip
    some, out = list(range(len(record.keys))), Order()
    while some:
        rates = race.rates(PASSES[0])
        first = max(some, key=lambda i: (rates[i], -i))
        some.remove(first)
        race.go_on(first, PASSES[0])
        out.append((*record.keys[first], HORIZON))
    return out


def shipped(record: Record, kind: str) -> Order:
    """The learned order of the first seconds, and all tasks, in passes, from there on."""
    return [*followed(learned(record, kind, KNOWN), then_of(record, kind.split()[1]), PASSES)]


def _parts(record: Record, kind: str) -> list[tuple[Record, Record]]:
    """Laws of a kind in parts, each behind all laws of the other parts."""
    fold = np.arange(len(record.kinds)) % _FOLDS
    tests = [(fold == k) & (record.kinds == kind) for k in range(_FOLDS)]
    return [
        (record.part(fold != k), record.part(test)) for k, test in enumerate(tests) if test.any()
    ]


def learned(record: Record, kind: str, horizon: float = HORIZON) -> Order:
    """Again and again the task that closes most open laws a second."""
    race = Race(record, _weights(record, kind))
    out: Order = []
    while race.clock < horizon:
        best = (0.0, -1, 0.0)
        for seconds in SLICES:
            rates = np.where(seconds >= _LONGER * race.at, race.rates(seconds), 0.0)
            i = int(np.argmax(rates))
            if rates[i] > best[0]:
                best = float(rates[i]), i, seconds
        if best[1] < 0:
            break
        race.go_on(best[1], best[2])
        out.append((*record.keys[best[1]], round(float(race.at[best[1]]), 3)))
    return _joined(out)


def _weights(record: Record, kind: str) -> Array:
    """How much each law says of tables of a kind."""
    columns, noise = kind.split()
    others = [other.split() for other in record.kinds]
    return np.array([
        _COLUMN ** abs(int(columns) - int(d)) * (1.0 if noise == other else _NOISE)
        for d, other in others
    ])  # fmt: skip


def _joined(order: Iterable[tuple[str, str, float]]) -> Order:
    """Neighbours that are one task as one entry."""
    out: Order = []
    for entry in order:
        if out and out[-1][:2] == entry[:2]:
            del out[-1]
        out.append(entry)
    return out


def settled(record: Record, kind: str, order: Order) -> float:
    """Seconds after which an order has closed most of what it closes."""
    race = Race(record, _weights(record, kind))
    marks = []
    for key, seconds in _of(record, order):
        race.go_on(key, max(seconds - race.at[key], 0.0))
        marks.append((race.clock, float(race.weights @ race.open)))
    if not marks:
        return 0.0
    all_, least = float(race.weights.sum()), marks[-1][1]
    return round(next(t for t, left in marks if all_ - left >= _SETTLED * (all_ - least)), 2)


def _of(record: Record, order: Iterable[tuple[str, str, float]]) -> list[tuple[int, float]]:
    at = {key: i for i, key in enumerate(record.keys)}
    return [(at[b, name], seconds) for b, name, seconds in order if (b, name) in at]


def closed_by(
    record: Record, order: Sequence[tuple[str, str, float]], marks: Sequence[float] = _MARKS
) -> list[float]:
    """The share of laws that an order closes within some seconds."""
    race = Race(record, np.ones(record.closed.shape[1]))
    done = np.zeros((len(marks), record.closed.shape[1]))
    for key, seconds in _of(record, order):
        if seconds > race.at[key]:
            before = race.open.copy()
            race.go_on(key, seconds - race.at[key])
            for mark, row in zip(marks, done, strict=True):
                row += (before - race.open) * (race.spent <= mark)
    return [float(row.mean()) for row in done]


def compare(record: Record) -> dict[str, list[list[float]]]:
    """By kind, what an order closes of laws that it was not learned from, and today's of these."""
    out: dict[str, list[list[float]]] = {}
    for kind in sorted(set(record.kinds)):
        shares = [
            [closed_by(test, shipped(rest, kind)), closed_by(test, orders()[kind].entries)]
            for rest, test in _parts(record, kind)
        ]
        out[kind] = np.mean(shares, axis=0).tolist()
    return out


def main(argv: Sequence[str] | None = None) -> int:
    """Learn the orders of a record."""
    parser = argparse.ArgumentParser(prog="python -m training order", description=main.__doc__)
    parser.add_argument("record", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=None)
    args = parser.parse_args(argv)
    rows = [_of_today(row) for path in args.record for row in read(path)]
    record = Record.of(rows)
    print("| tables | laws | learned: 1, 3, 10 s | today's: 1, 3, 10 s |\n|---|---|---|---|")
    for kind, (own, today) in compare(record).items():
        told = (", ".join(f"{share:.2f}" for share in shares) for shares in (own, today))
        print(f"| {kind} | {int((record.kinds == kind).sum())} | {' | '.join(told)} |", flush=True)
    if args.out is not None:
        then = {noise: then_of(record, noise) for noise in ("clean", "noisy")}
        leads = {}
        for kind in sorted(set(record.kinds)):
            lead = learned(record, kind, KNOWN)
            whole = [*followed(lead, then[kind.split()[1]], PASSES)]
            leads[kind] = {"settled": settled(record, kind, whole), "entries": lead}
        made = {"laws": len(rows), "command": "python -m training agenda; python -m training order"}
        args.out.write_text(_text(made, then, leads), "utf-8")
    return 0


def _of_today(row: dict[str, Any]) -> dict[str, Any]:
    """A line of a record without tasks that are no more."""
    return row | {"tasks": [task for task in row["tasks"] if task[1] in _NAMES]}


def _text(made: dict[str, Any], then: dict[str, Order], leads: dict[str, Any]) -> str:
    """JSON with one line an entry."""
    kinds = [
        f'"{kind}": {{"settled": {lead["settled"]}, "entries": {_lines(lead["entries"])}}}'
        for kind, lead in leads.items()
    ]
    noises = [f"{json.dumps(noise)}: {_lines(entries)}" for noise, entries in then.items()]
    return (f'{{"made": {json.dumps(made)},\n"passes": {json.dumps(PASSES)},\n"then": {{\n'
            + ",\n".join(noises) + '},\n"orders": {\n' + ",\n".join(kinds) + "}}\n")  # fmt: skip


def _lines(entries: Order) -> str:
    return "[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "]"
