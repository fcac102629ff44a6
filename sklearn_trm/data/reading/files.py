"""A file as a table, by what it holds: its first bytes say more than its name."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import FileError
from .rows import Read, table_of_array, table_of_rows
from .text import decode, read_text

_OTHERS = {  # what a file begins with that is no table
    b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document", b"\x1f\x8b": "a gzip archive: unpack it first",
    b"BZh": "a bzip2 archive: unpack it first", b"\xfd7zXZ": "an xz archive: unpack it first",
    b"7z\xbc\xaf": "a 7z archive: unpack it first", b"\x89HDF": "an HDF5 file",
    b"SQLite format 3": "an SQLite database", b"ARROW1": "an Arrow file: save it as Parquet",
    b"MATLAB 5.0": "a MATLAB file: save the table as CSV", b"CDF": "a NetCDF file",
    b"\x7fELF": "a program", b"MZ": "a program", b"\x80\x02": "a pickle, which is never opened",
    b"\x80\x03": "a pickle, which is never opened", b"\x80\x04": "a pickle, which is never opened",
    b"\x80\x05": "a pickle, which is never opened", b"RIFF": "a sound or a film",
}  # fmt: skip
_READ = "tables are read from text (CSV and its kin), Parquet, Excel and npy"


def read_table(
    path: str | Path,
    *,
    separator: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    sheet: str | None = None,
) -> Read:
    """Read a file as a table; what is not said is looked at.

    Parameters
    ----------
    path : str or path-like
        Text with separators (CSV, ``;``, tabs, blanks), Parquet, Excel or npy.
    separator : str, optional
        What stands between the cells of a text; ``" "`` is a run of blanks.
    decimal : {".", ","}, optional
        The decimal mark of a text.
    header : bool, optional
        Whether the first line holds the names of the columns.
    sheet : str, optional
        Name or number of a sheet of Excel; the first one when omitted.

    Raises
    ------
    FileError
        If it is no table; one line says what was seen.
    OSError
        If there is no such file.
    """
    path = Path(path)
    if path.is_dir():
        raise FileError(f"{str(path)!r} is a folder, no file")
    data = path.read_bytes()
    try:
        return _read(path, data, separator, decimal, header, sheet)
    except FileError as error:
        raise FileError(f"{str(path)!r}: {error}") from error


def _read(
    path: Path, data: bytes, separator: str | None, decimal: str | None, header: bool | None,
    sheet: str | None,
) -> Read:  # fmt: skip
    if data.startswith(b"PAR1"):
        return _parquet(path)
    if data.startswith(b"\x93NUMPY"):
        return _npy(path)
    if data.startswith(b"PK\x03\x04") or data.startswith(b"\xd0\xcf\x11\xe0"):
        return _excel(path, data, header, decimal, sheet)
    found = None if data.startswith(b"%PDF") else decode(data)
    if found is None:
        unknown = f"no text: it begins with the bytes {data[:8].hex(' ')}"
        what = next((w for start, w in _OTHERS.items() if data.startswith(start)), unknown)
        raise FileError(f"{what}; {_READ}")
    text, encoding = found
    try:
        return read_text(text, encoding, separator=separator, decimal=decimal, header=header)
    except FileError as error:
        what = {"<": "HTML or XML", "{": "JSON", "[": "JSON"}.get(text.lstrip()[:1], "")
        if what:
            raise FileError(f"it looks like {what}; {_READ}") from error
        raise


def _parquet(path: Path) -> Read:
    import pandas as pd

    try:
        frame = pd.read_parquet(path)
    except ImportError:
        raise FileError("Parquet needs pyarrow: pip install pyarrow") from None
    except (ValueError, OSError) as error:
        raise FileError(f"a damaged Parquet file ({_first_line(error)})") from error
    frame.columns = [str(name) for name in frame.columns]
    return Read(frame.reset_index(drop=True), "Parquet", range(1, len(frame) + 1), True)


def _npy(path: Path) -> Read:
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise FileError(f"an npy file that holds objects, or a damaged one ({error})") from error
    if array.dtype.names is None and (array.ndim != 2 or array.dtype.kind not in "fiub"):
        raise FileError(
            f"an npy file with an array of shape {array.shape} and type {array.dtype}: a table is "
            "one of numbers, of shape (rows, columns)"
        )
    return table_of_array(array.reshape(-1) if array.dtype.names else array, "npy")


def _excel(
    path: Path, data: bytes, header: bool | None, decimal: str | None, sheet: str | None
) -> Read:
    import pandas as pd

    engine = "xlrd"
    if data.startswith(b"PK"):
        try:
            names = zipfile.ZipFile(path).namelist()
        except zipfile.BadZipFile as error:
            raise FileError(f"a damaged archive ({error})") from error
        engine = "odf" if "content.xml" in names else "openpyxl"
        if engine == "openpyxl" and not any(name.startswith("xl/") for name in names):
            raise FileError(f"a zip archive of {', '.join(names[:3])}; unpack it first; {_READ}")
    which: Any = 0 if sheet is None else int(sheet) if sheet.isdigit() else sheet
    try:
        frame = pd.read_excel(path, sheet_name=which, header=None, engine=engine)  # type: ignore[call-overload]
    except ImportError:
        package = "odfpy" if engine == "odf" else engine
        raise FileError(f"such a spreadsheet needs {package}: pip install {package}") from None
    except (ValueError, KeyError, IndexError, OSError) as error:
        raise FileError(f"no such sheet, or damaged ({_first_line(error)})") from error
    frame = frame.dropna(how="all").dropna(how="all", axis=1)
    if frame.empty:
        raise FileError("the sheet is empty; another one is chosen by --sheet")
    rows = frame.astype(object).to_numpy().tolist()
    lines = [int(i) + 1 for i in frame.index]
    while len(rows) > 2 and sum(cell == cell for cell in rows[0]) < min(2, len(rows[0])):
        rows, lines = rows[1:], lines[1:]  # a title above the table
    return table_of_rows(rows, lines, ["a spreadsheet"], header=header, decimal=decimal)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:100]
