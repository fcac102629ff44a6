"""Laws of two curves, each of one column: their sum, their product, or both.

``a*f(x) + b*g(z) + c*f(x)*g(z) + free terms`` in the views of a target. Which curves a column may
have shows before the other's is known: whatever stands beside it, ``A(z) + f(x)*B(z)`` with smooth
A and B fits the rows. Of a dictionary of skeletons at many settings of their constants those
that do are kept, for either column; all pairs of them are fitted in closed form, and the
constants of the best pairs are polished together (variable projection).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ....expressions.operators import OPS
from ....expressions.tree import Node, call, const, var
from ...builders import clean, power, weighted_sum
from ...modulated import Modulation
from ...retrieve import orthonormal
from ...workspace import Workspace
from . import fitting
from . import programs as P
from .coefficients import told
from .grammar import Programs, catalogue
from .joining import put_together
from .pairing import BOTH, MODELS, losses
from .sampling import SETTINGS, Curves
from .solver import all_rows, points
from .views import View, views

Array = np.ndarray
Candidates = Iterator[Node | None]

_ROWS = 150  # on which curves are compared
_NATS, _MOST = 19.0, 1500  # of the skeletons of a dictionary
_BLOCK = 1500  # curves that are fitted at once
_SETTINGS, _TURNED = 2, 120  # settings of a skeleton, and of all, whose constants are moved
_KEPT = 60  # skeletons of a column that meet those of the other
_CHEAP, _NEAREST, _LAWS = 24, 8, 3  # pairs of a model that are polished; of all that are offered
_COARSE = 3e-4  # share of the variance that the settings of a dictionary may leave of the truth
_QUICK, _LAST = 10, 40  # steps of Levenberg-Marquardt
_TERM, _FACTOR = OPS["add"].nats + OPS["mul"].nats, OPS["mul"].nats
_SHAPES = ("square", "inv", "sqrt", "log")  # of a further column


@dataclass(frozen=True, eq=False)
class Pair:
    """Two curves with their constants, a model, and how well they do."""

    first: int
    second: int
    model: tuple[int, ...]
    c: Array
    score: float


class Separable:
    """Pairs of curves of two columns of a table of two or three.

    Parameters
    ----------
    ws : Workspace
    """

    def __init__(self, ws: Workspace) -> None:
        self._ws, p = ws, ws.problem
        rows, target, root = all_rows(ws, ws.root)
        self._X, self._nodes = rows[:, ws.columns].T.copy(), [var(j) for j in ws.columns]
        self._views = list(views(p, target, root, self._X))
        self._rows, self._n = len(p.y), self._X.shape[1]
        order = np.argsort(target.values, kind="stable")
        count = min(_ROWS, self._n)
        self._some = order[np.linspace(0, self._n - 1, count).round().astype(int)]
        most = 2 * (len(SETTINGS) - 1)
        self._U = np.zeros((len(SETTINGS), int(SETTINGS.max()), most))
        for k in range(1, len(SETTINGS)):  # those of many dimensions are uneven in few
            self._U[k, :, : 2 * k] = points(self._U.shape[1], 2 * k)
        self._curves: dict[int, tuple[Programs, Curves]] = {}

    def stages(self) -> Iterator[Candidates]:
        """A stage for each view and pair of columns."""
        if not hasattr(fitting.descend, "py_func"):
            return
        for view in self._views:
            for i, j in itertools.combinations(range(len(self._X)), 2):
                yield self._stage(view, i, j)

    def _stage(self, view: View, i: int, j: int) -> Candidates:
        free, nodes = self._free(view, (i, j))
        if self._n < 2 * (len(free) + 4):
            return
        kept = []
        for column in (i, j):
            yield from self._sampled(column)
            found: list[Curves] = []
            yield from self._fitting(view, column, found)
            if not found:
                return
            kept.append(found[0])
        yield None
        pairs = sorted(self._joined(view, free, (i, j), kept), key=lambda pair: pair.score)
        yield None
        best = []
        for pair in pairs:
            best.append(self._polished(view, free, (i, j), pair, _QUICK))
            if len(best) % 8 == 0:
                yield None
        best.sort(key=lambda pair: pair.score)
        for pair in best[:_LAWS]:
            last = self._polished(view, free, (i, j), pair, _LAST)
            for law in self._laws(view, free, nodes, (i, j), last):
                yield from self._ws.acceptance.offer_law(view.target.wrap(law), plausible=True)
            yield None

    # ------------------------------------------------------------------ curves of one column

    def _sampled(self, column: int) -> Candidates:
        """The dictionary of a column, once."""
        if column in self._curves:
            return
        p, x = self._ws.problem, self._X[column]
        all_ = catalogue(tuple(p.unary), tuple(p.binary), (bool((x >= 0).all()),))
        all_.reach(_MOST)
        yield None
        programs = all_.all
        last = programs.codes[np.arange(len(programs)), programs.lengths - 1, 0]
        some = np.flatnonzero((last != P.WEIGHTED) & (programs.nats <= _NATS))[:_MOST]
        curves = Curves.of(programs, some, np.ascontiguousarray(x[self._some]), self._U)
        self._curves[column] = programs, curves

    def _fitting(self, view: View, column: int, found: list[Curves]) -> Candidates:
        """Curves of a column that fit beside smooth functions of the others, into `found`."""
        programs, curves = self._curves[column]
        t, root = view.target.values[self._some], view.root[self._some]
        others = [_scaled(x[self._some]) for j, x in enumerate(self._X) if j != column]
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
        loss = np.maximum(np.nan_to_num(np.concatenate(left), nan=1.0), _COARSE)
        score = 0.5 * self._rows * np.log(loss) + programs.nats[curves.number]
        kept, seen = [], {}
        for k in np.argsort(score, kind="stable"):
            number = int(curves.number[k])
            if seen.get(number, 0) < _SETTINGS:
                seen[number] = seen.get(number, 0) + 1
                kept.append(int(k))
            if len(kept) == _TURNED:
                break
        yield None
        found.append(self._turned(view, column, curves[np.array(kept)], others, Q))

    def _turned(
        self, view: View, column: int, curves: Curves, others: Sequence[Array], Q: Array
    ) -> Curves:
        """Curves after a few steps of their constants, beside the same smooth functions.

        What a curve is multiplied by has no mixed terms here.
        """
        programs, some = self._curves[column][0], self._some
        degree = (fitting.WIDE - 1) // len(others)
        z = [x ** (k + 1) for k in range(degree) for x in others]
        X = np.ascontiguousarray([self._X[column][some], *z])
        root, m, n = view.root[some], len(z), len(some)
        t = view.target.values[some] * root
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
            loss = max(loss / total, _COARSE) if np.isfinite(values[k]).all() else np.inf
            score.append(0.5 * self._rows * math.log(loss) + programs.nats[number])
        best, seen = [], set()
        for k in np.argsort(score, kind="stable"):
            if curves.number[k] not in seen and score[k] < np.inf and len(best) < _KEPT:
                seen.add(curves.number[k])
                best.append(k)
        size = np.abs(values[best]).max(axis=1)[:, None]
        return Curves(values[best] / size, constants[best], curves.number[best])

    # ------------------------------------------------------------------ pairs

    def _free(self, view: View, pair: tuple[int, int]) -> tuple[Array, list[Node]]:
        """Free terms of a view and, for the column that is in neither curve, some of its own."""
        free, nodes = view.free, []
        if view.of_powers:
            nodes = [call("log", n) for j, n in enumerate(self._nodes) if view.covers >> j & 1]
        elif len(free) > 1:
            nodes = list(self._nodes)
        for j, x in enumerate(self._X):
            if j in pair or view.covers >> j & 1:
                continue
            shapes = [x] + [_apply(name, x) for name in _SHAPES[: 4 if (x > 0).all() else 1]]
            own = [self._nodes[j]] + [_called(name, self._nodes[j]) for name in _SHAPES]
            free, nodes = np.vstack([*shapes, free]), own[: len(shapes)] + nodes
        return free, nodes

    def _joined(
        self, view: View, free: Array, columns: tuple[int, int], kept: Sequence[Curves]
    ) -> list[Pair]:
        """The best pairs of curves in each model."""
        (programs, _), (others, _) = (self._curves[j] for j in columns)
        f, g = kept
        t, root = view.target.values[self._some], view.root[self._some]
        Q = orthonormal(free[:, self._some] * root)
        rest = t * root - ((t * root) @ Q.T) @ Q
        left = losses(f.values, g.values, rest, root, Q)
        nats = programs.nats[f.number][:, None] + others.nats[g.number][None, :]
        out = []
        for model, loss in zip(MODELS, left, strict=True):
            seen: set[tuple[int, int]] = set()
            for least, count in ((_COARSE, _CHEAP), (1e-14, _CHEAP + _NEAREST)):
                score = 0.5 * self._rows * np.log(np.maximum(loss, least)) + nats + _nats(model)
                for at in np.argsort(score, axis=None):
                    if len(seen) == count:
                        break
                    k, m = np.unravel_index(at, score.shape)
                    pair = int(f.number[k]), int(g.number[m])
                    if pair in seen:
                        continue
                    seen.add(pair)
                    c = np.concatenate([f.constants[k][: programs.counts[pair[0]]],
                                        g.constants[m][: others.counts[pair[1]]]])  # fmt: skip
                    out.append(Pair(*pair, model, c, float(score[k, m])))
        return out

    def _program(self, columns: tuple[int, int], pair: Pair) -> tuple[Array, int, int]:
        """Both curves and their product as one program, its length and constants."""
        parts = []
        for column, number in zip(columns, (pair.first, pair.second), strict=True):
            programs = self._curves[column][0]
            code = programs.codes[number].copy()
            code[code[:, 0] == P.COLUMN, 1] = column
            parts += [code, int(programs.lengths[number]), int(programs.counts[number])]
        code = np.zeros((2 * P.LENGTH, 4), dtype=np.int8)
        length, k = put_together(*parts, np.array([-1, -1, P.MUL]), code)
        return code, length, k

    def _polished(
        self, view: View, free: Array, columns: tuple[int, int], pair: Pair, steps: int
    ) -> Pair:
        """The pair after some steps of all its constants together, on all rows."""
        code, length, k = self._program(columns, pair)
        terms = code[length - 1, 1], code[length - 1, 2], length - 1
        chosen = np.array([terms[m] for m in pair.model], dtype=np.int64)
        c = pair.c.copy()
        root = view.root
        loss = fitting.descend(
            code, length, chosen, len(chosen), k, orthonormal(free * root), self._X,
            view.target.values * root, root, c, steps, fitting.space_of(length, k, self._n),
        ) / self._n  # fmt: skip
        numbers = k + len(chosen) + len(free)
        spare = self._rows - numbers - 1
        score = math.inf
        if spare > 0 and loss < np.inf:
            nats = self._curves[columns[0]][0].nats[pair.first]
            nats += self._curves[columns[1]][0].nats[pair.second]
            score = 0.5 * self._rows * math.log(max(loss, 1e-300)) + nats + _nats(pair.model)
            score += numbers * self._rows / spare
        return Pair(pair.first, pair.second, pair.model, c, score)

    # ------------------------------------------------------------------ laws

    def _laws(
        self, view: View, free: Array, nodes: list[Node], columns: tuple[int, int], pair: Pair
    ) -> Iterator[Node]:
        """Laws of the view, superfluous terms left out; products of sums where both stand."""
        if not pair.score < np.inf:
            return
        code, length, _ = self._program(columns, pair)
        R = np.empty((length, self._n))
        P.run(code, length, self._X, pair.c, R)
        c = np.array([clean(float(v), 1e-8) for v in pair.c])
        at = code[length - 1, 1], code[length - 1, 2], length - 1
        curves = [P.expression(code, int(r), self._nodes, c) for r in at]
        t, root, model = view.target.values, view.root, list(pair.model)
        A = np.vstack([R[[at[m] for m in model]], free])
        if not np.isfinite(A).all():
            return
        kept, w = told(A, t, root)
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


def _nats(model: tuple[int, ...]) -> float:
    return sum(_TERM + _FACTOR * (m == 2) for m in model) - OPS["add"].nats


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


def _apply(name: str, x: Array) -> Array:
    return np.asarray(OPS[name].apply(np, x))


def _called(name: str, node: Node) -> Node:
    return power(node, {"square": 2.0, "inv": -1.0, "sqrt": 0.5}[name]) if name != "log" else call(
        "log", node
    )
