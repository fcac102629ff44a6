"""What a fitted regressor does not know: bands, rows worth measuring, laws of a user's own."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from ..data import validation
from ..data.groups import Groups
from ..data.table import Table, check_errors
from ..errors import DataError
from ..expressions.grouped import of_group
from ..expressions.text import to_text
from ..expressions.tree import Node, columns, constants
from ..objectives.noise_models import Noise
from ..selection.design import grid, most_telling
from ..selection.doubt import forecast, interval, law_shares, probabilities
from ..task.front import FrontEntry
from ..task.result import FitResult
from .extrapolation import check_range
from .targets import by_target

if TYPE_CHECKING:
    import pandas as pd

_LIKELY = 0.01  # probability below which a law has no say in what to measure


class DoubtMixin:
    """Methods of a regressor whose fit left laws that are more or less likely.

    How likely says ``equations_.probability``: by what a law leaves and what it costs before any
    data. Its sum is the probability that the law sought was found at all; bands and suggestions
    are given that it was.
    """

    _fitted: FitResult

    @property
    def noise_(self) -> Any:
        """Kind and size of the errors that the chosen law leaves; None under another loss."""
        return self.noise()

    @by_target
    def noise(self, index: int | None = None) -> Noise | None:
        """Kind and size of the errors that the law, or row `index` of ``equations_``, leaves.

        Parameters
        ----------
        index : int, optional

        Returns
        -------
        Noise or None
            ``kind``: "even"; "proportional" to the value; "counts", whose variance is; "rounded",
            where a law explains all but that; "known"; "none". ``size``: the standard deviation,
            as a share of the value, relative to the value's square root, half a step, or relative
            to the errors that ``fit`` was told. None under a loss other than squared errors, and
            with weights that are no whole numbers: then nothing is assumed.
        """
        return self._fitted.noise(index)

    def predict_interval(
        self, X: Any, level: float = 0.95, *, law_doubt: bool = False, index: Any = None,
        y_error: Any = None,
    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        """Interval that holds a measurement at each row with a probability.

        Parameters
        ----------
        X : array-like of shape (n, d)
        level : float, default=0.95
        law_doubt : bool, default=False
            Whether doubt about the law itself counts: the interval is that of the mixture of all
            likely laws, each with its own constants, their covariance, and noise. Otherwise the
            chosen law is taken for granted, and the interval is the usual one of its fit.
        index : int, optional
            Row of ``equations_`` instead of the chosen law; with several targets also a list.
        y_error : float or array-like of shape (n,), optional
            Standard errors of the measurements; as on the rows of the fit when omitted: as
            ``noise_`` says for the value, of known errors their typical size. 0 gives the
            interval of the law's own value.

        Returns
        -------
        low, high : ndarray of shape (n,), or (n, n_targets) with several targets
            nan where the law, or each likely law, is undefined; infinite where the rows do not
            tell its constants.

        Notes
        -----
        Constants enter to first order, errors are independent and normal, and those of a mixture
        are given that one of the laws of ``equations_`` is true: far from the data all of them
        may fail (see the parameter `extrapolation`).

        Examples
        --------
        >>> from sklearn_trm import TRMSymbolicRegressor
        >>> x = np.linspace(1.0, 3.0, 12)[:, None]
        >>> y = 2.0 * x[:, 0] + 0.1 * np.random.default_rng(0).normal(size=12)
        >>> est = TRMSymbolicRegressor(model=None, random_state=0, time_limit=1).fit(x, y)
        >>> low, high = est.predict_interval([[2.5]])
        >>> bool(low[0] < 5.0 < high[0])
        True
        """
        check_is_fitted(self)
        if not isinstance(level, numbers.Real) or not 0.0 < level < 1.0:
            raise ValueError(f"level must be between 0 and 1, got {level!r}")
        if law_doubt and index is not None:
            raise ValueError("law_doubt=True takes all likely laws: leave out index")
        X = validation.check_predict_data(self, X)
        check_range(self, X)
        error = _errors(y_error, len(X))
        parts = getattr(self, "estimators_", None)
        fits = [self._fitted] if parts is None else [part._fitted for part in parts]
        rows = index if isinstance(index, list | tuple) else [index] * len(fits)
        ends = [
            interval(fit, X, float(level), None if law_doubt else fit.row(row), error)
            for fit, row in zip(fits, rows, strict=True)
        ]
        if parts is None:
            return ends[0]
        return np.column_stack([e[0] for e in ends]), np.column_stack([e[1] for e in ends])

    @by_target
    def suggest(self, X_pool: Any = None, n: int = 1, *, y_error: Any = None) -> pd.DataFrame:
        """Rows where a measurement would tell most about which law holds.

        The criterion is the information in nats that the values are expected to give about the
        law (Lindley 1956), for likely laws with their own constants and noise; rows that give
        equal information, as where each would decide, are ranked by the divergence of Box and
        Hill (1967). Further rows are chosen one by one, each beside those before it.

        Parameters
        ----------
        X_pool : array-like or DataFrame of shape (n_rows, d), optional
            What could be measured; a grid over the range of the data when omitted, in columns
            that no likely law holds the middle. Of a fit with ``groups=`` in each group.
        n : int, default=1
        y_error : float or array-like of shape (n_rows,), optional
            Standard errors of the measurements, as of `predict_interval`.

        Returns
        -------
        DataFrame
            Rows of the pool under their own index, the most telling one first, and a column
            ``information``: nats beyond the rows before. ``log(2)`` decides between two laws that
            are equally likely. With several targets a list, one for each.

        Raises
        ------
        DataError
            If a pool has other columns, or too few rows on which each likely law is defined; if
            only one law is likely.
        """
        import pandas as pd

        if not isinstance(n, numbers.Integral) or isinstance(n, bool) or n < 1:
            raise ValueError(f"n must be a whole number of at least 1, got {n!r}")
        fit, groups = self._fitted, getattr(self, "groups_", None)
        pool = None if X_pool is None else validation.check_predict_data(self, X_pool)
        every = law_shares(fit)
        likely = np.flatnonzero(every >= _LIKELY)
        names: list[str] = self.column_names()  # type: ignore[attr-defined]
        if len(likely) < 2:
            best = int(np.argmax(every))
            raise DataError(
                f"one law is likely, {to_text(fit.short_law(best), names)}, with a share of "
                f"{every[best]:.4f} of all that were found: there are none to tell apart"
            )
        if pool is None:
            if fit.ranges is None:
                raise DataError("a file of an earlier version holds no ranges of data: give X_pool")
            used = {j for i in likely for j in columns(fit.rows[i].node)}
            X = _grid(fit, used, groups)
        else:
            X = pool
        error = _errors(y_error, len(X))
        laws = [_held(forecast(fit, X, int(i), error)) for i in likely]
        defined = np.all([np.isfinite(law.values) & np.isfinite(law.scale) for law in laws], axis=0)
        rows = np.flatnonzero(defined)
        if len(rows) < n:
            lost = f", and {len(X) - len(rows)} where a likely law is undefined"
            raise DataError(
                f"n={n} rows are asked of {len(X)}{lost if len(rows) < len(X) else ''}: give a "
                "larger pool, inside the domain of the laws"
            )
        laws = [
            replace(f, values=f.values[rows], slopes=f.slopes[:, rows], noise=f.noise[rows])
            for f in laws
        ]
        chosen, gains = most_telling(every[likely], laws, int(n))
        at = rows[chosen]
        if hasattr(X_pool, "iloc"):
            out = X_pool.iloc[at].copy()
        else:
            out = pd.DataFrame(X[at], columns=names, index=None if X_pool is None else at)
            if groups is not None:
                out = groups.labelled(out)
        name = "information"
        while name in out.columns:
            name += "_"
        out[name] = gains
        return out

    def compare(
        self, laws: str | Sequence[str], X: Any, y: Any, sample_weight: Any = None, *,
        y_error: Any = None,
    ) -> Any:  # fmt: skip
        """Your own laws fitted to the table of the fit, beside those that it found.

        Parameters
        ----------
        laws : sequence of str
            As ``["a*x0/(b + x0)", "x0**2"]``: names that are no columns are numbers to be fitted,
            in several starts, for at most `time_limit` each; numbers written out stay. Of a fit
            with ``groups=`` names become shared by all groups where the rows permit it; marked as
            in `form`, ``"a[patient]*x0/(b + x0)"``, those are of each group and others shared.
        X : array-like of shape (n, d)
        y : array-like of shape (n,) or (n, n_targets)
            The table that the estimator was fitted to, for it keeps no data; so its
            `sample_weight` or `y_error`.

        Returns
        -------
        DataFrame
            One row a law, the shortest description first: ``law`` (the text given, None for laws
            of ``equations_``), ``equation``, ``complexity``, ``loss``, ``prior``,
            ``description_length`` (less the shortest one), ``probability`` (beside all of these),
            ``constants`` (by name).
            The index, ``rank``, is where a law stands. A law that both hold, with other numbers,
            is one row, with the shorter description of the two. With several targets a list of
            such frames.

        Raises
        ------
        DataError
            For another table than that of the fit, a law with too many constants for its rows, or
            one that is undefined on them.
        ParseError
            For a text that is no law of these columns.
        """
        check_is_fitted(self)
        parts = getattr(self, "estimators_", None)
        if parts is not None:
            y = validation.check_targets(y, len(np.asarray(y)), len(parts))
            return [
                part.compare(laws, X, column, sample_weight, y_error=y_error)
                for part, column in zip(parts, y.T, strict=True)
            ]
        return _comparison(self, laws, X, y, sample_weight, y_error)


def _comparison(
    est: Any, laws: str | Sequence[str], X: Any, y: Any, sample_weight: Any, y_error: Any
) -> pd.DataFrame:
    import pandas as pd

    from ..fit.comparison import cheapest, compared
    from ..fit.context import FitContext
    from ..rules.rules import Rules

    fit: FitResult = est._fitted
    groups = getattr(est, "groups_", None)
    if fit.loss is not None:
        raise DataError("laws are compared by squared errors: fit with loss='squared'")
    validation.check_predict_data(est, X)  # the columns are those of the fit
    copy = clone(est)  # what a check sets stays with it
    dates = "days" if hasattr(est, "dates_") else "error"
    name = None if groups is None else groups.name
    table = Table.of(copy, X, y, sample_weight, y_error, dates=dates, groups=name)
    if groups is not None and copy.groups_ != groups:
        raise DataError("compare needs the table that the laws were fitted to: it has other groups")
    rules = Rules(est.constraints, table.names, shift=est.prior)

    def entry(law: Node, loss: float) -> FrontEntry:
        form = of_group(law, table.groups) if table.groups else law
        more = len(constants(law)) - len(constants(form))  # each number of a group counts
        nats = cheapest(form, rules.prior)
        return FrontEntry(rules.measure(form) + more, loss, np.nan, law, nats)

    texts = [laws] if isinstance(laws, str) else list(laws)
    standings = compared(table, FitContext.of(copy), fit, texts, entry)
    lengths = [s.length for s in standings]
    names = est.column_names()
    out = pd.DataFrame({
        "law": pd.Series([s.text for s in standings], dtype=object),
        "equation": [to_text(s.node, names) for s in standings],
        "complexity": [s.complexity for s in standings],
        "loss": [s.loss for s in standings],
        "prior": [s.prior for s in standings],
        "description_length": np.array(lengths) - lengths[0],
        "probability": probabilities(
            lengths, [s.prior for s in standings], [s.loss for s in standings], fit.n_rows
        ),
        "constants": [s.numbers for s in standings],
    })  # fmt: skip
    return out.set_axis(pd.RangeIndex(1, len(out) + 1, name="rank"))


def _grid(fit: FitResult, used: set[int], groups: Groups | None) -> np.ndarray:
    """A pool of rows over the ranges of the data, of groups the same in each."""
    assert fit.ranges is not None
    labels = () if groups is None else groups.columns(len(fit.ranges))
    X = grid(fit.ranges, sorted(used.difference(labels))) * np.array(fit.magnitudes.x)
    if groups is None:
        return X
    count = len(labels)
    X = np.repeat(X, count, axis=0)
    X[:, list(labels)] = np.tile(np.eye(count), (len(X) // count, 1))
    return X


def _errors(y_error: Any, n_rows: int) -> np.ndarray | None:
    """Standard errors of rows to come; None where the fit tells them."""
    if y_error is None:
        return None
    error = check_errors("y_error", y_error, (n_rows,))
    return np.zeros(n_rows) if error is None else error


def _held(law: Any) -> Any:
    """A forecast in which constants that the rows do not tell stay where they are."""
    lost = ~np.isfinite(np.diag(law.covariance)) if law.covariance.size else np.zeros(0, bool)
    spread = law.covariance.copy()
    spread[lost, :] = spread[:, lost] = 0.0
    return replace(law, covariance=spread)
