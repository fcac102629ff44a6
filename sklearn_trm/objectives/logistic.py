"""Laws in a logistic link: the law is the logarithm of the odds of a class.

Constants are fitted by iteratively reweighted least squares: each step is an ordinary fit of
the law to a *working response* (McCullagh and Nelder 1989). So the search for laws, which knows
squared errors only, serves classes as well.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from ..expressions.canonical import canonical
from ..expressions.constants import Fit, fit_constants
from ..expressions.evaluate import evaluate
from ..expressions.intervals import covariance
from ..expressions.tree import Node, columns, const, constants, with_constants
from .losses import Loss
from .noise_models import Noise

Array = np.ndarray
Clock = Callable[[], float]

_STEPS = 12  # on classes that a law separates the odds grow by e each step: this is their end
_LEAST_WEIGHT = 1e-4  # p (1 - p) of rows that are certain
_HALVINGS = 4


def probability(odds: np.ndarray) -> np.ndarray:
    """Probability of log odds; a half where the law is undefined."""
    odds = np.clip(np.nan_to_num(odds, nan=0.0, posinf=700.0, neginf=-700.0), -700.0, 700.0)
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def log_losses(odds: np.ndarray, is_class: np.ndarray) -> np.ndarray:
    """Negative log likelihood of each row, in nats; ``inf`` where the law is undefined."""
    sign = np.where(is_class, -1.0, 1.0)
    with np.errstate(all="ignore"):
        out = np.logaddexp(0.0, sign * odds)
    return np.where(np.isnan(out), np.inf, out)


def working_response(
    odds: np.ndarray, is_class: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Target and weights of the least squares that a step of the logistic fit stands for."""
    odds = np.clip(np.nan_to_num(odds), -12.0, 12.0)
    p = probability(odds)
    variance = np.maximum(p * (1.0 - p), _LEAST_WEIGHT)
    return odds + (is_class - p) / variance, variance if weight is None else variance * weight


def fit_logistic(
    node: Node,
    X: np.ndarray,
    is_class: np.ndarray,
    weight: np.ndarray | None = None,
    held: Callable[[Node], Collection[int]] = lambda node: (),
) -> tuple[Node, float]:
    """Fit ``a + b*law`` with all constants of the law to the classes.

    Parameters
    ----------
    node : Node
    X : ndarray of shape (n, d)
    is_class : ndarray of bool, shape (n,)
    weight : ndarray of shape (n,), optional
    held : callable
        Numeric leaves of a law that are no free constants.

    Returns
    -------
    node : Node
    loss : float
        (Weighted) mean log loss in nats.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> X = np.array([[-2.0], [-1.0], [0.5], [-0.5], [1.0], [2.0]])
    >>> node, loss = fit_logistic(parse("x0"), X, X[:, 0] + [0, 0, -1, 1, 0, 0] > 0)
    >>> round(loss, 3)
    0.461
    """
    values = evaluate(node, X)
    size = float(np.std(values)) if np.isfinite(values).all() else 0.0
    if columns(node) and size > 0:
        scale = const(2.0 / size) * node
        best = canonical(scale + const(-2.0 * float(np.mean(values)) / size))
    else:
        best = const(log_odds(is_class, weight))
    loss = _mean_loss(best, X, is_class, weight)
    own = canonical(node)
    own_loss = _mean_loss(own, X, is_class, weight)
    if own_loss < loss:  # the law as it is: its constants are a better start
        best, loss = own, own_loss
    for _ in range(_STEPS):
        target, variance = working_response(evaluate(best, X), is_class, weight)
        trial = fit_constants(best, X, target, variance, fixed=held(best), max_iter=10).node
        new = _mean_loss(trial, X, is_class, weight)
        for _ in range(_HALVINGS):
            if new < loss:
                break
            half = [(a + b) / 2 for a, b in zip(constants(best), constants(trial), strict=True)]
            trial = with_constants(best, half)
            new = _mean_loss(trial, X, is_class, weight)
        if not new < loss:
            break
        gain, best, loss = loss - new, trial, new
        if gain < 1e-9:
            break
    return best, loss


def log_odds(is_class: np.ndarray, weight: np.ndarray | None) -> float:
    """Log odds of the class when nothing else is known."""
    share = float(np.clip(np.average(is_class, weights=weight), 1e-6, 1 - 1e-6))
    return math.log(share / (1.0 - share))


def log_odds_loss(is_class: np.ndarray, weight: np.ndarray | None) -> float:
    """Mean log loss of `log_odds`."""
    odds = np.full(len(is_class), log_odds(is_class, weight))
    return float(np.average(log_losses(odds, is_class), weights=weight))


