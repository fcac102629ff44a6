"""Does everything in a law matter where it is measured? No law that a simpler one nearly equals."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sklearn_trm.expressions.evaluate import Program, evaluate
from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.tree import Node, columns, const, var

LEAST = 0.03  # share of y's spread by which the law changes without a part of it
CURVED = 0.01  # the same, for a function in whose place a line is put
CHANGES = 0.02  # of y's size that y has to spread
APART = 0.02  # of slopes in the numbers, each of length 1: the least singular value
_DEFINED = 0.9
_PERIODS = 12.0  # that the argument of a wave spans
_TAILS = 40.0  # times the inner 80% of y that y may span
_LARGEST = 1e12

Array = np.ndarray


def is_plain(law: Node, X: Array) -> bool:
    """Whether a law is defined on these rows, changes, and changes with each of its parts.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> X = np.random.default_rng(0).uniform(0, 2, (200, 2))
    >>> [is_plain(parse(t), X) for t in ("x0 + 3*x1", "x0 + 0.01*x1", "sin(0.1*x0)*x1")]
    [True, False, False]
    """
    with np.errstate(all="ignore"):
        program = Program(law)
        y, slopes = program.values_and_jacobian(X, program.constants)
        good = np.isfinite(y) & np.isfinite(slopes).all(axis=0)
        if good.mean() < _DEFINED:
            return False
        X, y, slopes = X[good], y[good], slopes[:, good]
        if not _without_poles(law, X):
            return False
        spread = float(np.std(y))
        if not _changes(y, spread) or not _numbers_matter(slopes, program.constants, spread):
            return False
        for without, line, least in _simpler(law, X):
            values = evaluate(without, X)
            if np.isfinite(values).all() and _rest(y, values, line) <= least * spread:
                return False
    return True


def _changes(y: Array, spread: float) -> bool:
    low, inner_low, inner_high, high = np.quantile(y, [0.0, 0.1, 0.9, 1.0])
    size = float(np.abs(y).max())
    seen = spread > CHANGES * np.sqrt(np.mean(y**2)) and high - low < _TAILS * (
        inner_high - inner_low
    )
    return bool(seen and 1e-9 < size < _LARGEST)


def _without_poles(law: Node, X: Array) -> bool:
    """Whether no denominator passes 0, and no wave goes to and fro too often for any table."""
    for part in _parts(law):
        if part.op in ("div", "inv"):
            below = evaluate(part.children[-1], X)
            if not (below > 0).all() and not (below < 0).all():
                return False
        period = OPS[part.op].period
        if period is not None:
            angle = evaluate(part.children[0], X)
            if np.ptp(angle) > (1.0 if part.op == "tan" else _PERIODS) * period:
                return False
    return True


def _numbers_matter(slopes: Array, numbers: Array, spread: float) -> bool:
    """Whether each number moves the law, and no other ones make up for it."""
    if not len(numbers):
        return True
    moves = slopes * numbers[:, None]
    size = np.sqrt((moves**2).mean(axis=1))
    if not (size > LEAST * spread).all():
        return False
    least = np.linalg.svd(moves / (size[:, None] * np.sqrt(moves.shape[1])), compute_uv=False)[-1]
    return bool(least > APART)


def _simpler(law: Node, X: Array) -> Iterator[tuple[Node, bool, float]]:
    """Laws that are simpler, whether up to a line, and how much off they have to be."""
    for j in columns(law):
        middle = const(float(np.median(X[:, j])))
        yield _put(law, var(j), middle), False, LEAST
    for part in _parts(law):
        values = evaluate(part, X)
        yield _put(law, part, const(float(np.mean(values)))), True, CURVED
        if OPS[part.op].arity == 1 and part.op not in ("neg",):
            inner = evaluate(part.children[0], X)
            slope = float(np.cov(inner, values)[0, 1] / (np.var(inner) or 1.0))
            level = float(np.mean(values) - slope * np.mean(inner))
            if np.isfinite([slope, level]).all():
                line = const(slope) * part.children[0] + const(level)
                yield _put(law, part, line), True, CURVED
        elif not any(child.is_const for child in part.children):
            for child in part.children:
                yield _put(law, part, child), True, CURVED


def _parts(law: Node) -> Iterator[Node]:
    """Subtrees with operators, the law itself too."""
    seen = set()
    stack = [law]
    while stack:
        node = stack.pop()
        if node.children and node not in seen:
            seen.add(node)
            yield node
            stack += node.children


def _rest(y: Array, values: Array, line: bool) -> float:
    """Root mean square of what is left of y beside `values`, or beside a line in them."""
    if line:
        off = values - np.mean(values)
        size = float(off @ off)
        slope = float(off @ y) / size if size > 0 else 0.0
        values = np.mean(y) + slope * off
    return float(np.sqrt(np.mean((y - values) ** 2)))


def _put(law: Node, part: Node, new: Node) -> Node:
    return _replaced(law, lambda n: new if n == part else n)


def _replaced(node: Node, by: Callable[[Node], Node]) -> Node:
    new = by(node)
    if new is not node or not node.children:
        return new
    return Node(node.op, tuple(_replaced(c, by) for c in node.children), node.value)
