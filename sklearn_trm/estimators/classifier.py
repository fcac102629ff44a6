"""A classifier whose law is the logarithm of the odds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from ..data import validation
from ..data.table import Table
from ..errors import DataError
from ..expressions.tree import Node
from ..fit.context import Earlier, FitContext
from ..fit.odds_terms import odds_terms
from ..fit.road import fit_table
from ..objectives.logistic import LogOdds, probability, with_class_weight
from ..rules.constraints import Constraints
from ..task.problem import Problem
from ..task.settings import steps_on_columns
from .all_or_nothing import all_or_nothing
from .laws import LawsMixin
from .other_names import OtherNames, answers_names
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
        extrapolation: str = "ignore",
        prior: Any = None,
        keep_all: bool = False,
        named_curves: bool = True,
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
        self.extrapolation = extrapolation
        self.prior = prior
        self.keep_all = keep_all
        self.named_curves = named_curves

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
        context = FitContext.of(self, callbacks=callbacks)
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
            self._keep_each(
                fit_each(one, X, member, weight, earlier.parts, context.callbacks, dates=dates)
            )
        else:
            self._fit_odds(table, codes == 1, weight, context, earlier)
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
        self, X: np.ndarray, member: np.ndarray, weight: np.ndarray | None, context: FitContext,
        earlier: Earlier,
    ) -> None:  # fmt: skip
        """Two classes: the law is the log odds of the second."""
        total = float(len(X) if weight is None else weight.sum())
        passes = min(_SEARCHES, self.max_steps - 1)

        def objective(table: Table) -> LogOdds:
            of_class = table.y == 1.0
            return LogOdds(table.X, of_class, table.weight, total, table.rules.held, passes)

        def terms(problem: Problem, late: Callable[[], bool]) -> Iterator[Node]:
            return odds_terms(problem, objective(table), late)

        table = Table.of_class(self, X, member, weight)
        context = replace(context, objective=objective, first_laws=terms)
        outcome = fit_table(table, context, earlier)
        self._fitted, self.stopped_ = outcome.fitted, outcome.stopped
        self._keep_steps(steps_on_columns(outcome.steps, table.kept))
