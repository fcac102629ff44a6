"""Which laws are benchmark laws: by numbers that no rewriting changes.

A signature does not depend on names or order of columns, nor on the values of constants: scales
are 1, all other constants 1.7, and the law is evaluated where all columns are equal, and where
one of them moves. What counts is the value there and symmetric functions of the moves.
`training.held_out` takes signatures of whole batches of grids at the same points.
"""

from __future__ import annotations

import functools

import numpy as np

from sklearn_trm.errors import GridOverflowError
from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node
from sklearn_trm.network.grid_tree import from_grid, to_grid

from . import laws, small_trades
from .forms import plain
from .small_tables import CASES

SETTINGS = ((0.7, 0.4), (1.3, 1.9), (2.1, 1.6))  # (all columns, the one that moves)
CONSTANT = 1.7
TOLERANCE = 2e-4


@functools.cache
def probe() -> np.ndarray:
    """Rows on which signatures are taken, for as many columns as a grid knows."""
    rows = []
    for base, moved in SETTINGS:
        table = np.full((1 + G.MAX_COLUMNS, G.MAX_COLUMNS), base, np.float32)
        table[1 + np.arange(G.MAX_COLUMNS), np.arange(G.MAX_COLUMNS)] = moved
        rows.append(table)
    return np.concatenate(rows)


def signature(law: Node) -> np.ndarray | None:
    """The signature of a law, shape (12,); None where it says nothing, or is deeper than a grid.

    Undefined values and overflow count as 0.

    Examples
    --------
    >>> a, b = signature(parse("3*x1/x0")), signature(parse("x2*0.5/x3"))
    >>> bool(np.allclose(a, b))
    True
    """
    try:
        grids = to_grid(law)
    except GridOverflowError:
        return None
    law = from_grid(grids._replace(value=np.where(grids.head == G.CONST, CONSTANT, 1.0)))
    f = evaluate(law, probe()).reshape(len(SETTINGS), 1 + G.MAX_COLUMNS)
    f = np.where(np.isfinite(f) & (np.abs(f) < 1e6), f, 0.0)
    delta = f[:, 1:] - f[:, :1]
    parts = (f[:, 0], delta.sum(-1), (delta**2).sum(-1), np.tanh(delta).sum(-1))
    found = np.concatenate(parts)
    return found if found.any() else None


@functools.cache
def benchmark_signatures(small: bool = False) -> np.ndarray:
    """Signatures of all laws of the suites that fit the grid, shape (laws, 12).

    With `small` those of the small tables too.
    """
    nodes = [law.node for suite in laws.suites() for law in laws.load(suite)]
    if small:
        trades = (kind for half in small_trades.HALVES for kind in small_trades.half(half))
        nodes += [parse(plain(kind.law)) for kind in (*CASES, *trades)]
    found = [s for s in map(signature, nodes) if s is not None]
    return np.unique(np.stack(found), axis=0)


def is_benchmark(law: Node) -> bool:
    """Whether a law is one of a suite or a small table, up to columns, constants and form.

    Examples
    --------
    >>> is_benchmark(parse("5*x3*x2")), is_benchmark(parse("x0*sin(2*x0*x1) - x1**3"))
    (True, False)
    """
    own = signature(law)
    return own is not None and is_known(own, benchmark_signatures(small=True))


def is_known(own: np.ndarray, table: np.ndarray) -> bool:
    """Whether a signature is one of a table, shape (laws, 12)."""
    return bool((np.abs(own - table) <= TOLERANCE * (1.0 + np.abs(table))).all(-1).any())
