"""Rivals of a law: other laws of textbook size, those that fit its noisy rows best.

Skeletons are enumerated: functions of one argument inside affine, reciprocal and exponential
frames, sums and products of two; arguments of several columns are products, ratios, sums. Each is
fitted from several starts; those that some criterion could take for the truth are kept.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np

from sklearn_trm.errors import ParseError
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.roles import references, scales
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, columns, constants, var, walk, with_constants
from sklearn_trm.rules.prior import prior
from sklearn_trm.search.composed import NATS_PER_TOKEN
from sklearn_trm.search.descent import Descent

from .criteria import described, facts_of, small
from .kinds import Kind

Array = np.ndarray

OF_EACH = 20  # laws kept of each number of constants, and by each criterion
_MOST = 13000  # skeletons that are fitted: of those of three columns every fourth
_QUICK_STEPS, _CAREFUL = 12, 300  # of a first look, and laws that get a careful one
STEPS = 60
_FACTORS = (1.0, -1.0, 0.3, -0.3, 3.0, -3.0)  # of the natural size of an inner constant
_SAME = 1e-6  # of the spread of the clean values: a rival as near as this is the truth itself
_DRAWS = (1001, 1002)  # of the noise, on which rivals are looked for

# u is the argument, c a constant
_SINGLE = """
    u u**2 u**3 1/u 1/u**2 sqrt(u) u**c exp(c*u) exp(c*u**2) exp(c/u) exp(c*sqrt(u)) log(u)
    log(u+c) sin(c*u) cos(c*u) sin(c*u+c) tanh(c*u) tanh(c*u+c) atan(c*u) atan(c*u+c)
    1/(u+c) u/(u+c) 1/(u**2+c) u/(u**2+c) u**2/(u**2+c) u**c/(u**c+c) 1/(1+exp(c*u+c))
    exp(c*exp(c*u)) sqrt(u+c) sqrt(u**2+c) (u+c)**2 (u+c)**c exp(c*(u+c)**2) u*exp(c*u)
    u**c*exp(c*u) u*log(u) exp(u) sin(u) cos(u) tanh(u) atan(u) exp(-u) 1/(1+exp(u))
    cosh(c*u) sinh(c*u) abs(u+c) exp(atan(u)) exp(tanh(u)) sin(sqrt(u)) sin(exp(c*u))
    exp(sin(u)) exp(cos(u)) tanh(exp(c*u)) log(u)**2 sqrt(log(u+1)) atan(u**2) tanh(u**2)
    exp(c*u)*sin(c*u) exp(c*u)*cos(c*u) u*sin(c*u) sin(u**2) cos(sqrt(u)) tan(c*u)
    1/(1+u) 1/(1+u**2) u/(1+u) exp(1/u)
