"""The solver: batches of skeletons, cheapest first; the best of each are polished and yielded."""

from __future__ import annotations

import functools
import heapq
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ....expressions.evaluate import evaluate
from ....expressions.tree import Node, call, const, constants, var
from ....rules.prior import nats_of, prior
from ....task.problem import Problem
from ...acceptance import Acceptance
from ...assemble import linear, solve
from ...builders import clean, product, weighted_sum
from ...retrieve import orthonormal
from ...transforms import Target, same
from ...workspace import Workspace
from . import fitting, screening
from . import programs as P
from .coefficients import of_logarithm, rounded, told
from .grammar import catalogue
from .levels import without_level
from .views import sees, stacked, views

Array = np.ndarray
Candidates = Iterator[Node | None]

ROWS, ROWS_OF_SEVERAL = 48, 64  # on which skeletons of one column, of several are screened
STARTS = np.array([1, 32, 96, 160])  # by the number of constants
_MOST_ROWS = 300  # on which they are polished
_BATCH = 200  # skeletons between two looks at the clock
_STEPS, _LAST = 8, 40  # of Levenberg-Marquardt, on some rows and on all
_FITS = 3  # of a skeleton: from its best start, and from others or in other views
_POLISHED = 10  # of a batch, on all rows
_WAITING = 200  # that may be polished later
_YIELDED = 3  # of a batch at most
_NEAR = 12.0  # nats from the best within which a fit is yielded
_BETTER = 0.98  # of the loss, for what costs more
_EXPONENTS = 0.02, 15.0
_FLOOR = 1e-26  # share of the variance below which a fit is exact
_FAR = 10.0  # ranges from zero from which a column is counted from its least value


@dataclass(frozen=True, eq=False)
class Fitted:
    """A skeleton with its constants, in a view."""

    number: int
    view: int
    c: Array
    level: bool
    nats: float
    loss: float
    score: float
    law: Node | None = None  # of the view, where it is no plain one of the skeleton
    whole: Node | None = None  # the law of the problem


