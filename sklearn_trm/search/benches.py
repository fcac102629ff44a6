"""The benches of a table, by name: where tasks run. Each is made when it is first asked for.

``main`` is the table itself; ``units`` the same in units in which its columns are of the order of
one; ``reduced k`` what a symmetry leaves of it; ``noise k`` what noisy rows show of a symmetry.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ..expressions.tree import Node
from .noise import NoiseSearch
from .places import is_calendar
from .reduced import MOST_READ, reductions, rescaled
from .reduction.noisy_symmetry import seems_noisy
from .state import SearchState
from .tasks import ALL, Bench
from .workspace import Workspace

Candidates = Iterator[Node | None]
Stages = Iterator[Candidates]

REDUCTIONS, READINGS = 4, 4
LEFT = ("main", *(f"reduced {k}" for k in range(REDUCTIONS)))
OWN = (*LEFT[1:], "main", "units")
NOISY = tuple(f"noise {k}" for k in range(READINGS))
_TASKS = {task.name: task for task in ALL}
# tasks of noisy benches: all scans; of the first, what fits much noise itself
SCANS, FORWARD = "scans", "forward"
_DRAINED = 3
# of these every process has its part, of others one has all
DIVIDED = ("open", "skeletons")
_OF_ALL = (*DIVIDED, "residual root open")


class Benches:
    """The benches of the columns of one workspace.

    Parameters
    ----------
    state : SearchState
    main : Workspace
    """

    def __init__(self, state: SearchState, main: Workspace) -> None:
        self.state, self.main = state, main
        self.readable = main.d <= MOST_READ
        self._found = itertools.islice(reductions(main), REDUCTIONS)
        self._reduced: list[Workspace] = []
        self._made: dict[str, Bench | None] = {}
        self._noise: NoiseSearch | None = None

    def look(self) -> None:
        """A first look at the noise, which gradients alone may show."""
        if self.readable:
            noisy = seems_noisy(self.main.wide[0][:, self.main.columns], self.main.wide[1])
            self.state.acceptance.treat_as_noisy(noisy)
            if noisy:
                self.state.compile()

    # ------------------------------------------------------------------ benches

    def bench(self, name: str) -> Bench | None:
        """A bench, None where the table has none of that name."""
        if name not in self._made:
            ws = self._workspace(name)
            self._made[name] = None if ws is None else Bench(self.state, ws)
        return self._made[name]

    def _workspace(self, name: str) -> Workspace | None:
        if name.startswith("reduced"):
            k = int(name.split()[1])
            while k >= len(self._reduced) and (ws := next(self._found, None)) is not None:
                self._reduced.append(ws)
            return self._reduced[k] if k < len(self._reduced) else None
        own_units = rescaled(self.main)
        # far from its origin all functions of a column are alike
        if own_units is not None and is_calendar(self.main.wide[0][:, self.main.columns]):
            own_units, main = self.main, own_units
        else:
            main = self.main
        self._made |= {"main": Bench(self.state, main)}
        self._made |= {"units": None if own_units is None else Bench(self.state, own_units)}
        return {"main": main, "units": own_units}[name]

    @property
    def noise(self) -> NoiseSearch | None:
        """What symmetries say of the noise; whether there is some is then known.

        Read when it is first asked for.
        """
        v = self.state.acceptance
        if self._noise is None and self.readable:
            self._noise = self.state.read_noise(self.main)
            self.state.compile()
            v.treat_as_noisy(v.noisy or self._noise.shown)
            least = self._noise.benches[0]
            benches = [self.bench(name) for name in OWN]
            if 0 < least.d < min(b.ws.d for b in benches if b is not None):
                self._reduced.append(least.ws)  # what gradients did not show
                self._made = {n: b for n, b in self._made.items() if b is not None}
        return self._noise

    def larger(self) -> list[Bench]:
        """The benches with larger libraries."""
        made = (self.bench(name) for name in OWN)
        return [
            Bench(self.state, Workspace(b.ws.acceptance, b.ws.X, b.ws.root, 3 * b.ws.size,
                                        columns=b.ws.columns))
            for b in made if b is not None
        ]  # fmt: skip

    # ------------------------------------------------------------------ what runs there

    def has(self, bench: str, task: str = "") -> bool:
        """Whether there is such a bench, and the task is for it."""
        if bench.startswith("noise"):
            return self.noise is not None and int(bench.split()[1]) < len(self.noise.benches)
        b = self.bench(bench)
        return b is not None and (not task or _TASKS[task].is_for(b.ws))

    def candidates(self, bench: str, task: str) -> Candidates:
        """What a task on a bench yields; after each stage the best of what that kept."""
        taken = task in _OF_ALL or self.state.takes(self.main.columns, bench, task)
        if taken and self.has(bench, task):
            yield from self.drained(self._stages(bench, task))

    def _stages(self, bench: str, task: str) -> Stages:
        if bench.startswith("noise"):
            noise = self.noise
            assert noise is not None
            scans = noise.scans(noise.benches[int(bench.split()[1])])
            return scans if task == SCANS else noise.forward()
        b = self.bench(bench)
        assert b is not None
        return _TASKS[task].stages(b)

    def drained(self, stages: Stages) -> Candidates:
        """The candidates of stages; after each the best of what it kept."""
        for stage in stages:
            yield from stage
            yield from self.state.acceptance.drain(_DRAINED)
