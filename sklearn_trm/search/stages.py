"""The stages of the search: each is a generator over candidate laws.

A stage yields a law when it has one and None at least every few dozen milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..expressions.constants import fit_constants
from ..expressions.exactness import EXPLAINED
from ..expressions.tree import Node, call, constants, var
from .assemble import linear, solve
from .builders import loosen, product, weighted_sum
from .retrieve import Basis, orthonormal
from .solvers.algebraic import quadratic_laws
from .solvers.polynomial import sparse_polynomial, sparse_rational
from .transforms import Target
from .workspace import Workspace, hit_error

Candidates = Iterator[Node | None]

_OFFSETS = 6  # of a scan, polished with a row each


def free_laws(ws: Workspace, targets: Sequence[Target], strict: bool = False) -> Candidates:
    """Monomials, affine laws: the free spaces alone, no library at all.

    With `strict` only what they explain up to rounding is made a law: for many targets.
    """
    if strict and len(targets):
        targets = [t for t, good in zip(targets, _explained(ws, targets), strict=True) if good]
    for t in targets:
        v = t.values
        if (v != 0).all():
            node = ws.power_node(v, ())
            yield from ws.offer(node, t)
            yield from ws.offer(ws.power_node(v, (), 0.15), t)
        yield from ws.offer(ws.linear_node(v, (), "affine"), t)
        if strict:  # of few rows all are explained
            yield None
    yield None


def _explained(ws: Workspace, targets: Sequence[Target]) -> np.ndarray:
    """Whether a target, or its logarithm, lies in a free space."""
    good = np.zeros(len(targets), dtype=bool)
    values = np.array([t.values for t in targets]).reshape(len(targets), -1)
    with np.errstate(all="ignore"):
        logs = np.log(np.abs(values))
    logs[~np.isfinite(logs).all(axis=1)] = np.nan
    affine, _ = ws.free_terms("affine")
    for v, free in ((logs, ws.log_free), (values, np.vstack([np.ones(values.shape[1]), affine]))):
        q = orthonormal(free)
        rest = np.abs(v - (v @ q.T) @ q).max(axis=1, initial=0.0)
        good |= rest < 1e-6 * np.abs(v).max(axis=1, initial=0.0)
    return good


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


def several(ws: Workspace, target: Target, kind: str, triples: int, quadruples: int) -> Candidates:
    """Three rows among the first `triples`, or four among the first `quadruples`."""
    basis = ws.basis(kind)
    if basis is None:
        return
    unit, share = basis.project(target.values)
    if not share[0] > EXPLAINED:
        return
    at = ws.terms(basis)
    for find, k in ((basis.triples, triples), (basis.quadruples, quadruples)):
        if not k:
            continue
        for h in find(unit[0], at[:k], 6, 1e-4):
            yield from ws.consider(
                hit_error(h, share[0]),
                lambda h=h: ws.linear_node(target.values, h.rows, kind),
                target,
            )
        yield None


def polynomials(ws: Workspace, targets: Sequence[Target]) -> Candidates:
    """Sparse polynomials and rational functions of the columns."""
    for t in targets:
        for node in sparse_polynomial(ws.X, t.values, ws.columns):
            yield from ws.offer(node, t)
        yield None


def quadratics(ws: Workspace, targets: Sequence[Target]) -> Candidates:
    """Polynomials plus the square root of one."""
    for t in targets:
        for node in quadratic_laws(ws.X, t.values, ws.columns):
            yield from ws.offer(node, t)
        yield None


def rationals(ws: Workspace, targets: Sequence[Target]) -> Candidates:
    for t in targets:
        for node in sparse_rational(ws.X, t.values, ws.columns):
            yield from ws.offer(node, t)
        yield None


def multipliers(ws: Workspace, target: Target, count: int, kind: str = "affine") -> Candidates:
    """``target * f_k = free + a * g_i`` for all rows f_k, g_i at once."""
    basis = ws.basis(kind)
    if basis.full:
        return
    f = ws.ordered[:count]
    for start in range(0, len(f), 512):
        products = target.values * f[start : start + 512]
        unit, share = basis.project(products)
        for k in np.flatnonzero(share < 1e-8):
            yield from ws.offer(*_divided(ws, target, start + int(k), (), kind))
            yield None  # of a narrow table they may be all
        unit[~np.isfinite(unit)] = 0
        for k, h in basis.many(unit, 1e-4, 12):
            error = hit_error(h, share[k])
            if share[k] < 1e-8 or error > 1e-4:
                continue
            yield from ws.consider(
                error,
                lambda h=h, k=start + k: _divided(ws, target, int(k), h.rows, kind)[0],
                target,
            )
        yield None


def _divided(
    ws: Workspace, target: Target, k: int, rows: tuple[int, ...], kind: str
) -> tuple[Node, Target]:
    above = ws.linear_node(target.values * ws.ordered[k], rows, kind)
    return above / ws.atom_node(k), target


def peels(ws: Workspace, target: Target, count: int) -> Candidates:
    """``target = beta * f_k + monomial * g_i ** p`` for simple beta."""
    basis = ws.log_basis
    if basis.full:
        return
    f = ws.ordered[:count]
    for beta in (1.0, -1.0, 0.5, -0.5, 2.0, -2.0):
        for start in range(0, len(f), 512):
            rest = target.values - beta * f[start : start + 512]
            with np.errstate(all="ignore"):
                logs = np.log(np.abs(rest))
            good = np.isfinite(logs).all(axis=1)
            logs[~good] = 0.0
            unit, share = basis.project(logs)
            scale = np.sqrt(np.mean(logs * logs, axis=1))
            for k in np.flatnonzero(good & (share * scale < 1e-7)):
                node = ws.power_node(rest[k], ())
                if node is not None:
                    yield from ws.offer(_peeled(ws, beta, start + int(k), node), target)
                yield None
            unit[~np.isfinite(unit)] = 0
            for k, h in basis.many(unit, 1e-5, 8):
                error = hit_error(h, share[k]) * scale[k]
                if not good[k] or error > 1e-5 or share[k] * scale[k] < 1e-7:
                    continue

                def make(h=h, k=k, rest=rest, beta=beta, start=start) -> Node | None:
                    node = ws.power_node(rest[k], h.rows)
                    return None if node is None else _peeled(ws, beta, start + k, node)

                yield from ws.consider(error, make, target)
            yield None


def _peeled(ws: Workspace, beta: float, k: int, node: Node) -> Node:
    return weighted_sum([beta, 1.0], [ws.atom_node(k), node])


def dominant(ws: Workspace, targets: Sequence[Target]) -> Candidates:
    """``free + c * monomial`` where the monomial, of any exponents, rules the largest rows."""
    cols = ws.log_columns
    logs, columns = ws.log_free, [var(j) for j in cols]
    for t in targets:
        size = np.abs(t.values)
        weight = 1.0 / (size + (np.median(size) or size.mean() or 1.0))  # so that small rows count
        for share in (0.1, 0.25, 0.5):
            top = np.argsort(-size)[: int(share * len(size))]
            if len(top) <= len(logs) + 3 or not (size[top] > 0).all():
                continue
            c, _ = solve(logs[:, top], np.log(size[top]))
            exponents = np.round(2 * c[1:]) / 2
            if not exponents.any() or not (np.abs(exponents) <= 9).all():
                continue
            bars = (ws.X[:, cols] < 0).any(axis=0) & (exponents % 1 != 0)
            nodes = [call("abs", n) if b else n for n, b in zip(columns, bars, strict=True)]
            base = np.where(bars, np.abs(ws.X[:, cols]), ws.X[:, cols])
            mono = np.prod(base**exponents, axis=1)
            node = product(1.0, zip(nodes, exponents.tolist(), strict=True))
            for kind in ("affine", "curved"):
                values, terms = ws.free_terms(kind)
                if kind == "affine" or len(ws.curved_terms):
                    law, _ = linear(t.values, np.vstack([mono, values]), [node, *terms], weight)
                    yield from ws.offer(law, t)
    yield None


def offsets(ws: Workspace, target: Target) -> Candidates:
    """``target = c + monomial * g ** p`` with unknown c: a scan over c, then closer ones."""
    t = target.values
    low, middle, high = t.min(), np.median(t), t.max()
    basis = ws.log_basis
    steps = np.geomspace(1e-3, 30, 24)
    # a peak makes the spread large: steps beside the most common values, too
    sizes = np.unique(np.concatenate([(high - low) * steps, (middle - low) * steps]))
    above = np.unique(np.concatenate([(high - low) * steps, (high - middle) * steps]))
    grid = np.concatenate([low - sizes, high + above, np.linspace(low, high, 41)[1:-1]])
    yield from _offset_and_row(ws, target, grid)
    for zoom in range(7):
        rest = t[None, :] - grid[:, None]
        with np.errstate(all="ignore"):
            logs = np.log(np.abs(rest))
        good = np.isfinite(logs).all(axis=1)
        logs, c = logs[good], grid[good]
        if not len(c):
            return
        w = logs - logs.mean(axis=1, keepdims=True)
        rel = np.einsum("ij,ij->i", w, w)
        rest_of = logs - (logs @ basis.q.T) @ basis.q
        loss = np.einsum("ij,ij->i", rest_of, rest_of) / np.maximum(rel, 1e-300)
        best = int(loss.argmin())
        node = ws.power_node(t - c[best], (), tol=1e-4)
        if node is not None and (zoom == 6 or loss[best] < 1e-14):
            error = float(np.sqrt(loss[best]))
            offset = float(c[best])
            yield from ws.consider(min(error, 0.5), lambda n=node, o=offset: _shift(n, o), target)
            polished = _polished(ws, target, _shift(node, offset))
            if polished is not None:
                yield from ws.acceptance.offer_law(polished)
        yield None
        near = np.sort(c)
        at = int(np.searchsorted(near, c[best]))
        a, b = near[max(at - 1, 0)], near[min(at + 1, len(near) - 1)]
        grid = np.linspace(a, b, 41)


def _offset_and_row(ws: Workspace, target: Target, grid: np.ndarray) -> Candidates:
    """The best offsets of a grid with one row beside the monomial, polished."""
    with np.errstate(all="ignore"):
        logs = np.log(np.abs(target.values[None, :] - grid[:, None]))
    good = np.isfinite(logs).all(axis=1)
    logs, grid = logs[good], grid[good]
    unit, share = ws.log_basis.project(logs)
    unit[~np.isfinite(unit)] = 0
    size = np.sqrt(np.mean((logs - logs.mean(axis=1, keepdims=True)) ** 2, axis=1))
    hits = ws.log_basis.many(unit, 0.3, len(grid))
    hits.sort(key=lambda hit: hit_error(hit[1], share[hit[0]]) / max(size[hit[0]], 1e-12))
    for k, h in hits[:_OFFSETS]:
        near = 2.0 * hit_error(h, share[k]) + 1e-6
        node = ws.power_node(target.values - grid[k], h.rows, tol=near)
        polished = None if node is None else _polished(ws, target, _shift(node, float(grid[k])))
        if polished is not None:
            yield from ws.acceptance.offer_law(polished)
        yield None


def _shift(node: Node, offset: float) -> Node:
    return weighted_sum([1.0], [node], offset)


def _polished(ws: Workspace, target: Target, node: Node, starts: int = 1) -> Node | None:
    """The law with its constants moved by Levenberg-Marquardt on the screened rows."""
    v = ws.acceptance
    law = target.wrap(node)
    if len(constants(law)) > 12:
        return None
    return fit_constants(law, v.X, v.y, n_starts=starts, rng=0, max_iter=40).node


def loosened(ws: Workspace, count: int) -> Candidates:
    """The best inexact laws with a free number inside every function, refitted."""
    v = ws.acceptance
    yield from v.drain(2 * count)
    for law in v.to_loosen(count):
        for loose in (law, loosen(law)):
            if 0 < len(constants(loose)) <= 12:
                fitted = fit_constants(loose, v.X, v.y, n_starts=2, rng=0, max_iter=40).node
                yield from v.offer_law(fitted)
        yield None
