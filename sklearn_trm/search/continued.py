"""One more term for a law that is nearly right.

Its terms become free columns, with coefficients of their own, beside the affine ones;
then rows are looked for that explain what they leave.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..expressions.evaluate import evaluate
from ..expressions.exactness import EXPLAINED
from ..expressions.tree import Node
from .modulated import FAIR, GOOD, Modulation, modulated_node
from .outer import Block, blocks, functions_of
from .retrieve import orthonormal
from .transforms import Target
from .workspace import Workspace

Array = np.ndarray
Candidates = Iterator[Node | None]


def terms_of(law: Node) -> list[Node]:
    """The terms of a sum, their constant factors and constant terms left out.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> [str(t) for t in terms_of(parse("2*x0 - 3*sin(x1) + 1"))]
    ['x0', 'sin(x1)']
    """
    if law.op in ("add", "sub", "neg"):
        return [t for part in law.children for t in terms_of(part)]
    if law.is_const:
        return []
    if law.op == "mul" and law.children[0].is_const:
        return terms_of(law.children[1])
    return [law]


def continued(ws: Workspace, count: int, rows: int = 3000) -> Candidates:
    """The best inexact laws with a further term, a row times a linear factor."""
    v, t = ws.acceptance, ws.root.values
    if ws.X is not v.X:
        return  # laws are judged in the columns of the table
    target = Target(t)
    values, _ = ws.free_terms("affine")
    Z, nodes = ws.factor_terms(0)
    Z = np.vstack([np.ones((1, Z.shape[1])), Z])
    ones = np.ones((1, len(t)))
    functions = functions_of(ws.problem.unary, ws.problem.binary)
    for law in v.to_continue(count):
        others = [(n, evaluate(n, v.X)) for n in terms_of(law) if not n.is_var]
        others = [(n, e) for n, e in others if np.isfinite(e).all() and np.ptp(e) > 0]
        if not others:
            continue
        q = orthonormal(np.vstack([ones, values, *[e for _, e in others]]))
        rest = t - (t @ q.T) @ q
        size = np.sqrt(rest @ rest)
        if len(q) + len(Z) > 0.5 * len(t) or not size > EXPLAINED * np.sqrt(t @ t):
            continue
        fit = Modulation(Z, q, rest[None] / size)
        share = float(size / np.sqrt(t @ t))
        for block in blocks(ws.arguments, functions, rows):
            loss = fit.loss(block.values)[:, 0]
            for i in np.argsort(loss)[:3].tolist():
                if loss[i] > FAIR:
                    break

                def make(i: int = i, b: Block = block, o: list = others) -> Node:
                    s = b.values[i], b.node(i)
                    return modulated_node(ws, t, *s, "affine", Z, nodes, o)

                if loss[i] < GOOD:
                    yield from ws.offer(make(), target)
                else:
                    yield from ws.consider(float(np.sqrt(max(loss[i], 0.0))) * share, make, target)
            yield None
