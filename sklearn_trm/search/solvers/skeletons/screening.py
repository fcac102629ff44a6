"""Many skeletons with many starts on some rows: the best fits of each, in several views.

Of every start the loss is known in closed form (`fitting` says how coefficients are projected
out), for all views at once; the best of a skeleton are moved downhill. All compiled.
"""

from __future__ import annotations

import math

import numpy as np

from ...compiling import compiled
from ...kernels import dot, take_off
from . import programs as P
from .fitting import TERMS, copied, copied_program, descend, space_of


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
        d = dot(Q[m], w)
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
        own, c = before - inside, dot(w[0], rest[k])
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
                take_off(free[k, q], w[j])
            g[j] = dot(w[j], rest[k])
            for e in range(j + 1):
                H[j, e] = dot(w[j], w[e])
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
        s[0, v] = dot(rest[v], rest[v])
    # of the first view the two best starts, in the last place the second
    best, at, own = np.empty(nv + 1), np.empty((nv + 1, P.CONSTANTS)), np.zeros(P.CONSTANTS)
    for b in range(len(codes)):
        copied_program(codes[b], code[b])
        for place in range(loss.shape[1]):
            loss[b, place] = np.inf
        count, k = P.take_apart(code[b], lengths[b], terms)
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
                        copied(at[0], at[nv])
                    best[v] = s[1, v]
                    copied(own, at[v])
                elif v == 0 and s[1, 0] < best[nv]:
                    best[nv] = s[1, 0]
                    copied(own, at[nv])
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
            copied(at[which], c[b, place])
            loss[b, place] = descend(
                code[b], lengths[b], terms, count, k, free[view, : sizes[view]], X, T[view],
                roots[view], c[b, place], steps, space,
            ) / n  # fmt: skip
