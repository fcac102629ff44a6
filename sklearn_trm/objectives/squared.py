"""Squared errors, weighted or not; of known errors their chi-square."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from ..expressions.constants import Fit, fit_constants
from ..expressions.evaluate import evaluate
from ..expressions.intervals import covariance
from ..expressions.pruning import NEVER, prune
from ..expressions.shortening import shorten
from ..expressions.snap import snap
from ..expressions.tree import Node, const
from .errors_in_variables import ErrorsInVariables
from .losses import Loss
from .noise_models import Noise, known_noise

Array = np.ndarray
Clock = Callable[[], float]

_SOME = 500  # rows on which terms are weighed


class Squared:
    """Constants, front and choice by (weighted) mean squared errors.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weight : ndarray of shape (n,) or None
    y_error : ndarray of shape (n,), optional
        Known standard errors of ``y``, of which `weight` was made: losses are then chi-squares
        a row, which differ from weighted squares by a factor.

    Examples
    --------
    >>> x = np.arange(4.0)[:, None]
    >>> objective = Squared(x, 2 * x[:, 0], None)
    >>> objective.loss(objective.level())
    5.0
    """

    loss_kind: Loss | None = None
    link = "identity"
    squared = True
    comparable = True
    passes = 1
    look = 1.0
    quick = False

    def __init__(
        self, X: Array, y: Array, weight: Array | None, y_error: Array | None = None
    ) -> None:
        self.X, self.y, self.weight = X, y, weight
        self.known = y_error is not None
        self.unit = 1.0 if y_error is None else float(np.mean(y_error**-2.0))
        self._chi_square = None if y_error is None else ErrorsInVariables(X, y, y_error, None)
        self.n_rows = len(y)
        self.size: float | None = float(np.sqrt(np.mean(y**2)))

    def learn(self, laws: Collection[Node]) -> None:
        del laws  # weights are given

    def working_target(self, law: Node | None) -> tuple[Array, Array | None]:
        return self.y, self.weight

    def settle(self, law: Node, share: float) -> int:
        return self.n_rows if self.known else max(1, round(self.n_rows * share))

    def level(self) -> Node:
        return const(_mean(self.y, self.weight))

    def variants(self, law: Node) -> Sequence[Node]:
        return [law]

    def loss(self, law: Node) -> float:
        return self.unit * weighted_loss(law, self.X, self.y, self.weight)

    weigh = loss

    def each(self, law: Node, values: Array, rows: Array) -> Array:
        weight = 1.0 if self.weight is None else self.weight[rows]
        return np.asarray(self.unit * weight * (self.y[rows] - values) ** 2)

    def noise(self, law: Node) -> Noise | None:
        if self.known:
            return known_noise(self.loss(law), self.n_rows, law)
        return None  # what weights are relative to, no one says

    def fit(self, law: Node, fixed: Collection[int], deadline: float | None, clock: Clock) -> Fit:
        fit = fit_constants(
            law, self.X, self.y, self.weight, fixed=fixed, deadline=deadline, clock=clock
        )
        return replace(fit, loss=self.unit * fit.loss)

    def tidy(
        self, fit: Fit, permits: Callable[[Node], bool], clean: bool,
        deadline: float | None, clock: Clock,
    ) -> Fit | None:  # fmt: skip
        fit = replace(fit, loss=fit.loss / self.unit)
        trim = self._rewritten(prune, fit)
        best = trim
        if clean:
            best = snap(trim, self.X, self.y, self.weight, deadline=deadline, clock=clock)
        good = next((f for f in (best, trim, fit) if permits(f.node)), None)
        if good is None:
            return None
        short = self._rewritten(shorten, good)
        best = short if permits(short.node) else good
        return replace(best, loss=self.unit * best.loss)

    def _rewritten(self, rewrite: Callable[[Node, Array], Node], fit: Fit) -> Fit:
        """The fit in another writing, where it is as good in it."""
        rows = np.linspace(0, len(self.y) - 1, min(len(self.y), _SOME)).astype(int)
        node = rewrite(fit.node, self.X[rows])
        if node == fit.node:
            return fit
        rounding = NEVER**2 * float(np.average(self.y * self.y, weights=self.weight))
        allowed = max(1.01 * fit.loss, rounding)
        loss = weighted_loss(node, self.X, self.y, self.weight)
        if loss <= allowed:
            return replace(fit, node=node, loss=loss)
        again = fit_constants(node, self.X, self.y, self.weight, max_iter=3)
        return again if again.loss <= allowed else fit

    def covariance(self, law: Node, loss: float) -> Array:
        if self._chi_square is not None:
            return self._chi_square.covariance(law, loss)
        return covariance(law, loss, self.X, self.y, self.weight, self.n_rows)


def weighted_loss(node: Node, X: Array, y: Array, weight: Array | None) -> float:
    """(Weighted) mean squared error of a law."""
    return float(np.average((evaluate(node, X) - y) ** 2, weights=weight))


def _mean(y: Array, weight: Array | None) -> float:
    """(Weighted) mean; a constant comes back to the last bit."""
    return float(y[0]) if (y == y[0]).all() else float(np.average(y, weights=weight))
