"""From a checked table to what a fit leaves: guesses, the answer loop, the last polish."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .answer_loop import AnswerLoop
from .callbacks import Callback, Watch
from .expressions.intervals import covariance
from .expressions.tree import Node
from .fitted import Fitted
from .guesses import read_guesses
from .select import choose
from .settings import Settings
from .table import Table

MAX_ROWS = 2000  # rows the loop works on; the last polish sees all


@dataclass(frozen=True)
class Work:
    """Everything about a fit but the table.

    Attributes
    ----------
    settings : Settings
    unary, binary : tuple of str
        Operators a law may hold.
    selection : str or callable
    rng : Generator
    clock : callable
    start : float
        Instant of `clock` at which the fit began.
    guesses : sequence of str or Node, or None
    callbacks : list of callable
    """

    settings: Settings
    unary: tuple[str, ...]
    binary: tuple[str, ...]
    selection: Any
    rng: np.random.Generator
    clock: Callable[[], float]
    start: float
    guesses: Any
    callbacks: list[Callback]


@dataclass(frozen=True)
class Warm:
    """What a fit leaves to the next one: its loop, and which table and search space it is of."""

    key: bytes
    loop: AnswerLoop


def fit_table(
    table: Table, work: Work, warm: Warm | None = None, laws: Sequence[Node] = ()
) -> tuple[Fitted, Warm]:
    """Find the laws of a table.

    Parameters
    ----------
    table : Table
    work : Work
    warm : Warm, optional
        Of an earlier fit. Its loop goes on where it ended if this is the same table and search
        space; otherwise its latent state is where the network begins.
    laws : sequence of Node
        Laws of an earlier fit, in the table's own units: guesses on another table.
    """
    key = _key(table, work)
    watch = Watch(work.callbacks, table.write, table.magnitudes.y, work.clock, work.start)
    try:
        if warm is not None and warm.key == key and warm.loop.stopped != "interrupted":
            loop = warm.loop.resume(work.settings, work.clock, work.start, watch)
        else:
            loop = _new_loop(table, work, watch, None if warm is None else warm.loop, laws).run()
    finally:
        watch.close()
        if warm is not None:
            warm.loop.watch = None
    loop.watch = None  # the callbacks are the user's: a loop that is kept must not hold them
    return _fitted(table, work, loop), Warm(key, loop)


def _new_loop(
    table: Table, work: Work, watch: Watch, earlier: AnswerLoop | None, laws: Sequence[Node]
) -> AnswerLoop:
    where = table.names, table.every, table.kept, table.magnitudes
    first = [*read_guesses(work.guesses, *where), *read_guesses(laws, *where)]
    X, y, weight = table.X, table.y, table.weight
    part = work.rng.choice(len(y), min(len(y), MAX_ROWS), replace=False)
    return AnswerLoop(
        X[part], y[part], None if weight is None else weight[part], work.unary, work.binary,
        work.rng, work.settings, work.clock, work.start, len(y), first, watch, earlier,
    )  # fmt: skip


def _fitted(table: Table, work: Work, loop: AnswerLoop) -> Fitted:
    X, y, weight, judge = table.X, table.y, table.weight, loop.judge
    front = judge.final_front(X, y, weight, clean=work.settings.snap)
    rows, tried, size = front.rows(), judge.front.n_tried, table.size
    counted = max(1, round(len(y) * judge.share_counted()))
    return Fitted(
        rows=tuple(replace(row, node=table.restore(row.node)) for row in rows),
        covariances=tuple(covariance(row.node, row.loss, X, y, weight, len(y)) for row in rows),
        chosen=choose(rows, work.selection, counted, tried, size),
        magnitudes=table.magnitudes,
        n_rows=len(y),
        n_counted=counted,
        n_tried=tried,
        size=size,
    )


def _key(table: Table, work: Work) -> bytes:
    """Equal for equal tables and search spaces."""
    s = work.settings
    space = (s.search, s.max_complexity, s.model, s.device, work.unary, work.binary, table.names)
    digest = hashlib.blake2b(repr(space).encode())
    for part in (table.every, table.y, table.weight):
        digest.update(b"-" if part is None else np.ascontiguousarray(part).tobytes() + b"+")
    return digest.digest()
