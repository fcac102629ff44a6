"""Skeletons put together from others, and told apart by their numbers, compiled."""

from __future__ import annotations

import math

import numpy as np

from ...compiling import compiled
from ...kernels import dot
from . import programs as P

_LEAST = 8  # values of the column that a skeleton needs
_HUGE = 1e12
_TOLD = 1e-7  # share of its slope that a constant must move alone
_SHIFT, _POWER, _WEIGHTED, _COLUMN, _NOTHING = P.SHIFT, P.POWER, P.WEIGHTED, P.COLUMN, P.NOTHING


@compiled
def put_together(first, long_a, k_a, second, long_b, k_b, ops, out):  # pragma: no cover
    """A program of one or two others: `ops` are (before, before, join, chain...), -1 for none.

    Returns its length, 0 where it is too long, and the number of its constants.
    """
    if long_a + long_b + len(ops) > len(out):
        return 0, 0
    for i in range(long_a):
        for j in range(4):
            out[i, j] = first[i, j]
    n, k, left = long_a, k_a, long_a - 1
    right = left
    if long_b:
        where = np.empty(long_b, dtype=np.int64)
        for i in range(long_b):
            where[i] = n
            out[n, 0], out[n, 1], out[n, 2], out[n, 3] = second[i, 0], second[i, 1], 0, 0
            if second[i, 0] == _COLUMN:
                for j in range(n):  # which may be one of the first
                    if out[j, 0] == _COLUMN and out[j, 1] == second[i, 1]:
                        where[i] = j
            else:
                for j in range(1, 3):
                    out[n, j] = where[second[i, j]]
                if second[i, 0] >= _SHIFT:
                    out[n, 3] = second[i, 3] + k_a
            if where[i] == n:
                n += 1
        right = where[long_b - 1]
        k += k_b
    for i in range(len(ops)):
        if ops[i] < 0:
            continue
        at = left if i != 1 else right
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = ops[i], at, right if i == 2 else at, 0
        if ops[i] >= _SHIFT:
            out[n, 3] = k
            k += 1
        if i != 1:
            left = n
        if i != 0:
            right = n
        n += 1
    return n, k


@compiled
def _usable(code, length, count, x, u, R, D, moves, use):  # pragma: no cover - compiled
    """Marks where a skeleton and its slopes have values; a number for the places, 0 for too few."""
    c = np.zeros(max(count, 1))
    P.start(code, length, x, u, c, R)
    P.slopes(code, length, count, c, R, D, moves)
    last = length - 1
    good, places = 0, 1
    for i in range(x.shape[1]):
        fine = np.isfinite(R[last, i]) and abs(R[last, i]) < _HUGE
        for j in range(count):
            fine = fine and (not moves[last, j] or np.isfinite(D[last, j, i]))
        use[i] = 1.0 if fine else 0.0
        if fine:
            good += 1
        places = (places * 31 + (i if fine else 0)) % 1009
    return places + 1 if good >= _LEAST else 0


@compiled
def _freed(Q, j):  # pragma: no cover - compiled
    """Frees row j of those before it; False where nothing is left."""
    before = math.sqrt(dot(Q[j], Q[j]))
    for _ in range(2):
        for m in range(j):
            share = dot(Q[m], Q[j])
            for i in range(Q.shape[1]):
                Q[j, i] -= share * Q[m, i]
    after = math.sqrt(dot(Q[j], Q[j]))
    if not after > _TOLD * before:
        return False
    for i in range(Q.shape[1]):
        Q[j, i] /= after
    return True


@compiled
def _signature(code, length, count, x, u, probe, R, D, moves, Q, out):  # pragma: no cover
    """Two numbers that are equal for equal skeletons, up to scale and level; False for no skeleton.

    That is one without values, or one whose constants are not told apart.
    """
    use = np.empty(x.shape[1])
    places = _usable(code, length, count, x, u, R, D, moves, use)
    if places == 0:
        return False
    for j in range(count + 2):
        for i in range(x.shape[1]):
            Q[j, i] = 0.0
            if use[i] > 0.0:
                if j == 0:
                    Q[j, i] = 1.0
                elif j == 1:
                    Q[j, i] = R[length - 1, i]
                elif moves[length - 1, j - 2]:
                    Q[j, i] = D[length - 1, j - 2, i]
        if not _freed(Q, j):
            return False
    sign, most = 1.0, 0.0
    for i in range(x.shape[1]):
        if abs(Q[1, i]) > most + 1e-6:
            most, sign = abs(Q[1, i]), 1.0 if Q[1, i] > 0.0 else -1.0
    for r in range(2):
        out[r] = sign * dot(Q[1], probe[r]) + places
    return True


def signature(column, x, u, probe):
    """The signature of a column itself."""
    most, n, out = len(u) // 2, x.shape[1], np.empty(2)
    _signature(
        column, 1, 0, x, u, probe, np.empty((1, n)), np.empty((1, most, n)),
        np.zeros((1, most), dtype=np.bool_), np.empty((most + 2, n)), out,
    )  # fmt: skip
    return out


@compiled
def measured(rows, ops, codes, lengths, counts, x, u, probe, new, out):  # pragma: no cover
    """Programs of candidates (form, first, second): lengths, constants and signatures in `out`."""
    n, most = x.shape[1], len(u) // 2
    R, D = np.empty((new.shape[1], n)), np.empty((new.shape[1], most, n))
    moves = np.zeros((new.shape[1], most), dtype=np.bool_)
    Q, mark = np.empty((most + 2, n)), np.empty(2)
    for r in range(len(rows)):
        f, a, b = rows[r, 0], rows[r, 1], rows[r, 2]
        out[r, 0] = 0.0
        long_b, k_b = (lengths[b], counts[b]) if b >= 0 else (0, 0)
        length, k = put_together(
            codes[a], lengths[a], counts[a], codes[b], long_b, k_b, ops[f], new[r]
        )
        if length == 0 or k > most:
            continue
        if _signature(new[r], length, k, x, u, probe, R, D, moves, Q, mark):
            out[r, 0], out[r, 1], out[r, 2], out[r, 3] = length, k, mark[0], mark[1]


@compiled
def take_apart(code, length, terms):  # pragma: no cover - compiled
    """Takes the sum at the end of a program apart: its `terms`, whose weights are projected out.

    Returns how many terms and constants there are; no terms where `terms` cannot hold them.
    """
    count, k = 1, 0
    terms[0] = length - 1
    while k < count:
        r = terms[k]
        if code[r, 0] != _WEIGHTED:
            k += 1
            continue
        if count == len(terms):
            return 0, 0
        terms[k], terms[count] = code[r, 1], code[r, 2]
        code[r, 0] = _NOTHING
        count += 1
    kept = 0
    for i in range(length):
        if _SHIFT <= code[i, 0] < _COLUMN:
            code[i, 3] = kept
            kept += 1
    return count, kept
