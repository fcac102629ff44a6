"""Text files: encoding, comments, separator, lines above the table."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence

from ...errors import FileError
from .numerals import is_missing, looks_like_a_number
from .rows import Read, table_of_rows

_SAMPLE = 300  # lines that are looked at
_ABOVE = 60  # lines of other things at most, above the table
_COMMENT = re.compile(r"\s*(?:#|%|//|!)+")
_SEPARATORS = (";", "\t", ",", "|", " ")  # " " is a run of blanks
WORDS = {";": "';' between cells", "\t": "tabs", ",": "CSV", "|": "'|' between cells",
         " ": "blanks between cells"}  # fmt: skip
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip

Line = tuple[int, str]  # number in the file, text


def decode(data: bytes) -> tuple[str, str] | None:
    """The text of a file and its encoding; None where it is no text.

    Examples
    --------
    >>> decode("a;é".encode("latin-1")), decode(bytes([0, 1, 2]))
    (('a;é', 'latin-1'), None)
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding.removesuffix("-sig")
            except UnicodeDecodeError:
                return None
    if b"\0" in data:
        return None
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        try:
            text, encoding = data.decode("cp1252"), "latin-1"
        except UnicodeDecodeError:
            text, encoding = data.decode("latin-1"), "latin-1"
    odd = sum(ord(c) < 32 and c not in "\t\r\n\f\v\x1a" for c in text[:10_000])
    return None if odd > 5 else (text, encoding)


def read_text(
    text: str,
    encoding: str,
    *,
    separator: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
) -> Read:
    """A text as a table.

    Raises
    ------
    FileError
        If it is none; the message says what was seen.
    """
    body, comment = _lines(text)
    if not body:
        raise FileError("the file is empty")
    sample = [line for _, line in body[:_SAMPLE]]
    if separator is None and decimal != "." and _one_column_with_commas(sample):
        separator, decimal = ";", ","
    if separator is None:
        separator = _separator(sample)
    rows, numbers = _split(body, separator)
    width = Counter(map(len, rows[:_SAMPLE])).most_common(1)[0][0]
    seen = [WORDS.get(separator, f"{separator!r} between cells")]
    if encoding != "utf-8":
        seen.append(encoding)
    rows, numbers, skipped = _without_preamble(rows, numbers, width)
    if skipped:
        seen.append(f"{skipped} line{'s' * (skipped > 1)} above the table left out")
    for row, number in zip(rows, numbers, strict=True):
        if len(row) != width:
            raise FileError(
                f"line {number} has {len(row)} cells, the others {width} ({seen[0]}): mend it, or "
                "say what stands between cells by --separator"
            )
    above = None if comment is None else _split([(0, comment)], separator)[0][0]
    if above is not None and any(map(looks_like_a_number, above)):
        above = None  # a remark
    return table_of_rows(
        rows, numbers, seen, header=header, above=above, decimal=decimal, separator=separator
    )


def _lines(text: str) -> tuple[list[Line], str | None]:
    """Lines of a table, and the last comment above them."""
    body: list[Line] = []
    comment = None
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text.rstrip("\x1a\r\n\t ")), 1):
        if match := _COMMENT.match(line):
            if not body:
                comment = line[match.end() :].strip() or comment
        elif line.strip(" \t;,|"):
            body.append((number, line))
    return body, comment


def _separator(sample: Sequence[str]) -> str:
    """What stands between cells: what makes most lines equally long, of numbers."""
    best, which = 0.0, ""
    for separator in _SEPARATORS:
        rows, _ = _split(list(enumerate(sample)), separator)
        width, count = Counter(map(len, rows)).most_common(1)[0]
        if width < 2:
            continue
        cells = [cell for row in rows if len(row) == width for cell in row]
        good = sum(looks_like_a_number(cell) or is_missing(cell) for cell in cells) / len(cells)
        score = good * count / len(rows)
        if score > best + 1e-9:
            best, which = score, separator
    if best > 0.1:
        return which
    numeric = sum(looks_like_a_number(line) for line in sample)
    if 2 * numeric > len(sample) or not any(len(line.split()) > 1 for line in sample):
        return ","  # one column
    raise FileError(f"no table: text whose first line is {_short(sample[0])!r}")


def _one_column_with_commas(sample: Sequence[str]) -> bool:
    """One name above numbers that a comma would cut in two, and that do not number the rows.

    >>> _one_column_with_commas(["t", "2,0", "3,25"]), _one_column_with_commas(["t", "1,7", "2,9"])
    (True, False)
    """
    name, *rows = sample
    cells = [re.fullmatch(r"\s*([+-]?\d+)(,\d+)?\s*", row) for row in rows]
    found = [cell for cell in cells if cell]
    if len(found) < len(cells) or "," in name or looks_like_a_number(name):
        return False
    before = [int(cell[1]) for cell in found]
    numbered = len(before) > 1 and before in ([*range(len(before))], [*range(1, len(before) + 1)])
    return any(cell[2] for cell in found) and not numbered


def _short(line: str) -> str:
    line = line.strip()
    return line if len(line) <= 50 else line[:47] + "..."


def _split(body: list[Line], separator: str) -> tuple[list[list[str]], list[int]]:
    """Cells of each line, and the line in which each row ends."""
    if separator == " ":
        return [line.split() for _, line in body], [number for number, _ in body]
    reader = csv.reader((line + "\n" for _, line in body), delimiter=separator,
                        skipinitialspace=True)  # fmt: skip
    rows, numbers = [], []
    try:
        for row in reader:
            rows.append([cell.strip() for cell in row])
            numbers.append(body[reader.line_num - 1][0])
    except csv.Error as error:
        raise FileError(f"line {body[reader.line_num - 1][0]}: {error}") from error
    return rows, numbers


def _without_preamble(
    rows: list[list[str]], numbers: list[int], width: int
) -> tuple[list[list[str]], list[int], int]:
    """The rows from the first of the usual length on; names one cell too many or few are mended."""
    first = next(i for i, row in enumerate(rows) if len(row) == width)
    if first > _ABOVE:
        return rows, numbers, 0
    above = rows[first - 1] if first else []
    is_data = any(map(looks_like_a_number, rows[first]))
    words = bool(above) and is_data and not any(map(looks_like_a_number, above))
    if words and len(above) == width - 1:  # numbered rows, as R writes them; or a last separator
        last = all(is_missing(row[-1]) for row in rows[first : first + 50])
        mended = [*above, ""] if last else ["", *above]
        return [mended, *rows[first:]], numbers[first - 1 :], first - 1
    if words and len(above) == width + 1 and not above[-1]:
        return [above[:-1], *rows[first:]], numbers[first - 1 :], first - 1
    # "Operator: A, B" has the length of a row by chance; names stand right above the numbers
    data = next((i for i, row in enumerate(rows) if i >= first and len(row) == width
                 and any(map(looks_like_a_number, row))), first)  # fmt: skip
    while first + 1 < min(data, _ABOVE) and any(":" in c or "=" in c for c in rows[first]):
        first += 1
    return rows[first:], numbers[first:], first
