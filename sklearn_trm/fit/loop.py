"""The answer loop: propose, fit constants, execute, feed back.

One step asks the refiner for answers, fits their constants, puts them on the
Pareto front and feeds the best executed law back; the search then gets a slice
of time, and what it yields goes through the same polish onto the same front.
"""

from __future__ import annotations

import itertools
import math
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..data.relevance import WIDE, Relevance
from ..expressions.operators import known
from ..expressions.tree import Node, const, var
from ..task.budget import Budget
from ..task.front import FrontEntry
from ..task.problem import Problem
from ..task.settings import AnswerStep, Settings
from ..task.timeline import Timeline
from .callbacks import Enough
from .companions import Companions, parties
from .evaluator import Evaluator
from .settling import FURTHER, LOOKED, has_stood
from .surroundings import on_device, one_thread, quiet, reserve

_LINES = 20  # columns of which a line is fitted at once
_HEAD_START = 0.5  # seconds of search, before the first answers of the network are fitted
_SLICE = 0.4  # seconds of search between two answer steps
_GRACE = 0.25  # seconds in which a simpler law may still turn up after an exact one
_CALLS = 2  # of the refiner on opened cells between two answer steps
_THINKING = 0.2  # share of the first second that the network may take from the search; later less
_SLICE_COUNT = 32  # candidates a slice, where no clock may decide
_WARM_STEP = 0.5  # seconds; a first step that takes longer has compiled the network


