"""A column of labels: each label becomes a column that is 1 on its rows and 0 on all others.

So constants of groups are sums over columns, and every law stays a function of numbers. The
columns of labels come last, after all others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MOST = 50  # groups
_SHOWN = 12  # labels that a message names
_LONGEST = 100  # characters of a label in a message

Label = str | int | float | bool


@dataclass(frozen=True)
class Groups:
    """The groups of a fit.

    Attributes
    ----------
    name : str
        The column of labels.
    column : int
        Its place in the table that was given.
    labels : tuple
        Texts and numbers, in the order of their columns.

    Examples
    --------
    >>> Groups("patient", 0, ("A", "B")).names
    ['[patient=A]', '[patient=B]']
    """

    name: str
    column: int
    labels: tuple[Label, ...]

    @property
    def names(self) -> list[str]:
        """Names of the columns of the labels."""
        return [f"[{self.name}={label}]" for label in self.labels]

    def columns(self, width: int) -> tuple[int, ...]:
        """Places of the columns of the labels in a table of `width` columns."""
        return tuple(range(width - len(self.labels), width))

    def notes(self) -> dict[str, str]:
        """What these columns are, by their names."""
        pairs = zip(self.names, self.labels, strict=True)
        return {name: f"1 where {self.name} is {label}, 0 elsewhere" for name, label in pairs}

    def labelled(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame as the law has it, with the column of labels in the place of theirs."""
        at = frame[self.names].to_numpy().argmax(axis=1)
        out = frame.drop(columns=self.names)
        out.insert(self.column, self.name, [self.labels[k] for k in at])
        return out

    def in_sql(self) -> dict[str, str]:
        """These columns as expressions over the column of labels."""
        column = self.name.replace('"', '""')
        out = {}
        for name, label in zip(self.names, self.labels, strict=True):
            text = str(label).replace("'", "''")
            value = f"'{text}'" if isinstance(label, str) else text.upper()
            out[name] = f'(CASE WHEN "{column}" = {value} THEN 1.0E0 ELSE 0.0E0 END)'
        return out


def columns_for_fit(estimator: Any, X: Any, groups: str | int | None) -> Any:
    """A table with columns instead of labels; sets ``groups_``.

    Raises
    ------
    DataError
        For a column that is none, missing labels, too few or too many of them, no other column.
    """
    estimator.__dict__.pop("groups_", None)
    if groups is None:
        return X
    frame = _frame(X, None)
    names = list(frame.columns)
    column = _place(groups, names)
    if len(names) < 2:
        raise DataError("groups= names the only column of X: a law needs another one")
    found = _labels(frame, column)
    known = set(found)
    series = frame.iloc[:, column]
    if hasattr(series, "cat"):
        labels = [v for v in map(_plain, series.cat.categories) if v in known]
    else:
        labels = sorted(known, key=lambda v: (isinstance(v, str), 0 if isinstance(v, str) else v,
                                              str(v)))  # fmt: skip
    own = Groups(names[column], column, tuple(labels))
    if len(set(own.names)) < len(labels):
        raise DataError(f"labels of {own.name!r} are equal as texts, such as 1 and '1'")
    if not 2 <= len(labels) <= MOST:
        raise DataError(
            f"groups={groups!r} holds {len(labels)} label{'s' * (len(labels) > 1)}: there are "
            f"2 to {MOST} groups. " + ("Leave groups= out." if len(labels) < 2 else
            "Is it a column of numbers? Then it belongs to the law, without groups=.")
        )  # fmt: skip
    if len(found) < 2 * len(labels):
        raise DataError(
            f"{len(found)} rows in {len(labels)} groups: give at least two a group on average"
        )
    estimator.groups_ = own
    return _put(frame, column, found, own)


def columns_for_predict(estimator: Any, X: Any) -> Any:
    """A table with columns instead of labels, as in the fit.

    Raises
    ------
    DataError
        For a label that the fit did not know, or a table without the column of labels.
    """
    groups: Groups | None = getattr(estimator, "groups_", None)
    if groups is None:
        return X
    names = [str(name) for name in estimator.feature_names_in_[: -len(groups.labels)]]
    names.insert(groups.column, groups.name)
    frame = _frame(X, names)
    if groups.name not in frame.columns:
        if set(groups.names) <= set(frame.columns):
            return frame  # as the law has it
        raise DataError(f"X lacks the column of labels {groups.name!r}, which the fit had")
    column = list(frame.columns).index(groups.name)
    found = _labels(frame, column)
    known = set(groups.labels)
    for row, label in enumerate(found):
        if label not in known:
            more = ", ..." if len(groups.labels) > _SHOWN else ""
            raise DataError(
                f"unknown {groups.name} {str(label)[:_LONGEST]!r} in row {row}: the fit knew "
                f"{', '.join(map(str, groups.labels[:_SHOWN]))}{more}"
            )
    return _put(frame, column, found, groups)


# ------------------------------------------------------------------ inside


def _frame(X: Any, names: Sequence[str] | None) -> pd.DataFrame:
    """Any table as a frame whose columns have texts as names."""
    import pandas as pd

    if hasattr(X, "toarray"):
        raise DataError("groups= needs a dense table: a column of labels is not sparse")
    if hasattr(X, "columns"):
        whole = X if hasattr(X, "iloc") else pd.DataFrame({c: np.asarray(X[c]) for c in X.columns})
        return whole.set_axis([str(c) for c in whole.columns], axis="columns")
    try:
        values = X if isinstance(X, np.ndarray) else np.array(X, dtype=object)
    except ValueError:
        values = np.zeros(0)
    if values.ndim != 2:
        raise DataError("X must have rows and columns, one of them of labels")
    if names is not None and values.shape[1] != len(names):
        raise DataError(f"X has {values.shape[1]} columns, but the fit had {len(names)}, with "
                        "that of the labels")  # fmt: skip
    own = [f"x{j}" for j in range(values.shape[1])] if names is None else list(names)
    return pd.DataFrame(values, columns=own).infer_objects()


def _place(groups: Any, names: Sequence[str]) -> int:
    if isinstance(groups, str) and groups in names:
        return names.index(groups)
    whole = isinstance(groups, int | np.integer) and not isinstance(groups, bool)
    if whole and -len(names) <= groups < len(names):
        return int(groups) % len(names)
    raise DataError(
        f"groups= is the name or number of the column of X that holds the labels, got {groups!r}; "
        f"columns are {', '.join(names[:_SHOWN])}"
    )


def _labels(frame: pd.DataFrame, column: int) -> list[Label]:
    series = frame.iloc[:, column]
    gone = np.flatnonzero(series.isna())
    if len(gone):
        raise DataError(
            f"row {gone[0]} lacks its label in {frame.columns[column]!r}: leave such rows out "
            "(the regressor has `fit(X, y, missing='drop')`)"
        )
    return [_plain(v) for v in series.tolist()]


def _plain(value: Any) -> Label:
    """A label as a number or text that a file can hold; 1.0 is 1."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)


def _put(frame: pd.DataFrame, column: int, found: Sequence[Label], groups: Groups) -> pd.DataFrame:
    """The frame with columns of the labels at its end."""
    import pandas as pd

    place = {label: i for i, label in enumerate(groups.labels)}
    is_in = np.zeros((len(found), len(place)))
    is_in[np.arange(len(found)), [place[label] for label in found]] = 1.0
    rest = frame.iloc[:, [j for j in range(frame.shape[1]) if j != column]]
    return pd.concat([rest, pd.DataFrame(is_in, rest.index, groups.names)], axis=1)
