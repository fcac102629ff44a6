"""The search: scans in order of yield per millisecond, anytime, on one core.

``Search(problem).run(budget)`` is a generator of candidate laws with constants
filled in. It yields None when a slice of work brought nothing, so that the consumer
can stop or interleave at any time; `propose` hands it laws whose cells and parts it will use.

The quick stages see the problem itself first, then what its symmetries reduce it to;
the thorough stages take turns between them. What was proposed guides: after the quick
stages its parts are rows of scans of their own (`ProposalWorkspace`).
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ..data.relevance import WIDE, Relevance
from ..expressions.tree import Node, var
from ..task.budget import Budget
from ..task.problem import Problem
from . import stages
from .acceptance import Acceptance
from .backpropagation import cell_target, opened_cells
from .continued import continued
from .descent import prepare
from .factored import factored
from .forms import forms
from .improve.improver import Improver
from .inner_parameters import one_inner_parameter, two_inner_parameters
from .modulated import modulated, multiplied
from .noise import NoiseSearch
from .proposals import MOST_PARTS, Proposals, ProposalWorkspace
from .ranking import Pool, Ranking
from .reduction.noisy_symmetry import seems_noisy
from .reduction.symmetry import Reduction, rescaling, scalings, translations
from .residual_views import ResidualViews
from .solvers.waves import waves
from .transforms import Target, target_transforms
from .turns import in_turn, quietly, rarer_in_turn
from .workspace import Workspace

__all__ = ["Problem", "Search"]

Candidates = Iterator[Node | None]

_LOADING = 1.0  # seconds; compiled code that takes longer was not there yet

_TICK = 0.005  # seconds that a slice of work counts without a deadline
_VISIT = 0.05  # seconds that an improvement may take before others have earned it
_GOOD_ENOUGH = 0.2  # of the time for improvement, once the best law leaves nothing but noise
_OPENING = 0.25  # slices of opened cells for each slice of the stages
_NEWS = 2  # times as many answers as before are worth another look at what they tell
_FEW = 2  # columns of a table whose inner constants are looked for first
_MOST_READ = 12  # columns of which symmetries are read


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
        self.acceptance = Acceptance(problem)
        v = self.acceptance
        self.main = Workspace(v, v.X, Target(v.y), wide=v.wide)
        self.focus = self.main  # where opened cells are filled
        self._proposed: deque[Node] = deque(maxlen=256)
        self._proposals = Proposals()
        self._used = 0  # answers that proposed atoms were made of
        self._proposal_ws: ProposalWorkspace | None = None  # that waits for further scans
        self._grown: ProposalWorkspace | None = None  # the last one, from which the next may grow
        self.ranking: Ranking | None = None  # of what the network proposed, and of the library
        self._clock: Callable[[], float] = time.monotonic
        self._is_good = False  # whether the best law leaves nothing but noise
        self.budget = Budget()
        self._noises: dict[Workspace, NoiseSearch] = {}
        self._residual_views: dict[Workspace, ResidualViews] = {}

    @property
    def exact(self) -> Node | None:
        """The exact law, once found."""
        return self.acceptance.exact

    def ends_with(self, loss: float, idle: int) -> bool:
        """Whether a law of this `loss` leaves only noise; `idle` laws came after it."""
        noise = self._noises.get(self.main)
        self._is_good = noise is not None and noise.reaches(loss)
        return noise is not None and noise.ends_with(loss, idle)

    def propose(self, nodes: Iterable[Node]) -> None:
        """Hand over laws whose cells are to be opened, and whose parts are to be tried."""
        nodes = list(nodes)
        self._proposed.extend(nodes)
        self._proposals.hear(nodes)

    def go_on(self, budget: Budget) -> None:
        """Take another budget, for a run that rests."""
        self.budget = budget

    def run(self, budget: Budget | None = None) -> Candidates:
        """Candidates until exact, exhausted, or the end of the budget; none is no limit."""
        self.budget = Budget() if budget is None else budget
        y = self.acceptance.y
        if self.main.d == 0 or len(y) < 3 or not np.ptp(y) > 0:
            return
        # without a deadline no clock decides: the same order on every machine
        ticks = itertools.count(0.0, _TICK).__next__
        self._clock = ticks if self.budget.search is None else self.budget.clock
        for candidate in quietly(self._all()):
            yield candidate
            if self.exact is not None or self.budget.passed():
                return

    def _compile(self) -> None:
        begin = self._clock()
        prepare()
        took = self._clock() - begin
        if took > _LOADING:
            self.budget.clock.forgive(took)

    def _all(self) -> Candidates:
        opened, owed = self._opened(), 0.0
        for stage in self._stages():
            for candidate in stage:
                yield candidate
                owed = min(owed + _OPENING, 1.0)
                if owed >= 1.0 and self._proposed:
                    owed = 0.0
                    yield next(opened)
            yield from self.acceptance.drain(3 if self.acceptance.noisy else 1)
        while self._proposed:
            yield next(opened)

    # ------------------------------------------------------------------ schedule

    def _stages(self) -> Iterator[Candidates]:
        if self.main.d <= WIDE:
            yield from self._plan(self.main)
            return
        # few of many columns, then more of them; all of them keep their share of the time
        p, v = self.problem, self.acceptance
        relevance = p.relevance or Relevance(p.X, p.y).finish()
        few = [
            Workspace(v, v.X, self.main.root, wide=v.wide, columns=columns)
            for columns in relevance.nested()
        ]
        self.focus = next((ws for ws in few if ws.d), self.main)
        yield from rarer_in_turn([self._plan(ws) for ws in [*few, self.main] if ws.d])

    def _plan(self, main: Workspace) -> Iterator[Candidates]:
        """All stages for the columns of one workspace."""
        v = self.acceptance
        yield stages.free_laws(main, [main.root])
        yield stages.polynomials(main, [main.root])
        benches = [main]
        improver = Improver(main, self._compile)
        noise: NoiseSearch | None = None
        readable = main.d <= _MOST_READ
        if readable:
            v.noisy = seems_noisy(main.wide[0][:, main.columns], main.wide[1])
            if v.noisy:
                noise = self._read(main)
                both = noise.beside(self._guided(main))
                yield from self._beside(both, improver, 0.5)
        for reduced in itertools.islice(self._reductions(main), 4):
            benches.append(reduced)
            yield stages.free_laws(reduced, [reduced.root])
            yield stages.polynomials(reduced, [reduced.root])
        rescaled = self._rescaled(main)
        if rescaled is not None:
            benches.append(rescaled)
        benches.sort(key=lambda ws: ws.d)

        def share(least: float) -> float:
            # where no law may be exact, good ones are worth as much as the true one
            return 0.5 if v.noisy or not readable else least

        yield from self._beside(in_turn([self._quick(ws) for ws in benches]), improver, share(0.0))
        brisk = itertools.chain(self._guided(main), self._brisk(main))
        scans = [self._thorough(ws, 0 if ws is main else 1000) for ws in benches]
        if noise is None and readable:
            noise = self._read(main)
            v.noisy = noise.shown
            if v.noisy:
                yield from noise.beside(brisk)
            else:  # noise that no surface shows
                scans.append(noise.first())
            least = noise.benches[0]
            if 0 < least.d < min(ws.d for ws in benches):  # what gradients did not show
                benches.insert(0, least.ws)
                scans.insert(0, self._thorough(least.ws))
                yield from self._quick(least.ws)
        yield from self._beside(brisk, improver, share(0.1))
        scans.insert(0, self._guided_thorough())
        yield from self._beside(in_turn(scans), improver, share(0.1))
        yield from self._beside(self._guided(main), improver, share(0.1))
        deep = [self._guided_thorough(), *[self._deep(ws) for ws in benches]]
        if noise is not None and v.noisy:
            noise.exact_sought = True
            yield from self._beside(in_turn([*deep, noise.stages()]), improver, 1.0)
        else:
            yield from self._beside(in_turn(deep), improver, 0.3)
        yield from self._beside(self._guided(main), improver, share(0.1))
        yield from self._beside(self._last(benches, noise), improver, 1.5)
        while not improver.exhausted:
            yield improver.visits(1)

    def _last(self, benches: list[Workspace], noise: NoiseSearch | None) -> Iterator[Candidates]:
        """What is left of the time goes into noise, if not yet, and into larger libraries."""
        if noise is not None and not self.acceptance.noisy:
            self.acceptance.noisy = True
            yield from noise.cheap()
            yield from noise.stages()
        yield from in_turn([self._deeper(ws) for ws in benches])
        larger = [
            Workspace(self.acceptance, ws.X, ws.root, 3 * ws.size, columns=ws.columns)
            for ws in benches
        ]
        yield from in_turn([self._quick(ws) for ws in larger])
        yield from in_turn([self._thorough(ws, 10000, 0) for ws in larger])

    def _quick(self, ws: Workspace) -> Iterator[Candidates]:
        yield stages.singles(ws, [ws.root], 6)
        yield stages.offsets(ws, ws.root)
        near = self._transforms(ws, 1)
        yield stages.free_laws(ws, near)
        yield stages.polynomials(ws, near)
        yield stages.singles(ws, near)
        if not self.acceptance.noisy:
            self._residual_views[ws] = ResidualViews(ws, near)

    def _guided(self, main: Workspace) -> Iterator[Candidates]:
        """Quick scans of what the network proposed; once nothing is new, of what grew from it."""
        if not self._proposals:
            return
        if self._proposals.answers >= _NEWS * self._used:
            self._used = self._proposals.answers
            source: Workspace = main
        elif self.ranking is not None and self._grown is not None:
            source = self._grown
        else:
            return
        self._compile()
        parts = self._best_parts(source)
        if main in self._noises and self.acceptance.noisy:
            yield from self._noises[main].proposed(parts)
        ws = self._proposal_ws = self._grown = ProposalWorkspace(main, parts)
        root, near = ws.root, self._transforms(ws, 1)
        yield stages.singles(ws, [root, *near], 6)
        yield stages.pairs(ws, root, "affine", 1000)
        yield stages.pairs(ws, root, "power", 1250)
        yield forms(ws, [root, *near], 100)
        yield stages.multipliers(ws, root, 2048)
        yield stages.pairs(ws, root, "affine", 4000)

    def _best_parts(self, ws: Workspace) -> list[Node]:
        """What most probably is a part of the law; without a head the most frequent parts."""
        if self.ranking is None:
            return self._proposals.parts()
        return Pool.of(ws, self._proposals).best(self.ranking, ws)[0][:MOST_PARTS]

    def _guided_thorough(self) -> Iterator[Candidates]:
        """Further scans of what the network proposed last."""
        ws, self._proposal_ws = self._proposal_ws, None
        if ws is None:
            return
        root, near = ws.root, self._transforms(ws, 1)
        yield factored(ws, [root, *near])
        yield stages.peels(ws, root, 512)
        yield modulated(ws, near, "affine", count=1000)
        yield stages.pairs(ws, root, "power", 5000)
        yield stages.several(ws, root, "affine", 300, 80)
        yield modulated(ws, [root], "affine")

    def _brisk(self, ws: Workspace, size: int = 1000) -> Iterator[Candidates]:
        """What finds most laws for each second, on laws of the training distribution."""
        root, near = ws.root, self._transforms(ws, 1)
        few, residual_views = ws.d <= _FEW, self._residual_views.get(ws)
        self._compile()
        yield from self._pairs(ws, size)
        yield stages.quadratics(ws, [root])
        yield stages.rationals(ws, [root, *near] if few else [root])
        yield forms(ws, [root], 200)
        yield stages.multipliers(ws, root, 2048)
        yield stages.dominant(ws, [root, *near])
        if residual_views is not None:
            yield residual_views.quick()

    def _pairs(self, ws: Workspace, size: int) -> Iterator[Candidates]:
        for kind, k in (("curved", size), ("affine", size), ("power", size + size // 4)):
            yield stages.pairs(ws, ws.root, kind, k)
        yield stages.several(ws, ws.root, "affine", min(size, 1500) // 3, 0)

    def _thorough(self, ws: Workspace, brisk: int = 1000, more: int = 4000) -> Iterator[Candidates]:
        """The brisk scans with pairs of so many rows, then the others with `more`; 0: without."""
        root, near = ws.root, self._transforms(ws, 1)
        wide = "curved" if len(ws.curved_terms) else "affine"
        few, residual_views = ws.d <= _FEW, self._residual_views.get(ws)
        if brisk:
            yield from self._brisk(ws, brisk)
        if few:
            yield one_inner_parameter(ws, [root, *near])
        if more:
            yield from self._pairs(ws, more)
        yield modulated(ws, [root], "affine", 10, 1000)
        yield waves(ws, root)
        yield modulated(ws, near, "affine", count=1000)
        if ws.d == 1:
            yield two_inner_parameters(ws, root)
        yield stages.peels(ws, root, 1024)
        yield factored(ws, [root, *near])
        yield modulated(ws, [root], wide)
        yield forms(ws, [root, *near], 300)
        if residual_views is not None:
            yield residual_views.products()
        transforms = self._transforms(ws, 3)
        yield stages.free_laws(ws, transforms, strict=True)
        yield stages.singles(ws, transforms, 2)
        if not few:
            yield one_inner_parameter(ws, [root])
        yield stages.loosened(ws, 8)
        if residual_views is not None:
            yield residual_views.of_laws()
            yield residual_views.multiplied()

    def _deep(self, ws: Workspace) -> Iterator[Candidates]:
        root, near = ws.root, self._transforms(ws, 1)
        wide = "curved" if len(ws.curved_terms) else "affine"
        residual_views = self._residual_views.get(ws)
        if ws.d > 1:
            yield two_inner_parameters(ws, root)
        yield waves(ws, root, 2**22)
        if residual_views is not None:
            yield residual_views.of_laws()
            yield residual_views.deep()
        yield stages.several(ws, root, "affine", 900, 100)
        yield stages.quadratics(ws, [*near, *multiplied(ws, 30)])
        yield continued(ws, 3)
        yield modulated(ws, near, "affine", count=3000)
        yield stages.several(ws, root, wide, 600, 100)
        if residual_views is not None:
            yield residual_views.of_laws()
        yield modulated(ws, [root], wide, others=1500)
        yield modulated(ws, multiplied(ws, 40), wide, 10, 1500)

    def _deeper(self, ws: Workspace) -> Iterator[Candidates]:
        root, near = ws.root, self._transforms(ws, 1)
        for t in near:
            for kind in ("power", "affine"):
                yield stages.pairs(ws, t, kind, 4000)
        yield stages.rationals(ws, near)
        yield modulated(ws, [root], "affine", 30, 500)
        yield continued(ws, 4, 9000)
        for t in near:
            yield stages.multipliers(ws, t, 1024)
            yield stages.peels(ws, t, 512)
        yield stages.loosened(ws, 30)

    def _beside(
        self, source: Iterator[Candidates], improver: Improver, share: float
    ) -> Iterator[Candidates]:
        """The stages of `source`, and for each second of theirs `share` seconds of improvement.

        Fewer once a law leaves nothing but noise: no better one has to be made of it.
        """
        owed = 0.0

        def timed(stage: Candidates, ranking: float) -> Candidates:
            nonlocal owed
            begin = self._clock()
            for candidate in stage:
                less = _GOOD_ENOUGH if self._is_good and ranking > 0 else 1.0
                owed += less * ranking * (self._clock() - begin)
                yield candidate
                begin = self._clock()

        for stage in source:
            yield timed(stage, share)
            while owed > _VISIT and not improver.exhausted:
                yield timed(improver.visits(1), -1.0)

    def _read(self, main: Workspace) -> NoiseSearch:
        noise = self._noises[main] = NoiseSearch(self.acceptance, main.columns)
        return noise

    def _transforms(self, ws: Workspace, depth: int) -> list[Target]:
        p = self.problem
        return target_transforms(ws.root, p.unary, p.binary, depth)

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

    def _rescaled(self, ws: Workspace) -> Workspace | None:
        """The same problem in units in which its columns are of the order of one."""
        X, values = ws.wide
        found = rescaling(X[:, ws.columns], values, [var(j) for j in ws.columns])
        return None if found is None else self._reduced(ws, found)

    def _reduced(self, ws: Workspace, reduction: Reduction) -> Workspace:
        wrap = ws.root.wrap
        n = len(ws.y)  # the screened rows come first
        root = Target(reduction.values[:n], lambda n: wrap(reduction.restore(n)))
        wide = reduction.X, reduction.values
        return Workspace(self.acceptance, reduction.X[:n], root, wide=wide)

    # ------------------------------------------------------------------ opened cells

    def _opened(self) -> Candidates:
        """Opens the cells of one proposed law after the other, as long as there are some."""
        while True:
            if not self._proposed:
                yield None
                continue
            law, ws = self._proposed[0], self.focus
            targets = [cell_target(law, path, v) for path, v in opened_cells(law, ws.X, ws.y)]
            if targets:
                yield from stages.free_laws(ws, targets)
                yield from stages.singles(ws, targets, 2)
            if self._proposed and self._proposed[0] is law:
                self._proposed.popleft()
