"""Pairs of curves of two columns in one view of a target: fitted, polished, written as laws."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ....expressions.tree import Node, const
from ....rules.prior import nats_of
from ...builders import clean, weighted_sum
from ...retrieve import orthonormal
from . import fitting
from . import programs as P
from .beside import COARSE
from .coefficients import told
from .grammar import Programs
from .pairing import BOTH, MODELS, losses
from .sampling import SETTINGS, Curves

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Pair:
    """Two curves with their constants, a model, and how well they do."""

    first: int
    second: int
    model: tuple[int, ...]
    c: Array
    score: float


class Pairs:
    """Pairs of curves of two columns, beside free terms.

    Parameters
    ----------
    t, root : ndarray of shape (n,)
        The target and square roots of the rows' weights.
    free : ndarray of shape (m, n)
        The free terms, the level last.
    X : ndarray of shape (d, n)
    columns : pair of int
    programs : pair of Programs
        Of either column.
    some : ndarray of int
        The rows on which curves are sampled.
    rows : int
        Of the table.
    shift : mapping
        Nats by operator that are added to the prior.
    """

    def __init__(
        self, t: Array, root: Array, free: Array, X: Array, columns: tuple[int, int],
        programs: tuple[Programs, Programs], some: Array, rows: int,
        shift: Mapping[str, float],
    ) -> None:  # fmt: skip
        self._t, self._root, self._free, self._X = t, root, free, X
        self._columns, self._programs, self._some = columns, programs, some
        self._rows, self._n = rows, len(t)
        self._add, self._mul = (nats_of(name, shift) for name in ("add", "mul"))
        self._basis = orthonormal(free * root)
        self._seen: set[tuple] = set()

    def joined(self, one: Curves, two: Curves, counts: tuple[int, int]) -> list[Pair]:
        """The best pairs of some curves in each model that did not meet before.

        So many of them with curves that are near enough, the cheapest first, then the nearest.
        """
        t, root = self._t[self._some], self._root[self._some]
        Q = orthonormal(self._free[:, self._some] * root)
        rest = t * root - ((t * root) @ Q.T) @ Q
        out: list[Pair] = []
        left = losses(one.values, two.values, rest, root, Q)
        for model, loss in zip(MODELS, left, strict=True):
            for least, count in zip((COARSE, 1e-14), counts, strict=True):
                rough = np.maximum(loss, least)
                out += self._best(one, two, model, rough, count)
        return out

    def _best(
        self, one: Curves, two: Curves, model: tuple[int, ...], loss: Array, count: int
    ) -> Iterator[Pair]:
        """The new pairs with the shortest descriptions."""
        first, second = self._programs
        score = 0.5 * self._rows * np.log(loss) + self._nats(model)
        score += first.nats[one.number][:, None] + second.nats[two.number][None, :]
        for at in np.argsort(score, axis=None):
            k, m = np.unravel_index(at, score.shape)
            i, j = int(one.number[k]), int(two.number[m])
            if (i, j, model) in self._seen:
                continue
            self._seen.add((i, j, model))
            # programs read a constant also where they use none
            c = np.concatenate([one.constants[k][: first.counts[i]],
                                two.constants[m][: second.counts[j]], [0.0]])  # fmt: skip
            yield Pair(i, j, model, c, float(score[k, m]))
            count -= 1
            if not count:
                return

    def alone(self, pair: Pair) -> tuple[Curves, Curves]:
        """The two curves of a pair, alone."""
        code, length, k = self._program(pair)
        R = np.empty((length, self._n))
        P.run(code, length, self._X, pair.c, R)
        most = len(SETTINGS) - 1
        first = int(self._programs[0].counts[pair.first])
        out = []
        for at, number, c in ((code[length - 1, 1], pair.first, pair.c[:first]),
                              (code[length - 1, 2], pair.second, pair.c[first:k])):  # fmt: skip
            values = R[at][self._some]
            constants = np.zeros((1, most))
            constants[0, : len(c)] = c
            out.append(Curves(values[None] / np.abs(values).max(), constants, np.array([number])))
        return out[0], out[1]

    def polished(self, pair: Pair, steps: int) -> Pair:
        """The pair after some steps of all its constants together, on all rows."""
        code, length, k = self._program(pair)
        terms = code[length - 1, 1], code[length - 1, 2], length - 1
        chosen = np.array([terms[m] for m in pair.model], dtype=np.int64)
        c = pair.c.copy()
        root = self._root
        loss = fitting.descend(
            code, length, chosen, len(chosen), k, self._basis, self._X,
            self._t * root, root, c, steps, fitting.space_of(length, k, self._n),
        ) / self._n  # fmt: skip
        numbers = k + len(chosen) + len(self._free)
        spare = self._rows - numbers - 1
        score = math.inf
        if spare > 0 and loss < np.inf:
            nats = self._programs[0].nats[pair.first] + self._programs[1].nats[pair.second]
            score = 0.5 * self._rows * math.log(max(loss, 1e-300)) + nats + self._nats(pair.model)
            score += numbers * self._rows / spare
        return Pair(pair.first, pair.second, pair.model, c, score)

    def laws(self, pair: Pair, columns: Sequence[Node], nodes: list[Node]) -> Iterator[Node]:
        """Laws of the target, superfluous terms left out; products of sums where both stand.

        Parameters
        ----------
        pair : Pair
        columns, nodes : sequence of Node
            The columns of the table, and what the free terms but for the level are.
        """
        if not pair.score < np.inf:
            return
        code, length, _ = self._program(pair)
        R = np.empty((length, self._n))
        P.run(code, length, self._X, pair.c, R)
        c = np.array([clean(float(v), 1e-8) for v in pair.c])
        at = code[length - 1, 1], code[length - 1, 2], length - 1
        curves = [P.expression(code, int(r), columns, c) for r in at]
        t, root, model = self._t, self._root, list(pair.model)
        A = np.vstack([R[[at[m] for m in model]], self._free])
        if not np.isfinite(A).all():
            return
        kept, w = told(A, t, root, stays=False)
        terms = [curves[m] for m in model] + nodes
        some = [k for k in kept if k < len(terms)]
        yield weighted_sum([float(w[k]) for k in some], [terms[k] for k in some], float(w[-1]))
        if pair.model != BOTH or not {0, 1, 2} <= set(kept):
            return
        a, b = float(w[1] / w[2]), float(w[0] / w[2])  # (f + a)*(g + b)
        both = (R[at[0]] + a) * (R[at[1]] + b)
        node = (curves[0] + const(a)) * (curves[1] + const(b))
        more, terms = [k for k in kept[3:] if k < len(A) - 1], [node]
        terms += [nodes[k - 3] for k in more]
        A = np.vstack([both, A[more], np.ones(self._n)])
        _, w = told(A, t, root)
        yield weighted_sum(w[:-1].tolist(), terms, float(w[-1]))
        yield weighted_sum(w[:-1].tolist(), terms)

    def _program(self, pair: Pair) -> tuple[Array, int, int]:
        """Both curves and their product as one program, its length and constants."""
        lines: list[Array] = []
        start, k = 0, 0
        numbers = pair.first, pair.second
        for column, programs, number in zip(self._columns, self._programs, numbers, strict=True):
            length, count = int(programs.lengths[number]), int(programs.counts[number])
            code = programs.codes[number, :length].copy()
            leaf = code[:, 0] == P.COLUMN
            code[leaf, 1] = column
            code[~leaf, 1:3] += start
            code[~leaf & (code[:, 0] >= P.SHIFT), 3] += k
            lines.append(code)
            start, k = start + length, k + count
        last = np.array([[P.MUL, len(lines[0]) - 1, start - 1, 0]], dtype=np.int8)
        return np.concatenate([*lines, last]), start + 1, k

    def _nats(self, model: tuple[int, ...]) -> float:
        return sum(self._add + self._mul * (1 + (m == 2)) for m in model) - self._add
