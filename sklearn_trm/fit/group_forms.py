"""Forms that groups may share: laws whose numbers are free, and curves by their prior."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..expressions.canonical import canonical
from ..expressions.evaluate import evaluate
from ..expressions.roles import references
from ..expressions.tree import Node, const, constants, var, with_constants
from ..selection.choice import words

_CURVES = 200  # of one column
_CONSTANTS = 8  # of a curve, at most
_FIRST = 1.37  # a number that stands where none was


@dataclass(frozen=True)
class Form:
    """A law whose numbers may differ by group.

    Attributes
    ----------
    node : Node
    free : tuple of int
        Numeric leaves that were fitted; others are words, such as exponents, or references.
    cold : bool
        Whether its numbers come from no fit.
    """

    node: Node
    free: tuple[int, ...]
    cold: bool = False

    @classmethod
    def of(cls, law: Node, cold: bool = False) -> Form:
        held = words(law) | references(law)
        return cls(law, tuple(i for i in range(len(constants(law))) if i not in held), cold)

    @property
    def key(self) -> Node:
        """Equal for laws that differ in their fitted numbers only."""
        values = constants(self.node)
        return with_constants(
            self.node, [0.5 if i in self.free else v for i, v in enumerate(values)]
        )


def scaled_terms(law: Node) -> Node:
    """The law with a number in front of each of its terms: a group may need what another has not.

    Examples
    --------
    >>> from ..expressions.text import parse
    >>> print(scaled_terms(parse("x0**2 + 3*x0 - 1/x0")))
    1.37*x0**2 + 3*x0 - 1.37/x0
    """
    if law.op in ("add", "sub"):
        return Node(law.op, tuple(scaled_terms(c) for c in law.children))
    if law.op == "inv":
        return const(_FIRST) / law.children[0]
    if law.op == "div" and law.children[0].is_const and abs(law.children[0].value) == 1.0:
        return const(_FIRST) / law.children[1]
    if law.is_const and abs(law.value) == 1.0:
        return const(_FIRST)
    return law if _has_number(law) else const(_FIRST) * law


def _has_number(term: Node) -> bool:
    """Whether a number stands in front of a term."""
    if term.op == "mul":
        return any(map(_has_number, term.children))
    if term.op in ("div", "neg"):
        return _has_number(term.children[0])
    return term.is_const


def curves(
    x: np.ndarray, column: int, unary: Sequence[str], binary: Sequence[str],
    shift: Mapping[str, float] | None = None,
) -> Iterator[Node]:  # fmt: skip
    """Curves of one column with a scale, and with a level; also those that begin at zero.

    They come in the order of their prior, their numbers yet to be fitted. A level of its own and a
    scale of its own are two numbers, ``a*(1 - exp(-b*x))`` has one.
    """
    from ..search.solvers.skeletons.grammar import catalogue
    from ..search.solvers.skeletons.screening import screen  # compiled

    if not hasattr(screen, "py_func"):
        return
    found = catalogue(unary, binary, [x], shift or {})
    found.reach(_CURVES)
    numbers = _FIRST + 0.17 * np.arange(_CONSTANTS)
    zero = np.zeros((1, column + 1))
    for i in range(min(_CURVES, len(found.all))):
        curve = found.all.expression(i, [var(column)], numbers)
        scaled = const(0.77) * curve
        yield from (canonical(scaled), canonical(scaled + const(0.59)))
        if curve.op == "inv":
            yield const(0.77) * var(column) / curve.children[0]
        elif evaluate(curve, zero)[0] == 1.0:
            yield const(0.77) * (const(1.0) - curve)
