"""Choose one law from a front: the one that a textbook would hold, unless the rows insist.

A description length (Rissanen 1978) in nats weighs laws: what their residuals take, what each
number takes from few rows, and what the text takes by the prior of `sklearn_trm.rules.prior`. The
prior finds laws; where no short law is true it underfits. So there are two choices, by the full
prior and by half of it, and between them a gate: the richer law is taken only where it predicts
rows that it was not fitted to better than chance would (docs/log/choice.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..expressions.exactness import CHOSEN, exact_loss
from ..expressions.roles import references
from ..expressions.tree import Node, constants
from ..objectives.logistic import log_losses
from ..rules.rules import exponents
from ..task.front import FrontEntry
from ..task.result import FitResult
from ..task.settings import SELECTIONS

_SURELY = 2.0  # standard errors
PREDICTIVE = 0.5  # share of the prior where laws are chosen to predict


def description_length(
    row: FrontEntry,
    n_rows: int,
    floor: float = 0.0,
    variance: float | None = None,
    share: float = 1.0,
    count: int | None = None,
) -> float:
    """Nats to send the data with this law (up to a constant common to all laws).

    The small-sample form of Akaike's criterion (Hurvich and Tsai 1989) beside the nats of the
    prior: of noisy tables of 8 to 200 rows it prefers the true law to its rivals more often than
    longer prices of numbers do (docs/log/choice.md).

    Parameters
    ----------
    row : FrontEntry
    n_rows : int
        Rows the loss is a mean over.
    floor : float
        Loss below which a fit is exact.
    variance : float, optional
        Of the errors, where it is known; the loss itself tells it when omitted.
    share : float
        Of the prior.
    count : int, optional
        Numbers that were fitted; those of the text that are no plain words when omitted.

    Returns
    -------
    float
        inf for a law with as many numbers as rows: these fit anything.
    """
    return sum(description_parts(row, n_rows, floor, variance, share, count))


def description_parts(
    row: FrontEntry,
    n_rows: int,
    floor: float = 0.0,
    variance: float | None = None,
    share: float = 1.0,
    count: int | None = None,
) -> tuple[float, float, float]:
    """What makes up a description length: nats of residuals, of numbers, of the prior.

    Parameters as of `description_length`.
    """
    numbers = _n_fitted(row) if count is None else count
    spare = n_rows - numbers - 1
    exact = variance is None and row.loss <= floor
    if spare < 0 or (spare == 0 and not exact):
        return math.inf, 0.0, share * row.prior
    if variance is None:
        residuals = 0.5 * n_rows * math.log(max(row.loss, floor, 1e-300))
    else:
        residuals = 0.5 * n_rows * row.loss / variance
    return residuals, numbers * n_rows / max(spare, 1), share * row.prior


def description_lengths(
    rows: Sequence[FrontEntry],
    n_rows: int = 1,
    y_scale: float | None = None,
    weighing: Sequence[float] | None = None,
    known: bool = False,
    share: float = 1.0,
    counts: Sequence[int | None] | None = None,
) -> list[float]:
    """Those of all laws of a front; parameters as of `choose` and `description_length`."""
    return [sum(p) for p in _parts(rows, n_rows, y_scale, weighing, known, share, counts)]


def _parts(
    rows: Sequence[FrontEntry],
    n_rows: int,
    y_scale: float | None,
    weighing: Sequence[float] | None,
    known: bool,
    share: float = 1.0,
    counts: Sequence[int | None] | None = None,
) -> list[tuple[float, float, float]]:
    counts = [None] * len(rows) if counts is None else counts
    variance = _birge(rows, n_rows) if known else None
    if weighing is not None:
        rows = [replace(row, loss=loss) for row, loss in zip(rows, weighing, strict=True)]
    # the worst law on a front is a constant: its error is the spread of y
    spread = math.sqrt(max(row.loss for row in rows))
    floor = exact_loss(spread, spread if y_scale is None else float(y_scale))
    return [
        description_parts(row, n_rows, floor, variance, share, count)
        for row, count in zip(rows, counts, strict=True)
    ]


def _n_fitted(row: FrontEntry) -> int:
    # references are chosen for the reader: neither fitted nor found
    return len(constants(row.node)) - len(references(row.node) | words(row.node))


def _birge(rows: Sequence[FrontEntry], n_rows: int) -> float:
    """What known variances are multiplied by: chi-square a degree of freedom of the best law.

    Never less than 1 (Birge 1932): errors that no law reaches were said too small.
    """
    spare = [n_rows - _n_fitted(row) for row in rows]
    ratios = [row.loss * n_rows / k for row, k in zip(rows, spare, strict=True) if k > 0]
    return max(1.0, min(ratios, default=1.0))


def words(law: Node) -> frozenset[int]:
    """Numeric leaves, in preorder, that belong to the text: 1, and exponents of wholes and halves.

    Others were fitted, also those that were rounded then: one that happens to lie near a whole
    number says nothing for its law.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> sorted(words(parse("2*x0**1.5/(1 + exp(3 - x0))")))
    [1, 2]
    """
    usual = exponents(law)
    return frozenset(
        i for i, size in enumerate(map(abs, constants(law)))
        if size == 1.0 or (i in usual and size <= 12 and (2.0 * size).is_integer())
    )  # fmt: skip


def choose(
    rows: Sequence[FrontEntry],
    selection: str | Callable[[Sequence[FrontEntry]], Any] = "best",
    n_rows: int = 1,
    y_scale: float | None = None,
    weighing: Sequence[float] | None = None,
    known: bool = False,
) -> int:
    """Index of the chosen law, by what the front alone knows.

    Parameters
    ----------
    rows : sequence of FrontEntry
        A front, simplest first.
    selection : {"best", "law", "prediction", "accuracy", "score"} or callable
        ``"law"``: the shortest description; ``"prediction"``: with half the prior;
        ``"best"``: the former, for only the rows themselves can insist on the latter
        (`choose_again`); ``"accuracy"``: the smallest loss; ``"score"``: PySR's choice, the
        highest score among the laws whose loss is at most 1.5 times the smallest. A callable
        gets the rows and returns an index or a row.
    n_rows : int
        Rows the losses are means over.
    y_scale : float, optional
        Root mean square of ``y``; taken from the simplest law's loss when omitted.
    weighing : sequence of float, optional
        Mean squared errors that lengths go by, where the losses are no such errors.
    known : bool
        Whether losses and `weighing` are chi-squares a row of known errors: lengths then
        go by these as they are, and by their logarithm where the size of errors is unknown.

    Raises
    ------
    ValueError
        If there is no row, or the selection is unknown.

    Examples
    --------
    >>> from sklearn_trm.task.front import Front
    >>> from sklearn_trm.expressions.text import parse
    >>> front = Front()
    >>> for text, loss in ("x0", 1.0), ("2*x0", 0.01), ("2*x0 + 0.013*sin(x1)", 0.0099):
    ...     _ = front.add(parse(text), loss)
    >>> rows = front.rows()
    >>> rows[choose(rows, "best", n_rows=100)].equation, rows[choose(rows, "accuracy")].equation
    ('2*x0', '2*x0 + 0.013*sin(x1)')
    """
    if not rows:
        raise ValueError("there is no law to choose from")
    if callable(selection):
        return _index(selection(rows), rows)
    if selection not in SELECTIONS:
        raise ValueError(f"selection is one of {SELECTIONS} or a callable, got {selection!r}")
    losses = [row.loss for row in rows]
    least = min(losses)
    if selection == "accuracy":
        return losses.index(least)
    if selection == "score":
        good = [i for i, row in enumerate(rows)
                if row.loss <= 1.5 * least and not math.isnan(row.score)]  # fmt: skip
        return max(good, key=lambda i: (rows[i].score, -i))
    share = PREDICTIVE if selection == "prediction" else 1.0
    return int(np.argmin(description_lengths(rows, n_rows, y_scale, weighing, known, share)))


def _index(chosen: Any, rows: Sequence[FrontEntry]) -> int:
    if isinstance(chosen, FrontEntry):
        return list(rows).index(chosen)
    index = int(chosen)
    if not -len(rows) <= index < len(rows):
        raise ValueError(f"the selection returned row {index} of {len(rows)}")
    return index % len(rows)


def weighed(result: FitResult) -> FitResult:
    """The same front with the lengths of its laws, by the full prior and by a part of it."""
    full, predictive = (
        tuple(sum(parts) for parts in length_parts(result, share)) for share in (1.0, PREDICTIVE)
    )
    return replace(result, lengths=full, predictive=predictive)


def length_parts(result: FitResult, share: float = 1.0) -> list[tuple[float, float, float]]:
    """What makes up the description length of each law of a result (`description_parts`)."""
    weighing = result.weighing
    if weighing is None and result.risks is not None:
        pairs = zip(result.rows, result.risks, strict=True)
        weighing = tuple(row.loss * risk for row, risk in pairs)
    return _parts(result.rows, result.n_counted, result.size, weighing, result.known, share)


def contenders(result: FitResult) -> tuple[int, int]:
    """The law by the full prior, and the one that is chosen to predict."""
    result = result if result.lengths is not None else weighed(result)
    return int(np.argmin(result.lengths or ())), int(np.argmin(result.predictive or ()))


def insist(richer: np.ndarray, law: np.ndarray) -> bool:
    """Whether rows are predicted better by a richer law, by `_SURELY` standard errors.

    Parameters
    ----------
    richer, law : ndarray of shape (n,)
        Losses of rows that the laws were not fitted to; inf where one is undefined.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise, trend = rng.normal(size=50) ** 2, np.linspace(0, 3, 50)
    >>> insist(noise, noise + trend), insist(noise, noise + 0.3 * rng.normal(size=50))
    (True, False)
    """
    gain = law - richer
    if not np.isfinite(richer).all():
        return False
    if not np.isfinite(law).all():
        return True
    return bool(gain.sum() > _SURELY * math.sqrt(len(gain)) * gain.std())


def choose_again(result: FitResult, selection: Any) -> FitResult:
    """The same front with another choice."""
    if selection in ("best", "law", "prediction"):
        law, richer = contenders(result)
        rich = selection == "prediction" or (selection == "best" and result.insisted)
        return replace(result, chosen=richer if rich else law)
    return replace(result, chosen=choose(result.rows, selection))


def choose_on(
    result: FitResult, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None
) -> FitResult:
    """The same front with the choice that other data make.

    The simplest law is taken whose errors (squared errors, log losses) are, row by row,
    no more than one standard error above those of the law that predicts best.
    """
    if weight is not None:
        X, y, weight = X[weight > 0], y[weight > 0], weight[weight > 0]
    share = np.full(len(y), 1.0 / len(y)) if weight is None else weight / weight.sum()
    with np.errstate(all="ignore"):
        errors = np.array([_errors(result, X, y, i) for i in range(len(result.rows))])
    errors[~np.isfinite(errors)] = np.inf
    losses = errors @ share
    best = int(np.argmin(losses))
    if not math.isfinite(losses[best]):
        raise ValueError("no law of the front is defined on every row of these data")
    floor = (CHOSEN * float(np.std(y))) ** 2
    chosen = best
    for i in range(best):
        if not math.isfinite(losses[i]):
            continue
        more = errors[i] - errors[best]
        mean = float(more @ share)
        spread = math.sqrt(float(((more - mean) ** 2) @ share**2))
        if mean <= max(spread, floor):
            chosen = i
            break
    return replace(result, chosen=chosen, validation=tuple(map(float, losses)))


def _errors(result: FitResult, X: np.ndarray, y: np.ndarray, index: int) -> np.ndarray:
    values = result.values(X, index)
    if result.loss is not None:
        return result.loss.each(y, values)
    return log_losses(values, y) if result.link == "logistic" else (values - y) ** 2
