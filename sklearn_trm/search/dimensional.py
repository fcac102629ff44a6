"""Dimensional analysis: what units say of a law before any scan (Buckingham 1914).

Where numbers have no units, a law with the unit of its target is a product of powers of some
columns times a function of products without unit. So the search sees a table of fewer columns;
no smooth surface has to show that, and noise cannot hide it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from ..expressions.tree import Node, const, var
from ..rules.units import Dimension
from ..task.budget import Budget
from ..task.problem import Problem
from ..task.timeline import Timeline
from .builders import product
from .claims import Claims
from .ranking import Ranking
from .reduction.symmetry import Reduction
from .search import Search

Candidates = Iterator[Node | None]

_END: Any = object()
_LEAST = 1e-4  # seconds of an item, so that both have their turn


def by_units(
    X: np.ndarray, y: np.ndarray, columns: Sequence[Dimension], target: Dimension
) -> Reduction | None:
    """The table without units; None where there is nothing to reduce.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    columns : sequence of Dimension
        One a column.
    target : Dimension

    Examples
    --------
    >>> from sklearn_trm.rules.units import dimension
    >>> X = np.random.default_rng(0).uniform(1, 3, (20, 3))
    >>> y = X[:, 0] * np.exp(X[:, 1] * X[:, 2] / X[:, 0])
    >>> length, speed, time = map(dimension, ("m", "m/s", "s"))
    >>> found = by_units(X, y, (length, speed, time), length)
    >>> found.X.shape, str(found.restore(var(0)))
    ((20, 1), 'x0*(x1*x2/x0)')
    """
    table = _echelon(X, columns, target)
    if table is None:
        return None
    rows, pivots = table
    keep = [j for j in range(len(columns)) if j not in pivots]
    if not pivots:
        return None
    powers = []  # of the columns, in each product without unit
    for k in keep:
        own = {k: 1.0} | {p: -float(row[k]) for row, p in zip(rows, pivots, strict=True)}
        powers.append({j: e for j, e in own.items() if e})
    factor = {p: float(row[-1]) for row, p in zip(rows, pivots, strict=True) if row[-1]}
    with np.errstate(all="ignore"):
        Xr = np.array([_monomial(X, each) for each in powers]).reshape(len(keep), len(X)).T
        values = y / _monomial(X, factor)
    if not (np.isfinite(Xr).all() and np.isfinite(values).all()):
        return None
    nodes = tuple(product(1.0, [(var(j), e) for j, e in sorted(p.items())]) for p in powers)
    return Reduction(Xr, values, nodes, tuple((var(j), e) for j, e in factor.items()))


def _monomial(X: np.ndarray, powers: dict[int, float]) -> np.ndarray:
    out = np.ones(len(X))
    for j, e in powers.items():
        out *= X[:, j] ** e
    return out


def _echelon(
    X: np.ndarray, columns: Sequence[Dimension], target: Dimension
) -> tuple[list[list[Fraction]], list[int]] | None:
    """Independent units as rows of exponents (columns, then target), and their pivots.

    None where the columns cannot make the unit of the target.
    """
    positive = np.min(X, axis=0) > 0
    todo = [list(exponents) for exponents in zip(*columns, target, strict=True)]
    rows: list[list[Fraction]] = []
    pivots: list[int] = []
    for row in todo:
        for done, p in zip(rows, pivots, strict=True):
            row = [a - row[p] * b for a, b in zip(row, done, strict=True)]
        able = [j for j in range(len(columns)) if row[j]]
        if not able:
            if row[-1]:
                return None
            continue
        pivot = min(able, key=lambda j: (not positive[j], abs(row[j]) != 1))
        row = [a / row[pivot] for a in row]
        rows = [[a - done[pivot] * b for a, b in zip(done, row, strict=True)] for done in rows]
        rows.append(row)
        pivots.append(pivot)
    return rows, pivots


def search_of(problem: Problem, ranking: Ranking | None = None) -> Search:
    """The search for a problem: where its units take columns out, also without them."""
    units = problem.rules.units(problem.X.shape[1])
    reduction = None if units is None else by_units(problem.X, problem.y, *units)
    if reduction is None:
        return Search(problem, ranking)
    return UnitSearch(problem, reduction, ranking)


class UnitSearch(Search):
    """A `Search` that looks at the table without units as long as at the table itself.

    Parameters
    ----------
    problem : Problem
        The table with units.
    reduction : Reduction
        By its units.
    ranking : Ranking, optional
        As of `Search`.
    """

    def __init__(
        self, problem: Problem, reduction: Reduction, ranking: Ranking | None = None
    ) -> None:
        super().__init__(problem, ranking)
        self._reduction = reduction
        with np.errstate(all="ignore"):
            square = (problem.y / reduction.values) ** 2
        weight = problem.weight
        if reduction.factor and (square > 0).any():  # rows without a value weigh nothing
            square = np.where(np.isfinite(square), square, 0.0)
            weight = square if weight is None else weight * square
            weight = weight / weight.mean()
        self._without = Search(
            Problem(
                reduction.X, reduction.values, weight, problem.unary, problem.binary,
                problem.max_complexity, problem.rng,
            )
        )  # fmt: skip

    def note_turns(self, timeline: Timeline | None, where: str = "") -> None:
        super().note_turns(timeline, where)
        self._without.note_turns(timeline, where + "without units: ")

    def share(self, claims: Claims | None) -> None:
        super().share(claims)
        self._without.share(None if claims is None else replace(claims, place="without units"))

    def let_go(self) -> None:
        super().let_go()
        self._without.let_go()

    def run(self, budget: Budget | None = None) -> Candidates:
        """Laws of the table with units; arguments as of `Search.run`."""
        self.state.begin(Budget() if budget is None else budget)
        without, restore = self._without, self._reduction.restore
        yield restore(const(float(np.mean(without.problem.y))))
        laws = {search: Search.run(search, self.state.budget) for search in (self, without)}
        spent = dict.fromkeys(laws, 0.0)
        without.state.begin(self.state.budget)
        while self in laws or without in laws:
            turn = min(laws, key=spent.__getitem__)
            begin = turn.state.clock()
            law = next(laws[turn], _END)
            spent[turn] += max(turn.state.clock() - begin, _LEAST)
            if law is _END:
                del laws[turn]
                if turn.exact is not None or self.state.budget.passed():
                    return
            else:
                yield restore(law) if turn is without and isinstance(law, Node) else law
