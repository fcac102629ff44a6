"""Is `time_limit` kept while other processes want the processor?

``python -m benchmarks deadlines --fits 1000 --limit 0.5 --spinners 3`` fits small tables under a
limit of wall-clock time while some processes spin, and tells the quantiles of what each fit took
beyond its limit. The first fits of the process, which compile, are not counted.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from pathlib import Path

import numpy as np

from sklearn_trm import TRMSymbolicRegressor

from .rows import append, read

WARM = 3
ROWS = (8, 20, 60, 200)
NOISES = (0.0, 0.02, 0.1)


def table(number: int) -> tuple[np.ndarray, np.ndarray]:
    """A small table; the same for a number."""
    rng = np.random.default_rng([33, number])
    n, d = ROWS[number % len(ROWS)], 1 + number % 3
    X = rng.uniform(0.5, 5.0, (n, d))
    laws = (
        3 * X[:, 0] ** 1.5, X[:, 0] / (1 + X[:, -1]), np.exp(-X[:, 0]) + 0.3 * X[:, -1],
        np.sin(2 * X[:, 0]) * X[:, -1], rng.standard_normal(n),
    )  # fmt: skip
    y = laws[number % len(laws)]
    return X, y * (1 + NOISES[number % 7 % len(NOISES)] * rng.standard_normal(n))


def spin() -> None:
    while os.getppid() != 1:  # until its parent is gone
        sum(range(100_000))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fits", type=int, default=1000)
    parser.add_argument("--limit", type=float, default=0.5, help="seconds a fit")
    parser.add_argument("--spinners", type=int, default=3, help="processes that spin meanwhile")
    parser.add_argument("--model", default="none", help="name or path of the weights, or none")
    parser.add_argument("--allowed", type=float, default=0.5,
                        help="seconds beyond the limit at the 99th percentile")  # fmt: skip
    parser.add_argument("--out", help="JSON lines; a second run goes on there")


def main(args: argparse.Namespace) -> None:
    model = None if args.model == "none" else args.model
    est = TRMSymbolicRegressor(time_limit=args.limit, model=model, random_state=0)
    for number in range(WARM):
        est.fit(*table(number))
    out = Path(args.out) if args.out else None
    rows = [] if out is None else read(out)
    others = [multiprocessing.Process(target=spin, daemon=True) for _ in range(args.spinners)]
    for other in others:
        other.start()
    try:
        for number in range(len(rows), args.fits):
            X, y = table(number)
            begin, used = time.perf_counter(), time.process_time()
            est.fit(X, y)
            wall, cpu = time.perf_counter() - begin, time.process_time() - used
            rows.append({"table": number, "wall": wall, "cpu": cpu, "stopped": est.stopped_,
                         "load": os.getloadavg()[0]})  # fmt: skip
            if out is not None:
                append(out, rows[-1])
    finally:
        for other in others:
            other.terminate()
    late = np.array([row["wall"] for row in rows]) - args.limit
    cpu = np.array([row["cpu"] for row in rows])
    load = np.mean([row["load"] for row in rows])
    print(f"{len(rows)} fits, limit {args.limit:g} s, {args.spinners} processes spin, "
          f"load {load:.1f} on {os.cpu_count()} cores")  # fmt: skip
    for share in (50, 90, 99, 100):
        print(f"  {share:3d}%: {np.percentile(late, share):+.3f} s beyond the limit, "
              f"{np.percentile(cpu, share):.3f} s of the processor")  # fmt: skip
    print(f"  {np.mean(late <= args.allowed):.1%} at most {args.allowed:g} s beyond")
    if np.percentile(late, 99) > args.allowed:
        raise SystemExit(1)
