"""What every objective answers: how a law is fitted, judged and shown under it.

The search knows weighted squared errors only. An objective lends it a target and weights, first
from the table alone and then from the best law, and has the last word: it fits the constants,
orders the laws, and says how well they are known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import numpy as np

from ..expressions.constants import Fit
from ..expressions.tree import Node
from .losses import Loss
from .noise_models import Noise

Array = np.ndarray
Clock = Callable[[], float]


class Objective(Protocol):
    """What the way of a fit asks.

    Attributes
    ----------
    X : ndarray of shape (n, d)
    loss_kind : Loss or None
        The loss, if it is one other than squared errors.
    link : {"identity", "logistic"}
        Whether a law is the target itself or the log odds of a class.
    known : bool
        Whether the size of the errors is known: losses are chi-squares a row.
    squared : bool
        Whether losses are squared errors.
    comparable : bool
        Whether losses are what the choice goes by; else it goes by `weigh`.
    passes : int
        Searches at most: one where what a row weighs does not depend on the law, none where
        the laws to begin with are all.
    look : float
        Share of the time that is left, after which the laws found are asked what rows weigh.
    quick : bool
        Whether fits are cheap enough for all laws of each search.
    n_rows : int
        Rows that laws are compared on.
    size : float or None
        Root mean square of the target, where losses are squared errors.
    """

    loss_kind: Loss | None
    link: str
    X: Array
    known: bool
    squared: bool
    comparable: bool
    passes: int
    look: float
    quick: bool
    n_rows: int
    size: float | None

    def learn(self, laws: Collection[Node]) -> None:
        """Take what a search found as what tells how the errors of rows are spread."""

    def working_target(self, law: Node | None) -> tuple[Array, Array | None]:
        """Target and weights for a search that knows this law, or none; 0 leaves a row out."""

    def settle(self, law: Node, share: float) -> int:
        """Take the best law as what tells errors from data; rows that count for the choice.

        `share` of the rows did in the search.
        """

    def noise(self, law: Node) -> Noise | None:
        """What a law leaves; None where nothing is assumed about it."""

    def level(self) -> Node:
        """The best law that knows no column."""

    def variants(self, law: Node) -> Sequence[Node]:
        """A law as it is, and in forms that are fitted beside it."""

    def fit(self, law: Node, fixed: Collection[int], deadline: float | None, clock: Clock) -> Fit:
        """Constants and loss of a law under the objective."""

    def tidy(
        self, fit: Fit, permits: Callable[[Node], bool], clean: bool,
        deadline: float | None, clock: Clock,
    ) -> Fit | None:  # fmt: skip
        """The fit in its best writing, with `clean` constants where they are as good.

        None where no writing is permitted.
        """

    def loss(self, law: Node) -> float:
        """What the front shows."""

    def weigh(self, law: Node) -> float:
        """The mean squared error that is as likely, or chi-square a row: for the choice."""

    def each(self, law: Node, values: Array, rows: Array) -> Array:
        """Loss of each of some rows if there the law had these values, in the unit of `weigh`."""

    def covariance(self, law: Node, loss: float) -> Array:
        """Of the numeric leaves, in preorder; `loss` is the law's own."""
