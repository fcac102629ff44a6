"""Sparse sums of library rows: forward selection, one row at a time.

Where no short law is exact, a sum of a few terms is where an approximation starts.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...expressions.exactness import EXPLAINED
from ...expressions.tree import Node
from ..retrieve import Basis
from ..workspace import Workspace

MOST_TERMS = 6


def forward(basis: Basis, target: np.ndarray, allowed: np.ndarray, terms: int) -> list[int]:
    """Rows that explain `target` best, each chosen given those before it.

    Every remaining row is kept orthogonal to the chosen ones, so that a row's worth is
    what it adds (orthogonal least squares).
    """
    unit, share = basis.project(target)
    if not share[0] > EXPLAINED or not len(allowed):
        return []
    assert basis.index is not None
    rest = basis.unit[allowed].copy()
    r = unit[0]
    chosen: list[int] = []
    for _ in range(min(terms, len(allowed))):
        size = np.einsum("ij,ij->i", rest, rest)
        gain = np.where(size > 1e-4, (rest @ r) ** 2 / np.maximum(size, 1e-4), 0.0)
        j = int(gain.argmax())
        if gain[j] <= 1e-12:
            break
        chosen.append(int(basis.index[allowed[j]]))
        q = rest[j] / np.sqrt(size[j])
        r = r - (q @ r) * q
        rest -= np.outer(rest @ q, q)
    return chosen


def sparse_laws(ws: Workspace) -> Iterator[Node]:
    """Sums of up to `MOST_TERMS` rows, and products of up to three factors."""
    t = ws.root.values
    yield ws.root.wrap(ws.linear_node(t, (), "affine"))
    basis = ws.basis("linear")
    assert basis is not None and basis.index is not None
    cost = ws.library.cost[ws.library.order][basis.index]
    sound = ws.sound[basis.index]
    for limit in (2, 4, 7, 99):
        chosen = forward(basis, t, np.flatnonzero(sound & (cost <= limit)), MOST_TERMS)
        for k in range(1, len(chosen) + 1):
            yield ws.root.wrap(ws.linear_node(t, tuple(chosen[:k]), "linear"))
    with np.errstate(all="ignore"):
        logs = np.log(np.abs(t))
    if np.isfinite(logs).all():
        chosen = forward(ws.log_basis, logs, np.arange(len(ws.log_basis)), 3)
        for k in range(len(chosen) + 1):
            node = ws.power_node(t, tuple(chosen[:k]))
            if node is not None:
                yield ws.root.wrap(node)
