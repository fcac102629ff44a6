"""SQL: an expression over quoted columns; NULL, or an error, where a step is undefined.

Columns are cast, so that whole numbers are not divided as such.
"""

from __future__ import annotations

from ....errors import ExportError
from ..language import Body, Language

_FUNCTIONS = {
    "sqrt": "SQRT", "exp": "EXP", "log": "LN", "sin": "SIN", "cos": "COS", "tan": "TAN",
    "tanh": "TANH", "sinh": "SINH", "cosh": "COSH", "arcsin": "ASIN", "arccos": "ACOS",
    "arctan": "ATAN", "abs": "ABS", "power": "POWER", "sign": "SIGN", "floor": "FLOOR",
    "ceil": "CEILING",
    "maximum": "(CASE WHEN {0} > {1} THEN {0} WHEN {0} <= {1} THEN {1} END)",
    "minimum": "(CASE WHEN {0} < {1} THEN {0} WHEN {0} >= {1} THEN {1} END)",
}  # fmt: skip


def _column(i: int, name: str) -> str:
    quoted = name.replace('"', '""')
    if "\0" in quoted:
        raise ExportError("a column name with a null character has no place in SQL")
    return f'CAST("{quoted}" AS DOUBLE PRECISION)'


def _assemble(body: Body) -> str:
    return body.result


LANGUAGE = Language(
    name="sql", assemble=_assemble, functions=_FUNCTIONS, column=_column, has_temporaries=False
)
