"""Pair scans: which two rows together explain a target best.

With unit rows r_i orthogonal to the free basis, their Gram matrix C and the
target's correlations c, the best two-row fit has

    R^2_ij = (c_i^2 + c_j^2 - 2 c_i c_j C_ij) / (1 - C_ij^2).

All pairs are scored in one pass that keeps nothing but hits. The compiled
kernel compares without dividing; without numba the same is done in blocks.
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


@functools.cache
def pair_kernel() -> Callable[..., int]:
    """The pair kernel: compiled where numba is installed, NumPy otherwise."""
    run = compiled(_kernel, fastmath={"nnan", "ninf", "contract", "reassoc"}, nogil=True)
    return _kernel_numpy if run is _kernel else run


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
