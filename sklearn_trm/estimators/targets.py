"""Several targets: one fitted estimator each, and methods that answer for all of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from ..fit.callbacks import OfTarget


def by_target(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of one law; with several targets it gives a list, one answer a target.

    ``index=`` may then be a list, one row a target.
    """
    signature = inspect.signature(method)

    @wraps(method)
    def answer(self: Any, *args: Any, **kwargs: Any) -> Any:
        check_is_fitted(self)
        parts = getattr(self, "estimators_", None)
        if parts is None:
            return method(self, *args, **kwargs)
        given = signature.bind(self, *args, **kwargs).arguments
        given.pop("self")
        index = given.pop("index", None)
        if isinstance(index, list | tuple):
            if len(index) != len(parts):
                raise ValueError(f"index names {len(index)} rows for {len(parts)} targets")
            chosen = list(index)
        else:
            chosen = [index] * len(parts)
        extra = [{} if i is None else {"index": i} for i in chosen]
        return [
            getattr(part, method.__name__)(**given, **more)
            for part, more in zip(parts, extra, strict=True)
        ]

    return answer


def several(y: Any) -> bool:
    """Whether ``y`` holds more than one target."""
    shape = getattr(y, "shape", None)
    if shape is None:
        try:
            shape = np.asarray(y).shape
        except ValueError:  # of unequal rows: the check of the data says so
            return False
    return len(shape) == 2 and shape[1] > 1


def fit_each(
    estimator: Any,
    X: Any,
    y: np.ndarray,
    sample_weight: Any,
    before: Sequence[Any] = (),
    callbacks: Sequence[Callable[..., Any]] = (),
    **more: Any,
) -> list[Any]:
    """One fitted copy of the estimator for each column of ``y``, in `n_jobs` processes.

    Copies of an earlier fit, as many as there are columns now, go on from where they are.
    """
    rng = check_random_state(estimator.random_state)
    parts = [
        clone(estimator).set_params(n_jobs=None, random_state=int(seed))
        for seed in rng.randint(2**31 - 1, size=y.shape[1])
    ]
    if len(before) == len(parts):
        params = estimator.get_params(deep=False)
        kept = {k: v for k, v in params.items() if k not in ("n_jobs", "random_state")}
        parts = [part.set_params(**kept) for part in before]
    heard: list[dict[str, Any]] = [{} for _ in parts]
    if callbacks:
        heard = [{"callbacks": [OfTarget(c, i) for c in callbacks]} for i in range(len(parts))]
    return list(
        Parallel(n_jobs=estimator.n_jobs)(
            delayed(type(estimator).fit)(
                part, X, column, sample_weight=sample_weight, **more, **told
            )
            for part, column, told in zip(parts, y.T, heard, strict=True)
        )
    )
