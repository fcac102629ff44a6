"""Least squares whose rows arrive in blocks: what is kept of them does not grow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

Array = np.ndarray

_NOTHING = 1e-150  # size of a column of zeros: its constant has no influence, a huge variance


class Normal(NamedTuple):
    """Normal equations of several settings, columns divided by their `size`.

    ``A`` (S, k, k) is J J^T, ``g`` (S, k) is J r, ``size`` (S, k) the largest slope of each
    constant, ``cost`` (S,) the sum of squares: inf where a value or a slope is undefined.
    """

    A: Array
    g: Array
    size: Array
    cost: Array

    def of(self, index: Array) -> Normal:
        return Normal(*(part[index] for part in self))


def add_rows(before: Normal | None, r: Array, jac: Array, cost: Array) -> Normal:
    """Normal equations with a block more: residuals r (S, n), slopes (S, k, n), costs (S,)."""
    top = np.abs(jac).max(axis=2, initial=0.0)
    # a setting on the edge of the domain may have values but no slope
    cost = np.where(np.isfinite(top).all(axis=1), cost, np.inf)
    size = top if before is None else np.maximum(top, before.size)
    size = np.where(size > 0, size, _NOTHING)
    J = jac / size[:, :, None]
    A, g = J @ J.transpose(0, 2, 1), np.einsum("skn,sn->sk", J, r)
    if before is not None:
        ratio = before.size / size
        A += before.A * ratio[:, :, None] * ratio[:, None, :]
        g += before.g * ratio
        cost = cost + before.cost
    return Normal(A, g, size, cost)


def inverse_normal(normal: Normal) -> Array:
    """Inverse of J J^T of the first setting: the covariance for residuals of variance 1 / n."""
    size = normal.size[0]
    if not (np.isfinite(size).all() and np.isfinite(normal.A[0]).all()):
        return np.full((len(size), len(size)), np.inf)
    norm = np.sqrt(np.einsum("kk->k", normal.A[0]))
    norm[norm == 0.0] = 1.0
    values, vectors = np.linalg.eigh(normal.A[0] / norm[:, None] / norm)
    inverse = (vectors / np.maximum(values, 1e-15)) @ vectors.T
    return np.asarray(inverse / norm[:, None] / norm / size[:, None] / size)


def solve_normal(A: Array, b: Array) -> Array:
    """Solve symmetric systems ``A x = b``: (..., k, k) and (..., k, m); of least norm if singular.

    One singular matrix of a stack would be an error for all of them. Undefined ones give nan.

    Examples
    --------
    >>> solve_normal(np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[2.0], [2.0]])).ravel()
    array([1., 1.])
    """
    try:
        return np.asarray(np.linalg.solve(A, b))
    except np.linalg.LinAlgError:
        defined = np.isfinite(A).all(axis=(-2, -1), keepdims=True)
        inverse = np.linalg.pinv(np.where(defined, A, 0.0), hermitian=True)
        return np.asarray(np.where(defined, inverse @ b, np.nan))


class Rows:
    """A least-squares problem whose rows arrive in blocks; only a triangle is kept."""

    def __init__(self) -> None:
        self._rows: Array | None = None

    def add(self, columns: Array, goal: Array) -> None:
        """More rows: `columns` (k, n) and what they shall give (n,)."""
        new = np.vstack([columns, goal]).T
        if self._rows is None:
            self._rows = new
        elif np.isfinite(new).all() and np.isfinite(self._rows).all():
            self._rows = np.asarray(np.linalg.qr(np.vstack([self._rows, new]), mode="r"))
        else:
            self._rows = np.full((1, new.shape[1]), np.nan)

    def solve(self, rcond: float) -> Array:
        """The solution (k,); nan where rows are undefined."""
        assert self._rows is not None
        A, b = self._rows[:, :-1], self._rows[:, -1]
        if not np.isfinite(self._rows).all():
            return np.full(A.shape[1], np.nan)
        size = np.abs(A).max(axis=0)
        size[size == 0.0] = 1.0
        return np.asarray(np.linalg.lstsq(A / size, b, rcond=rcond)[0]) / size


def damped_step(normal: Normal, damping: Array) -> Array:
    """Solve ``(A + damping * diag(A)) step = -J r`` for all settings."""
    A = normal.A.copy()
    diagonal = np.einsum("skk->sk", A)
    diagonal += diagonal * damping[:, None] + 1e-300
    return solve_normal(A, -normal.g[:, :, None])[:, :, 0] / normal.size
