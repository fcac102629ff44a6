"""What a user knows of the law's shape: how it grows, and its symmetries.

Both are looked at in numbers, on rows of the table and on a grid through their columns: no law
that fails there is kept, but a law that passes is not proved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..expressions.evaluate import evaluate
from ..expressions.tree import Node, columns
from .constraints import Constraints

_ROWS, _GRID = 48, 17  # rows that are looked at; places of each column
_TOLERANCE = 1e-7  # of the law's size: smaller differences are rounding


@dataclass(frozen=True, eq=False)
class Shape:
    """Whether a law grows and mirrors as it is known to: a predicate.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    monotonic : dict of int to int
        1 for columns in which the law never falls, -1 where it never rises.
    mirrors : sequence of (int, int)
        Columns with 1 where the law is even in them, -1 where it is odd.
    exchanges : sequence of (int, int)
        Columns that may change places.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> known = Shape(np.array([[1.0], [2.0], [3.0]]), {0: 1}, [(0, 1)], [])
    >>> known(parse("x0**2")), known(parse("5 - x0**2")), known(parse("exp(x0)"))
    (True, False, False)
    """

    X: np.ndarray
    monotonic: dict[int, int]
    mirrors: Sequence[tuple[int, int]]
    exchanges: Sequence[tuple[int, int]]

    def __repr__(self) -> str:
        return f"Shape({self.monotonic}, {self.mirrors}, {self.exchanges})"

    def __call__(self, law: Node) -> bool:
        with np.errstate(all="ignore"):
            values = evaluate(law, self.X)
            fine = values[np.isfinite(values)]
            slack = _TOLERANCE * (float(np.max(np.abs(fine))) if fine.size else 0.0)
            used = columns(law)
            return (
                all(self._grows(law, j, s, slack) for j, s in self.monotonic.items() if j in used)
                and all(self._mirrors(law, values, j, s, slack) for j, s in self.mirrors)
                and all(self._exchanges(law, values, i, j, slack) for i, j in self.exchanges)
            )

    def _grows(self, law: Node, j: int, sign: int, slack: float) -> bool:
        """On the rows in the order of a column's places, from its least to its largest value.

        Places where the law is undefined are passed over.
        """
        places = np.linspace(self.X[:, j].min(), self.X[:, j].max(), _GRID)
        table = np.repeat(self.X, _GRID, axis=0)
        table[:, j] = np.tile(places, len(self.X))
        steps = sign * np.diff(evaluate(law, table).reshape(len(self.X), _GRID), axis=1)
        return not bool((steps < -slack).any())

    def _mirrors(self, law: Node, values: np.ndarray, j: int, sign: int, slack: float) -> bool:
        table = self.X.copy()
        table[:, j] *= -1.0
        return _same(evaluate(law, table), sign * values, slack)

    def _exchanges(self, law: Node, values: np.ndarray, i: int, j: int, slack: float) -> bool:
        table = self.X.copy()
        table[:, [i, j]] = table[:, [j, i]]
        return _same(evaluate(law, table), values, slack)


def _same(a: np.ndarray, b: np.ndarray, slack: float) -> bool:
    fine = np.isfinite(b)
    return bool((np.abs(a[fine] - b[fine]) <= slack).all())  # False for nan


def read_shape(limits: Constraints, names: Sequence[str], X: np.ndarray) -> Shape | None:
    """The predicate for what `Constraints` says of a law's shape; None where it says nothing.

    Raises
    ------
    DataError
        If it names no column.
    """
    place = {str(name): j for j, name in enumerate(names)}

    def column(name: str) -> int:
        if name not in place:
            known = ", ".join(list(place)[:20])
            raise DataError(f"the constraints name {name!r}; columns are {known}")
        return place[name]

    monotonic = {column(name): sign for name, sign in (limits.monotonic or {}).items()}
    mirrors = [(column(name), 1) for name in limits.even]
    mirrors += [(column(name), -1) for name in limits.odd]
    exchanges = [(column(pair[0]), column(pair[1])) for pair in limits.exchange]
    if not (monotonic or mirrors or exchanges):
        return None
    rows = np.linspace(0, len(X) - 1, min(len(X), _ROWS)).astype(int)
    return Shape(np.asarray(X, dtype=float)[rows], monotonic, mirrors, exchanges)
