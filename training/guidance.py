"""``python -m training.guidance --laws 80 --limit 3``: does the network pay for its time?

The same held-out laws with the same time, by the search alone and by the search with the
network beside it; a JSON line a fit, and what has its line is not run again. Seconds are the
processor's. A law counts as found if, with its constants fitted anew to clean values, it is
right on rows that were not fitted: so laws in noise are judged by their form.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.tree import Node

from .evaluate import DRAW, ROWS, SIZES, held_out_laws, size_of

_SAME = 1e-6  # relative error
MODELS = {"unguided": None, "guided": "auto"}


class _Timed(TRMSymbolicRegressor):
    _clock = staticmethod(time.process_time)


def found(law: Node, X: np.ndarray, y: np.ndarray) -> bool:
    """Whether a law has the form of the true one, whose clean values are `y`."""
    refit = fit_constants(law, X[:ROWS], y[:ROWS]).node
    fresh = slice(ROWS, None)
    spread = float(np.std(y[fresh])) + 1e-300
    with np.errstate(all="ignore"):
        errors = [np.abs(evaluate(node, X[fresh]) - y[fresh]).max() for node in (law, refit)]
    return bool(np.nanmin([*errors, np.inf]) <= _SAME * spread)


def run(
    laws: list, limit: float, noise: float, seeds: int, path: Path, draw: int = DRAW
) -> list[dict[str, Any]]:
    """A row for each law of a draw, seed, and mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(t) for t in path.read_text().splitlines()] if path.exists() else []
    done = {(r["draw"], r["law"], r["seed"], r["mode"], r["limit"], r["noise"]) for r in rows}
    for seed in range(seeds):
        for i, (grids, X, y) in enumerate(tqdm(laws, desc=f"seed {seed}", mininterval=5)):
            rng = np.random.default_rng([i, seed])
            rough = y + noise * np.sqrt(np.mean(y**2)) * rng.standard_normal(len(y))
            for mode, model in MODELS.items():
                if (draw, i, seed, mode, limit, noise) in done:
                    continue
                est = _Timed(time_limit=limit, random_state=seed, model=model)
                begin = time.process_time()
                est.fit(X[:ROWS], rough[:ROWS])
                row = {
                    "draw": draw, "law": i, "seed": seed, "mode": mode, "limit": limit,
                    "noise": noise, "size": size_of(grids), "found": found(est.law(), X, y),
                    "seconds": round(time.process_time() - begin, 3), "text": est.expr_,
                }  # fmt: skip
                rows.append(row)
                with path.open("a") as out:
                    out.write(json.dumps(row) + "\n")
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Found of how many by filled cells, mean over seeds and its standard error; both or one."""
    lines = ["| mode | laws | found | " + " | ".join(f"{a}-{b} cells" for a, b in SIZES) + " |"]
    lines.append("|---" * (3 + len(SIZES)) + "|")
    for mode in MODELS:
        own = [r for r in rows if r["mode"] == mode]
        seeds = sorted({r["seed"] for r in own})
        each = [np.mean([r["found"] for r in own if r["seed"] == s]) for s in seeds]
        error = np.std(each, ddof=1) / np.sqrt(len(each)) if len(each) > 1 else np.nan
        cells = [
            f"{sum(r['found'] for r in part)} of {len(part)}"
            for a, b in SIZES
            for part in [[r for r in own if a <= r["size"] <= b]]
        ]
        lines.append(f"| {mode} | {len(own)} | {np.mean(each):.1%} ({error:.1%}) | "
                     + " | ".join(cells) + " |")  # fmt: skip
    by = {(r["law"], r["seed"], r["mode"]): r["found"] for r in rows}
    pairs = [(by[k], by[*k[:2], "guided"]) for k in by
             if k[2] == "unguided" and (*k[:2], "guided") in by]  # fmt: skip
    alone, helped = sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)
    lines.append(f"\nOnly unguided: {alone}; only guided: {helped}; of {len(pairs)} pairs.")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.guidance", description=__doc__)
    parser.add_argument("--laws", type=int, default=80)
    parser.add_argument("--limit", type=float, default=3.0, help="processor seconds a fit")
    parser.add_argument("--noise", type=float, default=0.0, help="share of y's root mean square")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--draw", type=int, default=DRAW, help="seed of the laws")
    parser.add_argument("--out", type=Path, default=Path("runs/guidance.jsonl"))
    args = parser.parse_args(argv)
    laws = held_out_laws(args.laws, args.draw)
    with threadpool_limits(1):
        rows = run(laws, args.limit, args.noise, args.seeds, args.out, args.draw)
    asked = args.draw, args.limit, args.noise
    print(table([r for r in rows if (r["draw"], r["limit"], r["noise"]) == asked]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
