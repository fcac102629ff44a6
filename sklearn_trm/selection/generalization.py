"""What a law would do on the next row: beside the rows that it was fitted to, or without one.

A law that is undefined or explodes on the next row is worth nothing, however small its
error here. Rows of the table with a column or two moved towards those of another row
stand for the next row; what the values there exceed the range of ``y`` by counts as error.
And where a constant hangs on a single row, the error on that row is no evidence: it is
replaced by the error that the law would make there without it (PRESS, Allen 1974).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..expressions.evaluate import Program, evaluate
from ..expressions.roles import references
from ..expressions.tree import Node
from ..objectives.objective import Objective

Array = np.ndarray

ROWS = 512
_SOME = 5000  # rows of a larger table that are left out in turn
_BEYOND = 0.05  # how far rows go beyond the range of a column, as a share of the way
_ROOM = 2.0  # how many half ranges of y values may lie beyond its range
_LEAST, _FEWEST = 0.3, 12  # rows that always count: a share of them, and so many
_MOST_LEVERAGE = 0.95
_MOST = 20.0  # largest factor on a loss: a far better law may have its poles


@np.errstate(all="ignore")
def left_out(law: Node, X: Array, y: Array, weight: Array | None = None) -> float:
    """By how much the loss grows if each row is predicted from the others, to first order.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> X = np.array([[1.0], [2.0], [3.0], [0.01]])
    >>> y = np.array([1.0, 2.1, 2.9, 5.0])
    >>> left_out(parse("1*x0 - 0.05/x0"), X, y) > 5 * left_out(parse("1*x0"), X, y)
    True
    """
    program = Program(law)
    values, jac = program.values_and_jacobian(X, program.constants)
    root = np.ones(len(y)) if weight is None else np.sqrt(weight)
    residual, jac = (y - values) * root, jac * root
    size = np.sqrt(np.einsum("kn,kn->k", jac, jac))
    whole = float(residual @ residual)
    if not len(jac) or not np.isfinite(size).all() or not whole > 0:
        return 1.0
    alone = residual / np.maximum(1.0 - _leverage(jac, size), 0.02)
    return float(min(alone @ alone / whole, _MOST))


def _leverage(jac: Array, size: Array) -> Array:
    """What the own value of each row weighs in a fit of this Jacobian, its rows of these sizes."""
    _, s, vt = np.linalg.svd(jac / np.where(size > 0, size, 1.0)[:, None], full_matrices=False)
    return np.asarray(np.sum(vt[s > 1e-8 * s[0]] ** 2, axis=0))


def losses_left_out(laws: Sequence[Node], objective: Objective) -> list[Array]:
    """Loss of each row (of a longer table some), predicted from the others, to first order.

    What a law would be there follows from the leverage of the row in the (weighted) fit of its
    constants (PRESS, Allen 1974). Rows that have weight 0 beside one of the laws are left out, so
    that each law is asked about the same ones.
    """
    working = [objective.working_target(law) for law in laws]
    weighed = [weight > 0 for _, weight in working if weight is not None]
    rows = np.flatnonzero(np.all(weighed, axis=0)) if weighed else np.arange(len(working[0][0]))
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _SOME)).astype(int))]
    return [
        _left_out(law, objective, rows, target[rows], None if weight is None else weight[rows])
        for law, (target, weight) in zip(laws, working, strict=True)
    ]


@np.errstate(all="ignore")
def _left_out(
    law: Node, objective: Objective, rows: Array, target: Array, weight: Array | None
) -> Array:
    program = Program(law)
    values, jac = program.values_and_jacobian(objective.X[rows], program.constants)
    held = references(law)
    fitted = [i for i in range(len(jac)) if i not in held]
    jac = np.nan_to_num(jac[fitted], posinf=0.0, neginf=0.0)
    jac = jac if weight is None else jac * np.sqrt(weight)
    leverage = np.zeros(len(rows))
    size = np.sqrt(np.einsum("kn,kn->k", jac, jac))
    if (size > 0).any():
        leverage = np.minimum(_leverage(jac, size), _MOST_LEVERAGE)
    alone = values - leverage / (1.0 - leverage) * (target - values)
    return objective.each(law, alone, rows)


def kurtosis(law: Node, X: Array, y: Array, weight: Array | None = None) -> float:
    """How much of a law's squared errors a few rows make: 3 for normal errors, nan for none."""
    with np.errstate(all="ignore"):
        square = (evaluate(law, X) - y) ** 2 * (1.0 if weight is None else weight)
        square = square / square.max()
        return float(len(y) * (square @ square) / square.sum() ** 2)


