"""Columns of dates and times: refused with advice, or taken as days since the first date.

All columns of a table count from one reference, the earliest date among them, so that
differences of columns are what they seem. Times with a zone are compared in UTC.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DataError

POLICIES = ("error", "days")
_DAY = np.timedelta64(1, "D")
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_ISO = re.compile(r"\s*\d{4}[-/]\d{1,2}([-/]\d{1,2}([T ].*)?)?\s*")
_OTHER = re.compile(  # 31.12.20, 12/31/2020, 31-Dec-2020, Dec 31, 2020
    rf"\s*(\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\d{{1,2}}[. -]*({_MONTHS})[a-z]*[., -]+\d{{2,4}}"
    rf"|({_MONTHS})[a-z]*[. ]+\d{{1,2}}[a-z]*,? +\d{{4}})(\D.*)?",
    re.IGNORECASE,
)
_DOTS = re.compile(r"\s*(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ ,T]+(\d{1,2}:\d{2}\S*))?\s*")  # day first
_CLOCK = re.compile(r"\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*")


@dataclass(frozen=True)
class Dates:
    """Which columns of a table are days, and since when.

    Attributes
    ----------
    origin : str
        The first date of the fit, in ISO 8601; empty where all columns are durations.
    columns : tuple of int
    """

    origin: str
    columns: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.origin:
            np.datetime64(self.origin)  # raises ValueError

    def notes(self, names: Sequence[str]) -> dict[str, str]:
        """The unit of each of the columns.

        Examples
        --------
        >>> Dates("2020-01-01", (1,)).notes(["a", "t"])
        {'t': 'days since 2020-01-01'}
        """
        unit = f"days since {self.origin}" if self.origin else "days"
        return {names[j]: unit for j in self.columns}


def numbers_for_fit(estimator: Any, X: Any, policy: str = "error") -> Any:
    """A table without dates; sets ``dates_`` where there were some.

    Raises
    ------
    ValueError
        For another policy.
    DataError
        For dates under "error", or texts that are dates in an order that they do not say.
    """
    if policy not in POLICIES:
        raise ValueError(f"dates must be 'error' or 'days', got {policy!r}")
    estimator.__dict__.pop("dates_", None)
    found = _dated(X)
    if not found:
        return X
    if policy == "error":
        raise DataError(_advice(X, found))
    instants = {j: v for j, v in found.items() if v.dtype.kind == "M"}
    known = [v[~np.isnat(v)] for v in instants.values()]
    firsts = [v.min() for v in known if len(v)]
    origin = np.datetime_as_string(min(firsts)) if firsts else ""
    origin = re.sub(r"\.0+$", "", str(origin))
    dates = Dates(re.sub(r"T00:00:00$", "", origin), tuple(found))
    estimator.dates_ = dates
    return _put(X, found, dates)


def numbers_for_predict(estimator: Any, X: Any) -> Any:
    """A table without dates, counted from the first date of the fit; numbers are days already.

    Raises
    ------
    DataError
        For dates in a column that held numbers at the fit.
    """
    found = _dated(X)
    if not found:
        return X
    dates: Dates = getattr(estimator, "dates_", Dates("", ()))
    for j in found:
        if j not in dates.columns:
            raise DataError(
                f"column {_name(X, j)!r} holds dates, and held numbers at the fit: fit with "
                "dates='days', or make them the same numbers"
            )
        if found[j].dtype.kind == "M" and not dates.origin:
            raise DataError(f"column {_name(X, j)!r} holds dates, and held durations at the fit")
    return _put(X, found, dates)


def holds_dates(X: Any) -> bool:
    """Whether some column of a table holds dates, also those of which one cannot tell which."""
    try:
        return bool(_dated(X))
    except DataError:
        return True


def check_target(y: Any) -> None:
    """Raise `DataError` for a target of dates."""
    if getattr(getattr(y, "dtype", None), "kind", "O") in "fiub":
        return
    values = y if hasattr(y, "dtype") else _array(y)
    if np.ndim(values) == 1 and _days(values, "y") is not None:
        raise DataError(
            "the target y holds dates: make it numbers, such as days since the first: "
            "(y - y.min()) / pd.Timedelta('1D')"
        )


# ------------------------------------------------------------------ inside


def _advice(X: Any, found: Iterable[int]) -> str:
    names = [_name(X, j) for j in found]
    shown, first = ", ".join(map(repr, names)), names[0]
    return (
        f"dates or times in column{'s' * (len(names) > 1)} {shown}: fit(..., dates='days') takes "
        f"them as days since the first; or make them numbers yourself: t = pd.to_datetime("
        f"df[{first!r}]); df[{first!r}] = (t - t.min()) / pd.Timedelta('1D')"
    )


def _name(X: Any, j: int) -> str:
    return str(list(X.columns)[j]) if hasattr(X, "columns") else f"x{j}"


def _array(X: Any) -> np.ndarray:
    """A list as an array; of no interest if it is none."""
    try:
        return np.asarray(X)
    except ValueError:  # of unequal rows: the check of the data says so
        return np.zeros(0)


def _dated(X: Any) -> dict[int, np.ndarray]:
    """The columns that hold dates (datetime64) or durations (timedelta64), by position."""
    if hasattr(X, "toarray"):
        return {}
    if hasattr(X, "columns"):
        columns: Any = [
            X.iloc[:, j] if hasattr(X, "iloc") else np.asarray(X[name])
            for j, name in enumerate(X.columns)
        ]
    else:
        table = X if isinstance(X, np.ndarray) else _array(X)
        if table.ndim != 2 or table.dtype.kind not in "OUMm":
            return {}
        columns = list(table.T)
    found = {}
    for j, column in enumerate(columns):
        if getattr(column.dtype, "kind", "O") not in "fiub":
            days = _days(column, _name(X, j))
            if days is not None:
                found[j] = days
    return found


def _days(column: Any, name: str) -> np.ndarray | None:
    """A column as datetime64 or timedelta64; None where it holds neither."""
    import pandas as pd

    series = pd.Series(column)
    if isinstance(series.dtype, pd.PeriodDtype):
        series = series.dt.to_timestamp()
    kind = series.dtype.kind
    if kind == "m":
        return np.asarray(series.to_numpy())
    if kind != "M":
        given = series.dropna()
        if given.empty or pd.api.types.is_numeric_dtype(series.dtype):
            return None
        first = given.iloc[0]
        if isinstance(first, datetime.time | datetime.timedelta | np.timedelta64):
            return _durations(series, name)
        if isinstance(first, str):
            if _CLOCK.fullmatch(first):
                return _durations(series, name)
            if _DOTS.fullmatch(first):
                series = series.map(_year_first, na_action="ignore")
                first = str(series.dropna().iloc[0])
            elif _OTHER.fullmatch(first):
                raise DataError(
                    f"column {name!r} holds dates such as {first!r}, whose order a text does not "
                    f"say: df[{name!r}] = pd.to_datetime(df[{name!r}], format='%d.%m.%Y') (or "
                    "'%m/%d/%Y'), then fit(..., dates='days')"
                )
            if not _ISO.fullmatch(first):
                return None
        elif not isinstance(first, datetime.date | np.datetime64):
            return None
        try:
            form = {"format": "ISO8601"} if isinstance(first, str) else {}
            series = pd.to_datetime(series, utc=True, **form)
        except (ValueError, TypeError) as error:
            bad = [v for v in given if type(v) is not type(first)][:1]
            hint = f"beside {bad[0]!r}" if bad else f"({str(error).splitlines()[0]})"
            raise DataError(f"column {name!r} holds dates such as {first!r} {hint}") from error
    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    return np.asarray(series.to_numpy())


def _year_first(text: Any) -> Any:
    """31.12.2020 as 2020-12-31; others as they are."""
    match = _DOTS.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return text
    day, month, year, clock = match.groups()
    days = f"{year}-{int(month):02}-{int(day):02}"
    if clock is None:
        return days
    return f"{days}T0{clock}" if clock[1] == ":" else f"{days}T{clock}"


def _durations(series: Any, name: str) -> np.ndarray:
    """Times of a day and differences of times."""
    import pandas as pd

    def whole(value: Any) -> Any:
        if isinstance(value, datetime.time):
            value = value.isoformat()
        if isinstance(value, str) and value.count(":") == 1:
            return value.strip() + ":00"
        return value

    try:
        return np.asarray(pd.to_timedelta(series.map(whole, na_action="ignore")).to_numpy())
    except (ValueError, TypeError) as error:
        raise DataError(f"column {name!r} holds times, and others: {error}") from error


def _put(X: Any, found: dict[int, np.ndarray], dates: Dates) -> Any:
    """The table with days in the place of dates."""
    import pandas as pd

    days = {}
    for j, values in found.items():
        since = values - np.datetime64(dates.origin) if values.dtype.kind == "M" else values
        days[j] = np.where(np.isnat(since), np.nan, since / _DAY)
    if hasattr(X, "columns"):
        whole = hasattr(X, "iloc")
        out = X.copy() if whole else pd.DataFrame({c: np.asarray(X[c]) for c in X.columns})
        for j, column in days.items():
            out.isetitem(j, column)
        return out
    out = np.array(X, dtype=object)
    for j, column in days.items():
        out[:, j] = column
    return out
