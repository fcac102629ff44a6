"""Names of columns in texts: in backticks where a name would be read as something else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from .idioms import ARITY
from .operators import ALIASES, OPS

QUOTED = re.compile(r"`((?:[^`]|``)*)`")
_BEGINS_A_NUMBER = re.compile(r"\.?\d")
_SIGN = re.compile(r"\*\*|[-+*/(),\s]+")
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def spelled(names: Sequence[str]) -> tuple[str, ...]:
    """Names as texts of laws have them: ``"`2019`"``, and ``"`a/b`"`` beside ``a`` and ``b``.

    Examples
    --------
    >>> spelled(["a", "b", "a/b", "m/s", "2019"])
    ('a', 'b', '`a/b`', 'm/s', '`2019`')
    """
    return _spelled(tuple(map(str, names)))


@lru_cache(maxsize=64)
def _spelled(names: tuple[str, ...]) -> tuple[str, ...]:
    known = {*names, *OPS, *ALIASES, *ARITY, "pi"}
    return tuple(
        "`" + name.replace("`", "``") + "`" if _misread(name, known) else name for name in names
    )


def _misread(name: str, known: set[str]) -> bool:
    """Whether a name begins as a number does, or is a law of other columns and numbers."""
    if not name or name != name.strip() or "`" in name or _BEGINS_A_NUMBER.match(name):
        return True
    if not any(sign in name for sign in "+-*/("):
        return False
    pieces = [piece for piece in _SIGN.split(name) if piece]
    return all(piece in known - {name} or _NUMBER.fullmatch(piece) for piece in pieces)
