"""Benchmark laws are kept out of training: by a numeric signature, whatever their form.

Signatures of whole batches of grids, in NumPy or JAX; what they are says `benchmarks.signature`.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.signature import CONSTANT, SETTINGS, TOLERANCE, benchmark_signatures, probe
from sklearn_trm.expressions import grid as G
from training.grids import evaluate_grids

Array = jax.Array


def signature(grids: G.Grids, xp: object = np) -> Array:
    """Signatures of a batch of grids, shape (b, 12); nan and overflow count as 0."""
    value = xp.where(grids.head == G.CONST, CONSTANT, 1.0).astype(np.float32)  # type: ignore[attr-defined]
    f = evaluate_grids(grids._replace(value=value), xp.asarray(probe()), xp)  # type: ignore[attr-defined]
    f = f.reshape(f.shape[0], len(SETTINGS), 1 + G.MAX_COLUMNS)
    f = xp.where(xp.isfinite(f) & (abs(f) < 1e6), f, 0.0)  # type: ignore[attr-defined]
    delta = f[..., 1:] - f[..., :1]
    parts = [f[..., 0], delta.sum(-1), (delta**2).sum(-1), xp.tanh(delta).sum(-1)]  # type: ignore[attr-defined]
    return xp.concatenate(parts, -1)  # type: ignore[attr-defined]


def is_benchmark(grids: G.Grids, xp: object = jnp) -> Array:
    """Which grids are a benchmark law up to columns, constants and form: bool (b,)."""
    s, table = signature(grids, xp), xp.asarray(benchmark_signatures())  # type: ignore[attr-defined]
    gap = abs(s[:, None] - table[None])
    return (gap <= TOLERANCE * (1.0 + abs(table[None]))).all(-1).any(-1)
