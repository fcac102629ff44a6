"""How often, and how fast, is the true law found?

Each law is sampled, fitted on one core, and judged by numbers (`verdict.judge`).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_trm import Constraints
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.tree import Node, complexity

from .clocks import CLOCKS, MODES, REGRESSORS
from .dimensions import units_of
from .laws import Law, load, suites
from .rows import append, read
from .verdict import evaluator

# what is switched off: the search alone, both, the network alone


def fit(
    X: np.ndarray, y: np.ndarray, args: argparse.Namespace, limit: float, units: Any = None
) -> tuple[Node, str]:
    """The law that the estimator chooses, and why it stopped."""
    settings = {"model": args.model} | MODES[args.mode]
    if units is not None:
        settings["constraints"] = Constraints(dimensionless_constants_only=True)
    est = REGRESSORS[args.clock](time_limit=limit, random_state=args.seed, **settings)
    est.fit(X, y, units=units)
    return est.law(), est.stopped_


def run_law(law: Law, args: argparse.Namespace) -> dict:
    """Sample, fit and judge one law."""
    rng = np.random.default_rng([args.seed, len(law.name), sum(map(ord, law.name))])
    X = law.sample(args.rows, rng)
    y = evaluate(law.node, X)
    if args.noise:
        y = y + args.noise * np.sqrt(np.mean(y * y)) * rng.standard_normal(len(y))
    units = units_of(law.node, X.shape[1]) if args.units else None
    start, cpu = time.perf_counter(), time.process_time()
    try:
        found, stopped = fit(X, y, args, args.limit, units)
    except Exception as raised:
        return {"suite": law.suite, "law": law.name, "solved": False, "error": repr(raised),
                "seconds": time.perf_counter() - start}  # fmt: skip
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    solved, error = evaluator(found, law, X, rng)
    from sklearn_trm.expressions.text import to_text

    return {
        "suite": law.suite,
        "law": law.name,
        "solved": solved,
        "seconds": round(seconds, 4),
        "cpu": round(cpu, 4),
        "fresh_error": error,
        "stopped": stopped,
        "size": complexity(found),
        "true_size": law.size,
        "found": to_text(found, names=list(law.variables), precision=6),
        "truth": law.expression,
        "noise": args.noise,
        "rows": args.rows,
    }


def summary(rows: list[dict]) -> str:
    """A table: suite, solved, median time of the solved, share solved within a second.

    Times are of the processor: other work on the machine does not count.
    """
    lines = [f"{'suite':18}{'laws':>6}{'solved':>8}{'median cpu s':>14}{'in 1 s':>8}{'max s':>8}"]
    for name in [*dict.fromkeys(r["suite"] for r in rows), "all"]:
        part = [r for r in rows if name in ("all", r["suite"])]
        times = [r["cpu"] for r in part if r["solved"]]
        median = float(np.median(times)) if times else float("nan")
        quick = sum(t <= 1.0 for t in times) / len(part)
        longest = max((r["seconds"] for r in part), default=0.0)
        lines.append(
            f"{name:18}{len(part):6d}{len(times):8d}{median:14.2f}{quick:8.0%}{longest:8.1f}"
        )
    return "\n".join(lines)


def warm(args: argparse.Namespace) -> None:
    """One small fit, so that imports and compilation are not part of a law's time."""
    X = np.random.default_rng(0).uniform(1, 2, (40, 1))
    y = np.sin(3.3 * X[:, 0] ** 1.7) + np.cos(X[:, 0] + X[:, 0] ** 3)
    fit(X, y, args, 1.5)
    X = np.random.default_rng(0).uniform(1, 2, (40, 2))
    fit(X, np.sin(3.3 * X[:, 0] ** 1.7) + np.cos(X[:, 1]), args, 1.5)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suite", nargs="+", default=["feynman"], help="or: all")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds a law")
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="wall",
                        help="what the limit counts")  # fmt: skip
    parser.add_argument("--noise", type=float, default=0.0, help="share of y's root mean square")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--every", type=int, default=1, help="every n-th law")
    parser.add_argument("--only", default="", help="laws whose name contains this")
    parser.add_argument("--model", default="auto", help="a shipped model or a .safetensors file")
    parser.add_argument("--mode", choices=sorted(MODES), default="unguided")
    parser.add_argument("--units", action="store_true",
                        help="tell units that the law permits; numbers have none")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", help="JSONL file; laws in it are not run again")


def main(args: argparse.Namespace) -> None:
    """Run the laws one by one and print a summary."""
    names = suites() if args.suite == ["all"] else args.suite
    laws = [law for name in names for law in load(name)[:: args.every] if args.only in law.name]
    out = Path(args.out) if args.out else None
    done = {} if out is None else {(row["suite"], row["law"]): row for row in read(out)}
    warm(args)
    rows = []
    for law in laws:
        row = done.get((law.suite, law.name)) or run_law(law, args)
        rows.append(row)
        if out is not None and (law.suite, law.name) not in done:
            append(out, row)
        mark = "ok " if row["solved"] else "-- "
        print(f"{mark}{row['seconds']:6.2f}s {law.name:26.26} {row.get('found', row.get('error'))}"
              + ("" if row["solved"] else f"   <- {law.expression}"), flush=True)  # fmt: skip
    print(summary(rows))
