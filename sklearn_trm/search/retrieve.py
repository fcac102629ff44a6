"""Retrieval: library rows compared with targets, whole subspaces for free.

A `Basis` holds library rows after a *free space* has been projected out of them
(and will be out of every target): a constant, the columns, low polynomials, or
in log space all monomials. What remains is compared by correlation, so that a
law ``free part + a * row`` costs one matrix product, and ``free part + a * row_i +
b * row_j`` one pass over a Gram matrix that is computed once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .scan import best_pairs

Array = np.ndarray


@dataclass(frozen=True)
class Hit:
    """Library rows that explain a target: ``1 - R^2`` of the fit is `loss`."""

    rows: tuple[int, ...]
    loss: float


def orthonormal(free: np.ndarray) -> np.ndarray:
    """Orthonormal rows that span `free` (m, N), near-dependent ones left out."""
    with np.errstate(all="ignore"):
        size = np.sqrt(np.einsum("ij,ij->i", free, free))
        good = (size > 0) & (size < np.inf)  # False for nan: of such a row nothing is known
        unit = free[good] / size[good, None]
    u, s, vt = np.linalg.svd(unit, full_matrices=False)
    del u
    return vt[s > 1e-10 * s[0]] if len(s) else vt


@dataclass
class Basis:
    """Library rows orthogonal to a free space, of unit length.

    Parameters
    ----------
    rows : ndarray of shape (K, N)
        Values of library rows (or their logarithms).
    free : ndarray of shape (m, N)
        The free space, spanned by its rows.
    weight : ndarray of shape (N,), optional
        Square roots of the weights of the points.
    """

    rows: np.ndarray
    free: np.ndarray
    weight: np.ndarray | None = None
    index: np.ndarray | None = None
    min_rest: float = 1e-5
    _grams: dict[int, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows, free = self.rows, self.free
        if self.weight is not None:
            rows, free = rows * self.weight, free * self.weight
        self.q = orthonormal(free)
        size = np.einsum("ij,ij->i", rows, rows)
        rest = rows - (rows @ self.q.T) @ self.q
        rest_size = np.einsum("ij,ij->i", rest, rest)
        index = np.arange(len(rows)) if self.index is None else self.index
        # same direction twice: the first (cheapest) stays
        probe = np.random.default_rng(7).standard_normal(rest.shape[1])
        with np.errstate(all="ignore"):
            key = np.round(np.abs(rest @ probe) / np.sqrt(rest_size) * 1e7)
        ok = np.flatnonzero(rest_size > self.min_rest**2 * size)
        _, first = np.unique(key[ok], return_index=True)
        keep = ok[np.sort(first)]
        self.index = index[keep]
        self.unit = rest[keep]
        self.unit /= np.sqrt(rest_size[keep])[:, None]
        self.unit32 = self.unit.astype(np.float32)
        del self.rows

    def __len__(self) -> int:
        return len(self.unit)

    @property
    def kept(self) -> Array:
        """Ids of the rows that are left."""
        return np.asarray(self.index)

    def project(self, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Unit rests of `targets` (m, N) and the share of each that the free space leaves."""
        t = np.atleast_2d(targets)
        if self.weight is not None:
            t = t * self.weight
        size = np.sqrt(np.einsum("ij,ij->i", t, t))
        rest = t - (t @ self.q.T) @ self.q
        rest -= (rest @ self.q.T) @ self.q
        rest_size = np.sqrt(np.einsum("ij,ij->i", rest, rest))
        with np.errstate(all="ignore"):
            return rest / rest_size[:, None], rest_size / size

    def singles(self, unit_targets: np.ndarray, count: int) -> list[list[Hit]]:
        """The best rows of each target."""
        if not len(self):
            return [[] for _ in unit_targets]
        c = np.abs(unit_targets.astype(np.float32) @ self.unit32.T)
        c[~np.isfinite(c)] = 0
        # float32 cannot rank what is nearly perfect: look at more, rank in float64
        wide = min(count + 28, len(self))
        best = np.argpartition(-c, wide - 1, axis=1)[:, :wide]
        out = []
        for t, js in zip(unit_targets, best, strict=True):
            rest = t - (self.unit[js] @ t)[:, None] * self.unit[js]
            loss = np.einsum("ij,ij->i", rest, rest)
            order = np.argsort(loss, kind="stable")[:count]
            out.append([Hit((int(self.index[js[o]]),), float(loss[o])) for o in order])
        return out

    def gram(self, k: int, dtype: type = np.float32) -> np.ndarray:
        """Gram matrix of the first `k` rows, computed once."""
        k = min(k, len(self))
        key = k if dtype is np.float32 else -k
        if key not in self._grams:
            rows = self.unit32[:k] if dtype is np.float32 else self.unit[:k]
            self._grams[key] = rows @ rows.T
        return self._grams[key]

    def pairs(
        self, unit_target: np.ndarray, k: int, count: int, loss: float, dtype: type = np.float32
    ) -> list[Hit]:
        """The best pairs among the first `k` rows, ranked in float64."""
        C = self.gram(k, dtype)
        k = len(C)
        if k < 2:
            return []
        c = (self.unit[:k] @ unit_target).astype(dtype)
        i, j, _ = best_pairs(C, c, 400, loss)
        if not len(i):
            return []
        a, b = self.unit[i], self.unit[j]
        g = np.einsum("ij,ij->i", a, b)
        ca, cb = a @ unit_target, b @ unit_target
        den = 1 - g * g
        rest = (unit_target - ((ca - g * cb) / den)[:, None] * a
                - ((cb - g * ca) / den)[:, None] * b)  # fmt: skip
        exact = np.einsum("ij,ij->i", rest, rest)
        order = np.argsort(exact, kind="stable")[:count]
        return [Hit((int(self.index[i[o]]), int(self.index[j[o]])), float(exact[o]))
                for o in order]  # fmt: skip