"""
_PLAIN = tuple(_SINGLE.split())
_FRAMES = ("g", "c*g", "g+c", "c*g+c", "c*g+c*u", "c*g+c*u+c", "exp(c*g)", "exp(c*g+c)",
           "1/(c*g+c)", "sqrt(c*g+c)", "log(c*g+c)", "(c*g+c)**2", "u/(c*g+c)", "c*g/u", "c*g*u",
           "tanh(c*g+c)")  # fmt: skip
_PAIRED = ("u", "u**2", "1/u", "sqrt(u)", "u**c", "exp(c*u)", "exp(-u)", "log(u)", "sin(c*u)",
           "cos(c*u)", "tanh(c*u)", "atan(u)", "1/(u+c)", "u**3")  # fmt: skip
_PAIRS = ("c*g+c*h", "c*g+c*h+c", "c*g*h", "c*g*h+c", "c*g/(h+c)")
_SEVERAL = (
    "u",
    "u**c",
    "sqrt(u)",
    "u**2",
    "1/u",
    "exp(c*u)",
    "log(u)",
    "log(u+c)",
    "sin(c*u)",
    "tanh(c*u)",
    "atan(c*u)",
    "1/(u+c)",
    "u/(u+c)",
    "exp(c/u)",
    "exp(u)",
    "tanh(u)",
)
_WITH_COLUMN = ("g", "c*g", "c*g+c", "c*g*v", "c*g*v+c", "c*g+c*v", "c*g+c*v+c", "c*g/v",
                "v/(c*g+c)", "c*v**c*g")  # fmt: skip


def _skeletons(d: int) -> Iterator[str]:
    """Texts with c for constants."""
    if d == 1:
        for frame, g in itertools.product(_FRAMES, _PLAIN):
            yield _put(frame, g=g, u="x0")
        for frame, (g, h) in itertools.product(_PAIRS, itertools.permutations(_PAIRED, 2)):
            yield _put(frame, g=g, h=h, u="x0")
        return
    names = [f"x{j}" for j in range(d)]
    for u, g, frame in itertools.product(_arguments(names), _SEVERAL, _WITH_COLUMN):
        for v in names if "v" in frame else names[:1]:
            yield _put(frame, g=g, u=u, v=v)


def _put(frame: str, **parts: str) -> str:
    for name, text in parts.items():  # u last: it stands in g and h
        frame = _replaced(frame, name, text)
    return frame


def _replaced(text: str, letter: str, by: str) -> str:
    alone = [i for i, s in enumerate(text) if s == letter
             and not text[i - 1 : i].isalpha() and not text[i + 1 : i + 2].isalpha()]  # fmt: skip
    for i in reversed(alone):
        text = f"{text[:i]}({by}){text[i + 1 :]}"
    return text


def _arguments(names: Sequence[str]) -> Iterator[str]:
    yield from names
    for a, b in itertools.permutations(names, 2):
        yield from (f"{a}/{b}", f"{a}**2/{b}", f"{a}/{b}**2", f"{a}**2*{b}", f"{a}+c*{b}",
                    f"{a}/sqrt({b})", f"{a}-{b}", f"{a}*exp(c*{b})", f"{a}/({b}+c)")  # fmt: skip
    for a, b in itertools.combinations(names, 2):
        yield from (f"{a}*{b}", f"{a}+{b}", f"{a}**c*{b}**c", f"sqrt({a}**2+{b}**2)",
                    f"{a}**2+{b}**2", f"{a}*{b}/({a}+{b})", f"{a}*{b}+{a}")  # fmt: skip
    for a, b, c in itertools.permutations(names, 3):
        yield f"{a}*{b}/{c}"
        yield f"{a}*({b}-{c})"
        yield f"{a}*({b}+{c})"
        yield f"{a}/({b}*{c})"
        yield f"{a}+{b}/{c}"
        yield f"{a}+{b}*{c}"
        yield f"{a}*{b}**2/{c}"
        yield f"{a}/({b}+{c})"


def structure(text: str, d: int) -> Node:
    """The law of a text, in its shortest writing; a number 1 becomes the column `d`, all ones."""
    numbers = itertools.count()
    text = "".join(f"{1.37 + 0.11 * next(numbers):.2f}" if _is_c(text, i) else s
                   for i, s in enumerate(text))  # fmt: skip
    return _ones(canonical(parse(text)), d)


def _is_c(text: str, i: int) -> bool:
    return text[i] == "c" and not text[i + 1 : i + 2].isalpha() and not text[i - 1 : i].isalpha()


def _ones(node: Node, d: int) -> Node:
    """A number 1, and a reference that the reader chose, are no constants to be fitted."""
    kept = {*references(node)}
    if kept:
        raise ValueError(f"{node} holds a reference")
    return _without_ones(node, d)


def _without_ones(node: Node, d: int) -> Node:
    if node.is_const:
        return var(d) if node.value == 1.0 else node
    return Node(node.op, tuple(_without_ones(c, d) for c in node.children), node.value)


def with_ones(X: Array) -> Array:
    return np.column_stack([X, np.ones(len(X))])


def held(law: Node) -> list[int]:
    """Whole exponents: the quick fits leave them."""
    out, leaf = [], 0
    parents = {id(n.children[1]): n for n in walk(law) if n.op == "pow"}
    for n in walk(law):
        if n.is_const:
            if id(n) in parents and n.value % 1.0 == 0.0:
                out.append(leaf)
            leaf += 1
    return out


def starts(law: Node, X: Array) -> Iterator[Node]:
    """The law with constants of natural size, small and large, of both signs."""
    sizes, own, fixed = scales(law, X), constants(law), held(law)
    exponents = [n.children[1].is_const for n in walk(law) if n.op == "pow"]
    for factor in _FACTORS if own else (1.0,):
        yield with_constants(law, [
            v if i in fixed else (1.3 if any(exponents) and s == 1.0 else s) * factor
            for i, (v, s) in enumerate(zip(own, sizes, strict=True))
        ])  # fmt: skip


def rivals(kind: Kind) -> list[Node]:
    """Rivals of a kind's law, on X with a column of ones, with the constants of a noisy draw.

    Kept are, on two draws of the noise: of each number of constants those that fit best, and those
    of the shortest descriptions.
    """
    X, _, clean = kind.draw(0)
    d, spread = X.shape[1], float(clean.std())
    texts = list(_skeletons(d))
    laws = list(dict.fromkeys(_readable(texts[:: math.ceil(len(texts) / _MOST)], d)))
    Z = with_ones(X)
    kept: dict[Node, Node] = {}
    for seed in _DRAWS:
        for law, node in _most_dangerous(laws, Z, kind.draw(seed)[1]):
            kept.setdefault(law, node)
    truth, exact = structure_of_truth(kind), Descent(Z, clean)
    out: dict[tuple[int, float, float], Node] = {}
    for law, node in kept.items():
        k = fitted(law)
        loss = min(exact.fit(start, STEPS)[1] for start in (node, *starts(law, Z)))
        if loss > (_SAME * spread) ** 2 or k > fitted(truth):  # no other writing of the truth
            noisy = Descent(Z, kind.draw(_DRAWS[0])[1]).fit(node, STEPS)[1]
            out.setdefault((k, round(math.log(max(noisy, 1e-300)), 4), round(prior(law), 2)), node)
    return list(out.values())


def _most_dangerous(laws: Sequence[Node], Z: Array, y: Array) -> Iterator[tuple[Node, Node]]:
    """Structures with their constants: a quick look at all, a careful one at the best."""
    descent, variance = Descent(Z, y), float(y.var())
    quick = []
    for law in laws:
        tries = itertools.islice(starts(law, Z), 2 if Z.shape[1] == 2 else 1)
        quick.append((min(descent.fit(start, _QUICK_STEPS)[1] for start in tries), law))
    quick.sort(key=lambda fit: fit[0])
    fits: list[tuple[float, Node, Node]] = []
    for _, law in quick[:_CAREFUL]:
        node, loss = min((descent.fit(s, STEPS) for s in starts(law, Z)), key=lambda fit: fit[1])
        if loss < variance:
            fits.append((loss, law, node))
    fits.sort(key=lambda fit: fit[0])
    seen: Counter[int] = Counter()
    for _, law, node in fits:
        seen[fitted(law)] += 1
        if seen[fitted(law)] <= OF_EACH:
            yield law, node
    facts = [facts_of(node, Z, y, held(node)) for _, _, node in fits]
    for length in (described, small, partial(described, weight=0.0, token=NATS_PER_TOKEN),
                   partial(small, weight=0.5)):  # fmt: skip
        order = sorted(range(len(facts)), key=lambda i: length(facts[i]))
        yield from (fits[i][1:] for i in order[:OF_EACH])


def fitted(law: Node) -> int:
    """How many constants are fitted."""
    return len(constants(law)) - len(held(law))


def structure_of_truth(kind: Kind) -> Node:
    """The truth as rivals are written, its own numbers as starts.

    Its shortest writing, unless that repeats a number: ``7 - 7*exp(x0)`` for ``7*(1 - exp(x0))``.
    """
    d = kind.draw(0)[0].shape[1]
    own, short = (_without_ones(law, d) for law in (kind.law, canonical(kind.law)))
    return own if fitted(own) < fitted(short) else short


def _readable(texts: Iterable[str], d: int) -> Iterator[Node]:
    for text in texts:
        try:
            law = structure(text, d)
        except (ParseError, ValueError):
            continue
        if columns(law) and len(constants(law)) <= 6:
            yield law
