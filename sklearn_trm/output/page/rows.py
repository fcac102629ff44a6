"""The rows that a page tells of: checked, and few enough to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...data import validation
from ...errors import DataError

MOST_DRAWN = 500


@dataclass(frozen=True)
class Rows:
    """Rows of a table, as the laws take it.

    Attributes
    ----------
    X : ndarray of shape (n, d)
    Y : ndarray of shape (n, k)
        One column a law: a target, or whether a row is of the law's class.
    shown : ndarray of int
        The rows that are drawn.
    """

    X: np.ndarray
    Y: np.ndarray
    shown: np.ndarray

    @classmethod
    def of(cls, est: Any, X: Any, y: Any) -> Rows | None:
        """Check a table against an estimator; None where there is no table.

        Raises
        ------
        DataError
            For a table that does not fit the estimator, or one of X and y alone.
        """
        if X is None and y is None:
            return None
        if X is None or y is None:
            raise DataError("a report on data needs both X and y: give both, or neither")
        checked = validation.check_predict_data(est, X)
        parts = getattr(est, "estimators_", [est])
        Y = np.asarray(est._targets(validation.one_column(y), len(checked), len(parts)), float)
        return cls(checked, Y, thinned(Y[:, 0], MOST_DRAWN))


def thinned(y: np.ndarray, most: int) -> np.ndarray:
    """Some of the rows, in their order: a random choice, and the two ends of ``y``.

    Examples
    --------
    >>> thinned(np.arange(5.0), 10), len(thinned(np.arange(10_000.0), 500))
    (array([0, 1, 2, 3, 4]), 500)
    """
    if len(y) <= most:
        return np.arange(len(y))
    ends = {int(np.argmin(y)), int(np.argmax(y))}
    order = np.random.default_rng(0).permutation(len(y))
    others = [i for i in order[: most + 2].tolist() if i not in ends]
    return np.array(sorted([*ends, *others[: most - len(ends)]]))


def names_of_targets(est: Any, y: Any, target: Any) -> list[str]:
    """What the laws are called: as was said, as ``y`` or that of the fit is, or y, y0, y1, ...

    Raises
    ------
    ValueError
        For another number of names than there are laws.
    """
    classes = getattr(est, "classes_", None)
    count = len(getattr(est, "estimators_", [est]))
    if classes is not None:
        labels = classes if count > 1 else classes[-1:]
        return [f"log odds of {label}" for label in labels]
    if target is not None:
        names = [target] if isinstance(target, str) else [str(name) for name in target]
        if len(names) != count:
            raise ValueError(f"target= names {len(names)} targets, the estimator has {count}")
        return names
    for own in (validation.names_of_targets(y), getattr(est, "_target_names", None)):
        if own is not None and len(own) == count:
            return list(own)
    return ["y"] if count == 1 else [f"y{i}" for i in range(count)]


def units_of(names: list[str], units: Any) -> list[str]:
    """The unit of each column, as texts; empty where none was said.

    Raises
    ------
    ValueError
        For a column that is not there, or another number of units than columns.
    """
    if units is None:
        return [""] * len(names)
    if isinstance(units, dict):
        if unknown := [str(name) for name in units if name not in names]:
            raise ValueError(f"units= names {', '.join(unknown)}; columns are {', '.join(names)}")
        return [str(units.get(name, "")) for name in names]
    given = [str(unit) for unit in units]
    if isinstance(units, str) or len(given) != len(names):
        raise ValueError(f"units= are one for each of the columns {', '.join(names)}, or a dict")
    return given
