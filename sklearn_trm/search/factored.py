"""``target = monomial * exp(affine) * s**p`` for very many rows s, by logarithms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..expressions.exactness import EXPLAINED
from ..expressions.operators import OPS
from ..expressions.tree import Node, var
from .assemble import power_law
from .outer import Block, blocks
from .retrieve import orthonormal
from .transforms import Target
from .workspace import Workspace

Array = np.ndarray
Candidates = Iterator[Node | None]

GOOD = 1e-8  # share of the variance left by a row that deserves a look at once
FAIR = 1e-3  # and later
_FUNCTIONS = ("sin", "cos", "log", "tanh")  # come first


def factored(ws: Workspace, targets: Sequence[Target], count: int = 9000) -> Candidates:
    """Products of powers, an exponential of the columns and one deep factor.

    The factors are the first `count` arguments, functions of them, and exponentials of
    a multiple of them.
    """
    with np.errstate(all="ignore"):
        logs = np.log(np.abs(np.array([t.values for t in targets])))
    exponents = ws.X[:, ws.columns].T if "exp" in ws.problem.unary else np.empty((0, len(ws.y)))
    q = orthonormal(np.vstack([ws.log_free, exponents]))
    logs[~np.isfinite(logs).all(axis=1)] = 0.0
    rest = logs - (logs @ q.T) @ q
    size = np.sqrt(np.einsum("ij,ij->i", rest, rest))
    whole = np.sqrt(np.einsum("ij,ij->i", logs, logs))
    ok = size > EXPLAINED * whole
    targets = [t for t, good in zip(targets, ok, strict=True) if good]
    if not targets:
        return
    unit, share = rest[ok] / size[ok, None], size[ok] / np.sqrt(len(ws.y))
    unary = ws.problem.unary
    more = [f for f in unary if f in OPS and OPS[f].is_common and f not in (*_FUNCTIONS, "exp")]
    names = ["", *[f for f in _FUNCTIONS if f in unary], *more]
    functions = [(name, 1.0) for name in names]
    for block in blocks(ws.arguments, functions, count):
        for raw in (False, True):
            rows, at = _logarithms(block, raw)
            if raw and "exp" not in unary:
                continue
            rows -= (rows @ q.T) @ q
            length = np.sqrt(np.einsum("ij,ij->i", rows, rows))
            c = (rows @ unit.T) / np.maximum(length, 1e-6 * np.sqrt(len(ws.y)))[:, None]
            loss = 1.0 - c * c
            for k, t in enumerate(targets):
                for i in np.argsort(loss[:, k])[:2]:
                    left = max(float(loss[i, k]), 0.0)
                    if left > FAIR:
                        break

                    def make(
                        i: int = int(at[i]), t: Target = t, b: Block = block, raw: bool = raw
                    ) -> Node | None:
                        return _node(ws, t.values, b.values[i], b.node(i), raw)

                    if left < GOOD:
                        yield from ws.offer(make(), t)
                        yield None  # of few rows all may be good
                    else:
                        yield from ws.consider(float(np.sqrt(left) * share[k]), make, t)
        yield None


def _logarithms(block: Block, raw: bool) -> tuple[Array, Array]:
    """Rows whose multiples are added to the logarithm, and where they are in the block."""
    if raw:
        top = np.abs(block.values).max(axis=1)
        at = np.flatnonzero([not name for name in block.names] & (top < 1e3))
        return block.values[at], at
    with np.errstate(all="ignore"):
        rows = np.log(np.abs(block.values))
    at = np.flatnonzero(np.isfinite(rows).all(axis=1))
    return rows[at], at


def _node(ws: Workspace, t: Array, s: Array, node: Node, raw: bool) -> Node | None:
    cols, columns = ws.log_columns, ws.columns if "exp" in ws.problem.unary else []
    values = np.vstack([s[None], ws.X[:, columns].T])
    nodes = [node, *[var(j) for j in columns]]
    exponential = [raw, *[True] * len(columns)]
    return power_law(t, ws.X[:, cols].T, [var(j) for j in cols], values, nodes, exponential)
