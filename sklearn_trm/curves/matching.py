"""Can a family's numbers be those of a law? Least squares on the numbers of one form.

Where the skeletons of law and family agree, the numbers of the family's form are a function of
its parameters. Most are products of powers of these, so that logarithms are solved in a step.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from ..expressions.tree import Node
from . import algebra as A
from .cases import Case, rivals
from .catalogue import Family
from .form import column, form_of

Array = np.ndarray

_SAME = 1e-7  # relative error of a number that is no other one: laws are fitted to this
_ROUNDING = 1e-13  # of the same: as near as it gets
_FIXED = 1e-6  # of a number that no parameter moves, before any is solved for
_STEP = 1e-6  # of a parameter, for slopes
_MOST_STEPS = 40
_MOST_DAMPING = 1e6
_LARGE = 1e100  # of a residual
_DRAWS, _SPREAD = 64, 1.0  # settings that a start is chosen from, in logarithms
_AT_BEST = 0.01  # share of the squares that another step could take away
_STARTS = 3  # cases of signs that a family is solved from
_ELSEWHERE = 0.137  # of a range: how far a column is moved, to see whether a family follows
_ONE = np.ones(1)


def law_form(node: Node, places: Sequence[float]) -> A.Fraction:
    """The form of a law of columns that are counted from places."""
    known = {}
    for i, place in enumerate(places):
        known[i] = column(i, _ONE)
        if place:
            known[i] = A.add(known[i], A.number(place * _ONE + 0j))
    return form_of(node, known, _ONE)


def solutions(
    form: A.Fraction, n_columns: int, moved: tuple[int, ...] = (), only: Family | None = None
) -> Iterator[tuple[Case, tuple[float, ...]]]:
    """Families that are a law, fewest parameters first, each with their values."""
    target = np.array(form.numbers)[:, 0]
    for _, group in itertools.groupby(rivals(form, n_columns), lambda c: (len(c.free), c.place)):
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


def _nearest(cases: list[Case], target: Array) -> list[Case]:
    """The cases that the numbers of a law are nearest to, of those that it may be."""
    near: list[tuple[float, int, Case]] = []
    for case in cases:
        apart = np.abs(case.numbers - target) > _FIXED * np.abs(target)
        if not (apart & ~case.moves).any():
            near.append((float(np.abs(_ratio(case.numbers, target)).sum()), len(near), case))
    return [case for *_, case in sorted(near)[:_STARTS]]


def _ratio(numbers: Array, target: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.log(numbers / target))


def _solved(case: Case, skeleton: str, target: Array) -> tuple[float, ...] | None:
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


def _start(case: Case, skeleton: str, target: Array, start: Array) -> Array | None:
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


def _least_squares(case: Case, skeleton: str, target: Array, start: Array) -> Array | None:
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


@cache
def follows(family: Family, order: tuple[int, ...], moved: int) -> bool:
    """Whether a family is the same one when a column is counted from another place."""
    law = family.law()
    width = [high - low for low, high in family.ranges]
    places = [0.0] * len(order)
    own = order.index(moved)
    places[own] = _ELSEWHERE * width[own]
    try:
        form = law_form(law, places)
    except A.NoForm:
        return False
    # the family's own columns are in order here, whatever the law's are
    return any(True for _ in solutions(form, len(order), only=family))
