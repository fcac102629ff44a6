"""Curves of one column beside what is not known of the others.

``A(z) + f(x)*B(z)`` with smooth A and B fits the rows for the right `f`, whether the law is a sum,
a product or both; A and B are least squares.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from ...modulated import Modulation
from ...retrieve import orthonormal
from . import fitting
from . import programs as P
from .grammar import Programs
from .sampling import SETTINGS, Curves

Array = np.ndarray

COARSE = 3e-4  # share of the variance that a curve may leave for want of a better setting
KEPT = 60  # skeletons
_BLOCK = 1500  # curves that are fitted at once
_SETTINGS, _TURNED = 2, 120  # settings of a skeleton, and of all, whose constants are moved
_QUICK = 10  # steps of Levenberg-Marquardt


class Beside:
    """Curves for a target on some rows.

    Parameters
    ----------
    t, root : ndarray of shape (n,)
        The target and square roots of the rows' weights.
    rows : int
        Of the table: what a logarithm of the loss counts.
    """

    def __init__(self, t: Array, root: Array, rows: int) -> None:
        self._t, self._root, self._rows = t, root, rows

    def curves(
        self, programs: Programs, curves: Curves, x: Array, others: Sequence[Array]
    ) -> Iterator[Curves | None]:
        """Of a column `x` those that fit beside smooth functions of the others; None before.

        Nothing where rows are too few for smooth functions, or these leave nothing.
        """
        t, root = self._t, self._root
        others = [_scaled(z) for z in others]
        smooth = _smooth(others, len(t))
        if len(smooth) < 2 or not np.isfinite(t).all():
            return
        Q = orthonormal(smooth * root)
        rest = t * root - ((t * root) @ Q.T) @ Q
        size = math.sqrt(float(rest @ rest))
        if not size > 1e-9 * math.sqrt(float((t * root) @ (t * root))):
            return
        fit = Modulation(smooth * root, Q, rest[None] / size)
        left = []
        for start in range(0, len(curves.number), _BLOCK):
            left.append(fit.loss(curves.values[start : start + _BLOCK])[:, 0])
            yield None
        loss = np.maximum(np.nan_to_num(np.concatenate(left), nan=1.0), COARSE)
        score = 0.5 * self._rows * np.log(loss) + programs.nats[curves.number]
        kept: list[int] = []
        seen: dict[int, int] = {}
        for k in np.argsort(score, kind="stable"):
            number = int(curves.number[k])
            if seen.get(number, 0) < _SETTINGS:
                seen[number] = seen.get(number, 0) + 1
                kept.append(int(k))
            if len(kept) == _TURNED:
                break
        yield None
        yield self._turned(programs, curves[np.array(kept)], x, others, Q)

    def _turned(
        self, programs: Programs, curves: Curves, x: Array, others: Sequence[Array], Q: Array
    ) -> Curves:
        """Curves after a few steps of their constants, beside the same smooth functions.

        What a curve is multiplied by has no mixed terms here.
        """
        degree = (fitting.WIDE - 1) // len(others)
        z = [own ** (k + 1) for k in range(degree) for own in others]
        X = np.ascontiguousarray([x, *z])
        root, m, n = self._root, len(z), len(x)
        t = self._t * root
        total = float(np.sum((t - (t @ Q.T) @ Q) ** 2))
        code = np.zeros((P.LENGTH + 2 * m, 4), dtype=np.int8)
        space = fitting.space_of(len(code), len(SETTINGS) - 1, n)
        score, constants, values = [], curves.constants.copy(), np.empty_like(curves.values)
        for k, number in enumerate(curves.number):
            f = int(programs.lengths[number])
            code[:f] = programs.codes[number, :f]
            code[f : f + m] = [(P.COLUMN, j + 1, 0, 0) for j in range(m)]
            code[f + m : f + 2 * m] = [(P.MUL, f - 1, f + j, 0) for j in range(m)]
            terms, c = np.array([f - 1, *range(f + m, f + 2 * m)]), constants[k]
            loss = fitting.descend(code, f + 2 * m, terms, m + 1, int(programs.counts[number]), Q,
                                   X, t, root, c, _QUICK, space)  # fmt: skip
            values[k] = space[0][f - 1]
            loss = max(loss / total, COARSE) if np.isfinite(values[k]).all() else np.inf
            score.append(0.5 * self._rows * math.log(loss) + programs.nats[number])
        best: list[int] = []
        seen: set[int] = set()
        for k in np.argsort(score, kind="stable"):
            if curves.number[k] not in seen and score[k] < np.inf and len(best) < KEPT:
                seen.add(int(curves.number[k]))
                best.append(int(k))
        size = np.abs(values[best]).max(axis=1)[:, None]
        return Curves(values[best] / size, constants[best], curves.number[best])


def _scaled(z: Array) -> Array:
    """A column, or its logarithm where it spans decades, from -1 to 1."""
    z = np.log(z) if z.min() > 0 and z.max() > 30 * z.min() else z
    return np.asarray(2 * (z - z.min()) / max(float(np.ptp(z)), 1e-300) - 1)


def _smooth(Z: Sequence[Array], rows: int) -> Array:
    """A constant and polynomials of other columns, fewer where there are few rows."""
    powers = [(0,) * len(Z)]
    for degree in range(1, 5 if len(Z) == 1 else 3):
        more = [e for e in itertools.product(range(degree + 1), repeat=len(Z)) if sum(e) <= degree]
        if 4 * len(more) <= rows:
            powers = more
    return np.array([np.prod([z**k for z, k in zip(Z, e, strict=True)], axis=0) for e in powers])
