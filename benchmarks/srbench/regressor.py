"""Entry for SRBench (https://github.com/cavalab/srbench, algorithms/<name>/regressor.py).

Copy this folder to ``algorithms/sklearn-trm``. The benchmark imports `est`, `model`,
`complexity`, `eval_kwargs`, `get_population` and `get_best_solution`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.sympy_io import to_sympy

est = TRMSymbolicRegressor(time_limit=60, random_state=0)
hyper_params: dict[str, list[Any]] = {}  # nothing to tune
# a law is looked for in the units of the table: scaling would hide it
eval_kwargs = {"scale_x": False, "scale_y": False, "test_params": {"time_limit": 5}}


class FrontLaw(RegressorMixin, BaseEstimator):
    """One law of a fitted estimator's front, as a regressor of its own."""

    def __init__(self, fitted: TRMSymbolicRegressor, index: int) -> None:
        self.fitted = fitted
        self.index = index

    def predict(self, X: Any) -> np.ndarray:
        return self.fitted.predict(X, index=self.index)


def _law(est: Any) -> tuple[TRMSymbolicRegressor, int | None]:
    return (est.fitted, est.index) if isinstance(est, FrontLaw) else (est, None)


def model(est: Any, X: Any = None) -> str:
    """The law as a text that sympy reads; names are the columns' names."""
    fitted, index = _law(est)
    names = list(X.columns) if hasattr(X, "columns") else fitted.column_names()
    return str(to_sympy(fitted.law(index), names))


def complexity(est: Any) -> int:
    """Number of nodes of the law's sympy expression, as the benchmark counts."""
    from sympy import preorder_traversal

    fitted, index = _law(est)
    return sum(1 for _ in preorder_traversal(fitted.sympy(index)))


def get_population(est: Any) -> list[Any]:
    """At most 100 laws: the front."""
    fitted, _ = _law(est)
    return [FrontLaw(fitted, i) for i in range(len(fitted.equations_))][-100:]


def get_best_solution(est: Any) -> Any:
    return est
