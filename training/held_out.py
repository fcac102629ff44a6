"""Benchmark laws are kept out of training: by a numeric signature, whatever their form.

A signature does not depend on the names or the order of columns, nor on the values of
constants: all scales are 1 and all other constants 1.7, and the law is evaluated where all
columns are equal, and where one of them moves. What counts is the value there and symmetric
functions of the moves, so every renaming and rewriting of a benchmark law is caught.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import laws as suites
from sklearn_trm.errors import GridOverflowError
from sklearn_trm.expressions import grid as G
from sklearn_trm.network.grid_tree import to_grid
from training.grids import evaluate_grids

Array = jax.Array

_SETTINGS = ((0.7, 0.4), (1.3, 1.9), (2.1, 1.6))  # (all columns, the one that moves)
_CONSTANT = 1.7
_TOLERANCE = 2e-4


@functools.cache
def _probe() -> np.ndarray:
    rows = []
    for base, moved in _SETTINGS:
        table = np.full((1 + G.MAX_COLUMNS, G.MAX_COLUMNS), base, np.float32)
        table[1 + np.arange(G.MAX_COLUMNS), np.arange(G.MAX_COLUMNS)] = moved
        rows.append(table)
    return np.concatenate(rows)


def signature(grids: G.Grids, xp: object = np) -> Array:
    """Signatures of a batch of grids, shape (b, 12); nan and overflow count as 0."""
    value = xp.where(grids.head == G.CONST, _CONSTANT, 1.0).astype(np.float32)  # type: ignore[attr-defined]
    f = evaluate_grids(grids._replace(value=value), xp.asarray(_probe()), xp)  # type: ignore[attr-defined]
    f = f.reshape(f.shape[0], len(_SETTINGS), 1 + G.MAX_COLUMNS)
    f = xp.where(xp.isfinite(f) & (abs(f) < 1e6), f, 0.0)  # type: ignore[attr-defined]
    delta = f[..., 1:] - f[..., :1]
    parts = [f[..., 0], delta.sum(-1), (delta**2).sum(-1), xp.tanh(delta).sum(-1)]  # type: ignore[attr-defined]
    return xp.concatenate(parts, -1)  # type: ignore[attr-defined]


@functools.cache
def benchmark_signatures() -> np.ndarray:
    """Signatures of all benchmark laws that fit the grid, shape (laws, 12)."""
    found = []
    for suite in suites.suites():
        for law in suites.load(suite):
            try:
                found.append(to_grid(law.node))
            except GridOverflowError:
                continue
    stacked = G.Grids(*(np.concatenate(a) for a in zip(*found, strict=True)))
    with np.errstate(all="ignore"):
        table = np.unique(signature(stacked), axis=0)
    return table[np.abs(table).sum(-1) > 0]  # undefined on every probe: says nothing


def is_benchmark(grids: G.Grids, xp: object = jnp) -> Array:
    """Which grids are a benchmark law up to columns, constants and form: bool (b,)."""
    s, table = signature(grids, xp), xp.asarray(benchmark_signatures())  # type: ignore[attr-defined]
    gap = abs(s[:, None] - table[None])
    return (gap <= _TOLERANCE * (1.0 + abs(table[None]))).all(-1).any(-1)
