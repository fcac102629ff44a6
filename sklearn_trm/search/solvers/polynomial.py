"""Sparse polynomials and rational functions, found by linear algebra."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from ...expressions.exactness import SOLVED
from ...expressions.tree import Node, var
from ..assemble import solve
from ..builders import product, weighted_sum

Array = np.ndarray


def exponents_up_to(d: int, degree: int) -> Array:
    """Exponent vectors of total degree at most `degree`, lowest degree first."""
    out = []
    for total in range(degree + 1):
        for combo in itertools.combinations_with_replacement(range(d), total):
            e = [0] * d
            for k in combo:
                e[k] += 1
            out.append(e)
    return np.array(out)


def count_up_to(d: int, degree: int) -> int:
    """Number of monomials of d variables up to a degree."""
    n = 1
    for k in range(1, degree + 1):
        n = n * (d + k) // k
    return n


def monomial_values(X: Array, exponents: Array) -> Array:
    """Values (m, N) of the monomials with these exponents."""
    out = np.ones((len(exponents), len(X)))
    for j in range(X.shape[1]):
        powers = X[:, j][None, :] ** np.arange(exponents[:, j].max(initial=0) + 1)[:, None]
        out *= powers[exponents[:, j]]
    return out


def _node(c: Array, exponents: Array, columns: Sequence[int]) -> Node:
    nodes, weights, offset = [], [], 0.0
    for ck, e in zip(c, exponents, strict=True):
        if not e.any():
            offset = float(ck)
            continue
        nodes.append(product(1.0, [(var(columns[j]), float(p)) for j, p in enumerate(e) if p]))
        weights.append(float(ck))
    return weighted_sum(weights, nodes, offset)


def _prune(A: Array, t: Array, tol: float, max_terms: int) -> tuple[Array, Array] | None:
    """Fewest columns of A (m, N) that still reach `t`: backward elimination by share."""
    keep = np.arange(len(A))
    c, rel = solve(A, t)
    if rel > tol:
        return None
    size = np.sqrt(np.mean(A * A, axis=1))
    while len(keep) > 1:
        share = np.abs(c) * size[keep]
        order = np.argsort(share)
        for drop in (len(keep) // 2, len(keep) // 4, len(keep) // 8, 2, 1):
            if drop < 1 or drop >= len(keep):
                continue
            rest = keep[np.sort(order[drop:])]
            c2, rel2 = solve(A[rest], t)
            if rel2 <= max(tol, 3 * rel):
                keep, c = rest, c2
                break
        else:
            break
    return (keep, c) if len(keep) <= max_terms else None


def sparse_polynomial(
    X: Array, t: Array, columns: Sequence[int], tol: float = SOLVED, max_terms: int = 14
) -> Iterator[Node]:
    """A polynomial that gives `t` exactly with few terms, if there is one.

    Examples
    --------
    >>> X = np.linspace(1, 2, 30)[:, None]
    >>> [str(p) for p in sparse_polynomial(X, 3 * X[:, 0] ** 2 - 1, [0])]
    ['3*x0**2 - 1']
    """
    Z = X[:, list(columns)]
    d, n = Z.shape[1], len(t)
    for degree in (2, 4, 6, 9):
        m = count_up_to(d, degree)
        if m > min(0.6 * n, 130):
            continue
        exponents = exponents_up_to(d, degree)
        A = monomial_values(Z, exponents)
        if not np.isfinite(A).all():
            return
        found = _prune(A, t, tol, max_terms)
        if found is not None:
            keep, c = found
            yield _node(c, exponents[keep], columns)
            return


def sparse_rational(
    X: Array, t: Array, columns: Sequence[int], tol: float = SOLVED, max_terms: int = 14
) -> Iterator[Node]:
    """``P / Q`` that gives `t` exactly with few terms, if there is one.

    The null vector of ``[P columns, -t * Q columns]`` is the law; the lowest degrees at
    which one appears are taken, so that no common factor is left free.
    """
    Z = X[:, list(columns)]
    d, n = Z.shape[1], len(t)
    for total in range(2, 13 if d == 1 else 7):
        for below in range(1, total // 2 + 2):
            above = total - below
            if above < 0 or (d > 1 and max(above, below) > 4):
                continue
            m = count_up_to(d, above) + count_up_to(d, below)
            if m > min(0.6 * n, 120) or abs(above - below) > 5:
                continue
            ep, eq = exponents_up_to(d, above), exponents_up_to(d, below)
            A = np.vstack([monomial_values(Z, ep), -t * monomial_values(Z, eq)])
            found = null_vector(A, tol)
            if found is None:
                continue
            keep, c = found
            if len(keep) > max_terms:
                return
            top, bottom = keep[keep < len(ep)], keep[keep >= len(ep)] - len(ep)
            if not len(top) or not len(bottom):
                return
            c = c / c[np.flatnonzero(keep >= len(ep))[-1]]
            upper, lower = c[keep < len(ep)], c[keep >= len(ep)]
            yield _node(upper, ep[top], columns) / _node(lower, eq[bottom], columns)
            yield from _divided(Z, t, lower, eq[bottom], max(above - below, 1), columns, max_terms)
            return


def _divided(
    Z: Array, t: Array, c: Array, eq: Array, degree: int, columns: Sequence[int], max_terms: int
) -> Iterator[Node]:
    """``S + R / Q`` with S of a degree, R constant or affine, where a law has few such terms."""
    Q = c @ monomial_values(Z, eq)
    es = exponents_up_to(Z.shape[1], degree)
    for low in (0, 1):
        er = exponents_up_to(Z.shape[1], low)
        A = np.vstack([Q * monomial_values(Z, es), monomial_values(Z, er)])
        found = _prune(A, t * Q, SOLVED, max_terms) if len(A) < len(t) else None
        if found is None:
            continue
        keep, f = found
        whole, rest = keep < len(es), keep >= len(es)
        if whole.any() and rest.any():
            below = _node(c, eq, columns)
            yield (_node(f[whole], es[keep[whole]], columns)
                   + _node(f[rest], er[keep[rest] - len(es)], columns) / below)  # fmt: skip
        return


def null_vector(A: Array, tol: float) -> tuple[Array, Array] | None:
    """The rows of A (m, N) that one linear relation holds between, and its coefficients."""
    size = np.sqrt(np.mean(A * A, axis=1))
    if not np.isfinite(size).all() or (size == 0).any():
        return None
    keep = np.arange(len(A))
    B = (A / size[:, None]).T
    _, s, vt = np.linalg.svd(B, full_matrices=False)
    if s[-1] > tol * s[0] or s[-2] < max(1e-10 * s[0], 1e3 * s[-1]):  # none, or several
        return None
    v = vt[-1]
    while len(keep) > 2:  # the null vector tells which columns matter
        order = np.argsort(np.abs(v))
        for drop in (len(keep) // 2, len(keep) // 4, 2, 1):
            if drop < 1 or len(keep) - drop < 2:
                continue
            rest = np.sort(order[drop:])
            _, s2, vt2 = np.linalg.svd(B[:, keep[rest]], full_matrices=False)
            if s2[-1] <= tol * s2[0]:
                keep, v = keep[rest], vt2[-1]
                break
        else:
            break
    return keep, v / size[keep]
