"""FastSRB: 120 laws of physics in units, in wide ranges. It measures reach; nothing is tuned on it.

``python -m benchmarks fastsrb --limit 10 --mode unguided guided`` fits every law once a seed.
Rows, noise and the first verdict are those under which pretrained systems publish
(Saegert and Köthe 2026, arXiv:2602.08885, as their framework ``srbf`` draws and judges): 512 rows
to fit and 512 held out, drawn alike; noise is Gaussian, a share of the target's standard
deviation, on the rows of the fit only. Of a law that was found it is asked:

- *recovered*: on the held-out rows it leaves at most a share of 1.2e-7 (the resolution of single
  precision) of the clean target's variance unexplained;
- *every row*: on no held-out row is it off by more than a share of 1e-8 (Martinek 2025,
  arXiv:2508.14481, who asks for an accepted form besides);
- *exact*: its form is the truth's, whatever noise did to its numbers (`verdict.evaluator`).
  SRBench's symbolic verdict says nothing here: at three decimals most of these constants are 0.

Only totals are printed. A line of JSON a fit; fits that are in ``--out`` are not made again.
"""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from sklearn_trm.errors import TRMError
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import complexity

from . import laws, recover
from .approximate import count_nodes
from .clocks import CLOCKS, MODES, REGRESSORS
from .laws import Law
from .peers import PEERS
from .rows import append, read
from .run import groups
from .serve import Server
from .verdict import evaluator

LAWS = Path(__file__).parent / "fastsrb" / "laws.csv"
UNEXPLAINED = float(np.finfo(np.float32).eps)  # share of the variance
EVERY_ROW = 1e-8  # relative error
OURS = ("unguided", "guided")
KEY = ("law", "system", "seed", "noise", "limit", "rows", "clock")


@dataclass(frozen=True)
class Sample:
    """Rows of a law: to fit, with noise, and held out, without."""

    X: np.ndarray
    y: np.ndarray
    X_out: np.ndarray
    y_out: np.ndarray


def suite(names: Sequence[str] = ()) -> list[Law]:
    """The laws, or those of these names, shuffled: a run that is broken off is a fair sample."""
    every = sorted(laws.read(LAWS, "fastsrb"), key=lambda law: zlib.crc32(law.name.encode()))
    unknown = set(names) - {law.name for law in every}
    if unknown:
        raise SystemExit(f"no laws of FastSRB: {', '.join(sorted(unknown))}")
    return [law for law in every if not names or law.name in names]


def draw(law: Law, seed: int, rows: int, noise: float) -> Sample:
    """Rows of a law; the same ones for every system, limit and noise.

    Examples
    --------
    >>> sample = draw(suite(["II.38.3"])[0], 0, rows=512, noise=0.01)
    >>> sample.X.shape, sample.y_out.shape
    ((512, 4), (512,))
    """
    rng = np.random.default_rng([seed, *law.name.encode()])
    X = law.sample(2 * rows, rng)
    y = evaluate(law.node, X)
    unit = np.max(np.abs(y))  # squares of the largest would overflow
    error = noise * unit * np.std(y[:rows] / unit) * rng.standard_normal(rows)
    return Sample(X[:rows], y[:rows] + error, X[rows:], y[rows:])


def unexplained(y: np.ndarray, values: np.ndarray) -> float:
    """Share of the variance of `y` that `values` leave unexplained; infinite without values.

    Examples
    --------
    >>> y = np.arange(5.0)
    >>> unexplained(y, y), unexplained(y, np.full(5, 2.0)), unexplained(y, y * np.nan)
    (0.0, 1.0, inf)
    """
    if not np.isfinite(values).all():
        return np.inf
    unit = np.max(np.abs(y))
    with np.errstate(over="ignore"):  # values may lie anywhere
        return float(np.mean((values / unit - y / unit) ** 2) / np.var(y / unit))


def verdict(law: Law, sample: Sample, seed: int, answer: dict[str, Any]) -> dict[str, Any]:
    """What is true of an answer (a text, and values on the held-out rows)."""
    y, values = sample.y_out, np.array(answer["prediction"], dtype=float)
    share = unexplained(y, values)
    with np.errstate(all="ignore"):
        worst = np.max(np.abs(values - y) / np.abs(y))
    out = {"recovered": share <= UNEXPLAINED, "every_row": bool(worst <= EVERY_ROW), "exact": False}
    try:
        found = parse(answer["text"])
    except TRMError:  # words that only its own system knows
        return out
    return out | {"exact": evaluator(found, law, sample.X, np.random.default_rng(seed))[0]}


