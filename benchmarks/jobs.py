"""Is a fit with two processes as much faster to the law as it should be, and is the law the same?

``python -m benchmarks jobs --numbers 6 9 20`` draws laws as people bring them (`plausible`),
without errors, and fits each without the network in one process and in `--jobs`, one after the
other, by the clock on the wall: as many cores have to be idle. On a busy machine ``--clock cpu``
counts what the fit's own process works; that is the same where all processes get as much of their
cores. Laws that one process finds within `--least` seconds, or not at all, are not counted.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import to_text

from .clocks import CLOCKS, REGRESSORS
from .plausible_tables import draw_by_number
from .rows import append, read

SEED = 31
_SAME = 1e-6  # relative to y's spread
_WARM = 3.0  # seconds

Array = np.ndarray


def draw(number: int) -> tuple[str, Array, Array] | None:
    """A law and its table by number; None where it has errors (as those of `training.missing`)."""
    law, noise, X, y = draw_by_number(SEED, number)
    return None if noise.level else (to_text(law.node), X, y)


def timed(X: Array, y: Array, jobs: int, limit: float, clock: str) -> tuple[float, Any]:
    """Seconds of a fit, and the fitted estimator."""
    est = REGRESSORS[clock](model=None, time_limit=limit, random_state=0, n_jobs=jobs)
    begin = CLOCKS[clock]()
    est.fit(X, y)
    return CLOCKS[clock]() - begin, est


def run(number: int, args: argparse.Namespace) -> dict[str, Any] | None:
    """The row of a law, None where it has errors."""
    drawn = draw(number)
    if drawn is None:
        return None
    law, X, y = drawn
    one, est = timed(X, y, 1, args.limit, args.clock)
    row: dict[str, Any] = {"number": number, "law": law, "found": est.expr_, "one": round(one, 3)}
    row["counts"] = one >= args.least and est.stopped_ == "exact"
    if row["counts"]:
        values = est.predict(X)
        row["some"], est = timed(X, y, args.jobs, args.limit, args.clock)
        with np.errstate(all="ignore"):
            far = np.abs(evaluate(est.law(), X) - values).max()
        row["same"] = bool(est.stopped_ == "exact" and far <= _SAME * np.std(y))
        row["other"] = est.expr_
    return row


def warm(jobs: int) -> None:
    """Fits after which every process has compiled what it needs."""
    rng = np.random.default_rng(0)
    for d in (1, 2, 3):
        X = rng.uniform(1, 4, (60, d))
        y = np.prod(np.sin(X), axis=1) + rng.standard_normal(60)
        timed(X, y, jobs, _WARM, "wall")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--laws", type=int, default=100)
    parser.add_argument("--numbers", type=int, nargs="+", help="of the laws, instead of the first")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--least", type=float, default=1.0, help="seconds in one process")
    parser.add_argument("--limit", type=float, default=20.0, help="seconds a fit")
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="wall")
    parser.add_argument("--out", type=Path, help="JSON lines; laws in it are not fitted again")


def main(args: argparse.Namespace) -> None:
    """Fit laws in one process and in several; print seconds, and the ratio of their sums."""
    rows = {} if args.out is None else {row["number"]: row for row in read(args.out)}
    warm(args.jobs)
    counted = []
    for number in args.numbers or range(args.laws):
        row = rows.get(number) or run(number, args)
        if row is None:
            continue
        if args.out is not None and number not in rows:
            append(args.out, row)
        if row["counts"]:
            counted.append(row)
            print(f"{number:5d}{row['one']:8.2f}{row['some']:8.2f}  {row['one'] / row['some']:5.2f}"
                  f"  {'same' if row['same'] else row['other']}   {row['law'][:70]}",
                  flush=True)  # fmt: skip
    if counted:
        one, some = (np.array([row[key] for row in counted]) for key in ("one", "some"))
        print(f"{len(counted)} laws, {sum(row['same'] for row in counted)} the same: "
              f"{one.sum():.1f} s in one process, {some.sum():.1f} s in {args.jobs}: "
              f"{one.sum() / some.sum():.2f} times as fast; of a law "
              f"{np.exp(np.mean(np.log(one / some))):.2f} (mean), "
              f"{np.median(one / some):.2f} (median)")  # fmt: skip
