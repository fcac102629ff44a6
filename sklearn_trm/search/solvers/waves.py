"""Waves in tables of one and more columns: sums, chirps, waves of two columns and their products.

With unevenly spread rows there is no aliasing: one spectrum over ten thousand (by FFT:
a million) frequencies shows a wave of any column as a peak; on a regular grid those up to
half a turn a step. For two columns all pairs of frequencies are one matrix product.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np

from ...expressions.exactness import EXPLAINED
from ...expressions.tree import Node, call, const, var
from ..assemble import linear, solve
from ..builders import clean, power, weighted_sum
from ..retrieve import orthonormal
from ..transforms import Target
from ..workspace import Workspace
from .frequencies import highest, spectrum_peaks
from .oscillations import oscillations

Array = np.ndarray
Candidates = Iterator[Node | None]

STEPS = 420  # frequencies of a column in a pair
BINS = 2**16  # of a spectrum
_LEFT = 1e-3  # of the target, by a wave that is offered
_LEAST = 1.0  # radians over the range of a column
_STEPS, _ROWS, _CLEARLY = 160, 150, 0.6  # frequencies, rows, and share explained at first sight
_NUMBERS = 6  # of a wave of two columns, and what is free beside it
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
    yield from _of_pairs(ws, target, unit[0], count)


def plane_waves(ws: Workspace) -> Candidates:
    """Waves of two columns, and products of two, that explain most of the target at first sight."""
    basis, target = ws.basis("affine"), ws.root
    if basis is None or not {"sin", "cos"} <= set(ws.problem.unary):
        return
    unit, share = basis.project(target.values)
    if share[0] > EXPLAINED:
        left = float(share[0]) * math.sqrt(_by_chance(len(ws.y)))
        yield from _of_pairs(ws, target, unit[0], 4, _STEPS, _ROWS, _CLEARLY, left)


def _by_chance(n: int) -> float:
    """What the best of all these waves leaves of the square of noise, once in a thousand tables."""
    tried = 2.0 * 1000.0 * _STEPS**2
    return min(1.0 - _CLEARLY, tried ** (-2.0 / max(n - _NUMBERS, 1)))


def _of_pairs(
    ws: Workspace, target: Target, unit: Array, count: int,
    steps: int = STEPS, most: int = 10**9, least: float = 0.0, left: float = _LEFT,
) -> Candidates:  # fmt: skip
    """The `count` highest peaks of each two columns that explain `least` of the unit target, if
    they, refined, leave no more than `left` of the target.
    """
    rows = np.linspace(0, len(unit) - 1, min(len(unit), most)).astype(int)
    for a, b in itertools.combinations(ws.columns, 2):
        x, z = ws.X[:, a], ws.X[:, b]
        if not np.ptp(x) > 0.0 or not np.ptp(z) > 0.0:
            continue
        for ks, product, share in _pair_peaks(x[rows], z[rows], unit[rows], count, steps):
            if share < least:
                continue
            yield from _offered(ws, target, ks, [(var(a), x), (var(b), z)], not product, left)
        yield None


def _pair_peaks(
    x: Array, z: Array, t: Array, count: int, steps: int
) -> list[tuple[Array, bool, float]]:
    """Pairs of frequencies at the highest peaks, whether the waves are multiplied, and the share
    of the square of `t` that they explain.
    """
    U, V = _turned(x, steps), _turned(z, steps)
    products = (U * t.astype(np.float32)) @ V.T
    (cc, cs), (sc, ss) = (np.hsplit(half, 2) for half in np.vsplit(products, 2))
    plus, minus = (cc - ss) ** 2 + (cs + sc) ** 2, (cc + ss) ** 2 + (sc - cs) ** 2
    out = []
    for height, sign in ((plus, 1.0), (minus, -1.0), (plus + minus, 0.0)):
        most = min(count, height.size - 1)
        best = np.argpartition(-height, most, axis=None)[: max(most, 1)]
        for i, j in zip(*np.unravel_index(best, height.shape), strict=True):
            ks = np.array([(i + 1) * _step(x), (j + 1) * _step(z)])
            share = 2.0 * float(height[i, j]) / max(len(t) * float(t @ t), 1e-300)
            share *= max(i, j) > 0  # less than a turn may be any curve
            out.append((ks if sign >= 0 else ks * [1.0, -1.0], sign == 0.0, share))
    return out


def _step(x: Array) -> float:
    return 2.5 / float(np.ptp(x))


def _turned(x: Array, steps: int) -> Array:
    """Cosines and then sines of the multiples of a step; of a regular grid up to half a turn a
    step.
    """
    most = max(1, math.floor(min(highest(x) / _step(x) + 1e-9, steps)))
    angles = np.outer(np.arange(1, most + 1) * _step(x), x)
    return np.concatenate([np.cos(angles), np.sin(angles)]).astype(np.float32)


def _offered(
    ws: Workspace,
    target: Target,
    ks: Array,
    inner: Factors,
    plane: bool = False,
    left: float = _LEFT,
) -> list[Node]:
    """Offers the law with these waves, or the one wave of their `plane`, frequencies refined."""
    values, terms = ws.free_terms("affine")
    free = np.vstack([np.ones((1, len(ws.y))), values])

    def wave(k: Array) -> Array:
        if not plane:
            return _products(k, inner)
        return _products(np.ones(1), [(inner[0][0], k @ np.array([m for _, m in inner]))])

    ks, rel = refine(wave, free, target.values, ks)
    turns = np.abs(ks) * np.array([np.ptp(m) for _, m in inner])
    # a small part of a turn may be any curve, such as a line
    if rel > left or turns.min() < _LEAST:
        return []
    numbers, parts = [clean(float(k), 1e-8) for k in ks], [node for node, _ in inner]
    if plane:  # one wave with a phase: a sine beside a cosine would be two when they are fitted
        own = wave(ks)
        a, b = solve(np.vstack([own, free]), target.values)[0][:2]
        phase = math.atan2(b, a)
        nodes = [call("sin", weighted_sum(numbers, parts, clean(phase, 1e-8)))]
        columns = (math.cos(phase) * own[0] + math.sin(phase) * own[1])[None]
    else:
        columns, nodes = wave(ks), [const(1.0)]
        for k, node in zip(numbers, parts, strict=True):
            pair = [call(f, const(k) * node) for f in ("sin", "cos")]
            nodes = [b if a.is_const else a * b for a in nodes for b in pair]
    columns = np.vstack([columns, values])
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
