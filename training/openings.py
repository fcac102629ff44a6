"""Openings of laws: the root of the canonical grid and its two children, as classes.

A class is an operator and the unary on it; which column stands there is no part of it. A law has
several equal forms (``log(3*x)`` is ``log(x)`` and a number, ``a - b`` is ``a + c*b`` where
numbers are free): each has its opening. What the set's own frequencies say of an opening, the law
itself left out, is what anything that looks at the table has to beat.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import laws as suites
from benchmarks.plausible_tables import Noise, draw_table
from sklearn_trm.curves import families, held_out
from sklearn_trm.errors import GridOverflowError
from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.canonical import canonical, multiplied_out
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.tree import Node, call, const
from sklearn_trm.network.grid_tree import to_grid

from .drawn import drawn_apart

CELLS = 3  # the root and its children
# drawn laws as training sees them, but for numbers and rows; drawn laws of forms that no training
# sees; named curves that are kept for judging; a suite
SETS = ("drawn", "forms", "curves", "feynman")
NOISES = (0.0, 0.02)
_ROWS = 100  # of laws whose ranges are given
_SMOOTH = 0.5  # laws that each class that is seen nowhere is taken for
_BACK = 2.0  # laws that a child's overall frequency counts for, beside those under its parent
_APART = {"log": ("mul", "div"), "exp": ("add", "sub")}
_FREE = 1.37  # a number of no special value

Opening = tuple[int, int, int]  # classes of the root and its children
KINDS = ("empty", "const", "x", "add", "sub", "mul", "div", "pow", "arg")
N_CLASSES = len(KINDS) * G.N_UNARIES
# head -> its kind: columns are all one
KIND_OF = np.array([KINDS.index("x" if "x0" <= h <= "x9" else h) for h in G.HEADS])


@dataclass(frozen=True)
class Problem:
    """A law, its equal forms, and a table of it."""

    forms: tuple[Node, ...]
    X: np.ndarray
    y: np.ndarray


# Log-probabilities (rows, CELLS) of openings: a row for a problem's number and a form of its law.
Judge = Callable[[Sequence[Problem], Sequence[tuple[int, Node]]], np.ndarray]


def _classes() -> np.ndarray:
    """The class of each head and unary; a free exponent is negative too, so ``inv pow`` is pow."""
    table = KIND_OF[:, None] * G.N_UNARIES + np.arange(G.N_UNARIES)[None]
    table[G.POW, G.UNARY_CODE["inv"]] = table[G.POW, 0]
    return table


CLASS_OF = _classes()


def name_of(code: int) -> str:
    """As ``"exp mul"``.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> [name_of(c) for c in opening(parse("2*exp(-x0/x1) + 1"))]
    ['add', 'const', 'exp div']
    """
    kind, unary = KINDS[code // G.N_UNARIES], G.UNARIES[code % G.N_UNARIES]
    return kind if unary == "id" else f"{unary} {kind}"


def opening(law: Node) -> Opening:
    """Classes of the first cells of a law's canonical grid.

    Raises
    ------
    GridOverflowError
        If no grid holds the law.
    """
    grids = to_grid(law)
    first = CLASS_OF[grids.head[0, :CELLS], grids.unary[0, :CELLS]]
    return int(first[0]), int(first[1]), int(first[2])


def forms(law: Node) -> list[Node]:
    """Equal forms of a law whose numbers are free, the canonical first; one for each opening."""
    free = _with_free_signs(law)
    found: dict[Opening, Node] = {}
    apart = _taken_apart(law)
    for form in (canonical(law), free, multiplied_out(law), apart, _with_free_signs(apart)):
        try:
            found.setdefault(opening(form), form)
        except GridOverflowError:
            continue
    return list(found.values())


def _with_free_signs(node: Node) -> Node:
    kids = tuple(map(_with_free_signs, node.children))
    if node.op == "sub":
        return kids[0] + const(-_FREE) * kids[1]
    if node.op == "neg":
        return const(-_FREE) * kids[0]
    return Node(node.op, kids, node.value)


def _taken_apart(node: Node) -> Node:
    """Numbers taken out of logarithms and exponentials, powers of products made products."""
    kids = tuple(map(_taken_apart, node.children))
    inner = kids[0] if kids else node
    numbers = [c.is_const for c in inner.children]
    if node.op in ("log", "exp") and inner.op in _APART[node.op] and sum(numbers) == 1:
        rest = inner.children[numbers.index(False)]
        backward = inner.op in ("div", "sub") and numbers[0]
        if node.op == "log":
            rest = call("log", rest)
            return const(_FREE) - rest if backward else rest + const(_FREE)
        return const(_FREE) * call("exp", call("neg", rest) if backward else rest)
    if node.op in ("sqrt", "pow") and inner.op in ("mul", "div"):
        parts = [p if p.is_const else Node(node.op, (p, *kids[1:])) for p in inner.children]
        return Node(inner.op, tuple(parts))
    return Node(node.op, kids, node.value)


# ------------------------------------------------------------ what frequencies know
def root_frequency(roots: Sequence[int]) -> np.ndarray:
    """Probability of each class for each law, from the roots of the other laws: (laws, classes)."""
    counts = np.bincount(roots, minlength=N_CLASSES).astype(float)
    others = counts[None] - np.eye(N_CLASSES)[list(roots)]
    # what no other law has is one of the classes that are seen at all, or else any
    spread = (counts > 0) + 0.01
    return (others + _SMOOTH * spread) / (len(roots) - 1 + _SMOOTH * spread.sum())


def frequencies(openings: Sequence[Sequence[Opening]]) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities of each law's root and opening, from those of the other laws.

    Of each law the openings of all its forms are given, and added up; the others are counted by
    their first form. A child under a root that few laws have is taken from its overall frequency.
    """
    firsts = [own[0] for own in openings]
    roots = [o[0] for o in firsts]
    by_root = root_frequency(roots)
    overall = [root_frequency([o[side] for o in firsts]) for side in (1, 2)]
    under = Counter(roots)
    pairs = [Counter((o[0], o[side]) for o in firsts) for side in (1, 2)]
    root, whole = np.zeros(len(openings)), np.zeros(len(openings))
    for i, own in enumerate(openings):
        root[i] = np.log(sum(by_root[i, r] for r in {o[0] for o in own}))
        total = 0.0
        for o in own:
            share = by_root[i, o[0]]
            for side, table, together in zip((1, 2), overall, pairs, strict=True):
                itself = o[0] == roots[i]
                same = together[o[0], o[side]] - (itself and o[side] == firsts[i][side])
                share *= (same + _BACK * table[i, o[side]]) / (under[o[0]] - itself + _BACK)
            total += share
        whole[i] = np.log(total)
    return root, whole


