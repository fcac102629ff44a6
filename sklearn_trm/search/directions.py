"""Exact pairs by sorting: of k rows, those two that together explain a target without error.

A scan of all pairs costs ``k**2 / 2`` products. Where a law is exact, sorting does: in a few random
coordinates (of what a free space leaves) the target is divided out, and the two rows that explain
it lie on one line through the origin. So they are neighbours in the order of an angle: a sort of k
numbers, ``k * log(k)``, and the other angles tell whether a pair of neighbours is there by chance.
As in the meet-in-the-middle algorithms for the subset-sum problem (E. Horowitz and S. Sahni,
"Computing Partitions with Applications to the Knapsack Problem", 1974). Further vectors may be
divided out as well: with an atom beside the target the pairs are triples.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray

COORDINATES = 7  # of which a target and two further vectors may be divided out
_NEAR, _SURE = 1e-7, 1e-12  # of an angle; the square of what two rows leave of a target
_REST = 1e-5  # of the norm of a row: less is left by the free space of what it explains


class Probes:
    """Random coordinates of what a free space leaves.

    Parameters
    ----------
    q : ndarray of shape (m, N)
        The free space, its rows orthonormal.
    """

    def __init__(self, q: Array) -> None:
        self.q = q
        P = np.random.default_rng(3).standard_normal((q.shape[1], COORDINATES))
        P -= self.q.T @ (self.q @ P)
        self.P = P - self.q.T @ (self.q @ P)

    def __call__(self, rows: Array) -> tuple[Array, Array]:
        """Coordinates (k, COORDINATES) of length one, and the share of each row's norm left."""
        with np.errstate(all="ignore"):
            size = np.einsum("ij,ij->i", rows, rows)
            inside = rows @ self.q.T
            share = np.sqrt(np.maximum(1.0 - np.einsum("ij,ij->i", inside, inside) / size, 0.0))
            at = rows @ self.P
            at /= np.sqrt(np.einsum("ij,ij->i", at, at))[:, None]
        share[~(np.isfinite(share) & np.isfinite(at).all(axis=1))] = 0.0
        return at, share


class Directions:
    """Rows as directions in random coordinates; of those that are parallel the first is kept.

    Parameters
    ----------
    at : ndarray of shape (k, COORDINATES)
    share : ndarray of shape (k,)
        From `Probes`.
    index : ndarray of shape (k,), optional
        Their ids; places when omitted.

    Examples
    --------
    >>> rows = np.random.default_rng(0).standard_normal((2000, 50))
    >>> probes = Probes(np.ones((1, 50)) / np.sqrt(50))
    >>> target, _ = probes((3 * rows[7] - rows[1500] + 2)[None])
    >>> Directions(*probes(rows)).pairs(target[:, None])
    [(0, 7, 1500)]
    """

    def __init__(self, at: Array, share: Array, index: Array | None = None) -> None:
        index = np.arange(len(at)) if index is None else index
        with np.errstate(all="ignore"):
            keys = np.round(at[:, 1:3] / at[:, :1] * 1e7)
        keep = np.flatnonzero((share > _REST) & np.isfinite(keys).all(axis=1))
        key = keys[keep, 0] + 1j * keys[keep, 1]
        first = np.sort(np.unique(key, return_index=True)[1])
        self.at, self.index = at[keep[first]], index[keep[first]]

    def __len__(self) -> int:
        return len(self.at)

    def pairs(self, taken: Array, most: int = 8) -> list[tuple[int, int, int]]:
        """Targets and the ids of two rows that explain each, at most so many for a target.

        Parameters
        ----------
        taken : ndarray of shape (C, m, COORDINATES)
            The target of each, and what else is divided out.
        """
        m = taken.shape[1]
        rest = np.linalg.qr(np.swapaxes(taken, 1, 2), mode="complete")[0][:, :, m:]
        if len(self.at) < 2 or not len(taken):
            return []
        with np.errstate(all="ignore"):
            found = [self._neighbours(basis) for basis in rest]
            c = np.repeat(np.arange(len(found)), [len(i) for i, _ in found])
            i, j = (np.concatenate([pair[side] for pair in found]) for side in (0, 1))
            # neighbours may be so by chance, or be parallel whatever the target is
            basis = np.concatenate([taken[c, 1:], self.at[i, None], self.at[j, None]], axis=1)
            basis = np.linalg.qr(np.swapaxes(basis, 1, 2))[0]
            target = taken[c, 0]
            left = target - (basis @ np.einsum("hpq,hp->hq", basis, target)[..., None])[..., 0]
            good = np.flatnonzero(np.einsum("hp,hp->h", left, left) < _SURE)
        out: list[tuple[int, int, int]] = []
        count = np.zeros(len(taken), dtype=int)
        cost = self.index[i[good]] + self.index[j[good]]
        for g in good[np.argsort(cost, kind="stable")].tolist():
            count[c[g]] += 1
            if count[c[g]] <= most:
                first, second = sorted((int(self.index[i[g]]), int(self.index[j[g]])))
                out.append((int(c[g]), first, second))
        return out

    def _neighbours(self, basis: Array) -> tuple[Array, Array]:
        """Rows whose angles in the first two vectors of a basis (COORDINATES, m) are equal."""
        Q = self.at @ basis[:, :2]
        u = Q[:, 0] / Q[:, 1]
        order = np.argsort(u)
        u = u[order]
        place = np.flatnonzero(np.diff(u) < _NEAR * (1.0 + u[1:] ** 2))
        return order[place], order[place + 1]
