"""Signatures: what the values of an expression say about a target, without a fit.

A part of the law leaves traces in its target long before the law is known: it correlates with
it or with its logarithm, explains what a plane or a monomial leaves, makes it a plane where it
is divided out. A row's signature holds such traces and the shape of its expression; a small
network learns from it which rows are parts of the law (`worth`), as in "BUSTLE: Bottom-Up
Program Synthesis Through Learning-Guided Exploration" (arXiv 2007.14381).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from ..expressions.least_squares import solve_normal
from ..expressions.tree import Node, columns, complexity, depth, walk

Array = np.ndarray

_TINY = 1e-6
# Groups that the shipped head was trained with: a later row of the op table is another one.
_GROUPS = {"add": 0, "sub": 0, "mul": 1, "div": 2, "inv": 2, "pow": 3, "square": 3, "cube": 3,
           "sqrt": 4, "exp": 5, "log": 6, "sin": 7, "cos": 7, "tan": 7}  # fmt: skip
_OTHER = 8
SIZE = 5 + 2 * (_OTHER + 1) + 31 + 2  # of a signature


@functools.lru_cache(maxsize=20000)
def _shape(node: Node) -> tuple[float, ...]:
    """Sizes of an expression, how many operators of each group it has, and which is its root."""
    counts, root = np.zeros(_OTHER + 1), np.zeros(_OTHER + 1)
    leaves, numbers = 0, 0
    for n in walk(node):
        if n.children:
            counts[_GROUPS.get(n.op, _OTHER)] += 1
        leaves += n.is_var
        numbers += n.is_const
    if node.children:
        root[_GROUPS.get(node.op, _OTHER)] = 1
    sizes = complexity(node), depth(node), len(columns(node)), leaves, numbers
    return (*map(float, sizes), *counts, *root)


def signatures(nodes: Sequence[Node], values: Array, X: Array, y: Array) -> Array:
    """Signatures of expressions.

    Parameters
    ----------
    nodes : sequence of P Node
    values : ndarray of shape (P, n)
        Their values, finite and not constant.
    X : ndarray of shape (n, d)
        Columns that vary.
    y : ndarray of shape (n,)
        The target.

    Returns
    -------
    ndarray of shape (P, SIZE)

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> X = np.random.default_rng(0).uniform(1, 3, (50, 2))
    >>> parts = [parse("sin(x0)"), parse("x0*x1")]
    >>> rows = np.array([np.sin(X[:, 0]), X[:, 0] * X[:, 1]])
    >>> signatures(parts, rows, X, 3 * X[:, 0] * X[:, 1]).shape == (2, SIZE)
    True
    """
    if not len(nodes):
        return np.empty((0, SIZE))
    shape = np.array([_shape(n) for n in nodes])
    with np.errstate(all="ignore"):
        traces = np.nan_to_num(_traces(values, X, y))
    table = np.broadcast_to([float(X.shape[1]), np.log(len(y))], (len(nodes), 2))
    return np.hstack([shape, traces, table])


def _traces(values: Array, X: Array, y: Array) -> Array:
    V = values / np.abs(values).max(axis=1, keepdims=True)
    Z = X / np.abs(X).max(axis=0)
    t = y / np.abs(y).max()
    plane = np.vstack([np.ones(len(t)), Z.T])
    logs = np.vstack([np.ones(len(t)), np.log(np.abs(Z.T) + _TINY)])
    v, s = _standard(V), _standard(t)
    v_log, s_log = _standard(np.log(np.abs(V) + _TINY)), _standard(np.log(np.abs(t) + _TINY))
    out = _sharp((v @ s) ** 2)
    gain, left = _gain(plane, v, s)
    out += [*_sharp(gain), left]
    out += _sharp((v_log @ s_log) ** 2)
    gain, left = _gain(logs, v_log, s_log)
    out += [*_sharp(gain), left]
    out += _sharp(_gain(logs, v, s_log)[0])  # as an exponent
    factor = V[:, None] * plane
    out += _sharp(_explained(factor, t))
    out += _sharp(_explained(plane / _away_from_zero(V)[:, None], t))
    q = np.linalg.qr(plane.T)[0]
    out += _sharp(_explained(factor - (factor @ q) @ q.T, s - q @ (q.T @ s)))
    bounded = np.clip(y, -30, 30)
    frames = (t**2, 1 / _away_from_zero(t), np.exp(bounded), np.sqrt(np.abs(t)),
              np.arcsin(np.clip(y, -1, 1)))  # fmt: skip
    out += [(v @ _standard(f)) ** 2 for f in frames]
    traces = np.array([np.broadcast_to(a, len(V)) for a in out]).T
    # what matters is also who is ahead
    best = np.nan_to_num(traces[:, [0, 2, 5, 7, 10, 12, 14, 16]])
    rank = np.argsort(np.argsort(-best, axis=0, kind="stable"), axis=0)
    return np.hstack([traces, np.log1p(rank) / 7])


def _away_from_zero(a: Array) -> Array:
    return np.where(np.abs(a) < _TINY, _TINY, a)


def _standard(a: Array) -> Array:
    """Zero mean and unit norm."""
    a = a - a.mean(axis=-1, keepdims=True)
    norm = np.sqrt((a * a).sum(axis=-1, keepdims=True))
    return np.where(norm > 1e-12, a / np.maximum(norm, 1e-300), 0.0)


def _sharp(share: Array) -> list[Array]:
    """A share of the variance, and how close it is to all of it."""
    share = np.clip(np.nan_to_num(share), 0, 1)
    return [share, -np.log(1 - share + _TINY) / 7]


def _gain(free: Array, v: Array, t: Array) -> tuple[Array, Array]:
    """Share that `v` explains of what a free space leaves of `t`; how little that is."""
    q = np.linalg.qr(free.T)[0]
    rest, rows = t - q @ (q.T @ t), v - (v @ q) @ q.T
    size, left = (rows * rows).sum(axis=1), rest @ rest
    gain = np.where(size > _TINY, (rows @ rest) ** 2 / np.maximum(size * left, 1e-12), 0.0)
    return gain, np.asarray(-np.log(left + _TINY) / 7)


def _explained(rows: Array, t: Array) -> Array:
    """Share of `t` (n,) that each set of `rows` (P, k, n) explains."""
    rows = rows / np.sqrt((rows * rows).sum(axis=-1, keepdims=True) + 1e-30)
    gram = rows @ rows.transpose(0, 2, 1) + 1e-7 * np.eye(rows.shape[1])
    b = rows @ t
    solution = solve_normal(gram, b[..., None])[..., 0]
    return np.asarray((b * solution).sum(axis=-1) / (t @ t))
