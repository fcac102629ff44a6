"""What the network sees of a table: scale-free features per row and per column.

The same code runs in NumPy (one fit: nothing to compile) and in JAX (a training step).

Scales are divided out, never shifted, so products stay products. A column's features are
its correlations with transforms of the target: a power law, a sine or a product shows up
as a correlation of exactly 1, which a tiny network reads off instead of learning it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = Any  # numpy.ndarray or jax.Array

POINT_COLUMN = 2  # features of one column on one row
POINT_TARGET = 6
COLUMN_SINGLE = 201  # features of one column
COLUMN_PAIR = 30  # features of a pair of columns
GLOBAL = 12


class Features(NamedTuple):
    """``points`` (b, n, v, 2), ``targets`` (b, n, 6), ``column`` (b, v, q), ``pair`` (b, v, v, p),
    ``overall`` (b, g), ``mask`` (b, n), ``columns`` (b, v); ``views`` (b, w) where a model reads
    them (`network.views`)."""

    points: Array
    targets: Array
    column: Array
    pair: Array
    overall: Array
    mask: Array
    columns: Array
    views: Array | None = None


def _mean(a: Array, m: Array, xp: Any) -> Array:
    return (a * m).sum(-1) / xp.maximum(m.sum(-1), 1.0)


def _standardise(a: Array, m: Array, xp: Any) -> Array:
    """Zero mean, unit norm over the rows in use; rows last."""
    a = xp.where(m > 0, xp.nan_to_num(a, nan=0.0, posinf=1e9, neginf=-1e9), 0.0)
    a = a / (xp.abs(a).max(-1, keepdims=True) + 1e-30)
    a = (a - _mean(a, m, xp)[..., None]) * m
    norm = xp.sqrt((a * a).sum(-1, keepdims=True))
    return xp.where(norm > 1e-6, a / xp.maximum(norm, 1e-6), 0.0)


def _sharp(c: Array, xp: Any) -> Array:
    """Correlations and how close they are to +-1, on a log scale."""
    return xp.concatenate([c, -xp.log1p(-xp.minimum(c * c, 1 - 1e-6)) / 7.0], -1)


def _regress(A: Array, t: Array, xp: Any) -> tuple[Array, Array]:
    """Least squares of t (b, n) on standardised columns A (b, v, n): coefficients, residual."""
    gram = xp.einsum("bvn,bwn->bvw", A, A) + 1e-5 * xp.eye(A.shape[1])
    coef = xp.linalg.solve(gram, xp.einsum("bvn,bn->bv", A, t)[..., None])[..., 0]
    return coef, t - xp.einsum("bv,bvn->bn", coef, A)


def problem_features(
    X: Array, y: Array, y_hat: Array, mask: Array, columns: Array, xp: Any = np
) -> Features:
    """Features of a batch of problems.

    Parameters
    ----------
    X : array of shape (b, n, v)
    y, y_hat : arrays of shape (b, n)
        Target and prediction of the last answer (0 when there is none).
    mask : bool array of shape (b, n)
        Rows in use.
    columns : bool array of shape (b, v)
        Columns in use.
    xp : module
        numpy or jax.numpy.
    """
    m = mask.astype(X.dtype)
    count = xp.maximum(m.sum(-1), 1.0)
    X = xp.where(mask[..., None] & columns[:, None], X, 0.0)
    y, y_hat = xp.where(mask, y, 0.0), xp.where(mask, y_hat, 0.0)
    x_scale = xp.abs(X).sum(1) / count[:, None] + 1e-30
    y_scale = xp.abs(y).sum(-1, keepdims=True) / count[:, None] + 1e-30
    xn, yn, hn = X / x_scale[:, None], y / y_scale, y_hat / y_scale
    hn = xp.clip(hn, -1e3, 1e3)
    r = yn - hn
    r_rms = xp.sqrt(_mean(r * r, m, xp))[:, None] + 1e-7
    rn = r / r_rms

    def log(a: Array) -> Array:
        return xp.log(xp.abs(a) + 1e-4)

    points = xp.stack([xp.arcsinh(xn), log(xn) / 3], -1) * m[..., None, None]
    targets = xp.stack(
        [xp.arcsinh(yn), log(yn) / 3, xp.arcsinh(hn), log(hn) / 3, xp.arcsinh(rn), log(rn) / 3], -1
    )
    targets = targets * m[..., None]

    # transforms of the target, rows last
    mv = m[:, None]
    Xt = xp.swapaxes(X, 1, 2)
    xt = xp.swapaxes(xn, 1, 2)
    sy, sl = _standardise(yn, m, xp), _standardise(log(yn), m, xp)
    lin, lin_rest = _regress(_standardise(xt, mv, xp), sy, xp)
    pow_, pow_rest = _regress(_standardise(log(xt), mv, xp), sl, xp)
    lin_r2, pow_r2 = 1 - (lin_rest**2).sum(-1), 1 - (pow_rest**2).sum(-1)
    log_x_norm = xp.sqrt(_mean((log(xt) - _mean(log(xt), mv, xp)[..., None]) ** 2, mv, xp)) + 1e-3
    log_y_norm = xp.sqrt(_mean((log(yn) - _mean(log(yn), m, xp)[..., None]) ** 2, m, xp)) + 1e-3
    exponent = xp.clip(pow_ * log_y_norm[:, None] / log_x_norm, -6, 6)
    inverse = 1 / xp.where(xp.abs(yn) < 1e-4, 1e-4, yn)
    T = xp.stack(
        [sy, sl, _standardise(inverse, m, xp), _standardise(yn**2, m, xp),
         _standardise(lin_rest, m, xp), _standardise(pow_rest, m, xp), _standardise(rn, m, xp),
         _standardise(log(rn), m, xp)], 1
    )  # fmt: skip
    raw = xp.clip(Xt, -30, 30)
    safe = xp.where(xp.abs(xt) < 1e-4, 1e-4, xt)
    basis = xp.stack(
        [xt, xt**2, xt**3, 1 / safe, log(xt), xp.sqrt(xp.abs(xt)), xp.exp(raw), xp.exp(-raw),
         xp.sin(Xt), xp.cos(Xt), xp.tanh(Xt), xp.exp(-(raw**2) / 2)], 2
    )  # fmt: skip
    basis = _standardise(basis, mv[:, :, None], xp)
    single = xp.einsum("bvfn,btn->bvft", basis, T).reshape(*X.shape[::2], -1)
    xi, xj = xt[:, :, None], xt[:, None]
    ri, rj = Xt[:, :, None], Xt[:, None]
    pairs = xp.stack([xi * xj, xi / xp.where(xp.abs(xj) < 1e-4, 1e-4, xj), (ri - rj) ** 2], 3)
    pairs = _standardise(pairs, mv[:, :, None, None], xp)
    few = xp.stack([T[:, 0], T[:, 1], T[:, 4], T[:, 5], T[:, 6]], 1)
    pair = _sharp(xp.einsum("bvwfn,btn->bvwft", pairs, few).reshape(*pairs.shape[:3], -1), xp)

    nonneg = (Xt >= 0).all(-1).astype(X.dtype)
    column = xp.concatenate(
        [_sharp(single, xp), xp.stack(
            [lin, exponent, xp.abs(exponent - xp.round(exponent * 2) / 2), xp.log(x_scale) / 3,
             nonneg, xp.clip(log_x_norm, 0, 5), xp.abs(Xt).max(-1) / x_scale / 5,
             (xp.abs(Xt) <= 1).all(-1).astype(X.dtype), xp.ones_like(nonneg)], -1)], -1
    )  # fmt: skip
    column = xp.where(columns[..., None], column, 0.0)
    pair = xp.where((columns[:, :, None] & columns[:, None])[..., None], pair, 0.0)

    def sharp_r2(r2: Array) -> Array:
        return -xp.log(xp.clip(1 - r2, 1e-6, 1.0)) / 7.0

    has_answer = (xp.abs(y_hat).max(-1) > 0).astype(X.dtype)
    overall = xp.stack(
        [lin_r2, sharp_r2(lin_r2), pow_r2, sharp_r2(pow_r2), xp.log(y_scale[:, 0]) / 5,
         (y > 0).sum(-1) / count, xp.clip(log_y_norm, 0, 5), xp.log(r_rms[:, 0]) / 5, has_answer,
         xp.log(count) / 5, columns.sum(-1) / 5.0, (xp.abs(y).max(-1) <= 1.0).astype(X.dtype)], -1
    )  # fmt: skip
    out = Features(points, targets, column, pair, overall, m, columns)
    return Features(
        *(
            a if a.dtype == bool else xp.nan_to_num(a.astype(X.dtype), posinf=0.0, neginf=0.0)
            for a in out[:-1]
        )
    )
