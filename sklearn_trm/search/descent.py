"""Levenberg-Marquardt for many small laws: a few compiled iterations on a few hundred rows.

`constants.fit_constants` is exact and careful; this is its quick brother for a search
that looks at hundreds of laws a second and keeps a few. Laws are short instruction
lists on registers; values, derivatives and the normal equations are one compiled loop.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np

from ..expressions.constants import fit_constants
from ..expressions.evaluate import evaluate
from ..expressions.tree import Node, const, var, with_constants
from ..selection.chance import enough_rows
from .compiling import compiled
from .instructions import (
    CONST,
    VAR,
    first_slope,
    freedom,
    instructions,
    is_known,
    second_slope,
    value,
)
from .kernels import damped_step, normal_equations

Array = np.ndarray

MOST_CONSTANTS = 24
_NEARLY = 1e-12  # share of the mean square that a careful fit may take to nothing
_ROWS, _STEPS = 256, 30  # of the fits that tell promising laws from others


@compiled
def _forward(code, XT, c, R):  # pragma: no cover - compiled
    """Values `R` of all registers."""
    n = R.shape[1]
    for i in range(len(code)):
        op, p, q = code[i, 0], code[i, 1], code[i, 2]
        if op == VAR:
            for k in range(n):
                R[i, k] = XT[p, k]
        elif op == CONST:
            for k in range(n):
                R[i, k] = c[p]
        else:
            for k in range(n):
                R[i, k] = value(op, R[p, k], R[q, k])


@compiled
def _backward(code, R, moves, A):  # pragma: no cover - compiled
    """Adjoints `A` of all registers that depend on a constant."""
    n = R.shape[1]
    A[:] = 0.0
    A[len(code) - 1] = 1.0
    for i in range(len(code) - 1, -1, -1):
        op, p, q = code[i, 0], code[i, 1], code[i, 2]
        if op < 0 or not moves[i]:
            continue
        if moves[p]:
            for k in range(n):
                A[p, k] += A[i, k] * first_slope(op, R[i, k], R[p, k], R[q, k])
        if q != p and moves[q]:
            for k in range(n):
                A[q, k] += A[i, k] * second_slope(op, R[i, k], R[p, k], R[q, k])


@compiled
def _residual(v, y, root, r):  # pragma: no cover - compiled
    s = 0.0
    for k in range(len(y)):
        r[k] = (v[k] - y[k]) * root[k]
        s += r[k] * r[k]
    return s


@compiled
def _descend(code, free, slots, moves, XT, y, root, c, iterations):  # pragma: no cover - compiled
    """Moves `c` downhill in place; the weighted mean square that is reached."""
    n, k = len(y), len(free)
    R, A = np.empty((len(code), n)), np.empty((len(code), n))
    J, r = np.empty((k, n)), np.empty(n)
    last = len(code) - 1
    _forward(code, XT, c, R)
    cost = _residual(R[last], y, root, r)
    if not np.isfinite(cost):
        return np.inf
    damping, fresh = 1e-3, True
    g, step, trial = np.empty(k), np.empty(k), c.copy()
    H, size = np.empty((k, k)), np.ones(k)
    for _ in range(iterations):
        if cost < 1e-30 or k == 0:
            break
        if fresh:
            _backward(code, R, moves, A)
            for j in range(k):
                for m in range(n):
                    J[j, m] = A[slots[j], m] * root[m]
            if not normal_equations(J, r, size, g, H):
                return cost
            fresh = False
        new = np.inf
        if damped_step(H, g, damping, step):
            for j in range(k):
                trial[free[j]] = c[free[j]] - step[j] / size[j]
            _forward(code, XT, trial, R)
            new = _residual(R[last], y, root, r)
        if new < cost:  # False for nan
            gain = cost - new
            for j in range(len(c)):
                c[j] = trial[j]
            cost, fresh = new, True
            damping = max(damping * 0.1, 1e-12)
            if gain < 1e-4 * cost:
                break
        else:
            damping *= 10.0
            if damping > 1e9:
                break
            # the rejected step has overwritten the residuals; g and H still hold
    return cost


@functools.cache
def prepare() -> None:
    """Compile, or load what an earlier process has compiled; once a process."""
    X = np.arange(1.0, 5.0)[:, None]
    Descent(X, X[:, 0]).fit(const(2.0) * var(0), 2)


class Descent:
    """Quick fits on one table.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> X = np.linspace(0.0, 3.0, 20)[:, None]
    >>> node, loss = Descent(X, 2.0 * np.exp(-0.5 * X[:, 0])).fit(parse("1*exp(-1*x0)"), 30)
    >>> node.children[0].value, loss < 1e-20
    (2.0, True)
    """

    def __init__(self, X: Array, y: Array, weight: Array | None = None) -> None:
        self.X, self.y, self.weight = np.asarray(X, float), np.asarray(y, float), weight
        self._XT = np.ascontiguousarray(self.X.T)
        share = np.ones(len(y)) if weight is None else np.asarray(weight, float)
        self._root = np.sqrt(share / share.sum())

    def fit(self, law: Node, iterations: int = 10) -> tuple[Node, float]:
        """The law with better constants, and its (weighted) mean squared error.

        Constant exponents of bases that turn negative stay as they are.
        """
        if not is_known(law):
            return _slow(law, self.X, self.y, self.weight, iterations)
        code, c = instructions(law)
        if len(c) > MOST_CONSTANTS or not enough_rows(law, len(self.y), 0.0):
            return law, np.inf
        if not hasattr(_descend, "py_func"):  # without a compiler
            return _slow(law, self.X, self.y, self.weight, iterations)
        free, slots, moves = freedom(code, c)
        with np.errstate(all="ignore"):
            loss = _descend(code, free, slots, moves, self._XT, self.y, self._root, c, iterations)
        return with_constants(law, c.tolist()), _counted(law, float(loss), self.y)

    def values(self, law: Node) -> Array:
        """Values of the law on the rows."""
        if not hasattr(_forward, "py_func") or not is_known(law):
            return evaluate(law, self.X)
        code, c = instructions(law)
        R = np.empty((len(code), len(self.X)))
        _forward(code, self._XT, c, R)
        return R[-1]


def promising(
    laws: Iterable[Node], X: Array, y: Array, weight: Array | None, count: int
) -> list[Node]:
    """The `count` laws that a quick fit on some rows brings nearest, best first, as fitted there.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> X = np.linspace(0.0, 3.0, 20)[:, None]
    >>> laws = map(parse, ("1*x0 + 1", "1*exp(-1*x0)", "1*sin(x0)"))
    >>> print(*promising(laws, X, 2.0 * np.exp(-0.5 * X[:, 0]), None, 1))
    2*exp(-0.5*x0)
    """
    some = np.arange(len(y)) if weight is None else np.flatnonzero(weight > 0)
    some = some[np.linspace(0, len(some) - 1, min(len(some), _ROWS)).astype(int)]
    descent = Descent(X[some], y[some], None if weight is None else weight[some])
    fits = [descent.fit(law, _STEPS) for law in laws]
    fits = [fit for fit in fits if np.isfinite(fit[1])]
    return [law for law, _ in sorted(fits, key=lambda fit: fit[1])[:count]]


def _slow(
    law: Node, X: Array, y: Array, weight: Array | None, iterations: int
) -> tuple[Node, float]:
    if not enough_rows(law, len(y), 0.0):
        return law, np.inf
    fit = fit_constants(law, X, y, weight, max_iter=iterations)
    return fit.node, _counted(law, fit.loss, y)


def _counted(law: Node, loss: float, y: Array) -> float:
    """The loss, where there are rows enough for so many numbers or a careful fit may be exact."""
    careful = 0.0 if loss <= _NEARLY * float(y @ y) / len(y) else np.inf
    return loss if enough_rows(law, len(y), careful) else np.inf
