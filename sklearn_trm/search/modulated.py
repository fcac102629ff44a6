"""``target = A + s * B`` for very many rows s, where A and B are low polynomials.

A and B cost nothing but columns of a least-squares problem: for each row s the columns
``s, s*x_1, ..., s*x_d``, rid of the space of A, give the best B in closed form. All rows
of a block are solved at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..expressions.exactness import EXPLAINED
from ..expressions.least_squares import solve_normal
from ..expressions.tree import Node, const
from .assemble import solve
from .builders import weighted_sum
from .outer import Block, blocks, functions_of
from .transforms import Target
from .workspace import Workspace

Array = np.ndarray
Candidates = Iterator[Node | None]

GOOD = 1e-7  # share of the variance left by a row that deserves a closer look at once
FAIR = 3e-3  # and later


def modulated(
    ws: Workspace,
    targets: Sequence[Target],
    added: str = "curved",
    most: int = 0,
    count: int = 9000,
) -> Candidates:
    """Laws ``A + s * B`` with A of the free space `added`, B affine or of `most` monomials.

    The rows s are all functions of the first `count` arguments.
    """
    basis = ws.basis(added)
    if basis is None:
        return
    if not targets:
        return
    unit, share = basis.project(np.array([t.values for t in targets]))
    ok = (share > EXPLAINED) & np.isfinite(unit).all(axis=1)
    targets = [t for t, good in zip(targets, ok, strict=True) if good]
    unit, share = unit[ok], share[ok]
    if not len(targets):
        return
    Z, nodes = ws.factor_terms(most)
    Z = np.vstack([np.ones((1, Z.shape[1])), Z])
    if len(basis.q) + len(Z) > 0.6 * Z.shape[1]:
        return
    p = ws.problem
    fit = Modulation(Z, basis.q, unit)
    for block in blocks(ws.arguments, functions_of(p.unary, p.binary), count):
        loss = fit.loss(block.values)
        for k, t in enumerate(targets):
            for i in np.argsort(loss[:, k])[:6].tolist():
                left = float(loss[i, k])
                if left > FAIR:
                    continue

                def make(i: int = i, t: Target = t, block: Block = block) -> Node:
                    return modulated_node(
                        ws, t.values, block.values[i], block.node(i), added, Z, nodes
                    )

                if left < GOOD:
                    yield from ws.offer(make(), t)
                    yield None  # of few rows all may be good
                else:
                    yield from ws.consider(float(np.sqrt(max(left, 0.0)) * share[k]), make, t)
        yield None


class Modulation:
    """Least squares of ``span(q) + s * span(Z)`` to unit targets, for many rows s at once.

    All inner products of the columns ``s * z`` are products of s or s**2 with rows that
    are computed once: nothing of the size rows x columns x points is ever built.
    """

    def __init__(self, Z: Array, q: Array, unit: Array) -> None:
        self.Z, self.q, self.unit = Z, q, unit
        self.m, self.k, self.t = len(Z), len(q), len(unit)
        self.upper = np.triu_indices(self.m)
        self.squares = (Z[self.upper[0]] * Z[self.upper[1]]).T.copy()
        self.free = (Z[:, None, :] * q[None, :, :]).reshape(-1, q.shape[1]).T.copy()
        self.goal = (Z[:, None, :] * unit[None, :, :]).reshape(-1, q.shape[1]).T.copy()

    def loss(self, S: Array) -> Array:
        """Share (K, T) of each target that is left."""
        K, m = len(S), self.m
        S = S / np.abs(S).max(axis=1)[:, None]
        G = np.empty((K, m, m))
        G[:, self.upper[0], self.upper[1]] = G[:, self.upper[1], self.upper[0]] = (
            S * S
        ) @ self.squares
        P = (S @ self.free).reshape(K, m, self.k)
        size = np.einsum("kmm->km", G).copy()
        G -= P @ P.transpose(0, 2, 1)
        rest = np.einsum("kmm->km", G)
        ok = rest > 1e-9 * size
        scale = np.where(ok, 1.0 / np.sqrt(np.where(ok, rest, 1.0)), 0.0)
        G *= scale[:, :, None] * scale[:, None, :]
        G[:, np.arange(m), np.arange(m)] = 1.0 + 1e-11
        b = (S @ self.goal).reshape(K, m, self.t) * scale[:, :, None]
        return np.asarray(1.0 - np.einsum("kmt,kmt->kt", b, solve_normal(G, b)))


def modulated_node(
    ws: Workspace, t: Array, s: Array, node: Node, added: str, Z: Array, factors: list[Node]
) -> Node:  # fmt: skip
    """``A + s * B`` fitted to `t`; small terms left out."""
    values, terms = ws.free_terms(added)
    columns = np.vstack([np.ones((1, len(t))), values, s * Z])
    keep = np.arange(len(columns))
    c = np.zeros(0)
    for _ in range(3):
        c, rel = solve(columns[keep], t)
        share = np.abs(c) * np.sqrt(np.mean(columns[keep] ** 2, axis=1))
        big = share > max(1e-9, 0.1 * rel) * np.sqrt(np.mean(t * t))
        if big.all() or not big.any():
            break
        keep = keep[big]
    full = np.zeros(len(columns))
    full[keep] = solve(columns[keep], t)[0]
    k = 1 + len(terms)
    ratio = _proportional(full[:k], terms, full[k:], factors)
    if ratio:  # A + s * B = B * (s + ratio)
        full[:k] = 0.0
        node = weighted_sum([1.0], [node], ratio)
    product, one = _times(full[k:], factors, node)
    return weighted_sum([one, *full[1:k].tolist()], [product, *terms], float(full[0]))


def _proportional(a: Array, terms: list[Node], b: Array, factors: list[Node]) -> float:
    """The number r with ``A = r * B``, or 0."""
    where = {n: i for i, n in enumerate([const(1.0), *terms])}
    if any(f not in where for f in factors) or not a.any() or not b.any():
        return 0.0
    spread = np.zeros_like(a)
    spread[[where[n] for n in [const(1.0), *factors]]] = b
    r = float(a @ spread / (spread @ spread))
    return r if np.abs(a - r * spread).max() <= 1e-7 * np.abs(a).max() else 0.0


def _times(c: Array, factors: list[Node], node: Node) -> tuple[Node, float]:
    """``node * (c_0 + sum c_k factor_k)`` as an expression and its coefficient."""
    used = np.flatnonzero(c)
    if not len(used):
        return const(1.0), 0.0
    if len(used) == 1:
        i = int(used[0])
        return (node if i == 0 else factors[i - 1] * node), float(c[i])
    lead = float(c[used[-1]])
    return weighted_sum((c[1:] / lead).tolist(), factors, float(c[0] / lead)) * node, lead
