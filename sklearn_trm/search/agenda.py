"""The agenda: which task runs when, on which bench, and for how long.

A task on a bench is a `Job`, which may be left and taken up again. For each kind of table
(`orders`) an order was learned from a record of what closes which drawn law: entries (bench,
task, seconds that it has had by then). Once all have had their seconds, each job goes on in
slices that double, then libraries grow. Beside the order, for a share of its time, run the curves
of few columns, partial laws, the scans of what the network proposed, and the improvement of the
laws so far.

M. Streeter and D. Golovin, "An online algorithm for maximizing submodular functions", NeurIPS 2008.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..data.relevance import WIDE, Relevance
from ..expressions.tree import Node
from . import tasks
from .benches import DIVIDED, FORWARD, LEFT, NOISY, OWN, SCANS, Benches
from .improve.improver import Improver
from .orders import kind_of, orders
from .solvers.oscillations import oscillates
from .state import SearchState
from .tasks import Bench, Task
from .turns import Stage, rarer_in_turn
from .workspace import Workspace

Candidates = Iterator[Node | None]
Stages = Iterator[Candidates]

_END = object()
_ALL = float("inf")
_VISIT = 0.05  # seconds that an improvement may take before others have earned it
_GOOD_ENOUGH = 0.2  # of the time for improvement, once the best law leaves nothing but noise
# time for improvement for each second of the order, and of what comes after it; where no law may
# be exact, good ones are worth as much as the true one
_IMPROVED, _IMPROVED_NOISY, _IMPROVED_LATER = 0.1, 0.5, 1.0
_GUIDED = 0.5  # the same for scans of what the network proposed
# for partial laws, after the first seconds of the order. Where there seem to be errors little is
# exact, but deep laws look like that: as much as the order for so many seconds, and then less
_OPENED, _OPENED_NOISY, _OPENED_AFTER, _OPENED_FIRST = 0.3, 0.1, 1.0, 0.7
# for curves of few columns: textbook laws, which drawn ones rarely are; for each second of all
# others, after the first
_OF_CURVES, _CURVES_AFTER = 1.5, 0.2
_CURVES = {task.name for task in tasks.CURVES}
_READ = 0.2  # seconds without an exact law after which the noise is read
_SLICE = 0.25  # seconds of the first round after the order


@dataclass(eq=False)
class Job:
    """A task on a bench.

    Parameters
    ----------
    bench, task : str
        Their names.
    source : iterator of Node or None
        What it yields.
    state : SearchState
        By whose clock its time is counted, without that of who takes what it yields.
    """

    bench: str
    task: str
    source: Candidates
    state: SearchState
    spent: float = 0.0
    ended: bool = False
    starved: bool = False  # there was not enough memory for it

    def until(self, seconds: float) -> Candidates:
        """A stage: its candidates until it has had so many seconds, all in all."""
        return Stage(self.bench, self.task, self._until(seconds))

    def _until(self, seconds: float) -> Candidates:
        while not self.ended and self.spent < seconds:
            begin = self.state.clock()
            try:
                item = next(self.source, _END)
            except MemoryError:  # what it held is free for others
                item, self.starved, self.source = _END, True, iter(())
            self.state.work(self.task)
            self.spent += self.state.clock() - begin
            self.ended = item is _END
            if not self.ended:
                yield item  # type: ignore[misc]


class Agenda:
    """All stages of one search.

    Parameters
    ----------
    state : SearchState
    """

    def __init__(self, state: SearchState) -> None:
        self.state = state

    def stages(self) -> Stages:
        """Stages, each of which may be left at any candidate."""
        main, v = self.state.main, self.state.acceptance
        if main.d <= WIDE:
            yield from Plan(self.state, main).stages()
            return
        # few of many columns, then more of them; all of them keep their share of the time
        relevance = v.problem.relevance or Relevance(v.problem.X, v.problem.y).finish()
        few = [
            Workspace(v, v.X, main.root, wide=v.wide, columns=columns)
            for columns in relevance.nested()
        ]
        self.state.look_at(next((ws for ws in few if ws.d), main))
        yield from rarer_in_turn([Plan(self.state, ws).stages() for ws in [*few, main] if ws.d])


class Beside:
    """Jobs in turn, which have a share of the time of others.

    Parameters
    ----------
    places : sequence of (str, str)
        Bench and task of each.
    owed : float
        Seconds that they have at first.
    """

    def __init__(self, places: Sequence[tuple[str, str]], owed: float = 0.0) -> None:
        self._count, self._places = len(places), itertools.cycle(places)
        self._owed = owed

    def stages(self, plan: Plan, seconds: float) -> Stages:
        """What runs of a plan now that they have so many seconds more."""
        self._owed += seconds
        for _ in range(self._count):
            if self._owed <= 0.0:
                return
            job = plan.job(*next(self._places))
            self._owed -= yield from plan.turn(job, job.spent + max(self._owed, _VISIT))


class Plan:
    """The agenda of some columns.

    Parameters
    ----------
    state : SearchState
    main : Workspace
    """

    def __init__(self, state: SearchState, main: Workspace) -> None:
        self.state, self.main = state, main
        self.improver = Improver(main, state.compile)
        self.benches = Benches(state, main)
        self.jobs: dict[tuple[str, str], Job] = {}
        self._spent = self._owed = self._owed_guided = 0.0
        self._at_first = _OPENED_FIRST
        places = [("main", tasks.OPEN.name), *((bench, tasks.OPEN.name) for bench in OWN)]
        self._opened = Beside(places, -_OPENED * _OPENED_AFTER / state.parties)
        self._curves = Beside(
            [(b, t.name) for b in LEFT for t in tasks.CURVES],
            -_OF_CURVES * _CURVES_AFTER / state.parties,
        )
        self._guided = self._visited = self._job("parts", "guided", iter(()))

    def stages(self) -> Stages:
        """Stages of all that can be run."""
        benches, v = self.benches, self.state.acceptance
        own = tasks.LAWS.stages(Bench(self.state, self.main))
        laws = self._job("main", tasks.LAWS.name, benches.drained(own))
        yield laws.until(_ALL)
        benches.look()
        first = benches.bench("main")
        assert first is not None
        if first.ws is self.main:
            self.jobs["main", tasks.LAWS.name] = laws
        early = [tasks.PIECES, *([tasks.WAVES] if oscillates(first.ws) else [])]
        yield from self._share(((self.job("main", task.name), _ALL) for task in early), 0.0)
        yield from self._share(self._order(), _IMPROVED)
        if benches.noise is not None:
            v.treat_as_noisy(True)  # no exact law was found
            benches.noise.may_end()
        yield from self._share(self._rest(), _IMPROVED_LATER)
        larger = (
            self._job("larger", "all", benches.drained(self._larger(b))) for b in benches.larger()
        )
        yield from self._share(((job, _ALL) for job in larger), _IMPROVED_LATER)
        while self._improves():
            yield from self.turn(self._visit(), _ALL)

    # ------------------------------------------------------------------ jobs

    def _job(self, bench: str, task: str, source: Candidates) -> Job:
        return Job(bench, task, source, self.state)

    def job(self, bench: str, task: str) -> Job:
        """The job of a task on a bench, by their names."""
        key = bench, task
        if key not in self.jobs:
            self.jobs[key] = self._job(bench, task, self.benches.candidates(bench, task))
        return self.jobs[key]

    # ------------------------------------------------------------------ which, and how long

    def _order(self) -> Iterator[tuple[Job, float]]:
        """The learned order; that of noisy tables once noise is seen."""
        benches, spent, kind = self.benches, 0.0, ""
        while kind != (kind := kind_of(self.main.d, self.state.acceptance.noisy)):
            order = orders()[kind]
            for bench, task, seconds in order.entries:
                job = self.job(bench, task)
                before = job.spent
                yield job, self._part(task, seconds)
                spent += (job.spent - before) * self.state.parties
                if spent > _READ and benches.noise is not None:
                    if spent > order.settled and self.state.acceptance.noisy:
                        benches.noise.may_end()
                    if kind_of(self.main.d, self.state.acceptance.noisy) != kind:
                        break

    def _rest(self) -> Iterator[tuple[Job, float]]:
        """All jobs in turn, each time for twice as long as before."""
        seconds = _SLICE
        while True:
            some = [self.job(bench, task) for bench, task in _all_jobs()]
            if all(job.ended for job in some):
                return
            for job in some:
                yield job, self._part(job.task, seconds)
            seconds *= 2

    def _part(self, task: str, seconds: float) -> float:
        """What this process has to do of the seconds of a task."""
        return seconds / self.state.parties if task in DIVIDED else seconds

    def _larger(self, bench: Bench) -> Stages:
        self.state.compile()
        for task in tasks.LARGER:
            yield from task.stages(bench)

    # ------------------------------------------------------------------ beside them

    def _share(self, jobs: Iterable[tuple[Job, float]], improved: float) -> Stages:
        """Jobs, and beside them, for a share of their time, what is guided and what improves."""
        for job, seconds in jobs:
            before = self._spent
            took = yield from self.turn(job, seconds)
            noisy = self.state.acceptance.noisy or not self.benches.readable
            share = max(improved, _IMPROVED_NOISY) if noisy and improved else improved
            share *= self.state.parties  # one process improves, for what all of them do
            self._owed += share * took * (_GOOD_ENOUGH if self.state.is_good else 1.0)
            while self._owed > _VISIT and self._improves():
                self._owed -= yield from self.turn(self._visit(), _ALL)
            self._owed_guided = yield from self._guide(self._owed_guided + _GUIDED * took)
            opened = _OPENED
            if noisy:
                opened = _OPENED_NOISY if self._at_first <= 0.0 else 1.0
                self._at_first -= took * self.state.parties
            yield from self._opened.stages(self, opened * took)
            others = self._spent - before
            of_curves = took if job.task in _CURVES else 0.0
            yield from self._curves.stages(self, _OF_CURVES * (others - of_curves) - of_curves)

    def turn(self, job: Job, seconds: float) -> Generator[Candidates, None, float]:
        """A job until it has had so many seconds; how many these were."""
        before = job.spent
        yield job.until(seconds)
        took = job.spent - before
        self._spent += took
        return took

    def _improves(self) -> bool:
        if self.improver.exhausted or self._visited.starved:
            return False
        return self.state.takes(self.main.columns, "improved")

    def _visit(self) -> Job:
        self._visited = self._job("main", "improved", self.improver.visits(1))
        return self._visited

    def _guide(self, owed: float) -> Generator[Candidates, None, float]:
        """Scans of what the network proposed; the time that is still owed."""
        if self._guided.ended:
            self._guided = self._job("parts", "guided", self.benches.drained(self._proposed()))
        if owed > 0.0:
            owed -= yield from self.turn(self._guided, self._guided.spent + owed)
        return 0.0 if self._guided.ended else owed

    def _proposed(self) -> Stages:
        """Quick scans of what the network proposed, once nothing is new of what grew from it."""
        state = self.state
        source = state.source_of_parts(self.main)
        if source is None:
            return
        state.compile()
        parts = state.best_parts(source)
        if self.main in state.noises and state.acceptance.noisy:
            yield from state.noises[self.main].proposed(parts)
        yield from self._run(Bench(state, state.grow(self.main, parts)), tasks.GUIDED)
        ws = state.take_grown()
        if ws is not None:
            yield from self._run(Bench(state, ws), tasks.GUIDED_THOROUGH)

    def _run(self, bench: Bench, some: Iterable[Task]) -> Stages:
        for task in some:
            yield from task.stages(bench)


def _all_jobs() -> Iterator[tuple[str, str]]:
    """Bench and task of all jobs that there may be."""
    for task in tasks.ALL:
        yield from ((bench, task.name) for bench in OWN)
    yield NOISY[0], FORWARD
    yield from ((bench, SCANS) for bench in NOISY)
