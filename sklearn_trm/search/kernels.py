"""Small compiled kernels that the descents share."""

from __future__ import annotations

import math

import numpy as np

from .compiling import compiled


@compiled
def dot(a, b):  # pragma: no cover - compiled
    """Sum of products."""
    s = 0.0
    for k in range(len(a)):
        s += a[k] * b[k]
    return s


@compiled
def take_off(q, v):  # pragma: no cover - compiled
    """Take off `v` what it has of the unit vector `q`; how much that was."""
    d = dot(q, v)
    for i in range(len(v)):
        v[i] -= d * q[i]
    return d


@compiled
def normal_equations(J, r, size, g, H):  # pragma: no cover - compiled
    """Scale the rows of `J` to unit length; their products with `r` and with each other.

    False where a row has no finite length.
    """
    k, n = J.shape
    for j in range(k):
        s = dot(J[j], J[j])
        if not np.isfinite(s):
            return False
        size[j] = math.sqrt(s) if s > 0.0 else 1.0
        for i in range(n):
            J[j, i] /= size[j]
        g[j] = dot(J[j], r)
        for m in range(j + 1):
            H[j, m] = dot(J[j], J[m])
            H[m, j] = H[j, m]
    return True


@compiled
def damped_step(H, g, damping, out):  # pragma: no cover - compiled
    """Solve ``(H + damping * diag H) out = g`` by Cholesky; False where that fails."""
    k = len(g)
    L = np.zeros((k, k))
    for i in range(k):
        for j in range(i + 1):
            s = H[i, j]
            if i == j:
                s += damping * H[i, i] + 1e-300
            for m in range(j):
                s -= L[i, m] * L[j, m]
            if i == j:
                if not s > 0.0:
                    return False
                L[i, i] = math.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    for i in range(k):
        s = g[i]
        for m in range(i):
            s -= L[i, m] * out[m]
        out[i] = s / L[i, i]
    for i in range(k - 1, -1, -1):
        s = out[i]
        for m in range(i + 1, k):
            s -= L[m, i] * out[m]
        out[i] = s / L[i, i]
    return True
