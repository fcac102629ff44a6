"""Transforms: a target seen through the inverses of outer operations.

If ``y = exp(v)`` then ``v = log y`` is a simpler target. A `Target` carries the
values to explain and how an expression for them becomes a law for ``y``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..expressions.operators import OPS
from ..expressions.tree import Node, call, const
from ..expressions.user_operators import Operator
from .builders import power

_POSITIVE = frozenset(op.name for op in OPS.values() if op.image[0] >= 0.0)
# Inverses and costs of functions, in the order in which they are tried; other functions of the
# table follow with the first branch of their row. Folded values are let through here.
_INVERSES = {
    "exp": (np.log, 1), "log": (np.exp, 1), "tanh": (np.arctanh, 2), "sin": (np.arcsin, 2),
    "cos": (np.arccos, 2), "atan": (np.tan, 2), "tan": (np.arctan, 2), "asin": (np.sin, 2),
    "acos": (np.cos, 2), "sinh": (np.arcsinh, 2), "cosh": (np.arccosh, 2),
}  # fmt: skip


def same(node: Node) -> Node:
    """The transform of `y` to itself."""
    return node


@dataclass(frozen=True, eq=False)
class Target:
    """Values to explain.

    Attributes
    ----------
    values : ndarray of shape (N,)
    wrap : callable
        Turns an expression for `values` into one for ``y``.
    cost : int
        Complexity that `wrap` adds.
    slope : ndarray of shape (N,), optional
        ``d values / d y``: how an error of ``y`` appears in them; 1 when omitted.
    """

    values: np.ndarray
    wrap: Callable[[Node], Node] = same
    cost: int = 0
    depth: int = 0
    chain: tuple[str, ...] = ()
    slope: np.ndarray | None = None


def _steps(
    unary: Sequence[str], binary: Sequence[str]
) -> list[tuple[str, Callable, Callable, int]]:
    """(name, inverse on values, forward on trees, cost) of each outer operation."""
    steps: list[tuple[str, Callable, Callable, int]] = []
    roots = "sqrt" in unary or "pow" in binary
    if "div" in binary or "inv" in unary:
        steps.append(("inv", lambda v: 1 / v, lambda n: power(n, -1.0), 1))
    if "mul" in binary or "square" in unary:
        steps.append(("square", np.sqrt, lambda n: power(n, 2.0), 1))
    if roots:
        steps.append(
            ("sqrt", lambda v: np.where(v >= 0, v * v, np.nan), lambda n: power(n, 0.5), 1)
        )
    for name, (inverse, price) in _INVERSES.items():
        if name in unary:
            steps.append((name, inverse, lambda n, name=name: call(name, n), price))
    for own in unary:
        op = OPS[own]
        if own in _INVERSES or not op.is_function or op.inverse is None:
            continue
        if not isinstance(own, Operator) or own.has_inverse:
            price = 1 if isinstance(own, Operator) else 2
            back = op.inverse
            steps.append((own, lambda v, f=back: f(v)[0], lambda n, own=own: call(own, n), price))
    if "add" in binary or "sub" in binary:
        steps.append(("minus1", lambda v: v + 1, lambda n: n - const(1.0), 2))
        steps.append(("plus1", lambda v: v - 1, lambda n: n + const(1.0), 2))
        steps.append(("1minus", lambda v: 1 - v, lambda n: const(1.0) - n, 2))
    return steps


def target_transforms(
    target: Target, unary: Sequence[str], binary: Sequence[str], depth: int = 3, cost: int = 4
) -> list[Target]:
    """All transforms of `target` by up to `depth` outer operations, cheapest first.

    Transforms undefined on any row are left out, and so are those that repeat another's values.

    Examples
    --------
    >>> t = Target(np.exp(np.array([1.0, 2.0, 4.0])))
    >>> any(np.allclose(f.values, [1, 2, 4]) for f in target_transforms(t, ["exp"], [], depth=1))
    True
    """
    if not target.values.any():
        return []  # nothing is left to explain: there is no other view of it
    steps = _steps(unary, binary)
    probe = np.random.default_rng(11).standard_normal(len(target.values))
    found: list[tuple[str, Target]] = [("", target)]
    seen: set[int] = set()

    def key(v: np.ndarray) -> int:
        v = v / np.abs(v).max()  # whose square may be too small, or too large, for a float
        return int(np.round((v @ probe) / np.sqrt(v @ v) * 1e9))

    seen.add(key(target.values))
    start = 0
    for level in range(depth):
        stop = len(found)
        for last, t in found[start:stop]:
            for name, inverse, forward, price in steps:
                if t.cost + price > target.cost + cost + (level == 0) * 2:
                    continue
                if name in ("plus1", "minus1", "1minus") and last in (
                    "plus1",
                    "minus1",
                    "1minus",
                    "",
                ):
                    continue  # a bare offset is free anyway
                if (name, last) in (("exp", "log"), ("log", "exp")):
                    continue
                if t.depth > 1 and {name, *t.chain} >= {"exp", "log"}:
                    continue  # undoes itself but for a constant
                minus = name in _POSITIVE and bool((t.values < 0).all())
                sign = -1.0 if minus else 1.0
                seen_values = sign * t.values
                with np.errstate(all="ignore"):
                    v = inverse(seen_values)
                    h = 1e-6 * (np.abs(t.values) + 1e-3 * np.std(t.values))
                    slope = sign * (inverse(seen_values + h) - inverse(seen_values - h)) / (2 * h)
                    slope = slope if t.slope is None else slope * t.slope
                    size = float(np.sqrt(np.mean(v * v)))
                    spread = float(np.std(v))
                if not np.isfinite(v).all() or not 1e-12 < size < 1e12 or spread < 1e-7 * size:
                    continue
                k = key(v)
                if k in seen:
                    continue
                seen.add(k)

                def wrap(
                    n: Node, forward: Callable = forward, t: Target = t, minus: bool = minus
                ) -> Node:
                    return t.wrap(call("neg", forward(n)) if minus else forward(n))

                price += minus
                found.append(
                    (name, Target(v, wrap, t.cost + price, level + 1, (*t.chain, name), slope))
                )
        start = stop
    out = [t for _, t in found[1:]]
    out.sort(key=lambda t: t.cost)
    return out
