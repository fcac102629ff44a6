"""Features that users combine: each obeys in the company of the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_trm import Constraints, TRMSymbolicRegressor, fit_many
from sklearn_trm.expressions.tree import complexity, walk

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.uniform(0.5, 3, (120, 2)), columns=["length", "speed"])
Y = X["length"] / X["speed"]
FAST = {"model": None, "random_state": 0, "time_limit": 2}
UNITS = {"length": "m", "speed": "m/s"}


def gross(y):
    y = np.array(y)
    y[::10] += 50.0
    return y


@pytest.mark.parametrize("loss", ["absolute", "huber", "logcosh"])
def test_units_under_a_loss(loss):
    est = TRMSymbolicRegressor(loss=loss, **FAST).fit(X, gross(Y), units=UNITS, y_units="s")
    assert est.expr_ == "length/speed"


def test_constraints_under_a_loss():
    limits = Constraints(forbidden=[("sin",)], max_depth=3)
    est = TRMSymbolicRegressor(loss="absolute", constraints=limits, **FAST).fit(X, gross(Y))
    assert est.expr_ == "length/speed"
    assert not any(n.op == "sin" for i in range(len(est.equations_)) for n in walk(est.law(i)))


def test_a_known_shape_under_a_loss():
    limits = Constraints(monotonic={"length": 1, "speed": -1})
    est = TRMSymbolicRegressor(loss="absolute", constraints=limits, **FAST).fit(X, gross(Y))
    assert est.expr_ == "length/speed"


def test_weights_under_a_loss():
    y = np.array(Y)
    y[:70] *= 2  # most rows, of hardly any weight
    weight = np.where(np.arange(120) < 70, 1e-3, 1.0)
    est = TRMSymbolicRegressor(loss="absolute", **FAST).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(est.predict(X), Y, rtol=0.01)


def test_errors_of_rows_with_units():
    est = TRMSymbolicRegressor(**FAST).fit(
        X, Y + 0.01 * RNG.standard_normal(120), y_error=0.01, units=UNITS, y_units="s"
    )
    assert (
        est.expr_.replace(" ", "") in ("length/speed", "1.0*length/speed")
        or est.score(X, Y) > 0.999
    )


def test_several_targets_with_units_and_limits():
    both = np.column_stack([Y, X["length"] ** 2])
    limits = Constraints(max_exponent=2)
    est = TRMSymbolicRegressor(constraints=limits, **FAST).fit(X, both)
    assert est.score(X, both) > 1 - 1e-9


def test_many_tables_with_constraints():
    limits = Constraints(forbidden=[("exp",)])
    model = TRMSymbolicRegressor(constraints=limits, max_complexity=9, **FAST)
    tables = [(X, Y), (X, np.exp(X["speed"]))]
    for est in fit_many(tables, model):
        for i in range(len(est.equations_)):
            assert complexity(est.law(i)) <= 9
            assert not any(n.op == "exp" for n in walk(est.law(i)))


def test_grid_search_over_all_dials_in_a_pipeline():
    model = TRMSymbolicRegressor(search=False, time_limit=None, max_steps=1, random_state=0)
    pipe = make_pipeline(FunctionTransformer(np.log), model).set_output(transform="pandas")
    name = "trmsymbolicregressor__"
    grid = {f"{name}threshold": [1e-1, 1e-3], f"{name}ns_steps": [2], f"{name}max_iters": [4],
            f"{name}max_complexity": [5, 20]}  # fmt: skip
    y = np.log(X["length"]) * np.log(X["speed"])
    found = GridSearchCV(pipe, grid, cv=2).fit(X, y)
    assert len(found.cv_results_["params"]) == 4
    assert found.best_score_ > 0.5
    assert "length" in found.best_estimator_[-1].expr_
