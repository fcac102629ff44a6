"""A law as JSON: nested lists, read back without executing anything.

``["add", ["mul", 2.5, "x0"], 1.3]``: a list is an operator and its operands, a number a
constant, a text a column by its position.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from ...errors import ExportError, FileError
from ...expressions.operators import OPS
from ...expressions.text import MAX_DEPTH, to_text
from ...expressions.tree import Node, const, var

FORMAT = "sklearn-trm law"
SCHEMA = 1
_COLUMN = re.compile(r"x(\d{1,6})", re.ASCII)
_MAX_NODES = 20_000


def to_lists(node: Node) -> Any:
    """Nested lists of an expression.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> to_lists(parse("2*sqrt(x1)"))
    ['mul', 2.0, ['sqrt', 'x1']]
    """
    if node.is_const:
        return node.value
    if node.is_var:
        return f"x{node.column}"
    if node.op not in OPS:
        raise ExportError(
            f"the law holds your own operator {str(node.op)!r}; a file holds no code: use pickle"
        )
    return [node.op, *map(to_lists, node.children)]


def from_lists(data: Any, n_columns: int | None = None) -> Node:
    """The expression of nested lists, from anywhere.

    Raises
    ------
    FileError
        If anything in it is not an expression over the columns.
    """
    count = 0

    def read(part: Any, depth: int) -> Node:
        nonlocal count
        count += 1
        if depth > MAX_DEPTH or count > _MAX_NODES:
            raise FileError("the expression is too large")
        if isinstance(part, int | float) and not isinstance(part, bool):
            try:
                value = float(part)
            except OverflowError:
                value = math.inf
            if not math.isfinite(value):
                raise FileError("a constant of the expression is not finite")
            return const(value)
        if isinstance(part, str):
            match = _COLUMN.fullmatch(part)
            if not match or (n_columns is not None and int(match[1]) >= n_columns):
                raise FileError(f"{part[:40]!r} is no column of the table")
            return var(int(match[1]))
        if isinstance(part, list) and part and isinstance(part[0], str):
            op = OPS.get(part[0])
            if op is None:
                raise FileError(f"unknown operator {part[0][:40]!r}")
            if len(part) != op.arity + 1:
                raise FileError(f"{op.name} takes {op.arity} operands, not {len(part) - 1}")
            return Node(op.name, tuple(read(child, depth + 1) for child in part[1:]))
        raise FileError(f"{str(part)[:40]!r} is no expression")

    return read(data, 1)


def json_text(node: Node, names: Sequence[str]) -> str:
    """A law as a JSON text with a schema version."""
    data = {
        "format": FORMAT,
        "schema": SCHEMA,
        "columns": list(names),
        "text": to_text(node),
        "expression": to_lists(node),
    }
    try:
        return json.dumps(data, allow_nan=False)
    except ValueError as error:
        raise FileError("the law holds a constant that is not a finite number") from error


def read_json(text: str, format: str = FORMAT, schema: int = SCHEMA) -> dict[str, Any]:
    """A JSON object of the given format, or a clear error."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileError(f"this is no JSON, or it is damaged: {error}") from error
    if not isinstance(data, dict) or data.get("format") != format:
        raise FileError(f"this is JSON, but no file of the format {format!r}")
    found = data.get("schema")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise FileError("the file names no schema version")
    if found > schema:
        raise FileError(
            f"the file has schema version {found}, this package reads up to {schema}: "
            "install a newer sklearn-trm"
        )
    return data


def law_from_json(text: str) -> tuple[Node, list[str]]:
    """The expression and the column names of a text of `json_text`."""
    data = read_json(text)
    names = data.get("columns")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FileError("the file names no columns")
    return from_lists(data.get("expression"), len(names)), names
