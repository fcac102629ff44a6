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
_DEPENDENT = 1e-9  # share of a term that must be its own
_SETTLED = 1e-14  # share of the target's square that is nothing


@compiled
def _loss_of_one(f, V, W, s):  # pragma: no cover - compiled
    """What ``a*f + b`` leaves of each target: `V` centred, `W` weights, `s` sums; into ``s[2]``."""
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
    scale = 1.0 / size
    for k in range(len(V)):
        a, b, c = 0.0, 0.0, 0.0
        for i in range(n):
            g = f[i] * scale
            w = W[k, i] * g
            a += w
            b += w * g
            c += w * V[k, i]
        own = b - a * a / s[0, k]
        s[2, k] = s[1, k] - (c * c / own if own > 1e-12 * b else 0.0)
    return True


@compiled
def _loss_of_some(F, V, W, s, H, g):  # pragma: no cover - compiled
    """As `_loss_of_one`, for the terms `F` of a sum."""
    m, n = F.shape
    for j in range(m):
        middle, size = 0.0, 0.0
        for i in range(n):
            middle += F[j, i]
        middle /= n
        for i in range(n):
            F[j, i] -= middle
            size = max(size, abs(F[j, i]))
        if not (size > 1e-10 * abs(middle) and size < 1e300):
            return False
        for i in range(n):
            F[j, i] /= size
    for k in range(len(V)):
        for j in range(m):
            a, c = 0.0, 0.0
            for i in range(n):
                a += W[k, i] * F[j, i]
                c += W[k, i] * F[j, i] * V[k, i]
            g[0, j], g[1, j] = a, c
            for e in range(j + 1):
                b = 0.0
                for i in range(n):
                    b += W[k, i] * F[j, i] * F[e, i]
                H[j, e] = b - a * g[0, e] / s[0, k]
        gain = 0.0  # by Cholesky
        for j in range(m):
            left = g[1, j]
            for e in range(j):
                for p in range(e):
                    H[j, e] -= H[j, p] * H[e, p]
                H[j, e] /= H[e, e]
                left -= H[j, e] * g[1, e]
            own = H[j, j]
            for p in range(j):
                own -= H[j, p] * H[j, p]
            if own > 1e-11 * H[j, j] and own > 0.0:
                H[j, j] = math.sqrt(own)
                g[1, j] = left / H[j, j]
                gain += g[1, j] * g[1, j]
            else:
                H[j, j], g[1, j] = 1e150, 0.0
        s[2, k] = s[1, k] - gain
    return True


@compiled
def _projected(R, terms, count, level, root, t, Q, T, coefficients, r):  # pragma: no cover
    """What the terms, and a level where `level` is 1, leave of `t` weighted by `root`; its square.

    `Q` becomes a basis of them and `T` its triangle; inf where a term has no values.
    """
    n = len(t)
    for j in range(count + 1):
        q = Q[j]
        if j == 0:
            for i in range(n):
                q[i] = level * root[i]
        else:
            f = R[terms[j - 1]]
            for i in range(n):
                q[i] = root[i] * f[i]
        before = 0.0
        for i in range(n):
            before += q[i] * q[i]
        if not (before < 1e300 and (before > 0.0 or j == 0)):
            return np.inf
        for m in range(j):
            T[m, j] = 0.0
        for _ in range(2):
            for m in range(j):
                d = 0.0
                for i in range(n):
                    d += Q[m, i] * q[i]
                for i in range(n):
                    q[i] -= d * Q[m, i]
                T[m, j] += d
        after = 0.0
        for i in range(n):
            after += q[i] * q[i]
        size = math.sqrt(after)
        if size > _DEPENDENT * math.sqrt(before):
            T[j, j] = size
            for i in range(n):
                q[i] /= size
        else:
            T[j, j] = 0.0
            for i in range(n):
                q[i] = 0.0
    for i in range(n):
        r[i] = t[i]
    for j in range(count + 1):
        coefficients[j] = 0.0
    for _ in range(2):
        for j in range(count + 1):
            d = 0.0
            for i in range(n):
                d += Q[j, i] * r[i]
            for i in range(n):
                r[i] -= d * Q[j, i]
            coefficients[j] += d
    for j in range(count, -1, -1):
        for m in range(j + 1, count + 1):
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
        np.empty((TERMS + 1, n)), np.empty((TERMS + 1, TERMS + 1)), np.empty(TERMS + 1),
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
def descend(code, length, terms, count, k, level, x, t, root, c, steps, space):  # pragma: no cover
    """Moves the `k` constants `c` downhill in place; the weighted sum of squares that is reached.

    Coefficients are left in ``space[5]``: the level first.
    """
    R, D, moves, Q, T, co, rest, J = space
    n = len(x)
    P.run(code, length, x, c, R)
    cost = _projected(R, terms, count, level, root, t, Q, T, co, rest[0])
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
                        J[j, i] += co[m + 1] * root[i] * D[terms[m], j, i]
            for m in range(count + 1):
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
                P.run(code, length, x, trial, R)
                new = _projected(R, terms, count, level, root, t, Q, T, co, rest[1])
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
    P.run(code, length, x, c, R)
    return _projected(R, terms, count, level, root, t, Q, T, co, rest[0])


