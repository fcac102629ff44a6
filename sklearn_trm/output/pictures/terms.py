"""A law over time as a sum: its trend, its waves, and what other columns add."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...expressions.evaluate import evaluate
from ...expressions.tree import Node, columns, const, walk

_WAVES = ("sin", "cos")
_STRAIGHT = 1e-6  # of its change: how far an angle may be from a line in time

Array = np.ndarray


@dataclass(frozen=True)
class Parts:
    """Terms of a law, by what they do in time.

    Attributes
    ----------
    trend : Node
        All terms of time that do not swing, and the level.
    waves : list of (float, Node)
        Period (nan where it changes) and terms of that period.
    others : Node or None
        Terms of other columns alone.
    """

    trend: Node
    waves: list[tuple[float, Node]]
    others: Node | None


def parts_in_time(law: Node, column: int, X: Array) -> Parts:
    """Sort the terms of a law.

    Parameters
    ----------
    law : Node
    column : int
        The time.
    X : ndarray of shape (n, d)
        Rows, by which periods are measured.

    Examples
    --------
    >>> from ...expressions.text import parse
    >>> t = np.linspace(0.0, 10.0, 50)[:, None]
    >>> parts = parts_in_time(parse("1 + 0.5*x0 - 3*cos(2*x0)"), 0, t)
    >>> print(parts.trend, [round(period, 3) for period, _ in parts.waves])
    1 + 0.5*x0 [3.142]
    """
    trend: list[Node] = []
    others: list[Node] = []
    waves: dict[str, tuple[float, list[Node]]] = {}
    for term in terms(law):
        angles = [
            n.children[0] for n in walk(term) if n.op in _WAVES and column in columns(n.children[0])
        ]
        if angles:
            period = min(
                (_period(angle, column, X) for angle in angles),
                key=lambda p: (math.isnan(p), p),
            )
            waves.setdefault(f"{period:.6g}", (period, []))[1].append(term)
        elif columns(term) and column not in columns(term):
            others.append(term)
        else:
            trend.append(term)
    longest = sorted(waves.values(), key=lambda w: -w[0] if math.isfinite(w[0]) else 0.0)
    return Parts(
        _sum(trend) or const(0.0),
        [(period, _sum(group) or const(0.0)) for period, group in longest],
        _sum(others),
    )


def terms(law: Node, factor: float = 1.0) -> list[Node]:
    """The terms of a sum, also inside products with numbers."""
    op, kids = law.op, law.children
    if op in ("add", "sub"):
        return terms(kids[0], factor) + terms(kids[1], factor if op == "add" else -factor)
    if op == "neg":
        return terms(kids[0], -factor)
    if op == "mul" and kids[0].is_const:
        return terms(kids[1], factor * kids[0].value)
    if op == "mul" and kids[1].is_const:
        return terms(kids[0], factor * kids[1].value)
    if op == "div" and kids[1].is_const and kids[1].value:
        return terms(kids[0], factor / kids[1].value)
    return [law if factor == 1.0 else const(factor) * law]


def _sum(nodes: list[Node]) -> Node | None:
    if not nodes:
        return None
    out = nodes[0]
    for node in nodes[1:]:
        out = out + node
    return out


def _period(angle: Node, column: int, X: Array) -> float:
    """Of a wave whose angle is even in time; nan of others."""
    table = np.repeat(np.median(X, axis=0)[None, :], 65, axis=0)
    low, high = float(X[:, column].min()), float(X[:, column].max())
    if low == high:
        high = low + 1.0
    table[:, column] = np.linspace(low, high, 65)
    with np.errstate(all="ignore"):
        values = evaluate(angle, table)
    change = values[-1] - values[0]
    line = values[0] + change * np.linspace(0.0, 1.0, 65)
    if not change or not (np.abs(values - line) <= _STRAIGHT * abs(change)).all():
        return math.nan
    return 2 * math.pi * (high - low) / abs(float(change))
