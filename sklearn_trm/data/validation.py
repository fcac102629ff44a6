"""Checks of data and parameters: each failure is one clear sentence that says what to do.

Also the three harmless rewritings of a table that make a fit robust: extreme
magnitudes are taken out, useless columns are left out, equal rows are merged.
"""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from ..errors import DataError
from .dates import check_target, numbers_for_fit, numbers_for_predict
from .groups import columns_for_fit, columns_for_predict


def _text_columns(X: Any) -> list[str]:
    """Names of the columns that cannot be read as numbers."""
    names = list(getattr(X, "columns", []))
    columns = [X[c] for c in names] if names else list(np.asarray(X, dtype=object).T)
    bad = []
    for i, column in enumerate(columns):
        try:
            np.asarray(column).astype(float)
        except (TypeError, ValueError):
            bad.append(repr(str(names[i] if names else f"x{i}")))
    return bad


def _clear(error: ValueError, X: Any) -> DataError:
    """The error of scikit-learn, with what to do about it."""
    message = str(error)
    lower = message.lower()
    if "could not convert" in lower or "bytes/strings" in lower:
        try:
            bad = _text_columns(X)
        except (TypeError, ValueError, AttributeError):
            bad = []
        if bad:
            return DataError(
                f"not numbers: column{'s' * (len(bad) > 1)} {', '.join(bad)}. Encode text as "
                "numbers (for example with OneHotEncoder) or leave the column out."
            )
        return DataError(f"the target y holds text, but it must be numbers ({message})")
    if "nan" in lower or "infinity" in lower:
        return DataError(
            f"{message}\nLeave these rows out (`DataFrame.dropna()`; the regressor has "
            "`fit(X, y, missing='drop')`) or fill them (`sklearn.impute.SimpleImputer`)."
        )
    if "minimum of 2" in lower:
        return DataError(f"{message} A law cannot be told from one row: give at least 2.")
    return DataError(message)


def one_column(y: Any, of_arrays: bool = True) -> Any:
    """A target that came as one column of a frame (or array), as the plain column that it is."""
    shape: Any = getattr(y, "shape", ())
    if len(shape) != 2 or shape[1] != 1:
        return y
    if hasattr(y, "iloc"):
        return y.iloc[:, 0]
    if hasattr(y, "columns"):
        return np.asarray(y)[:, 0]
    return y[:, 0] if of_arrays and isinstance(y, np.ndarray) else y


