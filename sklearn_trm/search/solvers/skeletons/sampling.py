"""Skeletons of one column at many settings of their constants: a dictionary of curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...compiling import compiled
from . import programs as P
from .grammar import Programs

Array = np.ndarray

SETTINGS = np.array([1, 36, 128])  # of a skeleton, by its constants


@compiled
def _sampled(codes, lengths, counts, X, U, settings, values, constants, number):  # pragma: no cover
    """Fills values, constants and numbers of skeletons; how many there are."""
    R, c = np.empty((codes.shape[1], X.shape[1])), np.zeros(constants.shape[1])
    done = 0
    for b in range(len(codes)):
        for u in range(settings[counts[b]]):
            P.start(codes[b], lengths[b], X, U[counts[b], u], c, R)
            out = R[lengths[b] - 1]
            low, high = out[0], out[0]
            good = True
            for i in range(X.shape[1]):
                good = good and np.isfinite(out[i]) and abs(out[i]) < 1e100
                low, high = min(low, out[i]), max(high, out[i])
            if not good or not high - low > 1e-9 * max(abs(low), abs(high)):
                continue
            size = max(abs(low), abs(high))
            for i in range(X.shape[1]):
                values[done, i] = out[i] / size
            for j in range(len(c)):
                constants[done, j] = c[j]
            number[done] = b
            done += 1
    return done


@dataclass(frozen=True, eq=False)
class Curves:
    """Values (K, n) of skeletons, each in units of its largest, their constants and numbers."""

    values: Array
    constants: Array
    number: Array

    @classmethod
    def of(cls, programs: Programs, some: Array, x: Array, U: Array) -> Curves:
        """Skeletons `some` of a column `x`; ``U[k]`` holds points for those with k constants."""
        most = len(SETTINGS) - 1
        counts = programs.counts[some]
        some = some[counts <= most]
        counts = programs.counts[some]
        total = int(SETTINGS[counts].sum())
        values, constants = np.empty((total, len(x))), np.zeros((total, most))
        number = np.empty(total, dtype=np.int64)
        done = _sampled(programs.codes[some], programs.lengths[some], counts, x[None], U,
                        SETTINGS, values, constants, number)  # fmt: skip
        return cls(values[:done], constants[:done], some[number[:done]])

    def __getitem__(self, at: Array | slice) -> Curves:
        return Curves(self.values[at], self.constants[at], self.number[at])
