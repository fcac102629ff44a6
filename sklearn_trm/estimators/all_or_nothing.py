"""A fit that fails leaves its estimator as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def all_or_nothing(fit: Callable[P, T]) -> Callable[P, T]:
    """A ``fit`` that leaves the estimator, and the fits inside it, as they were if it fails."""

    @wraps(fit)
    def kept(*args: P.args, **kwargs: P.kwargs) -> T:
        before = [(part, dict(vars(part))) for part in _with_parts(args[0])]
        try:
            return fit(*args, **kwargs)
        except BaseException:
            for part, state in before:
                vars(part).clear()
                vars(part).update(state)
            raise

    return kept


def _with_parts(estimator: Any) -> Iterator[Any]:
    yield estimator
    inner = getattr(estimator, "estimator_", None)  # of a transformer
    for part in (*getattr(estimator, "estimators_", ()), *([] if inner is None else [inner])):
        yield from _with_parts(part)
