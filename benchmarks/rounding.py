"""Random laws, and how far rounding may carry their values: what two forms of a law must share."""

from __future__ import annotations

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.operators import BINARY, OPS, UNARY
from sklearn_trm.expressions.tree import Node, const, var

DOUBLE, SINGLE = 1e-10, 1e-5
RUNS = 6  # evaluations with roundings drawn at random
ROOM = 20.0  # times the spread of these


def drawn_trees(count: int, seed: int, size: int = 7, n_columns: int = 3) -> list[Node]:
    """Random trees over all ops, the same for a seed: for what starts a program once."""
    rng = np.random.default_rng(seed)

    def grow(size: int) -> Node:
        if size <= 1:
            number = rng.choice([-3.0, -1.0, -0.5, 0.0, 2.0, 4.0, 1 / 3, rng.normal(0, 5)])
            return var(int(rng.integers(n_columns))) if rng.random() < 0.6 else const(number)
        if rng.random() < 0.5:
            return Node(str(rng.choice(UNARY)), (grow(size - 1),))
        left = int(rng.integers(1, size))
        return Node(str(rng.choice(BINARY)), (grow(left), grow(size - left)))

    return [grow(int(rng.integers(2, size + 1))) for _ in range(count)]


def run_rounded(
    node: Node, X: np.ndarray, rng: np.random.Generator, eps: float
) -> tuple[np.ndarray, np.ndarray]:
    """Values when each step is rounded at random, and where all steps are finite."""
    n = len(X)
    if node.is_var:
        return X[:, node.column] * (1 + eps * rng.uniform(-1, 1)), np.full(n, True)
    if node.is_const:
        return np.full(n, node.value * (1 + eps * rng.uniform(-1, 1))), np.full(n, True)
    values, tame = zip(*(run_rounded(c, X, rng, eps) for c in node.children), strict=True)
    out = OPS[node.op].apply(np, *values)
    out = out * (1 + eps * rng.uniform(-1, 1, n))
    return out, np.logical_and.reduce(tame) & np.isfinite(out)


class Expected:
    """What another form of a law must give on rows.

    Attributes
    ----------
    values : ndarray of shape (n,)
    tame : ndarray of bool
        Rows where every step is finite, however it is rounded.
    spread : ndarray of shape (n,)
        How far roundings carry the values.
    """

    def __init__(self, node: Node, tolerance: float, X: np.ndarray) -> None:
        eps = 1e-15 if tolerance == DOUBLE else 2e-7
        rng = np.random.default_rng(0)
        self.values = evaluate(node, X)
        with np.errstate(all="ignore"):
            runs = [run_rounded(node, X, rng, eps) for _ in range(RUNS)]
            others = np.array([values for values, _ in runs])
            exact = run_rounded(node, X, rng, 0.0)  # 1/(x - x) is finite if only rounded
            self.tame = np.logical_and.reduce([t for _, t in [exact, *runs]])
            self.spread = np.abs(others - self.values).max(axis=0)
            big = 1e30 if tolerance == SINGLE else np.inf
            self.tame &= np.abs(others).max(axis=0) < big
        self.tolerance = tolerance

    def check(self, values: np.ndarray, undefined: bool = True) -> None:
        """Equal where all roundings are finite; undefined where all are (if asked)."""
        assert values.shape == self.values.shape
        rows = self.tame
        allowed = self.tolerance * np.abs(self.values) + ROOM * self.spread + 1e-30
        difference = np.abs(values[rows] - self.values[rows])
        assert (difference <= allowed[rows]).all()
        if undefined:
            assert np.isnan(values[np.isnan(self.values) & np.isnan(self.spread)]).all()
