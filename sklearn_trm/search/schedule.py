"""The order of the stages: what is looked at when, and for what share of the time.

The quick stages see the problem itself first, then what its symmetries reduce it to;
the thorough stages take turns between them. What was proposed guides: after the quick
stages its parts are rows of scans of their own (`ProposalWorkspace`).
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator

from ..data.relevance import WIDE, Relevance
from ..expressions.tree import Node
from . import stages
from .continued import continued
from .factored import factored
from .forms import forms
from .improve.improver import Improver
from .inner_parameters import one_inner_parameter, two_inner_parameters
from .modulated import modulated, multiplied
from .noise import NoiseSearch
from .places import is_calendar
from .reduced import MOST_READ, reductions, rescaled
from .reduction.noisy_symmetry import seems_noisy
from .solvers.oscillations import oscillates, oscillations
from .solvers.piecewise import piecewise
from .solvers.skeletons.solver import SkeletonSearch
from .solvers.skeletons.solver import prepare as prepare_skeletons
from .solvers.waves import waves
from .state import SearchState
from .transforms import Target, target_transforms
from .turns import in_turn, rarer_in_turn
from .workspace import Workspace

Candidates = Iterator[Node | None]

_VISIT = 0.05  # seconds that an improvement may take before others have earned it
_GOOD_ENOUGH = 0.2  # of the time for improvement, once the best law leaves nothing but noise
_SKELETONS = 500, 500, 1000, 2000  # of a stage, the last of all that follow: a quarter of a second
_BRISK, _EARLY, _LATER = 3, 7, 10  # stages in turn with brisk scans, the first under noise, others
_FEW = 2  # columns of a table whose inner constants are looked for first


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
        first = stages.free_laws, stages.polynomials
        yield from (*(stage(main, [main.root]) for stage in first), piecewise(main))
        turning = [oscillations(main, j) for j in main.columns if main.d == 1]
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
            yield stages.free_laws(reduced, [reduced.root])
            yield stages.polynomials(reduced, [reduced.root])
        skeletons = in_turn([skeletons, *map(self._skeletons, benches[1:])])
        lead = yield from self._lead(main, benches)
        benches.sort(key=lambda ws: (ws.d, ws is not lead))

        def share(least: float) -> float:
            # where no law may be exact, good ones are worth as much as the true one
            return 0.5 if v.noisy or not readable else least

        yield from self._beside(in_turn([self._quick(ws) for ws in benches]), improver, share(0.0))
        brisk = itertools.chain(turning, self._guided(main), self._brisk(lead))
        scans = [self._thorough(ws, 0 if ws is lead else 1000) for ws in benches]
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
                yield from self._quick(least.ws)
        some = itertools.islice(skeletons, 0 if v.noisy else _BRISK)
        yield from self._beside(in_turn([brisk, some]), improver, share(0.1))
        scans[:0] = [self._guided_thorough(), itertools.islice(skeletons, _LATER)]
        yield from self._beside(in_turn(scans), improver, share(0.1))
        yield from self._beside(self._guided(main), improver, share(0.1))
        deep = [self._guided_thorough(), skeletons, *[self._deep(ws) for ws in benches]]
        if noise is not None and v.noisy:
            noise.may_end()
            yield from self._beside(in_turn([*deep, noise.stages()]), improver, 1.0)
        else:
            yield from self._beside(in_turn(deep), improver, 0.3)
        yield from self._beside(self._guided(main), improver, share(0.1))
        yield from self._beside(self._last(benches, noise), improver, 1.5)
        while not improver.exhausted:
            yield improver.visits(1)

    def _skeletons(self, ws: Workspace) -> Iterator[Candidates]:
        """Laws of one column, perhaps a reduction's, in the order of the prior; some at a time."""
        if ws.d != 1:
            return
        self.state.compile(prepare_skeletons)
        search = SkeletonSearch(ws, ws.root, ws.columns[0])
        sizes = itertools.chain(_SKELETONS, itertools.repeat(_SKELETONS[-1]))
        while not search.exhausted:
            yield search.batches(next(sizes))

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
        yield stages.free_laws(own_units, [own_units.root])
        yield one_inner_parameter(own_units, [own_units.root])
        return own_units

    def _last(self, benches: list[Workspace], noise: NoiseSearch | None) -> Iterator[Candidates]:
        """What is left of the time goes into noise, if not yet, and into larger libraries."""
        if noise is not None and not self.state.acceptance.noisy:
            self.state.acceptance.treat_as_noisy(True)
            yield from noise.cheap()
            yield from noise.stages()
        yield from in_turn([self._deeper(ws) for ws in benches])
        larger = [
            Workspace(ws.acceptance, ws.X, ws.root, 3 * ws.size, columns=ws.columns)
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
        if not self.state.acceptance.noisy:
            self.state.view_residuals(ws, near)

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
        ws = state.grow(main, parts)
        root, near = ws.root, self._transforms(ws, 1)
        yield stages.singles(ws, [root, *near], 6)
        yield stages.pairs(ws, root, "affine", 1000)
        yield stages.pairs(ws, root, "power", 1250)
        yield forms(ws, [root, *near], 100)
        yield stages.multipliers(ws, root, 2048)
        yield stages.pairs(ws, root, "affine", 4000)

    def _guided_thorough(self) -> Iterator[Candidates]:
        """Further scans of what the network proposed last."""
        ws = self.state.take_grown()
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
        few, residual_views = ws.d <= _FEW, self.state.residual_views.get(ws)
        self.state.compile()
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
        few, residual_views = ws.d <= _FEW, self.state.residual_views.get(ws)
        if brisk:
            yield from self._brisk(ws, brisk)
        if few:
            yield one_inner_parameter(ws, [root, *near])
        if more:
            yield from self._pairs(ws, more)
        yield modulated(ws, [root], "affine", 10, 1000)
        yield waves(ws)
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
        residual_views = self.state.residual_views.get(ws)
        if ws.d > 1:
            yield two_inner_parameters(ws, root)
        yield waves(ws, 2**22)
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

        def timed(stage: Candidates, price: float) -> Candidates:
            nonlocal owed
            begin = self.state.clock()
            for candidate in stage:
                less = _GOOD_ENOUGH if self.state.is_good and price > 0 else 1.0
                owed += less * price * (self.state.clock() - begin)
                yield candidate
                begin = self.state.clock()

        for stage in source:
            yield timed(stage, share)
            while owed > _VISIT and not improver.exhausted:
                yield timed(improver.visits(1), -1.0)

    def _transforms(self, ws: Workspace, depth: int) -> list[Target]:
        p = self.state.acceptance.problem
        return target_transforms(ws.root, p.unary, p.binary, depth)
