"""The answer loop: propose, fit constants, execute, feed back.

One step asks the refiner for answers, fits their constants, puts them on the
Pareto front and feeds the best executed law back; the search then gets a slice
of time, and what it yields goes through the same polish onto the same front.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from .constants import fit_constants
from .evaluate import evaluate
from .front import Front, Row
from .polish import mean, polished_front, weighted_loss
from .relevance import WIDE, Relevance
from .risk import Surroundings, kurtosis, left_out, rows_that_count
from .select import choose
from .tree import Node, const, constants, map_columns, walk
from .validation import check_settings

EXACT = 1e-10  # relative error below which a noise-free law counts as found
_HEAD_START = 0.1  # seconds of search, before the network's first answers are fitted
_SLICE = 0.4  # seconds of search between two answer steps
_GRACE = 0.25  # seconds in which a simpler law may still turn up after an exact one
_STARTS, _PROMISING = 4, 4  # starts of the inner constants of the network's best answers
_CALLS = 2  # of the refiner on opened cells between two answer steps
_THINKING = 0.2  # share of the time that the network may take from the search
_TAILS = 5.0  # kurtosis of a residual above which it is no noise; 3 is Gaussian
_SLICE_COUNT = 32  # candidates a slice, where no clock may decide
_WARM_STEP = 0.5  # seconds; a first step that takes longer has compiled the network
_ROUNDING = 4 * float(np.finfo(float).eps)
_FIT_SHARE = 0.9  # of the time limit; the rest is for the last polish on all rows ...
_ROW_COST = 3e-6  # ... which takes longer on long tables: seconds a row
_MOST_REST = 0.35

# An operator that can be written with others is allowed where those are.
_WRITTEN_AS = {
    "neg": ({"sub"}, {"mul"}), "inv": ({"div"}, {"pow"}), "square": ({"mul"}, {"pow"}),
    "cube": ({"mul"}, {"pow"}), "sqrt": ({"pow"},), "sub": ({"add", "mul"}, {"add", "neg"}),
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """How long and how the loop works; names as in the estimator."""

    time_limit: float | None = 10.0
    max_steps: int = 16
    max_iters: int = 32
    threshold: float = 1e-3
    ns_steps: int = 2
    n_candidates: int = 32
    search: bool = True
    max_complexity: int = 40
    model: str | None = "auto"
    device: str = "auto"
    verbose: int = 0
    snap: bool = True

    @classmethod
    def of(cls, estimator: Any) -> Settings:
        """Read and check the parameters of an estimator."""
        params = estimator.get_params(deep=False)
        check_settings(params)
        return cls(**{f.name: params[f.name] for f in fields(cls)})


@dataclass(frozen=True)
class AnswerStep:
    """What one answer step did.

    Attributes
    ----------
    step : int
        Counted from 1.
    n_iter : int
        Latent iterations.
    converged : bool
        Whether the latent velocity fell below the threshold.
    q : float
        The network's own probability that its answer is right.
    n_new : int
        Laws that were not seen before.
    loss : float
        Mean squared error of the best law so far.
    law : Node
        That law.
    velocities : ndarray of shape (n_iter,)
        Relative latent velocity after each iteration.
    """

    step: int
    n_iter: int
    converged: bool
    q: float
    n_new: int
    loss: float
    law: Node
    velocities: np.ndarray


@dataclass
class AnswerLoop:
    """State of one fit.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weight : ndarray of shape (n,) or None
    unary, binary : tuple of str
        Operators a law may hold.
    rng : Generator
    settings : Settings
    clock : callable
        What `time_limit` counts, in seconds.
    start : float, optional
        Instant of `clock` at which the fit began; now when omitted.
    n_rows : int
        Rows of the whole table, of which the loop sees a part.
    guesses : sequence of Node
        Laws to begin with.

    Attributes
    ----------
    front : Front
        Best law of each complexity.
    steps : list of AnswerStep
    stopped : str
        "exact", "noise" (the law leaves only noise, and nothing better turned up),
        "exhausted", "time limit", "max_steps" or "interrupted".
    """

    X: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None
    unary: tuple[str, ...]
    binary: tuple[str, ...]
    rng: np.random.Generator
    settings: Settings
    clock: Callable[[], float] = time.monotonic
    start: float | None = None
    n_rows: int = 0
    guesses: Sequence[Node] = ()
    front: Front = field(init=False)
    steps: list[AnswerStep] = field(default_factory=list)
    stopped: str = ""

    def __post_init__(self) -> None:
        limit = self.settings.time_limit
        self._end: float | None = None
        self._deadline: float | None = None
        if limit is not None:
            start = self.clock() if self.start is None else self.start
            self._end = start + limit
            rest = max((1 - _FIT_SHARE) * limit, min(_MOST_REST * limit, _ROW_COST * self.n_rows))
            self._deadline = self._end - rest
        self._seen: set[Node] = set()
        self._allowed = {*self.unary, *self.binary}
        self._search: Any = None
        self._compiled = 0.0  # seconds that the search has spent on compiling
        self._chosen: Node | None = None
        self._chosen_at = 0  # how many laws had been tried then
        self._fit_rng, self._search_rng, self._refiner_rng = self.rng.spawn(3)
        self.front = Front(max_complexity=self.settings.max_complexity)
        level = const(mean(self.y, self.weight))
        variance = weighted_loss(level, self.X, self.y, self.weight)
        self._scale = float(np.sqrt(np.mean(self.y**2)))
        self._exact_loss = EXACT**2 * variance + (_ROUNDING * self._scale) ** 2
        self.front.add(level, variance)
        self._counted: tuple[Node, float] = level, 1.0
        self._around = Surroundings(self.X, self.y)

    # ------------------------------------------------------------------ the loop

    def run(self) -> AnswerLoop:
        """Run until exact, exhausted or out of time; Ctrl-C keeps the best so far."""
        if self.X.shape[1] == 0 or self.front.rows()[0].loss <= self._exact_loss:
            self.stopped = "exhausted"  # nothing varies: the constant is the law
            return self
        try:
            # many small products: more threads would only wait for each other
            with _on_device(self.settings.device, self.settings.model), _one_thread():
                self.stopped = self._loop()
        except KeyboardInterrupt:
            self.stopped = "interrupted"
            warnings.warn("fit was interrupted: the law is the best so far", stacklevel=3)
        return self

    def _loop(self) -> str:
        s = self.settings
        self._relevance = self._find_relevance()
        begin = self.clock()
        search = self._search = self._start_search() if s.search else None
        refiner = None if s.model is None else _load_refiner(s.model)
        self._forgive(self.clock() - begin)  # imports, once a process
        candidates = None if search is None else search.run(self._deadline, self.clock)
        self._consider_answers(self.guesses)
        state, recursion = None, None
        if refiner is not None:
            # of a wide table the network reads the relevant columns
            read = {} if self._relevance is None else {"columns": self._relevance.few(WIDE)}
            state = refiner.start(
                self.X, self.y, self._refiner_rng, unary=self.unary, binary=self.binary, **read
            )
            recursion = self._start_recursion(refiner, **read)
        thinking = {
            "n_candidates": s.n_candidates, "max_iters": s.max_iters,
            "threshold": s.threshold, "ns_steps": s.ns_steps,
        }  # fmt: skip
        turn, step, thought, began = 0, 0, 0.0, self.clock()
        while not self._out_of_time():
            turn += 1
            if self._deadline is None and turn > s.max_steps:
                return "max_steps"  # no clock decides: the same law on every machine
            alone = candidates is None or self._deadline is None
            # the network's turn: at first, and then for a share of the time
            if refiner is not None and (
                step == 0 or alone or thought < _THINKING * (self.clock() - began)
            ):
                begin = self.clock()
                if step < s.max_steps:
                    step += 1
                    answer = refiner.step(state, **thinking)
                    if step == 1:
                        compiling = max(0.0, self.clock() - begin - _WARM_STEP)
                        self._forgive(compiling)
                        begin += compiling
                        if search is not None:  # not begun yet: the later deadline
                            candidates = search.run(self._deadline, self.clock)
                        self._spend(candidates, _HEAD_START)
                    n_new = 0 if self._is_exact() else self._consider_answers(answer.nodes)
                    self._record(step, answer, n_new)
                    if search is not None:
                        search.propose(answer.nodes)
                    state = refiner.feedback(state, self._best().node)
                if not self._is_exact() and (step > 1 or search is None):
                    inside = self._recurse(recursion, _CALLS, thinking)
                    if not inside and step >= s.max_steps:
                        refiner = None  # nothing left to think about
                thought += self.clock() - begin
            if self._is_exact():
                self._spend(candidates, _GRACE)
                return "exact"
            if candidates is not None and not self._spend(candidates, _SLICE):
                candidates = None
            if self._is_exact():
                return "exact"
            if self._is_noise():
                return "noise"
            if candidates is None and refiner is None:
                return "exhausted"
        return "time limit"

    def _forgive(self, seconds: float) -> None:
        """Move the deadline: what happens once a process is no part of the fit."""
        if self._deadline is not None and self._end is not None:
            self._deadline += max(0.0, seconds)
            self._end += max(0.0, seconds)

    def _start_search(self) -> Any:
        from .problem import Problem
        from .search import Search  # compiled scans: imported only where they are used

        return Search(
            Problem(
                self.X, self.y, self.weight, self.unary, self.binary,
                self.settings.max_complexity, self._search_rng, self._relevance,
            )
        )  # fmt: skip

    def _find_relevance(self) -> Relevance | None:
        """Which columns matter, where there are many."""
        if self.X.shape[1] <= WIDE:
            return None
        relevance = Relevance(self.X, self.y)
        for _ in relevance.steps():
            if self._out_of_time():
                break
        return relevance

    def _start_recursion(self, refiner: Any, **read: Any) -> Any:
        from .recursion import Recursion

        return Recursion(
            refiner, self.X, self.y, self._refiner_rng, self.unary, self.binary,
            self.settings.max_complexity, **read,
        )  # fmt: skip

    def _recurse(self, recursion: Any, calls: int, thinking: dict[str, Any]) -> int:
        """Let the refiner fill opened cells of the best laws; how many laws that gave."""
        total = 0
        for _ in range(calls):
            # short laws first: what an exact law lacks is missing in them, not in a long likeness
            rows = [r.node for r in self.front.rows() if not r.node.is_const]
            laws = recursion.step(rows, **thinking)
            total += len(laws)
            self._consider(laws)
            if not laws or self._is_exact() or self._out_of_time():
                break
        return total

    def _spend(self, candidates: Iterator[Node | None] | None, seconds: float) -> bool:
        """Give the search a slice; False when it has nothing left."""
        if candidates is None:
            return False
        end = self.clock() + seconds
        for count, node in enumerate(candidates, 1):
            if self._search.compiling > self._compiled:
                self._forgive(self._search.compiling - self._compiled)
                self._compiled = self._search.compiling
            if node is not None and self._consider([node]) and self._is_exact():
                return True
            if self._is_noise():
                return True
            if self._deadline is None:
                if count >= _SLICE_COUNT:
                    return True
            elif self.clock() >= min(end, self._deadline):
                return True
        return False

    # ------------------------------------------------------------------ the polish

    def _consider(self, nodes: Iterable[Node]) -> dict[Node, float]:
        """Fit and file the laws that are new and allowed; their losses."""
        losses: dict[Node, float] = {}
        for node in nodes:
            if node not in self._seen and self._permits(node):
                self._seen.add(node)
                losses[node] = self._file(node)
                if self._out_of_time():
                    break
        return losses

    def _consider_answers(self, nodes: Iterable[Node]) -> int:
        """As `_consider`, with more starts for the answers that fit best; how many were new."""
        losses = self._consider(nodes)
        if not self._is_exact():
            for node in sorted(losses, key=lambda n: losses[n])[:_PROMISING]:
                self._file(node, _STARTS)
        return len(losses)

    def _file(self, node: Node, n_starts: int = 1) -> float:
        """Fit the constants of a law and put it on the front; note when it changes the choice."""
        fit = fit_constants(
            node, self.X, self.y, self.weight, n_starts, self._fit_rng, self._deadline,
            fixed=self._held(node), clock=self.clock,
        )  # fmt: skip
        if self.front.add(fit.node, fit.loss * self._risk(fit.node, fit.loss)):
            chosen = self._best().node
            if chosen != self._chosen:
                self._chosen, self._chosen_at = chosen, self.front.n_tried
        return fit.loss

    def _risk(self, node: Node, loss: float) -> float:
        """Factor of the loss of a law that would fail on the next row."""
        if not self._exact_loss < loss < np.inf:
            return 1.0
        beside = self._around.factor(lambda Z: evaluate(node, Z), loss)
        return beside * left_out(node, self.X, self.y, self.weight)

    def final_front(self, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> Front:
        """The front refitted on all rows, with clean constants where they are as good."""
        return polished_front(
            self.front.rows(), X, y, weight, held=self._held, permits=self._permits,
            n_tried=self.front.n_tried, max_complexity=self.settings.max_complexity,
            clean=self.settings.snap, deadline=self._end, clock=self.clock,
        )  # fmt: skip

    def _held(self, node: Node) -> frozenset[int]:
        """Leaves that are no free constants: whole exponents, where ``pow`` is not allowed."""
        if "pow" in self._allowed:
            return frozenset()
        leaves = [n for n in walk(node) if n.is_const]
        whole = [n.children[1] for n in walk(node) if _is_whole_power(n)]
        return frozenset(i for i, leaf in enumerate(leaves) if any(leaf is w for w in whole))

    def _permits(self, node: Node) -> bool:
        if 2 * len(constants(node)) >= max(len(self.y), 3):
            return False  # as many constants as rows fit anything
        ops = {"cube" if _is_whole_power(n) else n.op for n in walk(node) if n.children}
        return all(
            any(others <= self._allowed for others in _WRITTEN_AS.get(op, ()))
            for op in ops - self._allowed
        )

    # ------------------------------------------------------------------ the state

    def _best(self) -> Row:
        """The law that would be chosen now: the one to execute and feed back."""
        rows = self.front.rows()
        counted = round(len(self.y) * self.share_counted())
        return rows[choose(rows, "best", counted, self.front.n_tried, self._scale)]

    def share_counted(self) -> float:
        """Share of the rows that decide about the error of the most accurate law."""
        law = self.front.rows()[-1].node
        if law != self._counted[0]:
            count = rows_that_count(law, self.X, self.y, self.weight)
            self._counted = law, count / len(self.y)
        return self._counted[1]

    def _is_exact(self) -> bool:
        return self.front.rows()[-1].loss <= self._exact_loss

    def _is_noise(self) -> bool:
        """Whether the choice leaves nothing but noise, and has stood for a while."""
        if self._search is None or self.weight is not None:
            return False
        idle = self.front.n_tried - self._chosen_at
        best = self._best()
        if not self._search.ends_with(best.loss, idle):
            return False
        # noise is shared by the rows; of a wrong law few rows may make most of the error
        return kurtosis(best.node, self.X, self.y) < _TAILS

    def _out_of_time(self) -> bool:
        return self._deadline is not None and self.clock() >= self._deadline

    def _record(self, step: int, answer: Any, n_new: int) -> None:
        best = self._best()
        done = AnswerStep(
            step, int(answer.n_iter), bool(answer.converged), float(answer.q), n_new,
            best.loss, best.node, np.asarray(answer.velocities, dtype=float),
        )  # fmt: skip
        self.steps.append(done)
        if self.settings.verbose:
            print(
                f"step {step}: {done.n_iter} iterations, {n_new} new laws, "
                f"loss {done.loss:.3g}, {best.equation}"
            )


def _is_whole_power(node: Node) -> bool:
    """x**4, which is x*x*x*x."""
    if node.op != "pow" or not node.children[1].is_const:
        return False
    exponent = node.children[1].value
    return exponent > 0 and float(exponent).is_integer()


def steps_on_columns(steps: Sequence[AnswerStep], mapping: Sequence[int]) -> list[AnswerStep]:
    """The steps with their laws written for other columns."""
    return [replace(step, law=map_columns(step.law, mapping)) for step in steps]


def _load_refiner(model: str) -> Any:
    from .refine import Refiner  # JAX: imported only here, inside a fit

    return Refiner.load(model)


def _one_thread() -> AbstractContextManager[Any]:
    return threadpool_limits(limits=1, user_api="blas")


def _on_device(device: str, model: str | None) -> AbstractContextManager[Any]:
    if model is None or device == "auto":
        return nullcontext()
    import jax

    try:
        return jax.default_device(jax.devices(device)[0])
    except RuntimeError as error:
        raise ValueError(f"JAX sees no device {device!r} here; use device='auto'") from error
