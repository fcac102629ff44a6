"""The order of the search's tasks, learned from a record of what closed which law.

``python -m training order agenda.jsonl --out order.json`` makes one order for each kind of table
(columns; noise seen or not): again and again the task that, run for some more time, closes most of
the laws that are still open, for each second that it takes. A record that was cut says nothing of
what it did not reach: there a law stays open by the share of others that the task did not close.
Laws of other kinds count a little, so that rare kinds are not ruled by chance. Prints what share
of laws is closed after 1, 3 and 10 seconds, on laws that the order was not learned from, beside
today's order on the same laws.

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

from .recorded import TODAY

MOST_COLUMNS = 4  # more columns are one kind
SLICES = 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0  # seconds
HORIZON = 20.0
_OTHERS = 0.1  # weight of a law of another kind
_PATIENCE = 0.5  # law-seconds that a rate is not known by: luck of few laws
_MARKS = 1.0, 3.0, 10.0
_FOLDS = 4

Array = np.ndarray
Key = tuple[str, str]  # bench and task
Order = list[tuple[str, str, float]]


def kind_of(columns: int, noisy: bool) -> str:
    """The kind of a table, as orders are named.

    Examples
    --------
    >>> kind_of(7, False), kind_of(1, True)
    ('4 clean', '1 noisy')
    """
    return f"{min(columns, MOST_COLUMNS)} {'noisy' if noisy else 'clean'}"


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

    def gain(self, seconds: float) -> tuple[Array, Array]:
        """Laws that each task would close in so many more seconds, and seconds that it would take.

        Both a law that is open, of those for which it is known, times how many are open.
        """
        known, closes, takes = self._within(np.arange(len(self.at)), seconds)
        still = known * (self.weights * self.open)
        scale = (self.weights @ self.open) / np.maximum(still.sum(axis=1), 1e-12)
        return (closes * still).sum(axis=1) * scale, (takes * still).sum(axis=1) * scale

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
        mean = float((w * takes).sum() / max(w.sum(), 1e-12))
        self.spent += np.where(known, takes, mean)
        self.open = self.open * np.where(known, 1.0 - closes, 1.0 - share)
        self.at[key] += seconds


def learned(record: Record, kind: str, horizon: float = HORIZON) -> Order:
    """The greedy order for tables of a kind."""
    weights = np.where(record.kinds == kind, 1.0, _OTHERS)
    race, out = Race(record, weights), []
    while float(np.average(race.spent, weights=weights)) < horizon:
        best = (0.0, -1, 0.0)
        for seconds in SLICES:
            closes, takes = race.gain(seconds)
            rates = closes / (takes + _PATIENCE)
            i = int(np.argmax(rates))
            if rates[i] > best[0]:
                best = float(rates[i]), i, seconds
        if best[1] < 0:
            break
        race.go_on(best[1], best[2])
        out.append((*record.keys[best[1]], best[2]))
    return _joined(out)


def _joined(order: Iterable[tuple[str, str, float]]) -> Order:
    """Neighbours that are one task as one entry."""
    out: Order = []
    for bench, name, seconds in order:
        if out and out[-1][:2] == (bench, name):
            seconds = round(seconds + out.pop()[2], 3)
        out.append((bench, name, seconds))
    return out


def closed_by(record: Record, order: Order, marks: Sequence[float] = _MARKS) -> list[float]:
    """The share of laws that an order closes within some seconds."""
    at = {key: i for i, key in enumerate(record.keys)}
    race = Race(record, np.ones(record.closed.shape[1]))
    done = np.zeros((len(marks), record.closed.shape[1]))
    for bench, name, seconds in order:
        if (bench, name) in at:
            before = race.open.copy()
            race.go_on(at[bench, name], seconds)
            for mark, row in zip(marks, done, strict=True):
                row += (before - race.open) * (race.spent <= mark)
    return [float(row.mean()) for row in done]


def compare(record: Record) -> dict[str, list[list[float]]]:
    """By kind, what the learned order and today's close, each law left out when it was learned."""
    fold = np.arange(len(record.kinds)) % _FOLDS
    out: dict[str, list[list[float]]] = {}
    for kind in sorted(set(record.kinds)):
        shares: list[list[list[float]]] = []
        for k in range(_FOLDS):
            test = record.part(np.flatnonzero((fold == k) & (record.kinds == kind)))
            if test.closed.shape[1]:
                own = learned(record.part(np.flatnonzero(fold != k)), kind)
                shares.append([closed_by(test, own), closed_by(test, TODAY)])
        out[kind] = np.mean(shares, axis=0).tolist()
    return out


def main(argv: Sequence[str] | None = None) -> int:
    """Learn the orders of a record."""
    parser = argparse.ArgumentParser(prog="python -m training order", description=main.__doc__)
    parser.add_argument("record", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=None)
    args = parser.parse_args(argv)
    rows = [row for path in args.record for row in read(path)]
    record = Record.of(rows)
    print("| tables | laws | learned: 1, 3, 10 s | today's: 1, 3, 10 s |\n|---|---|---|---|")
    for kind, (own, today) in compare(record).items():
        told = (", ".join(f"{share:.2f}" for share in shares) for shares in (own, today))
        print(f"| {kind} | {int((record.kinds == kind).sum())} | {' | '.join(told)} |", flush=True)
    if args.out is not None:
        orders = {kind: learned(record, kind) for kind in sorted(set(record.kinds))}
        made = {"laws": len(rows), "command": "python -m training agenda; python -m training order"}
        args.out.write_text(json.dumps({"made": made, "orders": orders}, indent=1) + "\n", "utf-8")
    return 0
