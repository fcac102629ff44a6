"""The name of a law: the family whose numbers can be chosen so that it is the law.

Law and family are brought into one form (`form`). Where the skeletons agree, the numbers of the
family's form are a function of its parameters, and least squares asks whether they can be those
of the law. The family with the fewest parameters names it: a line is a straight line, though many
curves could be one.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from ..expressions.tree import Node, columns, map_columns, walk
from . import algebra as A
from .catalogue import Family, families
from .form import NoForm, column, form_of

Array = np.ndarray

MOST_COLUMNS = 3
_SAME = 1e-7  # relative error of a number that is no other one: laws are fitted to this
_ROUNDING = 1e-13  # of the same: as near as it gets
_FIXED = 1e-6  # of a number that no parameter moves, before any is solved for
_STEP = 1e-6  # of a parameter, for slopes
_MOST_STEPS = 40
_MOST_DAMPING = 1e6
_EXTREME = 18.0  # logarithm of a number that tells of a column far from its origin
_LARGE = 1e100  # of a residual
_DRAWS, _SPREAD = 64, 1.0  # settings that a start is chosen from, in logarithms
_AT_BEST = 0.01  # share of the squares that another step could take away
_STARTS = 3  # cases of signs that a family is solved from
_HELD_OUT = 4  # one group of equal forms in so many is kept for judging
_EXPONENTIAL = ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh")
_ONE = np.ones(1)


@dataclass(frozen=True)
class Named:
    """A family, and what makes it a law.

    Attributes
    ----------
    family : Family
    parameters : dict of str to float
        By the family's symbols.
    columns : tuple of int
        The column that each of the family's variables is.
    places : tuple of float
        What is taken off each column first, as a year that time is counted from.
    others : tuple of str
        Main names of other families of the same form.
    """

    family: Family
    parameters: dict[str, float]
    columns: tuple[int, ...]
    places: tuple[float, ...]
    others: tuple[str, ...]

    @property
    def name(self) -> str:
        """The main name."""
        return self.family.name


@dataclass(frozen=True, eq=False)
class _Case:
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


def name_of(law: Node) -> str | None:
    """The name of a law; None where the catalogue has none for it.

    Parameters
    ----------
    law : Node

    Examples
    --------
    >>> from ..expressions.text import parse
    >>> name_of(parse("4/(3.1/x0 + 1)"))
    'Michaelis-Menten'
    >>> name_of(parse("2.5*(x3 - 1990) + 12"))
    'straight line'
    >>> name_of(parse("7/exp(atan(x0))")) is None
    True
    """
    found = recognised(law)
    return None if found is None else found.name


@lru_cache(256)
def recognised(law: Node) -> Named | None:
    """The family of a law, with its numbers; None where the catalogue has none for it.

    Examples
    --------
    >>> from ..expressions.text import parse
    >>> found = recognised(parse("92/(1 + exp(-0.42*(x0 - 1998)))"))
    >>> found.name, found.places, round(found.parameters["r"], 6)
    ('logistic growth', (1998.0,), 0.42)
    """
    used = columns(law)
    if not 1 <= len(used) <= MOST_COLUMNS:
        return None
    node = map_columns(law, {c: i for i, c in enumerate(used)})
    for places, form in _forms(node, len(used)):
        moved = tuple(i for i, place in enumerate(places) if place)
        solved = next(_solutions(form, len(used), moved), None)
        if solved is not None:
            case, values = solved
            return Named(
                case.family,
                dict(zip(case.family.parameters, values, strict=True)),
                tuple(used[c] for c in case.order),
                tuple(places[c] for c in case.order),
                equals(case),
            )
    return None


def _forms(node: Node, n_columns: int) -> Iterator[tuple[tuple[float, ...], A.Fraction]]:
    """The law as it is, and about its references; these first where numbers are extreme else."""
    out = []
    for places in dict.fromkeys(((0.0,) * n_columns, _places(node, n_columns))):
        try:
            out.append((places, law_form(node, places)))
        except NoForm:
            continue
    if len(out) == 2 and _is_extreme(out[0][1]) and not _is_extreme(out[1][1]):
        out.reverse()
    yield from out


def _is_extreme(form: A.Fraction) -> bool:
    return float(np.abs(np.log(np.abs(np.array(form.numbers)))).max()) > _EXTREME


def law_form(node: Node, places: Sequence[float]) -> A.Fraction:
    """The form of a law of columns that are counted from places."""
    known = {}
    for i, place in enumerate(places):
        known[i] = column(i, _ONE)
        if place:
            known[i] = A.add(known[i], A.number(place * _ONE + 0j))
    return form_of(node, known, _ONE)


def _places(node: Node, n_columns: int) -> tuple[float, ...]:
    """References in a law, as the 1998 in ``x0 - 1998``; 0 where there is none."""
    found = [0.0] * n_columns
    for n in walk(node):
        if n.op not in ("add", "sub"):
            continue
        for side, other in ((0, 1), (1, 0)):
            x, c = n.children[side], n.children[other]
            slope = 1.0
            if x.op == "mul" and x.children[0].is_const and x.children[0].value:
                slope, x = x.children[0].value, x.children[1]
            if x.is_var and c.is_const and not found[x.column]:
                found[x.column] = c.value / slope * (1.0 if n.op == "sub" else -1.0)
    return tuple(found)


def _solutions(
    form: A.Fraction, n_columns: int, moved: tuple[int, ...] = (), only: Family | None = None
) -> Iterator[tuple[_Case, tuple[float, ...]]]:
    """Families that are a law, fewest parameters first, each with their values."""
    target = np.array(form.numbers)[:, 0]
    rivals = _rivals(form, n_columns)
    for _, group in itertools.groupby(rivals, lambda c: (len(c.free), c.place)):
        cases = list(group)
        if only is not None and cases[0].family is not only:
            continue
        if moved and not all(follows(cases[0].family, cases[0].order, c) for c in moved):
            continue
        for case in _nearest(cases, target):
            values = _solved(case, form.skeleton, target)
            if values is not None:
                yield case, values
                break


def _nearest(cases: list[_Case], target: Array) -> list[_Case]:
    """The cases that the numbers of a law are nearest to, of those that it may be."""
    near = []
    for case in cases:
        apart = np.abs(case.numbers - target) > _FIXED * np.abs(target)
        if not (apart & ~case.moves).any():
            near.append((float(np.abs(_ratio(case.numbers, target)).sum()), len(near), case))
    return [case for *_, case in sorted(near)[:_STARTS]]


def _ratio(numbers: Array, target: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.log(numbers / target))


def _solved(case: _Case, skeleton: str, target: Array) -> tuple[float, ...] | None:
    """Values of the parameters with which the form has these numbers."""
    out = np.array(case.values)
    if not case.free:
        return tuple(out)
    free = list(case.free)
    start = out[free]
    found = None
    if not _turned(case.numbers[:, None], target)[0] or case.family.angles:
        found = _least_squares(case, skeleton, target, start)
    if found is None:
        better = _start(case, skeleton, target, start)
        found = None if better is None else _least_squares(case, skeleton, target, better)
    if found is None:
        return None
    out[free] = found
    return tuple(out.tolist())


def _turned(numbers: Array, target: Array) -> Array:
    """Where a number has another sign than the law's: no logarithm leads from one to the other."""
    return np.asarray((numbers.real * target.real[:, None] < 0.0).any(axis=0))


