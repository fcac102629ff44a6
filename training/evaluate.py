"""``python -m training.evaluate --model tiny --laws 1000``: what the refiner alone can do.

Fresh laws (another seed than training, no benchmark law), 200 clean rows each. An answer is
right if, with constants fitted by Levenberg-Marquardt, it is exact on 64 *other* rows in
float64. No search, no library: propose, fit, execute, feed back.
"""

from __future__ import annotations

import argparse
import functools
import json
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
from tqdm import tqdm

from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.tree import Node
from sklearn_trm.network import weights
from sklearn_trm.network.refine import Refiner

from .checkpoint import flatten
from .laws import DATA_VERSION, sample_batch
from .step import build

ROWS, FRESH, EXACT = 200, 64, 1e-8
SIZES = ((1, 3), (4, 7), (8, 15))


def held_out_laws(
    count: int, seed: int = 1_000_003
) -> list[tuple[G.Grids, np.ndarray, np.ndarray]]:
    """(grid, X, y) of `count` laws: clean values in float64 on rows where the law is defined."""
    draw = jax.jit(
        functools.partial(sample_batch, batch=256, cells=15, columns=5, rows=2 * (ROWS + FRESH))
    )
    laws: list[tuple[G.Grids, np.ndarray, np.ndarray]] = []
    key = jax.random.key(seed, impl="rbg")
    for i in range(1000):
        batch = jax.tree.map(np.asarray, draw(jax.random.fold_in(key, i)))
        X = batch.X.astype(float)
        grids = batch.grids._replace(value=batch.grids.value.astype(float))
        with np.errstate(all="ignore"):
            Y = G.evaluate_grids(grids, X)
        for j in range(len(Y)):
            good = np.isfinite(Y[j]) & (np.abs(Y[j]) < 1e8)
            if batch.mask[j].any() and good.sum() >= ROWS + FRESH:
                one = G.Grids(*(a[j : j + 1] for a in grids))
                used = batch.columns[j]
                laws.append((one, X[j][good][:, used], Y[j][good]))
            if len(laws) == count:
                return laws
    raise RuntimeError("the generator gives too few valid laws")


def is_exact(node: Node, X: np.ndarray, y: np.ndarray) -> bool:
    """Right on rows that were not fitted."""
    return bool(np.sqrt(np.mean((evaluate(node, X) - y) ** 2)) <= EXACT * (np.std(y) + 1e-300))


def solve_law(
    refiner: Refiner,
    X: np.ndarray,
    y: np.ndarray,
    rng: np.random.Generator,
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Run the answer loop on one law; at which step it was solved, and how the latent moved."""
    steps = settings.pop("steps")
    fitted, fresh = slice(0, ROWS), slice(ROWS, ROWS + FRESH)
    state = refiner.start(X[fitted], y[fitted], rng)
    seen: set[Node] = set()
    best: tuple[float, Node | None] = (np.inf, None)
    solved, iters, rest = 0, [], []
    for step in range(1, steps + 1):
        answer = refiner.step(state, **settings)
        iters.append(answer.n_iter)
        rest.append(answer.converged)
        new = [n for n in answer.nodes if (form := canonical(n)) not in seen and not seen.add(form)]
        fits = [fit_constants(n, X[fitted], y[fitted]) for n in new]
        # many starts only for the most promising: inner constants have many local optima
        promising = sorted(range(len(fits)), key=lambda i: fits[i].loss)[:4]
        fits += [
            fit_constants(new[i], X[fitted], y[fitted], n_starts=8, rng=rng) for i in promising
        ]
        for fit in fits:
            if fit.loss < best[0]:
                best = (fit.loss, fit.node)
        if best[1] is not None and is_exact(best[1], X[fresh], y[fresh]):
            solved = step
            break
        if best[1] is not None:
            state = refiner.feedback(state, best[1])
    settings["steps"] = steps
    return {"solved": solved, "n_iter": iters[0], "converged": rest[0], "tried": len(seen)}


def untrained(model: str) -> Refiner:
    """The same network with its initial weights."""
    from sklearn_trm.network.model import ModelConfig

    cfg = ModelConfig(**weights.read(model)[1]["config"])
    return Refiner(cfg, flatten(build(cfg, seed=0)[1]))


def evaluate_refiner(
    refiner: Refiner, laws: list, settings: dict[str, Any], *, progress: bool = True
) -> dict[str, Any]:
    """Scores: exact rate by size, solved at step k, latent iterations."""
    start = time.perf_counter()
    rows = []
    for i, (g, X, y) in enumerate(tqdm(laws, disable=not progress, mininterval=5)):
        row = solve_law(refiner, X, y, np.random.default_rng(i), dict(settings))
        rows.append({**row, "size": int(G.n_filled(g)[0])})
    solved = np.array([r["solved"] for r in rows])
    size = np.array([r["size"] for r in rows])
    n_iter = np.array([r["n_iter"] for r in rows])
    by_size = {
        f"{lo}-{hi}": {"laws": int(m.sum()), "exact": round(float((solved[m] > 0).mean()), 4)}
        for lo, hi in SIZES
        if (m := (size >= lo) & (size <= hi)).any()
    }
    return {
        "laws": len(rows),
        "data_version": DATA_VERSION,
        "settings": settings,
        "exact": round(float((solved > 0).mean()), 4),
        "by_filled_cells": by_size,
        "solved_at_step": [
            round(float(((solved > 0) & (solved <= k)).mean()), 4)
            for k in range(1, settings["steps"] + 1)
        ],
        "converged": round(float(np.mean([r["converged"] for r in rows])), 4),
        "mean_iterations": round(float(n_iter.mean()), 2),
        "mean_iterations_solved": round(float(n_iter[solved > 0].mean()), 2)
        if solved.any()
        else None,
        "mean_iterations_unsolved": round(float(n_iter[solved == 0].mean()), 2),
        "mean_candidates": round(float(np.mean([r["tried"] for r in rows])), 1),
        "seconds_per_law": round((time.perf_counter() - start) / len(rows), 3),
    }


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", default="auto", help="registry name or .safetensors file")
    parser.add_argument("--untrained", action="store_true", help="the same network, not trained")
    parser.add_argument("--laws", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--candidates", type=int, default=32)
    parser.add_argument("--max-iters", type=int, default=32)
    parser.add_argument("--threshold", type=float, default=1e-3)
    parser.add_argument("--ns-steps", type=int, default=2)
    parser.add_argument("--out", type=Path, default=None)
    args = parser.parse_args(argv)
    settings = {
        "steps": args.steps, "n_candidates": args.candidates, "max_iters": args.max_iters,
        "threshold": args.threshold, "ns_steps": args.ns_steps,
    }  # fmt: skip
    refiner = untrained(args.model) if args.untrained else Refiner.load(args.model)
    scores = evaluate_refiner(refiner, held_out_laws(args.laws), settings)
    text = json.dumps(scores, indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
