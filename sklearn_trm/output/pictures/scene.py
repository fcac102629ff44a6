"""What pictures draw: a user's table as numbers, and what the laws of an estimator say of it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ...data import validation
from ...data.table import check_errors, complete_rows
from ...errors import DataError
from ...expressions.tree import columns
from ...objectives.logistic import probability
from ...task.result import FitResult
from ..along import band_of, values_of

MOST_POINTS = 20_000  # that are drawn

Array = np.ndarray


def fitted(est: Any) -> FitResult:
    """The result of an estimator of one target.

    Raises
    ------
    DataError
        For several targets or classes.
    """
    check_is_fitted(est)
    parts = getattr(est, "estimators_", None)
    if parts is not None:
        raise DataError(
            f"this estimator holds {len(parts)} laws, one a target or class: draw one of them, "
            "as est.estimators_[0].plot(...)"
        )
    result: FitResult = est._fitted
    return result


@dataclass(frozen=True)
class Scene:
    """A table and what is known about it.

    Attributes
    ----------
    est : estimator
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,) or None
        Of a classifier 1 for the second class, 0 for the first.
    y_error : ndarray of shape (n,) or None
    target : str
    index : int or None
        Row of ``equations_`` that is drawn.
    n_given : int
        Rows before they were thinned.
    labels : list of str or None
        Names of the rows.
    """

    est: Any
    X: Array
    y: Array | None
    y_error: Array | None
    target: str
    index: int | None
    n_given: int
    labels: list[str] | None = None

    @classmethod
    def of(
        cls, est: Any, X: Any, y: Any = None, *, y_error: Any = None, target: str | None = None,
        index: int | None = None, labels: Any = None,
    ) -> Scene:  # fmt: skip
        """Read a user's table; rows that lack a value are left out."""
        fitted(est).row(index)
        name = target if target is not None else getattr(y, "name", None)
        if y is None:
            (X, _) = complete_rows("drop", X, np.zeros(len(X)))
            target_values, error = None, None
        else:
            y = validation.one_column(y)
            labels = None if labels is None else np.array([str(v) for v in labels], dtype=object)
            X, y, labels, y_error = complete_rows("drop", X, y, labels, y_error)
            target_values = None
        table = validation.check_predict_data(est, X)
        if y is not None:
            target_values = _numbers(est, y, len(table))
            error = check_errors("y_error", y_error, target_values.shape)
        n = len(table)
        if n > MOST_POINTS:
            rows = np.sort(np.random.default_rng(0).choice(n, MOST_POINTS, replace=False))
            table = table[rows]
            target_values = None if target_values is None else target_values[rows]
            error = None if error is None else error[rows]
            labels = None
        shown = None if labels is None else list(labels)
        name = "y" if name is None else str(name)
        return cls(est, table, target_values, error, name, index, n, shown)

    # ------------------------------------------------------------------ the estimator

    @property
    def result(self) -> FitResult:
        return fitted(self.est)

    @property
    def is_odds(self) -> bool:
        """Whether the law is the log odds of a class."""
        return self.result.link == "logistic"

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.est.column_names()]

    @property
    def label_columns(self) -> tuple[int, ...]:
        """Columns that say which group a row is of."""
        groups = getattr(self.est, "groups_", None)
        return () if groups is None else groups.columns(self.X.shape[1])

    @property
    def used(self) -> list[int]:
        """Columns of the law, without those of groups."""
        own = columns(self.result.law(self.index))
        return [j for j in own if j not in self.label_columns]

    @property
    def groups(self) -> tuple[list[str], Array] | None:
        """Names of the groups, and the group of each row."""
        own = self.label_columns
        if not own:
            return None
        labels = [str(label) for label in self.est.groups_.labels]
        return labels, self.X[:, list(own)].argmax(axis=1)

    def column(self, column: int | str) -> int:
        """A column by its name or number.

        Raises
        ------
        DataError
        """
        names = self.names
        if isinstance(column, str):
            if column in names:
                return names.index(column)
        elif not isinstance(column, bool) and -len(names) <= column < len(names):
            return int(column) % len(names)
        some = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise DataError(f"no column {column!r}: columns are {some}")

    def axis_name(self, j: int) -> str:
        """A column with its unit; of dates the name alone."""
        dates = getattr(self.est, "dates_", None)
        notes = {} if dates is None else dates.notes(self.names)
        name = self.names[j]
        dated = self.dates(j, self.X[:, j]) is not None
        return f"{name} ({notes[name]})" if name in notes and not dated else name

    def dates(self, j: int, days: Array) -> Array | None:
        """Values of a column as dates; None where it holds none, or none of a calendar."""
        dates = getattr(self.est, "dates_", None)
        if dates is None or j not in dates.columns or not dates.origin:
            return None
        origin = np.datetime64(dates.origin, "ms")
        first, last = (np.datetime64(day, "ms") for day in ("0001-01-02", "9999-12-30"))
        room = [(end - origin) / np.timedelta64(1, "D") for end in (first, last)]
        if not len(days) or days.min() < room[0] or days.max() > room[1]:
            return None
        return origin + np.round(days * 86_400_000).astype("timedelta64[ms]")

    def values(self, X: Array, index: int | None = None) -> Array:
        """Law (of a classifier the probability of its second class) on rows."""
        index = self.index if index is None else index
        if not self.is_odds:
            return values_of(self.result, X, index)
        with np.errstate(all="ignore"):
            return probability(np.nan_to_num(self.result.values(X, index), nan=0.0))

    @functools.cached_property
    def predicted(self) -> Array:
        """The law on the rows of the table, as `values`."""
        return self.values(self.X)

    def odds(self, X: Array) -> Array:
        """Log odds on rows."""
        return np.nan_to_num(self.result.values(X, self.index), nan=0.0)

    def band(self, X: Array, level: float) -> tuple[Array, Array] | None:
        """Where a measurement is expected, law doubt counted; None where nothing tells."""
        if self.is_odds:
            return None
        index = None if self.index is None else self.result.row(self.index)
        ends = band_of(self.result, X, level, index)
        if ends is None:
            return None
        low, high = ends
        known = np.isfinite(low) & np.isfinite(high)
        return (
            (np.where(known, low, np.nan), np.where(known, high, np.nan)) if known.any() else None
        )

    def spread(self, values: Array) -> Array | None:
        """Standard error of a measurement around values of the law; None where unknown."""
        if self.y_error is not None and len(self.y_error) == len(values):
            return self.y_error
        noise = self.result.noise(self.index)
        if noise is None or noise.kind == "none" or self.is_odds:
            return None
        if noise.kind == "known":
            error = self.result.error
            return np.full(len(values), error) if np.isfinite(error) else None
        return noise.spread(values)


