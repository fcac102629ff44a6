"""All tasks of a search, one after the other, each as if it were alone: for the record."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sklearn_trm.expressions.tree import Node
from sklearn_trm.search import tasks
from sklearn_trm.search.benches import FORWARD, NOISY, OWN, SCANS, Benches
from sklearn_trm.search.search import Search
from sklearn_trm.search.turns import quietly
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem

Candidates = Iterator[Node | None]


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