def ours(sample: Sample, mode: str, limit: float, seed: int, clock: str) -> dict[str, Any]:
    """This package's estimator; an answer as `peers.run` gives it."""
    begin, cpu = time.perf_counter(), time.process_time()
    try:
        est = REGRESSORS[clock](time_limit=limit, random_state=seed, **MODES[mode])
        est.fit(sample.X, sample.y)
    except TRMError as error:
        return {"error": repr(error)}
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    law = est.law()
    return {"text": to_text(law), "nodes": complexity(law), "seconds": seconds, "cpu": cpu,
            "stopped": est.stopped_, "prediction": est.predict(sample.X_out).tolist()}  # fmt: skip


def summary(rows: Sequence[dict[str, Any]]) -> str:
    """A line for each noise, limit and system: shares of laws, median seconds and length."""
    lines = [f"{'noise':>6}{'limit':>7} {'system':14}{'laws':>5}{'recovered':>14}{'every row':>11}"
             f"{'exact':>7}{'median cpu s':>14}{'length':>8}{'errors':>8}"]  # fmt: skip
    for (noise, limit, system), part in groups(rows, "noise", "limit", "system").items():
        n = len(part)
        count = {k: sum(r[k] for r in part) for k in ("recovered", "every_row", "exact")}
        fitted = [r for r in part if "nodes" in r]
        cpu = np.median([r["cpu"] for r in fitted] or [np.nan])
        length = np.median([r["nodes"] / r["size"] for r in fitted] or [np.nan])
        lines.append(f"{noise:6g}{limit:7g} {system:14}{n:5d}{count['recovered']:7d}"
                     f" ({count['recovered'] / n:4.0%}){count['every_row']:11d}{count['exact']:7d}"
                     f"{cpu:14.2f}{length:8.2f}{n - len(fitted):8d}")  # fmt: skip
    return "\n".join(lines)


def jobs(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """What is to be fitted: systems take turns on a law."""
    for noise in args.noise:
        for limit in args.limit:
            for seed in args.seeds:
                for law in suite(args.laws):
                    for system in (*args.mode, *args.peers):
                        clock = args.clock if system in OURS else "cpu"
                        values = (law.name, system, seed, noise, limit, args.rows, clock)
                        yield dict(zip(KEY, values, strict=True))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mode", nargs="*", choices=OURS, default=["unguided"],
                        help="this package's settings")  # fmt: skip
    parser.add_argument("--peers", nargs="*", choices=sorted(PEERS), default=[],
                        help="other systems, on the same rows")  # fmt: skip
    parser.add_argument("--python", help="the Python that the other systems live in")
    parser.add_argument("--limit", nargs="+", type=float, default=[10.0], help="seconds a law")
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="cpu",
                        help="what our limit counts; that of others is processor time")  # fmt: skip
    parser.add_argument("--noise", nargs="+", type=float, default=[0.0],
                        help="share of the target's standard deviation")  # fmt: skip
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--rows", type=int, default=512, help="to fit, and as many held out")
    parser.add_argument("--laws", nargs="+", default=[], help="names; all when omitted")
    parser.add_argument("--out", type=Path, help="JSONL file; fits in it are not made again")


def main(args: argparse.Namespace) -> None:
    """Fit what is missing and print the totals of what was asked for."""
    known = {} if args.out is None else {tuple(r[k] for k in KEY): r for r in read(args.out)}
    by_name = {law.name: law for law in suite(args.laws)}
    if args.mode:
        recover.warm(argparse.Namespace(clock=args.clock, model="auto", mode="guided", seed=0))
    rows = []
    with ExitStack() as stack:
        servers = {p: stack.enter_context(Server(p, args.python)) for p in args.peers}
        for job in tqdm(list(jobs(args)), unit="fit", file=sys.stderr):
            key = tuple(job.values())
            if key not in known:
                row = job | _row(job, by_name[job["law"]], servers.get(job["system"]))
                if args.out is not None:
                    append(args.out, row)
                known[key] = row
            rows.append(known[key])
    print(summary(rows))


def _row(job: dict[str, Any], law: Law, server: Server | None) -> dict[str, Any]:
    """One fit, judged."""
    seed, limit = job["seed"], job["limit"]
    sample = draw(law, seed, job["rows"], job["noise"])
    if server is None:
        answer = ours(sample, job["system"], limit, seed, job["clock"])
    else:
        answer = server.fit(sample.X, sample.y, sample.X_out, limit, seed)
        if "skipped" in answer:
            raise SystemExit(f"{answer['skipped']}; see benchmarks/environments")
        if answer.get("nodes"):
            answer["nodes"] = count_nodes(answer["text"], answer["nodes"])
    none = {"recovered": False, "every_row": False, "exact": False, "size": law.size}
    if "error" in answer:
        return none | {"error": answer["error"]}
    judged = verdict(law, sample, seed, answer)
    del answer["prediction"]
    return none | judged | answer
