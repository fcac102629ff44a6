"""The last polish: laws found on some rows, refitted and compared on all of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ..expressions.constants import Fit, fit_constants
from ..expressions.evaluate import evaluate
from ..expressions.pruning import NEVER, prune
from ..expressions.readable import readable, tidy
from ..expressions.shortening import shorten
from ..expressions.snap import snap
from ..expressions.tree import Node, const
from ..rules.rules import FREE, Rules
from ..selection.choice import choose
from ..task.front import Front, FrontEntry

_CONTENDERS = 3  # laws next to the choice: their constants decide, so they get all the time
_SAME_LOSS = 1.0 + 1e-6
_SOME = 500  # rows on which terms are weighed
_REST = 0.1  # share of what is left that the others may take


def polished_front(
    rows: Sequence[FrontEntry],
    X: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    held: Callable[[Node], Collection[int]] = lambda node: (),
    permits: Callable[[Node], bool] = lambda node: True,
    rules: Rules = FREE,
    n_tried: int = 1,
    max_complexity: int | None = None,
    clean: bool = True,
    deadline: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Front:
    """The front on all rows, its constants fitted again and made clean where they may be.

    Every law is measured on all rows. Constants are fitted to all rows in the order in
    which a law would be chosen, as long as there is time; laws beyond keep the constants
    that they came with.

    Parameters
    ----------
    rows : sequence of Row
        The front on some rows.
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional
    held : callable
        Numeric leaves of a law that are no free constants.
    permits : callable
        Whether a fitted law may be kept.
    rules : Rules
        How a law is written, and what it counts.
    n_tried : int
        Laws that were looked at, for the choice.
    max_complexity : int, optional
    clean : bool
        Whether constants become clean values.
    deadline : float, optional
        Instant of `clock` at which to stop fitting.
    """
    out = Front(rules.measure, rules.written, max_complexity=max_complexity)
    loss_of = partial(weighted_loss, X=X, y=y, weight=weight)
    level = simplest(y, weight, rules)
    out.add(level, weighted_loss(level, X, y, weight))
    measured = Front(rules.measure, rules.written, max_complexity=max_complexity)
    for row in rows:
        measured.add(row.node, weighted_loss(row.node, X, y, weight))
    left = [row for row in measured.rows() if not row.node.is_const]
    size = float(np.sqrt(np.mean(y**2)))
    end = deadline
    for place in range(len(left)):
        if place == _CONTENDERS and deadline is not None:
            end = clock() + _REST * max(0.0, deadline - clock())
        row = left.pop(choose(left, "best", len(y), n_tried, size))
        if end is None or clock() < end:
            fit = fit_constants(
                row.node, X, y, weight, fixed=held(row.node), deadline=end, clock=clock
            )
            late = end is not None and clock() >= end
            if np.isfinite(fit.loss) and not (late and fit.loss > row.loss):
                trim = _rewritten(prune, fit, X, y, weight)
                best = snap(trim, X, y, weight, deadline=end, clock=clock) if clean else trim
                good = [f for f in (best, trim, fit) if permits(f.node)]
                if good:
                    short = _rewritten(shorten, good[0], X, y, weight)
                    best = short if permits(short.node) else good[0]
                    out.add(best.node, best.loss)
                    continue
        out.add(row.node, row.loss)
    return shown_front(out, X, loss_of, permits, rules, max_complexity)


def shown_front(
    front: Front,
    X: np.ndarray,
    loss_of: Callable[[Node], float],
    permits: Callable[[Node], bool] = lambda node: True,
    rules: Rules = FREE,
    max_complexity: int | None = None,
) -> Front:
    """The same laws as people write them, numbers without rounding.

    Parameters
    ----------
    front : Front
    X : ndarray of shape (n, d)
    loss_of : callable
        Loss of a law on all rows.
    permits, rules, max_complexity
        As of `polished_front`.
    """
    some = np.linspace(0, len(X) - 1, min(len(X), _SOME)).astype(int)
    rows = X[np.unique(np.r_[some, X.argmin(axis=0), X.argmax(axis=0)])]
    out = Front(rules.measure, _as_it_is, max_complexity=max_complexity)
    rounding = NEVER**2 * max((row.loss for row in front.rows()), default=0.0)
    for row in front.rows():
        law = readable(row.node, rows)
        allowed = max(_SAME_LOSS * row.loss, rounding)
        for shown in dict.fromkeys((tidy(law), law, tidy(row.node))):
            loss = loss_of(shown) if shown != row.node and permits(shown) else math.inf
            if loss <= allowed and out.add(shown, loss):
                break
        else:
            out.add(row.node, row.loss)
    return out


def _as_it_is(law: Node) -> Node:
    return law


def _rewritten(
    rewrite: Callable[[Node, np.ndarray], Node],
    fit: Fit,
    X: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None,
) -> Fit:
    """The fit in another writing, where it is as good in it."""
    rows = np.linspace(0, len(y) - 1, min(len(y), _SOME)).astype(int)
    node = rewrite(fit.node, X[rows])
    if node == fit.node:
        return fit
    rounding = NEVER**2 * float(np.average(y * y, weights=weight))
    allowed = max(1.01 * fit.loss, rounding)
    loss = weighted_loss(node, X, y, weight)
    if loss <= allowed:
        return replace(fit, node=node, loss=loss)
    again = fit_constants(node, X, y, weight, max_iter=3)
    return again if again.loss <= allowed else fit


def weighted_loss(node: Node, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> float:
    """(Weighted) mean squared error of a law."""
    return float(np.average((evaluate(node, X) - y) ** 2, weights=weight))


def simplest(y: np.ndarray, weight: np.ndarray | None, rules: Rules) -> Node:
    """The law that knows no column: the mean, or 0 where the rules permit no other number."""
    level = const(_mean(y, weight))
    return const(0.0) if rules.written(level) is None else level


def _mean(y: np.ndarray, weight: np.ndarray | None) -> float:
    """(Weighted) mean; a constant comes back to the last bit."""
    return float(y[0]) if (y == y[0]).all() else float(np.average(y, weights=weight))
