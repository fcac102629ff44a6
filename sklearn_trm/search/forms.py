"""``target = quadratic polynomial of two rows``, for all pairs of many rows at once.

Squares of sums, ``(cos(x1) + exp(x2))**2``, whose root has no sign, products of sums of two
functions, and plain pairs are all of this kind. With rows f and g, all inner products among
``1, f, g, f*f, f*g, g*g`` and with the target are entries of products of matrices of powers:
nothing of the size pairs x points is ever built.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..expressions.least_squares import solve_normal
from ..expressions.tree import Node, const
from .assemble import linear, solve
from .builders import power
from .transforms import Target
from .workspace import Workspace

Array = np.ndarray
Candidates = Iterator[Node | None]

GOOD = 1e-9  # share of the variance left by a pair that deserves a look at once
FAIR = 1e-4  # and later
_POWERS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))  # of the two rows
_BLOCK = 24  # rows that meet all others at once


class Forms:
    """Least squares of quadratic polynomials of two rows, for many pairs at once.

    Parameters
    ----------
    rows : ndarray of shape (K, N)
    targets : ndarray of shape (T, N)
    """

    def __init__(self, rows: Array, targets: Array) -> None:
        size = np.sqrt(np.mean(rows * rows, axis=1))
        rows = rows / size[:, None]
        self.powers = [np.ones_like(rows), rows, rows**2, rows**3, rows**4]
        centred = targets - targets.mean(axis=1)[:, None]
        self.unit = centred / np.sqrt(np.einsum("ij,ij->i", centred, centred))[:, None]

    def loss(self, start: int, stop: int) -> Array:
        """Share (B, L, T) of each target that is left by rows of a block with those from it on."""
        mine = [p[start:stop] for p in self.powers]
        others = [p[start:].T for p in self.powers]
        inner = {(p, q): mine[p] @ others[q] for p in range(5) for q in range(5 - p)}
        n = len(_POWERS)
        b, k = inner[0, 0].shape
        G = np.empty((b, k, n, n))
        for r, (p, q) in enumerate(_POWERS):
            for c, (u, v) in enumerate(_POWERS):
                G[:, :, r, c] = inner[p + u, q + v]
        goal = np.empty((b, k, n, len(self.unit)))
        for t, unit in enumerate(self.unit):
            for r, (p, q) in enumerate(_POWERS):
                goal[:, :, r, t] = (mine[p] * unit) @ others[q]
        scale = 1.0 / np.sqrt(np.maximum(np.einsum("bknn->bkn", G), 1e-300))
        G *= scale[..., :, None] * scale[..., None, :]
        G[..., np.arange(n), np.arange(n)] = 1.0 + 1e-12
        goal *= scale[..., None]
        return np.asarray(1.0 - np.einsum("bknt,bknt->bkt", goal, solve_normal(G, goal)))


def forms(ws: Workspace, targets: Sequence[Target], count: int = 300) -> Candidates:
    """Quadratic polynomials of two of the first `count` rows."""
    targets = [t for t in targets if np.ptp(t.values) > 0]
    if not targets or len(ws.y) < 3 * len(_POWERS):
        return
    fit = Forms(ws.ordered[:count], np.array([t.values for t in targets]))
    for start in range(0, min(count, len(ws.ordered)), _BLOCK):
        loss = fit.loss(start, start + _BLOCK)
        for k, t in enumerate(targets):
            left = loss[:, :, k]
            best = np.argpartition(left, min(4, left.size - 1), axis=None)[:4]
            for at in best[np.argsort(left.flat[best])]:
                i, j = np.unravel_index(at, left.shape)
                lost = max(float(left[i, j]), 0.0)
                if lost > FAIR:
                    break

                def make(i: int = start + int(i), j: int = start + int(j), t: Target = t) -> Node:
                    return _node(ws, t.values, i, j)

                if lost < GOOD:
                    yield from ws.offer(make(), t)
                else:
                    yield from ws.consider(np.sqrt(lost), make, t)
        yield None


def _node(ws: Workspace, t: Array, i: int, j: int) -> Node:
    """The polynomial of two rows, fitted to `t`; a square where it is one."""
    f, g = ws.ordered[i], ws.ordered[j]
    a, b = ws.atom_node(i), ws.atom_node(j)
    columns = np.array([f, g, f * f, f * g, g * g])
    c, _ = solve(np.vstack([np.ones((1, len(t))), columns]), t)
    square = c[3] > 0 and c[5] > 0 and abs(c[4] ** 2 - 4 * c[3] * c[5]) < 1e-6 * c[3] * c[5]
    if square:  # r*(a + s*b + k)**2 + rest
        s = np.sqrt(c[5] / c[3]) * np.sign(c[4])
        inside = a + const(float(s)) * b + const(float(c[1] / (2 * c[3])))
        values = f + s * g + c[1] / (2 * c[3])
        law, rel = linear(t, values[None] ** 2, [power(inside, 2.0)])
        if rel < 1e-7:
            return law
    return linear(t, columns, [a, b, power(a, 2.0), a * b, power(b, 2.0)])[0]
