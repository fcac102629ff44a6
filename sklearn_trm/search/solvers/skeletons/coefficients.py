"""Coefficients of the terms beside a skeleton: which of them the rows tell, and which are whole."""

from __future__ import annotations

import numpy as np

from ...assemble import solve
from .views import View

Array = np.ndarray

_ERRORS = 2.0  # standard errors that a coefficient may be from what it becomes
_EXACT = 1e-7  # what rounding leaves of one
_HALVES = 2.0
_TURNS, _FARTHEST, _LARGEST = 4, 30.0, 300.0  # of a working response


def _fit(A: Array, t: Array, root: Array) -> tuple[Array, Array]:
    """Coefficients of the rows of `A`, and their standard errors."""
    c, _ = solve(A, t, root)
    B = A * root
    size = np.sqrt(np.einsum("ij,ij->i", B, B))
    size[size == 0] = 1.0
    B = B / size[:, None]
    r = root * (t - c @ A)
    variance = float(r @ r) / max(len(t) - len(c), 1)
    spread = np.diag(np.linalg.pinv(B @ B.T, rcond=1e-13, hermitian=True))
    return c, np.sqrt(np.maximum(variance * spread, 0.0)) / size


def of_logarithm(A: Array, y: Array, root: Array, view: View) -> tuple[Array, Array]:
    """Working response of the logarithm of `y`, and its rows' roots of weights.

    Where errors are as large as values their logarithm is no linear function of them. So they are
    taken about what the terms `A` say, a few times over (J. Nelder and R. Wedderburn, 1972).

    Parameters
    ----------
    A : ndarray of shape (m, n)
    y, root : ndarray of shape (n,)
        Mostly positive values, and square roots of their weights.
    view : View
        Of the logarithm: where it starts.
    """
    response, weight = view.target.values, view.root
    for _ in range(_TURNS):
        c, _ = solve(A, response, weight)
        log_mean = c @ A
        if not np.abs(log_mean).max() <= _LARGEST:
            break  # it runs away
        mean = np.exp(log_mean)
        off = np.clip((y - mean) / mean, -_FARTHEST, _FARTHEST)
        response, weight = log_mean + off, root * mean
    return response, weight


def told(A: Array, t: Array, root: Array, stays: bool = True) -> tuple[list[int], Array]:
    """The rows of `A` whose coefficients are told from zero, and all coefficients of the fit.

    The last row, a level, may stay whatever is told of it.

    Examples
    --------
    >>> x = np.linspace(1, 2, 20)
    >>> kept, c = told(np.array([x, x**2, np.ones(20)]), 3 * x + 1, np.ones(20))
    >>> kept, c.round(6).tolist()
    ([0, 2], [3.0, 0.0, 1.0])
    """
    kept, out = list(range(len(A))), np.zeros(len(A))
    while True:
        c, error = _fit(A[kept], t, root)
        share = np.abs(c) / (_ERRORS * error + 1e-300)
        tiny = np.abs(c) * np.abs(A[kept]).max(axis=1) < 1e-9 * np.abs(t).max()
        share[tiny] = 0.0
        if stays:
            share[-1] = np.inf
        least = int(np.argmin(share)) if len(kept) > 1 + stays else -1
        if least < 0 or share[least] >= 1.0:
            out[kept] = c
            return kept, out
        del kept[least]


def rounded(A: Array, t: Array, root: Array, whole: Array) -> Array:
    """Coefficients of the rows of `A`; those marked `whole` become halves where they may.

    One after the other, the surest first, the others fitted again.

    Examples
    --------
    >>> x = np.linspace(1, 2, 20)
    >>> A = np.array([np.log(x), x, np.ones(20)])
    >>> t = 1.98 * A[0] + 0.7 * A[1] + 0.02 * np.cos(40 * x)
    >>> float(rounded(A, t, np.ones(20), np.array([True, False, False]))[0])
    2.0
    """
    out, free = np.zeros(len(A)), np.ones(len(A), dtype=bool)
    while True:  # once for each row at most
        c, error = _fit(A[free], t - out[~free] @ A[~free], root)
        at = np.flatnonzero(free)
        room = _ERRORS * error + _EXACT
        near = np.where(np.abs(c) < room, 0.0, np.round(_HALVES * c) / _HALVES)
        far = np.abs(c - near) / room
        far[~whole[at]] = np.inf
        k = int(np.argmin(far))
        if not far[k] <= 1.0:
            out[at] = c
            return out
        out[at[k]], free[at[k]] = near[k], False
