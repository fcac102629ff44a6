"""Functions with an inner constant: ``u(k * m)`` and ``u(m + c)`` on a fine grid.

A constant inside a function is like a dial that is turned: near its true value the fit is nearly
right, and Levenberg-Marquardt turns it home. The grid is fine enough for that; of all
settings of the same functions only the best is polished.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..expressions.constants import fit_constants
from ..expressions.exactness import EXPLAINED
from ..expressions.operators import OPS, Op
from ..expressions.tree import Node, call, const, constants, var
from .assemble import linear, power_law
from .builders import power
from .descent import Descent
from .modulated import Modulation, modulated_node
from .retrieve import Basis, Hit
from .transforms import Target
from .workspace import Workspace

Array = np.ndarray
Candidates = Iterator[Node | None]

NEAR = 0.08  # share of the variance that a law leaves at the setting nearest to the true one
_TURNS = np.concatenate([np.geomspace(0.3, 12.0, 34), np.arange(13.0, 60.0, 1.2)])
_RATES = np.geomspace(0.2, 60.0, 24)
_GAPS = np.geomspace(1e-3, 100.0, 26)
_EXPONENTS = np.arange(0.15, 5.0, 0.2)
_PLACES = np.linspace(-0.1, 1.1, 25)  # of a peak or a step, as shares of a column's range
_WIDTHS = np.geomspace(0.02, 1.0, 10)
_QUICK = 12  # steps of the constants before settings are compared
_POLISHED = 4  # laws that are polished then
_MOST_CONSTANTS = 12
_MONOMIALS = 10  # that stand beside an inner parameter
_SWEPT = ("sin", "cos", "exp", "tanh")  # come first
_FAR = 30.0  # an exponential of more than this is written from the middle of its column


@dataclass(frozen=True, eq=False)
class InnerParameters:
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

    @property
    def good(self) -> Array:
        """Rows that are finite and vary."""
        with np.errstate(invalid="ignore"):
            return np.isfinite(self.values).all(axis=1) & (np.ptp(self.values, axis=1) > 0)


@np.errstate(all="ignore")  # settings that leave float64 are left out later
def inner_parameters(ws: Workspace, shapes: bool = False) -> InnerParameters:
    """InnerParameters of the columns, and of squares and products where there are few columns.

    With `shapes` also peaks and steps of one column, which have two constants.
    """
    p = ws.problem
    unary = set(p.unary)
    # a user's own operators and rare functions are not swept, log(k*x) is a shift
    more = [n for n in p.unary if n in OPS and OPS[n].is_common and n not in (*_SWEPT, "log")]
    steps = ["tanh", *[n for n in more if OPS[n].has_place]]
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
                           ("tanh", _RATES[:16] / wide),
                           *[(n, _grid(OPS[n], size, wide)) for n in more]):  # fmt: skip
            if name in unary:
                far = name == "exp" and size * np.abs(grid).min() > _FAR
                start = _round(float(m.mean())) if far else 0.0
                values.append(OPS[name].apply(np, np.outer(grid, m - start)))
                own = inner - const(start) if far else inner
                nodes += [call(name, const(k) * own) for k in grid]
                kinds.append(np.full(len(grid), kind))
            kind += 1
        if "pow" in p.binary and low > 0:
            for grid in (_EXPONENTS, -_EXPONENTS):
                values.append(m[None, :] ** grid[:, None])
                nodes += [power(inner, float(e)) for e in grid]
                kinds.append(np.full(len(grid), kind))
                kind += 1
        if shapes and ws.d <= 2 and inner.is_var:
            for name in ("exp", *steps):
                if name in unary:
                    places, widths = low + wide * _PLACES, wide * _WIDTHS
                    c, w = (a.ravel() for a in np.meshgrid(places, widths))
                    u = (m - c[:, None]) / w[:, None]
                    values.append(_bell(u) if name == "exp" else OPS[name].apply(np, u))
                    nodes += [_shape_node(name, inner, float(a), float(b))
                              for a, b in zip(c, w, strict=True)]  # fmt: skip
                    kinds.append(np.full(len(c), kind))
                kind += 1
        for side in (1.0, -1.0):  # m + c above zero, c - m above zero
            gaps = (-low if side > 0 else high) + wide * _GAPS
            shifted = side * m[None, :] + gaps[:, None]
            outer = [call("add", inner, const(c)) if side > 0 else const(c) - inner for c in gaps]
            for name, outer_of in (("log", np.log), ("sqrt", np.sqrt), ("inv", np.reciprocal)):
                allowed = {"log": "log" in unary, "sqrt": roots, "inv": "div" in p.binary}
                if allowed[name]:
                    values.append(outer_of(shifted))
                    nodes += [power(n, -1.0 if name == "inv" else 0.5) if name != "log"
                              else call("log", n) for n in outer]  # fmt: skip
                    kinds.append(np.full(len(gaps), kind))
                kind += 1
    if not values:
        return InnerParameters(np.empty((0, len(ws.y))), np.empty(0, dtype=int), [])
    return InnerParameters(np.vstack(values), np.concatenate(kinds), nodes)


def _round(value: float) -> float:
    return float(f"{value:.2g}")


def _bell(u: Array) -> Array:
    return np.exp(-u * u)


def _shape_node(name: str, inner: Node, place: float, width: float) -> Node:
    """A peak of the exponential, a step of any other function."""
    if name == "exp":
        return call(name, const(-(width**-2.0)) * power(inner - const(place), 2.0))
    return call(name, const(1 / width) * (inner - const(place)))


def _grid(op: Op, size: float, wide: float) -> Array:
    """Factors of the argument that are swept; both signs where the function has no parity."""
    if op.period is not None:
        return _TURNS / size * (op.period / (2 * np.pi))
    rates = _RATES[:16] / wide
    return rates if op.parity else np.concatenate([rates, -rates])


def one_inner_parameter(ws: Workspace, targets: Sequence[Target], each: int = 24) -> Candidates:
    """Laws with one of them: beside the columns, times their powers, or times an affine factor."""
    D = inner_parameters(ws, shapes=True)
    if not len(D.nodes):
        return
    good = D.good
    for target in targets:
        for kind in ("linear", "affine", "power"):
            basis, unit = _projected(ws, D, target, kind)
            if basis is not None:
                hits = _best_of_each(basis.singles(unit, len(basis))[0], D.kind)[:each]
                yield from _turned_home(ws, target, [_node(ws, target, D, h, kind) for h in hits])
        yield None
        yield from _factors(ws, target, D, good, each)
    yield from _beside_constant(ws, targets[0], inner_parameters(ws), each)


def _beside_constant(ws: Workspace, target: Target, D: InnerParameters, each: int) -> Candidates:
    """``c + a * monomial * f(k * x)``: neither logarithms nor sums see it."""
    lib = ws.library
    few = [i for i, j in enumerate(lib.order[:200]) if lib.is_monomial(int(j))][:_MONOMIALS]
    factors = [lib.node(int(lib.order[i])) for i in few]
    index = np.flatnonzero(D.good)
    if not len(index) or not len(few):
        return
    values = (ws.ordered[few][:, None, :] * D.values[index]).reshape(-1, len(ws.y))
    kinds = D.kind.max() + 1
    kind = (np.arange(len(few))[:, None] * kinds + D.kind[index]).ravel()
    products = InnerParameters(values, kind, [])
    yield None
    basis, unit = _projected(ws, products, target, "linear")
    if basis is None:
        return
    hits = _best_of_each(basis.singles(unit, len(basis))[0], kind)[: 2 * each]
    laws = []
    for h in hits:
        which, row = divmod(h.rows[0], len(index))
        node = factors[which] * D.nodes[index[row]]
        laws.append(linear(target.values, values[h.rows[0]][None], [node])[0])
    yield from _turned_home(ws, target, laws)
    yield None


def _projected(
    ws: Workspace, D: InnerParameters, target: Target, kind: str
) -> tuple[Basis | None, Array]:
    """The inner parameters modulo a free space, and what it leaves of the target."""
    good = D.good
    with np.errstate(all="ignore"):
        if kind == "power":
            rows, t, free = np.log(np.abs(D.values)), np.log(np.abs(target.values)), ws.log_free
            good &= np.isfinite(rows).all(axis=1)
        else:
            rows, t = D.values, target.values
            free = np.vstack([np.ones((1, len(ws.y))), ws.free_terms(kind)[0]])
    index = np.flatnonzero(good)
    if not np.isfinite(t).all() or len(index) < 2:
        return None, t
    basis = Basis(rows[index], free, index=index)
    unit, share = basis.project(t)
    return (basis, unit) if share[0] > EXPLAINED and len(basis) > 1 else (None, t)


def _factors(
    ws: Workspace, target: Target, D: InnerParameters, good: Array, each: int
) -> Candidates:
    basis = ws.basis("affine")
    assert basis is not None
    unit, share = basis.project(target.values)
    Z, nodes = ws.factor_terms(0)
    Z = np.vstack([np.ones((1, Z.shape[1])), Z])
    if not share[0] > EXPLAINED or len(basis.q) + len(Z) > 0.3 * Z.shape[1]:
        return
    index = np.flatnonzero(good)
    loss = Modulation(Z, basis.q, unit).loss(D.values[index])[:, 0]
    hits = [Hit((int(index[i]),), float(loss[i])) for i in np.argsort(loss)]
    places = [h.rows[0] for h in _best_of_each(hits, D.kind)[:each]]
    yield from _turned_home(ws, target, [
        modulated_node(ws, target.values, D.values[i], D.nodes[i], "affine", Z, nodes)
        for i in places
    ])  # fmt: skip
    yield None


def _best_of_each(hits: list[Hit], kind: Array) -> list[Hit]:
    """The best hit of each combination of kinds, best first; poor ones have no true setting."""
    best: dict[tuple[int, ...], Hit] = {}
    for h in hits:
        if h.loss < NEAR:
            best.setdefault(tuple(sorted(int(kind[r]) for r in h.rows)), h)
    return sorted(best.values(), key=lambda h: h.loss)


def _node(ws: Workspace, target: Target, D: InnerParameters, h: Hit, kind: str) -> Node | None:
    t, rows = target.values, list(h.rows)
    nodes = [D.nodes[r] for r in rows]
    if kind == "power":
        cols = ws.log_columns
        return power_law(t, ws.X[:, cols].T, [var(j) for j in cols], D.values[rows], nodes,
                         [False] * len(rows), None, 0.15)  # fmt: skip
    values, terms = ws.free_terms(kind)
    return linear(t, np.vstack([D.values[rows], values]), [*nodes, *terms])[0]


def _turned_home(ws: Workspace, target: Target, nodes: Sequence[Node | None]) -> Candidates:
    """The laws after a few quick steps of their constants; the best ones are then polished.

    On a short range many wrong functions are as near as the right one at the nearest setting.
    """
    v = ws.acceptance
    descent = Descent(v.X, v.y)
    laws = []
    for node in nodes:
        law = _law(target, node)
        if law is not None:
            law, loss = descent.fit(law, _QUICK)
            if np.isfinite(loss):
                laws.append((loss, law))
        if len(laws) % 8 == 7:
            yield None
    for _, law in sorted(laws, key=lambda pair: pair[0])[:_POLISHED]:
        yield from _polished(ws, law)


def _law(target: Target, node: Node | None) -> Node | None:
    """The law of ``y``, unless it has too many constants for one."""
    law = None if node is None else target.wrap(node)
    return None if law is None or len(constants(law)) > _MOST_CONSTANTS else law


def _polished(ws: Workspace, law: Node) -> list[Node]:
    v = ws.acceptance
    return v.offer_law(fit_constants(law, v.X, v.y, rng=0, max_iter=40).node)
