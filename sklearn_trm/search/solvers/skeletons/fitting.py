"""Skeletons fitted to a column of targets: many starts at once, then Levenberg-Marquardt.

Coefficients of the terms and the level are projected out (variable projection, G. Golub and
V. Pereyra, Inverse Problems 19, R1, 2003, with the Jacobian of L. Kaufman, BIT 15, 49, 1975), so
that only the constants inside functions are sought. All compiled.
"""

from __future__ import annotations

import math

import numpy as np

from ...compiling import compiled
from ...kernels import damped_step
from . import programs as P
from .joining import take_apart

TERMS = 3  # of a sum whose coefficients are projected out
FREE, WIDE = 8, 5  # terms of a free space, and of others that are projected out, at most
_DEPENDENT = 1e-9  # share of a term that must be its own
_SETTLED = 1e-14  # share of the target's square that is nothing


@compiled
def _centred(f):  # pragma: no cover - compiled
    """Takes the mean off a term, in units of its size; False where it has no values or one."""
    n = len(f)
    middle, size = 0.0, 0.0
    for i in range(n):
        middle += f[i]
    middle /= n
    for i in range(n):
        f[i] -= middle
        size = max(size, abs(f[i]))
    if not (size > 1e-10 * abs(middle) and size < 1e300):
        return False
    for i in range(n):
        f[i] /= size
    return True


@compiled
def _freed(f, root, Q, w):  # pragma: no cover - compiled
    """A term times roots of weights into `w`; its square, and what of it the rows of Q hold."""
    before, inside = 0.0, 0.0
    for i in range(len(f)):
        g = root[i] * f[i]
        w[i] = g
        before += g * g
    for m in range(len(Q)):
        d = 0.0
        for i in range(len(f)):
            d += Q[m, i] * w[i]
        inside += d * d
    return before, inside


@compiled
def _loss_of_one(f, rest, roots, free, sizes, sees, s, w):  # pragma: no cover - compiled
    """What ``a*f`` and the free terms of a view leave of each target, into ``s[1]``."""
    if not _centred(f):
        return False
    for k in range(len(rest)):
        if not sees[k]:
            continue
        before, inside = _freed(f, roots[k], free[k, : sizes[k]], w[0])
        own, c = before - inside, 0.0
        for i in range(len(f)):
            c += w[0, i] * rest[k, i]
        s[1, k] = s[0, k] - (c * c / own if own > 1e-12 * before else 0.0)
    return True


@compiled
def _loss_of_some(F, rest, roots, free, sizes, sees, s, H, g, w):  # pragma: no cover - compiled
    """As `_loss_of_one`, for the terms `F` of a sum."""
    m, n = F.shape
    for j in range(m):
        if not _centred(F[j]):
            return False
    for k in range(len(rest)):
        if not sees[k]:
            continue
        for j in range(m):
            for i in range(n):
                w[j, i] = roots[k, i] * F[j, i]
            for q in range(sizes[k]):
                d = 0.0
                for i in range(n):
                    d += free[k, q, i] * w[j, i]
                for i in range(n):
                    w[j, i] -= d * free[k, q, i]
            g[j] = 0.0
            for i in range(n):
                g[j] += w[j, i] * rest[k, i]
            for e in range(j + 1):
                H[j, e] = 0.0
                for i in range(n):
                    H[j, e] += w[j, i] * w[e, i]
        gain = 0.0  # by Cholesky
        for j in range(m):
            left = g[j]
            for e in range(j):
                for p in range(e):
                    H[j, e] -= H[j, p] * H[e, p]
                H[j, e] /= H[e, e]
                left -= H[j, e] * g[e]
            own = H[j, j]
            for p in range(j):
                own -= H[j, p] * H[j, p]
            if own > 1e-11 * H[j, j] and own > 0.0:
                H[j, j] = math.sqrt(own)
                g[j] = left / H[j, j]
                gain += g[j] * g[j]
            else:
                H[j, j], g[j] = 1e150, 0.0
        s[1, k] = s[0, k] - gain
    return True


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
            for m in range(q + j):
                d = 0.0
                for i in range(n):
                    d += Q[m, i] * own[i]
                for i in range(n):
                    own[i] -= d * Q[m, i]
                if m >= q:
                    T[m - q, j] += d
        after = 0.0
        for i in range(n):
            after += own[i] * own[i]
        size = math.sqrt(after)
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
        for j in range(q + count):
            d = 0.0
            for i in range(n):
                d += Q[j, i] * r[i]
            for i in range(n):
                r[i] -= d * Q[j, i]
            if j >= q:
                coefficients[j - q] += d
    for j in range(count - 1, -1, -1):
        for m in range(j + 1, count):
            coefficients[j] -= T[j, m] * coefficients[m]
        coefficients[j] = coefficients[j] / T[j, j] if T[j, j] > 0.0 else 0.0
    total = 0.0
    for i in range(n):
        total += r[i] * r[i]
    return total


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
def _copy(a, out):  # pragma: no cover - compiled
    for i in range(len(out)):
        out[i] = a[i]


@compiled
def _copy_program(code, out):  # pragma: no cover - compiled
    for i in range(len(out)):
        _copy(code[i], out[i])