def rows_that_count(law: Node, X: Array, y: Array, weight: Array | None = None) -> int:
    """How many rows decide about the error of a law.

    Where a few rows make most of the error, as noise does that grows with ``y``, a better
    fit of those few is less evidence than of all. For normal errors this is every row, and so
    it is of a short table: its kurtosis says nothing.
    """
    with np.errstate(all="ignore"):
        count = 3.0 * len(y) / kurtosis(law, X, y, weight)
    return round(min(max(count, _LEAST * len(y), _FEWEST), len(y))) if count > 0 else len(y)


class NextRow:
    """What is known about the row after those of a table.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional
    exact : float
        Loss of a law that needs no doubt.
    """

    def __init__(self, X: Array, y: Array, weight: Array | None = None, exact: float = 0.0) -> None:
        part = np.unique(np.linspace(0, len(y) - 1, _SOME).astype(int))
        self.around, self._exact = Surroundings(X, y), exact
        self.X, self.y = X[part], y[part]
        self.weight = None if weight is None else weight[part]

    def risk(self, law: Node, loss: float, values: Callable[[Array], Array] | None = None) -> float:
        """Factor of the loss of a law that would fail there; 1 for an exact law.

        `values` executes the law on rows, where there is a quicker way than `evaluate`.
        """
        if not self._exact < loss < np.inf:
            return 1.0
        alone = left_out(law, self.X, self.y, self.weight)
        return self.beside(law, loss, values) * alone

    def beside(
        self, law: Node, loss: float, values: Callable[[Array], Array] | None = None
    ) -> float:
        """The part of `risk` that lies on rows beside those of the table."""
        if not self._exact < loss < np.inf:
            return 1.0
        return self.around.factor(values or (lambda Z: evaluate(law, Z)), loss)


class Surroundings:
    """Rows around a table.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)

    Attributes
    ----------
    X : ndarray of shape (ROWS, d)

    Examples
    --------
    >>> X = np.linspace(-1.0, 2.0, 31)[:, None]
    >>> around = Surroundings(X, X[:, 0])
    >>> around.factor(lambda Z: Z[:, 0] * 1.01, 0.01)
    1.0
    >>> around.factor(lambda Z: Z[:, 0] + 1e-3 / Z[:, 0] ** 2, 0.01) > 1.5
    True
    """

    def __init__(self, X: Array, y: Array) -> None:
        rng = np.random.default_rng(17)
        n, d = X.shape
        i, j = rng.integers(n, size=(2, ROWS))
        moved = rng.random((ROWS, d)) < 1.5 / max(d, 1)
        if d:
            moved[np.arange(ROWS), rng.integers(d, size=ROWS)] = True
        share = rng.uniform(0.0, 1.0 + _BEYOND, (ROWS, 1))
        whole = (np.round(X) == X).all(axis=0)  # counts and labels are not divided
        share = np.where(whole, 1.0, share)
        Z = X[i] + np.where(moved, share, 0.0) * (X[j] - X[i])
        # no column leaves the side of zero on which it is
        low, high = X.min(axis=0), X.max(axis=0)
        Z = np.where(low >= 0, np.maximum(Z, low / 2), Z)
        self.X = np.where(high <= 0, np.minimum(Z, high / 2), Z)
        self._middle = 0.5 * (float(y.max()) + float(y.min()))
        self._half = 0.5 * (float(y.max()) - float(y.min()))

    def factor(self, values: Callable[[Array], Array], loss: float) -> float:
        """By what to multiply the loss of a law with these `values`; 1 for a tame law."""
        with np.errstate(all="ignore"):
            beyond = np.abs(values(self.X) - self._middle) / self._half - 1.0 - _ROOM
            beyond = np.where(np.isnan(beyond), 1.0, np.clip(beyond, 0.0, 1e3))
            extra = float(np.mean(beyond**2)) * self._half**2
            return float(min(1.0 + extra / max(loss, 1e-300), _MOST)) if extra > 0 else 1.0
