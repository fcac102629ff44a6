"""Smooth surfaces through noisy rows: how well few variables explain a target.

All polynomials of total degree 0, 1, 2, ... come out of one factorisation of one Gram
matrix, because the basis of each is the beginning of the next. Which degree to believe is
told by generalised cross-validation (Golub, Heath and Wahba 1979): the error expected on
rows that were not fitted.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, solve_triangular

from ..solvers.polynomial import count_up_to, exponents_up_to

Array = np.ndarray

MOST_TERMS = 130
_TOP = {1: 20, 2: 14, 3: 7, 4: 5, 5: 4, 6: 3}  # highest degree by number of variables
_RIDGE = 1e-11
LEAST = 1e-200  # sum of squares that is left where nothing is


@functools.lru_cache(maxsize=64)
def _exponents(d: int, degree: int) -> Array:
    return exponents_up_to(d, degree) if d else np.zeros((1, 0), dtype=int)


def top_degree(d: int, n: int) -> int:
    """Highest degree of a surface of `d` variables on `n` rows."""
    degree = 0
    for k in range(1, _TOP.get(d, 2 if d else 0) + 1):
        if count_up_to(d, k) > min(n / 3, MOST_TERMS):
            break
        degree = k
    return degree


def features(U: Array, degree: int) -> Array:
    """Products of Chebyshev polynomials of the columns of `U`, lowest total degree first."""
    n, d = U.shape
    every = _exponents(d, degree)
    out = np.ones((len(every), n))
    for j in range(d):
        low, high = U[:, j].min(), U[:, j].max()
        x = (U[:, j] - (low + high) / 2) / max((high - low) / 2, 1e-300)
        powers = np.ones((degree + 1, n))
        if degree:
            powers[1] = x
        for k in range(2, degree + 1):
            powers[k] = 2 * x * powers[k - 1] - powers[k - 2]
        some = every[:, j] > 0
        out[some] *= powers[every[some, j]]
    return out


@dataclass(frozen=True, eq=False)
class Surface:
    """A smooth fit.

    Attributes
    ----------
    gcv : float
        Mean squared (weighted) error to be expected on other rows.
    degree : int
    terms : int
        Free coefficients.
    settled : bool
        Whether more freedom brought nothing: what is left is noise.
    values : ndarray of shape (n,) or None
        The surface at the rows, where it was asked for.
    slope : float
        Coefficient of `extra`.
    slope_error : float
        Its standard error.
    """

    gcv: float
    degree: int
    terms: int
    settled: bool
    values: Array | None = None
    slope: float = 0.0
    slope_error: float = np.inf


def smooth(
    U: Array,
    t: Array,
    weight: Array | None = None,
    degree: int | None = None,
    extra: Array | None = None,
    scale: Array | None = None,
    values: bool = False,
) -> Surface:
    """Fit ``t = scale * polynomial(U) + b * extra`` by weighted least squares.

    Parameters
    ----------
    U : ndarray of shape (n, d)
    t : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional
        Inverse standard deviations of the errors of `t`, up to a factor.
    degree : int, optional
        Highest degree; by the number of rows and columns when omitted.
    extra : ndarray of shape (n,), optional
        One column with a coefficient of its own.
    scale : ndarray of shape (n,), optional
        A known factor of the polynomial.
    values : bool
        Whether the surface at the rows is wanted.

    Examples
    --------
    >>> U = np.random.default_rng(0).uniform(1, 2, (300, 2))
    >>> t = np.sin(U[:, 0]) + 0.01 * np.random.default_rng(1).standard_normal(300)
    >>> round(float(np.sqrt(smooth(U, t).gcv)), 2)
    0.01
    """
    n, d = U.shape
    top = top_degree(d, n) if degree is None else min(degree, top_degree(d, n))
    A = features(U, top)
    counts = [count_up_to(d, k) if d else 1 for k in range(top + 1)]
    if scale is not None:
        A *= scale
    if extra is not None:
        A = np.vstack([extra, A])
        counts = [c + 1 for c in counts]
    w = np.ones(n) if weight is None else weight
    Aw, tw = A * w, t * w
    G = Aw @ Aw.T
    size = np.sqrt(np.maximum(np.diag(G), 1e-300))
    G = G / size / size[:, None]
    G[np.diag_indices_from(G)] += _RIDGE
    try:
        L = np.linalg.cholesky(G)
    except np.linalg.LinAlgError:
        return Surface(np.inf, 0, 1, False)
    g = (Aw @ tw) / size
    v = solve_triangular(L, g, lower=True, check_finite=False)
    if not np.isfinite(v).all():
        return Surface(np.inf, 0, 1, False)
    total = float(tw @ tw)
    # never nothing: errors are compared by their ratios
    rest = np.maximum(total - np.cumsum(v * v), 1e-15 * total + LEAST)
    gcv = np.array([rest[m - 1] / n / (1 - m / n) ** 2 for m in counts])
    best = int(np.argmax(gcv <= 1.01 * gcv.min()))  # the lowest degree as good as the best
    m = counts[best]
    slope, slope_error, fitted = 0.0, np.inf, None
    if values or extra is not None:
        c = cho_solve((L[:m, :m], True), g[:m], check_finite=False)
        if values:
            fitted = (c / size[:m]) @ A[:m]
        if extra is not None:
            unit = np.zeros(m)
            unit[0] = 1.0
            spread = solve_triangular(L[:m, :m], unit, lower=True, check_finite=False)
            slope = float(c[0] / size[0])
            slope_error = float(np.sqrt(spread @ spread * rest[m - 1] / (n - m)) / size[0])
    settled = (best < top or not d) and gcv[best] > 1e-14 * total / n + LEAST
    if settled:  # more freedom must not lower the unbiased variance by more than chance
        k, last = counts[int(gcv.argmin())], counts[-1]
        chance = np.sqrt(2.0 * (last - k) / ((n - last) * (n - k)))
        settled = rest[last - 1] / (n - last) >= (1 - 3.0 * chance) * rest[k - 1] / (n - k)
    return Surface(float(gcv[best]), best, m, bool(settled), fitted, slope, slope_error)
