"""Laws ``P + sqrt(D)`` with polynomials P and D, by linear algebra.

Such a law obeys ``t**2 - 2 P t + (P**2 - D) = 0``: one null vector of the columns
``t**2``, ``t * monomials`` and ``monomials`` gives P and D at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...expressions.exactness import SOLVED
from ...expressions.tree import Node, call, var
from ..builders import product, weighted_sum
from .polynomial import count_up_to, exponents_up_to, monomial_values, null_vector

Array = np.ndarray
Terms = dict[tuple[int, ...], float]


def quadratic_laws(
    X: Array, t: Array, columns: Sequence[int], tol: float = SOLVED, max_terms: int = 16
) -> Iterator[Node]:
    """``P + sqrt(D)`` that gives `t` exactly with few terms, if there is one.

    Examples
    --------
    >>> X = np.random.default_rng(0).uniform(1, 2, (80, 2))
    >>> t = X[:, 0] + np.sqrt(X[:, 0] * X[:, 1] + 3)
    >>> [str(p) for p in quadratic_laws(X, t, [0, 1])]
    ['x0 + sqrt(x0*x1 + 3)']
    """
    Z = X[:, list(columns)]
    d, n = Z.shape[1], len(t)
    for low, high in ((1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (1, 4), (2, 4), (3, 6)):
        if count_up_to(d, low) + count_up_to(d, high) > min(0.6 * n, 150):
            continue
        ep, ed = exponents_up_to(d, low), exponents_up_to(d, high)
        A = np.vstack([t * t, -t * monomial_values(Z, ep), monomial_values(Z, ed)])
        found = null_vector(A, tol)
        if found is None:
            continue
        keep, c = found
        if keep[0] != 0 or len(keep) > max_terms:
            return  # free of t**2: a rational function
        c = c / c[0]
        P: Terms = {}
        D: Terms = {}
        for k, ck in zip(keep[1:], c[1:], strict=True):
            if k <= len(ep):
                P[tuple(ep[k - 1])] = ck / 2
            else:
                D[tuple(ed[k - 1 - len(ep)])] = -ck
        for e, a in P.items():
            for f, b in P.items():
                g = tuple(i + j for i, j in zip(e, f, strict=True))
                D[g] = D.get(g, 0.0) + a * b
        node = _solved(Z, t, P, D, columns)
        if node is not None:
            yield node
        return


def _solved(Z: Array, t: Array, P: Terms, D: Terms, columns: Sequence[int]) -> Node | None:
    """``P +- m * sqrt(D / m**2)`` with the sign that `t` shows, m a monomial."""
    size = {e: abs(c) * _rms(Z, e) for e, c in D.items()}
    D = {e: c for e, c in D.items() if size[e] > 1e-7 * max(size.values())}
    if not D:
        return None
    rest = t - _value(Z, P)
    common = np.min(np.array(list(D)), axis=0) // 2
    for m in [np.zeros_like(common), common]:
        factor = np.prod(Z**m, axis=1)
        sign = np.sign(rest * factor)
        if sign.min() != sign.max():
            continue
        inner = _node({tuple(np.array(e) - 2 * m): c for e, c in D.items()}, columns)
        if inner is None:
            return None
        outside = [(var(columns[j]), float(p)) for j, p in enumerate(m) if p]
        root = product(1.0, [*outside, (call("sqrt", inner), 1.0)])
        whole = _node(P, columns)
        scale = float(sign[0])
        return weighted_sum([1.0, scale], [whole, root]) if whole else weighted_sum([scale], [root])
    return None


def _rms(Z: Array, e: tuple[int, ...]) -> float:
    return float(np.sqrt(np.mean(np.prod(Z ** np.array(e), axis=1) ** 2)))


def _value(Z: Array, terms: Terms) -> Array:
    out = np.zeros(len(Z))
    for e, c in terms.items():
        out += c * np.prod(Z ** np.array(e), axis=1)
    return out


def _node(terms: Terms, columns: Sequence[int]) -> Node | None:
    if not terms:
        return None
    offset = terms.get((0,) * len(columns), 0.0)
    rest = {e: c for e, c in terms.items() if any(e)}
    nodes = [
        product(1.0, [(var(columns[j]), float(p)) for j, p in enumerate(e) if p]) for e in rest
    ]
    return weighted_sum(list(rest.values()), nodes, offset)
