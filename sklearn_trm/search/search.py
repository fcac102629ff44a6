"""The search: scans in order of yield per millisecond, anytime, on one core.

``Search(problem).run(budget)`` is a generator of candidate laws with constants
filled in. It yields None when a slice of work brought nothing, so that the consumer
can stop or interleave at any time; `propose` hands it laws whose cells and parts it will use.
What changes meanwhile is its `SearchState`; the order of the stages is the `Agenda`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ..expressions.tree import Node
from ..task.budget import Budget
from ..task.problem import Problem
from ..task.timeline import Timeline
from . import stages
from .agenda import Agenda
from .backpropagation import cell_target, opened_cells
from .claims import Claims
from .ranking import Ranking
from .state import SearchState
from .turns import Stage, quietly

__all__ = ["Problem", "Search"]

Candidates = Iterator[Node | None]

_OPENING = 0.25  # slices of opened cells for each slice of the stages


class Search:
    """Searches a law for a table.

    Parameters
    ----------
    problem : Problem
    ranking : Ranking, optional
        A head of the network that ranks what it proposed and the library.

    Examples
    --------
    >>> X = np.random.default_rng(0).uniform(1, 5, (50, 2))
    >>> search = Search(Problem(X, X[:, 0] ** 2 / X[:, 1]))
    >>> str(next(law for law in search.run() if law is not None and search.exact is not None))
    'x0**2/x1'
    """

    plan: type = Agenda  # what orders the stages

    def __init__(self, problem: Problem, ranking: Ranking | None = None) -> None:
        self.problem = problem
        self.state = SearchState(problem, ranking)
        self.acceptance, self.main = self.state.acceptance, self.state.main
        self.timeline: Timeline | None = None
        self._where = ""

    @property
    def exact(self) -> Node | None:
        """The exact law, once found."""
        return self.acceptance.exact

    def ends_with(self, loss: float, idle: int) -> bool:
        """Whether a law of this `loss` leaves only noise; `idle` laws came after it."""
        return self.state.ends_with(loss, idle)

    def propose(self, nodes: Iterable[Node]) -> None:
        """Hand over laws whose cells are to be opened, and whose parts are to be tried."""
        self.state.propose(list(nodes))

    def go_on(self, budget: Budget) -> None:
        """Take another budget, for a run that rests."""
        self.state.go_on(budget)

    def share(self, claims: Claims | None) -> None:
        """Leave to other processes what they have taken."""
        self.state.share(claims)

    def let_go(self) -> None:
        """No one goes on with it: its libraries are free at once, not when cycles are collected."""
        self.acceptance.let_go()

    def run(self, budget: Budget | None = None) -> Candidates:
        """Candidates until exact, exhausted, or the end of the budget; none is no limit."""
        self.state.begin(Budget() if budget is None else budget)
        y = self.acceptance.y
        if self.main.d == 0 or len(y) < 3 or not np.ptp(y) > 0:
            return
        for candidate in quietly(self._all()):
            yield candidate
            if self.exact is not None or self.state.budget.passed():
                return

    def stages(self) -> Iterator[Candidates]:
        """The stages of a run, in order; each may be left at any candidate."""
        return self.plan(self.state).stages()

    def note_turns(self, timeline: Timeline | None, where: str = "") -> None:
        """From now on note which task has its turn; `where` is written before its bench."""
        self.timeline, self._where = timeline, where

    def _note(self, stage: Candidates) -> None:
        """Whose turn it is; the consumer may have given others their turn meanwhile."""
        if self.timeline is not None:
            bench, task = "main", "other"
            if isinstance(stage, Stage):
                bench, task = stage.bench, stage.task
            self.timeline.enter(self._where + bench, task)

    def _all(self) -> Candidates:
        opened, owed = self._opened(), 0.0
        for stage in self.stages():
            self._note(stage)
            for candidate in stage:
                yield candidate
                self._note(stage)
                owed = min(owed + _OPENING, 1.0)
                if owed >= 1.0 and self.state.proposed:
                    owed = 0.0
                    yield next(opened)
            yield from self.acceptance.drain(3 if self.acceptance.noisy else 1)
        while self.state.proposed:
            yield next(opened)

    def _opened(self) -> Candidates:
        """Opens the cells of one proposed law after the other, as long as there are some."""
        state = self.state
        while True:
            if not state.proposed:
                yield None
                continue
            law, ws = state.proposed[0], state.focus
            targets = [cell_target(law, path, v) for path, v in opened_cells(law, ws.X, ws.y)]
            if targets:
                yield from stages.free_laws(ws, targets)
                yield from stages.singles(ws, targets, 2)
            state.opened(law)
