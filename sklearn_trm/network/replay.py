"""A thought once more, slowly: the latent and the answer after each iteration, for pictures.

The network runs again from what each answer step began with (`Seen`), by the same program text, so
the steps are those of the fit. Besides, a cloud of random latents is let go on the table as the
first step saw it: where all of them end is what the network makes of the table, however it began.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from ..expressions import grid as G
from . import grammar
from .decode import Vocabulary, write_answers
from .kept import Kept
from .model import NEGATIVE, TRM
from .scaling import Features
from .states import Seen

Array = jax.Array

COLUMN = 1000  # code of the table's first column in a `Film`: there may be more than ten


@dataclass(frozen=True)
class Film:
    """One answer step, iteration by iteration.

    Attributes
    ----------
    latent : ndarray of shape (n_iter, lanes, size)
        After each iteration; a lane at rest stays where it is.
    velocities : ndarray of shape (n_iter, lanes)
        Relative latent velocity; nan once a lane is at rest.
    head, unary, scaled : ndarray of shape (n_iter, lanes, cells)
        The answer that would be written after each iteration, most probable cell by cell, in the
        codes of `expressions.grid`; columns of the table are coded from `COLUMN` on.
    certainty : ndarray of shape (n_iter, lanes, cells)
        Probability of what stands in a cell, given the cells before it; nan for empty cells.
    start : ndarray of shape (lanes, size)
        The latent before the first iteration.
    """

    latent: np.ndarray
    velocities: np.ndarray
    head: np.ndarray
    unary: np.ndarray
    scaled: np.ndarray
    certainty: np.ndarray
    start: np.ndarray


def replay(steps: Sequence[Seen]) -> list[Film]:
    """Think the answer steps of a fit once more.

    Parameters
    ----------
    steps : sequence of Seen
        In their order.

    Returns
    -------
    list of Film
    """
    films: list[Film] = []
    latent: Any = None
    for seen in steps:
        answer, first, features = seen.refiner.inputs(seen.state)
        latent = latent if seen.goes_on and latent is not None else first
        v, cells = seen.state.columns.shape[1], seen.state.cells
        program = _compile(seen.refiner, v, cells, seen.max_iters, seen.ns_steps, True)
        start = np.asarray(latent[1])
        y, zs, velocities, *answers = program(
            seen.refiner._params, features, seen.state.columns, answer, latent, seen.threshold,
            seen.state.words,
        )  # fmt: skip
        latent = (y, zs[-1])
        n = max(1, int((~np.isnan(np.asarray(velocities))).any(1).sum()))
        head, unary, scaled, certainty = (np.asarray(a)[:n] for a in answers)
        films.append(Film(
            np.asarray(zs)[:n].reshape(n, len(start), -1), np.asarray(velocities)[:n],
            _on_table(head, seen.state.order), unary, scaled, certainty,
            start.reshape(len(start), -1),
        ))  # fmt: skip
    return films


def cloud(seen: Seen, size: int = 24, lane: int = 0) -> np.ndarray:
    """Random latents let go on the table as one lane of a step saw it.

    Returns
    -------
    ndarray of shape (1 + max_iters, size, latent size)
    """
    answer, (y, _), features = seen.refiner.inputs(seen.state)
    v, cells = seen.state.columns.shape[1], seen.state.cells

    def repeated(a: Any) -> np.ndarray:
        return np.repeat(np.asarray(a)[lane : lane + 1], size, axis=0)

    columns = repeated(seen.state.columns)
    slots = np.ones((size, np.shape(y)[1] - v - cells))
    live = np.concatenate([slots, columns, np.ones((size, cells))], axis=1)
    # as large as the stabilizer leaves a latent: a root mean square of 1
    z = np.random.default_rng(0).standard_normal((size, *np.shape(y)[1:])) * live[..., None]
    z = (z / np.sqrt((z**2).mean(axis=(1, 2), keepdims=True))).astype(np.float32)
    program = _compile(seen.refiner, v, cells, seen.max_iters, seen.ns_steps, False)
    zs = program(
        seen.refiner._params, jax.tree.map(repeated, features), columns,
        tuple(repeated(a) for a in answer), (repeated(y), z), 0.0, seen.state.words,
    )[1]  # fmt: skip
    return np.concatenate([z[None], np.asarray(zs)]).reshape(1 + seen.max_iters, size, -1)


def _on_table(head: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Heads whose columns are those of the table: each lane sees them in an order of its own."""
    out = head.copy()
    for lane, columns in enumerate(order):
        own = head[:, lane]
        is_column = (own >= G.VAR0) & (own < G.VAR0 + G.MAX_COLUMNS)
        at = np.clip(own - G.VAR0, 0, len(columns) - 1)
        out[:, lane] = np.where(is_column, COLUMN + columns[at], own)
    return out


