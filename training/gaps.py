"""``python -m training.gaps --laws 400``: what do unsolved laws lack, cells or constants?

The true grid of held-out laws is given to the decoder cell by cell (teacher forcing): what
probability has it, and where is it lost? The chance to draw a law among n candidates follows
in closed form, for any n and temperature; and the true structure with constants at 1 tells
whether the fit would have found them.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from sklearn_trm.errors import GridOverflowError
from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.tree import map_columns
from sklearn_trm.network import grammar
from sklearn_trm.network.grid_tree import from_grid, to_grid
from sklearn_trm.network.model import NEGATIVE, TRM
from sklearn_trm.network.refine import LANES, Refiner, think
from sklearn_trm.network.scaling import Features, problem_features

from .evaluate import FRESH, ROWS, Fits, Settings, held_out_laws, is_exact, size_of, solve_law

Array = jax.Array
CELLS = 15
HEATS = (0.5, 0.7, 1.0, 1.3, 1.5, 2.0)
CANDIDATES = (4, 32, 128, 512, 4096)


def true_log_prob(
    model: TRM, f: Features, columns: Array, target: G.Grids, heat: Array
) -> tuple[Array, Array, Array]:
    """Log-probability (b, cells) of the true head, unary and scale of every cell, as decoded.

    0 where a cell stays empty, -inf (as a large negative number) where the grammar forbids.
    """
    answer = jnp.zeros((*target.head.shape, model.cfg.dim))
    y, z = model.start(len(columns), columns.shape[1], target.cells)
    y = think(model, model.encode(f), answer, columns, y, z, 1e-3, max_iters=32, ns_steps=2).y
    c = grammar.contexts(target)
    h = model.write(y, model.embed_answer(target))
    head = jnp.where(grammar.head_mask(c), model.head_logits(h, y, columns), NEGATIVE)
    unary, scaled = model.given_head_logits(h, target.head)
    unary = jnp.where(grammar.unary_mask(c, target.head), unary, NEGATIVE)
    may = grammar.scale_mask(c, target.head, target.unary)
    two = jnp.stack([jnp.zeros_like(scaled), scaled], -1)
    scale_forbidden = ~may & (target.scaled > 0)

    def taken(logits: Array, code: Array) -> Array:
        lp = jax.nn.log_softmax(logits / heat, -1)
        return jnp.take_along_axis(lp, code[..., None], -1)[..., 0] * c.wanted

    scale = jnp.where(may, taken(two, target.scaled), 0.0)
    return (
        taken(head, target.head), taken(unary, target.unary),
        jnp.where(scale_forbidden & c.wanted, NEGATIVE, scale),
    )  # fmt: skip


def _views(refiner: Refiner, laws: list) -> tuple[Features, np.ndarray, G.Grids]:
    """Features, columns and true grids of every lane of every law."""
    states, grids = [], []
    for i, (g, X, y) in enumerate(laws):
        state = refiner.start(X[:ROWS], y[:ROWS], np.random.default_rng([i, 0]), cells=CELLS)
        node = from_grid(g)
        for order in state.order:
            where = {int(c): k for k, c in enumerate(order) if c >= 0}
            mapped = map_columns(node, [where.get(c, 0) for c in range(X.shape[1])])
            try:
                grids.append(to_grid(mapped, CELLS))
            except GridOverflowError:
                grids.append(g)
        states.append(state)
    X, y, mask, columns = (
        np.concatenate([getattr(s, name) for s in states]) for name in ("X", "y", "mask", "columns")
    )
    with np.errstate(all="ignore"):
        f = problem_features(X, y, np.zeros_like(y), mask, columns)
    joined = G.Grids(*(np.concatenate(a) for a in zip(*grids, strict=True)))
    return f, columns, joined


def chance(log_prob: np.ndarray, candidates: int) -> float:
    """Mean chance to draw a law with `candidates` draws, log_prob (laws, lanes) of each lane."""
    draws = candidates / log_prob.shape[1]
    missed = draws * np.log1p(-np.exp(np.minimum(log_prob, -1e-9)))
    return float((1 - np.exp(missed.sum(1))).mean())


def measure(refiner: Refiner, laws: list, *, solve: bool = True) -> dict[str, Any]:
    """Where the true grids of `laws` are lost; shares are of the laws."""
    f, columns, target = _views(refiner, laws)

    def program(
        params: Any, f: Features, columns: Array, target: G.Grids, heat: Array
    ) -> tuple[Array, ...]:
        model = nnx.merge(refiner._graph, params, refiner._rest)
        return true_log_prob(model, f, columns, target, heat)

    options = {"xla_backend_optimization_level": 0} if jax.default_backend() == "cpu" else None
    compiled = jax.jit(program, compiler_options=options)
    solved, fit_1, fit_8 = (np.zeros(len(laws), bool) for _ in range(3))
    for i, (g, X, y) in enumerate(laws):
        fits = Fits(X[:ROWS], y[:ROWS], seed=i)
        bare = from_grid(g._replace(value=np.ones_like(g.value)))  # as the decoder writes it
        fresh = X[ROWS : ROWS + FRESH], y[ROWS : ROWS + FRESH]
        fit_1[i] = is_exact(fits.fit(bare).node, *fresh)
        fit_8[i] = fit_1[i] or is_exact(fits.fit(bare, n_starts=8).node, *fresh)
        if solve:
            rng = np.random.default_rng([i, 0])
            solved[i] = solve_law(refiner, X, y, rng, Settings(), fits)["solved"] > 0
    by_heat = {}
    for heat in HEATS:
        parts = compiled(refiner._params, f, columns, target, heat)
        by_heat[heat] = np.stack([np.asarray(p, float) for p in parts])  # (3, laws*lanes, cells)
    plain = by_heat[1.0]
    total = {h: a.sum((0, 2)).reshape(-1, LANES) for h, a in by_heat.items()}
    wanted = np.repeat(~solved, LANES) if solve else np.ones(len(columns), bool)
    cells = target.head[wanted] != G.EMPTY
    levels = [G.level_slice(k) for k in range(G.n_levels(CELLS))]

    def mean(a: np.ndarray, where: np.ndarray) -> float:
        return round(float(a[where].mean()), 3) if where.any() else 0.0

    lost, per_cell = plain[:, wanted], plain[:, wanted].sum(0)
    possible = lost.min((0, 2)) > NEGATIVE / 10
    lost, per_cell, cells = lost[:, possible], per_cell[possible], cells[possible]
    # the first cell of the heap that is less probable than one in ten
    first = np.where((per_cell < np.log(0.1)).any(1), (per_cell < np.log(0.1)).argmax(1), -1)
    level_of = np.floor(np.log2(np.arange(CELLS) + 1)).astype(int)
    unsolved = ~solved
    return {
        "laws": len(laws),
        "solved": round(float(solved.mean()), 4),
        "of_unsolved": {
            "laws": int(unsolved.sum()),
            "rejected_by_grammar": round(float(1 - possible.mean()), 4),
            "constants_not_found_1_start": mean(~fit_1, unsolved),
            "constants_not_found_8_starts": mean(~fit_8, unsolved),
            "true_root_head_below_10%": round(float((lost[0, :, 0] < np.log(0.1)).mean()), 3),
            "log_prob_by_level": [mean(per_cell[:, s], cells[:, s]) for s in levels],
            "log_prob_head_unary_scaled": [mean(a, cells) for a in lost],
            "level_of_first_improbable_cell": {
                str(k): round(float((level_of[first] == k)[first >= 0].sum() / len(first)), 3)
                for k in range(len(levels))
            } | {"none": round(float((first < 0).mean()), 3)},
            "log_prob_quantiles_10_50_90": [
                round(float(q), 2)
                for q in np.quantile(total[1.0][unsolved].max(1), (0.1, 0.5, 0.9))
            ],
            "chance_at_candidates": {
                str(n): round(chance(total[1.0][unsolved], n), 4) for n in CANDIDATES
            },
        },
        "chance_32_by_temperature": {
            str(h): round(chance(lp, 32), 4) for h, lp in total.items()
        },
        "chance_512_by_temperature": {
            str(h): round(chance(lp, 512), 4) for h, lp in total.items()
        },
        "chance_32_one_lane_and_all": [
            round(chance(total[1.0][:, :1], 32), 4), round(chance(total[1.0], 32), 4)
        ],
    }  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.gaps", description=__doc__)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--laws", type=int, default=400, help="of all sizes")
    parser.add_argument("--size", type=int, nargs=2, default=(4, 7), metavar=("FROM", "TO"))
    args = parser.parse_args(argv)
    low, high = args.size
    laws = [law for law in held_out_laws(args.laws) if low <= size_of(law[0]) <= high]
    print(json.dumps(measure(Refiner.load(args.model), laws), indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