@compiled
def descend(code, length, terms, count, k, free, X, t, root, c, steps, space):  # pragma: no cover
    """Moves the `k` constants `c` downhill in place; the weighted sum of squares that is reached.

    Beside the terms stand the orthonormal rows of `free`.
    """
    R, D, moves, Q, T, co, rest, J = space
    n, q = len(t), len(free)
    _copy_program(free, Q)
    P.run(code, length, X, c, R)
    cost = _projected(R, terms, count, Q, q, root, t, T, co, rest[0])
    if k == 0 or not np.isfinite(cost):
        return cost
    total = 0.0
    for i in range(n):
        total += t[i] * t[i]
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
                d = 0.0
                for i in range(n):
                    d += Q[m, i] * J[j, i]
                for i in range(n):
                    J[j, i] -= d * Q[m, i]
            s = 0.0
            for i in range(n):
                s += J[j, i] * J[j, i]
            if not np.isfinite(s):
                return cost
            size[j] = math.sqrt(s) if s > 0.0 else 1.0
            g[j] = 0.0
            for i in range(n):
                J[j, i] /= size[j]
                g[j] += J[j, i] * rest[0, i]
            for m in range(j + 1):
                s = 0.0
                for i in range(n):
                    s += J[j, i] * J[m, i]
                H[j, m] = s
                H[m, j] = s
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


@compiled
def screen(
    codes, lengths, sees, X, U, starts, T, rest, roots, free, sizes, cost, half, steps,
    code, views, c, loss,
):  # pragma: no cover  # fmt: skip
    """The best fits of a batch of skeletons on some rows: of the target, then of the best views.

    Parameters
    ----------
    codes, lengths
        Programs, as of a catalogue.
    sees : (batch, v)
        The views that a skeleton is for.
    X : (d, n)
        The columns.
    U : (S, 2 * CONSTANTS)
        Points of the unit cube, of which a skeleton with k constants takes ``starts[k]``.
    T, rest, roots : (v, n)
        Targets weighted by roots, what the free terms leave of them, and the roots of weights.
    free, sizes : (v, m, n), (v,)
        Orthonormal bases of the weighted free terms, and how many there are.
    cost : (v,)
        Nats of the views.
    half : float
        Half the rows of the table: what a logarithm of the loss counts.
    steps : int
        Of Levenberg-Marquardt, from the best start.
    code, views, c, loss
        Filled: programs whose last sums are taken apart, and for each skeleton some views, their
        constants and mean squares (inf for none).
    """
    n, nv = X.shape[1], len(T)
    length = codes.shape[1]
    space = space_of(length, P.CONSTANTS, n)
    R = space[0]
    terms, F = np.zeros(TERMS, dtype=np.int64), np.empty((TERMS, n))
    H, g, s, w = np.empty((TERMS, TERMS)), np.empty(TERMS), np.empty((2, nv)), np.empty((TERMS, n))
    for v in range(nv):
        s[0, v] = 0.0
        for i in range(n):
            s[0, v] += rest[v, i] * rest[v, i]
    # of the first view the two best starts, in the last place the second
    best, at, own = np.empty(nv + 1), np.empty((nv + 1, P.CONSTANTS)), np.zeros(P.CONSTANTS)
    for b in range(len(codes)):
        _copy_program(codes[b], code[b])
        for place in range(loss.shape[1]):
            loss[b, place] = np.inf
        count, k = take_apart(code[b], lengths[b], terms)
        some = False
        for v in range(nv):
            some |= sees[b, v]
        if count == 0 or not some:
            continue
        for v in range(nv + 1):
            best[v] = np.inf
        for u in range(starts[k]):
            P.start(code[b], lengths[b], X, U[u], own, R)
            if count == 1:
                good = _loss_of_one(R[terms[0]], rest, roots, free, sizes, sees[b], s, w)
            else:
                for j in range(count):
                    for i in range(n):
                        F[j, i] = R[terms[j], i]
                good = _loss_of_some(
                    F[:count], rest, roots, free, sizes, sees[b], s, H, g, w
                )  # fmt: skip
            if not good:
                continue
            for v in range(nv):
                if not sees[b, v]:
                    continue
                if s[1, v] < best[v]:
                    if v == 0:
                        best[nv] = best[0]
                        _copy(at[0], at[nv])
                    best[v] = s[1, v]
                    _copy(own, at[v])
                elif v == 0 and s[1, 0] < best[nv]:
                    best[nv] = s[1, 0]
                    _copy(own, at[nv])
        for place in range(len(loss[b])):
            top, which = np.inf, -1
            for v in range(nv + 1):
                if best[v] < np.inf:
                    view = v if v < nv else 0
                    score = half * math.log(max(best[v], 1e-28 * s[0, view]) / n) + cost[view]
                    # the target itself has the first place
                    if score < top or (place == 0 and v == 0):
                        top, which = score, v
                    if place == 0 and v == 0:
                        break
            if which < 0:
                break
            best[which] = np.inf
            view = which if which < nv else 0
            views[b, place] = view
            _copy(at[which], c[b, place])
            loss[b, place] = descend(
                code[b], lengths[b], terms, count, k, free[view, : sizes[view]], X, T[view],
                roots[view], c[b, place], steps, space,
            ) / n  # fmt: skip
