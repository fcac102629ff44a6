"""The table that a command line means: its file, its columns, its rows."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..output.whole_files import write_whole

if TYPE_CHECKING:
    import pandas as pd

    from ..data.reading import Read

_LEAST_ROWS = 5
_SEPARATORS = {"tab": "\t", "\\t": "\t", "blank": " ", "blanks": " ", "space": " "}


class UsageError(Exception):
    """The command line does not fit: one line, exit code 2."""


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Options of the commands that read a table; what is left out is looked at."""
    group = parser.add_argument_group("how the file is read (seen by itself when left out)")
    group.add_argument("--separator", metavar="SIGN", help="between cells: ; , | tab blank")
    group.add_argument("--decimal", choices=(".", ","), metavar="SIGN",
                       help="decimal mark: a point or a comma")  # fmt: skip
    group.add_argument("--header", choices=("yes", "no"), help="whether the first line holds names")
    group.add_argument("--sheet", metavar="NAME", help="sheet of Excel, by name or number")
    parser.add_argument(
        "--missing", choices=("error", "drop"), default="error",
        help="rows that lack a value: an error (default), or left out",
    )  # fmt: skip
    parser.add_argument(
        "--dates", choices=("error", "days"), default="error",
        help="columns of dates: an error (default), or days since the first",
    )  # fmt: skip


def read_file(args: argparse.Namespace) -> Read:
    """The file of a command line."""
    from ..data.reading import read_table

    separator = args.separator
    if separator is not None:
        separator = _SEPARATORS.get(separator, separator)
        if len(separator) != 1:
            raise UsageError(f"--separator is one sign, tab or blank, got {args.separator!r}")
    header = None if args.header is None else args.header == "yes"
    try:
        return read_table(
            args.file, separator=separator, decimal=args.decimal, header=header, sheet=args.sheet
        )
    except FileNotFoundError:
        raise UsageError(f"there is no file {args.file!r}: check the path") from None
    except OSError as error:
        raise UsageError(f"{args.file!r} cannot be opened: {error.strerror}") from None


def column(frame: pd.DataFrame, word: str, file: str) -> str:
    """A column by its name or its number."""
    names = list(frame.columns)
    if word in names:
        return word
    alike = [name for name in names if name.casefold() == word.casefold()]
    if len(alike) == 1:
        return str(alike[0])
    try:
        return str(names[int(word)])
    except ValueError:
        hint = f"; its columns are {', '.join(names)}"
    except IndexError:
        hint = f": it has {len(names)}, counted from 0"
    raise UsageError(f"{file!r} has no column {word!r}{hint}")


def table_to_fit(args: argparse.Namespace) -> tuple[pd.DataFrame, pd.Series, str]:
    """Columns and target of a file, and how it was read; every problem is one clear line."""
    import pandas as pd

    read = read_file(args)
    file, frame = args.file, read.frame
    target = column(frame, args.target, file)
    words = None if args.columns is None else [w.strip() for w in args.columns.split(",")]
    names = [c for c in frame.columns if c != target]
    if words is not None:
        names = list(dict.fromkeys(column(frame, word, file) for word in words))
    if not names or target in names:
        raise UsageError("the law needs at least one column besides the target")
    if not pd.api.types.is_numeric_dtype(frame[target]):
        raise DataError(f"column {target!r} holds text, but a target must be numbers"
                        + _where(read, target))  # fmt: skip
    _check_numbers(args, read, names)
    used, seen = whole_rows(args, read, [*names, target]), read.seen
    if left := len(frame) - len(used):
        seen += f", {left} row{'s' * (left > 1)} without a value left out"
    if len(used) < _LEAST_ROWS and args.template is None:
        raise DataError(f"{file!r} has {len(used)} rows, a law needs at least {_LEAST_ROWS}")
    return used[names], used[target].astype(float), seen


def row_weights(args: argparse.Namespace, y: pd.Series) -> Any:
    """Weights of rows where `--relative` asks for them."""
    if not args.relative:
        return None
    if (y == 0).any():
        raise DataError(f"--relative needs a target without zeros, {y.name!r} has some")
    return (y.abs().max() / y.to_numpy()) ** 2


def _check_numbers(args: argparse.Namespace, read: Read, names: list[str]) -> None:
    """Raise `DataError` where columns hold neither numbers nor dates that are asked for."""
    import pandas as pd

    from ..data.dates import holds_dates

    texts = [c for c in names if not pd.api.types.is_numeric_dtype(read.frame[c])]
    dated = [c for c in texts if holds_dates(read.frame[[c]])]
    numeric = [c for c in names if c not in texts]
    if dated and args.dates == "error":
        raise DataError(
            f"dates in column {', '.join(map(repr, dated))}: say --dates days for days since the "
            "first"
        )
    if text := [c for c in texts if c not in dated]:
        good = ",".join([*numeric, *dated])
        advice = f"choose with --columns {good}" if good else "none is left"
        shown = ", ".join(map(repr, text))
        raise DataError(f"no numbers in column {shown}{_where(read, text[0])}: {advice}")


def _where(read: Read, name: str) -> str:
    if name not in read.odd:
        return ""
    line, cell = read.odd[name]
    return f" (line {line} holds {cell!r})"


def whole_rows(args: argparse.Namespace, read: Read, names: list[str]) -> pd.DataFrame:
    """The rows that hold a finite value in each of these columns."""
    import numpy as np
    import pandas as pd

    used = read.frame[names]
    lacking = np.column_stack([used[c].isna().to_numpy() for c in names])
    endless = np.column_stack([
        np.isinf(used[c].to_numpy(dtype=float, na_value=np.nan))
        if pd.api.types.is_numeric_dtype(used[c]) else np.zeros(len(used), dtype=bool)
        for c in names
    ])  # fmt: skip
    bad = endless if args.missing == "drop" else lacking | endless
    if bad.any():
        row = int(np.argmax(bad.any(axis=1)))
        which = names[int(np.argmax(bad[row]))]
        raise DataError(
            f"{int(bad.any(axis=1).sum())} rows of {args.file!r} have empty or infinite cells "
            f"(first: line {read.lines[row]}, column {which!r}): fill them, or leave the rows "
            "that lack a value out by --missing drop"
        )
    return used[~lacking.any(axis=1)]


def write_out(path: str | None, content: Any) -> None:
    """Write a text (or bytes) to a file, or to the screen."""
    if path is None:
        print(content, end="" if str(content).endswith("\n") else "\n")
        return
    try:
        write_whole(path, content)
    except OSError as error:
        raise UsageError(f"{path!r} cannot be written: {error.strerror}") from None