def with_class_weight(
    class_weight: Any, classes: np.ndarray, codes: np.ndarray, weight: np.ndarray | None
) -> np.ndarray | None:
    """Weights of rows times those of their classes.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        A class that the dict lacks has weight 1.
    classes : ndarray of shape (n_classes,)
    codes : ndarray of int, shape (n,)
        Number of each row's class.
    weight : ndarray of shape (n,) or None

    Raises
    ------
    ValueError
        For another word, an unknown class, a weight that is negative or no number.

    Examples
    --------
    >>> with_class_weight("balanced", np.array(["a", "b"]), np.array([0, 0, 0, 1]), None)
    array([0.66666667, 0.66666667, 0.66666667, 2.        ])
    """
    if class_weight is None:
        return weight
    rows = np.ones(len(codes)) if weight is None else weight
    if isinstance(class_weight, str) and class_weight == "balanced":
        counts = np.bincount(codes, weights=rows, minlength=len(classes))
        each = rows.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1e-300))
        each = np.where(counts > 0, each, 1.0)
    elif isinstance(class_weight, dict):
        labels = classes.tolist()
        unknown = [label for label in class_weight if label not in labels]
        if unknown:
            raise ValueError(f"class_weight names the class {unknown[0]!r}; there are {labels}")
        each = np.array([class_weight.get(label, 1.0) for label in labels], dtype=object)
        if not all(isinstance(w, numbers.Real) and 0 <= float(w) < math.inf for w in each):
            raise ValueError(f"class_weight must be numbers of at least 0, got {class_weight!r}")
    else:
        raise ValueError(f"class_weight must be 'balanced', a dict or None, got {class_weight!r}")
    out = rows * each.astype(float)[codes]
    if not out.any():
        raise ValueError("class_weight leaves every row a weight of zero")
    return out


def _mean_loss(node: Node, X: np.ndarray, is_class: np.ndarray, weight: np.ndarray | None) -> float:
    return float(np.average(log_losses(evaluate(node, X), is_class), weights=weight))


def fisher_covariance(node: Node, X: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Covariance of the numeric leaves of log odds, from the Fisher information."""
    odds = evaluate(node, X)
    p = probability(odds)
    information = p * (1.0 - p) * (1.0 if weight is None else weight)
    total, n = float(information.sum()), len(odds)
    if not total > 0:
        return np.full((len(constants(node)),) * 2, np.inf)
    k = len(constants(node))
    # a residual variance of n / total on weights of mean 1 makes the inverse information
    loss = (n - k) / total if n > k else np.inf
    return covariance(node, loss, X, odds, np.maximum(information, 1e-300), n)


class LogOdds:
    """Laws as log odds of a class: fitted by the likelihood, found by working responses.

    Iteratively reweighted least squares (Nelder and Wedderburn 1972) whose linear predictor is a
    law. Losses are ``exp(2*loss)`` of the mean log loss: the squared error that is as likely.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    is_class : ndarray of bool, shape (n,)
    weight : ndarray of shape (n,) or None
    total : float
        Sum of the weights: a whole weight is the same as a repeated row.
    held : callable
        Numeric leaves of a law that are no free constants.
    passes : int
        Searches: for the classes themselves, then for what the best law leaves open.
    """

    loss_kind: Loss | None = None
    link = "logistic"
    known = squared = False
    comparable = quick = True
    look = 0.5
    size: float | None = 1.0

    def __init__(
        self, X: Array, is_class: Array, weight: Array | None, total: float,
        held: Callable[[Node], Collection[int]], passes: int,
    ) -> None:  # fmt: skip
        self.X, self.is_class, self.weight, self.passes = X, is_class, weight, passes
        self.n_rows = max(round(total), 1)
        self._total, self._held = total, held

    def learn(self, laws: Collection[Node]) -> None:
        del laws  # the best one tells enough

    def working_target(self, law: Node | None) -> tuple[Array, Array | None]:
        if law is None:
            return np.where(self.is_class, 1.0, -1.0), self.weight
        return working_response(evaluate(law, self.X), self.is_class, self.weight)

    def settle(self, law: Node, share: float) -> int:
        return self.n_rows

    def noise(self, law: Node) -> Noise | None:
        return None

    def level(self) -> Node:
        return const(log_odds(self.is_class, self.weight))

    def variants(self, law: Node) -> Sequence[Node]:
        return [law]

    def fit(self, law: Node, fixed: Collection[int], deadline: float | None, clock: Clock) -> Fit:
        node, loss = fit_logistic(law, self.X, self.is_class, self.weight, self._held)
        return Fit(node, _as_square(loss), np.zeros((0, 0)))

    def tidy(
        self, fit: Fit, permits: Callable[[Node], bool], clean: bool,
        deadline: float | None, clock: Clock,
    ) -> Fit | None:  # fmt: skip
        return fit if permits(fit.node) else None

    def loss(self, law: Node) -> float:
        return _as_square(_mean_loss(law, self.X, self.is_class, self.weight))

    weigh = loss

    def each(self, law: Node, values: Array, rows: Array) -> Array:
        weight = 1.0 if self.weight is None else self.weight[rows]
        return np.asarray(weight * log_losses(values, self.is_class[rows]))

    def covariance(self, law: Node, loss: float) -> Array:
        counts = np.ones(len(self.X)) if self.weight is None else self.weight
        return fisher_covariance(law, self.X, counts * (self._total / counts.sum()))


def _as_square(loss: float) -> float:
    """The squared error that is as likely: n/2 log(square) are the nats of n rows."""
    return math.exp(2.0 * min(loss, 300.0))
