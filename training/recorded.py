"""All tasks of a search, one after the other, each as if it were alone: for the record."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from sklearn_trm.expressions.tree import Node
from sklearn_trm.search import tasks
from sklearn_trm.search.noise import NoiseSearch
from sklearn_trm.search.noisy_bench import NoisyBench
from sklearn_trm.search.reduced import MOST_READ, reductions, rescaled
from sklearn_trm.search.reduction.noisy_symmetry import seems_noisy
from sklearn_trm.search.schedule import SEVERAL
from sklearn_trm.search.search import Search
from sklearn_trm.search.solvers.oscillations import oscillations
from sklearn_trm.search.solvers.skeletons.separable import Separable
from sklearn_trm.search.solvers.skeletons.solver import SkeletonSearch
from sklearn_trm.search.tasks import Bench, Task
from sklearn_trm.search.turns import quietly
from sklearn_trm.search.workspace import Workspace
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem

Candidates = Iterator[Node | None]

_REDUCTIONS = 4
_SKELETONS = 10**6
_REST = (tasks.INNER, *tasks.BRISK, *tasks.pairs(4000), *tasks.THOROUGH, *tasks.DEEP, *tasks.DEEPER)


_BENCHES = (*(f"reduced {k}" for k in range(_REDUCTIONS)), "main", "units")
_WHOLE = 9.0  # seconds: a task to its end


def _today() -> list[tuple[str, str, float]]:
    """About the order of `search.schedule`, as benches, tasks and seconds."""

    def each(some: Sequence[Task]) -> list[tuple[str, str, float]]:
        return [(bench, task.name, _WHOLE) for task in some for bench in _BENCHES]

    curves = [(bench, name, 0.25) for name in ("skeletons", "pairs of curves")
              for bench in _BENCHES]  # fmt: skip
    noisy = [(f"noise {k}", "scans", 0.5) for k in range(4)]
    brisk = [("main", task.name, _WHOLE) for task in tasks.BRISK]
    rest = (tasks.INNER, *tasks.BRISK, *tasks.pairs(4000), *tasks.THOROUGH)
    return [
        ("main", "noise", _WHOLE), *((bench, "laws", _WHOLE) for bench in _BENCHES), *noisy,
        *each(tasks.QUICK), *brisk[:4], *curves, *brisk[4:], *curves, *noisy, *each(rest), *curves,
        *noisy, *each(tasks.DEEP), *curves, *each(tasks.DEEPER),
    ]  # fmt: skip


TODAY = _today()


class Recorded:
    """The tasks of a search.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem) -> None:
        search = Search(problem)
        self.state = search.state
        self.state.begin(Budget())
        self.main = main = search.main
        self.benches: list[tuple[str, Workspace]] = [("main", main)]
        self._noise: NoiseSearch | None = None
        self._views: dict[Workspace, Bench] = {}

    def tasks(self, rng: np.random.Generator) -> Iterator[tuple[str, str, Candidates]]:
        """Bench, name and candidates of each task: the quick ones first, others in random order."""
        main = self.main
        yield "main", "noise", quietly(self._read())
        units = rescaled(main)
        if units is not None:
            self.benches.append(("units", units))
        for bench, ws in list(self.benches):
            yield bench, "laws", quietly(self._first(ws))
        for k, ws in enumerate(itertools.islice(reductions(main), _REDUCTIONS)):
            self.benches.append((f"reduced {k}", ws))
            yield f"reduced {k}", "laws", quietly(self._first(ws))
        for bench, ws in self.benches:
            for task in tasks.QUICK:
                yield bench, task.name, self._of(ws, task)
        rest = [(bench, task.name, self._of(ws, task)) for bench, ws in self.benches
                for task in dict.fromkeys(_REST) if task.is_for(ws)]  # fmt: skip
        for bench, ws in self.benches:
            if 1 <= ws.d <= SEVERAL:
                rest.append((bench, "skeletons", quietly(self._skeletons(ws))))
            if 1 < ws.d <= SEVERAL:
                rest.append((bench, "pairs of curves", quietly(self._pairs(ws))))
            if ws.d == 1:
                rest.append((bench, "oscillations", quietly(oscillations(ws, ws.columns[0]))))
        for k, noisy in enumerate([] if self._noise is None else self._noise.benches):
            rest.append((f"noise {k}", "scans", quietly(self._scans(noisy))))
        for i in rng.permutation(len(rest)):
            yield rest[i]

    @property
    def names(self) -> list[str]:
        """Of the benches that there are."""
        noisy = [] if self._noise is None else self._noise.benches
        return [bench for bench, _ in self.benches] + [f"noise {k}" for k in range(len(noisy))]

    def forget(self) -> None:
        """What was offered and found: the next task may find it, too."""
        self.state.acceptance.forget()

    def _read(self) -> Candidates:
        """Whether the table is noisy."""
        main, v = self.main, self.state.acceptance
        if main.d <= MOST_READ:
            v.treat_as_noisy(seems_noisy(main.wide[0][:, main.columns], main.wide[1]))
            yield None
            self._noise = self.state.read_noise(main)
            v.treat_as_noisy(v.noisy or self._noise.shown)

    def _first(self, ws: Workspace) -> Candidates:
        for task in tasks.FIRST:
            yield from self._of(ws, task)

    def _of(self, ws: Workspace, task: Task) -> Candidates:
        def candidates() -> Candidates:
            for stage in task.stages(self._bench(ws)):
                yield from stage
                yield from self.state.acceptance.drain(3)

        return quietly(candidates())

    def _bench(self, ws: Workspace) -> Bench:
        """One for all tasks: its views are made once."""
        if ws not in self._views:
            self._views[ws] = Bench(self.state, ws)
        return self._views[ws]

    def _skeletons(self, ws: Workspace) -> Candidates:
        yield from SkeletonSearch(ws, ws.root, ws.columns).batches(_SKELETONS)

    def _pairs(self, ws: Workspace) -> Candidates:
        for stage in Separable(ws).stages():
            yield from stage

    def _scans(self, bench: NoisyBench) -> Candidates:
        assert self._noise is not None
        for stage in self._noise.scans(bench):
            yield from stage
            yield from self.state.acceptance.drain(3)
