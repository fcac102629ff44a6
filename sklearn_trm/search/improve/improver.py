"""Inexact laws made better, one cell at a time: a beam over complexity and loss.

The pool keeps a few laws of every complexity. The law that promises most is opened,
`best_edits` proposes changes of its cells, and each child gets its constants by a few
Levenberg-Marquardt iterations. Rows that may come in are the library, parts of the
pool's laws and functions of them, so that terms grow, parts are exchanged between laws,
and parts that pay nothing fall away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ...expressions.canonical import canonical
from ...expressions.constants import fit_constants
from ...expressions.operators import OPS
from ...expressions.tree import Node, call
from ...selection.generalization import NextRow
from ...task.recent import Recent
from ..builders import product, rewrite
from ..descent import Descent, prepare
from ..solvers.sparse import sparse_laws
from ..workspace import Workspace
from .cells import open_all
from .edits import Rows, best_edits

Candidates = Iterator[Node | None]

FIT_ROWS = 512  # rows on which children are fitted
_PER_SIZE = 3  # laws of one complexity that the pool keeps
_FIRST_ROWS = 1500  # library rows that a law meets when it is opened first
_SLOPE = 0.015  # gain of log loss that one more unit of complexity must bring
_TIRED = 0.35  # log loss by which a law falls behind each time it was opened
_GAIN = 0.01  # gain of log loss that is worth telling
_CHILDREN = 48  # of one opened law
_PATIENCE = 80  # openings without news after which the search has nothing left
_SLACK = 0.3  # log loss by which a law of the pool may be worse than shorter ones
_NEAR = 1e-7  # relative error at which all digits are wanted


@dataclass(eq=False)
class Member:
    """A law of the pool."""

    law: Node
    size: int
    loss: float  # logarithm of the mean square
    opened: int = 0
    parts: list[tuple[Node, np.ndarray, int]] | None = None  # with values and complexities


@dataclass(eq=False)
class Improver:
    """The beam over the inexact laws of one problem.

    Parameters
    ----------
    ws : Workspace
        Of the whole problem: its library supplies the rows.
    prepare : callable
        Compiles what is needed, before the first law.
    """

    ws: Workspace
    prepare: Callable[[], None] = prepare
    pool: dict[int, list[Member]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        p = self.ws.problem
        some = np.arange(len(p.y)) if p.weight is None else np.flatnonzero(p.weight > 0)
        if len(some) > FIT_ROWS:
            some = some[np.linspace(0, len(some) - 1, FIT_ROWS).astype(int)]
        self.X, self.y = p.X[some], p.y[some]
        self.weight = None if p.weight is None else p.weight[some]
        self.descent = Descent(self.X, self.y, self.weight)
        self._next_row = NextRow(self.X, self.y, self.weight)
        outside = self._next_row.around.X
        self._outside = Descent(outside, np.zeros(len(outside)))
        with np.errstate(over="ignore"):
            self.spread = float(np.log(np.mean((self.y - self.y.mean()) ** 2) + 1e-300))
        self.wanted = np.full(p.max_complexity + 1, self.spread)
        self._seen: Recent[str] = Recent()
        self._known: Recent[Node] = Recent()
        self._news: dict[int, Member] = {}
        self._idle = 0
        self._rows: list[Rows] = []

    # ------------------------------------------------------------------ the stage

    def visits(self, count: int) -> Candidates:
        """Open `count` laws; yields what is better than all shorter laws."""
        yield from self._start()
        for _ in range(count):
            if self._idle > _PATIENCE:
                return
            member = self._next()
            if member is None:
                return
            for n, child in enumerate(self._children(member)):
                self.take(child)
                if n % 64 == 63:
                    yield None
            member.opened += 1
            yield from self._tell()

    @property
    def exhausted(self) -> bool:
        return self._idle > _PATIENCE

    def _start(self) -> Candidates:
        """Laws from elsewhere: what the search has found since, and sparse sums at first."""
        if not self._rows:
            self.prepare()
            lib, ws = self.ws.library, self.ws
            order = lib.order[ws.sound]
            for k in (_FIRST_ROWS, len(order)):
                values, cost = lib.values[order[:k]], lib.cost[order[:k]]
                self._rows.append(Rows(values, cost, lambda j: lib.node(order[j])))
            yield None
            for law in sparse_laws(ws):
                self.take(law)
                yield None
        for _, law in list(self.ws.acceptance.best.values()):
            if law not in self._known:
                self._known.add(law)
                self.take(law, 20)
        yield from self._tell()

    def _tell(self) -> Candidates:
        self._idle = 0 if self._news else self._idle + 1
        for member in sorted(self._news.values(), key=lambda m: m.loss)[:4]:
            law = member.law
            yield law
            if member.loss < self.spread + 2 * np.log(_NEAR):
                fit = fit_constants(law, self.X, self.y, self.weight)
                yield from self.ws.acceptance.offer_law(fit.node)
        self._news = {}
        yield None

    # ------------------------------------------------------------------ the pool

    def _next(self) -> Member | None:
        """The member to open: accurate, short, and not opened too often."""
        members = [m for some in self.pool.values() for m in some]
        if not members:
            return None
        return min(members, key=lambda m: m.loss + _SLOPE * m.size + _TIRED * m.opened)

    def take(self, law: Node | None, iterations: int = 8) -> None:
        """Fit a law; keep it if it is among the best of its complexity."""
        p = self.ws.problem
        if law is None:
            return
        law, loss = self.descent.fit(law, iterations)
        if not np.isfinite(loss):
            return
        log_loss = float(np.log(loss + 1e-300))
        key = f"{log_loss:.6f}"  # equal laws have equal losses
        top = len(self.wanted) - 1
        if key in self._seen or log_loss > self.wanted[min(p.rules.measure(law), top)] + _SLACK:
            return
        self._seen.add(key)
        short = rewrite(canonical(law), p.unary, p.binary)
        if short is None:
            return
        size = p.rules.measure(short)
        if size > top or log_loss > self.wanted[size] + _SLACK or p.rules.written(short) is None:
            return
        risk = self._next_row.risk(short, loss, lambda _: self._outside.values(short))
        log_loss += float(np.log(risk))
        if log_loss > self.wanted[size] + _SLACK:
            return
        few = self.pool.setdefault(size, [])
        if len(few) >= _PER_SIZE and log_loss >= few[-1].loss:
            return
        member = Member(short, size, log_loss)
        few.append(member)
        few.sort(key=lambda m: m.loss)
        del few[_PER_SIZE:]
        if log_loss < self.wanted[size] - _GAIN:
            self._news[size] = member
        self.wanted[size:] = np.minimum(self.wanted[size:], log_loss)

    # ------------------------------------------------------------------ children

    def _children(self, member: Member) -> list[Node]:
        ws = self.ws
        wanted = self.wanted - _SLOPE * np.arange(len(self.wanted))
        weight = None if ws.problem.weight is None else ws.problem.weight[ws.acceptance.index]
        blocks = [self._rows[min(member.opened, 1)], self._parts(member)]
        edits = best_edits(member.law, ws.X, ws.y, blocks, wanted, weight, _CHILDREN)
        return [e.law for e in edits]

    def _parts(self, member: Member) -> Rows:
        """Parts of this law and of the best others, and functions of them."""
        p = self.ws.problem
        found = list(self._own_parts(member))
        with np.errstate(all="ignore"):
            for node, values, cost in found[:]:
                for name in p.unary:
                    if name != node.op:
                        price = cost + OPS[name].cost
                        found.append((call(name, node), OPS[name].apply(np, values), price))
                for e in (1.5, -0.5, -2.0):
                    found.append((product(1.0, [(node, e)]), values**e, cost + 2))
        best = sorted((m for few in self.pool.values() for m in few), key=lambda m: m.loss)
        told: set[tuple[float, float]] = set()
        for other in best[:12]:
            for node, values, cost in self._own_parts(other):
                key = float(values[0]), float(values[-1])
                if node.children and key not in told:
                    told.add(key)
                    found.append((node, values, cost))
        nodes = [n for n, _, _ in found]
        table = np.array([v for _, v, _ in found]).reshape(-1, len(self.ws.y))
        prices = np.array([c for _, _, c in found], dtype=int)
        with np.errstate(all="ignore"):
            good = np.abs(table).max(axis=1) < 1e12  # False for nan
            good &= np.ptp(table, axis=1) > 0
        kept = np.flatnonzero(good)
        return Rows(table[kept], prices[kept], lambda j: nodes[kept[j]])

    def _own_parts(self, member: Member) -> list[tuple[Node, np.ndarray, int]]:
        if member.parts is None:
            cells = open_all(member.law, self.ws.X, self.ws.y)[1:]
            member.parts = [(c.node, c.values, c.size) for c in cells if not c.node.is_const]
        return member.parts
