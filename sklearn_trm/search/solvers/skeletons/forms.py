"""The ways in which a skeleton is made of one other, or of two.

A constant stands where it says something new: none inside ``log(k*x)``, which is a level, or
before a power, which is a scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ....expressions.operators import OPS
from ....expressions.tree import call, const, var
from ....rules.prior import NATS_INSIDE, nats_of
from ...builders import rewrite
from . import programs as P

Array = np.ndarray

NONE = -1
LEAST = 1.0  # nats of an operation, however it is shifted


@dataclass(frozen=True)
class Form:
    """One way to make a skeleton of one or two others.

    Attributes
    ----------
    chain : tuple of int
        Operations on the operand.
    join : int
        What joins two operands.
    before : tuple of int
        What is done to the first and to the second before.
    nats : float
        What it adds to the prior; set by `forms`.
    """

    chain: tuple[int, ...] = ()
    join: int = NONE
    before: tuple[int, int] = (NONE, NONE)
    nats: float = field(default=0.0, compare=False)

    @property
    def operations(self) -> tuple[int, ...]:
        """All of them, in the order of the program."""
        return tuple(op for op in (*self.before, self.join, *self.chain) if op != NONE)

    @property
    def constants(self) -> int:
        return sum(op >= P.SHIFT for op in self.operations)

    @property
    def is_function(self) -> bool:
        last = self.operations[-1]
        return last < P.ADD and OPS[P.FUNCTIONS[last]].is_function

    @property
    def deeper(self) -> float:
        """Nats that it adds for each function inside."""
        return NATS_INSIDE * self.is_function

    def degrees(self, first: Array, second: Array | None = None) -> tuple[Array, Array]:
        """Degrees in the column of what it makes, and places that miss a number (`rules.prior`).

        Of operands of these degrees; nan is the degree of what holds a number of any unit.
        """
        if second is not None:
            if self.join in (P.MUL, P.DIV):
                return first + second * (1 if self.join == P.MUL else -1), np.zeros(len(first))
            known = np.isfinite(first) & np.isfinite(second)
            if self.join == P.WEIGHTED:
                return first, np.zeros(len(first))
            out = np.where(np.abs(first) >= np.abs(second), first, second)
            one = np.where(np.isfinite(first), first, second)
            return np.where(known, out, one), known & (first != second)
        missing = np.zeros(len(first))
        for op in self.chain:
            if op in _FACTORS:
                first = np.full(len(first), np.nan)
            elif op in _DEGREES:
                first = first * _DEGREES[op]
            elif op < P.ADD:
                if op != P.LOG:
                    missing = missing + (np.isfinite(first) & (first != 0))
                first = np.zeros(len(first))
        return first, missing

    @property
    def is_ordered(self) -> bool:
        """Whether its two operands may not be exchanged."""
        return self.join == P.DIV or self.before[0] != self.before[1]


_SHIFTS = (P.SHIFT, P.ABOVE, P.PLACE, P.PHASE)
_FACTORS = (P.RATE, P.WIDTH, P.TURNS)
_DEGREES = {P.NEG: 1.0, P.ABS: 1.0, P.INV: -1.0, P.SQUARE: 2.0, P.CUBE: 3.0, P.SQRT: 0.5,
            P.POWER: 1.37}  # fmt: skip
_SAYS = {
    P.ADD: ("add",), P.SUB: ("sub",), P.MUL: ("mul",), P.DIV: ("div",), P.POWER: ("pow",),
    P.BELOW: ("sub",), P.WEIGHTED: ("add", "mul"),
    **dict.fromkeys(_SHIFTS, ("add",)), **dict.fromkeys(_FACTORS, ("mul",)),
    **{op: (name,) for op, name in enumerate(P.FUNCTIONS)},
}  # fmt: skip


def _priced(form: Form, shift: Mapping[str, float]) -> Form:
    nats = sum(nats_of(name, shift) for op in form.operations for name in _SAYS[op])
    return replace(form, nats=max(nats, LEAST))


def forms(
    unary: Sequence[str], binary: Sequence[str], shift: Mapping[str, float] | None = None
) -> tuple[list[Form], list[Form]]:
    """What can be made of one skeleton, and of two, in the allowed operators.

    With nats by operator that are added to those of the table; what costs infinitely many is left
    out.

    Examples
    --------
    >>> one, two = forms(["exp"], ["add", "mul"])
    >>> Form((P.RATE, P.EXP)) in one, any(f.join == P.DIV for f in two)
    (True, False)
    """
    x, c = var(0), const(0.7)
    samples = {
        **{op: call(name, x) for op, name in enumerate(P.FUNCTIONS)},
        **dict.fromkeys(_SHIFTS, x + c), **dict.fromkeys(_FACTORS, x * c), P.BELOW: c - x,
        P.POWER: x**c, P.ADD: x + x, P.SUB: x - x, P.MUL: x * x, P.DIV: x / x,
        P.WEIGHTED: x + c * x,
    }  # fmt: skip
    can = {op for op, sample in samples.items() if rewrite(sample, unary, binary) is not None}
    one = [Form(chain) for op in (*range(P.ADD), P.POWER) for chain in _chains(op)]
    shifts = (NONE, P.SHIFT)
    two = [Form((), join, (a, b)) for join in (P.MUL, P.DIV) for a in shifts for b in shifts]
    two += [Form((), join) for join in (P.ADD, P.SUB, P.WEIGHTED)]
    allowed = ([f for f in some if can.issuperset(f.operations)] for some in (one, two))
    priced = ([_priced(f, shift or {}) for f in some] for some in allowed)
    one, two = ([f for f in some if f.nats < np.inf] for some in priced)
    return one, two


def _chains(op: int) -> list[tuple[int, ...]]:
    """A function with the constants that are not absorbed by what stands outside."""
    if op == P.NEG:
        return []
    if op in (P.INV, P.SQUARE, P.CUBE):
        return [(op,), (P.SHIFT, op)]
    if op in (P.SQRT, P.LOG, P.POWER):
        return [(op,), (P.ABOVE, op), (P.BELOW, op)]
    if op == P.EXP:
        return [(op,), (P.NEG, op), (P.RATE, op)]
    if op == P.SIN:  # a cosine is a sine with a phase
        return [(op,), (P.TURNS, op), (P.TURNS, P.PHASE, op)]
    if op == P.COS:
        return [(op,), (P.TURNS, op)]
    if op in (P.TANH, P.ATAN, P.ERF):
        return [(op,), (P.WIDTH, op), (P.PLACE, op), (P.PLACE, P.WIDTH, op)]
    if op == P.ABS:
        return [(op,), (P.PLACE, op)]
    return [(op,), (P.WIDTH, op)]
