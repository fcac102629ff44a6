"""``python -m training.evaluate --views``: what is known of a law's opening, beyond frequencies.

Mean log-probability of the root, and of the root and its children, minus that of the frequencies
in the same set, each law left out: for the refiner, and for boosted trees on views of the table
where a file of drawn laws is given. Equal forms of a law count as one: their probabilities add up.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from scipy.special import logsumexp

from sklearn_trm.errors import GridOverflowError
from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.tree import Node, map_columns
from sklearn_trm.network import grammar
from sklearn_trm.network.grid_tree import to_grid
from sklearn_trm.network.model import NEGATIVE, TRM
from sklearn_trm.network.refine import LANES, Refiner, think
from sklearn_trm.network.scaling import Features

from .openings import (
    CELLS,
    CLASS_OF,
    N_CLASSES,
    NOISES,
    SETS,
    Judge,
    Opening,
    Problem,
    frequencies,
    opening,
    problems,
)
from .trees import by_trees

Array = jax.Array
MOST_FORMS = 4
CHUNK = 12  # laws at once
SHAPES = ((15, 5), (G.CELLS, 5), (G.CELLS, G.MAX_COLUMNS))  # cells and columns of the network


def class_log_probs(model: TRM, y: Array, columns: Array, target: G.Grids) -> Array:
    """Log-probability (b, CELLS, classes) of the first cells, given the true ones before each."""
    c = grammar.contexts(target)
    h = model.write(y, model.embed_answer(target))
    head = jnp.where(grammar.head_mask(c), model.head_logits(h, y, columns), NEGATIVE)
    head = jax.nn.log_softmax(head, -1)[:, :CELLS]
    first = grammar.Context(*(a[:, :CELLS] for a in c))
    joint = []
    for code in range(G.N_HEADS):
        codes = jnp.full(head.shape[:2], code)
        unary = model.given_head_logits(h[:, :CELLS], codes)[0]
        unary = jnp.where(grammar.unary_mask(first, codes), unary, NEGATIVE)
        joint.append(head[..., code, None] + jax.nn.log_softmax(unary, -1))
    p = jnp.exp(jnp.stack(joint, -2))  # (b, CELLS, heads, unaries)
    classes = np.zeros((G.N_HEADS, G.N_UNARIES, N_CLASSES), np.float32)
    np.put_along_axis(classes, CLASS_OF[..., None], 1.0, -1)
    known = jnp.einsum("bchu,huk->bck", p, classes)
    # what must stay empty is known to be
    empty = jnp.zeros(N_CLASSES).at[0].set(1.0)
    return jnp.log(jnp.where(c.wanted[:, :CELLS, None], known, empty) + 1e-9)


def by_refiner(refiner: Refiner) -> Judge:
    """The refiner's first answer, before any feedback; probabilities are means over lanes."""

    def program(params: Any, f: Features, columns: Array, targets: tuple) -> Array:
        model = nnx.merge(refiner._graph, params, refiner._rest)
        y, z = model.start(len(columns), columns.shape[1], targets[0].cells)
        answer = jnp.zeros((*targets[0].head.shape, model.cfg.dim))
        y = think(model, model.encode(f), answer, columns, y, z, 1e-2, max_iters=32, ns_steps=2).y
        return jnp.stack([class_log_probs(model, y, columns, t) for t in targets])

    options = {"xla_backend_optimization_level": 0} if jax.default_backend() == "cpu" else None
    compiled = jax.jit(program, compiler_options=options)

    def judge(tables: Sequence[Problem], rows: Sequence[tuple[int, Node]]) -> np.ndarray:
        out = np.full((len(rows), CELLS), np.log(1e-9))
        for cells, v in SHAPES:
            mine = [i for i, p in enumerate(tables) if _shape(p) == (cells, v)]
            for at in range(0, len(mine), CHUNK):
                part = mine[at : at + CHUNK]
                part += part[:1] * (CHUNK - len(part))
                lanes = [_laid_out(refiner, tables[i], i, cells) for i in part]
                places, targets = _targets(rows, part, lanes, cells)
                seen = [refiner.features(s) for s in lanes]
                f = jax.tree.map(lambda *a: np.concatenate(a), *seen)
                columns = np.concatenate([s.columns for s in lanes])
                log_p = np.asarray(compiled(refiner._params, f, columns, targets))
                for form, lane, k, codes in places:
                    own = log_p[form, lane : lane + LANES]
                    p = np.stack([own[:, c, codes[:, c]].diagonal() for c in range(CELLS)], 1)
                    # the mean over lanes of the root, then of all three
                    steps = np.array([logsumexp(p[:, :c].sum(1)) for c in range(1, CELLS + 1)])
                    out[k] = np.diff(steps - np.log(LANES), prepend=0.0)
        return out

    return judge


