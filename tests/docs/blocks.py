"""Code blocks of a page: read from Markdown, run in order, their comments checked."""

from __future__ import annotations

import ast
import io
import re
import shlex
import tokenize
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sklearn_trm.cli import main

FENCE = re.compile(
    r"(?:^<!-- file: (?P<file>[\w.-]+) -->\n)?"
    r"^(?P<ticks>```+)(?P<language>[^\n]*)\n(?P<text>.*?)^(?P=ticks)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the file that it is, and its line."""

    language: str
    text: str
    file: str | None
    line: int


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(m["language"], m["text"], m["file"], text.count("\n", 0, m.start("ticks")) + 1)
        for m in FENCE.finditer(text)
    ]


def told(source: str) -> dict[int, object]:
    """Lines that end in a comment that is a value: what a reader expects to see."""
    out: dict[int, object] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            try:
                out[token.start[0]] = ast.literal_eval(token.string[1:].strip())
            except (ValueError, SyntaxError):
                continue  # words
    return out


def same(value: object, expected: object) -> bool:
    """Whether a value is what its comment says; numbers to the digits of the comment."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(expected, float) and isinstance(value, float):
        decimals = len(repr(expected).partition(".")[2])
        return abs(value - expected) <= 0.51 * 10.0**-decimals
    if isinstance(expected, tuple | list) and isinstance(value, tuple | list):
        return len(value) == len(expected) and all(map(same, value, expected))
    if isinstance(expected, dict) and isinstance(value, dict):
        return value.keys() == expected.keys() and all(same(value[k], expected[k]) for k in value)
    return bool(value == expected)


def run_python(block: Block, scope: dict, name: str) -> int:
    """Run a block statement by statement; returns how many comments were checked."""
    expected, checked = told(block.text), 0
    for node in ast.parse(block.text).body:
        where = f"{name}:{block.line + node.lineno}"
        if isinstance(node, ast.Expr):
            kept = ast.Assign([ast.Name("_", ast.Store())], node.value)
            module = ast.fix_missing_locations(ast.Module([ast.copy_location(kept, node)], []))
            exec(compile(module, where, "exec"), scope)
            if node.end_lineno in expected:
                assert same(scope["_"], expected[node.end_lineno]), f"{where}: {scope['_']!r}"
                checked += 1
        else:
            exec(compile(ast.Module([node], []), where, "exec"), scope)
    return checked


def run_shell(block: Block, quicker: list[str]) -> list[str]:
    """Run the lines of `sklearn-trm`, fits with other options; returns the other lines."""
    others = []
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["sklearn-trm"]:
            done = main(words[1:] + (quicker if words[1] in ("fit", "demo") else []))
            assert done == 0, line
        elif words:
            others.append(line.strip())
    return others
