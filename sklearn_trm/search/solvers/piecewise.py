"""Laws in pieces: capped, clipped, with a kink, a jump, or another law on either side.

Break points are scanned over the gaps between sorted values of a column (`segments`). What is
continuous is written as a minimum or maximum of its pieces, or by `relu`; else by `step`. Several
columns: their lines are fitted beside the kink (Friedman 1991), and minima of planes by turns of
dividing the rows and fitting the parts (Breiman 1993).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np

from ...expressions.evaluate import evaluate
from ...expressions.idioms import idiom
from ...expressions.tree import Node, call, const, var
from ..assemble import solve
from ..builders import weighted_sum
from ..workspace import Workspace
from .segments import gaps_of, needed, sides, simplest
from .stairs import STAIRS, stairs

Array = np.ndarray
Candidates = Iterator[Node | None]

OPERATORS = frozenset(("min", "max", "relu", "step", *STAIRS))
_PAIRS = 4  # of forms on both sides
_FEWEST = 6  # rows
_GAPS = 60  # that are looked at beside other columns, and for two breaks
_TURNS = 20  # of dividing and fitting
_STARTS = 4  # random ones
_NOTHING = 1e-12  # squared error, relative, that is rounding of running sums
_SAME = 1e-9  # relative
_LITTLE = 0.3  # of the error: two slopes that differ by less over the range are one

_FORMS: dict[str, Callable[[Array], Array]] = {  # of a side, as a line of them
    "x": lambda x: x, "square": np.square, "sqrt": np.sqrt, "log": np.log,
    "inv": np.reciprocal, "exp": np.exp,
}  # fmt: skip


def piecewise(ws: Workspace) -> Candidates:
    """Laws in pieces of one column after the other, beside lines of the others."""
    allowed = {*ws.problem.unary, *ws.problem.binary}
    X, y = ws.problem.X, ws.problem.y
    if not allowed & OPERATORS or len(y) < _FEWEST:
        return
    w = np.ones(len(y)) if ws.problem.weight is None else ws.problem.weight
    for j in ws.columns:
        column = _Column.of(X, y, w, j, [k for k in ws.columns if k != j], allowed)
        yield None
        for law in column.laws():
            yield from ws.acceptance.offer_law(law, close=True)
            yield None
    if len(ws.columns) > 1:
        for law in planes(X[:, ws.columns], y, w, ws.columns, allowed):
            yield from ws.acceptance.offer_law(law, close=True)
            yield None


@dataclass(frozen=True, eq=False)
class _Column:
    """A column in ascending order with what it shall give, and what stands beside it."""

    X: Array
    x: Array
    y: Array
    w: Array
    j: int
    beside: Node | None
    allowed: Collection[str]

    @classmethod
    def of(
        cls, X: Array, y: Array, w: Array, j: int, others: list[int], allowed: Collection[str]
    ) -> _Column:
        order = np.argsort(X[:, j], kind="stable")
        X, y, w = X[order], y[order], w[order]
        beside = None
        if others:
            c = _beside_a_kink(X[:, j], X[:, others], y, w)
            if c.any():
                beside = weighted_sum(c.tolist(), [var(k) for k in others])
                y = y - evaluate(beside, X)
        return cls(X, X[:, j], y, w, j, beside, allowed)

    def laws(self) -> Iterator[Node]:
        """Two pieces, three pieces, stairs."""
        for parts in (self._two(), self._three(), stairs(self.x, self.y, self.w, self.j)):
            for law in parts:
                yield law if self.beside is None else law + self.beside

    # ------------------------------------------------------------------ two pieces

    def _forms(self) -> list[tuple[str, Array | None]]:
        """A level, and functions that are allowed and defined."""
        forms: list[tuple[str, Array | None]] = [("", None)]
        for name, function in _FORMS.items():
            with np.errstate(all="ignore"):
                values = function(self.x)
            if (name == "x" or name in self.allowed) and np.isfinite(values).all():
                forms.append((name, values))
        return forms

    def _two(self) -> Iterator[Node]:
        gaps = gaps_of(self.x)
        if not len(gaps):
            return
        forms = self._forms()
        fits = [sides(g, self.y, self.w, gaps) for _, g in forms]
        found = []
        spread = float(np.average((self.y - np.average(self.y, weights=self.w)) ** 2,
                                  weights=self.w)) * self.w.sum()  # fmt: skip
        for i, k in itertools.product(range(len(forms)), repeat=2):
            error = fits[i].before[:, 2] + fits[k].after[:, 2]
            at = int(np.argmin(error))
            size = sum(0 if f == 0 else 1 if f == 1 else 2 for f in (i, k))
            rest = np.log(max(float(error[at]) / max(spread, 1e-300), _NOTHING))
            found.append((len(self.x) * rest + 6.0 * size, i, k, int(gaps[at])))
        for _, i, k, gap in sorted(found)[:_PAIRS]:
            if "step" in self.allowed and max(i, k) == 1:
                yield self._jump(gap)
            cut = [slice(0, gap), slice(gap, None)]
            pieces = [self._piece(*forms[f], rows) for f, rows in zip((i, k), cut, strict=True)]
            yield from self._joined(pieces, [gap])

    def _piece(self, name: str, g: Array | None, rows: slice) -> Node:
        """A line of a function, fitted to some rows."""
        y, root = self.y[rows], np.sqrt(self.w[rows])
        if g is None:
            return const(_short(float(np.average(y, weights=self.w[rows]))))
        c = needed(np.array([np.ones(len(y)), g[rows]]), y, root)
        x = var(self.j)
        return weighted_sum([_short(c[1])], [x if name == "x" else call(name, x)], _short(c[0]))

    def _joined(self, pieces: list[Node], gaps: list[int]) -> Iterator[Node]:
        """One law of pieces before and after gaps."""
        values = [evaluate(p, self.X) for p in pieces]
        whole = {law: float(self.w @ (self.y - evaluate(law, self.X)) ** 2)
                 for law in self._continuous(pieces)}  # fmt: skip
        yield from sorted(whole, key=lambda law: whole[law])[: len(pieces) - 1]
        yield from self._by_relu(pieces, values)
        if "step" in self.allowed:
            yield self._by_steps(pieces, gaps)

    def _continuous(self, pieces: list[Node]) -> Iterator[Node]:
        """Minima and maxima of the pieces."""
        names = [name for name in ("min", "max") if name in self.allowed]
        if len(pieces) == 2:
            yield from (call(name, *_in_order(*pieces)) for name in names)
            return
        first, middle, last = pieces
        for inner, outer in itertools.product(names, repeat=2):
            yield call(outer, call(inner, *_in_order(middle, first)), last)
            if inner != outer:
                yield call(outer, call(inner, *_in_order(middle, last)), first)

    def _by_relu(self, pieces: list[Node], values: list[Array]) -> Iterator[Node]:
        """Lines with kinks, by relu."""
        x, law = self.x, pieces[0]
        if "relu" not in self.allowed or {"min", "max"} & set(self.allowed):
            return
        slopes = [float(np.polyfit(x, v, 1)[0]) for v in values]
        none = _SAME * (np.ptp(self.y) + np.ptp(values))
        straight = [np.ptp(v - s * x) <= none for v, s in zip(values, slopes, strict=True)]
        if not all(straight):
            return
        for a, b in itertools.pairwise(range(len(pieces))):
            bend = slopes[b] - slopes[a]
            if abs(bend) * np.ptp(x) <= _SAME * np.ptp(self.y):
                return
            away = _from(var(self.j), _short(float(x[0] + (values[a][0] - values[b][0]) / bend)))
            law = weighted_sum([1.0, _short(bend)], [law, call("relu", away)])
        yield law

    def _jump(self, gap: int) -> Node:
        """A line, and what is added to it after a gap, without what is not needed."""
        after = np.arange(len(self.x)) >= gap
        columns = np.array([np.ones(len(self.x)), self.x, after, after * self.x])
        c = [_short(v) for v in needed(columns, self.y, np.sqrt(self.w))]
        x, step = var(self.j), call("step", self._beyond(gap))
        more = weighted_sum([c[3]], [x], c[2])
        jump = weighted_sum([c[2]], [step]) if not c[3] else step * more
        return weighted_sum([c[1], 1.0], [x, jump], c[0])

    def _beyond(self, gap: int) -> Node:
        """The distance from the simplest place in a gap."""
        return _from(var(self.j), simplest(float(self.x[gap - 1]), float(self.x[gap])))

    def _by_steps(self, pieces: list[Node], gaps: list[int]) -> Node:
        law = pieces[0]
        for before, after, gap in zip(pieces, pieces[1:], gaps, strict=False):
            away = self._beyond(gap)
            apart = evaluate(after, self.X) - evaluate(before, self.X)
            if np.ptp(apart) <= _SAME * np.ptp(self.y):  # the same but for a level
                law = weighted_sum([1.0, _short(float(np.mean(apart)))], [law, call("step", away)])
            elif len(gaps) == 1:
                law = idiom("where", away, after, before)
            else:
                law = law + call("step", away) * (after - before)
        return law

    # ------------------------------------------------------------------ three pieces

    def _three(self) -> Iterator[Node]:
        gaps = gaps_of(self.x)
        if len(self.x) < _FEWEST + 2 or len(gaps) < 3:
            return
        gaps = gaps[np.unique(np.linspace(0, len(gaps) - 1, 2 * _GAPS).astype(int))]
        best: list[tuple[float, int, int, tuple[bool, ...]]] = []
        lines = {flat: sides(None if flat else self.x, self.y, self.w, gaps)
                 for flat in (True, False)}  # fmt: skip
        for a, gap in enumerate(gaps[:-2]):
            rest = slice(int(gap), None)
            later = gaps[a + 2 :] - gap
            x, y, w = self.x[rest], self.y[rest], self.w[rest]
            for shape in itertools.product((True, False), repeat=3):
                middle = sides(None if shape[1] else x, y, w, later).before[:, 2]
                error = lines[shape[0]].before[a, 2] + middle + lines[shape[2]].after[a + 2 :, 2]
                b = int(np.argmin(error))
                best.append((float(error[b]), int(gap), int(later[b] + gap), shape))
        spread = float(self.w @ (self.y - np.average(self.y, weights=self.w)) ** 2)

        def length(found: tuple[float, int, int, tuple[bool, ...]]) -> float:
            rest = np.log(max(found[0] / max(spread, 1e-300), _NOTHING))
            return len(self.x) * float(rest) + 6.0 * (3 - sum(found[3]))

        for _, first, second, shape in sorted(best, key=length)[:2]:
            bounds = [0, first, second, len(self.x)]
            pieces = [
                self._piece("x", None if flat else self.x, slice(a, b))
                for flat, a, b in zip(shape, bounds, bounds[1:], strict=False)
            ]
            yield from self._joined(pieces, [first, second])


def _beside_a_kink(x: Array, others: Array, y: Array, w: Array) -> Array:
    """Slopes of other columns, fitted beside the best kink or jump of ascending `x`."""
    gaps = gaps_of(x)
    gaps = gaps[np.unique(np.linspace(0, len(gaps) - 1, _GAPS).astype(int))] if len(gaps) else gaps
    root, best = np.sqrt(w), (np.inf, len(x))
    columns = np.vstack([others.T, np.ones_like(x), x, x, x])
    for gap in gaps:
        columns[-2] = np.arange(len(x)) >= gap
        columns[-1] = columns[-2] * (x - x[gap - 1])
        best = min(best, (solve(columns, y, root)[1], int(gap)))
    columns[-2] = np.arange(len(x)) >= best[1]
    columns[-1] = columns[-2] * (x - x[min(best[1], len(x)) - 1])
    return needed(columns, y, root)[: others.shape[1]]


def planes(
    X: Array, y: Array, w: Array, columns: list[int], allowed: Collection[str]
) -> Iterator[Node]:
    """The minimum, or the maximum, of two planes."""
    design, root = np.vstack([X.T, np.ones(len(y))]), np.sqrt(w)
    rng = np.random.default_rng(0)
    starts = [X[:, k] > np.median(X[:, k]) for k in range(X.shape[1])]
    starts += [rng.standard_normal(X.shape[1]) @ (X - X.mean(0)).T > 0 for _ in range(_STARTS)]
    for name in [n for n in ("min", "max") if n in allowed]:
        best: tuple[float, tuple[Array, Array], Array] | None = None
        for first in starts:
            for _ in range(_TURNS):
                if not len(design) <= first.sum() <= len(y) - len(design):
                    break
                p, q = (solve(design[:, rows], y[rows], root[rows])[0] for rows in (first, ~first))
                a, b = p @ design, q @ design
                before, first = first, (a <= b if name == "min" else a >= b)
                error = float(w @ (np.where(first, a, b) - y) ** 2)
                if best is None or error < best[0]:
                    best = error, (p, q), before
                if (before == first).all():
                    break
        if best is not None:
            (p, q), rows = best[1], best[2]
            p, q = (needed(design[:, r], y[r], root[r]) for r in (rows, ~rows))
            none = 1e-7 * float(np.ptp(y)) + _LITTLE * float(np.sqrt(best[0] / w.sum()))
            yield _extreme(name, p, q, [var(k) for k in columns], np.ptp(X, axis=0), none)


def _extreme(name: str, p: Array, q: Array, nodes: list[Node], reach: Array, none: float) -> Node:
    """The minimum or maximum of two planes; what both have stands outside."""
    alike = np.abs(p - q) * np.append(reach, 1.0) <= none
    both = np.where(alike, 0.5 * (p + q), 0.0)
    p, q = np.where(alike, 0.0, p), np.where(alike, 0.0, q)
    inner = [_plane(c, nodes) for c in (p, q)]
    law = call(name, *_in_order(*inner))
    return _plane(both, nodes) + law if both.any() else law


def _plane(c: Array, nodes: list[Node]) -> Node:
    return weighted_sum([_short(v) for v in c[:-1]], nodes, _short(c[-1]))


def _in_order(a: Node, b: Node) -> tuple[Node, Node]:
    """Numbers come last: ``min(x0, 8)``."""
    return (b, a) if a.is_const else (a, b)


def _from(node: Node, place: float) -> Node:
    """The distance from a place."""
    if place == 0.0:
        return node
    return node - const(place) if place > 0 else node + const(-place)


def _short(value: float) -> float:
    """The number of ten digits that a number is up to rounding."""
    near = float(f"{value:.10g}")
    return near if abs(near - value) <= 1e-12 * abs(value) else value
