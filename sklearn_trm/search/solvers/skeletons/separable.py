"""Laws of two curves, each of one column: their sum, their product, or both.

``a*f(x) + b*g(z) + c*f(x)*g(z) + free terms`` in the views of a target. Which curves a column may
have shows before the other's is known: whatever stands beside it, ``A(z) + f(x)*B(z)`` with smooth
A and B fits the rows. Of a dictionary of skeletons at many settings of their constants those
that do are kept, for either column; all pairs of them are fitted in closed form, and the
constants of the best pairs are polished together (variable projection). Beside a wave smooth
functions tell nothing: so the best curves meet the whole dictionary of the other column too.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from ....expressions.operators import OPS
from ....expressions.tree import Node, call, var
from ....task.problem import Problem
from ...acceptance import Acceptance
from ...builders import power
from ...transforms import Target
from ...workspace import Workspace
from . import fitting
from . import programs as P
from .beside import Beside
from .grammar import Programs, catalogue
from .pairs import Pair, Pairs
from .sampling import SETTINGS, Curves
from .solver import all_rows, points
from .views import View, views

Array = np.ndarray
Candidates = Iterator[Node | None]

_ROWS = 150  # on which curves are compared
_NATS, _MOST = 19.0, 1500  # of the skeletons of a dictionary
_FEW = 8  # curves of a column that meet all of the other
_PAIRS, _MORE = (24, 8), (8, 4)  # of a model that are polished: cheap ones, then the nearest
_AGAIN, _LAWS = 2, 3  # pairs either curve of which is looked for once more; that are offered
_QUICK, _LAST = 10, 40  # steps of Levenberg-Marquardt
_SHAPES = ("square", "inv", "sqrt", "log")  # of a further column


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
        t, root, some = view.target.values, view.root, self._some
        beside, kept = Beside(t[some], root[some], self._rows), []
        for column in (i, j):
            yield from self._sampled(column)
            others = [x[some] for k, x in enumerate(self._X) if k != column]
            curves: Curves | None = None
            for found in beside.curves(*self._curves[column], self._X[column, some], others):
                curves = found
                yield None
            if curves is None or not len(curves.number):
                return  # none has a value on all rows
            kept.append(curves)
        programs = self._curves[i][0], self._curves[j][0]
        pairs = Pairs(
            t, root, free, self._X, (i, j), programs, some, self._rows, self._ws.problem.rules.shift
        )
        best: list[Pair] = []
        yield from self._met(pairs, kept, (self._curves[i][1], self._curves[j][1]), best)
        for pair in best[:_LAWS]:
            for law in pairs.laws(pairs.polished(pair, _LAST), self._nodes, nodes):
                yield from self._ws.acceptance.offer_law(view.target.wrap(law), plausible=True)
            yield None

    def _met(
        self, pairs: Pairs, kept: Sequence[Curves], every: Sequence[Curves], best: list[Pair]
    ) -> Candidates:
        """Pairs of those that were kept, and of the best with all others, into `best`."""
        (one, two), (f, g), few = kept, every, slice(_FEW)
        meetings = [(one, two, _PAIRS), (one[few], g, _MORE), (f, two[few], _MORE)]
        again: list[Pair] = []
        while meetings:  # three, and two for each of the best pairs
            for k, pair in enumerate(pairs.joined(*meetings.pop(0))):
                best.append(pairs.polished(pair, _QUICK))
                if k % 8 == 7:
                    yield None
            yield None
            best.sort(key=lambda pair: pair.score)
            if not meetings and len(again) < _AGAIN and best and best[0] not in again:
                again.append(best[0])
                one, two = pairs.alone(best[0])
                meetings = [(one, g, _MORE), (f, two, _MORE)]

    def _sampled(self, column: int) -> Candidates:
        """The dictionary of a column, once."""
        if column in self._curves:
            return
        x, p = self._X[column], self._ws.problem
        all_ = catalogue(p.unary, p.binary, [x], p.rules.shift)
        all_.reach(_MOST)
        yield None
        programs = all_.all
        last = programs.codes[np.arange(len(programs)), programs.lengths - 1, 0]
        some = np.flatnonzero((last != P.WEIGHTED) & (programs.nats <= _NATS))[:_MOST]
        curves = Curves.of(programs, some, np.ascontiguousarray(x[self._some]), self._U)
        self._curves[column] = programs, curves

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


@functools.cache  # once a process: it takes a third of a second, which no limit counts
def prepare() -> None:
    """Compile, or load what an earlier process has compiled."""
    X = np.random.default_rng(0).uniform(1.0, 2.0, (40, 2))
    y = X[:, 0] * np.exp(X[:, 1])
    ws = Workspace(Acceptance(Problem(X, y)), X, Target(y))
    for _ in next(Separable(ws).stages(), ()):
        pass


def _apply(name: str, x: Array) -> Array:
    return np.asarray(OPS[name].apply(np, x))


def _called(name: str, node: Node) -> Node:
    return (
        power(node, {"square": 2.0, "inv": -1.0, "sqrt": 0.5}[name])
        if name != "log"
        else call("log", node)
    )
