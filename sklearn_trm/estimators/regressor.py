"""The public face: an ordinary scikit-learn regressor. It orchestrates only."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from ..data import validation
from ..data.table import Table, complete_rows
from ..errors import DataError
from ..fit.callbacks import narrator
from ..fit.context import Earlier, FitContext
from ..fit.road import fit_table
from ..rules.constraints import Constraints
from ..task.settings import steps_on_columns
from .all_or_nothing import all_or_nothing
from .by_group import GroupsMixin
from .doubt import DoubtMixin
from .laws import LawsMixin
from .other_names import OtherNames, answers_names
from .targets import fit_each, several


class TRMSymbolicRegressor(
    OtherNames, DoubtMixin, GroupsMixin, LawsMixin, RegressorMixin, BaseEstimator
):
    """Find a closed-form law with a pretrained tiny recursive model.

    Parameters
    ----------
    time_limit : float or None, default=10.0
        Seconds a fit may take, without compiling the network, which the first fit of a
        process does. With None the fit stops after `max_steps`, and an equal
        `random_state` gives an equal law.
    max_steps : int, default=16
        Answer steps: propose, fit constants, execute, feed back. The search goes on
        after them up to the time limit; without one it gets a share of work each step.
    max_iters : int, default=32
        Latent iterations per answer step.
    threshold : float, default=1e-2
        Relative latent velocity below which the network has settled.
    ns_steps : int, default=2
        Newton-Schulz steps of the stabilizer; 0 leaves only the RMS norm. The shipped
        weights are trained with 2.
    n_candidates : int, default=128
        Answers drawn from the network per answer step.
    search : bool, default=True
        Whether the search works between the answer steps. False leaves the network alone.
    unary_operators, binary_operators : sequence of str or None, default=None
        Operators a law may hold, such as ``["exp", "sin"]`` and ``["+", "*"]``; None allows all
        but those that are only used where they are named: ``"erf"``; for laws in pieces
        ``"min"``, ``"max"`` (binary), ``"floor"``, ``"ceil"``, ``"round"`` (halves away from 0),
        ``"relu"`` and ``"step"`` (1 from 0 on; ``"where"`` means it too: of two regimes).
        Other systems' spellings are understood: ``"plus"``, ``np.sqrt``, ``"inv(x) = 1/x"``.
        An `Operator` is one of your own.
    max_complexity : int, default=40
        Largest complexity of a law.
    constraints : Constraints or None, default=None
        Complexities of operators and columns, depth, nesting, exponents.
    selection : {"best", "law", "prediction", "accuracy", "score"} or callable, default="best"
        How the law is chosen from the front: ``"best"`` takes the law that a textbook would hold,
        by description length and `prior`, unless the rows insist on a richer one, which
        predicts rows left out better by two standard errors; ``"law"`` always the former,
        ``"prediction"`` always the latter, for tables without a short law; ``"accuracy"`` the
        smallest error, ``"score"`` the steepest gain per complexity, as PySR does.
    snap : bool, default=True
        Whether constants become clean values, such as 2 or pi, where the data allow it.
    model : str or None, default="auto"
        Name or path of the pretrained weights. None leaves the search alone.
    device : {"auto", "cpu", "gpu"}, default="auto"
        Where the network runs.
    n_jobs : int or None, default=None
        Processes, as joblib counts them (-1: all cores): for several targets, each of which
        then uses one; for one target companions that search beside the process of the fit, once
        it has gone on for a tenth of a second. Each holds libraries of its own (0.2 to 1 GB), and
        goes after a minute without work. One process where ``time_limit=None`` promises the same
        law each time, and in workers of joblib.
    random_state : int, RandomState instance or None, default=None
        Seed of everything random in a fit.
    verbose : int, default=0
        With 1, a bar with the best law so far, on a terminal and in a notebook; elsewhere a line
        for each new best law.
    loss : {"squared", "absolute", "huber", "logcosh"}, Loss or callable, default="squared"
        What constants are fitted by, the front is filed by and the law is chosen by; other names
        of these, such as ``"squared_error"`` or ``"L1DistLoss()"``, are understood. Also one
        of ``Quantile(0.9)``, ``Huber(delta)``, ``LogCosh(scale)`` (from ``sklearn_trm``), or a
        function ``loss(y, prediction)`` that gives the loss of each row. Under "absolute",
        "huber" and "logcosh" rows with gross errors are left out of the search.
    warm_start : bool, default=False
        Whether another ``fit`` goes on from the one before: on the same table where it ended,
        with `time_limit` or `max_steps` once more, on another from its laws. A pickle or a
        file holds the laws, so that it begins with them too.
    extrapolation : {"ignore", "warn", "error"}, default="ignore"
        What `predict` does about rows outside the range of a column in the data of the fit: an
        `ExtrapolationWarning` says which columns and how many rows, or a `DataError` does.
    prior : dict of str to float, callable or None, default=None
        What you know of laws: nats by operator that are added to those of published laws, as
        ``{"sin": 2.0}`` (a sine is ``exp(2)`` times less likely; inf rules it out; negative
        numbers favour it), or a function of a law (`sklearn_trm.expressions.tree.Node`) that
        returns the nats to add. It decides between laws that fit; `complexity_of_operators`
        (`Constraints`) sets complexity alone.
    keep_all : bool, default=False
        Whether ``all_laws_`` keeps every law that was fitted, and ``plot.search`` what ran when.
    named_curves : bool, default=True
        Whether a law that textbooks have a name for is shown with it. Nothing is found by it.

    Attributes
    ----------
    expr_ : str
        The law as a text; ``sklearn_trm.expressions.text.parse`` reads it back.
    sympy_expr_ : sympy.Expr
        The law for sympy.
    name_ : str or None
        What textbooks call the law, as "Michaelis-Menten"; None where they have no name, or
        with ``named_curves=False``. `curve` tells its constants by their symbols.
    equations_ : pandas.DataFrame
        The archive, simplest law first: laws that no other beats in complexity and loss, or in
        prior and loss. ``complexity``, ``loss`` (mean squared error), ``score`` (of the former;
        nan elsewhere), ``equation``, ``selected``, ``prior`` (nats), ``description_length``
        (nats beyond the shortest), ``probability`` (that it is the law sought; the
        rest to 1 is that of a law that was not found),
        ``bic``, ``constants``, ``sympy_format``, ``lambda_format`` and, after `choose_on`,
        ``validation_loss``.
    all_laws_ : pandas.DataFrame
        With `keep_all`: every law that was fitted in the search, in its order: ``equation``,
        ``loss``, ``complexity``, ``prior``; ``all_laws_.to_parquet(path)`` writes it.
    constants_ : pandas.DataFrame
        Constants of the law: ``value``, ``std``, and the 95% interval ``low``, ``high``;
        those of a formula given as `template` by their names.
    noise_ : Noise or None
        Kind and size of the errors that the law leaves, as ``Noise(kind='proportional',
        size=0.021)``. Where no loss, weights or errors are given, the kind that makes the laws
        found likeliest is what rows are weighed by, in the search, in fits and for the choice:
        even, proportional to the value, as counts, rounded (see `noise`). The ``loss`` of
        ``equations_`` is then the mean squared error with these weights, of mean 1.
    estimators_ : list of TRMSymbolicRegressor
        With several targets: one fitted estimator each. The attributes above are then
        lists, one entry a target.
    n_iter_ : int
        Latent iterations over all answer steps.
    converged_ : bool
        Whether the latent velocity fell below `threshold` in the last answer step.
    velocity_history_ : list of ndarray
        Relative latent velocity, one array for each answer step.
    answer_steps_ : list of AnswerStep
        What each answer step proposed and reached.
    stopped_ : str
        Why the fit ended: "exact", "noise" (that is all the law leaves), "exhausted", "time
        limit", "max_steps", "callback", "interrupted" or "memory" (there was not enough of it).
    dates_ : Dates
        Only where columns held dates: ``origin``, the first date, and ``columns``.
    groups_ : Groups
        Only with ``groups=``: ``name`` of the column of labels, and ``labels``.
    constants_by_group_ : pandas.DataFrame
        With ``groups=``: constants of the law in each group, ``value`` and ``std``; `form` is
        what all groups share. ``expr_`` is a law of columns such as ``[patient=A]``, 1 in this
        group and 0 elsewhere, which stand at the end of ``feature_names_in_``.
    n_features_in_ : int
        Columns of ``X``.
    feature_names_in_ : ndarray of shape (n_features,)
        Only where ``X`` has column names that are texts.

    References
    ----------
    Jolicoeur-Martineau, "Less is More: Recursive Reasoning with Tiny Networks", arXiv 2510.04871

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import TRMSymbolicRegressor
    >>> X = np.random.default_rng(0).uniform(1, 5, (100, 2))
    >>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(X, 2.5 * X[:, 0] / X[:, 1])
    >>> est.expr_
    '2.5*x0/x1'
    >>> est.predict([[4.0, 2.0]])
    array([5.])
    """

    _clock = staticmethod(time.monotonic)  # what `time_limit` counts

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
        loss: Any = "squared",
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
        self.loss = loss
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
        guesses: Any = None,
        *,
        callbacks: Any = None,
        y_error: Any = None,
        X_error: Any = None,
        units: Any = None,
        y_units: Any = None,
        missing: str = "error",
        template: str | None = None,
        constants: Any = None,
        dates: str = "error",
        groups: str | int | None = None,
    ) -> TRMSymbolicRegressor:
        """Find a law for ``y`` in the columns of ``X``.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n, d)
        y : array-like of shape (n,) or (n, n_targets)
            Several targets get one law each, and `time_limit` each.
        sample_weight : array-like of shape (n,), optional
            Weights of the squared errors; a whole weight is the same as a repeated row.
        guesses : sequence of str, or dict of str to sequence of str, optional
            Laws to begin with, such as ``["x0/(1 + x1)"]`` or another fit's
            ``equations_.equation``. Their constants are fitted, and others are set free. Beside
            a template: laws by part, as ``{"f": ["sin(x0)"]}``.
        callbacks : callable or sequence of callable, optional
            Each is called with a `callbacks.Progress` after each change of the best law and
            each answer step; one that returns True stops the fit. Ready-made: ``StopAt``,
            ``ProgressBar``, ``JsonLines``, ``TensorBoard`` in ``sklearn_trm.fit.callbacks``.
        y_error : float or array-like of shape (n,), optional
            Standard errors of ``y``. Laws are fitted and chosen by the absolute chi-square, over
            that of the best law where none reaches 1 a degree of freedom (Birge):
            ``equations_.loss`` is chi-square a row, and errors of constants do not look at
            the residuals.
        X_error : float or array-like of shape (d,) or (n, d), optional
            Standard errors of the columns; distances are then orthogonal ones. Without
            `y_error` the target is exact.
        units : dict of str to str, or sequence of str, optional
            As ``{"x0": "m", "x1": "kg*m/s^2", "y": "J"}``: only consistent laws are kept.
        y_units : str, optional
            Unit of the target, where `units` does not say it.
        missing : {"error", "drop"}, default="error"
            Whether rows that lack a value are left out.
        template : str, optional
            Known structure with unknown parts, as ``"a*f(x0, x1) + g(x2)"``: each part is found
            as a law of its columns, and each other name is a number. Numbers written out are
            where their fit begins. Without unknown parts, as ``"a*x0/(b + x0)"``, it is a known
            formula: its names are fitted, numbers written out stay, and so do ``pi`` and ``e``.
        constants : dict, optional
            Of a known formula: starting values and bounds, as ``{"a": 1.0, "b": (0, 10)}``, or
            both as ``(low, start, high)``. A name without a start begins in several places.
        dates : {"error", "days"}, default="error"
            Whether columns of dates and times are days since the first date, also in `predict`.
        groups : str or int, optional
            Name or number of a column of ``X`` that holds labels (texts, numbers, categories): the
            rows of each are a data set of its own, and one form is found for all of them, in which
            some constants are shared and others are of each group (`constants_by_group_`). Errors
            are taken as equally large in all groups, unless `sample_weight` or `y_error` says
            otherwise. Not beside `template`, `units`, `X_error` and other losses.

        Returns
        -------
        TRMSymbolicRegressor
            The estimator itself.

        Raises
        ------
        DataError
            If the table cannot be used as it is; the message says what to change.
        ParseError
            If a guess or the template is no law of these columns.
        WeightsError
            If the pretrained weights are missing or damaged.
        """
        context = FitContext.of(
            self, guesses=guesses, callbacks=callbacks, template=template, constants=constants
        )
        names = validation.names_of_targets(y)
        X, y, sample_weight, y_error, X_error = complete_rows(
            missing, X, y, sample_weight, y_error, X_error
        )
        earlier = Earlier.of(self)
        if several(y):
            _, targets = validation.check_fit_data(
                self, X, y, multi_output=True, dates=dates, groups=groups
            )
            self._keep_each(fit_each(
                self, X, targets, sample_weight, earlier.parts, context.callbacks, guesses=guesses,
                y_error=y_error, X_error=X_error, units=units, y_units=y_units, template=template,
                constants=constants, dates=dates, groups=groups,
            ))  # fmt: skip
            self._target_names = names
            return self
        table = Table.of(self, X, y, sample_weight, y_error, X_error, units, y_units, dates, groups)
        if self.verbose:
            context.callbacks.append(narrator(self.time_limit))
        if constants is not None and template is None:
            raise DataError("constants= are those of a formula: give it as template='a*x0 + b'")
        outcome = fit_table(table, context, earlier)
        self._target_names = names
        self._fitted, self.stopped_, self._seed = outcome.fitted, outcome.stopped, context.seed
        if self.warm_start:
            self._warm = outcome.warm
        self._keep_steps(steps_on_columns(outcome.steps, table.kept))
        return self

    def predict(self, X: Any, index: Any = None) -> np.ndarray:
        """Execute the law, or another one of the front.

        Parameters
        ----------
        X : array-like of shape (n, d)
        index : int, optional
            Row of ``equations_``; with several targets also a list, one row a target.

        Returns
        -------
        ndarray of shape (n,), or (n, n_targets) with several targets
            nan where the law is undefined.
        """
        check_is_fitted(self)
        return self._values(validation.check_predict_data(self, X), index)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
