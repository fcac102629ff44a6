"""Open laws as tables: read, sampled, widened."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, complexity

FOLDER = Path(__file__).parent / "problems"


@dataclass(frozen=True)
class Law:
    """A known law and the ranges of its variables (kind, low, high)."""

    suite: str
    name: str
    expression: str
    variables: tuple[str, ...]
    ranges: tuple[tuple[str, float, float], ...]

    @property
    def node(self) -> Node:
        return parse(self.expression, names=list(self.variables))

    @property
    def size(self) -> int:
        return complexity(self.node)

    def sample(self, n: int, rng: np.random.Generator, widen: float = 1.0) -> np.ndarray:
        """`n` rows on which the law is defined; ranges stretched by `widen`."""
        kept: list[np.ndarray] = []
        found = 0
        for _ in range(60):
            columns = [_draw(k, lo, hi, 2 * n, rng, widen) for k, lo, hi in self.ranges]
            X = np.stack(columns, axis=1)
            X = X[np.isfinite(evaluate(self.node, X))]
            kept.append(X)
            found += len(X)
            if found >= n:
                break
        return np.vstack(kept)[:n]


def _draw(
    kind: str, low: float, high: float, n: int, rng: np.random.Generator, widen: float
) -> np.ndarray:
    logarithmic = kind in ("log", "signed")
    if logarithmic:
        low, high = np.log(low), np.log(high)
    if widen != 1.0:
        if low > 0 and not logarithmic:  # stay positive
            low, high = low / widen, high * widen
        else:
            mid, half = (low + high) / 2, (high - low) / 2
            low, high = mid - half * widen, mid + half * widen
    x = rng.uniform(low, high, n)
    if kind == "signed":  # both signs alike
        return np.exp(x) * rng.choice((-1.0, 1.0), n)
    if kind == "log":
        return np.exp(x)
    return np.round(x) if kind == "integer" else x


def suites() -> list[str]:
    """Names of the suites that are here."""
    return sorted(p.stem for p in FOLDER.glob("*.csv"))


def load(suite: str) -> list[Law]:
    """All laws of a suite."""
    return read(FOLDER / f"{suite}.csv", suite)


def read(path: Path, suite: str) -> list[Law]:
    """All laws of a file: a line a law."""
    with open(path, newline="") as f:
        return [_law(suite, row) for row in csv.DictReader(f)]


def _law(suite: str, row: dict[str, str]) -> Law:
    ranges = []
    for text in row["ranges"].split():
        kind, low, high = text.split(":")[:3]
        ranges.append((kind, float(low), float(high)))
    return Law(
        suite, row["name"], row["expression"], tuple(row["variables"].split()), tuple(ranges)
    )
