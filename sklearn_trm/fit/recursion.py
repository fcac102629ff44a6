"""Recursion inside cells: an opened cell is a problem of its own, and the refiner is called on it.

Of each of the best laws every cell is opened: what values would make the law right, all else
kept? These values are a new target. Several such targets are thought about at once, one a lane;
what the network writes is put into the cell, and the whole law is fitted again. A law that got
better this way is opened in its turn: the recursion ends with the deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..expressions.canonical import canonical
from ..expressions.evaluate import evaluate
from ..expressions.operators import known
from ..expressions.tree import Node, const
from ..search.assemble import solve
from ..search.backpropagation import opened_cells, replace
from ..search.descent import promising
from ..task.problem import Problem

if TYPE_CHECKING:
    from ..network.refine import Answer, Refiner

Array = np.ndarray

ROWS = 200  # rows on which cells are opened
KEPT = 3  # answers a cell that deserve a fit


class Recursion:
    """Opens the cells of laws and lets the refiner fill them.

    Parameters
    ----------
    refiner : Refiner
    problem : Problem
    columns : sequence of int, optional
        Columns that the refiner reads, as in `Refiner.start`.
    """

    def __init__(
        self,
        refiner: Refiner,
        problem: Problem,
        columns: Sequence[int] | None = None,
    ) -> None:
        n = len(problem.y)
        rows = np.linspace(0, n - 1, min(n, ROWS)).astype(int)
        self.refiner, self.rng = refiner, problem.rng
        self.X, self.y = problem.X[rows], problem.y[rows]
        self.unary, self.binary = known(problem.unary), known(problem.binary)
        self.max_complexity, self.rules = problem.max_complexity, problem.rules
        self._read: dict[str, Any] = {} if columns is None else {"columns": columns}
        self._opened: set[Node] = set()
        self._asked: set[int] = set()
        self._queue: list[tuple[Callable[[Node], Node], Array]] = []
        self._probe = np.random.default_rng(5).standard_normal(len(rows))

    def step(self, laws: Sequence[Node], lanes: int = 4, **settings: Any) -> list[Node]:
        """One answer of the refiner to the next `lanes` opened cells of `laws`, best law first."""
        while len(self._queue) < lanes:
            law = next((n for n in laws if n not in self._opened), None)
            if law is None:
                break
            self._opened.add(law)
            self._queue += self._cells(law)
        batch, self._queue = self._queue[:lanes], self._queue[lanes:]
        if not batch:
            return []
        targets = np.array([values for _, values in batch])
        filled = np.resize(np.arange(len(batch)), lanes)  # the program has a fixed number of lanes
        state = self.refiner.start(
            self.X, targets[filled], self.rng, unary=self.unary, binary=self.binary, **self._read
        )
        answer = self.refiner.step(state, **settings)
        return [law for lane, (wrap, t) in enumerate(batch)
                for law in self._laws(wrap, t, answer, lane)]  # fmt: skip

    def _cells(self, law: Node) -> Iterator[tuple[Callable[[Node], Node], Array]]:
        now = evaluate(law, self.X)
        with np.errstate(all="ignore"):
            term, factor = self.y - now, self.y / now
        yield from self._new(lambda n: law + n, term)
        yield from self._new(lambda n: law * n, factor)
        for path, values in opened_cells(law, self.X, self.y):
            yield from self._new(partial(replace, law, path), values)

    def _new(
        self, wrap: Callable[[Node], Node], values: Array
    ) -> Iterator[tuple[Callable[[Node], Node], Array]]:
        if not np.isfinite(values).all() or np.ptp(values) <= 1e-9 * np.abs(values).max():
            return
        t = values / np.abs(values).max()  # whose square may be no float
        t -= t.mean()
        key = round(abs(float(t @ self._probe)) / float(np.sqrt(t @ t)) * 1e6)
        if key not in self._asked:  # the same question up to scale and offset
            self._asked.add(key)
            yield wrap, values

    def _laws(
        self, wrap: Callable[[Node], Node], target: Array, answer: Answer, lane: int
    ) -> list[Node]:
        found: list[Node] = []
        for node, where in zip(answer.nodes, answer.lanes, strict=True):
            if where != lane:
                continue
            f = evaluate(node, self.X)
            if not np.isfinite(f).all() or np.ptp(f) == 0:
                continue
            (a, b), _ = solve(np.array([np.ones_like(f), f]), target)
            law = canonical(wrap(const(float(a)) + const(float(b)) * node))
            if self.rules.measure(law) <= self.max_complexity:
                found.append(law)
        return promising(found, self.X, self.y, None, KEPT)