def _numbers(est: Any, y: Any, n_rows: int) -> Array:
    """The target as numbers."""
    if not hasattr(est, "classes_"):
        return validation.check_targets(y, n_rows, 1)[:, 0]
    labels = np.asarray(y)
    if labels.shape != (n_rows,):
        raise DataError(f"y has shape {labels.shape}, expected ({n_rows},)")
    return (labels == est.classes_[1]).astype(float)


def likely_laws(result: FitResult, least: float) -> list[tuple[int, float]]:
    """Rows of the front with a probability of at least so much, the most likely first."""
    from ...selection.doubt import law_probabilities

    share = np.nan_to_num(law_probabilities(result))
    return [(int(i), float(share[i])) for i in np.argsort(-share) if share[i] >= least]


def on_dates(ax: Any, narrow: bool = False) -> None:
    """Ticks of a calendar."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    if narrow:
        ax.tick_params(axis="x", labelrotation=40)


def grid_of(values: Array, n: int = 300, log: bool = False) -> Array:
    """Values over the range of a column."""
    low, high = float(np.min(values)), float(np.max(values))
    if low == high:  # one row, or a column that does not move
        pad = 0.1 * abs(low) or 1.0
        return np.linspace(low - pad, high + pad, n)
    return np.geomspace(low, high, n) if log else np.linspace(low, high, n)


def held(X: Array, j: int, values: Array, at: Array | None = None) -> Array:
    """A table in which one column runs and the others stay at their medians, or at a row."""
    middle = np.median(X, axis=0) if at is None else at
    out = np.repeat(middle[None, :], len(values), axis=0)
    out[:, j] = values
    return out
