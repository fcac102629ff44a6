"""Numbers of drawn laws: each of the size that its place in the law asks for.

A law is filled from its leaves up, on rows where its columns are measured: a number inside a
function makes its argument span what shows the function, a number beside a term is of that term's
size, a factor in front gives the law an everyday size. Numbers have few digits, as people write
them; 1, whole numbers, and pi in waves are common.
"""

from __future__ import annotations

import math

import numpy as np

from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.tree import Node, const, walk

# Spreads of an argument (standard deviations) between which a function shows its form.
_SPANS = {"sin": (0.6, 8.0), "cos": (0.6, 8.0), "tan": (0.2, 0.6), "exp": (0.3, 2.0),
          "asin": (0.3, 0.55), "acos": (0.3, 0.55)}  # fmt: skip
_SPAN = (0.4, 1.5)
_EXPONENTS = (0.5, 1.5, 2.0, 2.5, 3.0, 4.0, -0.5, -1.5, 1 / 3, 2 / 3, 0.25, 0.75)
_BASES = (2.0, 10.0)
_SIZES = (-1.5, 3.0)  # decades of y
_POSITIVE = ("log", "sqrt", "pow", "below")  # where a sum with a number stays above 0
_LEVEL = 0.2  # laws of quantities with units that start from a level
_UNEQUAL = 12.0  # summands of sizes that differ by more are brought together

Array = np.ndarray


def numbered(rng: np.random.Generator, shape: Node, X: Array) -> Node | None:
    """The shape with numbers in place of its ones; None where it is undefined on too many rows.

    References of columns (``x0 - 1960``) are numbers already: they stay.
    """
    with np.errstate(all="ignore"):
        law, values = _Numbers(rng, X).fill(shape, "law")
    if any(n.is_const and not np.isfinite(n.value) for n in walk(law)):
        return None
    return law if np.isfinite(values).mean() > 0.9 else None


def measured(rng: np.random.Generator, shape: Node) -> Node:
    """The shape with a number in each place where quantities with units need one.

    In arguments of functions without any, in one of two terms of unlike form, in front of a law.
    """
    law = _with_units(rng, shape)
    if law.op not in ("add", "sub") and rng.random() < _LEVEL:
        return (law if _in_front(law) else const(1.0) * law) + const(1.0)
    if law.op in ("add", "sub") or _in_front(law) or rng.random() < 0.4:
        return law
    return const(1.0) * law


def few_digits(law: Node, digits: int = 4) -> Node:
    """The law with numbers of so many digits; exponents stay."""
    if law.is_const:
        return const(float(f"{law.value:.{digits - 1}e}"))
    keep = law.op == "pow"
    kids = tuple(c if keep and c.is_const else few_digits(c, digits) for c in law.children)
    return Node(law.op, kids, law.value)


def _with_units(rng: np.random.Generator, node: Node) -> Node:
    if not node.children:
        return node
    kids = [_with_units(rng, c) for c in node.children]
    if OPS[node.op].is_function and not any(n.is_const for n in walk(kids[0])):
        inner = kids[0]
        ratio = node.op == "log" and inner.op == "div"
        if inner.op == "neg":
            kids[0] = Node("neg", (const(1.0) * inner.children[0],))
        elif not ratio:
            kids[0] = const(1.0) * inner
    if node.op in ("add", "sub") and not any(_in_front(c) or c.is_const for c in kids):
        plain = [not c.children for c in kids]
        if not all(plain) or kids[0] == kids[1] or rng.random() < 0.4:
            k = 1 if plain[0] else 0 if plain[1] else int(rng.integers(2))
            kids[k] = const(1.0) * kids[k]
    return Node(node.op, tuple(kids), node.value)


def _in_front(node: Node) -> bool:
    """Whether a term has a number as a factor."""
    if node.op in ("mul", "div", "neg"):
        return any(c.is_const or _in_front(c) for c in node.children)
    return False


def _typical(values: Array) -> float:
    """Root mean square where defined; 0 where nowhere."""
    values = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(values**2))) if len(values) else 0.0


def _spread(values: Array) -> float:
    values = values[np.isfinite(values)]
    return float(np.std(values)) if len(values) else 0.0


