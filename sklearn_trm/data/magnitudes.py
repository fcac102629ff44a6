"""Extreme magnitudes taken out of a table, and put back into its laws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..expressions.canonical import canonical
from ..expressions.tree import Node, const, var

# Beyond these, squares overflow or constants cannot be started at 1.
_TINY, _HUGE = 1e-12, 1e12


@dataclass(frozen=True)
class Magnitudes:
    """Powers of ten by which columns and target are divided; 1 for all ordinary data.

    Examples
    --------
    >>> X, y = np.array([[1e200], [3e200]]), np.array([2.0, 6.0])
    >>> m = Magnitudes.of(X, y)
    >>> m.x, m.y
    ((1e+200,), 1.0)
    """

    x: tuple[float, ...]
    y: float

    @classmethod
    def of(cls, X: np.ndarray, y: np.ndarray) -> Magnitudes:
        """Measure a table: X of shape (n, d), y of shape (n,)."""
        return cls(tuple(_power_of_ten(column) for column in X.T), _power_of_ten(y))

    @property
    def ordinary(self) -> bool:
        """True where nothing is rescaled."""
        return self.y == 1.0 and all(s == 1.0 for s in self.x)

    @property
    def moderate(self) -> bool:
        """True where fits in the original units stay well inside float64."""
        return all(1e-60 < s < 1e60 for s in (*self.x, self.y))

    def scale_x(self, X: np.ndarray) -> np.ndarray:
        return X if self.ordinary else X / np.array(self.x)

    def columns(self, kept: Sequence[int]) -> Magnitudes:
        """Of some of the columns."""
        return Magnitudes(tuple(self.x[j] for j in kept), self.y)

    def undone(self) -> Magnitudes:
        """Of the same columns where nothing is rescaled."""
        return Magnitudes((1.0,) * len(self.x), 1.0)

    def restore(self, law: Node) -> Node:
        """The law of the rescaled table, written for the original one."""

        def rebuild(n: Node) -> Node:
            if n.is_var and self.x[n.column] != 1.0:
                return const(1.0 / self.x[n.column]) * var(n.column)
            return Node(n.op, tuple(map(rebuild, n.children)), n.value) if n.children else n

        law = rebuild(law)
        return law if self.y == 1.0 else const(self.y) * law

    def in_user_units(self, law: Node) -> Node:
        """As `restore`, with the powers of ten multiplied into the law's own numbers."""
        return law if self.ordinary else canonical(self.restore(law))


def _power_of_ten(values: np.ndarray) -> float:
    top = float(np.max(np.abs(values)))
    if top == 0.0 or _TINY <= top <= _HUGE:
        return 1.0
    return 10.0 ** int(np.clip(round(math.log10(top)), -300, 300))
