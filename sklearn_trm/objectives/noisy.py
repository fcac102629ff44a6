"""Squared errors weighted by the kind of noise that the laws found leave: one likelihood for all.

A search begins evenly. The laws that it finds tell how their errors are spread (`noise_models`):
the model under which the likeliest law is shortest to send is taken, and what rows weigh under it
and that law is what further scans see, what constants are fitted by and what the choice goes by
(iteratively reweighted least squares; Carroll and Ruppert 1988).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

import numpy as np

from ..expressions.constants import fit_constants
from ..expressions.evaluate import evaluate
from ..expressions.exactness import exact_loss
from ..expressions.roles import n_fitted
from ..expressions.tree import Node
from ..rules.prior import prior
from .noise_models import NONE, Even, Noise, NoiseModel, Rounded, models_of
from .squared import Squared, weighted_loss

Array = np.ndarray

_ROWS = 400  # on which models are compared
_LAWS = 10  # that are fitted under a model: those that are shortest as they are
_STEPS = 20
_LOOK = 0.2  # of the time, before the laws found are asked


class Noisy(Squared):
    """Constants, front and choice by squared errors as the noise weighs them.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    repeats : ndarray of shape (n,) or None
        How often each row was measured, up to a factor.
    held : callable
        Numeric leaves of a law that are no free constants.
    nats : callable
        The prior of a law.

    Attributes
    ----------
    model : NoiseModel
    weighed_by : Node or None
        The law whose values make what rows weigh.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> rng = np.random.default_rng(0)
    >>> X = np.linspace(1.0, 9.0, 30)[:, None]
    >>> objective = Noisy(X, 2 * X[:, 0] ** 3 * rng.normal(1.0, 0.05, 30), None)
    >>> objective.learn([parse("2*x0**3"), parse("160*x0 - 300")])
    >>> objective.noise(parse("2*x0**3"))
    Noise(kind='proportional', size=0.0416)
    """

    def __init__(
        self, X: Array, y: Array, repeats: Array | None,
        held: Callable[[Node], Collection[int]] = lambda law: (),
        nats: Callable[[Node], float] = prior,
    ) -> None:  # fmt: skip
        super().__init__(X, y, repeats)
        self._nats = nats
        self._repeats, self._held = repeats, held
        self._models = models_of(y)
        self.model: NoiseModel = Even()
        self.weighed_by: Node | None = None
        moving = any(model.weights(y, y) is not None for model in self._models)
        self.passes, self.look = (2, _LOOK) if moving else (1, 1.0)
        self._exact = exact_loss(float(np.std(y)), float(self.size or 0.0))

    # ------------------------------------------------------------------ which noise

    def learn(self, laws: Collection[Node]) -> None:
        """Take the model of the likeliest law, and the weights that both make."""
        best: tuple[float, NoiseModel, Node | None] = math.inf, Even(), None
        if len(self._models) > 1 and not self._is_exact(laws):
            rows = np.linspace(0, len(self.y) - 1, min(len(self.y), _ROWS)).astype(int)
            for model in self._models:
                length, law = self._shortest(model, laws, rows)
                if length < best[0]:
                    best = length, model, law
        self._assume(*best[1:])

    def assume(self, kind: str, law: Node | None) -> None:
        """Take a model by its name, and the weights that it makes of the values of a law."""
        self._assume(next((m for m in self._models if m.kind == kind), Even()), law)

    def _assume(self, model: NoiseModel, law: Node | None) -> None:
        values = self.y if law is None else evaluate(law, self.X)
        if model.variance(self.y, values) is None:  # on rows that were not looked at
            values = self.y
        weight = model.weights(self.y, values)
        if weight is None:
            self.weight = self._repeats
        else:
            self.weight = weight if self._repeats is None else weight * self._repeats
        self.model, self.weighed_by = model, law
        self.comparable = not isinstance(model, Rounded)

    def _is_exact(self, laws: Collection[Node]) -> bool:
        return any(weighted_loss(law, self.X, self.y, None) <= self._exact for law in laws)

    def _shortest(
        self, model: NoiseModel, laws: Collection[Node], rows: Array
    ) -> tuple[float, Node | None]:
        """The least nats of a law under a model, of its constants and its prior, and the law."""
        lengths = {law: self._length(model, law, rows) for law in laws}
        best: tuple[float, Node | None] = math.inf, None
        for law in sorted(lengths, key=lambda law: lengths[law])[:_LAWS]:
            for fitted in (law, self._fitted(model, law, rows)):
                length = self._length(model, fitted, rows)
                if length < best[0]:
                    best = length, fitted
        return best

    def _length(self, model: NoiseModel, law: Node, rows: Array) -> float:
        n, k = self.n_rows, n_fitted(law)
        if n - k - 1 <= 0:
            return math.inf
        y, values = self.y[rows], evaluate(law, self.X[rows])
        repeats = None if self._repeats is None else self._repeats[rows]
        nats = model.part(rows).nats(y, values, repeats) * n / len(rows)
        return nats + k * n / (n - k - 1) + self._nats(law) + model.rarity

    def _fitted(self, model: NoiseModel, law: Node, rows: Array) -> Node:
        """The law with constants by the weights of the values themselves, then by its own."""
        X, y, model = self.X[rows], self.y[rows], model.part(rows)
        values, fixed = y, self._held(law)
        for _ in range(2):
            weight = model.weights(y, values)
            if self._repeats is not None:
                weight = self._repeats[rows] * (1.0 if weight is None else weight)
            law = fit_constants(law, X, y, weight, max_iter=_STEPS, fixed=fixed).node
            values = evaluate(law, X)
            if weight is None or model.variance(y, values) is None:
                break
        return law

    # ------------------------------------------------------------------ what it leaves

    def noise(self, law: Node) -> Noise | None:
        values, k = evaluate(law, self.X), n_fitted(law)
        if self._is_exact([law]):
            return NONE
        found = self.model.noise(self.y, values, self._repeats, k)
        return found or Even().noise(self.y, values, self._repeats, k)

    # ------------------------------------------------------------------ the choice

    def weigh(self, law: Node) -> float:
        if self.comparable:
            return self.loss(law)
        nats = self.model.nats(self.y, evaluate(law, self.X), self._repeats)
        return math.exp(min(2.0 * nats / len(self.y), 700.0)) / (2.0 * math.pi * math.e)
