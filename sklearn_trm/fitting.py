"""From a checked table to what a fit leaves: guesses, the answer loop, the last polish."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
from sklearn.utils import check_random_state

from .answer_loop import AnswerLoop
from .callbacks import Callback, Watch, check_callbacks
from .errors import DataError
from .expressions.intervals import covariance
from .expressions.spellings import read_operators
from .expressions.tree import Node
from .fitted import Fitted
from .guesses import read_guesses
from .losses import Loss, read_loss
from .measured import WithErrors
from .objective import Objective, UnderLoss
from .passes import search_in_passes
from .risk import NextRow
from .select import exact_loss
from .settings import AnswerStep, Settings
from .table import Table

P = ParamSpec("P")
T = TypeVar("T")

MAX_ROWS = 2000  # rows the loop works on; the last polish sees all


def all_or_nothing(fit: Callable[P, T]) -> Callable[P, T]:
    """A ``fit`` that leaves the estimator, and the fits inside it, as they were if it fails."""

    @wraps(fit)
    def kept(*args: P.args, **kwargs: P.kwargs) -> T:
        before = [(part, dict(vars(part))) for part in _with_parts(args[0])]
        try:
            return fit(*args, **kwargs)
        except BaseException:
            for part, state in before:
                vars(part).clear()
                vars(part).update(state)
            raise

    return kept


def _with_parts(estimator: Any) -> Iterator[Any]:
    yield estimator
    inner = getattr(estimator, "estimator_", None)  # of a transformer
    for part in (*getattr(estimator, "estimators_", ()), *([] if inner is None else [inner])):
        yield from _with_parts(part)


@dataclass(frozen=True)
class Work:
    """Everything about a fit but the table.

    Attributes
    ----------
    settings : Settings
    unary, binary : tuple of str
        Operators a law may hold.
    selection : str or callable
    rng : Generator
    clock : callable
    start : float
        Instant of `clock` at which the fit began.
    guesses : sequence of str or Node, or None
    callbacks : list of callable
    loss : Loss or None
        Other than squared errors.
    """

    settings: Settings
    unary: tuple[str, ...]
    binary: tuple[str, ...]
    selection: Any
    rng: np.random.Generator
    clock: Callable[[], float]
    start: float
    guesses: Any
    callbacks: list[Callback]
    loss: Loss | None = None

    @classmethod
    def of(cls, estimator: Any, guesses: Any, callbacks: Any) -> Work:
        """Read and check the parameters of an estimator."""
        clock = estimator._clock
        start = clock()
        return cls(
            Settings.of(estimator),
            read_operators(estimator.unary_operators, 1),
            read_operators(estimator.binary_operators, 2),
            estimator.selection,
            np.random.default_rng(check_random_state(estimator.random_state).randint(2**31)),
            clock,
            start,
            guesses,
            check_callbacks(callbacks),
            read_loss(estimator.loss),
        )


@dataclass(frozen=True)
class Warm:
    """What a fit leaves to the next one: its loop, and which table and search space it is of."""

    key: bytes
    loop: AnswerLoop


@dataclass(frozen=True)
class Earlier:
    """What an earlier fit of an estimator leaves to the next one.

    Attributes
    ----------
    warm : Warm or None
    laws : tuple of Node
        In the units of its table.
    width : int
        Columns of that table.
    parts : list of estimators
        Where it had several targets.
    """

    warm: Warm | None = None
    laws: tuple[Node, ...] = ()
    width: int = 0
    parts: Sequence[Any] = ()

    @classmethod
    def of(cls, estimator: Any) -> Earlier:
        """Take it from an estimator; without ``warm_start`` it is nothing."""
        warm = estimator.__dict__.pop("_warm", None)
        parts = estimator.__dict__.pop("estimators_", None)
        fitted = estimator.__dict__.get("_fitted")
        if not estimator.warm_start:
            return cls()
        if parts is not None:
            return cls(parts=parts)
        if fitted is None:
            return cls()
        laws = tuple(fitted.law(i) for i in range(len(fitted.rows)))
        return cls(warm, laws, len(fitted.magnitudes.x))

    def check_width(self, n_columns: int) -> None:
        """Raise `DataError` for a table that has other columns than the first."""
        if self.laws and self.width != n_columns:
            raise DataError(
                "warm_start goes on with tables of the same columns: this one has "
                f"{n_columns}, the first had {self.width}; make a new estimator"
            )


@dataclass(frozen=True)
class Outcome:
    """What a fit found, how, and what it leaves to the next one."""

    fitted: Fitted
    steps: list[AnswerStep]
    stopped: str
    warm: Warm | None = None


@np.errstate(all="ignore")  # what laws give is looked at: a law that overflows is no warning
def fit_table(table: Table, work: Work, earlier: Earlier) -> Outcome:
    """Find the laws of a table.

    Parameters
    ----------
    table : Table
    work : Work
    earlier : Earlier
        Its loop goes on where it ended if this is the same table and search space; otherwise
        its laws are guesses, and its latent state is where the network begins.

    Raises
    ------
    DataError
        If the earlier fit was to a table of another width.
    """
    warm, laws = earlier.warm, earlier.laws
    earlier.check_width(table.every.shape[1])
    key = _key(table, work)
    watch = Watch(work.callbacks, table.write, table.magnitudes.y, work.clock, work.start)
    objective = _objective(table, work.loss)
    try:
        if objective is not None:
            return _in_passes(table, work, objective, laws, watch)
        if warm is not None and warm.key == key and warm.loop.stopped != "interrupted":
            first = _guesses(table, work, ())
            loop = warm.loop.resume(work.settings, work.clock, work.start, watch, first)
        else:
            loop = new_loop(table, work, watch, None if warm is None else warm.loop, laws).run()
    finally:
        watch.close()
        if warm is not None:
            warm.loop.watch = None
    loop.watch = None  # the callbacks are the user's: a loop that is kept must not hold them
    return Outcome(fitted_front(table, work, loop), loop.steps, loop.stopped, Warm(key, loop))


def _objective(table: Table, loss: Loss | None) -> Objective | None:
    """What laws are fitted and chosen by; None for squared errors, weighted or not.

    Known errors of the target alone are weights: such a table needs no passes.
    """
    if loss is not None and (table.y_error is not None or table.X_error is not None):
        raise DataError("y_error and X_error make a chi-square: they need loss='squared'")
    if table.X_error is not None:
        return WithErrors(table.X, table.y, table.y_error, table.X_error[:, table.kept])
    if loss is None:
        return None
    return UnderLoss(loss, table.X, table.y, table.weight, table.magnitudes.y)


def _in_passes(
    table: Table, work: Work, objective: Objective, laws: Sequence[Node], watch: Watch
) -> Outcome:
    found = search_in_passes(
        table.X, table.y, objective, work.unary, work.binary, work.rng, work.settings,
        work.clock, work.start, _guesses(table, work, laws), watch, MAX_ROWS, table.rules,
    )  # fmt: skip
    rows = found.front.rows()
    weighing = tuple(objective.weigh(row.node) for row in rows)
    fitted = Fitted(
        rows=tuple(replace(row, node=table.restore(row.node)) for row in rows),
        covariances=tuple(objective.covariance(row.node) for row in rows),
        chosen=0,
        magnitudes=table.magnitudes,
        n_rows=len(table.y),
        n_counted=found.n_counted,
        n_tried=found.n_tried,
        size=float(np.sqrt(max(weighing))),
        weighing=weighing,
        loss=objective.loss_kind,
        known=objective.known,
    )
    return Outcome(fitted.choose(work.selection), found.steps, found.stopped)


def _guesses(table: Table, work: Work, laws: Sequence[Node]) -> list[Node]:
    where = (
        table.names, table.every, table.kept, table.magnitudes, (*work.unary, *work.binary)
    )  # fmt: skip
    return [*read_guesses(work.guesses, *where), *read_guesses(laws, *where)]


def new_loop(
    table: Table, work: Work, watch: Watch, earlier: AnswerLoop | None, laws: Sequence[Node]
) -> AnswerLoop:
    """A loop over a table, or over some rows of a long one; it has not run yet."""
    first = _guesses(table, work, laws)
    X, y, weight = table.X, table.y, table.weight
    part = work.rng.choice(len(y), min(len(y), MAX_ROWS), replace=False)
    return AnswerLoop(
        X[part], y[part], None if weight is None else weight[part], work.unary, work.binary,
        work.rng, work.settings, work.clock, work.start, len(y), first, watch, earlier, table.rules,
    )  # fmt: skip


def fitted_front(table: Table, work: Work, loop: AnswerLoop) -> Fitted:
    """What a loop found, after the last polish on all rows in the user's units."""
    judge, scaled = loop.judge, table.magnitudes.columns(table.kept)
    if scaled.moderate:  # the last polish is in the user's units
        table, rewrite = table.in_user_units(), scaled.in_user_units
    else:
        rewrite = scaled.undone().in_user_units
    X, y, weight = table.X, table.y, table.weight
    front = judge.final_front(X, y, weight, clean=work.settings.snap, rewrite=rewrite)
    rows, tried, size = front.rows(), judge.front.n_tried, table.size
    counted = max(1, round(len(y) * judge.share_counted()))
    next_row = NextRow(X, y, weight, exact_loss(float(np.std(y)), size))
    risks = tuple(next_row.risk(row.node, row.loss) for row in rows)
    if table.y_error is None:
        spreads = [covariance(row.node, row.loss, X, y, weight, len(y)) for row in rows]
    else:  # the same laws, by their chi-square
        known = WithErrors(X, y, table.y_error, None)
        spreads = [known.covariance(row.node) for row in rows]
        rows, counted = [replace(row, loss=known.loss(row.node)) for row in rows], len(y)
    fitted = Fitted(
        rows=tuple(replace(row, node=table.restore(row.node)) for row in rows),
        covariances=tuple(spreads),
        chosen=0,
        magnitudes=table.magnitudes,
        n_rows=len(y),
        n_counted=counted,
        n_tried=tried,
        size=size,
        risks=risks,
        known=table.y_error is not None,
    )
    return fitted.choose(work.selection)


def _key(table: Table, work: Work) -> bytes:
    """Equal for equal tables and search spaces."""
    s = work.settings
    space = (
        s.search,
        s.max_complexity,
        s.model,
        s.device,
        work.unary,
        work.binary,
        table.names,
        table.rules.key,
    )
    digest = hashlib.blake2b(repr(space).encode())
    for part in (table.every, table.y, table.weight):
        digest.update(b"-" if part is None else np.ascontiguousarray(part).tobytes() + b"+")
    return digest.digest()