@dataclass
class AnswerLoop:
    """State of one fit.

    Parameters
    ----------
    problem : Problem
        The rows that the loop sees.
    settings : Settings
    budget : Budget
    guesses : sequence of Node
        Laws to begin with.
    watch : callable, optional
        Told of the best law and the number of answer steps, after each change of either.
    earlier : AnswerLoop, optional
        A loop on another table of the same shape, whose latent state is where this one begins.

    Attributes
    ----------
    evaluator : Evaluator
        The laws so far, on their front.
    steps : list of AnswerStep
    stopped : str
        "exact", "noise" (the law leaves only noise, and nothing better turned up),
        "exhausted", "time limit", "max_steps", "callback", "interrupted", "memory" or
        "rest".
    """

    problem: Problem
    settings: Settings
    budget: Budget
    guesses: Sequence[Node] = ()
    watch: Callable[[FrontEntry, int], None] | None = None
    earlier: AnswerLoop | None = None
    evaluator: Evaluator = field(init=False)
    steps: list[AnswerStep] = field(default_factory=list)
    stopped: str = ""

    def __post_init__(self) -> None:
        self._search: Any = None
        self._candidates: Iterator[Node | None] | None = None
        self._companions: Companions | None = None
        self._refiner: Any = None
        self._loaded: Any = None  # the refiner, also when it has nothing left to think about
        self._state: Any = None
        self._most_steps = self.settings.max_steps
        self._turn, self._thought, self._taken = 0, 0.0, 0.0
        self._looked, self._since = 0, -math.inf  # slices of the search since the choice changed
        self._began = self.budget.clock()
        self._rest: tuple[float, float] = math.inf, math.inf  # an instant, and turns
        self._relevance: Relevance | None = None
        fit_rng, self._search_rng, self._refiner_rng = self.problem.rng.spawn(3)
        self.evaluator = Evaluator(
            replace(self.problem, rng=fit_rng), self.budget, self._tell,
            [] if self.settings.keep_all else None,
            Timeline(self.budget.clock) if self.settings.keep_all else None,
        )  # fmt: skip

    def run(self, share: float = 1.0) -> AnswerLoop:
        """Run until exact, exhausted or out of time; Ctrl-C keeps the best so far.

        After a `share` of the time, or of the turns where there is no clock, it rests.
        """
        if share < 1.0:
            instant = self.budget.clock() + share * self.budget.left()
            self._rest = instant, max(1, round(share * self.settings.max_steps))
        if self.problem.X.shape[1] == 0 or self.evaluator.is_exact():
            self.stopped = "exhausted"  # nothing varies: the constant is the law
            return self
        return self._until_stopped(self._loop)

    def resume(
        self,
        settings: Settings,
        budget: Budget,
        watch: Callable[[FrontEntry, int], None] | None = None,
        guesses: Sequence[Node] = (),
    ) -> AnswerLoop:
        """Go on where a run on this table ended, with as much time or as many steps again."""
        self.settings, self.budget, self.watch, self.guesses = settings, budget, watch, guesses
        self.evaluator.go_on(budget)
        self._most_steps = len(self.steps) + settings.max_steps
        self._refiner = self._loaded
        if (self._search is None and self._refiner is None) or self.evaluator.is_exact():
            return self
        if self._search is not None:
            self._search.go_on(budget)
            self._search.note_turns(self.evaluator.timeline)
        self._turn, self._thought, self._taken = 0, 0.0, 0.0
        self._rest = math.inf, math.inf
        return self._until_stopped(self._go_on)

    def go_on(self) -> AnswerLoop:
        """Go on after a rest, as if there had been none."""
        self._rest = math.inf, math.inf
        return self._until_stopped(self._turns)

    def unwatch(self) -> None:
        """The callbacks are the user's: a loop that is kept holds none."""
        self.watch = None

    def let_go(self) -> None:
        """No one goes on with it: tables and libraries are free as soon as it is dropped.

        Else some hundred megabytes a fit wait until Python looks for cycles.
        """
        if self._search is not None:
            self._search.let_go()
        self._search = self._candidates = self._companions = None
        self._refiner = self._loaded = self._state = None
        self.watch = self.earlier = None
        self.evaluator.let_go()

    def leave(self) -> None:
        """Take no turn: the laws to begin with are all."""
        self.stopped = "max_steps"

    def dismiss(self) -> None:
        """Let no other process go on with this table."""
        if self._companions is not None:
            self._companions.stop()

    def _go_on(self) -> str:
        self.evaluator.consider_answers(self.guesses)
        return self._turns()

    def _until_stopped(self, work: Callable[[], str]) -> AnswerLoop:
        held, self.stopped = reserve(), ""
        try:
            with on_device(self.settings.device, self.settings.model), one_thread(), quiet():
                self.stopped = work()
        except Enough:
            self.stopped = "callback"
        except KeyboardInterrupt:
            self.stopped = "interrupted"
            warnings.warn("fit was interrupted: the law is the best so far", stacklevel=4)
        except MemoryError:
            self.stopped = "memory"
            self._search = self._candidates = None
            warnings.warn("fit ran out of memory: the law is the best so far; fewer rows or "
                          "columns, or a higher limit, help", stacklevel=4)  # fmt: skip
        finally:
            if self.stopped != "rest":
                self.dismiss()
        del held
        return self

    def _loop(self) -> str:
        s = self.settings
        self._relevance = self._find_relevance()
        clock = self.budget.clock
        begin = clock()
        refiner = None if s.model is None else _load_refiner(s.model)
        self._search = self._start_search(refiner) if s.search else None
        if self._search is not None:
            self._search.note_turns(self.evaluator.timeline)
        self.budget.clock.forgive(clock() - begin)  # imports, once a process
        self._begin_search()
        self.evaluator.consider_answers(self.guesses)
        if s.search:  # what a tight limit or a short time may leave as the only laws
            lines = (const(1.0) * var(j) + const(1.0) for j in range(self.problem.X.shape[1]))
            self.evaluator.consider(itertools.islice(lines, _LINES))
        if refiner is not None:
            self._start_thinking(refiner)
        return self._turns()

    def _turns(self) -> str:
        """The network's turn and the search's, one after the other."""
        s = self.settings
        began = self._began = self.budget.clock() - self._taken
        while not self.budget.passed():
            if self._rests():
                self._taken = self.budget.clock() - began
                return "rest"
            self._turn += 1
            if self.budget.search is None and self._turn > s.max_steps:
                return "max_steps"  # no clock decides: the same law on every machine
            alone = self._candidates is None or self.budget.search is None
            # the network's turn: at first, and then ever more rarely
            due = not self.steps or alone or self._thought < _allowance(self.budget.clock() - began)
            if self._refiner is not None and due:
                self._thought += self._think()
            if self.evaluator.is_exact():
                self._spend(_GRACE)
                return "exact"
            self._spend(_SLICE)
            if self.evaluator.is_exact():
                return "exact"
            if self._is_noise():
                return "noise"
            if self._candidates is None and self._refiner is None:
                # a search that sees its deadline first ends as one that has nothing left
                return "time limit" if self.budget.passed() else "exhausted"
        return "time limit"

    def _rests(self) -> bool:
        instant, turns = self._rest
        clocked = self.budget.search is not None
        return self.budget.clock() >= instant if clocked else self._turn >= turns

    def _start_thinking(self, refiner: Any) -> None:
        """Show the table to the refiner; of a wide one it reads the relevant columns."""
        from .recursion import Recursion

        read = {} if self._relevance is None else {"columns": self._relevance.few(WIDE)}
        self._refiner = self._loaded = refiner
        self._state = refiner.start(
            self.problem.X,
            self.problem.y,
            self._refiner_rng,
            unary=known(self.problem.unary),
            binary=known(self.problem.binary),
            **read,
        )
        before = None if self.earlier is None else self.earlier._state
        if before is not None and before.latent is not None:
            same = before.cells == self._state.cells
            if same and np.array_equal(before.order, self._state.order):
                there = replace(self._state, latent=before.latent)
                self._state = refiner.feedback(there, self.evaluator.best().node)
        self.earlier = None  # no chain of tables
        self._recursion = Recursion(refiner, replace(self.problem, rng=self._refiner_rng), **read)

    def _think(self) -> float:
        """The network's turn: an answer step, then opened cells; seconds that it took."""
        s, clock = self.settings, self.budget.clock
        begin = clock()
        self._note("answers")
        thinking = {
            "n_candidates": s.n_candidates, "max_iters": s.max_iters,
            "threshold": s.threshold, "ns_steps": s.ns_steps,
        }  # fmt: skip
        if len(self.steps) < self._most_steps:
            answer = self._refiner.step(self._state, **thinking)
            if self._search is not None:
                self._search.propose(answer.nodes)
            if not self.steps:
                clock.forgive(clock() - begin - _WARM_STEP)  # compiling
                self._spend(_HEAD_START)
            new = 0 if self.evaluator.is_exact() else self.evaluator.consider_answers(answer.nodes)
            self._record(answer, new)
            self._state = self._refiner.feedback(self._state, self.evaluator.best().node)
        if not self.evaluator.is_exact() and (len(self.steps) > 1 or self._search is None):
            inside = self._recurse(thinking)
            if not inside and len(self.steps) >= self._most_steps:
                self._refiner = None  # nothing left to think about
        return clock() - begin

    def _begin_search(self) -> None:
        if self._search is None:
            return
        # no clock decides: one process, and the same law on every machine
        count = 1 if self.budget.search is None else parties(self.settings.n_jobs)
        self._companions = Companions(count, self._search) if count > 1 else None
        self._candidates = (self._companions or self._search).run(self.budget)

    def _start_search(self, refiner: Any) -> Any:
        from ..search.dimensional import search_of  # compiled scans: only where they are used
        from ..search.ranking import Ranking

        problem = replace(self.problem, rng=self._search_rng, relevance=self._relevance)
        return search_of(problem, None if refiner is None else Ranking.of(refiner.heads))

    def _find_relevance(self) -> Relevance | None:
        """Which columns matter, where there are many."""
        if self.problem.X.shape[1] <= WIDE:
            return None
        relevance = Relevance(self.problem.X, self.problem.y)
        for _ in relevance.steps():
            if self.budget.passed():
                break
        return relevance

    def _recurse(self, thinking: dict[str, Any]) -> int:
        """Let the refiner fill opened cells of the best laws; how many laws that gave."""
        total = 0
        for _ in range(_CALLS):
            # short laws first: what an exact law lacks is missing in them, not in a long likeness
            rows = [r.node for r in self.evaluator.front.rows() if not r.node.is_const]
            laws = self._recursion.step(rows, **thinking)
            total += len(laws)
            self.evaluator.consider(laws)
            if not laws or self.evaluator.is_exact() or self.budget.passed():
                break
        return total

    def _spend(self, seconds: float) -> None:
        """Give the search a slice of time; it may have nothing left after it."""
        if self._candidates is None:
            return
        end = self.budget.clock() + seconds
        for count, node in enumerate(self._candidates, 1):
            self._looked += 1
            found = (
                node is not None and self.evaluator.consider([node]) and self.evaluator.is_exact()
            )
            if found or self._is_noise():
                return
            if self.budget.search is None:
                if count >= _SLICE_COUNT:
                    return
            elif self.budget.clock() >= min(end, self.budget.search):
                return
        self._candidates = None

    def _is_noise(self) -> bool:
        """Whether the choice leaves nothing but noise, and has stood for a while."""
        if self._search is None:
            return False
        found = self.evaluator
        if found.chosen_since != self._since:
            self._since, self._looked = found.chosen_since, 0
        went_on = found.idle() >= FURTHER or self._looked >= LOOKED
        stood = went_on and has_stood(found.chosen_since, self._began, self.budget)
        if stood and found.leaves_no_structure():
            return True
        if self.problem.weight is not None or found.best().node.is_const:
            return False  # of a table of which nothing is explained anything may come
        return self._search.ends_with(found.best().loss, found.idle()) and found.leaves_noise()

    def _record(self, answer: Any, n_new: int) -> None:
        step, best = len(self.steps) + 1, self.evaluator.best()
        done = AnswerStep(
            step, int(answer.n_iter), bool(answer.converged), float(answer.q), n_new,
            best.loss, best.node, np.asarray(answer.velocities, dtype=float),
            np.asarray(answer.by_lane, dtype=np.float32), answer.seen,
        )  # fmt: skip
        self.steps.append(done)
        self._tell(best)

    def _note(self, task: str) -> None:
        """It is the network's turn; the search notes its own."""
        if self.evaluator.timeline is not None:
            self.evaluator.timeline.enter("network", task)

    def _tell(self, best: FrontEntry) -> None:
        if self.watch is not None:
            self.watch(best, len(self.steps))


def _allowance(seconds: float) -> float:
    """What the network may have taken of a fit so long: its first answers are its best."""
    return _THINKING * (seconds if seconds < 1.0 else 1.0 + math.log(seconds))


def _load_refiner(model: str) -> Any:
    drawn = random.getstate()
    from ..network.refine import Refiner  # JAX: imported only here, inside a fit

    random.setstate(drawn)  # what Flax imports draws a number from it

    return Refiner.load(model)
