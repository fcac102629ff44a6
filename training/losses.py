"""Losses and measures of one supervision step."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from sklearn_trm.expressions import grid as G
from sklearn_trm.network import grammar
from sklearn_trm.network.model import NEGATIVE, TRM

Array = jax.Array


class StepOutput(NamedTuple):
    """What one supervision step gives per law, and the answer that it would write."""

    loss: Array  # (b,)
    exact: Array  # (b,) greedy answer equals the target grid
    cells_right: Array  # (b,) share of wanted cells right
    answer: G.Grids  # greedy or sampled cells, given true predecessors


def _draw(logits: Array, key: Array | None, greedy: Array) -> Array:
    best = logits.argmax(-1)
    if key is None:
        return best
    return jnp.where(greedy[:, None], best, jax.random.categorical(key, logits))


def answer_loss(
    model: TRM, y: Array, target: G.Grids, columns: Array, key: Array, greedy: Array
) -> StepOutput:
    """Cross-entropy of all cells given the true cells above and before them."""
    c = grammar.contexts(target)
    w = c.wanted.astype(jnp.float32)
    h = model.write(y, model.embed_answer(target))
    head = jnp.where(grammar.head_mask(c), model.head_logits(h, y, columns), NEGATIVE)
    unary, scaled = model.given_head_logits(h, target.head)
    unary = jnp.where(grammar.unary_mask(c, target.head), unary, NEGATIVE)
    may_scale = grammar.scale_mask(c, target.head, target.unary)

    def nll(logits: Array, codes: Array) -> Array:
        # one-hot instead of gather: its backward is no scatter
        hot = jax.nn.one_hot(codes, logits.shape[-1])
        nats = -(jax.nn.log_softmax(logits, -1) * hot).sum(-1)
        # what the grammar forbids is never written: a law that needs it can't teach it
        return jnp.where(nats < -0.5 * NEGATIVE, nats, 0.0)

    s = target.scaled.astype(jnp.float32)
    bce = jnp.where(may_scale, jnp.logaddexp(0.0, scaled) - s * scaled, 0.0)
    per_cell = jnp.where(c.wanted, nll(head, target.head) + nll(unary, target.unary) + bce, 0.0)
    k = jax.random.split(key, 3)
    d_head = _draw(jax.lax.stop_gradient(head), k[0], greedy)
    d_unary = _draw(jax.lax.stop_gradient(unary), k[1], greedy)
    p = jax.nn.sigmoid(scaled)
    d_scaled = (
        jnp.where(greedy[:, None], p > 0.5, jax.random.uniform(k[2], p.shape) < p) & may_scale
    )
    right = (
        (head.argmax(-1) == target.head)
        & (unary.argmax(-1) == target.unary)
        & (((scaled > 0) == (s > 0)) | ~may_scale)
    )
    exact = (right | ~c.wanted).all(-1)
    same_kind = d_head == target.head
    answer = G.Grids(
        d_head,
        # drawn given the true head; of another head the unary says nothing
        jnp.where(
            same_kind, d_unary, jnp.where((d_head == G.CONST) | (d_head == G.EMPTY), 0, d_unary)
        ),
        jnp.where(same_kind, d_scaled, False).astype(jnp.int32),
        target.value,
    )
    share = (right * w).sum(-1) / jnp.maximum(w.sum(-1), 1.0)
    return StepOutput(per_cell.sum(-1), exact, share, answer)