def _shape(problem: Problem) -> tuple[int, int]:
    """Cells and columns of the smallest shape for a problem."""
    v = 5 if problem.X.shape[1] <= 5 else G.MAX_COLUMNS
    for form in problem.forms if v == 5 else ():
        try:
            to_grid(form, 15)
        except GridOverflowError:
            continue
        return 15, v
    return G.CELLS, v


def _laid_out(refiner: Refiner, problem: Problem, seed: int, cells: int) -> Any:
    rng = np.random.default_rng([seed, 0])
    return refiner.start(problem.X, problem.y, rng, cells=cells)


def _targets(
    rows: Sequence[tuple[int, Node]], part: list[int], lanes: list, cells: int
) -> tuple[list, tuple[G.Grids, ...]]:
    """Grids of the forms for every lane; and which form and lane holds which row."""
    empty = G.empty_grids(len(part) * LANES, cells)
    targets = [G.Grids(*(a.copy() for a in empty)) for _ in range(MOST_FORMS)]
    for target in targets:
        target.head[:, 0] = G.VAR0  # a law, where there is no other form
    places = []
    for at, i in enumerate(part):
        if i in part[:at]:  # fills up the chunk
            continue
        own = [(k, form) for k, (j, form) in enumerate(rows) if j == i]
        for slot, (k, form) in enumerate(own[:MOST_FORMS]):
            codes = np.zeros((LANES, CELLS), int)
            try:
                for lane, order in enumerate(lanes[at].order):
                    where = {int(c): n for n, c in enumerate(order) if c >= 0}
                    mapped = map_columns(form, [where[c] for c in range(len(where))])
                    grid = to_grid(mapped, cells)
                    for to, source in zip(targets[slot], grid, strict=True):
                        to[at * LANES + lane] = source[0]
                    codes[lane] = CLASS_OF[grid.head[0, :CELLS], grid.unary[0, :CELLS]]
            except GridOverflowError:
                continue
            places.append((slot, at * LANES, k, codes))
    return places, tuple(targets)


def knowledge(name: str, noise: float, count: int, judges: dict[str, Judge]) -> dict[str, Any]:
    """Nats of root and opening over frequencies, each with its standard error."""
    tables = problems(name, noise, count)
    openings: list[list[Opening]] = [[opening(form) for form in p.forms] for p in tables]
    by_root, by_all = frequencies(openings)
    rows = [(i, form) for i, p in enumerate(tables) for form in p.forms]
    out: dict[str, Any] = {
        "set": name, "noise": noise, "laws": len(tables),
        "frequencies": [round(float(a.mean()), 3) for a in (by_root, by_all)],
    }  # fmt: skip
    flat = [o for own in openings for o in own]
    for who, judge in judges.items():
        log_p = judge(tables, rows)
        root, whole = (np.full(len(tables), -np.inf) for _ in range(2))
        roots: set[tuple[int, int]] = set()
        for (i, _), o, p in zip(rows, flat, log_p, strict=True):
            if (i, o[0]) not in roots:
                roots.add((i, o[0]))
                root[i] = np.logaddexp(root[i], p[0])
            whole[i] = np.logaddexp(whole[i], p.sum())
        gains = (root - by_root, whole - by_all)
        out[who] = {
            what: [round(float(g.mean()), 3), round(float(g.std() / np.sqrt(len(g))), 3)]
            for what, g in zip(("root", "first three"), gains, strict=True)
        }
    return out


def report(
    model: str,
    count: int,
    sets: Sequence[str] = SETS,
    trees: tuple[Path, int] | None = None,
    out: Path | None = None,
) -> list[dict[str, Any]]:
    """Some sets at all noises, printed as they come."""
    judges = {"refiner": by_refiner(Refiner.load(model))}
    if trees is not None:
        judges["trees"] = by_trees(*trees)
    found = []
    for name in sets:
        for noise in NOISES:
            found.append(knowledge(name, noise, count, judges))
            print(json.dumps(found[-1]), flush=True)
    if out is not None:
        out.write_text(json.dumps(found, indent=1) + "\n")
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--views", action="store_true", help="what is known of first openings")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS, help="with --views")
    parser.add_argument("--trees", type=Path, help="with --views: a folder for boosted trees")
    parser.add_argument("--tree-laws", type=int, default=7000, help="drawn laws that they learn")
