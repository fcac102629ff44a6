"""What changes while a search runs, in one place: born with the search, written by its methods."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..expressions.tree import Node
from ..task.budget import Budget
from ..task.problem import Problem
from .acceptance import Acceptance
from .claims import Claims
from .descent import prepare
from .noise import NoiseSearch
from .orders import costs
from .proposals import MOST_PARTS, Proposals, ProposalWorkspace
from .ranking import Pool, Ranking
from .transforms import Target
from .workspace import Workspace

_COST = 0.005  # seconds of an item whose task has no measured cost
_LOADING = 1.0  # seconds; compiled code that takes longer was not there yet
_NEWS = 2  # times as many answers as before are worth another look at what they tell


@dataclass(eq=False)
class SearchState:
    """The state of one search. Others read its attributes and change it by its methods alone.

    Attributes
    ----------
    problem : Problem
    ranking : Ranking or None
        Of what the network proposed, and of the library.
    acceptance : Acceptance
        The laws so far.
    main, focus : Workspace
        Of all columns; where opened cells are filled.
    budget : Budget
    is_good : bool
        Whether the best law leaves nothing but noise.
    proposed : deque of Node
        Laws whose cells are to be opened.
    noises : dict
        By workspace.
    claims : Claims or None
        Where other processes search the same table.
    """

    problem: Problem
    ranking: Ranking | None = None
    acceptance: Acceptance = field(init=False)
    main: Workspace = field(init=False)
    focus: Workspace = field(init=False)
    budget: Budget = field(default_factory=Budget, init=False)
    is_good: bool = field(default=False, init=False)
    proposed: deque[Node] = field(default_factory=lambda: deque(maxlen=256), init=False)
    noises: dict[Workspace, NoiseSearch] = field(default_factory=dict, init=False)
    claims: Claims | None = field(default=None, init=False)
    _proposals: Proposals = field(default_factory=Proposals, init=False)
    # None without a deadline: a method of its own would be a circle
    _base: Callable[[], float] | None = field(default=time.monotonic, init=False)
    _work: float = field(default=0.0, init=False)
    _used: int = field(default=0, init=False)  # answers that proposed atoms were made of
    _grown: ProposalWorkspace | None = field(default=None, init=False)
    _waiting: ProposalWorkspace | None = field(default=None, init=False)  # for further scans

    def __post_init__(self) -> None:
        v = self.acceptance = Acceptance(self.problem)
        self.main = self.focus = Workspace(v, v.X, Target(v.y), wide=v.wide)

    # ------------------------------------------------------------------ time

    def begin(self, budget: Budget) -> None:
        """Take the budget of a run; without a deadline time is what items cost on average."""
        self.budget = budget
        self._base = None if budget.search is None else budget.clock

    @property
    def clock(self) -> Callable[[], float]:
        """What shares are counted by: seconds; without a deadline what items cost on average."""
        return self._worked if self._base is None else self._base

    def work(self, task: str) -> None:
        """Note one item of a task."""
        self._work += costs().get(task, _COST)

    def _worked(self) -> float:
        return self._work

    def go_on(self, budget: Budget) -> None:
        """Take another budget, for a run that rests."""
        self.budget = budget

    def compile(self, more: Callable[[], None] | None = None) -> None:
        """Compile what is needed, or what `more` compiles; that is no part of the budget."""
        begin = self.clock()
        (prepare if more is None else more)()
        took = self.clock() - begin
        if took > _LOADING:
            self.budget.clock.forgive(took)

    # ------------------------------------------------------------------ other processes

    def share(self, claims: Claims | None) -> None:
        """Leave to other processes what they have taken."""
        self.claims = claims

    def takes(self, *piece: object) -> bool:
        """Whether a piece of the search is to be done here."""
        return self.claims is None or self.claims.take(*piece)

    @property
    def parties(self) -> int:
        """How many processes search."""
        return 1 if self.claims is None else 1 + len(self.claims.others)

    # ------------------------------------------------------------------ proposals

    def propose(self, laws: Sequence[Node]) -> None:
        """Keep laws whose cells are to be opened, and whose parts are to be tried."""
        self.proposed.extend(laws)
        self._proposals.hear(laws)

    def opened(self, law: Node) -> None:
        """The cells of this law are done, if newer ones did not push it out."""
        if self.proposed and self.proposed[0] is law:
            self.proposed.popleft()

    def source_of_parts(self, main: Workspace) -> Workspace | None:
        """Where the next pool of parts grows from, None where nothing is new."""
        if not self._proposals:
            return None
        if self._proposals.answers >= _NEWS * self._used:
            self._used = self._proposals.answers
            return main
        return None if self.ranking is None else self._grown

    def best_parts(self, ws: Workspace) -> list[Node]:
        """What most probably is a part of the law; without a head the most frequent parts."""
        if self.ranking is None:
            return self._proposals.parts()
        return Pool.of(ws, self._proposals).best(self.ranking, ws)[0][:MOST_PARTS]

    def grow(self, main: Workspace, parts: list[Node]) -> ProposalWorkspace:
        """A workspace of these parts, which then waits for further scans."""
        self._waiting = self._grown = ProposalWorkspace(main, parts)
        return self._grown

    def take_grown(self) -> ProposalWorkspace | None:
        """The workspace that waits for further scans, once."""
        ws, self._waiting = self._waiting, None
        return ws

    # ------------------------------------------------------------------ what was read

    def look_at(self, ws: Workspace) -> None:
        """Fill opened cells there."""
        self.focus = ws

    def read_noise(self, ws: Workspace) -> NoiseSearch:
        """What symmetries say of the noise of a workspace."""
        noise = self.noises[ws] = NoiseSearch(self.acceptance, ws.columns)
        return noise

    def ends_with(self, loss: float, idle: int) -> bool:
        """Whether a law of this `loss` leaves only noise; `idle` laws came after it."""
        noise = self.noises.get(self.main)
        self.is_good = noise is not None and noise.reaches(loss)
        return noise is not None and noise.ends_with(loss, idle)