class SkeletonSearch:
    """Laws of one column or a few, skeletons in the order of their prior.

    Parameters
    ----------
    ws : Workspace
    target : Target
        What the columns shall explain.
    columns : sequence of int
    takes : callable, optional
        Whether a batch, by what names it, is to be screened here.

    Attributes
    ----------
    programs : Programs
        The skeletons.
    done : int
        How many of them were screened.
    nats : float
        All up to this prior were.
    exhausted : bool
        Whether there are no more.
    """

    def __init__(
        self, ws: Workspace, target: Target, columns: Sequence[int],
        takes: Callable[..., bool] = lambda *_: True,
    ) -> None:  # fmt: skip
        self._ws, self._takes = ws, takes
        self._name = "skeletons", *columns, float(target.values[0])
        self._columns, target, roots = all_rows(ws, target)
        self._nodes: list[Node] = [var(j) for j in columns]
        self._is_root = target.wrap is same
        X = self._columns[:, columns].T.copy()
        for j, x in enumerate(X):
            if np.abs(x).min() > _FAR * np.ptp(x):
                self._nodes[j], X[j] = self._nodes[j] - const(x.min()), x - x.min()
        self._X = X
        p = ws.problem
        self._views = list(views(p, target, roots, X))
        self._shift = p.rules.shift
        self._of_level, self._of_scale = (nats_of(name, self._shift) for name in ("add", "mul"))
        self._all = catalogue(p.unary, p.binary, X, self._shift)
        self.programs = self._all.all
        order = np.argsort(X[0] if len(X) == 1 else target.values, kind="stable")
        count = min(ROWS if len(X) == 1 else ROWS_OF_SEVERAL, X.shape[1])
        some = order[np.linspace(0, X.shape[1] - 1, count).round().astype(int)]
        self._some = np.ascontiguousarray(X[:, some]), *stacked(self._views, some)
        self._bases = [view.bases() for view in self._views]
        self._space = fitting.space_of(P.LENGTH, P.CONSTANTS, X.shape[1])
        self._rows = len(p.y)
        first = self._views[0]
        w, y = first.root**2, first.target.values
        self._variance = float(np.mean(w * (y - np.average(y, weights=w)) ** 2))
        self._U = points(int(STARTS.max()), 2 * P.CONSTANTS)
        self._waiting: list[tuple[float, int, Fitted]] = []
        self._tickets = itertools.count()
        self._best = math.inf
        self._yielded: list[tuple[float, float]] = []  # nats and losses
        self.done, self.nats, self.exhausted = 0, 0.0, False

    def batches(self, count: int) -> Candidates:
        """The next `count` skeletons; None after each batch.

        Nothing without a compiler, or where no square of the target is a number.
        """
        if not hasattr(screening.screen, "py_func") or not 0 < self._variance < np.inf:
            self.exhausted = True
            return
        end = self.done + count
        while self.done < end:
            self._all.reach(self.done + _BATCH)
            batch = np.arange(self.done, min(self.done + _BATCH, end, len(self.programs)))
            if not len(batch):
                self.exhausted = True
                return
            self.done += len(batch)
            last = self.programs.codes[batch, self.programs.lengths[batch] - 1, 0]
            plain = self.programs.nats[batch[last != P.WEIGHTED]]
            self.nats = float(plain.max(initial=self.nats))
            if not self._takes(*self._name, self.done):
                continue
            self._screen(batch)
            yield None
            yield from self._offered(self._polished())

    def _screen(self, batch: Array) -> None:
        X, weighted, rest, roots, free, sizes = self._some
        shape = len(batch), _FITS
        c, seen = np.zeros((*shape, P.CONSTANTS)), np.zeros(shape, dtype=np.int64)
        loss = np.zeros(shape)
        codes, lengths = self.programs.codes[batch], self.programs.lengths[batch]
        opened = np.empty_like(codes)
        fit_for = sees(self._views, self.programs.used(batch), self.programs.factors[batch], len(X))
        cost = np.array([view.cost for view in self._views])
        screening.screen(
            codes, lengths, fit_for, X, self._U, STARTS, weighted, rest, roots, free, sizes, cost,
            self._rows / 2, _STEPS, opened, seen, c, loss,
        )  # fmt: skip
        for i, place in zip(*np.nonzero(np.isfinite(loss)), strict=True):
            fit = self._fitted(int(batch[i]), int(seen[i, place]), c[i, place], True,
                               float(loss[i, place]))  # fmt: skip
            if fit.score < np.inf:
                self._waiting.append((fit.score, next(self._tickets), fit))
        self._waiting = heapq.nsmallest(_WAITING, self._waiting)

    def _fitted(self, number: int, view: int, c: Array, level: bool, loss: float) -> Fitted:
        seen = self._views[view]
        nats = self.programs.nats[number] + seen.cost + self._of_scale + self._of_level * level
        # with the weights of a sum
        numbers = int(self.programs.counts[number]) + len(seen.free) + level
        score = self._score(loss, numbers, float(nats))
        return Fitted(number, view, c, level, float(nats), loss, score)

    def _score(self, loss: float, numbers: int, nats: float) -> float:
        """The description length of a law, up to a constant of the table."""
        spare = self._rows - numbers - 1
        if spare <= 0 or not loss < np.inf:
            return math.inf
        fit = 0.5 * self._rows * math.log(max(loss / self._variance, _FLOOR))
        return fit + numbers * self._rows / spare + nats

    def _polished(self) -> list[Fitted]:
        """The best of those that wait, on all rows, with a level and without; the best first."""
        first = [fit for _, _, fit in self._waiting[:_POLISHED]]
        del self._waiting[:_POLISHED]
        if not first:
            return []
        fits = [self._on_all_rows(fit, level) for fit in first for level in (True, False)
                if level or not self._views[fit.view].of_powers]  # fmt: skip
        out = [fit for fit in fits if fit.score < np.inf]
        if len(self._nodes) > 1:
            out = [fit if (law := self._told(fit)) is None else law for fit in out]
        out += [begins for fit in out if (begins := self._from_zero(fit)) is not None]
        return sorted((fit for fit in out if fit.score < np.inf), key=lambda fit: fit.score)

    def _told(self, fit: Fitted) -> Fitted | None:
        """The same as a law, without the free terms that the rows do not tell."""
        if not self._is_root:
            return None
        law = self._law(fit)
        return self._as_law(replace(fit, whole=law), law, evaluate(law, self._columns))

    def _as_law(self, fit: Fitted, law: Node, values: Array) -> Fitted:
        """The fit with loss, nats and score of a law of the target that has these values."""
        first = self._views[0]
        loss = float(np.mean((first.root * (first.target.values - values)) ** 2))
        nats, numbers = prior(law, self._shift), len(constants(law))
        return replace(fit, nats=nats, loss=loss, score=self._score(loss, numbers, nats))

    def _from_zero(self, fit: Fitted) -> Fitted | None:
        """The same curve with the level that makes it begin at zero."""
        law = None
        if fit.level and fit.view == 0 and len(self._nodes) == 1 and self._nodes[0].is_var:
            law = without_level(self._curve(fit))
        if law is None:
            return None
        y, roots = self._views[0].target.values, self._views[0].root
        values = evaluate(law, self._columns)
        if not np.isfinite(values).all() or not values.any():
            return None
        front = solve(values[None], y, roots)[0]
        law = const(float(front[0]) * law.children[0].value) * law.children[1]
        return self._as_law(replace(fit, level=False, law=law), law, front[0] * values)

    def _on_all_rows(self, fit: Fitted, level: bool) -> Fitted:
        code, length, terms, constants = self._opened(fit.number)
        c = fit.c.copy()
        weighted, _, root, free = self._bases[fit.view]
        if not level:
            free = orthonormal(self._views[fit.view].free[:-1] * root)
        loss = fitting.descend(
            code, length, terms, len(terms), constants, free, self._X, weighted, root, c, _LAST,
            self._space,
        ) / len(root)  # fmt: skip
        p = np.abs(c[code[code[:, 0] == P.POWER, 3]])
        if not ((p > _EXPONENTS[0]) & (p < _EXPONENTS[1])).all():
            loss = np.inf  # a power of 60 is the limit of another skeleton
        return self._fitted(fit.number, fit.view, c, level, loss)

    def _opened(self, number: int) -> tuple[Array, int, Array, int]:
        """A program whose last sum is taken apart, its length, terms and constants inside."""
        code, length = self.programs.codes[number].copy(), int(self.programs.lengths[number])
        terms = np.zeros(fitting.TERMS, dtype=np.int64)
        count, constants = P.take_apart(code, length, terms)
        return code, length, terms[:count], constants

    def _offered(self, fits: list[Fitted]) -> Candidates:
        """The laws of what is near the best and unbeaten in nats and loss."""
        count = 0
        for fit in fits:
            self._best = min(self._best, fit.score)
            if count == _YIELDED or fit.score > self._best + _NEAR:
                return
            if any(n <= fit.nats and e * _BETTER <= fit.loss for n, e in self._yielded):
                continue
            law = self._law(fit)
            self._yielded.append((fit.nats, fit.loss))
            count += 1
            yield from self._ws.acceptance.offer_law(law, plausible=True)

    def _law(self, fit: Fitted) -> Node:
        """The law of the problem."""
        if fit.whole is not None:
            return fit.whole
        view = self._views[fit.view]
        if fit.law is None and view.of_powers:
            return self._product(fit)
        return view.target.wrap(self._curve(fit) if fit.law is None else fit.law)

    def _terms(self, fit: Fitted) -> tuple[Array, list[Node]]:
        """Values and trees of what explains the view, without coefficients."""
        code, length, terms, _ = self._opened(fit.number)
        R = np.empty((length, self._X.shape[1]))
        P.run(code, length, self._X, fit.c, R)
        c = np.array([clean(float(v), 1e-8) for v in fit.c])
        return R[terms], [P.expression(code, int(r), self._nodes, c) for r in terms]

    def _curve(self, fit: Fitted) -> Node:
        """What explains the view, coefficients in closed form."""
        values, nodes = self._terms(fit)
        view = self._views[fit.view]
        t, root = view.target.values, view.root
        if len(view.free) > 1:
            values, nodes = np.vstack([values, view.free[:-1]]), nodes + self._nodes
            kept, c = told(np.vstack([values, np.ones_like(t)][: 1 + fit.level]), t, root)
            level = float(c[-1]) if fit.level else 0.0
            some = [k for k in kept if k < len(nodes)]
            return weighted_sum([float(c[k]) for k in some], [nodes[k] for k in some], level)
        if fit.level:
            return linear(t, values, nodes, root)[0]
        front = solve(values, t, root)[0]
        return weighted_sum([float(v) for v in front], nodes, 0.0)

    def _product(self, fit: Fitted) -> Node:
        """A power or an exponential, times powers of the columns."""
        values, nodes = self._terms(fit)
        view = self._views[fit.view]
        powers = [self._nodes[j] for j in range(len(self._nodes)) if view.covers >> j & 1]
        of_factor = self.programs.factors[fit.number]
        if of_factor:
            powers = [nodes[0].children[0], *powers]
        A = np.vstack([values, view.free])
        first = 0 if of_factor else len(nodes)
        whole = (np.arange(len(A)) >= first) & (np.arange(len(A)) < len(A) - 1)
        first_view = self._views[0]
        sign = 1.0 if np.median(first_view.target.values) > 0 else -1.0
        response = of_logarithm(A, sign * first_view.target.values, first_view.root, view)
        c = rounded(A, *response, whole)
        factors = list(zip(powers, c[first:-1].tolist(), strict=True))
        if not of_factor:
            inside = weighted_sum(c[: len(nodes)].tolist(), nodes)
            factors.append((call("exp", inside), 1.0))
        law = product(sign * float(np.exp(c[-1])), factors)
        return first_view.target.wrap(law)


