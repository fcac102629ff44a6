"""A table as a fit works with it: checked, in ordinary units, useful columns, merged rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from ..errors import DataError
from ..expressions.text import to_text
from ..expressions.tree import Node, map_columns
from ..rules.constraints import Constraints
from ..rules.rules import FREE, Rules
from ..rules.shape import read_shape
from ..rules.units import read_units
from . import validation
from .magnitudes import Magnitudes


@dataclass(frozen=True)
class Table:
    """A checked table.

    Attributes
    ----------
    every : ndarray of shape (n, d_all)
        All columns, divided by their magnitudes.
    y : ndarray of shape (n,)
        The target, divided by its magnitude.
    weight : ndarray of shape (n,) or None
        Weights of mean 1; where only the target has errors, those that they make.
    kept : list of int
        Columns that vary and repeat no other.
    names : list of str
        Names of all columns.
    magnitudes : Magnitudes
    y_error : ndarray of shape (n,) or None
        Standard errors of the target, divided by its magnitude.
    X_error : ndarray of shape (n, d_all) or None
        Standard errors of the columns, divided by their magnitudes.
    rules : Rules
        What laws of the kept columns have to obey.
    repeats : bool
        Whether weights say no more than how often a row came.
    n_given : int
        Rows that it came with, without those of weight zero, before equal ones were merged.
    groups : tuple of int
        Columns of labels (`data.groups`), where constants may differ by group. Then all columns
        are kept, for a group may use what is constant or repeated in the whole.
    """

    every: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None
    kept: list[int]
    names: list[str]
    magnitudes: Magnitudes
    y_error: np.ndarray | None = None
    X_error: np.ndarray | None = None
    rules: Rules = FREE
    n_given: int = 0
    repeats: bool = False
    groups: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        y_error: Any = None,
        X_error: Any = None,
        units: Any = None,
        y_units: Any = None,
        dates: str = "error",
        groups: str | int | None = None,
    ) -> Table:
        """Check and prepare what ``fit`` was given; sets ``n_features_in_`` and names.

        Raises
        ------
        DataError
            If the table cannot be used as it is.
        """
        X, y = validation.check_fit_data(estimator, X, y, dates=dates, groups=groups)
        if groups is not None and not (X_error is None and units is None and y_units is None):
            raise DataError("groups= goes without units=, y_units= and X_error=: leave these out")
        weight = validation.check_weight(sample_weight, len(y))
        magnitudes = Magnitudes.of(X, y)
        if weight is not None and (y_error is not None or X_error is not None):
            raise DataError("give sample_weight or errors, not both: an error is a weight")
        y_error = check_errors("y_error", y_error, y.shape, strict=True)
        X_error = check_errors("X_error", X_error, X.shape)
        repeats = weight is None or bool((weight == np.round(weight)).all())
        given, n_given = X, len(y) if weight is None else int(np.count_nonzero(weight))
        X, y = magnitudes.scale_x(X), y / magnitudes.y
        y_error = _beside("y_error", y_error, magnitudes.y, "y")
        X_error = _beside("X_error", X_error, np.array(magnitudes.x), "its column")
        if y_error is None and X_error is None:
            X, y, weight = validation.merge_rows(X, y, weight)
        elif X_error is None:  # rows with errors stay apart
            weight = inverse_variances(y_error)
        labels = () if groups is None else estimator.groups_.columns(X.shape[1])
        kept = list(range(X.shape[1])) if labels else validation.useful_columns(X)
        names = validation.check_names(estimator, None)
        limits = estimator.constraints or Constraints()
        free = not limits.dimensionless_constants_only
        found = read_units(units, y_units, names, free), read_shape(limits, names, given)
        predicates = [predicate for predicate in found if predicate is not None]
        restore = None if magnitudes.ordinary else magnitudes.restore
        return cls(
            X, y, weight, kept, names, magnitudes,
            y_error, X_error,
            Rules(limits, names, kept, restore, predicates, estimator.prior), n_given, repeats,
            labels,
        )  # fmt: skip

    @classmethod
    def of_class(
        cls, estimator: Any, X: np.ndarray, member: np.ndarray, weight: np.ndarray | None
    ) -> Table:
        """A checked table whose target is 1 for the rows of a class, and 0 for the others."""
        magnitudes = Magnitudes.of(X, np.ones(1))
        every, y, merged = validation.merge_rows(
            magnitudes.scale_x(X), member.astype(float), weight
        )
        kept, names = validation.useful_columns(every), validation.check_names(estimator, None)
        limits = estimator.constraints or Constraints()
        shape = read_shape(limits, names, X)
        restore = None if magnitudes.ordinary else magnitudes.restore
        predicates = [] if shape is None else [shape]
        rules = Rules(limits, names, kept, restore, predicates, estimator.prior)
        return cls(every, y, merged, kept, names, magnitudes, rules=rules, n_given=len(X))

    @classmethod
    def plain(cls, X: np.ndarray, y: np.ndarray, weight: np.ndarray, names: list[str]) -> Table:
        """A table made inside a fit: finite numbers, nothing known about it."""
        magnitudes = Magnitudes.of(X, y)
        X, y, merged = validation.merge_rows(
            magnitudes.scale_x(X), y / magnitudes.y, weight / weight.mean()
        )
        return cls(X, y, merged, validation.useful_columns(X), names, magnitudes)

    def in_user_units(self) -> Table:
        """The same table in the units that it came with."""
        m = self.magnitudes
        if m.ordinary:
            return self
        return replace(
            self, every=self.every * np.array(m.x), y=self.y * m.y, magnitudes=m.undone(),
            y_error=None if self.y_error is None else self.y_error * m.y,
            X_error=None if self.X_error is None else self.X_error * np.array(m.x),
        )  # fmt: skip

    @property
    def X(self) -> np.ndarray:
        """The kept columns, shape (n, d)."""
        return self.every[:, self.kept]

    @property
    def size(self) -> float:
        """Root mean square of the target."""
        return float(np.sqrt(np.mean(self.y**2)))

    @property
    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Smallest and largest value of each column."""
        return tuple(
            zip(self.every.min(axis=0).tolist(), self.every.max(axis=0).tolist(), strict=True)
        )

    @property
    def typical_error(self) -> float:
        """Root of the harmonic mean of the target's known variances; nan if none is known."""
        if self.y_error is not None:
            return float(np.mean(self.y_error**-2.0)) ** -0.5
        return math.nan if self.X_error is None else 0.0

    def restore(self, law: Node) -> Node:
        """A law of the kept columns for all of them, still in these units."""
        return map_columns(law, self.kept)

    def write(self, law: Node) -> str:
        """A law of the kept columns as a text in the units that the table came with."""
        law = self.restore(law)
        m = self.magnitudes
        return to_text(law if m.ordinary else m.restore(law), self.names)


