"""How an open place is closed: free spaces, with one atom or with up to four of them.

Many places are looked at at once. What is left of one says how near it is to something short. That
is measured as an error of ``y``, so that places are comparable: multiplied by a column, a target
has another spread.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..expressions.evaluate import evaluate
from ..expressions.tree import Node, var
from .assemble import linear, power_law, solve
from .builders import weighted_sum
from .directions import COORDINATES, Directions, Probes
from .outer import Block, blocks, functions_of
from .workspace import Workspace

Array = np.ndarray

_KINDS = ("affine", "power", "curved")
_NEAR = 1e-7  # of the norm of a place: what is left by what explains it
_PARALLEL = 1e-11  # the square of an angle: one atom explains a place
_LEAST = 1e-9  # error of y that is told from others
_SPREAD = 0.04  # of the rows, at least, make up what a free space leaves
_SPARE = 4 + COORDINATES  # rows more than the free space has dimensions
_TOLD = 1000  # atoms that tell how near a place is
_BESIDE = 64  # atoms beside pairs, one of them or two
_AT_ONCE = 64  # pairs of these
_ARGUMENTS, _STEP = 4000, 100  # of which functions are taken where many atoms are looked at
_DEEP = 10**7  # the first id of such a function
_QUOTIENTS = 1500  # atoms above and below
_UNDER = 10**8  # the first id of an atom that stands in a denominator, beside 1
_BESIDE_ONE = 1e-9  # share of the denominator below which that 1 is none

Hits = Iterator[tuple[int, tuple[int, ...]]]  # places and ids of the atoms that explain them


@dataclass(frozen=True, eq=False)
class Places:
    """Open places in a space.

    Attributes
    ----------
    at : ndarray of shape (C, COORDINATES)
        Directions of what the free space leaves; nan where nothing can be said.
    free : ndarray of shape (C,)
        Whether the free space explains a place.
    left : ndarray of shape (C,)
        Root mean square error of ``y`` beside the best single atom, relative to its spread.
    """

    at: Array
    free: Array
    left: Array


class Space:
    """One free space of a workspace and its atoms.

    Parameters
    ----------
    ws : Workspace
    kind : str
        ``"affine"``, ``"curved"`` or ``"power"``.
    """

    def __init__(self, ws: Workspace, kind: str) -> None:
        basis = ws.basis(kind)
        assert basis is not None
        self.ws, self.kind, self._basis = ws, kind, basis
        self._spread = float(np.std(ws.y))
        self._probes = Probes(basis.q)
        self._many: Directions | None = None
        self._deep: list[tuple[int, Block]] = []

    @functools.cached_property
    def few(self) -> Directions:
        """The atoms of the library."""
        return Directions(*self._probes(self._basis.unit), self._basis.kept)

    def _gathered(self) -> Iterator[None]:
        """Makes `many`: the atoms of the library, and all functions of the first arguments."""
        parts = [(self.few.at, np.ones(len(self.few)), self.few.index)]
        p, start = self.ws.problem, _DEEP
        functions = [*functions_of(p.unary, p.binary), ("square", 1.0)]
        for block in blocks(self.ws.arguments, functions, _ARGUMENTS, _STEP):
            with np.errstate(all="ignore"):
                rows = np.log(np.abs(block.values)) if self.kind == "power" else block.values
            parts.append((*self._probes(rows), start + np.arange(len(rows))))
            self._deep.append((start, replace(block, values=rows[:0])))
            start += len(rows)
            yield None
        at, share, index = (np.concatenate(part) for part in zip(*parts, strict=True))
        self._many = Directions(at, share, index)

    def look(self, values: Array, slope: Array) -> Places:
        """What the free space leaves of places, values and slopes of shape (C, N)."""
        basis, n = self._basis, values.shape[1]
        with np.errstate(all="ignore"):
            t = np.log(np.abs(values)) if self.kind == "power" else values
            norm = np.sqrt(np.einsum("ij,ij->i", t, t))
            unit, share = basis.project(t)
            free = share < _NEAR
            # what one row alone makes up says nothing
            wide = 1.0 / np.einsum("ij,ij->i", unit**2, unit**2) > _SPREAD * n
            good = np.isfinite(unit).all(axis=1) & wide & ~free
            unit[~good] = 0.0
            rows = basis.unit32[:_TOLD]
            best = np.abs(unit.astype(np.float32) @ rows.T).argmax(axis=1)
            nearest = basis.unit[best]
            rest = unit - np.einsum("ij,ij->i", unit, nearest)[:, None] * nearest
            # an error of the logarithm is a relative error of the value
            rest = rest * values if self.kind == "power" else rest
            wrong = rest * (share * norm / np.sqrt(n))[:, None] / slope
            left = np.sqrt(np.einsum("ij,ij->i", wrong, wrong)) / self._spread
            at = unit @ self._probes.P
            at /= np.sqrt(np.einsum("ij,ij->i", at, at))[:, None]
        left = np.where(good & np.isfinite(left), np.clip(left, _LEAST, 1.0), 1.0)
        return Places(at, free, np.where(free, _LEAST, left))

    def quick(self, places: Places) -> Hits:
        """Places that no atom is needed for, that one explains, or two."""
        yield from ((int(i), ()) for i in np.flatnonzero(places.free))
        some = np.flatnonzero(np.isfinite(places.at).all(axis=1))
        at = places.at[some]
        close = 1.0 - (at @ self.few.at.T) ** 2 < _PARALLEL
        for i, row in zip(*np.nonzero(close), strict=True):
            yield int(some[i]), (int(self.few.index[row]),)
        for i, *rows in self.few.pairs(at[~close.any(axis=1), None]):
            yield int(some[~close.any(axis=1)][i]), tuple(rows)

    def triples(self, at: Array) -> Hits:
        """A place explained by a cheap atom and any two."""
        beside = self.few.at[:_BESIDE]
        for start in range(0, len(beside), 16):
            some = beside[start : start + 16]
            taken = np.stack([np.broadcast_to(at, some.shape), some], axis=1)
            for i, *rows in self.few.pairs(taken):
                yield 0, (int(self.few.index[start + i]), *rows)
            yield -1, ()

    def quadruples(self, at: Array) -> Hits:
        """A place explained by two cheap atoms and any two."""
        beside = self.few.at[:_BESIDE]
        first, second = np.triu_indices(len(beside), 1)
        for start in range(0, len(first), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            one, other = beside[first[some]], beside[second[some]]
            taken = np.stack([np.broadcast_to(at, one.shape), one, other], axis=1)
            for i, *rows in self.few.pairs(taken):
                cheap = self.few.index[[first[start + i], second[start + i]]]
                yield 0, (*cheap.tolist(), *rows)
            yield -1, ()

    def quotients(self, values: Array, at: Array) -> Hits:
        """A place that is ``(free + a*f) / (1 + b*g)``, or ``free / (1 + b*g + c*h)``.

        Times its denominator it is linear in what is not known: so the products of the place with
        atoms stand among the atoms.
        """
        if self.kind != "affine":
            return
        atoms, above = self.ws.ordered[:_QUOTIENTS], self.few.at[:_QUOTIENTS]
        with np.errstate(all="ignore"):
            under = self._probes(values * atoms)
        at_both = np.concatenate([above, under[0]])
        share = np.concatenate([np.ones(len(above)), under[1]])
        index = np.concatenate([self.few.index[:_QUOTIENTS], _UNDER + np.arange(len(atoms))])
        both = Directions(at_both, share, index)
        for row in np.flatnonzero(1.0 - (both.at @ at) ** 2 < _PARALLEL)[:4].tolist():
            yield 0, (int(both.index[row]),)
        yield -1, ()
        for _, *rows in both.pairs(at[None, None]):
            if max(rows) >= _UNDER:
                yield 0, tuple(rows)

    def far(self, at: Array) -> Hits:
        """A place explained by any two of many atoms, or by one."""
        if self._many is None:
            for _ in self._gathered():
                yield -1, ()
        many = self._many
        assert many is not None
        for row in np.flatnonzero(1.0 - (many.at @ at) ** 2 < _PARALLEL)[:4].tolist():
            yield 0, (int(many.index[row]),)
        for _, *rows in many.pairs(at[None, None]):
            yield 0, tuple(rows)

    def node(self, t: Array, ids: Sequence[int]) -> Node | None:
        """The expression of these atoms and the free space that is nearest to a place."""
        ws, power = self.ws, self.kind == "power"
        if max(ids, default=0) >= _UNDER:
            below = [i - _UNDER for i in ids if i >= _UNDER]
            return self._quotient(t, [i for i in ids if i < _UNDER], below)
        nodes, exponential = [], []
        for i in ids:
            raw = power and len(ws.factors) <= i < _DEEP
            exponential.append(raw)
            if i >= _DEEP:
                place = bisect.bisect(self._deep, i, key=lambda part: part[0]) - 1
                start, block = self._deep[place]
                nodes.append(block.node(i - start))
            elif power and not raw:
                nodes.append(ws.factors.node(ws.factors.order[i]))
            else:
                nodes.append(ws.atom_node(i - len(ws.factors) * raw))
        values = np.array([evaluate(node, ws.X) for node in nodes]).reshape(-1, len(t))
        if not np.isfinite(values).all():
            return None
        if power:
            columns = [var(j) for j in ws.log_columns]
            logs = ws.X[:, ws.log_columns].T
            return power_law(t, logs, columns, values, nodes, exponential)
        free, terms = ws.free_terms(self.kind)
        return linear(t, np.vstack([values, free]), [*nodes, *terms])[0]

    def _quotient(self, t: Array, above: Sequence[int], below: Sequence[int]) -> Node | None:
        ws = self.ws
        free, terms = ws.free_terms(self.kind)
        top = np.vstack([ws.ordered[list(above)], free])
        under = ws.ordered[list(below)]
        with np.errstate(all="ignore"):
            design = np.vstack([-t * under, np.ones_like(t), top])
            if not np.isfinite(design).all():
                return None
            c = solve(design, t)[0][: len(below)]
            one = float(np.abs(c @ under).max() * _BESIDE_ONE < 1.0)
            d = one + c @ under
        if not np.isfinite(d).all() or not (d != 0.0).all():
            return None
        # one number of a denominator without a 1 is free
        first = 1.0 if one else float(c[0])
        numerator = linear(t * d / first, top, [*map(ws.atom_node, above), *terms])[0]
        return numerator / weighted_sum((c / first).tolist(), [*map(ws.atom_node, below)], one)


def spaces(ws: Workspace) -> list[Space]:
    """The free spaces of a workspace that do not explain just anything."""
    out = []
    for kind in _KINDS:
        basis = ws.basis(kind)
        if basis is not None and len(basis) > 1 and len(basis.q) + _SPARE <= len(ws.y):
            out.append(Space(ws, kind))
    return out
