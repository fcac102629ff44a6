"""Pair and triple scans: which few rows together explain a target best.

With unit rows r_i orthogonal to the free basis, their Gram matrix C and the
target's correlations c, the best two-row fit has

    R^2_ij = (c_i^2 + c_j^2 - 2 c_i c_j C_ij) / (1 - C_ij^2).

All pairs are scored in one pass that keeps nothing but hits. The compiled
kernel compares without dividing; without numba the same is done in blocks.
A triple is a pair seen after its first row has been projected out of all others.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from .compiling import compiled

_MIN_DET = 1e-6


def _kernel(C, c, cols, loss, buf_i, buf_j, buf_e):  # pragma: no cover - compiled
    """Collect pairs (i, j > i) whose 1 - R^2 is below `loss`; stop at a full buffer."""
    n = 0
    k = C.shape[0]
    keep = 1.0 - loss
    for i in range(k):
        ci = c[i]
        ci2 = ci * ci
        for j in range(i + 1, cols):
            g = C[i, j]
            den = 1.0 - g * g
            cj = c[j]
            num = ci2 + cj * cj - 2.0 * ci * cj * g
            if num > keep * den and den > 1e-6:
                if n == len(buf_i):
                    return -1
                buf_i[n] = i
                buf_j[n] = j
                buf_e[n] = 1.0 - num / den
                n += 1
    return n


def _kernel_numpy(C, c, cols, loss, buf_i, buf_j, buf_e):
    n = 0
    keep = 1.0 - loss
    c2 = c * c
    for start in range(0, len(C), 256):
        g = C[start : start + 256, :cols]
        den = 1.0 - g * g
        ci = c[start : start + 256, None]
        num = ci * ci + c2[None, :cols] - 2.0 * ci * c[None, :cols] * g
        i, j = np.nonzero((num > keep * den) & (den > _MIN_DET))
        up = j > i + start
        i, j = i[up], j[up]
        if n + len(i) > len(buf_i):
            return -1
        s = slice(n, n + len(i))
        buf_i[s], buf_j[s], buf_e[s] = i + start, j, 1.0 - num[i, j] / den[i, j]
        n += len(i)
    return n


def _triple_kernel(C, c, loss, least, buf, buf_e):  # pragma: no cover - compiled
    """Collect triples (i < j < k) whose 1 - R^2 is below `loss`; stop at a full buffer."""
    n = 0
    size = C.shape[0]
    keep = 1.0 - loss
    for i in range(size - 2):
        for j in range(i + 1, size - 1):
            g = C[i, j]
            den = 1.0 - g * g
            if den < least:
                continue
            a = (c[i] - g * c[j]) / den
            b = (c[j] - g * c[i]) / den
            most = keep - (a * c[i] + b * c[j])  # what the third row has to add
            hits = 0
            for k in range(j + 1, size):
                p, q = C[i, k], C[j, k]
                rest = c[k] - a * p - b * q
                room = den - (p * p + q * q - 2.0 * g * p * q)
                hits += (rest * rest * den > most * room) & (room > least * den)
            if hits == 0:
                continue
            for k in range(j + 1, size):
                p, q = C[i, k], C[j, k]
                rest = c[k] - a * p - b * q
                room = den - (p * p + q * q - 2.0 * g * p * q)
                if rest * rest * den > most * room and room > least * den:
                    if n == len(buf_e):
                        return -1
                    buf[n, 0], buf[n, 1], buf[n, 2] = i, j, k
                    buf_e[n] = loss + most - rest * rest * den / room
                    n += 1
    return n


def _triple_kernel_numpy(C, c, loss, least, buf, buf_e):
    n = 0
    keep = 1.0 - loss
    for i in range(len(C) - 2):
        rows, b = C[i + 1 :, i + 1 :], C[i, i + 1 :]
        size = 1.0 - b * b
        ok = np.flatnonzero(size > least)
        root = np.sqrt(size[ok])
        rest = (c[i + 1 :][ok] - b[ok] * c[i]) / root
        gram = (rows[np.ix_(ok, ok)] - np.outer(b[ok], b[ok])) / np.outer(root, root)
        den = 1.0 - gram * gram
        num = rest[:, None] ** 2 + rest[None, :] ** 2 - 2.0 * rest[:, None] * rest * gram
        j, k = np.nonzero(np.triu((num > (keep - c[i] ** 2) * den) & (den > least), 1))
        if n + len(j) > len(buf_e):
            return -1
        s = slice(n, n + len(j))
        buf[s, 0], buf[s, 1], buf[s, 2] = i, ok[j] + i + 1, ok[k] + i + 1
        buf_e[s] = 1.0 - c[i] ** 2 - num[j, k] / den[j, k]
        n += len(j)
    return n


@functools.cache
def pair_kernel() -> Callable[..., int]:
    """The pair kernel: compiled where numba is installed, NumPy otherwise."""
    return _compiled(_kernel, _kernel_numpy)


@functools.cache
def triple_kernel() -> Callable[..., int]:
    """The triple kernel, as `pair_kernel`."""
    return _compiled(_triple_kernel, _triple_kernel_numpy)


def _compiled(kernel: Callable[..., int], plain: Callable[..., int]) -> Callable[..., int]:
    run = compiled(kernel, fastmath={"nnan", "ninf", "contract", "reassoc"}, nogil=True)
    return plain if run is kernel else run


def best_pairs(
    C: np.ndarray, c: np.ndarray, count: int, loss: float, buffer: int = 20000
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The `count` pairs with the smallest ``1 - R^2`` below `loss`.

    Parameters
    ----------
    C : ndarray of shape (k, k)
        Gram matrix of the unit rows.
    c : ndarray of shape (k,)
        Correlations of the unit target with the rows.
    count : int
        How many pairs to return at most.
    loss : float
        Largest ``1 - R^2`` of interest.

    Returns
    -------
    i, j, loss : ndarray
        Sorted by loss.
    """
    run = pair_kernel()
    i, j = np.empty(buffer, dtype=np.int32), np.empty(buffer, dtype=np.int32)
    e = np.empty(buffer, dtype=C.dtype)
    n = -1
    for _ in range(12):
        n = run(C, c, len(C), C.dtype.type(loss), i, j, e)
        if n >= 0:
            break
        # a full buffer: its best tenth tells how far down to go
        loss = min(float(np.quantile(e, 0.1)), 0.9 * loss)
    if n <= 0:
        return i[:0], j[:0], e[:0]
    order = np.argsort(e[:n], kind="stable")[:count]
    return i[order], j[order], e[order]


def best_triples(
    C: np.ndarray, c: np.ndarray, count: int, loss: float, buffer: int = 4000
) -> tuple[np.ndarray, np.ndarray]:
    """The `count` triples of rows with the smallest ``1 - R^2`` below `loss`.

    Parameters are those of `best_pairs`.

    Returns
    -------
    rows : ndarray of shape (m, 3)
    loss : ndarray of shape (m,)
        Sorted by loss.
    """
    run = triple_kernel()
    rows, e = np.empty((buffer, 3), dtype=np.int32), np.empty(buffer)
    for dtype, least in ((np.float32, 1e-4), (np.float64, 1e-6)):
        C, c = C.astype(dtype), c.astype(dtype)
        for step in range(2):
            # float32 cannot tell losses below 1e-6 apart
            n = run(C, c, dtype(loss * 0.01**step), dtype(least), rows, e)
            if n >= 0:
                order = np.argsort(e[:n], kind="stable")[:count]
                return rows[order], e[order]
        loss *= 1e-5
    return rows[:0], e[:0]