def inverse_variances(errors: np.ndarray) -> np.ndarray | None:
    """Weights of mean 1 that known errors make; None where all are equal.

    Examples
    --------
    >>> inverse_variances(np.array([1.0, 2.0, 2.0]))
    array([2. , 0.5, 0.5])
    """
    weight = (errors.min() / errors) ** 2
    return None if np.ptp(weight) <= 1e-12 else weight / weight.mean()


def complete_rows(missing: str, X: Any, y: Any, *others: Any) -> tuple[Any, ...]:
    """A table by its policy of missing values: as it is, or without the rows that lack one.

    Parameters
    ----------
    missing : {"error", "drop"}
        Under "error" the check of the data says what is missing.
    X : array-like or DataFrame of shape (n, d)
    y : array-like of shape (n,) or (n, n_targets)
    *others
        What else goes with the rows, such as weights; None and single numbers stay.

    Returns
    -------
    X, y, *others

    Raises
    ------
    ValueError
        For another policy.
    DataError
        If every row lacks a value.
    """
    if missing not in ("error", "drop"):
        raise ValueError(f"missing must be 'error' or 'drop', got {missing!r}")
    parts = [X, y, *others]
    if missing == "error":
        return tuple(parts)  # untouched
    counts = [np.shape(part)[0] if np.ndim(part) else -1 for part in (X, y)]
    if counts[0] != counts[1] or counts[0] < 1:
        return tuple(parts)  # what is wrong is not this
    whole = ~(_lacks(X) | _lacks(y))
    if not whole.any():
        raise DataError(
            "every row lacks a value: missing='drop' leaves none; fill them "
            "(`sklearn.impute.SimpleImputer`) or leave out the columns that are empty"
        )
    rows, n = np.flatnonzero(whole), len(whole)
    sized = [part is not None and np.shape(part)[:1] == (n,) for part in parts]
    return tuple(
        _safe_indexing(part, rows) if own else part for part, own in zip(parts, sized, strict=True)
    )


def _lacks(values: Any) -> np.ndarray:
    """Rows in which something is missing: NaN, None, pandas.NA."""
    import pandas as pd

    gone = np.asarray(pd.isna(values if hasattr(values, "isna") else np.asarray(values)))
    return np.asarray(gone.reshape(len(gone), -1).any(axis=1))


def check_errors(
    name: str, errors: Any, shape: tuple[int, ...], strict: bool = False
) -> np.ndarray | None:
    """Standard errors for each value: one number, one a column, or one each.

    Parameters
    ----------
    name : str
    errors : array-like or None
    shape : tuple of int
        Of what they are errors of.
    strict : bool
        Whether zero is no error.

    Raises
    ------
    DataError
        For text, negative or infinite numbers, or another shape.

    Examples
    --------
    >>> check_errors("X_error", [0.1, 0.0], (2, 2))
    array([[0.1, 0. ],
           [0.1, 0. ]])
    """
    if errors is None:
        return None
    try:
        out = np.asarray(errors, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} must be numbers: standard errors") from error
    allowed = {(), shape, shape[1:]}
    if out.shape not in allowed:
        raise DataError(
            f"{name} has shape {out.shape}; give one number"
            + (", one a column" if len(shape) == 2 else "")
            + f", or one for each value: shape {shape}"
        )
    low = (out <= 0).any() if strict else (out < 0).any()
    if low or not np.isfinite(out).all():
        raise DataError(
            f"{name} holds standard errors: finite and {'positive' if strict else 'not negative'}"
        )
    return np.broadcast_to(out, shape).copy() if out.any() else None


def _beside(name: str, errors: np.ndarray | None, size: Any, what: str) -> np.ndarray | None:
    """Standard errors in ordinary units."""
    if errors is None:
        return None
    with np.errstate(over="ignore", under="ignore"):
        out = errors / size
        squared = out * out
    if not np.isfinite(squared).all() or ((squared == 0) & (errors > 0)).any():
        raise DataError(
            f"{name} holds a standard error that is nothing, or everything, beside {what}: its "
            "square is beyond what float64 holds. Check the units."
        )
    return np.asarray(out)
