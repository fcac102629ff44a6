"""What objectives share that lend the search weights by the best law."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence

import numpy as np

from ..expressions.constants import Fit
from ..expressions.tree import Node, const
from .noise_models import Noise

Array = np.ndarray
Clock = Callable[[], float]


class Reweighted(ABC):
    """An objective whose target is ``y`` itself, and whose weights move with the law."""

    link = "identity"
    squared = quick = comparable = False
    passes = 4
    look = 0.5
    size: float | None = None
    y: Array

    @abstractmethod
    def weights(self, law: Node | None) -> Array | None:
        """Weights for a search that knows this law, or none."""

    @abstractmethod
    def fit(self, law: Node, fixed: Collection[int], deadline: float | None, clock: Clock) -> Fit:
        """Constants and loss of a law."""

    @abstractmethod
    def clean(self, fit: Fit, deadline: float | None, clock: Clock) -> Fit:
        """The fit with clean constants where they are as good."""

    def learn(self, laws: Collection[Node]) -> None:
        del laws  # the best one tells enough

    def working_target(self, law: Node | None) -> tuple[Array, Array | None]:
        return self.y, self.weights(law)

    def noise(self, law: Node) -> Noise | None:
        return None

    def level(self) -> Node:
        return self.fit(const(float(np.median(self.y))), (), None, time.monotonic).node

    def variants(self, law: Node) -> Sequence[Node]:
        # as it is, and free to move as a whole: a quantile lies beside the mean
        return [law, const(1.0) * law + const(0.0)]

    def tidy(
        self, fit: Fit, permits: Callable[[Node], bool], clean: bool,
        deadline: float | None, clock: Clock,
    ) -> Fit | None:  # fmt: skip
        best = self.clean(fit, deadline, clock) if clean else fit
        return next((f for f in (best, fit) if permits(f.node)), None)
