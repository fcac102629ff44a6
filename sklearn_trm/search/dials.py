"""Functions with an inner constant: ``u(k * m)`` and ``u(m + c)`` on a fine grid.

A constant inside a function is like a dial: near its true value the fit is nearly
right, and Levenberg-Marquardt turns it home. The grid is fine enough for that; of all
settings of the same functions only the best is polished.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..expressions.constants import fit_constants
from ..expressions.ops import OPS
from ..expressions.tree import Node, call, const, constants, var
from .assemble import linear, power_law
from .builders import power
from .frames import Target
from .modulated import Modulation, modulated_node
from .retrieve import Basis, Hit
from .workspace import Workspace

Array = np.ndarray
Candidates = Iterator[Node | None]

NEAR = 0.08  # share of the variance that a law leaves at the setting nearest to the true one
_TURNS = np.concatenate([np.geomspace(0.3, 12.0, 34), np.arange(13.0, 60.0, 1.2)])
_RATES = np.geomspace(0.2, 60.0, 24)
_GAPS = np.geomspace(1e-3, 10.0, 20)


@dataclass(frozen=True, eq=False)
class Dials:
    """Rows with an inner constant.

    Attributes
    ----------
    values : ndarray of shape (K, N)
    kind : ndarray of shape (K,)
        Equal for rows that differ in the constant only.
    nodes : list of Node
    """

    values: Array
    kind: Array
    nodes: list[Node]


def dials(ws: Workspace) -> Dials:
    """Dials of the columns, and of squares and products where there are few columns."""
    p = ws.problem
    unary = set(p.unary)
    roots = "sqrt" in unary or "pow" in p.binary
    inners: list[tuple[Node, Array]] = [(var(j), ws.X[:, j]) for j in ws.columns]
    if ws.d <= 3:
        Z, nodes = ws.factor_terms(10 if ws.d > 1 else 4)
        inners += list(zip(nodes[ws.d :], Z[ws.d :], strict=True))[: 6 - ws.d]
    values, kinds, nodes = [], [], []
    kind = 0
    for inner, m in inners:
        size, low, high = np.abs(m).max(), m.min(), m.max()
        wide = high - low
        for name, grid in (("sin", _TURNS / size), ("cos", _TURNS / size),
                           ("exp", _RATES / wide), ("exp", -_RATES / wide),
                           ("tanh", _RATES[:16] / wide)):  # fmt: skip
            if name in unary:
                values.append(OPS[name].apply(np, np.outer(grid, m)))
                nodes += [call(name, const(k) * inner) for k in grid]
                kinds.append(np.full(len(grid), kind))
            kind += 1
        for side in (1.0, -1.0):  # m + c above zero, c - m above zero
            gaps = (-low if side > 0 else high) + wide * _GAPS
            shifted = side * m[None, :] + gaps[:, None]
            outer = [call("add", inner, const(c)) if side > 0 else const(c) - inner for c in gaps]
            for name, apply in (("log", np.log), ("sqrt", np.sqrt), ("inv", np.reciprocal)):
                allowed = {"log": "log" in unary, "sqrt": roots, "inv": "div" in p.binary}
                if allowed[name]:
                    values.append(apply(shifted))
                    nodes += [power(n, -1.0 if name == "inv" else 0.5) if name != "log"
                              else call("log", n) for n in outer]  # fmt: skip
                    kinds.append(np.full(len(gaps), kind))
                kind += 1
    if not values:
        return Dials(np.empty((0, len(ws.y))), np.empty(0, dtype=int), [])
    return Dials(np.vstack(values), np.concatenate(kinds), nodes)


def dialled(ws: Workspace, target: Target, each: int = 6) -> Candidates:
    """Laws with one or two dials: in a sum, in a product with powers, times a linear factor."""
    D = dials(ws)
    if not len(D.nodes):
        return
    with np.errstate(all="ignore"):
        D_log = np.log(np.abs(D.values))
        t_log = np.log(np.abs(target.values))
    good = np.isfinite(D.values).all(axis=1)
    for kind in ("linear", "affine", "power"):
        if kind == "power":
            if not np.isfinite(t_log).all():
                continue
            index = np.flatnonzero(np.isfinite(D_log).all(axis=1) & good)
            basis, t = Basis(D_log[index], ws.log_free, index=index), t_log
        else:
            index = np.flatnonzero(good)
            free, _ = ws.free_terms(kind)
            free = np.vstack([np.ones((1, len(ws.y))), free])
            basis, t = Basis(D.values[index], free, index=index), target.values
        unit, share = basis.project(t)
        if not share[0] > 1e-9 or len(basis) < 2:
            continue
        yield None
        for hits in (basis.singles(unit, 60)[0], basis.pairs(unit[0], len(basis), 300, 0.1)):
            for h in _best_of_each(hits, D.kind)[:each]:
                yield from _polish(ws, target, _node(ws, target, D, h, kind))
                yield None
    yield from _factors(ws, target, D, good, each)
    yield from _products(ws, target, D, np.flatnonzero(good), each)


def _products(ws: Workspace, target: Target, D: Dials, index: Array, each: int) -> Candidates:
    """``c + a * u * v`` for all pairs of dials: three products score them."""
    t = target.values - target.values.mean()
    t /= np.sqrt(t @ t) + 1e-300
    R = D.values[index] / np.abs(D.values[index]).max(axis=1)[:, None]
    dot, mean, square = (R * t) @ R.T, R @ R.T / len(t), (R * R) @ (R * R).T
    gain = dot**2 / np.maximum(square - len(t) * mean**2, 1e-6)
    yield None
    i, j = np.unravel_index(np.argsort(-gain, axis=None)[:2000], gain.shape)
    hits = [Hit((int(index[a]), int(index[b])), 1 - float(gain[a, b]))
            for a, b in zip(i, j, strict=True) if a < b]  # fmt: skip
    for h in _best_of_each(hits, D.kind)[:each]:
        a, b = h.rows
        values = D.values[a] * D.values[b]
        node, _ = linear(target.values, values[None], [D.nodes[a] * D.nodes[b]])
        yield from _polish(ws, target, node)
        yield None


def _factors(ws: Workspace, target: Target, D: Dials, good: Array, each: int) -> Candidates:
    basis = ws.basis("affine")
    assert basis is not None
    unit, share = basis.project(target.values)
    Z, nodes = ws.factor_terms(0)
    Z = np.vstack([np.ones((1, Z.shape[1])), Z])
    if not share[0] > 1e-9 or len(basis.q) + len(Z) > 0.3 * Z.shape[1]:
        return
    index = np.flatnonzero(good)
    loss = Modulation(Z, basis.q, unit).loss(D.values[index])[:, 0]
    best = index[np.argsort(loss)[:60]]
    hits = [Hit((int(i),), float(x)) for i, x in zip(best, np.sort(loss), strict=False)]
    for h in _best_of_each(hits, D.kind)[:each]:
        (i,) = h.rows
        node = modulated_node(ws, target.values, D.values[i], D.nodes[i], "affine", Z, nodes)
        yield from _polish(ws, target, node)
        yield None


def _best_of_each(hits: list[Hit], kind: Array) -> list[Hit]:
    """The best hit of each combination of kinds, best first; poor ones have no true setting."""
    best: dict[tuple[int, ...], Hit] = {}
    for h in hits:
        if h.loss < NEAR:
            best.setdefault(tuple(sorted(int(kind[r]) for r in h.rows)), h)
    return sorted(best.values(), key=lambda h: h.loss)


def _node(ws: Workspace, target: Target, D: Dials, h: Hit, kind: str) -> Node | None:
    t, rows = target.values, list(h.rows)
    nodes = [D.nodes[r] for r in rows]
    if kind == "power":
        cols = ws.log_columns
        return power_law(t, ws.X[:, cols].T, [var(j) for j in cols], D.values[rows], nodes,
                         [False] * len(rows), None, 0.15)  # fmt: skip
    values, terms = ws.free_terms(kind)
    return linear(t, np.vstack([D.values[rows], values]), [*nodes, *terms])[0]


def _polish(ws: Workspace, target: Target, node: Node | None) -> list[Node]:
    if node is None:
        return []
    v = ws.verdict
    law = target.wrap(node)
    if len(constants(law)) > 12:
        return []
    return v.offer_law(fit_constants(law, v.X, v.y, rng=0, max_iter=40).node)