def all_rows(ws: Workspace, target: Target) -> tuple[Array, Target, Array]:
    """Columns, target and roots of weights: of the problem itself where it is what is explained.

    Rows with a zero, which other scans leave out for their logarithms, count as the others do.
    """
    p, v = ws.problem, ws.acceptance
    if target.wrap is not same or ws.X is not v.X:
        return ws.X, target, np.ones(len(ws.X)) if v.root is None else v.root
    rows = np.arange(len(p.y)) if p.weight is None else np.flatnonzero(p.weight > 0)
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _MOST_ROWS)).astype(int)]
    roots = p.roots(rows)
    return p.X[rows], Target(p.y[rows]), np.ones(len(rows)) if roots is None else roots


@functools.cache
def prepare() -> None:
    """Compile, or load what an earlier process has compiled; once a process."""
    x = np.linspace(1.0, 2.0, 8)
    ws = Workspace(Acceptance(Problem(x[:, None], np.exp(x))), x[:, None], Target(np.exp(x)))
    for _ in SkeletonSearch(ws, ws.root, [0]).batches(50):
        pass


def points(count: int, dimensions: int) -> Array:
    """Points spread evenly over the unit cube: multiples of the powers of a generalized golden
    ratio (M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018).
    """
    ratio = 2.0
    for _ in range(40):
        ratio = (1.0 + ratio) ** (1.0 / (dimensions + 1))
    steps = ratio ** -np.arange(1.0, dimensions + 1)
    return (0.5 + np.outer(np.arange(1, count + 1), steps)) % 1.0
