"""Waves in tables of one and more columns: sums, chirps, waves of two columns and their products.

With unevenly spread rows there is no aliasing: one spectrum over ten thousand (by FFT:
a million) frequencies shows a wave of any column as a peak; on a regular grid those up to
half a turn a step. For two columns all pairs of frequencies are one matrix product.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from ...expressions.exactness import EXPLAINED
from ...expressions.tree import Node, call, const, var
from ..assemble import linear, solve
from ..builders import clean, power, weighted_sum
from ..retrieve import orthonormal
from ..transforms import Target
from ..workspace import Workspace
from .frequencies import spectrum_peaks
from .oscillations import oscillations

Array = np.ndarray
Candidates = Iterator[Node | None]

STEPS = 420  # frequencies of a column in a pair
BINS = 2**16  # of a spectrum
_POWERS = (1, 2, 3)  # of an angle: a wave, chirps

Factors = list[tuple[Node, Array]]  # inner expressions of the waves that are multiplied


def waves(ws: Workspace, bins: int = BINS, count: int = 2) -> Candidates:
    """Affine laws plus waves of one column, a wave of two, or a product of two waves.

    With more `bins` single waves of one column are looked for, up to higher frequencies.
    """
    basis, target = ws.basis("affine"), ws.root
    if basis is None:
        return
    unit, share = basis.project(target.values)
    if not share[0] > EXPLAINED:
        return
    few = bins <= BINS
    for j in ws.columns if few else ():
        yield from oscillations(ws, j)
    if not {"sin", "cos"} <= set(ws.problem.unary):
        return
    for j, p in itertools.product(ws.columns, _POWERS[few:]):
        m = ws.X[:, j] ** p
        for k in spectrum_peaks(m, unit[0], bins, count):
            inner = power(var(j), float(p)) if p > 1 else var(j)
            yield from _offered(ws, target, np.array([k]), [(inner, m)])
        yield None
    if not few:
        return
    for a, b in itertools.combinations(ws.columns, 2):
        x, z = ws.X[:, a], ws.X[:, b]
        for ks, product in _pair_peaks(x, z, unit[0], count):
            if product:
                yield from _offered(ws, target, ks, [(var(a), x), (var(b), z)])
            else:
                inner = weighted_sum([1.0, float(ks[1] / ks[0])], [var(a), var(b)])
                yield from _offered(ws, target, ks[:1], [(inner, x + ks[1] / ks[0] * z)])
        yield None


def _pair_peaks(x: Array, z: Array, t: Array, count: int) -> list[tuple[Array, bool]]:
    """Pairs of frequencies, and whether the waves are multiplied, at the highest peaks."""
    step = 2.5 / np.array([np.ptp(x), np.ptp(z)])
    turns = np.arange(1, STEPS + 1)
    U = np.exp(1j * np.outer(turns * step[0], x)).astype(np.complex64)
    V = np.exp(1j * np.outer(turns * step[1], z)).astype(np.complex64)
    U *= t.astype(np.float32)
    plus, minus = np.abs(U @ V.T) ** 2, np.abs(U @ V.conj().T) ** 2
    out = []
    for height, sign in ((plus + minus, 0.0), (plus, 1.0), (minus, -1.0)):
        best = np.argpartition(-height, count, axis=None)[:count]
        for i, j in zip(*np.unravel_index(best, height.shape), strict=True):
            ks = np.array([turns[i] * step[0], turns[j] * step[1]])
            out.append((ks if sign >= 0 else ks * [1.0, -1.0], sign == 0.0))
    return out


def _offered(ws: Workspace, target: Target, ks: Array, inner: Factors) -> list[Node]:
    """Offers the law with these waves, frequencies refined."""
    values, terms = ws.free_terms("affine")
    free = np.vstack([np.ones((1, len(ws.y))), values])
    ks, rel = refine(lambda k: _products(k, inner), free, target.values, ks)
    if rel > 1e-3:
        return []
    nodes: list[Node] = [const(1.0)]
    for k, (node, _) in zip(ks, inner, strict=True):
        pair = [call(f, const(clean(float(k), 1e-8)) * node) for f in ("sin", "cos")]
        nodes = [b if a.is_const else a * b for a in nodes for b in pair]
    columns = np.vstack([_products(ks, inner), values])
    return ws.offer(linear(target.values, columns, [*nodes, *terms], drop=1e-8)[0], target)


def _products(ks: Array, inner: Factors) -> Array:
    """All products of a sine or a cosine of each inner expression."""
    out = np.ones((1, len(inner[0][1])))
    for k, (_, m) in zip(ks, inner, strict=True):
        pair = np.array([np.sin(k * m), np.cos(k * m)])
        out = (out[:, None, :] * pair[None, :, :]).reshape(-1, len(m))
    return out


def refine(
    columns: Callable[[Array], Array], free: Array, t: Array, k: Array, steps: int = 15
) -> tuple[Array, float]:
    """Gauss-Newton on the inner constants `k`; coefficients of all columns in closed form.

    Returns the constants and the relative residual.
    """
    c, rel = solve(np.vstack([free, columns(k)]), t)
    for _ in range(steps):
        if rel < 1e-11:
            break
        own = columns(k)
        B = np.vstack([free, own])
        r, q = t - c @ B, orthonormal(B)
        J = np.empty((len(k), len(t)))
        for i, ki in enumerate(k):
            moved = k.copy()
            moved[i] += h if (h := 1e-7 * abs(ki)) else 1e-9
            d = c[len(free) :] @ (columns(moved) - own) / (moved[i] - ki)
            J[i] = d - (d @ q.T) @ q
        if not (np.isfinite(J).all() and np.isfinite(r).all()):
            break
        step = np.linalg.lstsq(J.T, r, rcond=None)[0]
        for shrink in (1.0, 0.3, 0.1):
            trial = k + shrink * step
            c2, rel2 = solve(np.vstack([free, columns(trial)]), t)
            if rel2 < rel:
                break
        else:
            break
        lost = rel2 > 0.98 * rel and rel2 > 1e-3  # no wave of this frequency
        k, c, rel = trial, c2, rel2
        if lost:
            break
    return k, rel
