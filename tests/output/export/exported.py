"""What an export must give: laws, a table, and how far rounding may carry values."""

from __future__ import annotations

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node
from tests.strategies import table

X = np.vstack([table(seed=1, rows=12), table(seed=2, rows=12, low=0.2)])
NAMES = ["mass", "r", "t"]
DOUBLE, SINGLE = 1e-10, 1e-5
LAWS = [
    "2.5*mass/r**2", "-(mass - (r - t)) - -2", "(mass + r)**3/(1 + (mass + r)**2)", "3.5",
    "exp(-mass**2/(2*pi))*sin(-r)", "1/(1/mass + 1/r)", "abs(mass)**r**0.5",
    "mass - (-r)*t - (-3)*t",
]  # fmt: skip
LAWS = [parse(law, NAMES) for law in LAWS] + [
    Node(op.name, (parse("0.3*x0 + 0.1"), parse("x1 - 0.25"))[: op.arity]) for op in OPS.values()
]


def run_rounded(node: Node, rng: np.random.Generator, eps: float) -> tuple[np.ndarray, np.ndarray]:
    """Values when each step is rounded at random, and where all steps are finite."""
    if node.is_var:
        return X[:, node.column] * (1 + eps * rng.uniform(-1, 1)), np.full(len(X), True)
    if node.is_const:
        return np.full(len(X), node.value * (1 + eps * rng.uniform(-1, 1))), np.full(len(X), True)
    values, tame = zip(*(run_rounded(c, rng, eps) for c in node.children), strict=True)
    out = OPS[node.op].apply(np, *values)
    out = out * (1 + eps * rng.uniform(-1, 1, len(X)))
    return out, np.logical_and.reduce(tame) & np.isfinite(out)


class Expected:
    """What an export of a law must give."""

    def __init__(self, node: Node, tolerance: float) -> None:
        eps = 1e-15 if tolerance == DOUBLE else 2e-7
        rng = np.random.default_rng(0)
        self.values = evaluate(node, X)
        with np.errstate(all="ignore"):
            runs = [run_rounded(node, rng, eps) for _ in range(6)]
            others = np.array([values for values, _ in runs])
            exact = run_rounded(node, rng, 0.0)  # 1/(x - x) is finite if only rounded
            self.tame = np.logical_and.reduce([t for _, t in [exact, *runs]])
            self.spread = np.abs(others - self.values).max(axis=0)
            big = 1e30 if tolerance == SINGLE else np.inf
            self.tame &= np.abs(others).max(axis=0) < big
        self.tolerance = tolerance

    def check(self, values: np.ndarray, undefined: bool = True) -> None:
        """Equal where all roundings are finite; undefined where all are (if asked)."""
        assert values.shape == self.values.shape
        rows = self.tame
        allowed = self.tolerance * np.abs(self.values) + 20 * self.spread + 1e-30
        difference = np.abs(values[rows] - self.values[rows])
        assert (difference <= allowed[rows]).all()
        if undefined:
            assert np.isnan(values[np.isnan(self.values) & np.isnan(self.spread)]).all()
