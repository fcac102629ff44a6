"""Rows of cells as a table: header, units, columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .numerals import decimal_mark, first_odd_cell, is_missing, looks_like_a_number, numbers

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Read:
    """A table and how it was read.

    Attributes
    ----------
    frame : DataFrame
        Columns of float64; others stay texts or dates.
    seen : str
        What the file is, in a few words.
    lines : sequence of int
        Line of the file of each row.
    named : bool
        Whether the columns have names of their own.
    odd : dict of str to (int, str)
        Where a column of numbers holds something else: line and cell.
    """

    frame: pd.DataFrame
    seen: str
    lines: Sequence[int]
    named: bool
    odd: dict[str, tuple[int, str]] = field(default_factory=dict)


def table_of_rows(
    rows: list[list[Any]],
    lines: Sequence[int],
    seen: list[str],
    *,
    header: bool | None = None,
    above: list[str] | None = None,
    decimal: str | None = None,
    separator: str | None = None,
) -> Read:
    """A table of rows of equal length.

    Parameters
    ----------
    rows : list of list
        Texts, numbers or dates.
    lines : sequence of int
        Their lines in the file.
    seen : list of str
        What is known of the file; more is added.
    header : bool, optional
        Whether the first row holds names; looked at when omitted.
    above : list of str, optional
        Names from a comment above the rows, where the first row holds none.
    decimal : {".", ","}, optional
        Looked at when omitted.
    separator : str, optional
        Between cells, which says something about commas inside of them.
    """
    import pandas as pd

    first = 0
    if header is None:
        header = has_header(rows)
    if header:
        names, first = [_name(cell) for cell in rows[0]], 1
        if len(rows) > 2 and _is_units(rows[1], rows[2]):
            first = 2
            seen.append("a line of units")
    else:
        fits = above is not None and len(above) == len(rows[0])
        names = list(above) if above is not None and fits else [""] * len(rows[0])
        seen.append("names in a comment" if fits else "no header")
    columns = [list(column) for column in zip(*rows[first:], strict=True)] or [[] for _ in names]
    while len(names) > 1 and not names[-1] and all(map(is_missing, columns[-1])):
        names.pop()  # each line ends with a separator
        columns.pop()
    named = any(names)
    names = _different(names)
    if decimal is None:
        texts = (c for column in columns for c in column if isinstance(c, str))
        decimal = decimal_mark(texts, separator)
    if decimal == ",":
        seen.append("decimal commas")
    found: dict[str, Any] = {}
    odd: dict[str, tuple[int, str]] = {}
    for name, column in zip(names, columns, strict=True):
        values = numbers(column, decimal)
        found[name] = pd.Series(column, dtype=object) if values is None else values
        if values is None:
            found[name] = found[name].map(lambda cell: None if is_missing(cell) else cell)
            i = first_odd_cell(column, decimal)
            if i is not None:
                odd[name] = (lines[first + i], str(column[i]))
    return Read(pd.DataFrame(found), ", ".join(seen), lines[first:], named, odd)


def has_header(rows: list[list[Any]]) -> bool:
    """Whether the first row holds names: words where the rows below hold numbers.

    Examples
    --------
    >>> has_header([["t", "y"], ["1", "2"]]), has_header([["1", "2"], ["3", "4"]])
    (True, False)
    >>> has_header([["red", "1"], ["blue", "4"]])
    False
    """
    first, rest = rows[0], rows[1:50]
    words = [not (looks_like_a_number(cell) or is_missing(cell)) for cell in first]
    for j, is_word in enumerate(words):
        below = [looks_like_a_number(row[j]) for row in rest if not is_missing(row[j])]
        if is_word and below and 2 * sum(below) > len(below):
            return True
    return all(words)


def _is_units(second: list[Any], third: list[Any]) -> bool:
    """Whether a second row holds words, such as units, where the third one holds numbers."""
    numeric = [j for j, cell in enumerate(third) if looks_like_a_number(cell)]
    words = [isinstance(second[j], str) and not looks_like_a_number(second[j]) for j in numeric]
    return bool(words) and all(words) and not all(is_missing(second[j]) for j in numeric)


def _name(cell: Any) -> str:
    if isinstance(cell, float) and cell == cell and cell == int(cell):
        return str(int(cell))  # a year of a spreadsheet
    return "" if cell is None or cell != cell else str(cell).strip()


def _different(names: list[str]) -> list[str]:
    """Names for columns that have none, and no name twice."""
    out: list[str] = []
    for j, name in enumerate(names):
        own, again = name or f"x{j}", 1
        while own in out:
            own, again = f"{name or f'x{j}'}.{again}", again + 1
        out.append(own)
    return out


def table_of_array(array: np.ndarray, seen: str) -> Read:
    """A table of an array of shape (n, d), or of one with named fields."""
    import pandas as pd

    names = list(array.dtype.names or [f"x{j}" for j in range(array.shape[1])])
    columns = [array[n] for n in names] if array.dtype.names else list(array.T)
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    return Read(frame, seen, range(1, len(frame) + 1), array.dtype.names is not None)
