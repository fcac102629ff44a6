"""Archives of laws, kept once, so that criteria of choice are compared in seconds.

An archive is a table and every plausible law that a fit has met on it: those of the final front,
and those offered on the way of which few others were as short, or as likely before the data, and
better.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_trm.data.validation import useful_columns
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import Node, complexity
from sklearn_trm.rules.prior import prior
from sklearn_trm.search.descent import Descent
from sklearn_trm.task.front import Front

from .clocks import ByProcessor
from .kinds import Kind
from .rival_laws import fitted, structure_of_truth

BEATEN = 3  # a law that so many others beat in both orders is not kept
STEPS = 30  # of the refit of a law that was offered
TEST = 0.25  # share of a real table's rows


@dataclass(frozen=True)
class Archive:
    """A table, its laws and what is known about it.

    Attributes
    ----------
    name, truth : str
        The truth is empty for a real table.
    numbers : int
        Numbers that the truth has.
    X, y, X_test, y_test : list
        Test rows of a known law are clean.
    laws : list of str
    chosen : int
        The law that the estimator chose.
    """

    name: str
    truth: str
    numbers: int
    X: list[list[float]]
    y: list[float]
    X_test: list[list[float]]
    y_test: list[float]
    laws: list[str]
    chosen: int


@contextmanager
def _listening() -> Iterator[dict[str, Node]]:
    """Every law that is offered to any front meanwhile, by its text without digits."""
    offered: dict[str, Node] = {}
    add = Front.add

    def listening(front: Front, node: Node, loss: float, *rest: Any) -> bool:
        offered[to_text(node, precision=3)] = node
        return add(front, node, loss, *rest)

    Front.add = listening  # type: ignore[method-assign]
    try:
        yield offered
    finally:
        Front.add = add  # type: ignore[method-assign]


def of_kind(kind: Kind, seed: int, seconds: float) -> Archive:
    """The archive of a draw of a noisy kind."""
    X, y, clean = kind.draw(seed)
    numbers = fitted(structure_of_truth(kind))
    return _kept(f"{kind.name} #{seed}", kind.truth, numbers, X, y, X, clean, seconds)


def of_file(path: Path, seconds: float) -> Archive:
    """The archive of a csv file with a column ``target``; a quarter of its rows are for tests."""
    import pandas as pd

    table = pd.read_csv(path)
    X, y = table.drop(columns="target").to_numpy(float), table["target"].to_numpy(float)
    order = np.random.default_rng(0).permutation(len(y))
    test, train = np.split(order, [int(TEST * len(y))])
    kept = useful_columns(X[train])  # laws that are overheard number these
    return _kept(path.stem, "", 0, X[np.ix_(train, kept)], y[train], X[np.ix_(test, kept)], y[test],
                 seconds)  # fmt: skip


def _kept(
    name: str, truth: str, numbers: int, X: np.ndarray, y: np.ndarray, Z: np.ndarray, t: np.ndarray,
    seconds: float,
) -> Archive:  # fmt: skip
    with _listening() as offered, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        est = ByProcessor(time_limit=seconds, random_state=0).fit(X, y)
    front = [parse(text) for text in est.equations_.equation]
    laws = [*front, *_unbeaten(offered.values(), X, y)]
    chosen = int(np.flatnonzero(est.equations_.selected)[0])
    return Archive(name, truth, numbers, X.tolist(), y.tolist(), Z.tolist(), t.tolist(),
                   [to_text(law, precision=17) for law in laws], chosen)  # fmt: skip


def _unbeaten(laws: Any, X: np.ndarray, y: np.ndarray) -> list[Node]:
    descent, worst = Descent(X, y), float(np.var(y))
    fits = [descent.fit(law, STEPS) for law in laws]
    fits = [(law, loss) for law, loss in fits if loss <= worst]
    fits.sort(key=lambda fit: fit[1])
    keep: dict[Node, None] = {}
    for measure in (complexity, prior):
        costs: list[float] = []
        for law, _ in fits:
            cost = measure(law)
            if sum(c <= cost for c in costs) < BEATEN:
                keep[law] = None
                costs.append(cost)
    return list(keep)


def collect(folder: Path, jobs: list[tuple[str, Callable[[], Archive]]]) -> None:
    """Make the archives that the folder lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in jobs:
        path = folder / f"{name}.json"
        if path.exists():
            continue
        start = time.perf_counter()
        archive = make()
        path.write_text(json.dumps(asdict(archive)), encoding="utf-8")
        print(f"{time.perf_counter() - start:5.1f} s {len(archive.laws):4d} laws {archive.name:40s}"
              f" {archive.laws[archive.chosen][:70]}", flush=True)  # fmt: skip


def load(folder: Path) -> list[Archive]:
    return [Archive(**json.loads(p.read_text("utf-8"))) for p in sorted(folder.glob("*.json"))]


def r2(archive: Archive, law: Node) -> float:
    """On the test rows; 0 at least, for one bad table must not outweigh all others in a mean."""
    y = np.array(archive.y_test)
    with np.errstate(all="ignore"):
        errors = (evaluate(law, np.array(archive.X_test)) - y) ** 2
    return max(0.0, 1.0 - float(errors.mean() / y.var())) if np.isfinite(errors).all() else 0.0
