"""What drawn laws does the search not find, and which of its tasks would have closed them?

``python -m training missing --laws 200 --seconds 20 --out missing.jsonl`` draws laws that the
record (`training.agenda`) does not hold, and fits each without the network. A law is *found* when
the chosen law has its form, *kept* when another one of the front has. For each of the others: would
the true law, fitted to the rows, have been chosen (the search is at fault) or not (these rows don't
tell), and which task closes it when it runs alone for `--cap` seconds? One line a law; a command
that is cut goes on where it was.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.blame import description
from benchmarks.forms import Table
from benchmarks.rows import append, read
from benchmarks.small import fitted
from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.shortening import shorten
from sklearn_trm.expressions.tree import Node, walk

from .agenda import SPARE, Judge, compile_all, draw, searched, timed
from .recorded import Recorded

SEED = 31  # not that of the record
DEEP, COLUMNS = range(4, 8), range(2, 6)  # binary operators and columns of deep laws
FAULTS = ("found", "kept", "evidence", "late", "missing")

Array = np.ndarray


def fit(law: Node, X: Array, y: Array, numbers: int, seconds: float) -> dict[str, Any]:
    """Fit a table and say whether the law was found, kept, or whose fault it is that it was not."""
    begin = time.process_time()
    table = Table("", X, y, "", 0.0, 0, 0)
    est = fitted(table, seconds, "cpu", "unguided")
    took = time.process_time() - begin
    clean = evaluate(law, X)
    judge = Judge(X, clean, numbers + SPARE)
    out = {"cpu": round(took, 2), "chosen": est.expr_, "stopped": est.stopped_}
    if judge(est.law()):
        return out | {"fault": "found"}
    if any(judge(est.law(k)) for k in range(len(est.equations_))):
        return out | {"fault": "kept"}
    with np.errstate(all="ignore"):
        truth = shorten(fit_constants(law, X, y).node, X)
    true, found = description([truth, est.law()], table)
    nats = float(np.nan_to_num(found - true))
    return out | {"fault": "missing" if nats > 0 else "evidence", "nats": round(nats, 1)}


def closing(
    law: Node, X: Array, y: Array, numbers: int, cap: float
) -> list[tuple[str, str, float]]:
    """Tasks that close a law when they run alone: bench, task, seconds."""
    problem, clean = searched(law, X, y)
    judge = Judge(problem.X, clean, numbers + SPARE)
    recorded = Recorded(problem)
    out = []
    for bench, name, candidates in recorded.tasks(np.random.default_rng(0)):
        _, closed, _ = timed(candidates, judge, cap)
        if closed is not None:
            out.append((bench, name, closed))
        recorded.forget()
    return out


def is_deep(law: Node) -> bool:
    """Whether a law has many operators between two parts."""
    return sum(len(n.children) == 2 for n in walk(law)) in DEEP


def run(number: int, seconds: float, cap: float, deep: bool) -> dict[str, Any]:
    """The line of a law."""
    if deep:
        told, law, X, y = draw(SEED, number, COLUMNS[number % len(COLUMNS)], is_deep, noisy=False)
    else:
        told, law, X, y = draw(SEED, number)
    told |= fit(law, X, y, told["numbers"], seconds)
    if told["fault"] == "missing":
        told["closes"] = closing(law, X, y, told["numbers"], cap)
        told["fault"] = "late" if told["closes"] else "missing"
    return told


def main(argv: Sequence[str] | None = None) -> int:
    """Fit drawn laws until there are `--laws`; print what is missing, and how many of each kind."""
    parser = argparse.ArgumentParser(prog="python -m training missing", description=main.__doc__)
    parser.add_argument("--laws", type=int, default=200)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=20.0, help="of processor time a fit")
    parser.add_argument("--cap", type=float, default=5.0, help="of processor time a task")
    parser.add_argument("--deep", action="store_true", help="clean laws of 4 to 7 binary operators")
    parser.add_argument("--part", type=int, nargs=2, metavar=("I", "N"), default=(0, 1),
                        help="every N-th law from the I-th on")  # fmt: skip
    args = parser.parse_args(argv)
    rows = {row["number"]: row for row in read(args.out)}
    compile_all()
    first, step = args.part
    for number in range(first, args.laws, step):
        if number not in rows:
            rows[number] = run(number, args.seconds, args.cap, args.deep)
            append(args.out, rows[number])
        row = rows[number]
        closes = min(row.get("closes", []), key=lambda c: c[2], default=row["chosen"][:60])
        print(f"{number:4d} {row['fault']:9}{row['cpu']:5.1f} s {row['rows']:4d} rows "
              f"{row['noise']:12} {row['level']:6.3f} {row['law'][:70]:70} {closes}",
              flush=True)  # fmt: skip
    for noisy in (False, True):
        some = [r for r in rows.values() if (r["level"] > 0) == noisy]
        counts = Counter(r["fault"] for r in some)
        print(f"{'noisy' if noisy else 'clean'} ({len(some)}): "
              + ", ".join(f"{fault} {counts[fault]}" for fault in FAULTS))  # fmt: skip
    return 0
