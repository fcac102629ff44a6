"""Who is at fault for each table whose law was not found: the search, or the evidence?

The truth is refitted to the noisy rows, and described beside the law that was chosen. If its
description is the shorter one, the search did not find what it would have chosen; if not, these
rows cannot tell the truth from what was chosen, by this criterion. Where the true form stood on
the front, the choice is at fault in place of the search. Reads the rows of
``python -m benchmarks small --out FILE``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.exactness import exact_loss
from sklearn_trm.expressions.shortening import shorten
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, complexity
from sklearn_trm.rules.prior import prior
from sklearn_trm.selection.choice import description_length
from sklearn_trm.task.front import FrontEntry

from .forms import Table, refitted
from .rows import read
from .small import tables


def description(laws: Sequence[Node], table: Table) -> list[float]:
    """Description lengths as the estimator's ``selection="law"`` takes them."""
    error = table.fit.get("y_error")
    with np.errstate(all="ignore"):
        off = [evaluate(law, table.X) - table.y for law in laws]
        losses = [float(np.mean((r if error is None else r / error) ** 2)) for r in off]
    entries = [FrontEntry(complexity(law), loss, 0.0, law, prior(law))
               for law, loss in zip(laws, losses, strict=True)]  # fmt: skip
    variance = None if error is None else max(1.0, min(losses))
    floor = exact_loss(float(np.std(table.y)), float(np.sqrt(np.mean(table.y**2))))
    return [description_length(e, len(table.y), floor, variance) for e in entries]


FAULTS = ("search", "choice", "evidence")


@dataclass(frozen=True)
class Blame:
    """Whose fault a miss is, and by how many nats the truth is shorter than the chosen law."""

    fault: str
    nats: float
    truth: Node


def blame(table: Table, chosen: Node) -> Blame:
    """Whose fault it is that a law other than the truth was chosen.

    Examples
    --------
    >>> X = np.linspace(0.0, 5.0, 30)[:, None]
    >>> truth = "{5}*exp(-{1.3}*x0) + {2}"
    >>> y = 5 * np.exp(-1.3 * X[:, 0]) + 2 + 0.01 * np.sin(40 * X[:, 0])
    >>> blame(Table("decay", X, y, truth, 0.05, 12, 3), parse("7/exp(atan(x0))")).fault
    'search'
    """
    truth = shorten(refitted(table), table.X)
    true, found = description([truth, chosen], table)
    return Blame("search" if true < found else "evidence", found - true, truth)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rows", type=Path, help="JSONL file of a run of `small`")


def main(args: argparse.Namespace) -> None:
    """Print the fault of each miss, and how many of each kind there are."""
    misses = [r for r in read(args.rows) if r["mark"] in ("look-alike", "neither")]
    drawn = {
        (name, seed): {t.name: t for t in tables(name, seed)}
        for name, seed in {(r["half"], r["seed"]) for r in misses}
    }
    counts: Counter[tuple[str, str]] = Counter()
    for row in misses:
        table = drawn[row["half"], row["seed"]][row["name"]]
        out = blame(table, parse(row["law"]))
        # the true form stood on the front: what chose did not go by this criterion
        fault = "choice" if out.fault == "search" and row.get("kept") else out.fault
        counts[row["half"], fault] += 1
        print(f"{fault:9} {out.nats:+9.1f} nats {row['half']:11}{row['seed']:2d} "
              f"{row['name']:36} {row['mark']:10} {row['law'][:80]}", flush=True)  # fmt: skip
    for name in dict.fromkeys(r["half"] for r in misses):
        of_half = ", ".join(f"{fault} {counts[name, fault]}" for fault in FAULTS)
        print(f"{name}: {of_half}")
