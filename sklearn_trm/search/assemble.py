"""From hits to expressions: closed-form coefficients, exponents made clean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..expressions.evaluate import evaluate
from ..expressions.tree import Node, call
from .builders import product, weighted_sum

Array = np.ndarray


def solve(columns: Array, t: Array, weight: Array | None = None) -> tuple[Array, float]:
    """Least squares on scaled columns (m, N): coefficients and relative residual.

    Without numbers (nan) where a column or the target is not finite.
    """
    if weight is not None:
        columns, t = columns * weight, t * weight
    size = np.sqrt(np.einsum("ij,ij->i", columns, columns))
    size[size == 0] = 1.0
    A = (columns / size[:, None]).T
    if not (np.isfinite(A).all() and np.isfinite(t).all()):
        return np.full(len(size), np.nan), np.inf
    z, *_ = np.linalg.lstsq(A, t, rcond=1e-13)
    r = t - A @ z
    z2, *_ = np.linalg.lstsq(A, r, rcond=1e-13)  # one step of refinement
    z = z + z2
    r = t - A @ z
    return z / size, float(np.sqrt(r @ r / max(t @ t, 1e-300)))


@np.errstate(over="ignore", invalid="ignore")  # of huge terms none is kept
def linear(
    t: Array,
    columns: Array,
    nodes: Sequence[Node],
    weight: Array | None = None,
    drop: float = 1e-9,
    noise: float = 0.0,
) -> tuple[Node, float]:
    """``sum c_k nodes_k + c_0``; terms whose share of `t` is below `drop` are left out.

    So are those below `noise` times the residual's share.
    """
    design = np.vstack([np.ones((1, len(t))), columns])
    keep = np.arange(len(design))
    w = 1.0 if weight is None else weight
    for _ in range(3):
        c, rel = solve(design[keep], t, weight)
        share = np.abs(c) * np.sqrt(np.mean((w * design[keep]) ** 2, axis=1))
        big = share > max(drop, noise * rel) * np.sqrt(np.mean((w * t) ** 2))
        if big.all() or not big.any():
            break
        keep = keep[big]
        c, rel = solve(design[keep], t, weight)
    terms = [(ck, nodes[k - 1]) for ck, k in zip(c, keep, strict=True) if k > 0]
    offset = float(sum(ck for ck, k in zip(c, keep, strict=True) if k == 0))
    return weighted_sum([a for a, _ in terms], [n for _, n in terms], offset), rel


def tidy_exponents(e: Array, tol: float) -> Array:
    """Exponents moved to whole numbers, halves, thirds or quarters within `tol`."""
    out = e.copy()
    for k, v in enumerate(e):
        for den in (1, 2, 3, 4, 5, 6) if tol < 0.01 else (1, 2):
            r = np.round(v * den) / den
            if abs(v - r) <= tol / den:
                out[k] = r
                break
    return out


def power_law(
    t: Array,
    X: Array,
    column_nodes: Sequence[Node],
    factor_values: Array,
    factor_nodes: Sequence[Node],
    exponential: Sequence[bool],
    weight: Array | None = None,
    tol: float = 1e-6,
) -> Node | None:
    """``c * prod x_j^e_j * prod g_k^p_k * prod exp(a_k g_k)`` by least squares on logarithms.

    Parameters
    ----------
    t : ndarray of shape (N,)
    X : ndarray of shape (m, N)
        Values of the columns that may carry a power, with their nodes.
    factor_values : ndarray of shape (k, N)
        Values of the picked rows, with their nodes; those marked in `exponential`
        stand in an exponent.
    tol : float
        How far an exponent may be from a clean one.
    """
    with np.errstate(all="ignore"):
        logs = [np.log(np.abs(X))] if len(X) else []
        rows = [
            g if e else np.log(np.abs(g)) for g, e in zip(factor_values, exponential, strict=True)
        ]
        design = np.vstack([np.ones((1, len(t))), *logs, *[r[None] for r in rows]])
        target = np.log(np.abs(t))
    if not np.isfinite(design).all() or not np.isfinite(target).all():
        return None
    c, _ = solve(design, target, weight)
    exponents = tidy_exponents(c[1:], tol)
    m = len(X)
    factors: list[tuple[Node, float]] = []
    value = np.ones_like(t)
    with np.errstate(all="ignore"):
        for e, x, node in zip(exponents[:m], X, column_nodes, strict=True):
            if abs(e) < 1e-7:
                continue
            if (x < 0).any() and not float(e).is_integer():
                x, node = np.abs(x), call("abs", node)
            factors.append((node, float(e)))
            value = value * x**e
        for e, raw, g, node, ex in zip(
            exponents[m:], c[1 + m :], factor_values, factor_nodes, exponential, strict=True
        ):
            if ex:
                if abs(raw) * np.ptp(g) < 1e-8:
                    continue
                factors.append((call("exp", product(raw, [(node, 1.0)])), 1.0))
                value = value * np.exp(raw * g)
                continue
            if abs(e) < 1e-7:
                continue
            if (g < 0).any() and not float(e).is_integer():
                if (g < 0).all():
                    g, node = -g, call("neg", node)
                else:
                    g, node = np.abs(g), call("abs", node)
            factors.append((node, float(e)))
            value = value * g**e
    if not np.isfinite(value).all() or not (value != 0).any():
        return None
    w = np.ones_like(t) if weight is None else weight * weight
    with np.errstate(all="ignore"):
        scale = float((w * t) @ value / ((w * value) @ value))
    if not np.isfinite(scale):
        return None
    return product(scale, factors)


def relative_error(node: Node, X: Array, y: Array, weight: Array | None = None) -> float:
    """Root mean square error over that of the mean; inf where undefined.

    `weight` holds square roots of the weights of the rows.
    """
    w = np.ones_like(y) if weight is None else weight
    with np.errstate(all="ignore"):
        r = (evaluate(node, X) - y) * w
        err = float(np.sqrt(np.mean(r * r)))
    spread = float(np.std(y)) if weight is None else _spread(y, w)
    return err / spread if np.isfinite(err) and spread > 0 else np.inf


def _spread(y: Array, w: Array) -> float:
    """Root mean square of the weighted distances from the weighted mean."""
    r = (y - np.average(y, weights=w * w)) * w
    return float(np.sqrt(np.mean(r * r)))


def agrees(node: Node, X: Array, y: Array, tol: float = 1e-8) -> bool:
    """Whether a law gives every row of `y`, not only the large ones."""
    with np.errstate(all="ignore"):
        r = np.abs(evaluate(node, X) - y)
        spread = np.diff(np.quantile(y, [0.25, 0.75]))[0]
        return bool((r <= tol * (np.abs(y) + spread)).all())
