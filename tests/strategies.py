"""Hypothesis strategies: random trees over all ops, and tables to evaluate them on."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from benchmarks.rounding import drawn_trees as drawn_trees
from sklearn_trm.expressions.operators import BINARY, UNARY
from sklearn_trm.expressions.tree import Node, const, var

N_COLUMNS = 3

numbers = st.one_of(
    st.sampled_from([-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 1 / 3, 0.1, np.pi]),
    st.floats(-50.0, 50.0, allow_nan=False).filter(lambda v: v == 0.0 or abs(v) > 1e-6),
)
leaves = st.one_of(st.builds(var, st.integers(0, N_COLUMNS - 1)), st.builds(const, numbers))


def _grow(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    unary = st.builds(lambda op, a: Node(op, (a,)), st.sampled_from(UNARY), children)
    binary = st.builds(
        lambda op, a, b: Node(op, (a, b)), st.sampled_from(BINARY), children, children
    )
    return st.one_of(unary, binary)


trees = st.recursive(leaves, _grow, max_leaves=8)


def table(seed: int = 0, rows: int = 24, low: float = -3.0, high: float = 3.0) -> np.ndarray:
    """A fixed table with both signs; its rows are where values are compared."""
    return np.random.default_rng(seed).uniform(low, high, (rows, N_COLUMNS))


def in_double_precision() -> Any:
    """JAX in float64 meanwhile; versions differ in where this stands."""
    import jax

    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax.experimental import enable_x64

    return enable_x64(True)
