"""Are laws as often true as they are said to be? ``python -m benchmarks calibration``.

Laws, rows and errors are drawn as `plausible` and `plausible_tables` draw them: one to three
columns, 8 to 200 rows, errors of 1 to 20%. Each table is fitted for a few seconds, and the
probability that is stated for the chosen law (`sklearn_trm.selection.doubt`) stands beside the
share of such laws that have the form of the truth (`forms.has_form`). Two numbers are tuned, what
a look-alike costs and a temperature: on tables of even number, reported on those of odd number. A
line of JSON a table; tables that are in ``--out`` are not fitted again.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import to_text
from sklearn_trm.expressions.tree import constants
from sklearn_trm.selection.doubt import ALIKE, TEMPERATURE, found, shares

from .clocks import CLOCKS, MODES, REGRESSORS
from .forms import has_form
from .plausible import DrawnLaw, draw_law
from .plausible_tables import Noise, draw_table
from .rows import append, read

COLUMNS = (0.5, 0.3, 0.2)  # shares of tables by columns
ROWS, LEVELS = (8, 200), (0.01, 0.2)
KINDS, KIND_SHARES = ("even", "proportional"), (0.7, 0.3)
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
BAND = 0.9  # level of the bands whose share of fresh rows is counted
FEWEST = 30  # tables of a bin that is judged
WITHIN = 0.1
_NEAR = 7.0  # nats behind the shortest description: laws that are judged beside the chosen one
_MOST = 4
_FRESH = 300  # rows on which forms are compared
_ALIKE = np.arange(0.2, 2.01, 0.05)
_TEMPERATURES = np.arange(2.0, 12.1, 0.4)
_NOW = ALIKE, TEMPERATURE


def drawn(seed: int) -> tuple[DrawnLaw, Noise, np.ndarray, np.ndarray]:
    """A law, its errors, and a table of it."""
    rng = np.random.default_rng([17, seed])
    columns = 1 + int(rng.choice(len(COLUMNS), p=COLUMNS))
    law = draw_law(rng, columns, unseen=False)
    n_rows, level = (float(np.exp(rng.uniform(*np.log(ends)))) for ends in (ROWS, LEVELS))
    noise = Noise(str(rng.choice(KINDS, p=KIND_SHARES)), level)
    return law, noise, *draw_table(rng, law, round(n_rows), noise)


def run_one(seed: int, limit: float, clock: str, mode: str) -> dict[str, Any]:
    """Fit a table; which of its likely laws have the form of the truth."""
    law, noise, X, y = drawn(seed)
    start = time.process_time()
    est = REGRESSORS[clock](time_limit=limit, random_state=0, **MODES[mode]).fit(X, y)
    seconds = time.process_time() - start
    fitted = est._fitted
    lengths = np.array(est.equations_.description_length)
    near = [int(i) for i in np.argsort(lengths)[:_MOST] if lengths[i] <= _NEAR]
    judged = list(dict.fromkeys([fitted.chosen, *near]))
    rng = np.random.default_rng(1)
    Z = law.rows(rng.random((_FRESH, X.shape[1])))
    truth, count = evaluate(law.node, Z), len(constants(law.node))
    right = {i: has_form(est.law(i), Z, truth, count) for i in judged}
    fresh, inside = noise.on(truth, rng), []
    for doubt in (False, True):
        low, high = est.predict_interval(Z, BAND, law_doubt=doubt)
        inside.append(round(float(np.mean((low <= fresh) & (fresh <= high))), 3))
    return {
        "n": len(y), "columns": X.shape[1], "noise": noise.kind, "level": round(noise.level, 4),
        "truth": to_text(law.node, precision=6), "law": est.expr_, "right": right[fitted.chosen],
        "chosen": fitted.chosen, "place": int((lengths < lengths[fitted.chosen]).sum()),
        "lengths": [round(float(v), 3) for v in lengths],
        "priors": [round(float(row.prior), 2) for row in fitted.rows],
        "losses": [float(row.loss) for row in fitted.rows],
        "tried": fitted.n_tried, "stopped": est.stopped_,
        "judged": [[round(float(lengths[i]), 3), right[i]] for i in judged],
        "inside": inside, "cpu": round(seconds, 2),
    }  # fmt: skip


def stated(row: dict[str, Any], numbers: tuple[float, float] = _NOW) -> float:
    """The probability of the chosen law, by what a look-alike costs and a temperature."""
    share = shares(row["lengths"])[row["chosen"]]
    out = share * found(row["lengths"], row["priors"], row["losses"], row["n"], *numbers)
    return float(np.nan_to_num(out))  # too few rows for any law


def log_score(rows: Sequence[dict[str, Any]], numbers: tuple[float, float] = _NOW) -> float:
    """Mean log probability of what came out."""
    p = np.clip([stated(row, numbers) for row in rows], 1e-3, 1.0 - 1e-3)
    right = np.array([row["right"] for row in rows])
    return float(np.mean(np.log(np.where(right, p, 1.0 - p))))


def tuned(rows: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """The two numbers of the best log score."""
    grid = [(float(a), float(t)) for a in _ALIKE for t in _TEMPERATURES]
    return max(grid, key=lambda numbers: log_score(rows, numbers))


def summary(rows: Sequence[dict[str, Any]]) -> str:
    """A table: stated and true shares by bins of the stated probability."""
    p = np.array([stated(row) for row in rows])
    right = np.array([row["right"] for row in rows], dtype=float)
    lines = [
        f"{len(rows)} tables, log score {log_score(rows):.3f}", "",
        "| stated | tables | mean stated | true | within 10 points |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for k in range(len(BINS) - 1):
        low, high = BINS[k : k + 2]
        here = (p >= low) & ((p < high) | (high == 1.0))
        if here.any():
            said, was = float(p[here].mean()), float(right[here].mean())
            good = "few" if here.sum() < FEWEST else "yes" if abs(said - was) <= WITHIN else "no"
            lines.append(f"| {low:.1f} to {high:.1f} | {int(here.sum())} | {said:.2f} "
                         f"| {was:.2f} | {good} |")  # fmt: skip
    lines += [f"| all | {len(rows)} | {p.mean():.2f} | {right.mean():.2f} | |"]
    inside = np.array([row["inside"] for row in rows if "inside" in row])
    if len(inside):
        one, likely = inside.mean(axis=0)
        lines += ["", f"of fresh rows {one:.3f} lie in the {BAND:.0%} band of the chosen law, "
                  f"{likely:.3f} in that of all likely laws"]  # fmt: skip
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tables", type=int, default=500, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="K", help="number of the first one")
    parser.add_argument("--limit", type=float, default=2.5, help="seconds a table")
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="cpu")
    parser.add_argument("--mode", choices=sorted(MODES), default="unguided")
    parser.add_argument("--out", type=Path, help="JSONL file; tables in it are not fitted again")
    parser.add_argument("--kept", action="store_true", help="report what is in --out, fit nothing")


def main(args: argparse.Namespace) -> None:
    """Fit the tables one by one, and print both halves."""
    told = [] if args.out is None else read(args.out)
    key = (args.limit, args.clock, args.mode)
    done = {row["seed"]: row for row in told if (row["limit"], row["clock"], row["mode"]) == key}
    rows = []
    for seed in range(args.first, args.first + args.tables):
        row = done.get(seed)
        if row is None and args.kept:
            continue
        if row is None:
            row = {"seed": seed, "limit": key[0], "clock": key[1], "mode": key[2]}
            row |= run_one(seed, *key)
            if args.out is not None:
                append(args.out, row)
            print(f"{seed:4d} {stated(row):5.2f} {'right' if row['right'] else '':5} "
                  f"{row['n']:4d} rows {row['level']:.2f} {row['truth'][:60]:60} {row['law'][:60]}",
                  flush=True)  # fmt: skip
        rows.append(row)
    even, odd = ([row for row in rows if row["seed"] % 2 == k] for k in (0, 1))
    if even:
        best = tuned(even)
        print(f"best on tables of even number: alike {best[0]:g}, temperature {best[1]:g} "
              f"(log score {log_score(even, best):.3f})\n")  # fmt: skip
    for part, name in ((even, "even number"), (odd, "odd number"), (rows, "all")):
        if part:
            print(f"{name}: {summary(part)}\n")