class _Numbers:
    def __init__(self, rng: np.random.Generator, X: Array) -> None:
        self.rng, self.X = rng, X

    def fill(self, node: Node, place: str) -> tuple[Node, Array]:
        """The subtree with numbers, and its values; `place` is the function that it stands in."""
        if node.is_var:
            return node, self.X[:, node.column]
        if node.is_const:
            return node, np.full(len(self.X), node.value)
        inside = [self._place(node, place, side) for side in range(len(node.children))]
        free = [c.is_const and c.value == 1.0 for c in node.children]
        if any(free):
            side = free.index(False)
            part = self.fill(node.children[side], inside[side])
            return self._with_number(node.op, part, side, place)
        parts = [self.fill(c, p) for c, p in zip(node.children, inside, strict=True)]
        if node.op in ("add", "sub"):
            parts = self._level(parts)
        return self._applied(node.op, parts)

    def _place(self, node: Node, place: str, side: int) -> str:
        if OPS[node.op].is_function or node.op in ("sqrt", "pow"):
            return node.op
        if (node.op == "div" and side == 1) or node.op == "inv":
            return "below" if place == "law" else place
        return place

    def _applied(self, op: str, parts: list[tuple[Node, Array]]) -> tuple[Node, Array]:
        return (
            Node(op, tuple(node for node, _ in parts)),
            OPS[op].apply(np, *(values for _, values in parts)),
        )

    def _with_number(
        self, op: str, part: tuple[Node, Array], side: int, place: str
    ) -> tuple[Node, Array]:
        if op in ("add", "sub"):
            part, value = self._summand(op, part, side, place)
        elif op in ("mul", "div"):
            value = self._factor(op, part[1], side, place)
        else:
            value = float(self.rng.choice(_BASES if side else _EXPONENTS))
            if self.rng.random() < 0.3:
                value = self._short(self._between(0.1, 0.95) if side else self._between(0.2, 3.0))
        number = (const(value), np.full(len(self.X), value))
        return self._applied(op, [part, number] if side == 0 else [number, part])

    # ------------------------------------------------------------ sizes
    def _between(self, low: float, high: float) -> float:
        return float(math.exp(self.rng.uniform(math.log(low), math.log(high))))

    def _short(self, value: float) -> float:
        """A number near `value` with few digits."""
        if not math.isfinite(value) or value == 0.0:
            return 1.0
        if 1.5 < abs(value) < 30 and self.rng.random() < 0.3:
            return float(round(value))
        digits = int(self.rng.choice([1, 2, 3, 4], p=[0.2, 0.4, 0.3, 0.1]))
        return float(f"{value:.{digits - 1}e}")

    def _factor(self, op: str, values: Array, side: int, place: str) -> float:
        """The number that multiplies `values`, divides them, or is divided by them."""
        if op == "div" and side == 1:  # number/values
            values = 1.0 / values
        if place in ("law", "below", "sqrt", "pow", "abs"):
            size = _typical(values)
            target = 10.0 ** self.rng.uniform(*_SIZES) if place == "law" else self._between(0.1, 10)
        else:
            size, target = _spread(values), self._between(*_SPANS.get(place, _SPAN))
        value = target / size if size > 0 else 1.0
        if op == "div" and side == 0:
            value = 1.0 / value if value else 1.0
        if place in ("sin", "cos") and self.rng.random() < 0.25:
            return float(np.pi * self._short(value / np.pi))
        sign = -1.0 if place == "law" and self.rng.random() < 0.12 else 1.0
        return sign * self._short(value)

    def _summand(
        self, op: str, part: tuple[Node, Array], side: int, place: str
    ) -> tuple[tuple[Node, Array], float]:
        """The number beside a term; a term with a factor is given the number's size instead."""
        node, values = part
        size, ratio = _typical(values), self._between(0.2, 5.0)
        if place in ("sin", "cos"):
            return part, self._short(self.rng.uniform(0.1, 3.0))
        if place in ("exp", "tan", "asin", "acos"):
            return part, self._short(self._between(0.1, 2.0))
        if self.rng.random() < 0.45 and (scaled := _scaled(node, 1.0 / (ratio * size or 1.0))):
            short = self._rounded(scaled)
            return self._again(short), 1.0
        sign = 1.0 if np.nansum(values) >= 0 else -1.0
        positive = place in _POSITIVE
        if not positive and self.rng.random() < 0.15:
            sign = -sign
        value = self._short(size * (max(ratio, 1.2) if op == "sub" and positive else ratio))
        return part, float(value * (sign if not positive else abs(sign)))

    def _level(self, parts: list[tuple[Node, Array]]) -> list[tuple[Node, Array]]:
        """Two terms of sizes that both are seen beside each other."""
        ratio = _spread(parts[0][1]) / (_spread(parts[1][1]) or 1.0)
        if not 1 / _UNEQUAL < ratio < _UNEQUAL:
            for k, factor in ((0, 1.0 / (ratio or 1.0)), (1, ratio)):
                scaled = _scaled(parts[k][0], factor * self._between(0.3, 3.0))
                if scaled is not None:
                    parts[k] = self._again(self._rounded(scaled))
                    break
        return parts

    def _rounded(self, node: Node) -> Node:
        """A term whose factor has few digits."""
        children = tuple(
            const(self._short(c.value)) if c.is_const else self._rounded(c) if k == 0 else c
            for k, c in enumerate(node.children)
        ) if node.op in ("mul", "div", "neg") else node.children  # fmt: skip
        return Node(node.op, children, node.value)

    def _again(self, node: Node) -> tuple[Node, Array]:
        if not node.children:
            return node, self.X[:, node.column] if node.is_var else np.full(len(self.X), node.value)
        return self._applied(node.op, [self._again(c) for c in node.children])


def _scaled(node: Node, factor: float) -> Node | None:
    """The term times a positive factor, taken up by the number that it has in front, or None."""
    if node.op not in ("mul", "div", "neg") or not 0.0 < factor < math.inf:
        return None
    kids = node.children
    for k, child in enumerate(kids):
        if child.is_const:
            below = node.op == "div" and k == 1
            new = const(child.value / factor if below else child.value * factor)
            return Node(node.op, (*kids[:k], new, *kids[k + 1 :]))
    first = _scaled(kids[0], factor)
    return None if first is None else Node(node.op, (first, *kids[1:]))
