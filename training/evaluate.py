"""``python -m training.evaluate --model tiny --laws 1000``: what the refiner alone can do.

Fresh laws (another seed than training, no benchmark law), 200 clean rows each. An answer is
right if, with constants fitted by Levenberg-Marquardt, it is exact on 64 *other* rows in
float64. No search, no library: propose, fit, execute, feed back. Seconds are the processor's.
"""

from __future__ import annotations

import argparse
import functools
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from tqdm import tqdm

from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.constants import Fit, fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.tree import Node
from sklearn_trm.fit.evaluator import KEPT
from sklearn_trm.fit.recursion import Recursion
from sklearn_trm.network import weights
from sklearn_trm.network.refine import LANES, Refiner
from sklearn_trm.search.descent import promising
from sklearn_trm.task.front import Front
from sklearn_trm.task.problem import Problem

from . import foresight
from .checkpoint import flatten
from .grids import evaluate_grids, n_filled
from .laws import DATA_VERSION, sample_batch
from .step import build

ROWS, FRESH, EXACT = 200, 64, 1e-8
SIZES = ((1, 3), (4, 7), (8, 15))
DRAW = 1_000_003  # seed of the held-out laws


def held_out_laws(count: int, seed: int = DRAW) -> list[tuple[G.Grids, np.ndarray, np.ndarray]]:
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
            Y = evaluate_grids(grids, X)
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


@dataclass(frozen=True)
class Settings:
    """How the answer loop runs on one law."""

    steps: int = 3
    n_candidates: int = 128
    max_iters: int = 32
    threshold: float = 1e-2
    ns_steps: int = 2
    temperature: float = 1.0
    lanes: int = LANES  # views of the table: other rows, permuted columns
    feedback: bool = True  # the best law so far is executed and handed back
    keep_latent: bool = True  # y and z go on from step to step
    latent_noise: float = 0.0  # of the first z, a share of its size: each lane begins elsewhere
    open_cells: bool = False  # recursion: the refiner is also asked to fill cells of the best laws

    def thinking(self) -> dict[str, Any]:
        """Keyword arguments of `Refiner.step`."""
        names = ("n_candidates", "max_iters", "threshold", "ns_steps", "temperature")
        return {name: getattr(self, name) for name in names}


class Fits:
    """Constants of one table's candidate laws: each fitted once, its processor seconds kept.

    Several evaluations of one law (`training.ablate`) share it: most candidates repeat.
    """

    def __init__(self, X: np.ndarray, y: np.ndarray, seed: int = 0) -> None:
        self.X, self.y, self.seed = X, y, seed
        self.seconds = 0.0  # of all fits asked for, whether computed now or remembered
        self._known: dict[tuple[Node, int], tuple[Fit, float]] = {}

    def fit(self, node: Node, n_starts: int = 1) -> Fit:
        """The fitted law; random starts depend on the table alone."""
        key = (node, n_starts)
        if key not in self._known:
            begin = time.process_time()
            rng = np.random.default_rng(self.seed)
            found = fit_constants(node, self.X, self.y, n_starts=n_starts, rng=rng)
            self._known[key] = found, time.process_time() - begin
        found, seconds = self._known[key]
        self.seconds += seconds
        return found


def solve_law(
    refiner: Refiner,
    X: np.ndarray,
    y: np.ndarray,
    rng: np.random.Generator,
    settings: Settings,
    fits: Fits | None = None,
) -> dict[str, Any]:
    """Run the answer loop on one law; at which step it was solved, and how the latent moved."""
    fitted, fresh = slice(0, ROWS), slice(ROWS, ROWS + FRESH)
    fits = fits or Fits(X[fitted], y[fitted])
    begin, before = time.process_time(), fits.seconds
    state = refiner.start(X[fitted], y[fitted], rng, lanes=settings.lanes)
    if settings.latent_noise:
        first, z = refiner.inputs(state)[1]
        size = settings.latent_noise * float(np.sqrt(np.mean(z**2)))
        state.latent = first, z + size * rng.standard_normal(z.shape).astype(z.dtype)
    recursion = Recursion(refiner, Problem(X[fitted], y[fitted], rng=rng))
    seen: set[Node] = set()
    laws: dict[Node, float] = {}
    network = time.process_time() - begin
    solved, iters, rest = 0, [], []
    for step in range(1, settings.steps + 1):
        begin = time.process_time()
        answer = refiner.step(state, **settings.thinking())
        proposed = list(answer.nodes)
        network += time.process_time() - begin
        iters.append(answer.n_iter)
        rest.append(answer.converged)
        fit_new(proposed, seen, fits, laws)
        if settings.open_cells:
            # short laws first, as in a fit: what an exact law lacks is missing in them
            begin = time.process_time()
            front = Front()
            for law, loss in laws.items():
                front.add(law, loss)
            short = [row.node for row in front.rows() if not row.node.is_const]
            filled = recursion.step(short, **settings.thinking())
            network += time.process_time() - begin
            fit_new(filled, seen, fits, laws)
        best = min(laws, key=laws.__getitem__, default=None)
        if best is not None and is_exact(best, X[fresh], y[fresh]):
            solved = step
            break
        begin = time.process_time()
        if not settings.keep_latent:
            state.latent = None
        if best is not None and settings.feedback:
            state = refiner.feedback(state, best)
        network += time.process_time() - begin
    return {
        "solved": solved, "n_iter": iters[0], "converged": rest[0], "tried": len(seen),
        "network_seconds": network, "fit_seconds": fits.seconds - before,
    }  # fmt: skip


