"""Shapes of laws as textbooks write them: trees of operators, drawn by the prior's nats.

Of all trees with a number of operators each is drawn with probability ``exp(-nats)``, over the
sum of all: weights of all smaller trees are added up once, then a tree is drawn from its root
down. Nats are those of the operators (`sklearn_trm.rules.prior`), of functions inside
functions, and of what stands in a place: textbooks write ``exp(-a*x)`` and ``1/(1 + x/a)``, hardly
``exp(x)`` and never ``log(exp(x))``. Operators given their parents are the idea of Bartlett,
Desmond and Ferreira ("Priors for symbolic regression", 2023); the numbers are ours, rounded, from
how textbooks of many trades write.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from sklearn_trm.expressions.operators import BINARY, OPS, UNARY
from sklearn_trm.expressions.tree import Node, const, var
from sklearn_trm.rules.prior import NATS_INSIDE

MOST_OPERATORS = 14
_INSIDE = 2  # a function stands in at most so many others
# A leaf is one of the many quantities that the corpus behind the nats had to choose from: with
# one symbol only, chains of unaries would outweigh all else. By whether there is one column.
_LEAVES = {False: {"x": 10.0, "c": 6.0}, True: {"x": 4.0, "c": 9.0}}
_ON_A_CURVE = 1.5  # nats that functions save in laws of one column: they are what bends it

# What a subtree stands in, by its parent.
_PLACES: dict[str, tuple[str, ...]] = {
    "add": ("sum", "sum"), "sub": ("sum", "sum"), "mul": ("factor", "factor"),
    "div": ("factor", "below"), "pow": ("base", "exponent"), "neg": ("sign",), "inv": ("below",),
    "square": ("base",), "cube": ("base",), "sqrt": ("radical",), "exp": ("exp",),
    "log": ("log",), "sin": ("angle",), "cos": ("angle",), "tan": ("angle",),
}  # fmt: skip
_NO = math.inf
# Nats of what stands in a place ("x" a column, "c" a number), beside its own; 0 where none.
_GIVEN: dict[str, dict[str, float]] = {
    "law": {"x": _NO, "c": _NO, "neg": 3, "inv": 2, "abs": 3, "pow": 1, "mul": -1, "add": -0.5,
            "div": -0.7, "sin": 2, "cos": 2, "tan": 2, "square": 1.5, "cube": 1.5},
    "sum": {"neg": _NO, "inv": 2, "mul": -0.3, "div": -0.5, "c": 0.5, "abs": 1,
            "add": 0.7, "sub": 0.7},
    "factor": {"neg": 4, "inv": _NO, "div": 0.5, "c": 0.3, "add": 1, "exp": -0.5},
    "below": {"neg": _NO, "inv": _NO, "div": 2.5, "c": 1.5, "add": -1.5, "sub": -0.3, "exp": 2,
              "square": -0.5},
    "base": {"neg": _NO, "inv": _NO, "c": 5, "square": _NO, "cube": _NO, "sqrt": _NO, "pow": _NO,
             "abs": _NO, "exp": _NO, "mul": 1.5, "cos": -0.7, "sin": -0.7, "div": -0.5},
    "exponent": {"c": 0, "x": 2.5, "neg": 2, "sub": 4, "add": 4, "mul": 3, "div": 3, "inv": 3,
                 "square": 4, "cube": 6, "sqrt": 6, "pow": 6},
    "radical": {"neg": _NO, "c": _NO, "square": _NO, "pow": _NO, "exp": _NO, "sqrt": _NO,
                "abs": 2, "inv": 1, "add": -0.7, "sub": -0.7, "div": -0.7},
    "sign": {"neg": _NO, "c": _NO, "x": 0.7, "mul": -1.2, "div": -1.2, "add": 4, "sub": _NO,
             "inv": _NO, "square": -0.5},
    "exp": {"c": _NO, "x": 3, "neg": -3.5, "log": _NO, "exp": _NO, "abs": 2, "inv": 2, "sqrt": 2},
    "log": {"c": _NO, "exp": _NO, "log": _NO, "neg": _NO, "div": -1.5, "add": -0.7, "mul": 1,
            "square": _NO, "cube": _NO, "pow": _NO, "inv": _NO, "sqrt": _NO},
    "angle": {"c": _NO, "x": 1, "mul": -1.5, "add": -1, "neg": _NO, "inv": 2, "abs": _NO},
    "argument": {"c": _NO, "x": 1, "neg": _NO, "mul": -1, "div": -1, "sub": -0.5, "abs": _NO},
}  # fmt: skip


def draw_shape(rng: np.random.Generator, operators: int, *, curve: bool = False) -> Node:
    """A tree with so many operators; every number is 1, every column the first.

    Parameters
    ----------
    rng : Generator
    operators : int
        From 1 to `MOST_OPERATORS`.
    curve : bool
        For a law of one column.

    Returns
    -------
    Node

    Examples
    --------
    >>> str(draw_shape(np.random.default_rng(0), 1)) in ("1*x0", "x0*1", "x0*x0", "1 + x0")
    False
    """
    if not 1 <= operators <= MOST_OPERATORS:
        raise ValueError(f"a shape has 1 to {MOST_OPERATORS} operators, not {operators}")
    return _draw(rng, "law", 0, operators, curve)


def _places(op: str) -> tuple[str, ...]:
    return _PLACES.get(op, ("argument",))


def _weight(op: str, place: str, above: int, curve: bool) -> tuple[float, int]:
    """Of an operator in a place inside so many functions; and how many its operands stand in."""
    nats = OPS[op].nats + _GIVEN[place].get(op, 0.0)
    if OPS[op].is_function:
        nats += NATS_INSIDE * above - _ON_A_CURVE * curve
        above += 1
    return (math.exp(-nats) if above <= _INSIDE + 1 else 0.0), above


def _leaf(kind: str, place: str, curve: bool) -> float:
    return _LEAVES[curve][kind] * math.exp(-_GIVEN[place].get(kind, 0.0))


@functools.cache
def _ways(place: str, above: int, operators: int, curve: bool) -> tuple[tuple[str, int, int], ...]:
    """What may stand there: an operator, or a leaf, and the operators of its first operand."""
    if operators == 0:
        return (("x", 0, above), ("c", 0, above))
    ways = []
    for op in (*UNARY, *BINARY):
        weight, inside = _weight(op, place, above, curve)
        if weight:
            firsts = range(operators) if OPS[op].arity == 2 else (operators - 1,)
            ways += [(op, first, inside) for first in firsts]
    return tuple(ways)


@functools.cache
def _weights(place: str, above: int, operators: int, curve: bool) -> np.ndarray:
    """Summed weights of the trees of each way."""
    if operators == 0:
        return np.array([_leaf("x", place, curve), _leaf("c", place, curve)])
    out = []
    for op, first, inside in _ways(place, above, operators, curve):
        weight = _weight(op, place, above, curve)[0]
        places = _places(op)
        parts = [(place, inside, first, curve) for place in places[:1]]
        if len(places) == 2:
            parts.append((places[1], inside, operators - 1 - first, curve))
        sums = [float(_weights(*part).sum()) for part in parts]
        both = math.prod(sums)
        if operators == 1:  # an operator of numbers alone is a number
            both -= math.prod(_leaf("c", place, curve) for place in places)
        out.append(weight * both)
    return np.array(out)


def _draw(rng: np.random.Generator, place: str, above: int, operators: int, curve: bool) -> Node:
    weights = _weights(place, above, operators, curve)
    which = int(np.searchsorted(np.cumsum(weights), rng.random() * weights.sum(), side="right"))
    op, first, inside = _ways(place, above, operators, curve)[min(which, len(weights) - 1)]
    if op in ("x", "c"):
        return var(0) if op == "x" else const(1.0)
    places = _places(op)
    sizes = (first, operators - 1 - first)[: len(places)]
    while True:
        parts = [_draw(rng, p, inside, n, curve) for p, n in zip(places, sizes, strict=True)]
        if not all(part.is_const for part in parts):
            break
    if op == "mul" and parts[1].is_const:
        parts.reverse()
    return Node(op, tuple(parts))
