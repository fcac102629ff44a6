"""Drawn laws for training: kept in a file that grows, with new rows and errors at each use.

`benchmarks.plausible` needs some milliseconds for a law and a fifth of one for its rows. So laws
are drawn while training goes on, written down, and used many times: each time with other rows,
other errors, and their columns in another order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import astuple
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.plausible import Column, DrawnLaw, draw_law
from benchmarks.plausible_tables import Noise, draw_table
from benchmarks.signature import is_known, signature
from sklearn_trm.curves import families, held_out
from sklearn_trm.errors import GridOverflowError
from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, map_columns
from sklearn_trm.network.grid_tree import to_grid

from .config import Bucket
from .laws import Batch

_ONE_OF = 20  # forms, of which one is held back
_SEED_APART, _SEED_TRAINED = 1, 11
_ORDINARY = (1e-6, 1e6)  # sizes that tables come with, as in `Refiner.start`

Array = np.ndarray


def share_of(law: Node) -> str:
    """``"held back"`` if a law's form is one that no training sees, else ``"trained"``.

    Neither, ``""``, if no grid holds it. One form of twenty is held back, by a number
    made of its signature: whatever a law's numbers, columns and writing; and the named curves that
    are kept for judging.

    Examples
    --------
    >>> share_of(parse("2*x0*x1**3 - x2")), share_of(parse("x1 - x0**3*x2*7"))
    ('trained', 'trained')
    """
    own = signature(law)
    if own is None:
        return ""
    held = int(1e3 * float(np.abs(own).sum()) + 0.5) % _ONE_OF == 0
    return "held back" if held or is_known(own, _kept_curves()) else "trained"


@cache
def _kept_curves() -> Array:
    kept = (signature(family.law()) for family in families() if held_out(family))
    return np.stack([s for s in kept if s is not None])


def _is_held_back(law: Node) -> bool:
    return share_of(law) == "held back"


def _is_trained(law: Node) -> bool:
    return share_of(law) == "trained"


@cache
def drawn_apart(count: int, *, known: bool = False) -> tuple[DrawnLaw, ...]:
    """Drawn laws for evaluation; those of a smaller count come first.

    Their forms are held back; or `known`: other draws of forms that training sees.
    """
    where = _is_trained if known else _is_held_back
    seeds = ([_SEED_APART, int(known), i] for i in range(count))
    return tuple(draw_law(np.random.default_rng(s), where=where) for s in seeds)


class Pool:
    """Laws in ``folder/laws.jsonl``, in the order of their seeds.

    Parameters
    ----------
    folder : Path
        Where laws are kept; made if it isn't there.
    buckets : tuple of Bucket
        Shapes of batches; a law belongs to the first that holds it.
    seed : int
    """

    def __init__(self, folder: Path, buckets: tuple[Bucket, ...], seed: int = 0) -> None:
        self.buckets, self.seed = buckets, seed
        self._path = Path(folder) / "laws.jsonl"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        self._laws = [json.loads(line) for line in lines if line.endswith("}")]
        if len(self._laws) < len(lines):  # a run was killed while it wrote
            self._path.write_text("".join(json.dumps(row) + "\n" for row in self._laws))
        self._bucket = [self._place(row) for row in self._laws]

    def __len__(self) -> int:
        return len(self._laws)

    def grow(self, count: int, draw: Callable[..., Iterable[dict]] = map) -> None:
        """Draw laws until there are `count`, with `draw` in place of `map`."""
        if count <= len(self):
            return
        new = list(
            draw(_drawn_row, ([_SEED_TRAINED, self.seed, i] for i in range(len(self), count)))
        )
        with self._path.open("a") as file:
            file.write("".join(json.dumps(row) + "\n" for row in new))
        self._laws += new
        self._bucket += [self._place(row) for row in new]

    def batch(
        self, rng: np.random.Generator, which: int, size: int, rows: int, count: int | None = None
    ) -> Batch:
        """Laws of a bucket among the first `count`, each with newly drawn rows and errors.

        Problems without rows stand where the bucket has no laws.
        """
        able = np.flatnonzero(np.array(self._bucket[:count]) == which)
        bucket, tables = self.buckets[which], []
        for _ in range(size if len(able) else 0):
            tables.append(problem(rng, self.law(int(rng.choice(able))), bucket, rows))
        return stacked(tables, bucket, size, rows)

    def law(self, k: int) -> DrawnLaw:
        """The law of number k."""
        row = self._laws[k]
        return DrawnLaw(parse(row["law"]), tuple(Column(*c) for c in row["columns"]))

    def _place(self, row: dict) -> int:
        """The first bucket that holds a law; -1 where none does."""
        for k, bucket in enumerate(self.buckets):
            if row["cells"] <= bucket.cells and len(row["columns"]) <= bucket.columns:
                return k
        return -1


def _drawn_row(seed: list[int]) -> dict:
    return _row(draw_law(np.random.default_rng(seed), where=_is_trained))


def _row(law: DrawnLaw) -> dict:
    """A law as it is kept: its text, its columns, and how many cells of a grid it needs."""
    filled = np.flatnonzero(to_grid(law.node).head[0])
    cells = 2 ** int(filled.max() + 1).bit_length() - 1
    return {
        "law": str(law.node),
        "columns": [list(astuple(c)) for c in law.columns],
        "cells": cells,
    }


def problem(
    rng: np.random.Generator,
    law: DrawnLaw,
    bucket: Bucket,
    rows: int,
    n_rows: int | None = None,
    noise: Noise | None = None,
) -> Batch:
    """A batch of one: a law's grid and newly drawn rows, its columns in a random order."""
    d = len(law.columns)
    order = rng.permutation(d)
    try:  # column order[k] of the law stands in place k
        grids = to_grid(map_columns(law.node, np.argsort(order).tolist()), bucket.cells)
    except GridOverflowError:  # sorted by other columns a sum may be deeper
        order = np.arange(d)
        grids = to_grid(law.node, bucket.cells)
    X, y = draw_table(rng, law, n_rows, noise)
    keep = rng.permutation(len(y))[:rows]
    out = stacked([], bucket, 1, rows)
    table, target = _ordinary(X[keep][:, order]), _ordinary(y[keep][:, None])
    out.X[0, : len(keep), :d], out.y[0, : len(keep)] = table, target[:, 0]
    out.mask[0, : len(keep)], out.columns[0, :d] = True, True
    return out._replace(grids=grids)


def _ordinary(columns: Array) -> Array:
    size = np.abs(columns).max(axis=0)
    return columns / np.where((size > _ORDINARY[0]) & (size < _ORDINARY[1]), 1.0, size)


def stacked(problems: list[Batch], bucket: Bucket, size: int, rows: int) -> Batch:
    """A batch of `size` problems; those beyond the given ones have no rows."""
    more = size - len(problems)
    empty = Batch(
        G.empty_grids(more, bucket.cells),
        np.zeros((more, rows, bucket.columns), np.float32), np.zeros((more, rows), np.float32),
        np.zeros((more, rows), bool), np.zeros((more, bucket.columns), bool),
    )  # fmt: skip
    parts = [*problems, empty]
    grids = G.Grids(
        *(np.concatenate([getattr(p.grids, f) for p in parts]) for f in G.Grids._fields)
    )
    grids = grids._replace(value=np.clip(grids.value, -1e30, 1e30).astype(np.float32))
    return Batch(grids, *(np.concatenate([p[k] for p in parts]) for k in range(1, 5)))
