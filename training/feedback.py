"""Feedback of the model's own answers: draw an answer, execute it, hand prediction back.

This is what makes the answer loop a learned correction: the next supervision step sees
the answer, its prediction and its residual, and its target is still the truth.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from sklearn_trm.expressions import grid as G
from training.grids import evaluate_grids

Array = jax.Array


def prune(grids: G.Grids) -> G.Grids:
    """Empty every cell that hangs below a leaf (an answer drawn cell by cell may leave some)."""
    head = grids.head
    keep = [jnp.ones((head.shape[0], 1), bool)]
    for level in range(G.n_levels(grids.cells) - 1):
        h = head[:, G.level_slice(level)]
        left = keep[-1] & (h >= G.ADD)
        right = left & (h != G.ARG)
        keep.append(jnp.stack([left, right], -1).reshape(head.shape[0], -1))
    alive = jnp.concatenate(keep, 1)
    zero = jnp.zeros((), head.dtype)
    return G.Grids(
        jnp.where(alive, head, zero),
        jnp.where(alive, grids.unary, zero),
        jnp.where(alive, grids.scaled, zero),
        jnp.where(alive, grids.value, 1.0),
    )


def execute(grids: G.Grids, X: Array, y: Array, mask: Array) -> Array:
    """Prediction a + b * law with a, b in closed form; the mean of y where the law is undefined."""
    f = evaluate_grids(grids, X, jnp)
    m = mask.astype(f.dtype)
    count = jnp.maximum(m.sum(-1, keepdims=True), 1.0)
    defined = (jnp.where(mask, jnp.isfinite(f) & (jnp.abs(f) < 1e12), True)).all(-1, keepdims=True)
    f = jnp.where(defined & mask, f, 0.0)
    f = f / (jnp.abs(f).max(-1, keepdims=True) + 1e-30)
    y_scale = jnp.abs(y * m).max(-1, keepdims=True) + 1e-30
    t = y / y_scale
    mf, mt = (f * m).sum(-1, keepdims=True) / count, (t * m).sum(-1, keepdims=True) / count
    cov = ((f - mf) * (t - mt) * m).sum(-1, keepdims=True)
    var = ((f - mf) ** 2 * m).sum(-1, keepdims=True)
    b = jnp.where(var > 1e-9 * count, cov / jnp.maximum(var, 1e-12), 0.0)
    return (mt + b * (f - mf)) * y_scale * m