def fit_new(proposed: list[Node], seen: set[Node], fits: Fits, laws: dict[Node, float]) -> None:
    """Fit what is new as a fit does: quickly, then carefully, then the best from many starts."""
    new = []
    for node in proposed:
        form = canonical(node)
        if form not in seen:
            seen.add(form)
            new.append(node)
    begin = time.process_time()
    kept = new if len(new) <= KEPT else promising(new, fits.X, fits.y, None, KEPT)
    fits.seconds += time.process_time() - begin
    found = [fits.fit(n) for n in kept]
    best = sorted(range(len(found)), key=lambda i: found[i].loss)[:4]
    found += [fits.fit(kept[i], n_starts=8) for i in best]
    laws |= {fit.node: fit.loss for fit in found if np.isfinite(fit.loss)}


def untrained(model: str) -> Refiner:
    """The same network with its initial weights."""
    from sklearn_trm.network.model import ModelConfig

    cfg = ModelConfig(**weights.read(model)[1]["config"])
    return Refiner(cfg, flatten(build(cfg, seed=0)[1]))


def evaluate_refiner(
    refiner: Refiner, laws: list, settings: Settings, *, progress: bool = True
) -> dict[str, Any]:
    """Scores: exact rate by size, solved at step k, latent iterations."""
    rows = [
        {**solve_law(refiner, X, y, np.random.default_rng(i), settings), "size": size_of(g)}
        for i, (g, X, y) in enumerate(tqdm(laws, disable=not progress, mininterval=5))
    ]
    return {
        "data_version": DATA_VERSION,
        "settings": asdict(settings),
        **summary(rows, settings.steps),
    }


def size_of(grids: G.Grids) -> int:
    """Filled cells of a law."""
    return int(n_filled(grids)[0])


def summary(rows: list[dict[str, Any]], steps: int) -> dict[str, Any]:
    """Shares and means of the rows of `solve_law`, each with its law's ``size``."""
    solved, size, n_iter = (np.array([r[k] for r in rows]) for k in ("solved", "size", "n_iter"))

    def mean(a: Any, digits: int = 4) -> float | None:
        return round(float(np.mean(a)), digits) if len(a) else None

    by_size = {
        f"{lo}-{hi}": {"laws": int(m.sum()), "exact": mean(solved[m] > 0)}
        for lo, hi in SIZES
        if (m := (size >= lo) & (size <= hi)).any()
    }
    network, fits = (mean([r[k] for r in rows]) for k in ("network_seconds", "fit_seconds"))
    return {
        "laws": len(rows),
        "exact": mean(solved > 0),
        "by_filled_cells": by_size,
        "solved_at_step": [mean((solved > 0) & (solved <= k)) for k in range(1, steps + 1)],
        "converged": mean([r["converged"] for r in rows]),
        "mean_iterations": mean(n_iter, 2),
        "mean_iterations_solved": mean(n_iter[solved > 0], 2),
        "mean_iterations_unsolved": mean(n_iter[solved == 0], 2),
        "mean_candidates": mean([r["tried"] for r in rows], 1),
        "network_seconds_per_law": network,
        "fit_seconds_per_law": fits,
        "seconds_per_law": round((network or 0.0) + (fits or 0.0), 4),
    }


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", default="auto", help="registry name or .safetensors file")
    parser.add_argument("--untrained", action="store_true", help="the same network, not trained")
    parser.add_argument("--laws", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--candidates", type=int, default=128)
    parser.add_argument("--max-iters", type=int, default=32)
    parser.add_argument("--threshold", type=float, default=1e-2)
    parser.add_argument("--ns-steps", type=int, default=2)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--open-cells", action="store_true", help="recursion, as in a fit")
    parser.add_argument("--out", type=Path, default=None)
    foresight.add_arguments(parser)
    args = parser.parse_args(argv)
    if args.views:
        trees = args.trees and (args.trees, args.tree_laws)
        foresight.report(args.model, min(args.laws, 400), args.sets, trees, args.out)
        return 0
    settings = Settings(
        args.steps, args.candidates, args.max_iters, args.threshold, args.ns_steps,
        args.temperature, open_cells=args.open_cells,
    )  # fmt: skip
    refiner = untrained(args.model) if args.untrained else Refiner.load(args.model)
    scores = evaluate_refiner(refiner, held_out_laws(args.laws), settings)
    text = json.dumps(scores, indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
