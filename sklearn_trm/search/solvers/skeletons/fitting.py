"""Skeletons fitted to a column of targets by Levenberg-Marquardt.

Coefficients of the terms and the level are projected out (variable projection, G. Golub and
V. Pereyra, Inverse Problems 19, R1, 2003, with the Jacobian of L. Kaufman, BIT 15, 49, 1975), so
that only the constants inside functions are sought. All compiled.
"""

from __future__ import annotations

import math

import numpy as np

from ...compiling import compiled
from ...kernels import damped_step, dot, normal_equations, take_off
from . import programs as P

TERMS = 3  # of a sum whose coefficients are projected out
FREE, WIDE = 8, 5  # terms of a free space, and of others that are projected out, at most
_DEPENDENT = 1e-9  # share of a term that must be its own
_SETTLED = 1e-14  # share of the target's square that is nothing


@compiled
def _projected(R, terms, count, Q, q, root, t, T, coefficients, r):  # pragma: no cover
    """What the terms and the first `q` rows of `Q` leave of `t` weighted by `root`; its square.

    Further rows of `Q` become a basis of the terms and `T` its triangle; inf where a term has no
    values.
    """
    n = len(t)
    for j in range(count):
        own = Q[q + j]
        f = R[terms[j]]
        before = 0.0
        for i in range(n):
            own[i] = root[i] * f[i]
            before += own[i] * own[i]
        if not 0.0 < before < 1e300:
            return np.inf
        for m in range(j):
            T[m, j] = 0.0
        for _ in range(2):
            for m in range(q):
                take_off(Q[m], own)
            for m in range(j):
                T[m, j] += take_off(Q[q + m], own)
        size = math.sqrt(dot(own, own))
        if size > _DEPENDENT * math.sqrt(before):
            T[j, j] = size
            for i in range(n):
                own[i] /= size
        else:
            T[j, j] = 0.0
            for i in range(n):
                own[i] = 0.0
    for i in range(n):
        r[i] = t[i]
    for j in range(count):
        coefficients[j] = 0.0
    for _ in range(2):
        for m in range(q):
            take_off(Q[m], r)
        for j in range(count):
            coefficients[j] += take_off(Q[q + j], r)
    for j in range(count - 1, -1, -1):
        for m in range(j + 1, count):
            coefficients[j] -= T[j, m] * coefficients[m]
        coefficients[j] = coefficients[j] / T[j, j] if T[j, j] > 0.0 else 0.0
    return dot(r, r)


@compiled
def space_of(length, k, n):  # pragma: no cover - compiled
    """Room for `descend`: registers, slopes, which there are, a basis, residuals, Jacobian."""
    return (
        np.empty((length, n)), np.empty((length, max(k, 1), n)),
        np.zeros((length, max(k, 1)), dtype=np.bool_),
        np.empty((FREE + WIDE, n)), np.empty((WIDE, WIDE)), np.empty(WIDE),
        np.empty((2, n)), np.empty((max(k, 1), n)),
    )  # fmt: skip


@compiled
def copied(a, out):  # pragma: no cover - compiled
    for i in range(len(a)):
        out[i] = a[i]


@compiled
def copied_program(code, out):  # pragma: no cover - compiled
    for i in range(len(code)):
        copied(code[i], out[i])


@compiled
def descend(code, length, terms, count, k, free, X, t, root, c, steps, space):  # pragma: no cover
    """Moves the `k` constants `c` downhill in place; the weighted sum of squares that is reached.

    Beside the terms stand the orthonormal rows of `free`.
    """
    R, D, moves, Q, T, co, rest, J = space
    n, q = len(t), len(free)
    copied_program(free, Q)
    P.run(code, length, X, c, R)
    cost = _projected(R, terms, count, Q, q, root, t, T, co, rest[0])
    if k == 0 or not np.isfinite(cost):
        return cost
    total = dot(t, t)
    damping = 1e-3
    H, g, step = np.empty((k, k)), np.empty(k), np.empty(k)
    size, trial = np.ones(k), np.zeros(len(c))
    for _ in range(steps):
        if cost <= _SETTLED * _SETTLED * total:
            break
        P.slopes(code, length, k, c, R, D, moves)
        for j in range(k):
            for i in range(n):
                J[j, i] = 0.0
            for m in range(count):
                if moves[terms[m], j]:
                    for i in range(n):
                        J[j, i] += co[m] * root[i] * D[terms[m], j, i]
            for m in range(q + count):
                take_off(Q[m], J[j])
        if not normal_equations(J[:k], rest[0], size, g, H):
            return cost
        found, new = False, np.inf
        while damping < 1e7:
            if damped_step(H, g, damping, step):
                for j in range(k):
                    trial[j] = c[j] + step[j] / size[j]
                P.run(code, length, X, trial, R)
                new = _projected(R, terms, count, Q, q, root, t, T, co, rest[1])
                if new < cost:
                    found = True
                    break
            damping *= 8.0
        if not found:
            break
        gain = cost - new
        cost = new
        for j in range(k):
            c[j] = trial[j]
        for i in range(n):
            rest[0, i] = rest[1, i]
        damping = max(damping * 0.1, 1e-12)
        if gain < 1e-5 * cost:
            break
    # a rejected step has left its own values
    P.run(code, length, X, c, R)
    return _projected(R, terms, count, Q, q, root, t, T, co, rest[0])