def check_fit_data(
    estimator: Any, X: Any, y: Any, multi_output: bool = False, dates: str = "error",
    groups: str | int | None = None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Check the data of ``fit``; sets ``n_features_in_`` and names, ``dates_``, ``groups_``.

    Returns
    -------
    X : ndarray of shape (n, d), float64
    y : ndarray of shape (n,), or (n, n_targets) with `multi_output`, float64

    Raises
    ------
    DataError
        For NaN, infinity, text, dates, fewer than two rows, wrong shapes.
    """
    X = numbers_for_fit(estimator, columns_for_fit(estimator, X, groups), dates)
    y = one_column(y)
    check_target(y)
    try:
        with np.errstate(all="ignore"):  # sums of inf and -inf, on the way to the error
            X, y = validate_data(
                estimator, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2,
                multi_output=multi_output,
            )  # fmt: skip
        return X, np.asarray(y, dtype=np.float64)
    except ValueError as error:
        raise _clear(error, X) from error


def check_class_data(
    estimator: Any, X: Any, y: Any, dates: str = "error"
) -> tuple[np.ndarray, np.ndarray]:
    """Check the data of a classifier; labels stay what they are.

    Raises
    ------
    DataError
        For NaN, infinity, text in ``X``, fewer than two rows, targets that are no labels.
    """
    X = numbers_for_fit(estimator, X, dates)
    try:
        y = one_column(y, of_arrays=False)
        X, y = validate_data(estimator, X, y, dtype=np.float64, ensure_min_samples=2)
        check_classification_targets(y)
        return X, y
    except ValueError as error:
        raise _clear(error, X) from error


def check_predict_data(estimator: Any, X: Any) -> np.ndarray:
    """Check the data of ``predict`` against those of ``fit``; float64, shape (n, d)."""
    X = numbers_for_predict(estimator, columns_for_predict(estimator, X))
    try:
        return validate_data(estimator, X, dtype=np.float64, reset=False)
    except ValueError as error:
        raise _clear(error, X) from error


def names_of_targets(y: Any) -> list[str] | None:
    """Names that a target brings along, one for each; None where it has none.

    Examples
    --------
    >>> import pandas as pd
    >>> names_of_targets(pd.Series([1.0, 2.0], name="price")), names_of_targets([1.0, 2.0])
    (['price'], None)
    """
    columns = getattr(y, "columns", None)
    if columns is not None:
        return [str(name) for name in columns]
    name = getattr(y, "name", None)
    return None if name is None else [str(name)]


def check_names(estimator: Any, input_features: Any) -> list[str]:
    """Column names for texts: those given, those of ``fit``, or x0, x1, ..."""
    own = getattr(estimator, "feature_names_in_", None)
    if input_features is None:
        count = estimator.n_features_in_
        return [f"x{i}" for i in range(count)] if own is None else [str(name) for name in own]
    names = [str(name) for name in input_features]
    if own is not None and names != [str(name) for name in own]:
        raise ValueError("input_features is not equal to feature_names_in_")
    if len(names) != estimator.n_features_in_:
        raise ValueError(
            "input_features should have length equal to number of features "
            f"({estimator.n_features_in_}), got {len(names)}"
        )
    return names


def check_targets(y: Any, n_rows: int, n_targets: int) -> np.ndarray:
    """Check targets that laws are compared with; float64 of shape (n, n_targets).

    Raises
    ------
    DataError
        For NaN, infinity, text, another number of rows or targets.
    """
    try:
        y = np.asarray(y, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError("the target y must be numbers") from error
    if y.ndim == 1:
        y = y[:, None]
    if y.shape != (n_rows, n_targets):
        raise DataError(f"y has shape {y.shape}, expected ({n_rows}, {n_targets})")
    if not np.isfinite(y).all():
        raise DataError("the target y holds NaN or infinity: leave these rows out")
    return y


def check_weight(sample_weight: Any, n_rows: int) -> np.ndarray | None:
    """Check ``sample_weight``; None stays None, a positive number means equal weights.

    Raises
    ------
    DataError
        If a weight is negative, not finite, or text, the shape is wrong, or all are zero.
    """
    if sample_weight is None:
        return None
    try:
        weight = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError("sample_weight must be numbers, one for each row") from error
    if weight.shape not in ((n_rows,), ()):
        raise DataError(
            f"sample_weight has shape {weight.shape}, but X has {n_rows} rows: expected ({n_rows},)"
        )
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise DataError("sample_weight must be finite and not negative")
    if not weight.any():
        raise DataError("sample_weight is zero on every row: nothing is left to fit")
    return weight if weight.ndim else None


def check_precision(precision: Any) -> int | None:
    """A number of significant digits; None for all.

    Raises
    ------
    ValueError
        For anything else.
    """
    whole = isinstance(precision, numbers.Integral) and not isinstance(precision, bool)
    if precision is None or (whole and precision >= 1):
        return None if precision is None else int(precision)
    raise ValueError(f"precision is a number of digits, 'short' or None, got {precision!r}")


def useful_columns(X: np.ndarray) -> list[int]:
    """Columns that vary and repeat no earlier column.

    Examples
    --------
    >>> useful_columns(np.array([[1.0, 7.0, 1.0, 4.0], [2.0, 7.0, 2.0, 9.0]]))
    [0, 3]
    """
    seen: set[bytes] = set()
    keep = []
    for j in range(X.shape[1]):
        column = np.ascontiguousarray(X[:, j]) + 0.0  # -0.0 and 0.0 are equal
        if (column == column[0]).all() or column.tobytes() in seen:
            continue
        seen.add(column.tobytes())
        keep.append(j)
    return keep


def merge_rows(
    X: np.ndarray, y: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Merge equal rows into one of their summed weight, in an order of their own.

    So a fit does not depend on the order of the rows, and a whole weight is the
    same as a repetition. Rows of weight zero are left out. The order is that of
    a hash of the rows, which is much quicker to sort by than the rows themselves.

    Returns
    -------
    X, y, weight
        ``weight`` is None if all are equal; otherwise its mean is 1.
    """
    if weight is not None and not weight.all():
        X, y, weight = X[weight > 0], y[weight > 0], weight[weight > 0]
    hashes = np.zeros(len(y), dtype=np.uint64)
    for column in (*X.T, y):
        hashes ^= (column + 0.0).view(np.uint64)  # -0.0 and 0.0 are equal
        hashes *= np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(32)
    order = np.argsort(hashes)
    hashes = hashes[order]
    X, y = X[order], y[order]
    same = np.flatnonzero(hashes[1:] == hashes[:-1])
    same = same[(y[same] == y[same + 1]) & (X[same] == X[same + 1]).all(axis=1)]
    if weight is None and not len(same):
        return X, y, None
    first = np.ones(len(y), dtype=bool)
    first[same + 1] = False
    w = np.ones(len(y)) if weight is None else weight[order]
    summed = np.add.reduceat(w, np.flatnonzero(first))
    equal = np.allclose(summed, summed[0], rtol=1e-12)
    return X[first], y[first], None if equal else summed / summed.mean()
