"""The stages of the search: each is a generator over candidate laws.

A stage yields a law when it has one and None at least every few dozen milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..expressions.exactness import EXPLAINED
from ..expressions.tree import Node
from .retrieve import Basis
from .solvers.polynomial import sparse_polynomial, sparse_rational
from .transforms import Target
from .workspace import Workspace, hit_error

Candidates = Iterator[Node | None]


def free_laws(ws: Workspace, targets: Sequence[Target]) -> Candidates:
    """Monomials, affine laws: the free spaces alone, no library at all."""
    for t in targets:
        v = t.values
        if (v != 0).all():
            node = ws.power_node(v, ())
            yield from ws.offer(node, t)
            yield from ws.offer(ws.power_node(v, (), 0.15), t)
        yield from ws.offer(ws.linear_node(v, (), "affine"), t)
    yield None


def _singles(
    ws: Workspace, basis: Basis, targets: Sequence[Target], kind: str, count: int
) -> Candidates:
    if not targets:
        return
    values = np.array([t.values for t in targets])
    if kind == "power":
        with np.errstate(all="ignore"):
            values = np.log(np.abs(values))
        good = np.isfinite(values).all(axis=1)
        targets = [t for t, g in zip(targets, good, strict=True) if g]
        values = values[good]
    if not len(targets):
        return
    unit, share = basis.project(values)
    for t, v, hits, s in zip(targets, values, basis.singles(unit, count), share, strict=True):
        del v
        for h in hits:
            if s < EXPLAINED:
                break  # the free space alone explains it
            if kind == "power":
                # an error of the logarithm is a relative error of the value
                error = hit_error(h, s) * float(np.sqrt(np.mean(np.log(np.abs(t.values)) ** 2)))
                yield from ws.consider(
                    error,
                    lambda h=h, t=t: ws.power_node(t.values, h.rows),
                    t,
                    lambda h=h, t=t: ws.power_node(t.values, h.rows, 0.15),
                )
            else:
                yield from ws.consider(
                    hit_error(h, s),
                    lambda h=h, t=t: ws.linear_node(t.values, h.rows, kind),
                    t,
                )
    yield None


def singles(ws: Workspace, targets: Sequence[Target], count: int = 4) -> Candidates:
    """One library row and the free space: linear, affine and power laws."""
    yield from _singles(ws, ws.basis("linear"), targets, "linear", count)
    yield from _singles(ws, ws.basis("affine"), targets, "affine", count)
    yield from _singles(ws, ws.log_basis, targets, "power", count)
    if ws.basis("curved") is not None:
        yield from _singles(ws, ws.basis("curved"), targets, "curved", count)


def pairs(ws: Workspace, target: Target, kind: str, k: int) -> Candidates:
    """Two library rows and the free space."""
    basis = ws.basis(kind)
    if basis is None:
        return
    v = target.values
    scale = 1.0
    if kind == "power":
        with np.errstate(all="ignore"):
            v = np.log(np.abs(v))
        if not np.isfinite(v).all():
            return
        scale = float(np.sqrt(np.mean(v * v)))
    unit, share = basis.project(v)
    if share[0] < EXPLAINED:
        return
    dtype = np.float64 if ws.d <= 1 else np.float32
    if dtype is np.float64:
        k = min(k, 2500)
    for h in basis.pairs(unit[0], k, 12, 0.05, dtype):
        error = hit_error(h, share[0]) * scale
        if kind == "power":
            yield from ws.consider(
                error,
                lambda h=h: ws.power_node(target.values, h.rows),
                target,
                lambda h=h: ws.power_node(target.values, h.rows, 0.15),
            )
        else:
            yield from ws.consider(
                error, lambda h=h: ws.linear_node(target.values, h.rows, kind), target
            )
    yield None


def polynomials(ws: Workspace, targets: Sequence[Target]) -> Candidates:
    """Sparse polynomials and rational functions of the columns."""
    for t in targets:
        for node in sparse_polynomial(ws.X, t.values, ws.columns):
            yield from ws.offer(node, t)
        yield None


def rationals(ws: Workspace, targets: Sequence[Target]) -> Candidates:
    for t in targets:
        for node in sparse_rational(ws.X, t.values, ws.columns):
            yield from ws.offer(node, t)
        yield None
