"""The catalogue by the forms of its families: each with its signs and orders of columns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..expressions.tree import columns, walk
from . import algebra as A
from .catalogue import Family, families
from .form import NoForm, column, form_of

Array = np.ndarray

_EXPONENTIAL = ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh")
_APART = 1.01  # factor by which a parameter is moved, to see which numbers follow
_ONE = np.ones(1)


@dataclass(frozen=True, eq=False)
class Case:
    """A family with signs, and with an order of its columns."""

    family: Family
    place: int
    order: tuple[int, ...]
    values: tuple[float, ...]
    free: tuple[int, ...]
    numbers: Array  # of the form, for these values
    moves: Array  # which of them parameters change

    def at(self, parameters: Array, skeleton: str) -> Array | None:
        """Numbers of the form for parameters of shape (k, S); None where it is another form."""
        full = np.repeat(np.array(self.values)[:, None], parameters.shape[1], axis=1)
        full[list(self.free)] = parameters
        try:
            form = family_form(self.family, self.order, full)
        except NoForm:
            return None
        return np.array(form.numbers) if form.skeleton == skeleton else None


def family_form(family: Family, order: Sequence[int], values: Array) -> A.Fraction:
    """The form of a family whose variables are columns of an order, for values of shape (k, S)."""
    one = np.ones(values.shape[1]) if len(values) else _ONE
    known = {i: column(c, one) for i, c in enumerate(order)}
    n = len(order)
    known |= {n + j: A.number(row + 0j) for j, row in enumerate(values)}
    return form_of(family.node, known, one)


def rivals(form: A.Fraction, n_columns: int) -> Sequence[Case]:
    """Families of a skeleton, fewest parameters first."""
    kind = "exp(" in form.skeleton, "log(" in form.skeleton
    return _index(n_columns, kind).get(form.skeleton, ())


@cache
def _index(n_columns: int, kind: tuple[bool, bool]) -> dict[str, list[Case]]:
    """Families of so many columns, with or without exponentials and logarithms, by skeleton."""
    out: dict[str, list[Case]] = {}
    for place, family in enumerate(families()):
        if len(family.variables) == n_columns and _kind(family) == kind:
            for case, skeleton in cases_of(family, place):
                out.setdefault(skeleton, []).append(case)
    for cases in out.values():
        cases.sort(key=lambda case: (len(case.free), case.place))
    return out


def _kind(family: Family) -> tuple[bool, bool]:
    """Whether exponentials, circular functions among them, and logarithms stand in its form."""
    nodes = list(walk(family.node))
    powers = [n for n in nodes if n.op == "pow"]
    free = [n for n in powers if min(columns(n.children[1]), default=99) < len(family.variables)]
    exps = any(n.op in _EXPONENTIAL for n in nodes) or bool(free)
    logs = any(n.op == "log" for n in nodes) or any(not n.children[0].is_const for n in free)
    return exps, logs


def cases_of(family: Family, place: int) -> Iterator[tuple[Case, str]]:
    for values in family.cases():
        free = tuple(j for j, value in enumerate(values) if value)
        # one setting as it is, one with each parameter moved: which numbers follow?
        settings = np.repeat(np.array(values)[:, None], 1 + len(free), axis=1)
        for k, j in enumerate(free):
            settings[j, 1 + k] *= _APART
        for order in itertools.permutations(range(len(family.variables))):
            try:
                form = family_form(family, order, settings)
            except NoForm:
                continue
            numbers = np.array(form.numbers)
            apart = np.abs(numbers - numbers[:, :1]) > 1e-9 * np.abs(numbers[:, :1])
            moves = apart.any(axis=1)
            yield Case(family, place, order, values, free, numbers[:, 0], moves), form.skeleton
