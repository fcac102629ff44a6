"""The order of the stages: what is looked at when, and for what share of the time.

The quick stages see the problem itself first, then what its symmetries reduce it to;
the thorough stages take turns between them. What was proposed guides: after the quick
stages its parts are rows of scans of their own (`ProposalWorkspace`).
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator
from dataclasses import replace

from ..data.relevance import WIDE, Relevance
from ..expressions.tree import Node
from . import tasks
from .improve.improver import Improver
from .noise import NoiseSearch
from .places import is_calendar
from .reduced import MOST_READ, reductions, rescaled
from .reduction.noisy_symmetry import seems_noisy
from .solvers.oscillations import oscillates, oscillations
from .solvers.piecewise import piecewise
from .solvers.skeletons.separable import Separable
from .solvers.skeletons.separable import prepare as prepare_pairs
from .solvers.skeletons.solver import SkeletonSearch
from .solvers.skeletons.solver import prepare as prepare_skeletons
from .state import SearchState
from .tasks import Bench, Task
from .turns import Stage, in_turn, rarer_in_turn
from .workspace import Workspace

Candidates = Iterator[Node | None]

_VISIT = 0.05  # seconds that an improvement may take before others have earned it
_GOOD_ENOUGH = 0.2  # of the time for improvement, once the best law leaves nothing but noise
_SKELETONS = 500, 500, 1000, 2000  # of a stage, the last of all that follow: a quarter of a second
_BRISK, _EARLY, _LATER = 3, 7, 10  # stages in turn with brisk scans, the first under noise, others
SEVERAL = 3  # columns that skeletons hold


class Schedule:
    """All stages of one search, in order.

    Parameters
    ----------
    state : SearchState
    """

    def __init__(self, state: SearchState) -> None:
        self.state = state

    def stages(self) -> Iterator[Candidates]:
        """Stages; a table of many columns begins with few of them."""
        main, v = self.state.main, self.state.acceptance
        if main.d <= WIDE:
            yield from self._plan(main)
            return
        # few of many columns, then more of them; all of them keep their share of the time
        relevance = v.problem.relevance or Relevance(v.problem.X, v.problem.y).finish()
        few = [
            Workspace(v, v.X, main.root, wide=v.wide, columns=columns)
            for columns in relevance.nested()
        ]
        self.state.look_at(next((ws for ws in few if ws.d), main))
        yield from rarer_in_turn([self._plan(ws) for ws in [*few, main] if ws.d])

    def _plan(self, main: Workspace) -> Iterator[Candidates]:
        """All stages for the columns of one workspace."""
        v = self.state.acceptance
        yield from self._run(main, *tasks.FIRST)
        yield Stage("main", "pieces", piecewise(main))
        turning = [*self._turning(main)]
        if oscillates(main):
            yield from turning  # each looks once
        benches, improver = [main], Improver(main, self.state.compile)
        noise: NoiseSearch | None = None
        readable = main.d <= MOST_READ
        skeletons = self._skeletons(main)
        if readable:
            v.treat_as_noisy(seems_noisy(main.wide[0][:, main.columns], main.wide[1]))
            if v.noisy:
                noise = self.state.read_noise(main)
                both = itertools.islice(skeletons, _EARLY), noise.beside(self._guided(main))
                yield from self._beside(itertools.chain(turning, in_turn(both)), improver, 0.5)
        for reduced in itertools.islice(reductions(main), 4):
            benches.append(reduced)
            yield from self._run(reduced, *tasks.FIRST)
        skeletons = in_turn([skeletons, *map(self._skeletons, benches[1:])])
        lead = yield from self._lead(main, benches)
        benches.sort(key=lambda ws: (ws.d, ws is not lead))

        def share(least: float) -> float:
            # where no law may be exact, good ones are worth as much as the true one
            return 0.5 if v.noisy or not readable else least

        yield from self._beside(
            in_turn([self._run(ws, *tasks.QUICK) for ws in benches]), improver, share(0.0)
        )
        brisk = itertools.chain(turning, self._guided(main), self._brisk(lead))
        scans = [self._thorough(ws, ws is not lead) for ws in benches]
        if noise is None and readable:
            noise = self.state.read_noise(main)
            v.treat_as_noisy(noise.shown)
            if v.noisy:
                yield from noise.beside(brisk)
            else:  # noise that no surface shows
                scans.append(noise.first())
            least = noise.benches[0]
            if 0 < least.d < min(ws.d for ws in benches):  # what gradients did not show
                benches.insert(0, least.ws)
                skeletons = in_turn([skeletons, self._skeletons(least.ws)])
                scans.insert(0, self._thorough(least.ws))
                yield from self._run(least.ws, *tasks.QUICK)
        some = itertools.islice(skeletons, 0 if v.noisy else _BRISK * (1 + (main.d > 1)))
        yield from self._beside(in_turn([brisk, some]), improver, share(0.1))
        scans[:0] = [self._guided_thorough(), itertools.islice(skeletons, _LATER)]
        yield from self._beside(in_turn(scans), improver, share(0.1))
        yield from self._beside(self._guided(main), improver, share(0.1))
        deep = [self._guided_thorough(), skeletons, *[self._run(ws, *tasks.DEEP) for ws in benches]]
        if noise is not None and v.noisy:
            noise.may_end()
            yield from self._beside(in_turn([*deep, noise.stages()]), improver, 1.0)
        else:
            yield from self._beside(in_turn(deep), improver, 0.3)
        yield from self._beside(self._guided(main), improver, share(0.1))
        yield from self._beside(self._last(benches, noise), improver, 1.5)
        while not improver.exhausted:
            yield Stage("main", "improved", improver.visits(1))

    def _skeletons(self, ws: Workspace) -> Iterator[Candidates]:
        """Laws of few columns, perhaps a reduction's, in the order of the prior; some at a time.

        Of several columns in turn with pairs of curves of two.
        """
        if not 1 <= ws.d <= SEVERAL:
            return
        self.state.compile(prepare_skeletons)
        search = SkeletonSearch(ws, ws.root, ws.columns)
        sizes = itertools.chain(_SKELETONS, itertools.repeat(_SKELETONS[-1]))
        name = self._name(ws)
        one_by_one = (
            Stage(name, "skeletons", search.batches(next(sizes)))
            for _ in iter(lambda: search.exhausted, True)
        )
        if ws.d == 1:
            yield from one_by_one
        else:
            self.state.compile(prepare_pairs)
            pairs = (Stage(name, "curves", stage) for stage in Separable(ws).stages())
            yield from in_turn([pairs, one_by_one])

    def _lead(
        self, main: Workspace, benches: list[Workspace]
    ) -> Generator[Candidates, None, Workspace]:
        """The bench that comes first: far from its origin all functions of a column are alike."""
        own_units = rescaled(main)
        if own_units is None:
            return main
        benches.append(own_units)
        if not is_calendar(main.wide[0][:, main.columns]):
            return main
        yield from self._run(own_units, Task("free"), Task("inner"))
        return own_units

    def _last(self, benches: list[Workspace], noise: NoiseSearch | None) -> Iterator[Candidates]:
        """What is left of the time goes into noise, if not yet, and into larger libraries."""
        if noise is not None and not self.state.acceptance.noisy:
            self.state.acceptance.treat_as_noisy(True)
            yield from noise.cheap()
            yield from noise.stages()
        yield from in_turn([self._run(ws, *tasks.DEEPER) for ws in benches])
        larger = [
            Workspace(ws.acceptance, ws.X, ws.root, 3 * ws.size, columns=ws.columns)
            for ws in benches
        ]
        yield from in_turn([self._run(ws, *tasks.QUICK) for ws in larger])
        yield from in_turn([self._larger(ws) for ws in larger])

    def _run(self, ws: Workspace, *some: Task) -> Iterator[Candidates]:
        bench, name = Bench(self.state, ws), self._name(ws)
        for task in some:
            for stage in task.stages(bench):
                yield Stage(name, task.name, stage)

    def _turning(self, main: Workspace) -> Iterator[Candidates]:
        for j in main.columns if main.d == 1 else ():
            yield Stage("main", "oscillations", oscillations(main, j))

    def _name(self, ws: Workspace) -> str:
        return "main" if ws is self.state.main else "reduced"

    def _guided(self, main: Workspace) -> Iterator[Candidates]:
        """Quick scans of what the network proposed; once nothing is new, of what grew from it."""
        state = self.state
        source = state.source_of_parts(main)
        if source is None:
            return
        state.compile()
        parts = state.best_parts(source)
        if main in state.noises and state.acceptance.noisy:
            yield from state.noises[main].proposed(parts)
        yield from self._run(state.grow(main, parts), *tasks.GUIDED)

    def _guided_thorough(self) -> Iterator[Candidates]:
        """Further scans of what the network proposed last."""
        ws = self.state.take_grown()
        if ws is not None:
            yield from self._run(ws, *tasks.GUIDED_THOROUGH)

    def _brisk(self, ws: Workspace) -> Iterator[Candidates]:
        self.state.compile()
        yield from self._run(ws, *tasks.BRISK)

    def _thorough(self, ws: Workspace, brisk: bool = True) -> Iterator[Candidates]:
        """The brisk scans, where they were not yet, and what comes after them."""
        if brisk:
            yield from self._brisk(ws)
        yield from self._run(ws, tasks.INNER, *tasks.pairs(4000), *tasks.THOROUGH)

    def _larger(self, ws: Workspace) -> Iterator[Candidates]:
        """All of a larger library."""
        self.state.compile()
        yield from self._run(ws, *tasks.pairs(10000), *tasks.BESIDE_PAIRS, tasks.INNER,
                             *tasks.THOROUGH)  # fmt: skip

    def _beside(
        self, source: Iterator[Candidates], improver: Improver, share: float
    ) -> Iterator[Candidates]:
        """The stages of `source`, and for each second of theirs `share` seconds of improvement.

        Fewer once a law leaves nothing but noise: no better one has to be made of it.
        """
        owed = 0.0

        def timed(stage: Candidates, price: float) -> Candidates:
            nonlocal owed
            begin = self.state.clock()
            for candidate in stage:
                less = _GOOD_ENOUGH if self.state.is_good and price > 0 else 1.0
                owed += less * price * (self.state.clock() - begin)
                yield candidate
                begin = self.state.clock()

        for stage in source:
            beside = timed(stage, share)
            yield replace(stage, candidates=beside) if isinstance(stage, Stage) else beside
            while owed > _VISIT and not improver.exhausted:
                yield Stage("main", "improved", timed(improver.visits(1), -1.0))
