"""A spreadsheet: the formula of one cell. Columns of the table are A, B, ..., its first row is 2.

Where a step is undefined the cell shows an error such as ``#NUM!``. Names of functions are
English, as files hold them.
"""

from __future__ import annotations

from ....errors import ExportError
from ..language import Body, Language, short

_FUNCTIONS = {
    "sqrt": "SQRT", "exp": "EXP", "log": "LN", "sin": "SIN", "cos": "COS", "tan": "TAN",
    "tanh": "TANH", "sinh": "SINH", "cosh": "COSH", "arcsin": "ASIN", "arccos": "ACOS",
    "arctan": "ATAN", "abs": "ABS", "power": "POWER", "log10": "LOG10",
    "arcsinh": "ASINH", "arccosh": "ACOSH", "arctanh": "ATANH", "erf": "ERF", "erfc": "ERFC",
    "sign": "SIGN", "floor": "INT", "ceil": "(-INT(-{0}))", "maximum": "MAX", "minimum": "MIN",
}  # fmt: skip
_LONGEST = 8192
_WIDEST = 16_384


def _column(i: int, name: str) -> str:
    if i >= _WIDEST:
        raise ExportError(f"a sheet has {_WIDEST} columns")
    letters, i = "", i + 1
    while i:
        i, letter = divmod(i - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}2"


def _number(value: float) -> str:
    return short(value).upper()


def _assemble(body: Body) -> str:
    return f"={body.result}"


LANGUAGE = Language(
    name="excel",
    assemble=_assemble,
    functions=_FUNCTIONS,
    number=_number,
    column=_column,
    has_temporaries=False,
    longest=_LONGEST - 1,
)
