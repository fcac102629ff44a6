"""Small noisy tables with the law behind each: is the law found, or one that looks like it?

``python -m benchmarks small --half open --seeds 0 1 2`` fits every table once a seed, which draws
other noise. A line of JSON a fit; fits that are in ``--out`` are not made again. The validation
half is looked at once a part.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_trm import TRMSymbolicRegressor

from . import small_several, small_trades
from .clocks import CLOCKS, MODES, REGRESSORS
from .forms import Table, judge
from .rows import append, read
from .small_tables import CASES, draw_alone, draw_in_turn

SETS = ("cases", *small_trades.HALVES, *small_several.HALVES)
MARKS = ("found", "look-alike", "neither", "exception")
KEY = ("half", "seed", "name", "limit", "clock", "mode")


def tables(name: str, seed: int) -> Iterator[Table]:
    """The tables of a half, or the cases, with the noise of a seed."""
    if name == "cases":
        return draw_in_turn(CASES, seed)
    laws = small_several if name in small_several.HALVES else small_trades
    return draw_alone(laws.half(name), seed)


def fitted(
    table: Table, limit: float | None, clock: str, mode: str, **settings: Any
) -> TRMSymbolicRegressor:
    """An estimator with its defaults, and what the table asks for, fitted."""
    chosen = MODES[mode] | dict(table.settings) | settings
    est = REGRESSORS[clock](time_limit=limit, random_state=0, **chosen)
    return est.fit(table.X, table.y, **table.fit)


def run_one(table: Table, limit: float | None, clock: str, mode: str, **settings: Any) -> dict:
    """Fit and judge one table."""
    begin, cpu = time.perf_counter(), time.process_time()
    try:
        est = fitted(table, limit, clock, mode, **settings)
    except Exception as error:  # a row of its own, and the command fails
        return {"mark": "exception", "law": repr(error)}
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    verdict = judge(table, est.law())
    kept = verdict.mark == "found" or any(
        judge(table, est.law(k)).mark == "found" for k in range(len(est.equations_))
    )
    return {
        "mark": verdict.mark, "kept": kept, "error": finite(verdict.error), "nodes": verdict.nodes,
        "tolerance": table.tolerance, "tried": est._fitted.n_tried, "stopped": est.stopped_,
        "seconds": round(seconds, 3), "cpu": round(cpu, 3), "law": est.expr_,
    }  # fmt: skip


def finite(value: float) -> float:
    """As JSON can hold it."""
    return value if np.isfinite(value) else sys.float_info.max


def summary(rows: Sequence[dict]) -> str:
    """A table: a line for each half and seed, and their mean."""
    lines = [f"{'half':11}{'seed':>5}{'tables':>7}{'found':>6}{'kept':>5}{'look-alike':>11}"
             f"{'neither':>8}{'exceptions':>11}{'median cpu s':>13}"]  # fmt: skip
    for name in dict.fromkeys(r["half"] for r in rows):
        part = [r for r in rows if r["half"] == name]
        seeds = sorted({r["seed"] for r in part})
        for seed in seeds:
            of_seed = [r for r in part if r["seed"] == seed]
            count = {mark: sum(r["mark"] == mark for r in of_seed) for mark in MARKS}
            kept = sum(bool(r.get("kept")) for r in of_seed)
            median = float(np.median([r["cpu"] for r in of_seed if "cpu" in r] or [0.0]))
            lines.append(f"{name:11}{seed:5d}{len(of_seed):7d}{count['found']:6d}{kept:5d}"
                         f"{count['look-alike']:11d}{count['neither']:8d}"
                         f"{count['exception']:11d}{median:13.1f}")  # fmt: skip
        found = sum(r["mark"] == "found" for r in part) / len(seeds)
        lines.append(f"{name}: {found:.1f} of {len(part) / len(seeds):g} found, mean of seeds")
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--half", nargs="+", choices=SETS, default=["cases", "open"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--limit", type=float, default=10.0, help="seconds a table")
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="wall",
                        help="what the limit counts")  # fmt: skip
    parser.add_argument("--mode", choices=sorted(MODES), default="guided")
    parser.add_argument("--only", default="", help="tables whose name contains this")
    parser.add_argument("--out", type=Path, help="JSONL file; fits in it are not made again")


def main(args: argparse.Namespace) -> None:
    """Fit the tables one by one; exit 1 if a fit raised an exception."""
    told = [] if args.out is None else read(args.out)
    done = {tuple(row[k] for k in KEY): row for row in told}
    rows = []
    for name in args.half:
        for seed in args.seeds:
            for table in tables(name, seed):
                if args.only not in table.name:
                    continue
                key = (name, seed, table.name, args.limit, args.clock, args.mode)
                row = done.get(key)
                if row is None:
                    out = run_one(table, args.limit, args.clock, args.mode)
                    row = dict(zip(KEY, key, strict=True)) | out
                    if args.out is not None:
                        append(args.out, row)
                rows.append(row)
                print(f"{row['mark']:10} {'kept' if row.get('kept') else '':4} {table.name:36} "
                      f"{row.get('error', np.inf):8.2g} {row['law'][:90]}", flush=True)  # fmt: skip
    print(summary(rows))
    if any(row["mark"] == "exception" for row in rows):
        sys.exit(1)
