"""Best-first opening of partial laws, from the root down to one open place.

A partial law is a chain of operators from the root to a place that is still open, with the values
that this place should have: ``y = a + b / (place)`` has a place for each pair of atoms a, b. A
queue holds what can be done next, the cheapest first: open a place further (the inverse of a
function; an atom taken off, multiplied or divided out), or close it (triples and quadruples of
atoms, pairs of very many, polynomials). That a free space, one atom or a pair explains a place is
seen for many at once when they are opened (`closing`). What an entry costs are the nats of its
operators (`rules.prior`), less what single atoms leave of it: best-first search with an estimate of
what is still to come (P. Hart, N. Nilsson and B. Raphael, "A Formal Basis for the Heuristic
Determination of Minimum Cost Paths", 1968).
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..expressions.operators import OPS
from ..expressions.tree import Node, const
from ..rules.prior import NATS_INSIDE, prior
from .builders import weighted_sum
from .closing import Hits, Space, spaces
from .solvers.polynomial import sparse_polynomial, sparse_rational
from .transforms import Target, target_transforms
from .workspace import Workspace

Array = np.ndarray
Candidates = Iterator[Node | None]

ATOMS = 150  # that are taken off or divided out
DEEPEST = 5  # operators above an open place
_CHUNK = 32  # children that are looked at at once
_WAITING = 2_000  # entries of the queue: some 10 kB each
_MOST = 100_000  # places that are looked at
_ENTRIES = 10  # of a stage: about as long as other stages
_WEIGHT = 1.0  # nats for each factor of e that single atoms leave less of y
_SUM, _PRODUCT, _QUOTIENT = "add", "mul", "div"
# what is done next with a place; from 1 on, chunks of atoms
_OPEN, _TRIPLES, _ALGEBRAIC, _FAR, _QUADRUPLES, _QUOTIENTS = 0, -1, -2, -3, -4, -5
# ways to close a place, one after the other, and nats for the time of each
_CLOSERS = {_QUOTIENTS: 3.0, _TRIPLES: 3.0, _FAR: 3.0, _ALGEBRAIC: 2.0, _QUADRUPLES: 9.0}
_NEXT = {_TRIPLES: _FAR, _FAR: _ALGEBRAIC, _ALGEBRAIC: _QUADRUPLES}


@dataclass(frozen=True, eq=False)
class Opening:
    """A partial law.

    Attributes
    ----------
    target : Target
        The values of the open place, its law, and ``d values / d y``.
    nats : float
        Of the operators above it.
    score : float
        These, less what single atoms explain of the place.
    places : list of (Space, ndarray)
        The place in the spaces that it can be closed in.
    """

    target: Target
    nats: float
    score: float
    places: Sequence[tuple[Space, Array]]

    @property
    def name(self) -> tuple[object, ...]:
        """The same in every process."""
        return (*self.target.chain, *(f"{v:.9e}" for v in self.target.values[:3].tolist()))


class Steps:
    """What may be taken off or divided out of a place, by its nats.

    Attributes
    ----------
    sign : ndarray of shape (k,)
        1 for what is added to the open place, -1 for what it is taken from, 0 for a factor.
    values : ndarray of shape (k, N)
        Of a factor those of its inverse.
    nats : ndarray of shape (k,)
    """

    def __init__(self, ws: Workspace, count: int) -> None:
        binary, found = set(ws.problem.binary), []
        one = np.ones(len(ws.y)), const(1.0), 0.0
        cheap = min(count, len(ws.ordered))
        atoms = [(ws.ordered[i], ws.atom_node(i), prior(ws.atom_node(i))) for i in range(cheap)]
        for values, node, nats in [one, *atoms]:
            if {"add", "sub"} & binary:
                found += [(nats + OPS["add"].nats, sign, values, node, _SUM) for sign in (1, -1)]
            if node.is_const or not {"mul", "div"} & binary or not (values != 0).all():
                continue
            found.append((nats + OPS["div"].nats, 0, values, node, _QUOTIENT))
            found.append((nats + OPS["mul"].nats, 0, 1.0 / values, node, _PRODUCT))
        found.sort(key=lambda step: step[0])
        self.nats = np.array([step[0] for step in found])
        self.sign = np.array([step[1] for step in found], dtype=float)
        self.values = np.array([step[2] for step in found]).reshape(-1, len(ws.y))
        self._nodes, self._kinds = [step[3] for step in found], [step[4] for step in found]

    def __len__(self) -> int:
        return len(self.nats)

    def below(self, target: Target, some: slice) -> tuple[Array, Array]:
        """Values and slopes of the places below a target, (k, N) each."""
        sign, values = self.sign[some, None], self.values[some]
        factor = np.where(sign == 0.0, values, 1.0)
        with np.errstate(all="ignore"):
            return (target.values - sign * values) * factor, target.slope * factor

    def child(self, target: Target, k: int, values: Array, slope: Array) -> Target:
        """The place below a target as one of its own."""
        sign, node, above, kind = float(self.sign[k]), self._nodes[k], target.wrap, self._kinds[k]

        def wrap(n: Node) -> Node:
            if kind != _SUM:
                return above(n / node if kind == _QUOTIENT else node * n)
            if node.is_const:
                return above(weighted_sum([1.0], [n], sign * node.value))
            return above(weighted_sum([sign, 1.0], [node, n]))

        return Target(values, wrap, 0, target.depth + 1, (*target.chain, kind), slope)


class Openings:
    """The queue of partial laws of a workspace.

    Parameters
    ----------
    ws : Workspace
    atoms : int
        How many atoms are taken off or divided out.
    takes : callable, optional
        Whether what is done with a place, by both their names, is to be done here.

    Attributes
    ----------
    spaces : list of Space
        What places are closed in; none on a table of a few rows, which anything explains.
    views : int
        How many places were looked at.
    """

    def __init__(
        self, ws: Workspace, atoms: int = ATOMS, takes: Callable[..., bool] = lambda *_: True
    ) -> None:
        self.ws, self._takes = ws, takes
        self.spaces = spaces(ws)
        self._steps = Steps(ws, atoms)
        self._probe = np.random.default_rng(5).standard_normal(len(ws.y))
        self._seen: set[int] = set()
        self._queue: list[tuple[float, int, int, Opening]] = []
        self._ticket = itertools.count()
        self.views = 0

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left to be opened or closed."""
        return self.views > 0 and (not self._queue or self.views >= _MOST)

    def entries(self, count: int) -> Candidates:
        """Laws of the next `count` entries of the queue."""
        if not self.views:
            root = self.ws.root
            slope = np.ones_like(root.values) if root.slope is None else root.slope
            self._are_new(root.values[None])
            yield from self._looked_at([Target(root.values, root.wrap, slope=slope)], [0.0])
            count -= 1
        for _ in range(count):
            if self.exhausted:
                return
            _, _, what, opening = heapq.heappop(self._queue)
            # what follows from it is its own process's, too; the root is where all begin
            if opening.target.depth and not self._takes(what, *opening.name):
                continue
            if what >= _OPEN:
                yield from self._open(opening, what)
            else:
                yield from self._close(opening, what)
            yield None

    def _push(self, opening: Opening, more: float, what: int) -> None:
        heapq.heappush(self._queue, (opening.score + more, next(self._ticket), what, opening))
        if len(self._queue) > _WAITING:
            self._queue = heapq.nsmallest(_WAITING // 2, self._queue)

    # ------------------------------------------------------------------ opening

    def _open(self, opening: Opening, chunk: int) -> Candidates:
        """A chunk of its children: functions first, then atoms by their nats."""
        if _CHUNK * chunk < len(self._steps):
            self._push(opening, float(self._steps.nats[_CHUNK * chunk]), chunk + 1)
        if chunk == 0:
            yield from self._looked_at(*self._functions(opening))
        else:
            yield from self._looked_at(*self._with_atoms(opening, _CHUNK * (chunk - 1)))

    def _functions(self, opening: Opening) -> tuple[list[Target], list[float]]:
        t, p = opening.target, self.ws.problem
        inside = NATS_INSIDE * sum(OPS[name].is_function for name in t.chain if name in OPS)
        found = target_transforms(t, p.unary, p.binary, 1)
        new = self._are_new(np.array([c.values for c in found]).reshape(-1, len(self.ws.y)))
        found = [c for c, is_new in zip(found, new, strict=True) if is_new]
        ops = [OPS[c.chain[-1]] for c in found]
        return found, [opening.nats + op.nats + inside * op.is_function for op in ops]

    def _with_atoms(self, opening: Opening, start: int) -> tuple[list[Target], list[float]]:
        t, steps = opening.target, self._steps
        values, slope = steps.below(t, slice(start, start + _CHUNK))
        at = np.flatnonzero(self._are_new(values))
        # copies: a row would keep its whole array
        children = [
            steps.child(t, start + k, values[k].copy(), slope[k].copy()) for k in at.tolist()
        ]
        return children, (opening.nats + steps.nats[start + at]).tolist()

    def _are_new(self, values: Array) -> list[bool]:
        """Whether values, up to a factor, were not there before and say something."""
        with np.errstate(all="ignore"):
            size = np.abs(values).max(axis=1)
            v = values / size[:, None]
            key = np.abs(v @ self._probe) / np.sqrt(np.einsum("ij,ij->i", v, v))
            good = np.isfinite(key) & (size > 1e-12) & (size < 1e12) & (np.ptp(v, axis=1) > 1e-7)
        out = []
        for k, is_good in zip(np.where(good, key, 0.0).tolist(), good.tolist(), strict=True):
            name = round(k * 1e9)
            out.append(is_good and name not in self._seen)
            self._seen.add(name)
        return out

    def _looked_at(self, children: list[Target], nats_of: list[float]) -> Candidates:
        """Laws of those that at most two atoms explain; all others go into the queue."""
        if not children:
            return
        self.views += len(children)
        values = np.array([t.values for t in children])
        slope = np.array([t.slope for t in children])
        seen = [(space, space.look(values, slope)) for space in self.spaces]
        for space, places in seen:
            yield from self._offered(space, children, space.quick(places))
        left = np.min([places.left for _, places in seen], axis=0, initial=1.0)
        for i, (target, own, e) in enumerate(zip(children, nats_of, left.tolist(), strict=True)):
            at = [
                (space, places.at[i].copy())
                for space, places in seen
                if np.isfinite(places.at[i]).all()
            ]
            child = Opening(target, own, own + _WEIGHT * float(np.log(e)), at)
            if target.depth < DEEPEST:
                self._push(child, 0.0, _OPEN)
            if at:
                for what in (_QUOTIENTS, _TRIPLES):
                    self._push(child, _CLOSERS[what], what)

    # ------------------------------------------------------------------ closing

    def _close(self, opening: Opening, what: int) -> Candidates:
        ws, target = self.ws, opening.target
        if what == _ALGEBRAIC:
            for solve in (sparse_polynomial, sparse_rational):
                for node in solve(ws.X, target.values, ws.columns):
                    yield from ws.offer(node, target)
                yield None
        else:
            for space, at in opening.places:
                if what == _QUOTIENTS:
                    hits = space.quotients(target.values, at)
                else:
                    find = {_TRIPLES: space.triples, _FAR: space.far, _QUADRUPLES: space.quadruples}
                    hits = find[what](at)
                yield from self._offered(space, [target], hits)
                yield None
        more = _NEXT.get(what)
        if more is not None and (more != _QUADRUPLES or target.depth <= 1):
            self._push(opening, _CLOSERS[more], more)

    def _offered(self, space: Space, targets: list[Target], hits: Hits) -> Candidates:
        for i, ids in hits:
            if i >= 0:
                yield from self.ws.offer(space.node(targets[i].values, ids), targets[i])
            yield None


def openings(
    ws: Workspace, entries: int = _ENTRIES, takes: Callable[..., bool] = lambda *_: True
) -> Iterator[Candidates]:
    """Stages of so many entries each; none on a table that says nothing.

    `takes` says which are to be done here.

    Examples
    --------
    >>> from sklearn_trm.search.search import Search
    >>> from sklearn_trm.task.problem import Problem
    >>> X = np.random.default_rng(0).uniform(1, 3, (60, 3))
    >>> y = X[:, 0] + 1 / (X[:, 1] * X[:, 2] + np.sin(X[:, 2]))
    >>> search = Search(Problem(X, y, size=400))
    >>> laws = (law for stage in openings(search.main) for law in stage if law is not None)
    >>> next(str(law) for law in laws if search.exact is not None)
    'x0 + 1/(x1*x2 + sin(x2))'
    """
    if not ws.d or not np.ptp(ws.y) > 0:
        return
    queue = Openings(ws, takes=takes)
    while queue.spaces and not queue.exhausted:
        yield queue.entries(entries)
