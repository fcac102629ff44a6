"""Sums of terms with numbers inside, found by Levenberg-Marquardt steps from many starts at once.

The coefficients are projected out (G. Golub and V. Pereyra, "The differentiation of pseudo-inverses
and nonlinear least squares problems whose variables separate", 1973, with the slopes of L. Kaufman,
1975). Again and again the worse starts are given up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...expressions.least_squares import solve_normal
from ..workspace import Workspace

Array = np.ndarray

LARGEST = 6.0  # exponent
_LEFT = 8  # starts that are not given up
_EXACT = 1e-26  # share of the target's square
_LIMIT = 50.0  # of a logarithm
_ZERO = 30.0  # the logarithm of zero, below that of the least other value


@dataclass(frozen=True, eq=False)
class Logs:
    """Columns as power products take them.

    Attributes
    ----------
    values : ndarray of shape (d, N)
        Their logarithms, centred.
    below : ndarray of shape (d, N)
        Where a column of both signs is negative; nowhere else.
    centre : ndarray of shape (d,)
        What was taken off.
    """

    values: Array
    below: Array
    centre: Array

    @classmethod
    def of(cls, ws: Workspace) -> Logs:
        x = ws.X[:, ws.columns].T
        size = np.abs(x)
        least = np.where(size > 0.0, size, np.inf).min(axis=1, keepdims=True)
        logs = np.log(np.maximum(size, least)) - _ZERO * (size == 0.0)
        both = (x < 0.0).any(axis=1, keepdims=True) & (x > 0.0).any(axis=1, keepdims=True)
        centre = logs.mean(axis=1)
        return cls(logs - centre[:, None], (x < 0.0) & both, centre)

    def at(self, rows: Array) -> Logs:
        """Some rows."""
        return Logs(self.values[:, rows], self.below[:, rows], self.centre)

    def products(self, exponents: Array, odd: Array, level: Array | float = 0.0) -> Array:
        """Power products (S, K, N); `odd` is 1 where the sign of a column counts."""
        out = np.exp(np.clip(exponents @ self.values + level, -_LIMIT, _LIMIT))
        if self.below.any():
            out = out * (1.0 - 2.0 * ((odd @ self.below) % 2.0))
        return out


class Terms(Protocol):
    """What is summed; `at` holds the inner numbers of each start, `held` what does not step."""

    def values(self, at: Array, held: Array) -> Array:
        """The terms (S, K, N) of S starts."""

    def slopes(self, at: Array, held: Array, terms: Array, c: Array) -> Array:
        """Slopes (S, P, N) of the sums of `terms` times `c`, in each inner number."""


class Descent:
    """Sums of terms that step towards a target, all starts at once.

    Parameters
    ----------
    terms : Terms
    target, root : ndarray of shape (N,)
        What they shall explain, and roots of the weights of the rows.
    level : bool
        Whether there is a level.
    at : ndarray of shape (S, P)
        Inner numbers of the starts.
    held : ndarray of shape (S, Q)
        What each start keeps.
    free : ndarray of shape (P,), optional
        Which numbers step; all when omitted.
    """

    def __init__(
        self, terms: Terms, target: Array, root: Array, level: bool, at: Array, held: Array,
        free: Array | None = None,
    ) -> None:  # fmt: skip
        self._terms, self._y, self._root = terms, target * root, root
        self._level = level
        self.at, self.held = at, held
        self._free = np.ones(at.shape[1]) if free is None else free.astype(float)
        self._damping = np.full(len(at), 0.1)
        self._parts = self._of(at, held)

    @property
    def loss(self) -> Array:
        """What is left, as a share of the target's square."""
        return self._parts[-1] / float(self._y @ self._y)

    def _of(self, at: Array, held: Array) -> tuple[Array, ...]:
        """Terms, of length one too, their Gram matrices, coefficients, the rest and its square."""
        terms = plain = self._terms.values(at, held) * self._root
        if self._level:
            ones = np.broadcast_to(self._root, (len(terms), 1, len(self._root)))
            terms = np.concatenate([terms, ones], axis=1)
        size = np.sqrt((terms * terms).sum(axis=2, keepdims=True))
        unit = terms / np.where(size > 0.0, size, 1.0)
        ill = ~np.isfinite(unit).all(axis=(1, 2))
        unit[ill] = 0.0
        gram = unit @ unit.transpose(0, 2, 1) + 1e-13 * np.eye(unit.shape[1])
        c = solve_normal(gram, (unit @ self._y)[..., None])[..., 0]
        left = self._y - (c[:, None] @ unit)[:, 0]
        loss = (left * left).sum(axis=1)
        loss = np.where(np.isfinite(loss) & ~ill, loss, np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            c = (c / size[..., 0])[:, : plain.shape[1]]
        return plain, unit, gram, c, left, loss

    def run(self, steps: int, halved: Sequence[int] = ()) -> None:
        """So many steps, or until one is exact; after some of them the worse are given up."""
        for step in range(steps):
            self._step()
            if step in halved and len(self.at) > _LEFT:
                self.keep(max(len(self.at) // 3, _LEFT))
            if self.loss.min() < _EXACT:
                return

    def _step(self) -> None:
        plain, unit, gram, c, left, loss = self._parts
        J = self._terms.slopes(self.at, self.held, plain, c) * self._free[:, None]
        J[~np.isfinite(J).all(axis=(1, 2))] = 0.0
        J = J - solve_normal(gram, unit @ J.transpose(0, 2, 1)).transpose(0, 2, 1) @ unit
        H, g = J @ J.transpose(0, 2, 1), (J @ left[..., None])[..., 0]
        size = np.einsum("spp->sp", H)
        size = size + 1e-8 * size.max(axis=1, keepdims=True) + 1e-300
        H = H + (self._damping[:, None] * size)[..., None] * np.eye(H.shape[1])
        step = np.clip(solve_normal(H, g[..., None])[..., 0], -1.0, 1.0)
        new = np.clip(self.at + step * self._free, -LARGEST, LARGEST)
        tried = self._of(new, self.held)
        better = tried[-1] < loss
        self.at = np.where(better[:, None], new, self.at)
        self._parts = tuple(
            np.where(better.reshape(-1, *[1] * (now.ndim - 1)), then, now)
            for then, now in zip(tried, self._parts, strict=True)
        )
        self._damping = np.clip(self._damping * np.where(better, 0.3, 4.0), 1e-12, 1e8)

    def keep(self, count: int) -> None:
        """Give up all but the best."""
        best = np.argsort(self._parts[-1], kind="stable")[:count]
        self.at, self.held, self._damping = self.at[best], self.held[best], self._damping[best]
        self._parts = tuple(part[best] for part in self._parts)
