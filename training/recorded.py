"""All tasks of a search, one after the other, each as if it were alone: for the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sklearn_trm.expressions.tree import Node
from sklearn_trm.search import tasks
from sklearn_trm.search.benches import FORWARD, LEFT, NOISY, OWN, SCANS, Benches
from sklearn_trm.search.search import Search
from sklearn_trm.search.tasks import Task
from sklearn_trm.search.turns import quietly
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem

Candidates = Iterator[Node | None]

_WHOLE = 9.0  # seconds: a task to its end


def _by_hand(noise: bool) -> list[tuple[str, str, float]]:
    """About the order that was made by hand: benches, tasks, seconds that they have had by then."""

    def each(some: Sequence[Task]) -> list[tuple[str, str, float]]:
        return [(bench, task.name, _WHOLE) for task in some for bench in OWN]

    def curves(seconds: float) -> list[tuple[str, str, float]]:
        return [(bench, task.name, seconds) for task in tasks.CURVES for bench in LEFT]

    def noisy(seconds: float, benches: Sequence[str] = NOISY) -> list[tuple[str, str, float]]:
        return [(bench, SCANS, seconds) for bench in benches]

    brisk = [("main", task.name, _WHOLE) for task in tasks.BRISK]
    early, late = (noisy(0.5), noisy(1.0)) if noise else ([], noisy(0.5, NOISY[:1]))
    return [
        *each([tasks.LAWS]), *early, *each(tasks.QUICK), *brisk[:4], *curves(0.25),
        *brisk[4:], *curves(0.5), *each((*tasks.BRISK, *tasks.pairs(4000))), *late, *curves(1.0),
        *each(tasks.THOROUGH), *noisy(2.0), *each(tasks.DEEP), *curves(2.0), *each(tasks.DEEPER),
    ]  # fmt: skip


BY_HAND = {"clean": _by_hand(False), "noisy": _by_hand(True)}


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
        self.benches = Benches(self.state, search.main)

    def tasks(self, rng: np.random.Generator) -> Iterator[tuple[str, str, Candidates]]:
        """Bench, name and candidates of each task: the quick ones first, others in random order."""
        benches = self.benches
        yield "main", "noise", quietly(self._read())
        own = [name for name in OWN if benches.has(name)]
        rest = [(name, task.name) for task in tasks.ALL for name in own
                if task not in (tasks.LAWS, *tasks.QUICK)]  # fmt: skip
        rest += [*((name, SCANS) for name in NOISY), (NOISY[0], FORWARD)]
        order = [(name, task.name) for task in (tasks.LAWS, *tasks.QUICK) for name in own]
        for bench, task in [*order, *(rest[i] for i in rng.permutation(len(rest)))]:
            if benches.has(bench, task):
                yield bench, task, quietly(benches.candidates(bench, task))

    @property
    def names(self) -> list[str]:
        """Of the benches that there are."""
        return [name for name in (*OWN, *NOISY) if self.benches.has(name)]

    def forget(self) -> None:
        """What was offered and found: the next task may find it, too."""
        self.state.acceptance.forget()

    def _read(self) -> Candidates:
        """Whether the table is noisy."""
        self.benches.look()
        yield None
        _ = self.benches.noise
