"""What a fit leaves behind: the front, the chosen law, and what a later choice needs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..data.magnitudes import Magnitudes
from ..expressions.evaluate import evaluate
from ..expressions.exactness import exact_loss
from ..expressions.intervals import constants_table
from ..expressions.short import shortened
from ..expressions.tree import Node, constants, with_constants
from ..objectives.losses import Loss
from ..objectives.noise_models import Noise
from .front import FrontEntry
from .timeline import Turn

if TYPE_CHECKING:
    import pandas as pd

_MOST = 1e150  # times a standard error: beyond it numbers overflow
_TAG = 123_456.789  # marks the numeric leaves of a law while its units are restored


@dataclass(frozen=True)
class FitResult:
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
        Factor by which the error of each law is larger on rows beside those of the table
        (`sklearn_trm.selection.generalization`): the choice goes by the product.
    labels : tuple of (str, int) or None
        Of a known formula: its constants, each with one of its numeric leaves.
    ranges : tuple of (float, float) or None
        Smallest and largest value of each column of the scaled table; None in earlier files.
    error : float
        Typical known error of the scaled target (root of the harmonic mean of variances), nan
        where errors are not known.
    lengths : tuple of float or None
        Description length of each law in nats, up to a constant common to all
        (`sklearn_trm.selection.choice`); inf for laws with too many numbers for the rows.
    predictive : tuple of float or None
        The same with a part of the prior, by which laws are chosen to predict.
    filed : tuple of (Node, float)
        Every law that was fitted in the search with its loss, where these were kept.
    turns : tuple of Turn
        Which task of the search ran when, where this was kept; losses as of `rows`.
    insisted : bool
        Whether the rows insist on the best by `predictive`: it predicts rows that it was not
        fitted to better than the best by `lengths`.
    noises : tuple of Noise or None
        What each law leaves.
    noise_model : (str, Node or None) or None
        By which kind of noise, and by which law's values on the scaled table, rows were weighed;
        None where that was given.
    """

    rows: tuple[FrontEntry, ...]
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
    ranges: tuple[tuple[float, float], ...] | None = None
    error: float = math.nan
    lengths: tuple[float, ...] | None = None
    predictive: tuple[float, ...] | None = None
    insisted: bool = False
    filed: tuple[tuple[Node, float], ...] = ()
    turns: tuple[Turn, ...] = ()
    noises: tuple[Noise | None, ...] | None = None
    noise_model: tuple[str, Node | None] | None = None

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
            allowed = min(max(1.0, math.sqrt(exact / row.loss * spare)), _MOST)
        node = shortened(row.node, self.covariances[i], allowed)
        return node if self.magnitudes.ordinary else self.magnitudes.restore(node)

    def noise(self, index: int | None = None) -> Noise | None:
        """What a law leaves; None where nothing is assumed about it."""
        return None if self.noises is None else self.noises[self.row(index)]

    def values(self, X: np.ndarray, index: int | None = None) -> np.ndarray:
        """A law executed on a table."""
        node = self.rows[self.row(index)].node
        return evaluate(node, self.magnitudes.scale_x(X)) * self.magnitudes.y

    def beyond(self, X: np.ndarray) -> np.ndarray:
        """By how much the values of a table are outside the ranges of the fit; 0 inside."""
        Z, (low, high) = self.magnitudes.scale_x(X), np.array(self.ranges).T
        room = 1e-12 * np.maximum(np.abs(low), np.abs(high))  # scaling may round
        more, less = Z - high, Z - low
        out = np.where(more > room, more, np.where(less < -room, less, 0.0))
        return np.asarray(out * np.array(self.magnitudes.x))

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
