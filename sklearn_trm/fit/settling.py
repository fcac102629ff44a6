"""When a fit under noise ends before its time: a better law has become unlikely.

Changes of the choice come ever more rarely, about as many between 1 and 2 seconds as between 2
and 4. So a choice that has stood for as long as it took to come about, and for a third of the
time, will hardly change any more, where what it leaves is noise. Of a table without noise that
is not so: there the exact law may turn up at any time, but what other laws leave has a structure.
"""

from __future__ import annotations

import numpy as np

from ..expressions.evaluate import evaluate
from ..expressions.tree import Node
from ..selection.generalization import kurtosis
from ..task.budget import Budget

Array = np.ndarray

FURTHER = 12  # laws to try after the choice: a busy machine gets to few in its seconds ...
LOOKED = 100  # ... or slices of the search, where few rows let few laws be tried
TAILS = 5.0  # kurtosis of a residual above which it is no noise; 3 is Gaussian
_STANDS = 1 / 3  # of the time, that a choice has to stand ...
_AT_LEAST = 2.0  # ... and seconds: the quick scans take one or two
_EXPLAINED = (
    0.25  # of the variance, that a law may leave: of which nothing is known may be anything
)
_MISTAKEN = 0.12  # of pure noise, in which a structure may be seen
_BOTH_WAYS = 1.27  # neighbours are so mutually: the error of their correlation is larger by this
_SOME = 2000  # rows that are looked at


def has_stood(since: float, began: float, budget: Budget) -> bool:
    """Whether a choice that last changed at `since`, in a search that `began`, has stood long.

    Never without a time limit: then no clock decides.

    Examples
    --------
    >>> from sklearn_trm.task.budget import FitClock
    >>> budget = Budget(FitClock(lambda: 6.0), search=9.0)  # it is 6 seconds after the start
    >>> has_stood(1.0, 0.0, budget), has_stood(3.5, 0.0, budget)
    (True, False)
    """
    if budget.search is None:
        return False
    patience = max(_STANDS * (budget.search - began), since - began, _AT_LEAST)
    return budget.clock() - max(since, began) >= patience


def leaves_noise(law: Node, X: Array, y: Array, weight: Array | None = None) -> bool:
    """Whether a law explains most of a table, and errors of neighbouring rows are unrelated.

    Neighbours are the next ones in the order of each column, and the nearest ones by all.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> X = np.linspace(0.0, 3.0, 60)[:, None]
    >>> noise = 0.03 * np.random.default_rng(1).standard_normal(60)
    >>> line, wave = parse("2*x0"), 0.03 * np.sin(9.0 * X[:, 0])
    >>> leaves_noise(line, X, 2.0 * X[:, 0] + noise), leaves_noise(line, X, 2.0 * X[:, 0] + wave)
    (True, False)
    """
    from scipy.special import ndtri

    from ..search.reduction.noisy_symmetry import white

    rows = np.unique(np.linspace(0, len(y) - 1, _SOME).astype(int))
    X, y, weight = X[rows], y[rows], None if weight is None else weight[rows]
    with np.errstate(all="ignore"):
        rest = y - evaluate(law, X)
    spread = y - np.average(y, weights=weight)
    root = np.ones(len(y)) if weight is None else np.sqrt(weight)
    if not np.isfinite(rest).all():
        return False
    rest, spread = rest * root, spread * root
    if not 0.0 < rest @ rest <= _EXPLAINED * (spread @ spread):
        return False
    if not kurtosis(law, X, y, weight) < TAILS:
        return False
    most = float(ndtri((1.0 - _MISTAKEN) ** (1.0 / (1 + X.shape[1] * (X.shape[1] > 1)))))
    ordered = (rest[np.argsort(x, kind="stable")] for x in X.T)
    if any(r[1:] @ r[:-1] > most * (r @ r) / np.sqrt(len(r)) for r in ordered):
        return False
    return X.shape[1] < 2 or white(rest, X, _BOTH_WAYS * most)