@compiled
def screen(
    codes, lengths, x, U, starts, V, T, W, roots, cost, half, steps, code, views, c, loss
):  # pragma: no cover
    """The best fits of a batch of skeletons on some rows: of the target, then of the best views.

    Parameters
    ----------
    codes, lengths
        Programs, as of a catalogue.
    x : (n,)
        The column.
    U : (S, 2 * CONSTANTS)
        Points of the unit cube, of which a skeleton with k constants takes ``starts[k]``.
    V, T, W, roots : (v, n)
        Targets centred and weighted by roots, targets weighted by roots, weights and their roots.
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
    n, nv = len(x), len(V)
    length = codes.shape[1]
    space = space_of(length, P.CONSTANTS, n)
    R = space[0]
    terms, F = np.zeros(TERMS, dtype=np.int64), np.empty((TERMS, n))
    H, g, s = np.empty((TERMS, TERMS)), np.empty((2, TERMS)), np.empty((3, nv))
    for v in range(nv):
        s[0, v], s[1, v] = 0.0, 0.0
        for i in range(n):
            s[0, v] += W[v, i]
            s[1, v] += W[v, i] * V[v, i] * V[v, i]
    # of the first view the two best starts, in the last place the second
    best, at, own = np.empty(nv + 1), np.empty((nv + 1, P.CONSTANTS)), np.zeros(P.CONSTANTS)
    for b in range(len(codes)):
        _copy_program(codes[b], code[b])
        for place in range(loss.shape[1]):
            loss[b, place] = np.inf
        count, k = take_apart(code[b], lengths[b], terms)
        if count == 0:
            continue
        for v in range(nv + 1):
            best[v] = np.inf
        for u in range(starts[k]):
            P.start(code[b], lengths[b], x, U[u], own, R)
            if count == 1:
                good = _loss_of_one(R[terms[0]], V, W, s)
            else:
                for j in range(count):
                    for i in range(n):
                        F[j, i] = R[terms[j], i]
                good = _loss_of_some(F[:count], V, W, s, H, g)
            if not good:
                continue
            for v in range(nv):
                if s[2, v] < best[v]:
                    if v == 0:
                        best[nv] = best[0]
                        _copy(at[0], at[nv])
                    best[v] = s[2, v]
                    _copy(own, at[v])
                elif v == 0 and s[2, 0] < best[nv]:
                    best[nv] = s[2, 0]
                    _copy(own, at[nv])
        for place in range(len(loss[b])):
            top, which = np.inf, -1
            for v in range(nv + 1):
                if best[v] < np.inf:
                    view = v if v < nv else 0
                    score = half * math.log(max(best[v], 1e-28 * s[1, view]) / n) + cost[view]
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
                code[b], lengths[b], terms, count, k, 1.0, x, T[view], roots[view],
                c[b, place], steps, space,
            ) / n  # fmt: skip
