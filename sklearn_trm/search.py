"""The search: scans in order of yield per millisecond, anytime, on one core.

``Search(problem).run(deadline)`` is a generator of candidate laws with constants
filled in. It yields None when a slice of work brought nothing, so that the consumer
can stop or interleave at any time; `propose` hands it laws whose cells it will open.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from . import stages
from .frames import Target, unary_frames
from .open_cell import cell_target, opened_cells
from .problem import Problem
from .tree import Node
from .workspace import Workspace

__all__ = ["Problem", "Search"]

Candidates = Iterator[Node | None]


class Search:
    """Searches a law for a table.

    Parameters
    ----------
    problem : Problem

    Examples
    --------
    >>> X = np.random.default_rng(0).uniform(1, 5, (50, 2))
    >>> search = Search(Problem(X, X[:, 0] ** 2 / X[:, 1]))
    >>> str(next(law for law in search.run() if law is not None and search.exact is not None))
    'x0**2/x1'
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.ws = Workspace(problem)
        self._proposed: deque[Node] = deque(maxlen=256)

    @property
    def exact(self) -> Node | None:
        """The exact law, once found."""
        return self.ws.exact

    def propose(self, nodes: Iterable[Node]) -> None:
        """Hand over laws whose cells are to be opened."""
        self._proposed.extend(nodes)

    def run(self, deadline: float | None = None) -> Candidates:
        """Candidates until exact, exhausted, or ``time.monotonic()`` reaches `deadline`."""
        ws = self.ws
        if ws.d == 0 or len(ws.y) < 3 or not np.ptp(ws.y) > 0:
            return
        for stage in self._stages():
            for candidate in stage:
                yield candidate
                if ws.exact is not None or (deadline is not None and time.monotonic() >= deadline):
                    return
                while self._proposed and ws.exact is None:
                    yield from self._open(self._proposed.popleft())
            yield from ws.drain(3)
        while self._proposed:
            yield from self._open(self._proposed.popleft())
        while ws._later:
            yield from ws.drain(4)
            yield None
            if deadline is not None and time.monotonic() >= deadline:
                return

    def _stages(self) -> Iterator[Candidates]:
        ws, p = self.ws, self.problem
        root = Target(ws.y)
        yield stages.free_laws(ws, [root])
        yield stages.polynomials(ws, [root])
        frames = unary_frames(root, p.unary, p.binary)
        near = [t for t in frames if t.depth == 1]
        yield stages.singles(ws, [root], 6)
        yield stages.free_laws(ws, near)
        yield stages.polynomials(ws, near)
        yield stages.singles(ws, near)
        for k in (1000, 4000):
            yield stages.pairs(ws, root, "power", k)
            yield stages.pairs(ws, root, "linear", k)
            yield stages.pairs(ws, root, "affine", k)
        yield stages.free_laws(ws, frames)
        yield stages.singles(ws, frames, 2)
        yield stages.rationals(ws, [root])
        yield stages.peels(ws, root, 1024)
        yield stages.multipliers(ws, root, 2048)
        for t in near:
            for kind in ("power", "affine"):
                yield stages.pairs(ws, t, kind, 4000)
        yield stages.rationals(ws, near)
        for t in near:
            yield stages.multipliers(ws, t, 1024)
            yield stages.peels(ws, t, 512)

    def _open(self, law: Node) -> Candidates:
        ws = self.ws
        targets = [cell_target(law, path, v) for path, v in opened_cells(law, ws.X, ws.y)]
        targets = [t for t in targets if np.isfinite(t.values).all()]
        if targets:
            yield from stages.free_laws(ws, targets)
            yield from stages.singles(ws, targets, 2)
