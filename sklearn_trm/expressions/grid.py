"""The answer grid: a law as a complete binary tree of 31 cells, like a small Sudoku.

Cell value = ``[c *] unary(head(left, right))``. Cells stand in heap order (children of
``i`` are ``2i+1`` and ``2i+2``), so a subtree is a set of index ranges, one edit moves
nothing else, and a batch of grids is evaluated in five level passes with static shapes.
A grid of 15 cells is the first 15 cells of a grid of 31.

All batch functions take ``xp`` (numpy or jax.numpy): the NumPy path is the reference
and the CPU workhorse, the JAX path runs inside the jitted training step.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .operators import OPS, VOCABULARY

Array = Any

CELLS = 31
LEVELS = 5
MAX_COLUMNS = 10

# Vocabulary. `arg` hands its left child through: it chains two unaries, e.g. log(sin(x)).
HEADS: tuple[str, ...] = (
    "empty", "const", *(f"x{i}" for i in range(MAX_COLUMNS)),
    "add", "sub", "mul", "div", "pow", "arg",
)  # fmt: skip
UNARIES: tuple[str, ...] = ("id", *VOCABULARY)
HEAD = {name: code for code, name in enumerate(HEADS)}
UNARY_CODE = {name: code for code, name in enumerate(UNARIES)}
EMPTY, CONST, VAR0 = 0, 1, 2
ADD, SUB, MUL, DIV, POW, ARG = (HEAD[h] for h in ("add", "sub", "mul", "div", "pow", "arg"))
N_HEADS, N_UNARIES = len(HEADS), len(UNARIES)

IS_POWER = np.array([False] + [OPS[u].power is not None for u in UNARIES[1:]])
IS_FUNCTION = np.array([False] + [OPS[u].power is None for u in UNARIES[1:]])
HAS_PARITY = np.array([False] + [OPS[u].parity != 0 for u in UNARIES[1:]])


class Grids(NamedTuple):
    """A batch of grids: integer arrays of shape (batch, cells) and their constants.

    ``value`` holds the scale of a scaled cell or the number of a const cell, else 1.
    """

    head: Array
    unary: Array
    scaled: Array
    value: Array

    @property
    def cells(self) -> int:
        return self.head.shape[-1]


def n_levels(cells: int) -> int:
    """Number of levels of a grid with `cells` cells (15 -> 4, 31 -> 5)."""
    return int(cells + 1).bit_length() - 1


def level_slice(level: int) -> slice:
    """The cells of one level, in heap order."""
    return slice(2**level - 1, 2 ** (level + 1) - 1)


def empty_grids(batch: int, cells: int = CELLS) -> Grids:
    """A NumPy batch of empty grids."""
    zeros = np.zeros((batch, cells), dtype=np.int32)
    return Grids(zeros, zeros.copy(), zeros.copy(), np.ones((batch, cells)))
