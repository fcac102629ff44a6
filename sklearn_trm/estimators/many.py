"""Many tables: one fit each, in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from ..errors import DataError
from .regressor import TRMSymbolicRegressor


def fit_many(
    tables: Iterable[tuple[Any, Any]], estimator: Any = None, n_jobs: int | None = None
) -> list[Any]:
    """Fit an estimator to each of many tables.

    Parameters
    ----------
    tables : iterable of (X, y)
    estimator : estimator, optional
        Copied for each table; `TRMSymbolicRegressor` with its defaults when omitted.
    n_jobs : int, optional
        Processes. In one process the network is compiled once for all tables; each further
        process compiles it once, which counts in no `time_limit`.

    Returns
    -------
    list
        In the order of the tables: a fitted estimator, or the exception that its fit raised.
        One bad table does no harm to the others.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).uniform(1, 5, (60, 2))
    >>> est = TRMSymbolicRegressor(model=None, random_state=0)
    >>> fits = fit_many([(X, X[:, 0] * X[:, 1]), (X, X[:3, 0]), (X, X[:, 0] + 1)], est)
    >>> [type(fit).__name__ if isinstance(fit, Exception) else fit.expr_ for fit in fits]
    ['x0*x1', 'DataError', 'x0 + 1']
    """
    if estimator is None:
        estimator = TRMSymbolicRegressor()
    if not hasattr(estimator, "fit") or isinstance(estimator, type):
        raise TypeError(f"estimator must be an estimator with `fit`, got {estimator!r}")
    work = (delayed(_fit)(clone(estimator), table) for table in tables)
    return list(Parallel(n_jobs=n_jobs)(work))


def _fit(estimator: Any, table: Any) -> Any:
    try:
        try:
            X, y = table
        except (TypeError, ValueError) as error:
            raise DataError("each table is a pair (X, y)") from error
        return estimator.fit(X, y)
    except Exception as error:  # of this table: the caller looks at it
        return error
