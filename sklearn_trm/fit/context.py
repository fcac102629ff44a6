"""What a fit is told beside its table: parameters, and what an earlier fit has left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from ..data.table import Table
from ..errors import DataError
from ..expressions.spellings import read_operators
from ..expressions.tree import Node
from ..objectives.errors_in_variables import ErrorsInVariables
from ..objectives.losses import Loss, read_loss
from ..objectives.noisy import Noisy
from ..objectives.objective import Objective
from ..objectives.robust import RobustLoss
from ..objectives.squared import Squared
from ..task.budget import FitClock
from ..task.problem import Problem
from ..task.settings import Settings
from .callbacks import Callback, check_callbacks


def objective_of(table: Table, loss: Loss | None) -> Objective:
    """What laws of a table are fitted and chosen by; None is squared errors.

    Where nothing is known about the errors, the laws found tell how they weigh the rows. Known
    errors of the target alone are weights: such a table needs one search.

    Raises
    ------
    DataError
        For another loss beside known errors.
    """
    if loss is not None and (table.y_error is not None or table.X_error is not None):
        raise DataError("y_error and X_error make a chi-square: they need loss='squared'")
    if table.X_error is not None:
        return ErrorsInVariables(table.X, table.y, table.y_error, table.X_error[:, table.kept])
    if loss is not None:
        return RobustLoss(loss, table.X, table.y, table.weight, table.magnitudes.y)
    if table.y_error is None and table.repeats:
        return Noisy(table.X, table.y, table.weight, table.rules.held, table.rules.prior)
    return Squared(table.X, table.y, table.weight, table.y_error)


def _no_laws(problem: Problem, late: Callable[[], bool]) -> Iterable[Node]:
    return ()


@dataclass(frozen=True)
class FitContext:
    """Everything about a fit but the table.

    Attributes
    ----------
    settings : Settings
    unary, binary : tuple of str
        Operators a law may hold.
    selection : str or callable
    rng : Generator
    seed : int
        What it was made of.
    clock : FitClock
    start : float
        Instant of `clock` at which the fit began.
    objective : callable
        Gives the objective of a table.
    guesses : sequence of str or Node, or None
    callbacks : list of callable
    template : str or None
        Known structure, in the names of the table's columns.
    constants : dict or None
        Starting values and bounds of the numbers of a known formula.
    first_laws : callable
        Laws that are found otherwise than by the search, before it.
    warm : bool
        Whether the next fit may go on where this one ends.
    """

    settings: Settings
    unary: tuple[str, ...]
    binary: tuple[str, ...]
    selection: Any
    rng: np.random.Generator
    clock: FitClock
    start: float
    objective: Callable[[Table], Objective]
    seed: int = 0
    guesses: Any = None
    callbacks: list[Callback] = field(default_factory=list)
    template: str | None = None
    constants: Any = None
    first_laws: Callable[[Problem, Callable[[], bool]], Iterable[Node]] = _no_laws
    warm: bool = False

    @classmethod
    def of(cls, estimator: Any, **more: Any) -> FitContext:
        """Read and check the parameters of an estimator; `more` are further attributes."""
        clock = FitClock(estimator._clock)
        start = clock()
        callbacks = check_callbacks(more.pop("callbacks", None))
        loss = read_loss(getattr(estimator, "loss", "squared"))
        seed = int(check_random_state(estimator.random_state).randint(2**31))
        own = {"objective": lambda table: objective_of(table, loss), **more}
        return cls(
            Settings.of(estimator),
            read_operators(estimator.unary_operators, 1),
            read_operators(estimator.binary_operators, 2),
            estimator.selection,
            np.random.default_rng(seed),
            clock,
            start,
            seed=seed,
            callbacks=callbacks,
            warm=bool(getattr(estimator, "warm_start", False)),
            **own,
        )

    @property
    def operators(self) -> tuple[str, ...]:
        """All operators a law may hold."""
        return (*self.unary, *self.binary)

    def problem(self, table: Table) -> Problem:
        """What is searched for in a table."""
        return Problem(
            table.X, table.y, table.weight, self.unary, self.binary,
            self.settings.max_complexity, self.rng, None, table.rules,
        )  # fmt: skip

    def part(self, seconds: float | None) -> FitContext:
        """The same for a part of a law: from now, heard by no one."""
        return replace(
            self, start=self.clock(), callbacks=[], selection="best", template=None, warm=False,
            objective=lambda table: Squared(table.X, table.y, table.weight),
            settings=replace(self.settings, time_limit=seconds),
        )  # fmt: skip


@dataclass(frozen=True)
class WarmStart:
    """What a fit leaves to the next one: its loop, and which table and search space it is of."""

    key: bytes
    loop: Any


@dataclass(frozen=True)
class Earlier:
    """What an earlier fit of an estimator leaves to the next one.

    Attributes
    ----------
    warm : WarmStart or None
    laws : tuple of Node
        In the units of its table.
    width : int
        Columns of that table.
    parts : list of estimators
        Where it had several targets.
    """

    warm: WarmStart | None = None
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
