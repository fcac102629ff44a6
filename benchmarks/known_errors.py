"""Small tables whose errors are known, each fitted with `y_error` and with weights.

A fit fails if its law is further than 1.5 standard errors from the truth: the root mean square
of ``(law - truth) / error`` over the rows of the table. (The law of the true form with k
constants lies at ``sqrt(k / n)``, here at .2 to .4.) With known errors at most as many may fail
as with ``sample_weight=1/error**2``, which knows less: not how large the errors are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .clocks import MODES, ByProcessor
from .rows import append, read

FAR = 1.5  # standard errors
SHARE = 0.04  # an error of one size beside y's spread, or one in per cent beside y
SIZES = ("one size", "per cent", "mixed")
ROADS = ("y_error", "weights")


@dataclass(frozen=True)
class Kind:
    """A law, its rows and the ranges of its columns."""

    name: str
    law: Callable[..., np.ndarray]
    rows: int
    ranges: tuple[tuple[float, float], ...]


KINDS = (
    Kind("2*x + 1", lambda x: 2 * x + 1, 40, ((0.5, 5),)),
    Kind("12 - 0.8*x", lambda x: 12 - 0.8 * x, 15, ((0, 10),)),
    Kind("3*a + 2*b + 5", lambda a, b: 3 * a + 2 * b + 5, 30, ((0, 4), (0, 6))),
    Kind("3*a**2/b", lambda a, b: 3 * a**2 / b, 20, ((1, 5), (1, 5))),
    Kind("2.5*a*b/c", lambda a, b, c: 2.5 * a * b / c, 60, ((1, 5), (1, 5), (1, 5))),
    Kind("0.5*a*b**2", lambda a, b: 0.5 * a * b**2, 25, ((1, 6), (1, 4))),
    Kind("2*x**1.5 + 3", lambda x: 2 * x**1.5 + 3, 30, ((1, 10),)),
    Kind("0.4*x**2 - 2", lambda x: 0.4 * x**2 - 2, 20, ((2.5, 9),)),
    Kind("5*x**0.4", lambda x: 5 * x**0.4, 18, ((1, 50),)),
    Kind("1.62*d**.29*n**-.57", lambda d, n: 1.62 * d**0.29 * n**-0.57, 20, ((2, 32), (100, 2000))),
    Kind("0.7*a**1.3*b**.6", lambda a, b: 0.7 * a**1.3 * b**0.6, 40, ((1, 8), (1, 20))),
    Kind("8*exp(-x/3)", lambda x: 8 * np.exp(-x / 3), 24, ((0, 8),)),
    Kind("5*exp(-1.3*x) + 2", lambda x: 5 * np.exp(-1.3 * x) + 2, 30, ((0, 5),)),
    Kind("4*x/(3.1 + x)", lambda x: 4 * x / (3.1 + x), 20, ((0.5, 20),)),
    Kind("9*(1 - exp(-x/4))", lambda x: 9 * (1 - np.exp(-x / 4)), 35, ((0.5, 16),)),
)


def table(kind: Kind, number: int, seed: int) -> tuple[np.ndarray, ...]:
    """X, y, the truth, and its known errors: of one size, in per cent, or of both."""
    rng = np.random.default_rng([seed, number])
    X = np.column_stack([rng.uniform(*ends, kind.rows) for ends in kind.ranges])
    truth = kind.law(*X.T)
    one, percent = np.full(len(truth), SHARE * np.std(truth)), SHARE * np.abs(truth)
    error = (one, percent, np.hypot(one, percent))[(number + seed) % 3]
    return X, truth + error * rng.standard_normal(len(truth)), truth, error


def run_one(number: int, seed: int, road: str, limit: float, mode: str) -> dict[str, Any]:
    """Fit one table on one road."""
    kind = KINDS[number]
    X, y, truth, error = table(kind, number, seed)
    knows = {"y_error": error} if road == "y_error" else {"sample_weight": error**-2}
    est = ByProcessor(time_limit=limit, random_state=0, **MODES[mode]).fit(X, y, **knows)
    far = float(np.sqrt(np.mean(((est.predict(X) - truth) / error) ** 2)))
    return {
        "kind": kind.name, "errors": SIZES[(number + seed) % 3], "seed": seed, "road": road,
        "limit": limit, "mode": mode, "sigmas": far if np.isfinite(far) else sys.float_info.max,
        "law": est.expr_, "stopped": est.stopped_,
    }  # fmt: skip


def failures(rows: list[dict[str, Any]]) -> dict[str, int]:
    """How many fits of each road are too far from the truth."""
    return {r: sum(row["sigmas"] > FAR for row in rows if row["road"] == r) for r in ROADS}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=float, default=4.0, help="processor seconds a fit")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="15 tables each")
    parser.add_argument("--mode", choices=sorted(MODES), default="unguided")
    parser.add_argument("--roads", nargs="+", choices=ROADS, default=list(ROADS))
    parser.add_argument("--out", help="JSONL file; fits in it are not made again")


def main(args: argparse.Namespace) -> None:
    """Fit the tables one by one; exit 1 if known errors fail more often than weights."""
    out = Path(args.out) if args.out else None
    told = [] if out is None else read(out)
    done = {(r["kind"], r["seed"], r["road"], r["limit"], r["mode"]): r for r in told}
    rows = []
    for seed in args.seeds:
        for number, kind in enumerate(KINDS):
            for road in args.roads:
                row = done.get((kind.name, seed, road, args.limit, args.mode))
                if row is None:
                    row = run_one(number, seed, road, args.limit, args.mode)
                    if out is not None:
                        append(out, row)
                rows.append(row)
                mark = "-- " if row["sigmas"] > FAR else "ok "
                print(f"{mark}{row['sigmas']:7.2f} {road:8} {kind.name:20} {row['errors']:9} "
                      f"{seed} {row['stopped']:10} {row['law']}", flush=True)  # fmt: skip
    count = failures(rows)
    tables = len(KINDS) * len(args.seeds)
    print(", ".join(f"{road}: {count[road]} of {tables} fail" for road in args.roads))
    if len(args.roads) == len(ROADS) and count["y_error"] > count["weights"]:
        sys.exit(1)
