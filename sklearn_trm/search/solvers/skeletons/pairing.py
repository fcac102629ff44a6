"""Two curves of two columns: their sum, their product, or both, beside free terms.

``a*f + b*g``, ``c*f*g`` and ``a*f + b*g + c*f*g`` are least squares in closed form; for all pairs
of a few hundred curves everything that they need is a product of matrices.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray

SUM, PRODUCT, BOTH = (0, 1), (2,), (0, 1, 2)  # which of f, g and f*g stand in a law
MODELS = (SUM, PRODUCT, BOTH)
_OWN = 1e-9  # share of a term that must be its own


def losses(F: Array, G: Array, t: Array, root: Array, Q: Array) -> Array:
    """Share (model, K, L) of a target that is left by each pair of curves, in each of `MODELS`.

    Parameters
    ----------
    F, G : ndarray of shape (K, n), (L, n)
    t : ndarray of shape (n,)
        The weighted target, freed of `Q`.
    root : ndarray of shape (n,)
        Square roots of the weights.
    Q : ndarray of shape (m, n)
        Orthonormal weighted free terms.

    Examples
    --------
    >>> x, z = np.random.default_rng(0).uniform(1, 2, (2, 30))
    >>> F, G, one = np.array([x, x**2]), np.array([z, 1 / z]), np.ones(30)
    >>> Q = one[None] / np.sqrt(30)
    >>> t = 3 * x**2 * z + 1
    >>> left = losses(F, G, t - (Q @ t) @ Q, one, Q)
    >>> left.shape, bool(left[1, 1, 0] < 1e-9), bool(left[0, 1, 0] > 1e-3)
    ((3, 2, 2), True, True)
    """
    f, g = F * root, G * root
    f, g = f - (f @ Q.T) @ Q, g - (g @ Q.T) @ Q
    shape = len(F), len(G)
    H, b = np.empty((3, 3, *shape)), np.empty((3, *shape))
    b[0], b[1] = (f @ t)[:, None], (g @ t)[None, :]
    b[2] = (F * (root * t)) @ G.T
    H[0, 0] = np.einsum("ij,ij->i", f, f)[:, None]
    H[1, 1] = np.einsum("ij,ij->i", g, g)[None, :]
    H[0, 1] = f @ g.T
    H[0, 2] = (f * F * root) @ G.T
    H[1, 2] = F @ (g * G * root).T
    whole = (F * F * root**2) @ (G * G).T
    H[2, 2] = whole
    for q in Q:
        H[2, 2] -= ((F * (root * q)) @ G.T) ** 2
    own = H[2, 2] > _OWN * whole
    size = np.sqrt(np.maximum(np.array([H[k, k] for k in range(3)]), 1e-300))
    b /= size
    r01, r02, r12 = (H[j, k] / (size[j] * size[k]) for j, k in ((0, 1), (0, 2), (1, 2)))
    total = float(t @ t)
    out = np.empty((3, *shape))
    free01 = 1.0 - r01**2
    both = (b[0] ** 2 + b[1] ** 2 - 2 * r01 * b[0] * b[1]) / np.maximum(free01, _OWN)
    out[0] = np.where(free01 > _OWN, both, b[0] ** 2)
    out[1] = np.where(own, b[2] ** 2, 0.0)
    # what the product adds to both
    s = r12 - r01 * r02
    left = 1.0 - r02**2 - s**2 / np.maximum(free01, _OWN)
    rest = b[2] - r02 * b[0] - s * (b[1] - r01 * b[0]) / np.maximum(free01, _OWN)
    out[2] = out[0] + np.where(own & (left > _OWN), rest**2 / np.maximum(left, _OWN), 0.0)
    out = 1.0 - out / max(total, 1e-300)
    return np.where(np.isfinite(out), np.maximum(out, 0.0), 1.0)
