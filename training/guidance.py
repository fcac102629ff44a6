"""``python -m training guidance --set drawn --laws 400 --limit 1``: does the network pay?

The same laws with the same time, by the search alone (``unguided``), by the search with the network
beside it (``guided``), and by the network alone (``network``); a JSON line a fit, and what has its
line is not run again. Seconds are the processor's. A law counts as found if, with its constants
fitted anew to clean values, it is right on rows that were not fitted: laws in noise are judged by
their form. Guided and unguided are compared by McNemar's exact test of the laws that only one of
them finds (Q. McNemar, "Note on the sampling error of the difference between correlated
proportions or percentages", 1947).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks import laws as suites
from benchmarks.clocks import MODES, ByProcessor
from benchmarks.plausible_tables import Noise, draw_table
from benchmarks.rows import append, read
from sklearn_trm.errors import GridOverflowError
from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.tree import Node, constants
from sklearn_trm.network.grid_tree import to_grid

from .agenda import SPARE
from .drawn import drawn_apart
from .evaluate import DRAW, FRESH, ROWS, SIZES, held_out_laws, size_of

# random trees; laws as people bring them, of forms that training sees and of forms held back
SETS = ("random", "drawn", "forms")
_SAME = 1e-6  # relative error

Array = np.ndarray


@dataclass(frozen=True)
class Trial:
    """A table, and clean rows of its law to judge by: `ROWS` to fit constants, `FRESH` others."""

    X: Array
    y: Array
    clean_X: Array
    clean_y: Array
    size: int  # filled cells of the law's grid; 0 where no grid holds it
    numbers: int | None = None  # of the law


def found(law: Node, trial: Trial) -> bool:
    """Whether a law has the form of the true one."""
    if trial.numbers is not None and len(constants(law)) > trial.numbers + SPARE:
        return False
    X, y = trial.clean_X, trial.clean_y
    refit = fit_constants(law, X[:ROWS], y[:ROWS]).node
    fresh = slice(ROWS, None)
    unit = float(np.abs(y[fresh]).max()) or 1.0  # squares of the largest numbers overflow
    spread = unit * float(np.std(y[fresh] / unit)) + 1e-300
    with np.errstate(all="ignore"):
        errors = [np.abs(evaluate(node, X[fresh]) - y[fresh]).max() for node in (law, refit)]
    return bool(np.nanmin([*errors, np.inf]) <= _SAME * spread)


def trials(name: str, count: int, noise: float | None, draw: int = DRAW) -> Iterator[Trial]:
    """Trials of a set or of a suite of known laws, in their order.

    Parameters
    ----------
    name : str
        One of `SETS`, or a suite of `benchmarks.laws`.
    count : int
    noise : float or None
        Even errors as a share of y's spread, of its root mean square for sets that aren't `drawn`
        or `forms`; None for errors as people bring them (`drawn`,
        `forms`).
    draw : int
        Seed of random laws.
    """
    if name in ("drawn", "forms"):
        for i, law in enumerate(drawn_apart(count, known=name == "drawn")):
            rng = np.random.default_rng([i, 21])
            errors = noise if noise is None else Noise("even", noise) if noise else Noise()
            clean = draw_table(rng, law, ROWS + FRESH, Noise())
            X, y = draw_table(rng, law, None, errors)
            yield Trial(X, y, *clean, _size(law.node), len(constants(law.node)))
        return
    if noise is None:
        raise ValueError(f"laws of {name!r} come with even errors: say how large")
    if name == "random":
        for i, (grids, X, y) in enumerate(held_out_laws(count, draw)):
            rough = _rough(y, noise, np.random.default_rng([i, 0]))
            yield Trial(X[:ROWS], rough[:ROWS], X, y, size_of(grids))
        return
    for i, known in enumerate(suites.load(name)[:count]):
        rng = np.random.default_rng([i, 22])
        X = known.sample(ROWS + FRESH, rng)
        y = evaluate(known.node, X)
        rough = _rough(y, noise, rng)
        yield Trial(X[:ROWS], rough[:ROWS], X, y, _size(known.node))


def _rough(y: Array, noise: float, rng: np.random.Generator) -> Array:
    unit = float(np.abs(y).max()) or 1.0
    size = unit * np.sqrt(np.mean((y / unit) ** 2))
    return y + noise * size * rng.standard_normal(len(y))


def _size(law: Node) -> int:
    try:
        return size_of(to_grid(law))
    except GridOverflowError:
        return 0


def run(
    name: str,
    some: Sequence[Trial],
    limit: float,
    noise: float | None,
    modes: Sequence[str],
    path: Path,
    model: str = "auto",
    seed: int = 0,
) -> list[dict[str, Any]]:
    """A row for each trial and mode."""
    key = ("set", "law", "seed", "mode", "model", "limit", "noise")
    done = {tuple(r[k] for k in key): r for r in read(path)}
    rows = []
    for i, trial in enumerate(tqdm(some, desc=name, mininterval=5)):
        for mode in modes:
            by = "none" if mode == "unguided" else model
            own = name, i, seed, mode, by, limit, noise
            if own not in done:
                settings = {"model": model} | MODES[mode]
                est = ByProcessor(time_limit=limit, random_state=seed, **settings)
                begin = ByProcessor._clock()
                est.fit(trial.X, trial.y)
                done[own] = dict(zip(key, own, strict=True)) | {
                    "seconds": round(ByProcessor._clock() - begin, 3), "size": trial.size,
                    "found": found(est.law(), trial), "text": est.expr_,
                }  # fmt: skip
                append(path, done[own])
            rows.append(done[own])
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Found of how many by filled cells; and the test of guided against unguided."""
    lines = ["| mode | laws | found | " + " | ".join(f"{a}-{b} cells" for a, b in SIZES) + " |"]
    lines.append("|---" * (3 + len(SIZES)) + "|")
    for mode in MODES:
        own = [r for r in rows if r["mode"] == mode]
        if not own:
            continue
        cells = [
            f"{sum(r['found'] for r in part)} of {len(part)}"
            for a, b in SIZES
            for part in [[r for r in own if a <= r["size"] <= b]]
        ]
        share = np.mean([r["found"] for r in own])
        lines.append(f"| {mode} | {len(own)} | {share:.1%} | " + " | ".join(cells) + " |")
    by = {(r["set"], r["law"], r["seed"], r["mode"]): r["found"] for r in rows}
    pairs = [(f, by[*k[:3], "guided"]) for k, f in by.items()
             if k[3] == "unguided" and (*k[:3], "guided") in by]  # fmt: skip
    alone, helped = sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)
    if pairs:
        p = binomtest(helped, alone + helped).pvalue if alone + helped else 1.0
        lines.append(f"\nOnly unguided: {alone}; only guided: {helped}; of {len(pairs)} pairs "
                     f"(p = {p:.3g}).")  # fmt: skip
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Fit the laws of a set in some modes; print how many were found."""
    parser = argparse.ArgumentParser(prog="python -m training guidance", description=main.__doc__)
    parser.add_argument("--set", default="drawn", help=f"{', '.join(SETS)}, or a suite")
    parser.add_argument("--laws", type=int, default=400)
    parser.add_argument("--limit", type=float, default=1.0, help="processor seconds a fit")
    parser.add_argument("--noise", type=float, default=0.0, help="share of y's size, see `trials`")
    parser.add_argument("--as-brought", action="store_true", help="errors of every kind")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=["unguided", "guided"])
    parser.add_argument("--model", default="auto", help="registry name or .safetensors file")
    parser.add_argument("--draw", type=int, default=DRAW, help="seed of random laws")
    parser.add_argument("--out", type=Path, default=Path("runs/guidance.jsonl"))
    args = parser.parse_args(argv)
    noise = None if args.as_brought else args.noise
    some = list(trials(args.set, args.laws, noise, args.draw))
    with threadpool_limits(1):
        rows = run(args.set, some, args.limit, noise, args.modes, args.out, args.model)
    print(table(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
