"""What a fit leaves behind: the front, the chosen law, and what a later choice needs."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .export import NumpyLaw
from .expressions.evaluate import evaluate
from .expressions.intervals import constants_table
from .expressions.short import shortened
from .expressions.sympy_io import LazySympy
from .expressions.text import to_text
from .expressions.tree import Node, constants, with_constants
from .front import Row
from .logistic import log_losses
from .losses import Loss
from .select import EXACT, choose, exact_loss
from .validation import Magnitudes

if TYPE_CHECKING:
    import pandas as pd

_TAG = 123_456.789  # marks the numeric leaves of a law while its units are restored
_LEAST_LOSS = 1e-300


@dataclass(frozen=True)
class Fitted:
    """The result of one fit, for one target.

    Attributes
    ----------
    rows : tuple of Row
        The front on the scaled table, simplest law first.
    covariances : tuple of ndarray
        Of the numeric leaves of each row's law.
    chosen : int
        Row of the chosen law.
    magnitudes : Magnitudes
        Scales of columns and target.
    n_rows : int
        Different rows of the table, without those of weight zero.
    n_counted : int
        Rows that decide about the errors.
    n_tried : int
        Laws that were looked at.
    size : float
        Root mean square of the scaled target.
    validation : tuple of float or None
        Loss of each row on other data, once they were given.
    link : {"identity", "logistic"}
        Whether a law is the target itself or the log odds of a class. The front of log odds
        holds ``exp(2*loss)`` for the mean log loss: what a squared error as likely would be.
    weighing : tuple of float or None
        Under another objective than squared errors the front holds its losses as they are; this
        is what the choice goes by, the squared errors as likely.
    loss : Loss or None
        That objective, if it is a loss.
    known : bool
        Whether the errors are known: losses are chi-squares a row, and the choice takes them as
        they are.
    risks : tuple of float or None
        Factor by which the error of each law is larger on the next row than on those that it
        was fitted to (`sklearn_trm.risk`): the choice goes by the product.
    labels : tuple of (str, int) or None
        Of a known formula: its constants, each with one of its numeric leaves.
    """

    rows: tuple[Row, ...]
    covariances: tuple[np.ndarray, ...]
    chosen: int
    magnitudes: Magnitudes
    n_rows: int
    n_counted: int
    n_tried: int
    size: float
    validation: tuple[float, ...] | None = None
    link: str = "identity"
    weighing: tuple[float, ...] | None = None
    loss: Loss | None = None
    risks: tuple[float, ...] | None = None
    labels: tuple[tuple[str, int], ...] | None = None
    known: bool = False

    def row(self, index: int | None) -> int:
        """Number of a row of the front; the chosen one for None."""
        i = self.chosen if index is None else index
        if not -len(self.rows) <= i < len(self.rows):
            raise IndexError(f"equations_ has {len(self.rows)} rows, there is no row {index}")
        return i % len(self.rows)

    def law(self, index: int | None = None) -> Node:
        """A law of the front for the table as it was given."""
        node = self.rows[self.row(index)].node
        return node if self.magnitudes.ordinary else self.magnitudes.restore(node)

    def short_law(self, index: int | None = None) -> Node:
        """The law with the digits that the data support, to be read."""
        i = self.row(index)
        row, allowed = self.rows[i], 1.0
        spare = self.n_rows - len(constants(row.node))
        if self.weighing is None and self.link == "identity" and row.loss > 0 and spare > 0:
            # standard errors that leave an exact law exact
            exact = exact_loss(math.sqrt(max(r.loss for r in self.rows)), self.size)
            allowed = max(1.0, math.sqrt(spare * exact / row.loss))
        node = shortened(row.node, self.covariances[i], allowed)
        return node if self.magnitudes.ordinary else self.magnitudes.restore(node)

    def values(self, X: np.ndarray, index: int | None = None) -> np.ndarray:
        """A law executed on a table."""
        node = self.rows[self.row(index)].node
        return evaluate(node, self.magnitudes.scale_x(X)) * self.magnitudes.y

    def choose(self, selection: Any) -> Fitted:
        """The same front with another choice."""
        weighing = self.weighing
        if weighing is None and self.risks is not None:
            pairs = zip(self.rows, self.risks, strict=True)
            weighing = tuple(row.loss * risk for row, risk in pairs)
        chosen = choose(
            self.rows, selection, self.n_counted, self.n_tried, self.size, weighing, self.known
        )
        return replace(self, chosen=chosen)

    def choose_on(self, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> Fitted:
        """The same front with the choice that other data make.

        The simplest law is taken whose errors (squared errors, log losses) are, row by row,
        no more than one standard error above those of the law that predicts best.
        """
        if weight is not None:
            X, y, weight = X[weight > 0], y[weight > 0], weight[weight > 0]
        share = np.full(len(y), 1.0 / len(y)) if weight is None else weight / weight.sum()
        with np.errstate(all="ignore"):
            errors = np.array([self._errors(X, y, i) for i in range(len(self.rows))])
        errors[~np.isfinite(errors)] = np.inf
        losses = errors @ share
        best = int(np.argmin(losses))
        if not math.isfinite(losses[best]):
            raise ValueError("no law of the front is defined on every row of these data")
        floor = (EXACT * float(np.std(y))) ** 2
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
        return replace(self, chosen=chosen, validation=tuple(map(float, losses)))

    def _errors(self, X: np.ndarray, y: np.ndarray, index: int) -> np.ndarray:
        values = self.values(X, index)
        if self.loss is not None:
            return self.loss.each(y, values)
        return log_losses(values, y) if self.link == "logistic" else (values - y) ** 2

    def _shown(self, loss: float) -> float:
        """Loss of the front in the user's units."""
        if self.link == "logistic":
            return 0.5 * math.log(loss)
        if self.known or self.weighing is not None:  # a loss that is no squared error
            return loss
        shown = loss * self.magnitudes.y * self.magnitudes.y  # whose square may be no float
        return min(shown, sys.float_info.max)

    def table(self, names: Sequence[str]) -> pd.DataFrame:
        """The front as a table."""
        import pandas as pd

        laws = [self.law(i) for i in range(len(self.rows))]
        out = {
            "complexity": [row.complexity for row in self.rows],
            "loss": [self._shown(row.loss) for row in self.rows],
            "score": [row.score for row in self.rows],
            "equation": [to_text(law, names) for law in laws],
            "selected": [i == self.chosen for i in range(len(self.rows))],
            "bic": [self._bic(i) for i in range(len(self.rows))],
            "constants": [constants(law) for law in laws],
            "sympy_format": [LazySympy(law, names) for law in laws],
            "lambda_format": [NumpyLaw(law, names) for law in laws],
        }
        if self.validation is not None:
            out["validation_loss"] = list(self.validation)
        return pd.DataFrame(out)

    def _bic(self, index: int) -> float:
        """Bayesian information criterion of a normal error, up to a constant of the table."""
        row = self.rows[index]
        price = len(constants(row.node)) * math.log(self.n_rows)
        if self.known:
            return self.n_rows * row.loss + price
        loss = row.loss if self.weighing is None else self.weighing[index]
        log_loss = math.log(max(loss, _LEAST_LOSS))
        log_loss += 2.0 * math.log(self.magnitudes.y) if self.weighing is None else 0.0
        return self.n_rows * log_loss + price

    def constants(self, index: int | None, confidence: float) -> pd.DataFrame:
        """Constants of a law with their standard errors and intervals."""
        i = self.row(index)
        node, covariance = self.rows[i].node, self.covariances[i]
        values = constants(node)
        if self.labels is not None:  # a name may stand in several places of its formula
            own = [leaf for _, leaf in self.labels]
            out = constants_table(
                [values[leaf] for leaf in own], covariance[np.ix_(own, own)],
                self.n_rows - len(own), confidence,
            )  # fmt: skip
            return out.set_axis([name for name, _ in self.labels], axis="index")
        law = self.law(i)
        if not self.magnitudes.ordinary:
            # the units of the table brought numbers of their own into the law: these are exact
            tags = [_TAG + leaf for leaf in range(len(values))]
            tagged = constants(self.magnitudes.restore(with_constants(node, tags)))
            spread = np.zeros((len(tagged), len(tagged)))
            own = [j for j, value in enumerate(tagged) if value in tags]
            spread[np.ix_(own, own)] = covariance
            values, covariance = constants(law), spread
        free = sum(1 for _ in constants(node))
        return constants_table(values, covariance, self.n_rows - free, confidence)
