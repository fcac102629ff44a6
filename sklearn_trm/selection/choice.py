"""Choose one law from a Pareto front.

``"best"`` is a description length (Rissanen 1978) in nats: what it takes to send the
residuals, the constants and the text of the law. A longer law is taken only when it
shortens the residuals by more than it costs, and by more than trying so many laws
would by luck alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..expressions.exactness import CHOSEN, NO_CHANCE, exact_loss
from ..expressions.roles import references
from ..expressions.tree import Node, constants, walk
from ..expressions.writing import free_numbers
from ..objectives.logistic import log_losses
from ..task.front import FrontEntry
from ..task.result import FitResult
from ..task.settings import SELECTIONS
from .prior import prior

_MANY = 4  # numbers that are no short decimals

# Nats per symbol of a law's text. On 98 noisy fronts that hold the truth (50 to 1,000 rows, noise
# of 3 and 10 %) 0.8 and 1.5 choose it 92 times, 0.4 90 times, the smallest loss 30 times; on 31
# real tables 0.8 gives the better median test R2 (0.84, 0.81). docs/log/choice.md has the table.
NATS_PER_TOKEN = 0.8


def description_length(
    row: FrontEntry,
    n_rows: int,
    n_tried: int = 1,
    floor: float = 0.0,
    simplest: int = 1,
    variance: float | None = None,
) -> float:
    """Nats to send the data with this law (up to a constant common to all laws).

    Parameters
    ----------
    row : Row
    n_rows : int
        Rows the loss is a mean over.
    n_tried : int
        Laws that were looked at. The best of many wrong laws fits noise better than
        one wrong law; a law pays for that by the share of the search it stands for.
    floor : float
        Loss below which a fit is exact.
    simplest : int
        Complexity of the simplest law on the front.
    variance : float, optional
        Of the errors, where it is known; the loss itself tells it when omitted.
    """
    numbers = _n_fitted(row)
    spare = n_rows - numbers
    if spare <= 0:
        return math.inf  # as many constants as rows fit anything
    if variance is None:
        loss = row.loss * n_rows / spare
        residuals = 0.5 * n_rows * math.log(max(loss, floor, 1e-300))
    else:
        residuals = 0.5 * n_rows * row.loss / variance
    tokens = sum(1 for _ in walk(row.node)) - 2 * len(references(row.node))
    # one candidate in n_tried is log(n_tried) nats, but never more than its own text holds
    luck = min(math.log(max(n_tried, 1)), NATS_PER_TOKEN * max(row.complexity - simplest, 0))
    return residuals + 0.5 * numbers * math.log(n_rows) + NATS_PER_TOKEN * tokens + luck


def plausible_length(
    row: FrontEntry, n_rows: int, floor: float = 0.0, variance: float | None = None
) -> float:
    """Nats of a law by its prior, and of what it leaves (up to a constant common to all laws).

    The small-sample form of Akaike's criterion (Hurvich and Tsai 1989) beside the nats of
    `sklearn_trm.selection.prior`: of noisy tables of 8 to 200 rows it prefers the true law to its
    rivals more often than `description_length` (docs/log/choice.md).

    Parameters
    ----------
    row : FrontEntry
    n_rows, floor, variance
        As of `description_length`.
    """
    numbers = _n_fitted(row)
    spare = n_rows - numbers - 1
    exact = variance is None and row.loss <= floor
    if spare < 0 or (spare == 0 and not exact):
        return math.inf
    if variance is None:
        residuals = 0.5 * n_rows * math.log(max(row.loss, floor, 1e-300))
    else:
        residuals = 0.5 * n_rows * row.loss / variance
    return residuals + numbers * n_rows / max(spare, 1) + prior(row.node)


def _n_fitted(row: FrontEntry) -> int:
    free = references(row.node)  # chosen for the reader: neither fitted nor found
    return sum(1 for i, c in enumerate(constants(row.node)) if i not in free and not _is_plain(c))


def _birge(rows: Sequence[FrontEntry], n_rows: int) -> float:
    """What known variances are multiplied by: chi-square a degree of freedom of the best law.

    Never less than 1 (Birge 1932): errors that no law reaches were said too small.
    """
    spare = [n_rows - _n_fitted(row) for row in rows]
    ratios = [row.loss * n_rows / k for row, k in zip(rows, spare, strict=True) if k > 0]
    return max(1.0, min(ratios, default=1.0))


def _is_plain(value: float) -> bool:
    """Small integers and halves are words of the text, not fitted numbers."""
    return abs(value) <= 12 and (2.0 * value).is_integer()


def enough_rows(law: Node, n_rows: int, error: float = math.inf) -> bool:
    """Whether a law has few enough numbers for a table.

    As many numbers as rows fit anything. Under noise there are more than two rows to a number;
    a fit to the last digit is no chance as soon as one row of three or more is left over.

    Parameters
    ----------
    law : Node
    n_rows : int
    error : float
        Root mean square error relative to that of the target, or what a fit may still reach.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> line = parse("1.8*x0 + 32")
    >>> enough_rows(line, 5), enough_rows(line, 4), enough_rows(line, 4, error=1e-16)
    (True, False, True)
    """
    numbers = len(constants(law)) - len(references(law))
    if 2 * numbers < max(n_rows, 3):
        return True
    return error <= NO_CHANCE and numbers < n_rows and n_rows >= 3


def may_be_chance(law: Node, error: float) -> bool:
    """Whether a law may be a long likeness, such as a polynomial, and not the exact law.

    Parameters
    ----------
    law : Node
    error : float
        Root mean square error relative to that of the target.
    """
    return error > NO_CHANCE and free_numbers(law) > _MANY


def choose(
    rows: Sequence[FrontEntry],
    selection: str | Callable[[Sequence[FrontEntry]], Any] = "best",
    n_rows: int = 1,
    n_tried: int = 1,
    y_scale: float | None = None,
    weighing: Sequence[float] | None = None,
    known: bool = False,
) -> int:
    """Index of the chosen law.

    Parameters
    ----------
    rows : sequence of Row
        A front, simplest first.
    selection : {"best", "law", "accuracy", "score"} or callable
        ``"best"``: the shortest description; ``"law"``: the law that a textbook would rather
        hold (`plausible_length`); ``"accuracy"``: the smallest loss;
        ``"score"``: PySR's choice, the highest score among the laws whose loss is at
        most 1.5 times the smallest. A callable gets the rows and returns an index
        or a row.
    n_rows : int
        Rows the losses are means over.
    n_tried : int
        Laws that were looked at.
    y_scale : float, optional
        Root mean square of ``y``; taken from the simplest law's loss when omitted.
    weighing : sequence of float, optional
        Mean squared errors that ``"best"`` goes by, where the losses are no such errors.
    known : bool
        Whether losses and `weighing` are chi-squares a row of known errors: ``"best"`` then
        goes by these as they are, and by their logarithm where the size of errors is unknown.

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
    variance = _birge(rows, n_rows) if known else None
    if selection == "accuracy":
        return losses.index(least)
    if selection == "score":
        good = [i for i, loss in enumerate(losses) if loss <= 1.5 * least]
        return max(good, key=lambda i: (rows[i].score, -i))
    if weighing is not None:
        rows = [replace(row, loss=loss) for row, loss in zip(rows, weighing, strict=True)]
        losses = list(weighing)
    # the worst law on a front is a constant: its error is the spread of y
    spread = math.sqrt(max(losses))
    scale = spread if y_scale is None else float(y_scale)
    floor = exact_loss(spread, scale)
    if selection == "law":
        return int(np.argmin([plausible_length(row, n_rows, floor, variance) for row in rows]))
    simplest = min(row.complexity for row in rows)
    lengths = [description_length(row, n_rows, n_tried, floor, simplest, variance) for row in rows]
    return int(np.argmin(lengths))


def _index(chosen: Any, rows: Sequence[FrontEntry]) -> int:
    if isinstance(chosen, FrontEntry):
        return list(rows).index(chosen)
    index = int(chosen)
    if not -len(rows) <= index < len(rows):
        raise ValueError(f"the selection returned row {index} of {len(rows)}")
    return index % len(rows)


def choose_again(result: FitResult, selection: Any) -> FitResult:
    """The same front with another choice."""
    weighing = result.weighing
    if weighing is None and result.risks is not None:
        pairs = zip(result.rows, result.risks, strict=True)
        weighing = tuple(row.loss * risk for row, risk in pairs)
    chosen = choose(
        result.rows, selection, result.n_counted, result.n_tried, result.size, weighing,
        result.known,
    )  # fmt: skip
    return replace(result, chosen=chosen)


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
