"""Draw the suite `nested`: laws that need several operations inside each other.

    python -m benchmarks nested > benchmarks/problems/nested.csv

Laws are drawn from a grammar of physics and engineering: sums of products of powers, of
waves, exponentials and roots whose arguments are sums again. A law stays when it fills 12
to 25 cells of the answer grid, is defined on its ranges, and when each of its parts matters.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator

import numpy as np

from sklearn_trm.errors import GridOverflowError
from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import to_text
from sklearn_trm.expressions.tree import Node, call, columns, const, var, walk
from sklearn_trm.network.grid_tree import to_grid

LEAST, MOST = 12, 25  # filled cells
LOW, HIGH = 0.5, 4.0  # range of every column
MATTERS = 0.02  # share of the law's spread that each part accounts for at least
_WRAPPERS = ("sqrt", "exp", "log", "sin", "cos", "square", "tanh", "inv")


class _Drawer:
    def __init__(self, rng: np.random.Generator, n_columns: int) -> None:
        self.rng, self.n_columns = rng, n_columns

    def number(self) -> Node:
        """An integer, or two decimals."""
        if self.rng.random() < 0.4:
            return const(float(self.rng.integers(1, 6)))
        return const(round(float(self.rng.uniform(0.2, 4.0)), 2))

    def power(self) -> Node:
        x = var(int(self.rng.integers(self.n_columns)))
        kind = self.rng.random()
        if kind < 0.7:
            return x
        return call("square", x) if kind < 0.85 else call("sqrt", x)

    def wrapped(self, depth: int) -> Node:
        name = str(self.rng.choice(_WRAPPERS))
        inner = self.sum(depth - 1)
        if name == "exp":
            inner = call("mul", const(-round(float(self.rng.uniform(0.1, 0.6)), 2)), inner)
        return call(name, inner)

    def product(self, depth: int) -> Node:
        out = self.wrapped(depth) if depth > 0 and self.rng.random() < 0.6 else self.power()
        for _ in range(int(self.rng.choice([0, 1, 2], p=[0.35, 0.45, 0.2]))):
            other = self.power() if self.rng.random() < 0.8 else self.wrapped(depth - 1)
            out = call(str(self.rng.choice(["mul", "div"], p=[0.65, 0.35])), out, other)
        return call("mul", self.number(), out) if self.rng.random() < 0.4 else out

    def sum(self, depth: int) -> Node:
        out = self.product(depth)
        for _ in range(int(self.rng.choice([0, 1, 2], p=[0.35, 0.45, 0.2]))):
            other = self.number() if self.rng.random() < 0.25 else self.product(depth - 1)
            out = call(str(self.rng.choice(["add", "sub"], p=[0.65, 0.35])), out, other)
        return out


def _cells(law: Node) -> int:
    try:
        return int((to_grid(law).head[0] != G.EMPTY).sum())
    except GridOverflowError:
        return 0


def _parts_matter(law: Node, X: np.ndarray) -> bool:
    """Whether the law changes where any part that is not constant is put to its mean."""
    y = evaluate(law, X)
    spread = float(np.std(y))
    for part in walk(law):
        if part is law or part.is_const:
            continue
        values = evaluate(part, X)
        if not np.std(values) > 1e-3 * (1 + abs(np.mean(values))):
            return False
        without = _replaced(law, part, const(float(np.mean(values))))
        if not np.sqrt(np.mean((evaluate(without, X) - y) ** 2)) > MATTERS * spread:
            return False
    return True


def _replaced(law: Node, part: Node, by: Node) -> Node:
    if law is part:
        return by
    if not law.children:
        return law
    return call(law.op, *(_replaced(child, part, by) for child in law.children))


def draw(count: int, seed: int = 0) -> Iterator[tuple[Node, int, int]]:
    """`count` different laws, each with its number of columns and of filled cells."""
    rng = np.random.default_rng(seed)
    seen: set[Node] = set()
    while len(seen) < count:
        n_columns = int(rng.integers(1, 6))
        law = canonical(_Drawer(rng, n_columns).sum(3))
        used = sorted(columns(law))
        n_cells = _cells(law)
        if law in seen or used != list(range(len(used))) or not LEAST <= n_cells <= MOST:
            continue
        X = rng.uniform(LOW, HIGH, (400, max(len(used), 1)))
        with np.errstate(all="ignore"):
            y = evaluate(law, X)
            sane = np.isfinite(y).all() and np.abs(y).max() < 1e4 * np.std(y) < 1e10
            if not sane or not _parts_matter(law, X):
                continue
        seen.add(law)
        yield law, len(used), n_cells


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)


def main(args: argparse.Namespace) -> None:
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["name", "expression", "variables", "ranges", "n_train", "source"])
    for i, (law, n_columns, n_cells) in enumerate(draw(args.count, args.seed), 1):
        names = [f"x{j}" for j in range(n_columns)]
        ranges = " ".join([f"uniform:{LOW}:{HIGH}"] * n_columns)
        text = to_text(law, names=names)
        out.writerow([f"Nested-{i}-{n_cells}", text, " ".join(names), ranges, 200,
                      f"python -m benchmarks nested --seed {args.seed}"])  # fmt: skip
