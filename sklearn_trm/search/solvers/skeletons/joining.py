"""Programs put together from others."""

from __future__ import annotations

import numpy as np

from . import programs as P
from .forms import NONE

Array = np.ndarray


def put_together(
    first: tuple[Array, Array, Array], second: tuple[Array, Array, Array], ops: Array
) -> tuple[Array, Array, Array]:
    """Programs of one other or two: codes, lengths and numbers of constants.

    Parameters
    ----------
    first, second : tuple of ndarray
        Codes (B, LENGTH, 4), lengths and numbers of constants; a length of 0 where there is none.
    ops : ndarray of shape (B, w)
        Operations on the first, on the second, that which joins both, and those on all; NONE for
        none.
    """
    (code, long, constants), (other, long_b, more) = first, second
    every = np.arange(len(code))
    out = code.copy()
    n, k, left = long.copy(), constants + more, long - 1
    where = np.zeros(code.shape[:2], dtype=np.int64)
    for i in range(int(long_b.max(initial=0))):
        here = np.flatnonzero(long_b > i)
        line = other[here, i].astype(np.int64)
        is_column = line[:, 0] == P.COLUMN
        same = (out[here, :, 0] == P.COLUMN) & (out[here, :, 1] == line[:, None, 1])
        same &= is_column[:, None]  # a column may be one of the first
        for j in (1, 2):
            line[:, j] = np.where(is_column, line[:, j], where[here, line[:, j]])
        line[:, 3] = np.where(line[:, 0] >= P.SHIFT, line[:, 3] + constants[here], 0)
        line[is_column, 2:] = 0
        there = same.any(1)
        where[here, i] = np.where(there, same.argmax(1), n[here])
        new = here[~there]
        out[new, n[new]] = line[~there]
        n[new] += 1
    right = np.where(long_b > 0, where[every, np.maximum(long_b - 1, 0)], left)
    for i in range(ops.shape[1]):
        here = np.flatnonzero(ops[:, i] != NONE)
        op, at = ops[here, i], (right if i == 1 else left)[here]
        has = op >= P.SHIFT
        out[here, n[here]] = np.column_stack(
            [op, at, right[here] if i == 2 else at, np.where(has, k[here], 0)]
        )
        k[here] += has
        if i != 1:
            left[here] = n[here]
        if i != 0:
            right[here] = n[here]
        n[here] += 1
    return out, n, k