# ------------------------------------------------------------ sets
def problems(name: str, noise: float, count: int = 400) -> list[Problem]:
    """Tables of the set `name` with even errors; laws that no grid holds are left out."""
    if name not in SETS:
        raise ValueError(f"no set {name!r}: {', '.join(SETS)}")
    tables: list[tuple[Node, np.ndarray, np.ndarray]] = []
    if name in ("drawn", "forms"):
        kind = Noise("even", noise) if noise else Noise()
        for i, law in enumerate(drawn_apart(count, known=name == "drawn")):
            rng = np.random.default_rng([i, 7])
            tables.append((law.node, *draw_table(rng, law, None, kind)))
    elif name == "curves":  # none of them is drawn for training
        kept = [family for family in families() if held_out(family)]
        for i, family in enumerate(kept[:count]):
            rng = np.random.default_rng([i, 9])
            low, high = np.array(family.ranges).T
            X, curve = rng.uniform(low, high, (_ROWS, len(low))), family.law()
            y = evaluate(curve, X)
            tables.append((curve, X, y + noise * np.std(y) * rng.standard_normal(len(y))))
    else:
        for i, known in enumerate(suites.load(name)[:count]):
            rng = np.random.default_rng([i, 8])
            X = known.sample(_ROWS, rng)
            y = evaluate(known.node, X)
            tables.append((known.node, X, y + noise * np.std(y) * rng.standard_normal(len(y))))
    found = [Problem(tuple(forms(law)), X, y) for law, X, y in tables]
    return [p for p in found if p.forms]
