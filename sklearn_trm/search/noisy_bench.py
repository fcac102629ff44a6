"""Scans of noisy tables: hits confirmed on all rows, each row weighed by its own noise.

A target seen through a transform or a logarithm carries an error that differs from row to row
(the delta method). Transforms are taken of the smooth surface, which has little noise and stays
in their domain, and the error of each row is carried over by the slope of the transform. Library
rows are screened on few rows; the best are fitted again on all of them and ranked by what
they cost together with what they leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..expressions.evaluate import evaluate
from ..expressions.exactness import EXPLAINED
from ..expressions.tree import Node, const, var
from ..rules.prior import nats_of, prior
from .acceptance import Acceptance
from .assemble import linear, power_law, solve
from .builders import loosen, product, weighted_sum
from .composed import LITTLE, NATS_PER_TOKEN, Composition, compositions, functions
from .proposals import ProposalWorkspace
from .reduction.noisy_symmetry import Reading, bounded_exp
from .retrieve import Basis, Hit, orthonormal
from .solvers.polynomial import count_up_to, exponents_up_to
from .transforms import Target, target_transforms
from .workspace import Workspace

Array = np.ndarray
Candidates = Iterator[Node | None]

LIBRARY = 3000  # rows of a library; half of it for a single column
SCREENED = 400  # hits of a screen that are looked at
CONFIRMED = 80  # of these, fitted again on all rows
ARGUMENTS, MULTIPLIED = 4000, 1000  # rows under functions; of these, beside monomials
_SETS = 4  # of columns of each size that are looked at
HEAVIEST = 20.0  # no row weighs more than this many median rows


@dataclass(frozen=True, eq=False)
class WeightedView:
    """A target on all rows: working and smooth values, roots of weights, way back to a law."""

    values: Array
    weight: Array
    wrap: Target
    smooth: Array


def fewest(A: Array, t: Array, w: Array) -> tuple[Array, Array]:
    """Columns of ``A`` (m, N) worth their description, and their coefficients.

    A few sets of each size are kept: where columns are dependent any of them can go at first,
    and only later does it show which one should have stayed.
    """
    n = len(t)
    worth = 0.5 * np.log(n) + 3 * NATS_PER_TOKEN  # a sign, a number and its product

    def length(part: tuple[int, ...]) -> float:
        error = solve(A[list(part)], t, w)[1]
        return float(n * np.log(max(error, 1e-12)) + worth * len(part))

    best = tuple(range(len(A)))
    shortest, sets = length(best), [best]
    while len(best) > 1:
        smaller = {p[:k] + p[k + 1 :] for p in sets for k in range(len(p))}
        lengths = sorted((length(p), p) for p in smaller)[:_SETS]
        if lengths[0][0] >= shortest:
            break
        shortest, best = lengths[0]
        sets = [p for _, p in lengths]
    return np.array(best), solve(A[list(best)], t, w)[0]


def terms(c: Array, exponents: Array, nodes: Sequence[Node]) -> Node:
    """A polynomial."""
    offset, weights, parts = 0.0, [], []
    for ck, e in zip(c, exponents, strict=True):
        if e.any():
            weights.append(float(ck))
            parts.append(product(1.0, [(nodes[j], float(p)) for j, p in enumerate(e) if p]))
        else:
            offset = float(ck)
    return weighted_sum(weights, parts, offset)


class NoisyBench:
    """A reading of the table and its libraries.

    Parameters
    ----------
    acceptance : Acceptance
    reading : Reading
        On `acceptance.wide`, whose first rows are the screened ones.
    parts : list of Node, optional
        Of columns of the reading: the libraries grow from them instead of from monomials.
    """

    def __init__(
        self, acceptance: Acceptance, reading: Reading, parts: list[Node] | None = None
    ) -> None:
        self.acceptance, self.reading = acceptance, reading
        X, y = reading.X, acceptance.wide[1]
        reduction = reading.reduction(y)
        self.n_screen = n = len(acceptance.y)
        self.root = Target(reduction.values, reduction.restore)
        screened = Target(reduction.values[:n], reduction.restore)
        most = min(LIBRARY, acceptance.problem.size)
        self.size = most if X.shape[1] > 1 else most // 2
        ws = Workspace(acceptance, X[:n], screened, self.size, wide=(X, reduction.values))
        self.ws = ws if parts is None else ProposalWorkspace(ws, parts)
        self._rows: dict[tuple[str, int], Array] = {}
        self._shift = acceptance.problem.rules.shift
        self._priors: dict[tuple[str, int], float] = {}
        self._composed = False

    @property
    def d(self) -> int:
        return self.ws.d

    def weighted_views(self, depth: int = 1) -> list[WeightedView]:
        """The target itself and seen through transforms."""
        r, p = self.reading, self.acceptance.problem
        v = self.root.values
        smooth = r.values if r.settled and r.values is not None else v
        root = self.acceptance.wide_root
        weight = r.scale if root is None else r.scale * root
        out = [WeightedView(v, weight, self.root, smooth)]
        base = Target(smooth, self.root.wrap, slope=np.ones_like(v))
        for t in target_transforms(base, p.unary, p.binary, depth):
            slope = np.ones_like(v) if t.slope is None else t.slope
            with np.errstate(all="ignore"):
                values = t.values + slope * (v - smooth)
                out.append(WeightedView(values, weight / np.abs(slope), t, t.values))
        return out

    # ------------------------------------------------------------------ stages

    def simplest(self) -> Candidates:
        """Nothing but powers and a constant."""
        v = self.acceptance
        yield from v.offer(const(float(np.median(self.root.values))), self.root, True)
        yield None

    def scan(
        self, view: WeightedView, kinds: Sequence[str], k: int, count: int, tidy: bool = True
    ) -> Candidates:
        """One library row, or two of the first `k`, for each kind of free space."""
        for kind in kinds:
            seen = self._seen(view, kind)
            if seen is None:
                continue
            t, w = seen
            n = self.n_screen
            basis = self.ws.weighted_basis(kind, w[:n], self.size + self.size // 4)
            if basis is None or len(basis) < 2:
                continue
            unit, share = basis.project(t[:n])
            if not share[0] > EXPLAINED:
                continue
            yield None
            found = basis.singles(unit, SCREENED)[0]
            if k:
                found = found + basis.pairs(unit[0], k, SCREENED, 0.5)
            yield None
            for h in [Hit((), 1.0), *self._confirmed(basis, found, kind, t, w, count)]:
                for tol in (0.15, 1e-6) if kind == "power" and tidy else (0.15,):
                    node = self._node(h, kind, t, w, tol)
                    if node is not None:
                        yield from self.acceptance.offer(node, view.wrap, True)
            yield None

    def rationals(self, view: WeightedView) -> Candidates:
        """``P / Q`` of low degrees, from ``t = P - t * (Q - 1)`` with the smooth `t` on the right.

        Superfluous terms go as long as the description gets shorter.
        """
        X = self.reading.X[:, self.ws.columns]
        nodes = [var(c) for c in self.ws.columns]
        smooth = view.smooth if np.isfinite(view.smooth).all() else view.values
        w = np.where(np.isfinite(view.weight), view.weight, 0.0)
        if not np.isfinite(view.values).all() or not w.any():
            return
        for above, below in ((1, 1), (2, 1), (1, 2), (2, 2)):
            if count_up_to(X.shape[1], above) + count_up_to(X.shape[1], below) > 16:
                continue
            ep, eq = exponents_up_to(X.shape[1], above), exponents_up_to(X.shape[1], below)[1:]
            top = np.array([np.prod(X**e, axis=1) for e in ep])
            bottom = np.array([np.prod(X**e, axis=1) for e in eq])
            keep, c = fewest(np.vstack([top, -smooth * bottom]), view.values, w)
            m = len(ep)
            if (keep >= m).any():
                upper = terms(c[keep < m], ep[keep[keep < m]], nodes)
                lower = terms(c[keep >= m], eq[keep[keep >= m] - m], nodes) + const(1.0)
                yield from self.acceptance.offer(upper / lower, view.wrap, True)
            yield None

    def composed(self, count: int) -> Candidates:
        """Functions of arguments and of library rows, of the cheapest also beside monomials.

        Once, and only where there is noise: an exact target shows its inner rows more cheaply.
        """
        if self._composed or not self.acceptance.noisy:
            return
        self._composed = True
        seen = self._seen(self.weighted_views(0)[0], "linear")
        if seen is None:
            return
        (t, w), ws, p, n = seen, self.ws, self.acceptance.problem, self.n_screen
        yield None  # each library takes a while
        _ = ws.arguments
        yield None
        _ = ws.library
        yield None
        inner = [(lib, i) for lib, k in ((ws.arguments, ARGUMENTS), (ws.library, ARGUMENTS // 2))
                 for i in lib.order[:k]]  # fmt: skip
        inner.sort(key=lambda row: row[0].cost[row[1]])
        found: list[Composition] = []
        for slice_ in compositions(
            np.array([lib.values[i] for lib, i in inner]),
            np.array([lib.cost[i] for lib, i in inner]),
            functions(p.unary, p.binary), ws.X, ws.columns, t[:n], w[:n], CONFIRMED, MULTIPLIED,
            "div" in p.binary,
        ):  # fmt: skip
            found = slice_ or []
            yield None
        nodes = [c.node(lib.node(i)) for c in found for lib, i in (inner[c.row],)]
        with np.errstate(all="ignore"):
            values = np.array([evaluate(node, self.reading.X) for node in nodes])
        each = [linear(t, v[None], [m], w, noise=0.1) for v, m in zip(values, nodes, strict=True)
                if np.isfinite(v).all()]  # fmt: skip
        length = [len(t) * np.log(max(error, 1e-9)) + prior(node, self._shift)
                  for node, error in each]  # fmt: skip
        for k in np.argsort(length, kind="stable")[:count]:
            yield from self.acceptance.offer(each[k][0], self.root, True)
        yield None

    def loosened(self, count: int) -> Candidates:
        """The best laws so far with a free number in every function."""
        for law in self.acceptance.to_loosen(count):
            loose = loosen(law)
            if loose != law:
                yield loose
        yield None

    # ------------------------------------------------------------------ parts

    def _seen(self, view: WeightedView, kind: str) -> tuple[Array, Array] | None:
        t, w = view.values, view.weight
        if kind == "power":
            center = view.wrap.values
            if view.wrap is self.root and self.reading.settled and self.reading.values is not None:
                center = self.reading.values
            with np.errstate(all="ignore"):
                t = np.log(np.abs(center)) + (t - center) / center
                w = w * np.abs(center)
        w = np.where(np.isfinite(w), w, 0.0)
        t = np.where(np.isfinite(t) & (w > 0), t, 0.0)
        typical = float(np.median(w[w > 0])) if (w > 0).any() else 0.0
        if typical == 0.0 or (w[: self.n_screen] > 0).mean() < 0.6:
            return None
        return t, np.minimum(w, HEAVIEST * typical) / typical

    def _wide_rows(self, kind: str, rows: Sequence[int]) -> Array:
        """Values of library rows on all rows of the table."""
        ws = self.ws
        out = np.empty((len(rows), len(self.root.values)))
        for i, r in enumerate(rows):
            key = ("power" if kind == "power" else "sum", int(r))
            if key not in self._rows:
                with np.errstate(all="ignore"):
                    self._rows[key] = evaluate(self._row_node(kind, int(r)), self.reading.X)
            out[i] = self._rows[key]
        if kind == "power":
            factor = np.asarray(rows) < len(ws.factors)
            with np.errstate(all="ignore"):
                out[factor] = np.log(np.abs(out[factor]))
        return out

    def _row_node(self, kind: str, r: int) -> Node:
        ws = self.ws
        if kind != "power":
            return ws.atom_node(r)
        k = len(ws.factors)
        return ws.atom_node(r - k) if r >= k else ws.factors.node(ws.factors.order[r])

    def _nats(self, kind: str, rows: Sequence[int]) -> float:
        """Of library rows by the prior, each with its coefficient, or as a factor."""
        beside = nats_of("mul", self._shift)
        beside += 0.0 if kind == "power" else nats_of("add", self._shift)
        total = 0.0
        for r in rows:
            key = ("power" if kind == "power" else "sum", int(r))
            if key not in self._priors:
                self._priors[key] = prior(self._row_node(kind, int(r)), self._shift)
            total += self._priors[key] + beside
        return total

    def _free(self, kind: str) -> Array:
        X = self.reading.X
        ones = np.ones((1, len(X)))
        if kind == "power":
            return np.vstack([ones, np.log(np.abs(X[:, self.ws.log_columns])).T])
        if kind == "affine":
            return np.vstack([ones, X[:, self.ws.columns].T])
        if kind == "curved":
            Z = X[:, self.ws.columns]
            return np.array([np.prod(Z**e, axis=1) for e in self.ws.curved_terms])
        return ones

    def _confirmed(
        self, basis: Basis, hits: list[Hit], kind: str, t: Array, w: Array, count: int
    ) -> list[Hit]:
        """The best `count` hits by description length, their losses on all rows."""
        if not hits:
            return []
        cost = np.array([self._nats(kind, h.rows) for h in hits])
        loss = np.maximum([h.loss for h in hits], 1e-14)
        rough = 0.5 * self.n_screen * np.log(loss) + cost
        first = np.argsort(rough, kind="stable")[:CONFIRMED]
        hits, cost = [hits[o] for o in first], cost[first]
        rows = sorted({r for h in hits for r in h.rows})
        at = {r: i for i, r in enumerate(rows)}
        values = self._wide_rows(kind, rows) * w
        good = np.isfinite(values).all(axis=1)
        values[~good] = 0.0
        free = self._free(kind) * w
        free[~np.isfinite(free)] = 0.0
        q = orthonormal(free)
        rest = values - (values @ q.T) @ q
        size = np.sqrt(np.einsum("ij,ij->i", rest, rest))
        good &= size > 0
        unit = rest / np.where(size > 0, size, 1.0)[:, None]
        tw = t * w
        left = tw - (tw @ q.T) @ q
        left -= (left @ q.T) @ q
        total = float(left @ left)
        if not total > 0:
            return []
        left /= np.sqrt(total)
        c = unit @ left
        i = np.array([at[h.rows[0]] for h in hits])
        j = np.array([at[h.rows[-1]] for h in hits])
        g = np.einsum("ij,ij->i", unit[i], unit[j])
        with np.errstate(all="ignore"):
            two = (c[i] ** 2 + c[j] ** 2 - 2 * g * c[i] * c[j]) / (1 - g * g)
        explained = np.where(i == j, c[i] ** 2, two)
        loss = np.maximum(1 - explained, 1e-14)
        loss[~(good[i] & good[j]) | ~np.isfinite(loss)] = 1.0
        n = len(t)
        length = 0.5 * n * np.log(loss) + cost
        order = np.argsort(length, kind="stable")
        picked = [o for o in order[:count] if loss[o] < LITTLE]
        return [Hit(hits[o].rows, float(loss[o])) for o in picked]

    def _node(self, h: Hit, kind: str, t: Array, w: Array, tol: float) -> Node | None:
        nodes = [self._row_node(kind, r) for r in h.rows]
        X = self.reading.X
        if kind != "power":
            _, free = self.ws.free_terms(kind)
            columns = np.vstack([self._wide_rows(kind, h.rows), self._free(kind)[1:]])
            return linear(t, columns, nodes + free, w, noise=0.1)[0]
        k = len(self.ws.factors)
        raw = [r >= k for r in h.rows]
        with np.errstate(all="ignore"):
            values = np.array([evaluate(node, X) for node in nodes]).reshape(len(nodes), len(X))
        cols = self.ws.log_columns
        sign = np.sign(np.median(self.root.values)) or 1.0
        with np.errstate(all="ignore"):
            target = sign * bounded_exp(t)
        return power_law(target, X[:, cols].T, [var(c) for c in cols], values, nodes, raw, w, tol)