@functools.lru_cache(maxsize=8)
def _compile(refiner: Any, v: int, cells: int, max_iters: int, ns_steps: int, writes: bool) -> Any:
    """The jitted replay of one shape: as an answer step, with all that is on the way."""

    def program(
        params: Any, features: Features, columns: Array, answer: tuple,
        latent: tuple[Array, Array], threshold: Array, words: Vocabulary,
    ) -> tuple:  # fmt: skip
        model = nnx.merge(refiner._graph, params, refiner._rest)
        x, e = (
            model.encode(features),
            model.embed_answer(G.Grids(answer[0], answer[1], answer[2], None)),
        )
        tables, live = model.think_tables(v, cells), model.live_tokens(columns, cells)
        inject, (y, z) = model.inject(x, e), latent

        def update(carry: tuple, _: None) -> tuple:
            z, active = carry
            new, velocity = model.latent_update(z, y, inject, tables, live, ns_steps)
            z = jnp.where(active[:, None, None], new, z)
            shown = jnp.where(active, velocity, jnp.nan)
            return (z, active & (velocity >= threshold)), (z, shown)

        begin = (jnp.asarray(z), jnp.ones(len(z), bool))
        path: Any
        _, path = jax.lax.scan(update, begin, None, length=max_iters)

        def written(z: Array) -> tuple:
            answered = model.answer_update(z, y, tables, live)
            heat, key = jnp.zeros(len(z)), jax.random.key(0)
            grids, _ = write_answers(model, answered, columns, key, heat, words, cells)
            sure = certainty(model, answered, columns, grids)
            return grids.head, grids.unary, grids.scaled, sure

        last = model.answer_update(path[0][-1], y, tables, live)
        return last, *path, *(jax.lax.map(written, path[0]) if writes else ())

    return Kept(program, ("replay", refiner.cfg, v, cells, max_iters, ns_steps, writes))


def certainty(model: TRM, y: Array, columns: Array, grids: G.Grids) -> Array:
    """Probability of each cell of written grids, given the cells before it; nan where empty."""
    c = grammar.contexts(grids)
    h = model.write(y, model.embed_answer(grids))
    head = jnp.where(grammar.head_mask(c), model.head_logits(h, y, columns), NEGATIVE)
    unary, scaled = model.given_head_logits(h, grids.head)
    unary = jnp.where(grammar.unary_mask(c, grids.head), unary, NEGATIVE)

    def taken(logits: Array, code: Array) -> Array:
        return jnp.take_along_axis(jax.nn.log_softmax(logits), code[..., None], -1)[..., 0]

    two = jnp.stack([jnp.zeros_like(scaled), scaled], -1)
    factor = jnp.where(
        grammar.scale_mask(c, grids.head, grids.unary), taken(two, grids.scaled), 0.0
    )
    sure = jnp.exp(taken(head, grids.head) + taken(unary, grids.unary) + factor)
    return jnp.where(grids.head == G.EMPTY, jnp.nan, sure)
