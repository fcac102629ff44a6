"""Numbers as people write them: decimal commas, thousands marks, words for missing values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...errors import FileError

MISSING = frozenset((
    "", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "null", "none", "nil", "-", "--", "---",
    "?", ".", "*", "missing", "nd", "n.d.", "#div/0!", "#value!",
))  # fmt: skip
_GROUPS = re.compile(r"(?<=\d)[ '\u2019\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_EXPONENT = r"(?:[eEdD][+-]?\d+)?"
_NUMBER = {
    mark: re.compile(
        rf"[+-]?(?:\d{{1,3}}(?:{re.escape(other)}\d{{3}})+|\d+)?(?:{re.escape(mark)}\d*)?{_EXPONENT}"
    )
    for mark, other in ((".", ","), (",", "."))
}
_WORDS = re.compile(r"[+-]?(?:inf|infinity)", re.IGNORECASE)
_LIKE = re.compile(rf"[+-]?(?:\d[\d.,'\u00a0]*\d|\d|[.,]\d+|\d+[.,]){_EXPONENT}")
# What a cell says about the marks of its file.
_COMMA_IS_DECIMAL = re.compile(
    rf"[+-]?(?:\d*,(?!\d{{3}}\Z)\d*|\d{{4,}},\d*|0*,\d*|\d{{1,3}}(?:\.\d{{3}})+,\d*"
    rf"|\d*,\d+[eEdD][+-]?\d+){_EXPONENT}"
)
_COMMA_IS_GROUP = re.compile(rf"[+-]?\d{{1,3}}(?:(?:,\d{{3}})+\.\d*|(?:,\d{{3}}){{2,}}){_EXPONENT}")
_COMMA_OPEN = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_DOT_IS_GROUP = re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,}")
_DOT_IS_DECIMAL = re.compile(rf"[+-]?(?:\d*\.(?!\d{{3}}\Z)\d*|\d{{4,}}\.\d*|0*\.\d*){_EXPONENT}")


def is_missing(cell: Any) -> bool:
    """Whether a cell says that there is no value."""
    return cell is None or cell != cell or (isinstance(cell, str) and _bare(cell) in MISSING)


def _bare(cell: str) -> str:
    return cell.strip().casefold()


def looks_like_a_number(cell: Any) -> bool:
    """Whether a cell is a number under some convention.

    Examples
    --------
    >>> [looks_like_a_number(cell) for cell in ("1,5", "-1'234.5e3", "5;2", "a1")]
    [True, True, False, False]
    """
    if not isinstance(cell, str):
        return isinstance(cell, int | float | np.number) and not isinstance(cell, bool)
    cell = cell.strip().replace("\u2212", "-")
    return bool(_LIKE.fullmatch(cell) or _WORDS.fullmatch(cell))


def decimal_mark(cells: Iterable[str], separator: str | None) -> str:
    """The decimal mark of a file, by all its cells.

    Raises
    ------
    FileError
        If both marks are decimal somewhere, or nothing tells what ``1,234`` means.

    Examples
    --------
    >>> decimal_mark(["1.234,5", "7"], ";"), decimal_mark(["1,234", "0.5"], "\\t")
    (',', '.')
    """
    cells = [cell for cell in cells if "," in cell or "." in cell]
    if not any("," in cell for cell in cells):  # a single point is a decimal one
        cells = [cell for cell in cells if cell.count(".") > 1]
    seen: dict[str, str] = {}
    for cell in cells:
        if any(c.isdigit() for c in cell):
            bare = _GROUPS.sub("", cell.strip().replace("\u2212", "-"))
            for kind, form in (
                ("comma", _COMMA_IS_DECIMAL), ("grouped", _COMMA_IS_GROUP), ("open", _COMMA_OPEN),
                ("dots", _DOT_IS_GROUP), ("dot", _DOT_IS_DECIMAL),
            ):  # fmt: skip
                if form.fullmatch(bare):
                    seen.setdefault(kind, cell.strip())
                    break
    english = seen.get("grouped") or seen.get("dot")
    if "comma" in seen and english:
        raise FileError(
            f"{seen['comma']!r} has a decimal comma and {english!r} a decimal point: say which by "
            "--decimal"
        )
    if "comma" in seen:
        return ","
    if english:
        return "."
    if "open" in seen and separator not in (",", ";"):
        raise FileError(
            f"{seen['open']!r} may be a thousand or a decimal: say --decimal . or --decimal ,"
        )
    return "," if "dots" in seen or ("open" in seen and separator == ";") else "."


def numbers(cells: Sequence[Any], mark: str) -> np.ndarray | None:
    """A column as float64, nan where it is missing; None where a cell is something else."""
    plain = mark == "."
    out = np.empty(len(cells))
    for i, cell in enumerate(cells):
        value = _number(cell, mark, plain)
        if value is None:
            return None
        out[i] = value
    return out


def _number(cell: Any, mark: str, plain: bool = False) -> float | None:
    if not isinstance(cell, str):
        if is_missing(cell):
            return np.nan
        return float(cell) if looks_like_a_number(cell) else None
    if plain:
        try:
            return float(cell) if "_" not in cell else None
        except ValueError:
            pass
    if _bare(cell) in MISSING:
        return np.nan
    bare = _GROUPS.sub("", cell.strip().replace("\u2212", "-"))
    if _WORDS.fullmatch(bare):
        return float(bare)
    if not _NUMBER[mark].fullmatch(bare) or not re.match(r"[+-]?[.,]?\d", bare):
        return None
    bare = bare.replace("," if mark == "." else ".", "").replace(mark, ".")
    return float(re.sub("[dD]", "e", bare))


def first_odd_cell(cells: Sequence[Any], mark: str) -> int | None:
    """Row of the first cell that is no number where most are; None where most are none."""
    odd = [i for i, cell in enumerate(cells) if _number(cell, mark) is None]
    return odd[0] if odd and 2 * len(odd) < len(cells) else None
