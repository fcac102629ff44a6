"""The search: scans in order of yield per millisecond, anytime, on one core.

``Search(problem).run(deadline)`` is a generator of candidate laws with constants
filled in. It yields None when a slice of work brought nothing, so that the consumer
can stop or interleave at any time; `propose` hands it laws whose cells it will open.

The quick stages see the problem itself first, then what its symmetries reduce it to;
the thorough stages take turns between them.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from . import stages
from .dials import dialled
from .evidence import readings, same_columns, seems_noisy
from .frames import Target, unary_frames
from .improve import Improver
from .modulated import modulated, multiplied
from .noisy import NoisyArena
from .open_cell import cell_target, opened_cells
from .problem import Problem
from .relevance import WIDE, Relevance
from .symmetry import Reduction, scalings, translations
from .tree import Node, var
from .verdict import Verdict
from .workspace import Workspace

__all__ = ["Problem", "Search"]

Candidates = Iterator[Node | None]

_MOST_READ = 12  # columns of which symmetries are read
_CHEAP = 11  # stages of a noisy arena that scan for single rows
_LITTLE = 5e-5  # noise, relative to y, below which a settled surface may be rounding


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
        self.verdict = Verdict(problem)
        v = self.verdict
        self.main = Workspace(v, v.X, Target(v.y), wide=v.wide)
        self.focus = self.main  # where opened cells are filled
        self._proposed: deque[Node] = deque(maxlen=256)
        self.floor: float | None = None  # the noise of y, where a smooth surface shows it
        self.cheap_done = False  # whether the cheap scans of noisy rows are through
        self.patience = 20  # further laws to look at when a law at the noise is there

    @property
    def exact(self) -> Node | None:
        """The exact law, once found."""
        return self.verdict.exact

    def propose(self, nodes: Iterable[Node]) -> None:
        """Hand over laws whose cells are to be opened."""
        self._proposed.extend(nodes)

    def run(
        self, deadline: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> Candidates:
        """Candidates until exact, exhausted, or ``clock()`` reaches `deadline`."""
        y = self.verdict.y
        if self.main.d == 0 or len(y) < 3 or not np.ptp(y) > 0:
            return
        for candidate in self._all():
            yield candidate
            if self.exact is not None or (deadline is not None and clock() >= deadline):
                return

    def _all(self) -> Candidates:
        for stage in self._stages():
            for candidate in stage:
                yield candidate
                while self._proposed:
                    yield from self._open(self._proposed.popleft())
            yield from self.verdict.drain(3 if self.verdict.noisy else 1)

    # ------------------------------------------------------------------ schedule

    def _stages(self) -> Iterator[Candidates]:
        if self.main.d <= WIDE:
            yield from self._plan(self.main)
            return
        # few of many columns, then more of them; all of them keep their share of the time
        p, v = self.problem, self.verdict
        relevance = p.relevance or Relevance(p.X, p.y).finish()
        few = [
            Workspace(v, v.X, self.main.root, wide=v.wide, columns=columns)
            for columns in relevance.nested()
        ]
        self.focus = next((ws for ws in few if ws.d), self.main)
        yield from _rarer_in_turn([self._plan(ws) for ws in [*few, self.main] if ws.d])

    def _plan(self, main: Workspace) -> Iterator[Candidates]:
        """All stages for the columns of one workspace."""
        v = self.verdict
        yield stages.free_laws(main, [main.root])
        yield stages.polynomials(main, [main.root])
        arenas = [main]
        improver = Improver(main)
        noisy: list[NoisyArena] = []
        if main.d <= _MOST_READ:
            v.noisy = seems_noisy(main.wide[0][:, main.columns], main.wide[1])
            noisy = self._readings(main) if v.noisy else []
            yield from self._beside_noisy(noisy, improver)
        for reduced in itertools.islice(self._reductions(main), 4):
            arenas.append(reduced)
            yield stages.free_laws(reduced, [reduced.root])
            yield stages.polynomials(reduced, [reduced.root])
        arenas.sort(key=lambda ws: ws.d)
        yield from _in_turn([self._quick(ws) for ws in arenas])
        if not v.noisy and main.d <= _MOST_READ:
            noisy = self._readings(main)
            v.noisy = self.floor is not None and noisy[0].noise > _LITTLE
            if v.noisy:
                yield from self._beside_noisy(noisy, improver)
            if noisy[0].d < min(ws.d for ws in arenas):  # what gradients did not show
                arenas.insert(0, noisy[0].ws)
                yield from self._quick(noisy[0].ws)
        yield from _beside(_in_turn([self._thorough(ws) for ws in arenas]), improver, 0.5)
        yield from _beside(self._scans(arenas, noisy), improver, 1.5)
        while not improver.exhausted:
            yield improver.visits(1)

    def _scans(self, arenas: list[Workspace], noisy: list[NoisyArena]) -> Iterator[Candidates]:
        v = self.verdict
        yield from _in_turn([self._deep(ws) for ws in arenas])
        if not v.noisy:
            v.noisy = True
            yield from self._all_noisy(noisy)
        # what is left of the time goes into larger libraries
        larger = [
            Workspace(self.verdict, ws.X, ws.root, 3 * ws.size, columns=ws.columns) for ws in arenas
        ]
        yield from _in_turn([self._quick(ws) for ws in larger])
        yield from _in_turn([self._thorough(ws, (10000,)) for ws in larger])

    def _quick(self, ws: Workspace) -> Iterator[Candidates]:
        yield stages.singles(ws, [ws.root], 6)
        near = self._frames(ws, 1)
        yield stages.free_laws(ws, near)
        yield stages.polynomials(ws, near)
        yield stages.singles(ws, near)

    def _thorough(
        self, ws: Workspace, sizes: tuple[int, ...] = (1000, 4000)
    ) -> Iterator[Candidates]:
        root = ws.root
        yield stages.rationals(ws, [root])
        yield stages.quadratics(ws, [root])
        for k in sizes:
            yield stages.pairs(ws, root, "power", k + k // 4)
            yield stages.pairs(ws, root, "linear", k)
            yield stages.pairs(ws, root, "affine", k)
            yield stages.pairs(ws, root, "curved", k)
            yield stages.several(ws, root, "affine", min(k, 1500) // 3, 0)
        frames = self._frames(ws, 3)
        yield stages.free_laws(ws, frames)
        yield stages.singles(ws, frames, 2)
        yield stages.peels(ws, root, 1024)
        yield stages.multipliers(ws, root, 2048)
        yield stages.loosened(ws, 8)

    def _deep(self, ws: Workspace) -> Iterator[Candidates]:
        root, near = ws.root, self._frames(ws, 1)
        yield modulated(ws, [root, *near], "affine", count=2000)
        yield modulated(ws, [root], "curved", count=2000)
        yield dialled(ws, root)
        yield stages.several(ws, root, "affine", 900, 100)
        yield modulated(ws, [root], "affine", 10, 1000)
        yield modulated(ws, [root, *near], "affine")
        yield modulated(ws, [root], "curved")
        yield stages.several(ws, root, "curved", 600, 100)
        yield modulated(ws, [root], "affine", others=1500)
        yield modulated(ws, [root], "curved", others=1500)
        for t in near:
            for kind in ("power", "affine"):
                yield stages.pairs(ws, t, kind, 4000)
        yield stages.rationals(ws, near)
        yield stages.quadratics(ws, [*near, *multiplied(ws, 30)])
        yield stages.offsets(ws, root)
        yield modulated(ws, [root], "affine", 30, 500)
        yield modulated(ws, multiplied(ws, 40), "curved", 10, 1500)
        for t in near:
            yield stages.multipliers(ws, t, 1024)
            yield stages.peels(ws, t, 512)
        yield stages.loosened(ws, 30)

    def _readings(self, main: Workspace) -> list[NoisyArena]:
        """Readings of the symmetries by evidence, the one with the fewest columns first."""
        X, y = main.wide
        columns = main.columns
        found = list(readings(X[:, columns], y, [var(j) for j in columns]))
        found.sort(key=lambda r: r.X.shape[1])  # of equals the first found stays first
        least = found[0]
        found = [least, *(r for r in found[1:] if not same_columns(r, least))]
        if least.settled and least.error <= 1.1 * min(r.error for r in found):
            self.floor = least.error
        rest = [r for r in found[1:] if len(r.nodes) == len(least.nodes)][:1]
        rest += [r for r in found if len(r.nodes) > len(least.nodes)][:1]
        rest += found[-1:] if found[-1] not in (least, *rest) else []
        return [NoisyArena(self.verdict, r) for r in (least, *rest)]

    def _beside_noisy(self, arenas: list[NoisyArena], improver: Improver) -> Iterator[Candidates]:
        """The noisy scans; beside them improvement, where no smooth surface shows the noise."""
        scans = self._all_noisy(arenas)
        return scans if self.floor is not None else _beside(scans, improver, 1.0)

    def _all_noisy(self, arenas: list[NoisyArena]) -> Iterator[Candidates]:
        if not arenas:
            return
        first, *others = [self._noisy(a) for a in arenas]
        if self.floor is not None:  # the reading leaves noise alone: its cheap scans first
            yield from itertools.islice(first, _CHEAP)
            if arenas[0].d:
                for other in others:
                    yield from itertools.islice(other, 2)
        self.cheap_done = True
        self.patience = 20 if arenas[0].d else 2
        yield from _in_turn([first, *others])

    def _noisy(self, arena: NoisyArena) -> Iterator[Candidates]:
        kinds = ("power", "linear", "affine")
        yield arena.simplest()
        if not arena.d:
            return
        root, *near = arena.lenses()
        yield arena.scan(root, kinds, 0, 12)
        for lens in near[:8]:
            yield arena.scan(lens, kinds, 0, 6)
        yield arena.loosened(8)
        yield arena.scan(root, kinds, 2500, 12)
        yield arena.scan(root, ("curved",), 0, 6)
        yield arena.loosened(8)
        for lens in near[:6]:
            yield arena.scan(lens, ("power", "affine"), 2000, 6)
        yield arena.loosened(16)

    def _frames(self, ws: Workspace, depth: int) -> list[Target]:
        p = self.problem
        return unary_frames(ws.root, p.unary, p.binary, depth)

    def _reductions(
        self, ws: Workspace, depth: int = 0, last: object = None
    ) -> Iterator[Workspace]:
        """Simpler problems by scaling and translation symmetries, one after the other."""
        if not 2 <= ws.d <= _MOST_READ or depth > 2:
            return
        nodes = [var(j) for j in ws.columns]
        X, values = ws.wide
        for find in (scalings, translations):
            if find is last:
                continue  # the null space was taken whole
            for reduction in find(X[:, ws.columns], values, nodes):
                reduced = self._reduced(ws, reduction)
                yield reduced
                yield from self._reductions(reduced, depth + 1, find)

    def _reduced(self, ws: Workspace, reduction: Reduction) -> Workspace:
        wrap = ws.root.wrap
        n = len(ws.y)  # the screened rows come first
        root = Target(reduction.values[:n], lambda n: wrap(reduction.restore(n)))
        wide = reduction.X, reduction.values
        return Workspace(self.verdict, reduction.X[:n], root, wide=wide)

    # ------------------------------------------------------------------ opened cells

    def _open(self, law: Node) -> Candidates:
        ws = self.focus
        targets = [cell_target(law, path, v) for path, v in opened_cells(law, ws.X, ws.y)]
        if targets:
            yield from stages.free_laws(ws, targets)
            yield from stages.singles(ws, targets, 2)


def _rarer_in_turn(sources: list[Iterator[Candidates]]) -> Iterator[Candidates]:
    """Stages of each source in turn, each source half as often as the one before."""
    left = dict(enumerate(sources))
    turn = 0
    while left:
        turn += 1
        for place in list(left):
            if turn % 2**place == 0:
                stage = next(left[place], None)
                if stage is None:
                    del left[place]
                else:
                    yield stage


def _in_turn(sources: list[Iterator[Candidates]]) -> Iterator[Candidates]:
    """One stage of each source in turn until all are exhausted."""
    queue = deque(sources)
    while queue:
        source = queue.popleft()
        stage = next(source, None)
        if stage is not None:
            yield stage
            queue.append(source)


def _beside(source: Iterator[Candidates], improver: Improver, share: float) -> Iterator[Candidates]:
    """The stages of `source`, and for each of their slices `share` slices of improvement."""
    owed = 0.0

    def counted(stage: Candidates, worth: float) -> Candidates:
        nonlocal owed
        for candidate in stage:
            owed += worth
            yield candidate

    for stage in source:
        yield counted(stage, share)
        while owed > 1.0 and not improver.exhausted:
            yield counted(improver.visits(1), -1.0)