def _start(case: _Case, skeleton: str, target: Array, start: Array) -> Array | None:
    """Of many settings of the parameters the one that is nearest to a law, with its signs."""
    draws = np.random.default_rng(0).standard_normal((len(start), _DRAWS))
    settings = start[:, None] * np.exp(draws * _SPREAD)
    settings[:, 0] = start  # decides about the order of terms
    numbers = case.at(settings, skeleton)
    if numbers is None:
        return None
    apart = np.abs(_ratio(numbers[case.moves], target[case.moves, None])).sum(axis=0)
    apart[_turned(numbers, target) | ~np.isfinite(apart)] = np.inf
    apart[0] = np.inf  # it was tried
    best = int(np.argmin(apart))
    return settings[:, best] if np.isfinite(apart[best]) else None


def _least_squares(
    case: _Case, skeleton: str, target: Array, start: Array
) -> Array | None:
    """Levenberg and Marquardt's, on logarithms of parameters (which keep their signs) and numbers.

    Most numbers are products of powers of the parameters: their logarithms are solved at once.
    """
    angle = np.array([case.family.parameters[j] in case.family.angles for j in case.free])
    steps = np.concatenate([np.zeros((len(start), 1)), _STEP * np.eye(len(start))], axis=1)
    goal = target[case.moves, None]
    # a number far from 1 is one of many factors: its logarithm may be further off than others
    size = np.tile(1.0 + np.abs(np.log(np.abs(goal))), (2, 1))

    def values(q: Array) -> Array:
        return np.where(angle[:, None], start[:, None] + q, start[:, None] * np.exp(q))

    def residuals(q: Array) -> Array | None:
        numbers = case.at(values(q[:, None] + steps), skeleton)
        if numbers is None:
            return None
        ratio = _ratio(numbers[case.moves], goal)
        r = np.concatenate([ratio.real, ratio.imag]) / size
        return r if (np.abs(r) < _LARGE).all() else None

    q, damping = np.zeros(len(start)), 1e-3
    with np.errstate(all="ignore"):
        r = residuals(q)
        for _ in range(_MOST_STEPS):
            if r is None or float(np.abs(r[:, 0]).max()) < _ROUNDING:
                break
            J, before = (r[:, 1:] - r[:, :1]) / _STEP, float(r[:, 0] @ r[:, 0])
            H, g = J.T @ J, J.T @ r[:, 0]
            H[np.diag_indices_from(H)] += damping * np.diag(H) + 1e-300
            step = np.linalg.lstsq(H, -g, rcond=None)[0]
            if damping <= 1e-3 and -float(g @ step) < _AT_BEST * before:
                break  # it cannot come nearer
            step *= 4.0 / max(4.0, float(np.max(np.abs(step))))
            new = residuals(q + step)
            if new is not None and float(new[:, 0] @ new[:, 0]) < before:
                q, r, damping = q + step, new, damping * 0.1
            elif (damping := damping * 10.0) > _MOST_DAMPING:
                break
        if r is None or float(np.abs(r * size)[:, 0].max()) > _SAME:
            return None
        return values(q[:, None])[:, 0]


