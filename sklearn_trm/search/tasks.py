"""The tasks of the search: which scan or solver, of which view, in which free space, how large.

A task is a line of a table and says nothing of when it runs. What it yields are stages, candidates
that may be left at any point and be taken up again; most tasks have one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..expressions.tree import Node
from . import stages
from .forms import forms
from .modulated import modulated
from .openings import openings
from .solvers.composites import composites
from .solvers.oscillations import oscillations
from .solvers.piecewise import piecewise
from .solvers.signomials import signomials
from .solvers.skeletons import separable, solver
from .solvers.waves import plane_waves, waves
from .state import SearchState
from .transforms import Target, target_transforms
from .workspace import Workspace

Candidates = Iterator[Node | None]
Stages = Iterator[Candidates]

FEW = 2  # columns
SEVERAL = 3  # columns that skeletons hold
_SKELETONS = 2000  # of a stage


@dataclass(frozen=True)
class Task:
    """One piece of the search.

    Attributes
    ----------
    run : str
        A key of `RUNS`: how atoms combine, or what is solved for.
    view : str
        What is explained: the ``"root"`` of the bench, what is ``"near"`` it (seen through one
        inverse function), ``"both"``.
    space : str
        What is projected out; ``"wide"`` is the curved space where the bench has one.
    size : tuple of int
        How many rows, targets or candidates.
    only : str
        On which benches: ``"few"`` or ``"many"`` columns, ``"one"``, ``"more"`` than one,
        ``"several"``, which skeletons hold.
    """

    run: str
    view: str = "root"
    space: str = ""
    size: tuple[int, ...] = ()
    only: str = ""

    @property
    def name(self) -> str:
        """A name that is another's for no other task.

        Examples
        --------
        >>> Task("pair", "near", "power", (4000,)).name
        'pair near power 4000'
        """
        parts = (self.run, self.view, self.space, *map(str, self.size))
        return " ".join(part for part in parts if part)

    def is_for(self, ws: Workspace) -> bool:
        """Whether a workspace has as many columns as it is for."""
        d = ws.d
        return (
            not self.only
            or {
                "few": d <= FEW,
                "many": d > FEW,
                "one": d == 1,
                "more": 1 < d <= SEVERAL,
                "several": 1 <= d <= SEVERAL,
            }[self.only]
        )

    def stages(self, bench: Bench) -> Stages:
        """Its stages on a bench; none where it is for others."""
        if self.is_for(bench.ws):
            yield from RUNS[self.run](bench, self)


class Bench:
    """A workspace with the views of its root.

    Parameters
    ----------
    state : SearchState
    ws : Workspace
    """

    def __init__(self, state: SearchState, ws: Workspace) -> None:
        self.state, self.ws = state, ws

    @functools.cached_property
    def near(self) -> list[Target]:
        p = self.state.acceptance.problem
        return target_transforms(self.ws.root, p.unary, p.binary, 1)

    def targets(self, task: Task) -> list[Target]:
        """What a task is to explain."""
        root = self.ws.root
        return {"root": [root], "near": self.near, "both": [root, *self.near]}[task.view]

    def space(self, task: Task) -> str:
        """The free space of a task."""
        if task.space != "wide":
            return task.space
        return "curved" if len(self.ws.curved_terms) else "affine"


Run = Callable[[Bench, Task], Stages]

# ---------------------------------------------------------------------- what can be run


def _free(b: Bench, t: Task) -> Stages:
    yield stages.free_laws(b.ws, b.targets(t))


def _of_views(scan: Callable[..., Candidates]) -> Run:
    """A scan of all views at once."""

    def run(b: Bench, t: Task) -> Stages:
        yield scan(b.ws, b.targets(t), *t.size)

    return run


def _of_each_view(scan: Callable[..., Candidates]) -> Run:
    """A scan of one view after the other."""

    def run(b: Bench, t: Task) -> Stages:
        for target in b.targets(t):
            yield scan(b.ws, target, *t.size)

    return run


def _of_the_bench(scan: Callable[..., Candidates]) -> Run:
    """What looks for views of its own."""

    def run(b: Bench, t: Task) -> Stages:
        yield scan(b.ws, *t.size)

    return run


def _pair(b: Bench, t: Task) -> Stages:
    for target in b.targets(t):
        for space in t.space.split(", "):
            yield stages.pairs(b.ws, target, space, *t.size)


def _modulated(b: Bench, t: Task) -> Stages:
    yield modulated(b.ws, b.targets(t), b.space(t), *t.size)


def _laws(b: Bench, t: Task) -> Stages:
    for task in FIRST:
        yield from task.stages(b)


def _oscillations(b: Bench, t: Task) -> Stages:
    yield oscillations(b.ws, b.ws.columns[0])


def _skeletons(b: Bench, t: Task) -> Stages:
    """Laws of few columns in the order of the prior, some at a time."""
    b.state.compile(solver.prepare)
    search = solver.SkeletonSearch(b.ws, b.ws.root, b.ws.columns, b.state.takes)
    while not search.exhausted:
        yield search.batches(_SKELETONS)


def _pairs_of_curves(b: Bench, t: Task) -> Stages:
    b.state.compile(separable.prepare)
    yield from separable.Separable(b.ws).stages()


def _opened(b: Bench, t: Task) -> Stages:
    yield from openings(b.ws, takes=b.state.takes)


RUNS: dict[str, Run] = {
    "open": _opened,
    "laws": _laws, "oscillations": _oscillations, "skeletons": _skeletons,
    "pairs of curves": _pairs_of_curves, "piecewise": _of_the_bench(piecewise),
    "free": _free, "pair": _pair, "modulated": _modulated,
    "one": _of_views(stages.singles), "polynomial": _of_views(stages.polynomials),
    "rational": _of_views(stages.rationals), "form": _of_views(forms),
    "signomial": _of_each_view(signomials), "composite": _of_each_view(composites),
    "wave": _of_the_bench(waves), "plane waves": _of_the_bench(plane_waves),
}  # fmt: skip

# ---------------------------------------------------------------------- the table

FIRST = Task("free"), Task("polynomial"), Task("plane waves", "", only="more")
LAWS = Task("laws", "")  # the first of each bench
OPEN = Task("open", "")  # partial laws
PIECES, WAVES = Task("piecewise", ""), Task("oscillations", "", only="one")
CURVES = Task("skeletons", "", only="several"), Task("pairs of curves", "", only="more")

QUICK = (
    Task("one", size=(6,)), Task("free", "near"), Task("polynomial", "near"), Task("one", "near"),
)  # fmt: skip


def pairs(k: int) -> tuple[Task, ...]:
    """Pairs of about `k` rows."""
    return (
        Task("pair", space="curved", size=(k,)), Task("pair", space="affine", size=(k,)),
        Task("pair", space="power", size=(k + k // 4,)),
    )  # fmt: skip


BESIDE_PAIRS = (
    Task("rational", "both", only="few"), Task("rational", only="many"), Task("form", size=(200,)),
)  # fmt: skip

THOROUGH = (
    Task("modulated", space="affine", size=(10, 1000)), Task("wave"),
    Task("modulated", space="wide", size=(0, 9000)), Task("form", "both", size=(300,)),
)  # fmt: skip

OTHERS = (
    Task("signomial"), Task("composite"), Task("signomial", "near"), Task("wave", size=(2**22,)),
    Task("pair", "near", "power, affine", (4000,)), Task("rational", "near"),
    Task("modulated", space="affine", size=(30, 500)),
)  # fmt: skip

GUIDED = (
    Task("one", "both", size=(6,)), Task("pair", space="affine", size=(1000,)),
    Task("pair", space="power", size=(1250,)), Task("form", "both", size=(100,)),
    Task("pair", space="affine", size=(4000,)),
)  # fmt: skip

GUIDED_THOROUGH = (Task("pair", space="power", size=(5000,)),)

ALL = (
    LAWS, PIECES, OPEN, *QUICK, *pairs(1000), *BESIDE_PAIRS, *CURVES, WAVES, *pairs(4000),
    *THOROUGH, *OTHERS,
)  # fmt: skip
LARGER = *QUICK, *pairs(10000), *BESIDE_PAIRS, *THOROUGH
