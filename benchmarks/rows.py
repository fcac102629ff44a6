"""Rows of a JSONL file: a command that is broken off goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sklearn_trm.output.whole_files import append_line, whole_lines


def read(path: Path) -> list[dict[str, Any]]:
    """Rows of a JSONL file; a line that was cut off is not there."""
    rows = []
    for line in whole_lines(path):
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return rows


def append(path: Path, row: dict[str, Any]) -> None:
    """Add a row; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    append_line(path, json.dumps(row))
