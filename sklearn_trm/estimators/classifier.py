"""A classifier whose law is the logarithm of the odds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..data import validation
from ..data.magnitudes import Magnitudes
from ..errors import DataError
from ..expressions.evaluate import evaluate
from ..expressions.spellings import read_operators
from ..expressions.tree import Node, const
from ..fit.callbacks import Callback, check_callbacks
from ..fit.fitting import Earlier, all_or_nothing
from ..fit.guesses import on_useful
from ..fit.odds_terms import odds_terms
from ..objectives.logistic import (
    fisher_covariance,
    fit_logistic,
    log_odds,
    log_odds_loss,
    probability,
    with_class_weight,
    working_response,
)
from ..rules.constraints import Constraints
from ..rules.rules import Rules
from ..rules.shape import read_shape
from ..selection.choice import choose
from ..task.front import Front
from ..task.result import FitResult
from ..task.settings import Settings
from .laws import LawsMixin
from .other_names import OtherNames, answers_names
from .regressor import TRMSymbolicRegressor
from .targets import fit_each

_SEARCHES = 2  # for the classes themselves, then for what the best law leaves open


class TRMSymbolicClassifier(OtherNames, LawsMixin, ClassifierMixin, BaseEstimator):
    """Find closed-form log odds: ``P(class) = 1 / (1 + exp(-law))``.

    Two classes have one law, that of the second class; more classes have one law each,
    against the rest, and their probabilities are normalised.

    Parameters
    ----------
    **parameters
        Those of `TRMSymbolicRegressor`, with the same meaning. `time_limit` holds for each law.
        The first of `max_steps` takes sums of small expressions, the others search for laws.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, by which those of the rows are multiplied. ``"balanced"``: each
        class weighs as much as the others together, by its (weighted) number of rows.
    warm_start : bool, default=False
        Whether a second `fit` begins with the laws of the first.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    expr_ : str
        The log odds as a text.
    equations_ : pandas.DataFrame
        As of the regressor; ``loss`` is the mean log loss in nats.
    estimators_ : list of TRMSymbolicClassifier
        With more than two classes: one for each class. Attributes and methods then give lists.

    Examples
    --------
    >>> X = np.random.default_rng(0).uniform(-2, 2, (200, 2))
    >>> inside = X[:, 0] ** 2 + X[:, 1] ** 2 < 2
    >>> est = TRMSymbolicClassifier(
    ...     model=None, random_state=0, time_limit=4, max_complexity=12
    ... ).fit(X, inside)
    >>> bool(est.score(X, inside) > 0.97)
    True
    """

    _clock = staticmethod(time.monotonic)

    def __init__(
        self,
        time_limit: float | None = 10.0,
        max_steps: int = 16,
        max_iters: int = 32,
        threshold: float = 1e-2,
        ns_steps: int = 2,
        n_candidates: int = 128,
        search: bool = True,
        unary_operators: Sequence[str] | None = None,
        binary_operators: Sequence[str] | None = None,
        max_complexity: int = 40,
        constraints: Constraints | None = None,
        selection: str | Callable[..., Any] = "best",
        snap: bool = True,
        model: str | None = "auto",
        device: str = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
        class_weight: Any = None,
        warm_start: bool = False,
    ) -> None:
        self.time_limit = time_limit
        self.max_steps = max_steps
        self.max_iters = max_iters
        self.threshold = threshold
        self.ns_steps = ns_steps
        self.n_candidates = n_candidates
        self.search = search
        self.unary_operators = unary_operators
        self.binary_operators = binary_operators
        self.max_complexity = max_complexity
        self.constraints = constraints
        self.selection = selection
        self.snap = snap
        self.model = model
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.class_weight = class_weight
        self.warm_start = warm_start

    @answers_names
    @all_or_nothing
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        callbacks: Any = None,
        dates: str = "error",
    ) -> TRMSymbolicClassifier:
        """Find a law for the classes.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n, d)
        y : array-like of shape (n,)
            Labels.
        sample_weight : array-like of shape (n,), optional
        callbacks : callable or sequence of callable, optional
            As of the regressor. What they hear are laws for the log odds, and squared errors of
            the working response; one that returns True stops the fit.
        dates : {"error", "days"}, default="error"
            As of the regressor.

        Returns
        -------
        TRMSymbolicClassifier
            The estimator itself.

        Raises
        ------
        DataError
            If the table cannot be used, or all rows are of one class.
        """
        Settings.of(self)
        told = check_callbacks(callbacks)
        earlier = Earlier.of(self)
        table, labels = validation.check_class_data(self, X, y, dates)
        weight = validation.check_weight(sample_weight, len(labels))
        self.classes_, codes = np.unique(labels, return_inverse=True)
        seen = np.unique(codes if weight is None else codes[weight > 0])
        if len(seen) < 2:
            raise DataError("all rows are of one class: there is nothing to tell apart")
        weight = with_class_weight(self.class_weight, self.classes_, codes, weight)
        if len(self.classes_) > 2:
            member = codes[:, None] == np.arange(len(self.classes_))
            one = clone(self).set_params(class_weight=None)  # the weights hold it now
            self._keep_each(fit_each(one, X, member, weight, earlier.parts, told, dates=dates))
        else:
            earlier.check_width(table.shape[1])
            self._fit_odds(table, codes == 1, weight, told, earlier.laws)
        return self

    def predict(self, X: Any, index: Any = None) -> np.ndarray:
        """Labels of the largest probability.

        Parameters
        ----------
        X : array-like of shape (n, d)
        index : int, optional
            Row of ``equations_``; with several laws also a list, one row each.
        """
        best = self.predict_proba(X, index).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def predict_proba(self, X: Any, index: Any = None) -> np.ndarray:
        """Probabilities of the classes, shape (n, n_classes).

        Where a law is undefined its log odds count as 0.
        """
        p = probability(self.decision_function(X, index))
        if p.ndim == 1:
            return np.column_stack([1.0 - p, p])
        return np.asarray(p / np.maximum(p.sum(axis=1, keepdims=True), 1e-300))

    def predict_log_proba(self, X: Any, index: Any = None) -> np.ndarray:
        """Logarithms of the probabilities, shape (n, n_classes)."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X, index)))

    def decision_function(self, X: Any, index: Any = None) -> np.ndarray:
        """Log odds: of the second class, or of each class against the rest."""
        check_is_fitted(self)
        odds = self._values(validation.check_predict_data(self, X), index)
        return np.asarray(np.nan_to_num(odds, nan=0.0))

    def _targets(self, y: Any, n_rows: int, n_laws: int) -> np.ndarray:
        labels = np.asarray(y)
        if labels.shape != (n_rows,):
            raise DataError(f"y has shape {labels.shape}, expected ({n_rows},)")
        unknown = ~np.isin(labels, self.classes_)
        if unknown.any():
            raise DataError(
                f"y holds the label {labels[unknown].tolist()[0]!r}, unknown to the fit"
            )
        member = labels[:, None] == self.classes_
        return member if n_laws > 1 else member[:, 1:]

    def _fit_odds(
        self,
        X: np.ndarray,
        member: np.ndarray,
        weight: np.ndarray | None,
        told: list[Callback],
        earlier: Sequence[Node],
    ) -> None:
        """Two classes: laws for working responses, their constants by the likelihood."""
        own = {"selection": "best", "snap": False, "warm_start": False}
        settings = self.get_params(deep=False) | own
        del settings["class_weight"]
        begin, limit = self._clock(), self.time_limit
        total = float(len(X) if weight is None else weight.sum())
        X, of_class, weight = validation.merge_rows(X, member.astype(float), weight)
        member = of_class == 1.0
        n_rows = max(round(total), 1)  # a whole weight is the same as a repeated row
        rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31))
        search = TRMSymbolicRegressor(**settings)
        search._clock = self._clock
        magnitudes = Magnitudes.of(X, np.ones(1))
        restore = None if magnitudes.ordinary else magnitudes.restore
        names = validation.check_names(self, None)
        known = read_shape(self.constraints or Constraints(), names, X)
        shape = [] if known is None else [known]
        rules = Rules(self.constraints, names, None, restore, shape)
        front = Front(rules.measure, rules.written, max_complexity=self.max_complexity)
        n_tried = 0
        front.add(const(log_odds(member, weight)), _as_square(log_odds_loss(member, weight)))
        scaled = magnitudes.scale_x(X)
        for law in earlier:
            law = on_useful(law, scaled, range(X.shape[1]), magnitudes)
            node, loss = fit_logistic(law, scaled, member, weight, rules.held)
            front.add(node, _as_square(loss))
        for node, loss in odds_terms(
            scaled, member, weight, read_operators(self.unary_operators, 1),
            read_operators(self.binary_operators, 2), self.max_complexity, rules, rng,
            lambda: limit is not None and self._clock() - begin > limit / 3,
        ):  # fmt: skip
            front.add(node, _as_square(loss))
            n_tried += 1
        target, importance = np.where(member, 1.0, -1.0), weight
        self.answer_steps_, self.stopped_ = [], "max_steps"
        for left in range(min(_SEARCHES, self.max_steps - 1), 0, -1):
            if limit is not None:
                share = (limit - (self._clock() - begin)) / left
                search.set_params(time_limit=max(share, 0.02 * limit))
            frame = pd.DataFrame(X, columns=names)
            search.fit(frame, target, importance, list(earlier), callbacks=told)
            fitted = search._fitted
            for row in fitted.rows:
                node, loss = fit_logistic(row.node, scaled, member, weight, rules.held)
                front.add(node, _as_square(loss))
            n_tried, self.stopped_ = n_tried + fitted.n_tried, search.stopped_
            self.answer_steps_ += search.answer_steps_
            rows = front.rows()
            best = rows[choose(rows, "best", n_rows, n_tried, 1.0)]
            if search.stopped_ in ("callback", "interrupted"):
                break
            odds = evaluate(best.node, scaled)
            target, importance = working_response(odds, member, weight)
        rows = front.rows()
        counts = np.ones(len(X)) if weight is None else weight
        counts = counts * (total / counts.sum())
        self._fitted = FitResult(
            rows=tuple(rows),
            covariances=tuple(fisher_covariance(row.node, scaled, counts) for row in rows),
            chosen=choose(rows, self.selection, n_rows, n_tried, 1.0),
            magnitudes=magnitudes,
            n_rows=n_rows,
            n_counted=n_rows,
            n_tried=n_tried,
            size=1.0,
            link="logistic",
        )
        self._keep_steps(self.answer_steps_)


def _as_square(loss: float) -> float:
    """The squared error that is as likely: n/2 log(square) are the nats of n rows."""
    return math.exp(2.0 * min(loss, 300.0))