def _rivals(form: A.Fraction, n_columns: int) -> Sequence[_Case]:
    """Families of a skeleton, fewest parameters first."""
    kind = "exp(" in form.skeleton, "log(" in form.skeleton
    return _index(n_columns, kind).get(form.skeleton, ())


@cache
def _index(n_columns: int, kind: tuple[bool, bool]) -> dict[str, list[_Case]]:
    """Families of so many columns, with or without exponentials and logarithms, by skeleton."""
    out: dict[str, list[_Case]] = {}
    for place, family in enumerate(families()):
        if len(family.variables) == n_columns and _kind(family) == kind:
            for case, skeleton in _cases(family, place):
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


def _cases(family: Family, place: int) -> Iterator[tuple[_Case, str]]:
    for values in family.cases():
        free = tuple(j for j, value in enumerate(values) if value)
        # one setting as it is, one with each parameter moved: which numbers follow?
        settings = np.repeat(np.array(values)[:, None], 1 + len(free), axis=1)
        for k, j in enumerate(free):
            settings[j, 1 + k] *= 1.01
        for order in itertools.permutations(range(len(family.variables))):
            try:
                form = family_form(family, order, settings)
            except NoForm:
                continue
            numbers = np.array(form.numbers)
            apart = np.abs(numbers - numbers[:, :1]) > 1e-9 * np.abs(numbers[:, :1])
            moves = apart.any(axis=1)
            yield _Case(family, place, order, values, free, numbers[:, 0], moves), form.skeleton


@cache
def follows(family: Family, order: tuple[int, ...], moved: int) -> bool:
    """Whether a family is the same one when a column is counted from another place."""
    law = family.law()
    width = [high - low for low, high in family.ranges]
    places = [0.0] * len(order)
    own = order.index(moved)
    places[own] = 0.137 * width[own]
    try:
        form = law_form(law, places)
    except NoForm:
        return False
    # the family's own columns are in order here, whatever the law's are
    return any(True for _ in _solutions(form, len(order), only=family))


@cache
def equals(case: _Case) -> tuple[str, ...]:
    """Main names of the other families that are the same form, with as many numbers."""
    form = family_form(case.family, case.order, np.array(case.values)[:, None])
    out = []
    for other, _ in _solutions(form, len(case.order)):
        if len(other.free) > len(case.free):
            break
        if other.family is not case.family and other.family.name not in out:
            out.append(other.family.name)
    return tuple(out)


def held_out(family: Family) -> bool:
    """Whether a family is kept for judging: nothing may be trained on it.

    The name of the first family of the same skeleton decides, so that no equal form is on the
    other side.

    Examples
    --------
    >>> kept = [family.name for family in families() if held_out(family)]
    >>> 0.1 < len(kept) / len(families()) < 0.4
    True
    """
    order = tuple(range(len(family.variables)))
    form = family_form(family, order, np.array(family.typical)[:, None])
    first = min(_rivals(form, len(order)), key=lambda case: case.place)
    return zlib.crc32(first.family.name.encode()) % _HELD_OUT == 0
