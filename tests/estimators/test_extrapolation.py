"""Rows outside the data of a fit."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor, load
from sklearn_trm.errors import DataError, ExtrapolationWarning

X = np.random.default_rng(0).uniform(1, 5, (40, 2))
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1,
        "unary_operators": [], "max_complexity": 5}  # fmt: skip
FAR = [[2.0, 3.0], [9.0, 3.0], [7.0, 0.5]]


def named(rows):
    return pd.DataFrame(rows, columns=["mass", "r"])


@pytest.fixture(scope="module")
def fitted():
    return TRMSymbolicRegressor(**FAST, extrapolation="warn").fit(named(X), X[:, 0] / X[:, 1])


def test_a_warning_names_columns_and_rows(fitted):
    with pytest.warns(ExtrapolationWarning, match=r"2 of 3 rows .*mass \(2 rows .*r \(1 row ") as w:
        values = fitted.predict(named(FAR))
    assert w[0].filename == __file__
    np.testing.assert_allclose(values, [2 / 3, 3.0, 14.0])


def test_rows_inside_and_the_default_say_nothing(fitted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted.predict(named(X))
        TRMSymbolicRegressor(**FAST).fit(X, X[:, 0]).predict(FAR)


def test_a_file_keeps_the_ranges(fitted, tmp_path):
    fitted.save(tmp_path / "law.json")
    back = load(tmp_path / "law.json").set_params(extrapolation="error")
    back.predict(named(X))
    with pytest.raises(DataError, match="outside the data"):
        back.predict(named(FAR))


def test_rows_of_no_weight_are_no_data():
    weight = (X[:, 0] < 3).astype(float)
    est = TRMSymbolicRegressor(**FAST, extrapolation="error").fit(X, X[:, 0] / X[:, 1], weight)
    with pytest.raises(DataError, match=r"x0 \(1 row outside"):
        est.predict([[4.0, 3.0]])


def test_extreme_units_and_formulas_have_ranges():
    Z = X * [1e200, 1.0]
    for template in (None, "a*x0/x1"):
        est = TRMSymbolicRegressor(**FAST, extrapolation="error")
        est.fit(Z, Z[:, 0] / Z[:, 1], template=template)
        est.predict(Z)
        with pytest.raises(DataError, match=r"x0 \(1 row .*e\+200"):
            est.predict([[9e200, 3.0]])


def test_targets_and_classes_share_the_table():
    est = TRMSymbolicRegressor(**FAST, extrapolation="warn").fit(X, X)
    with pytest.warns(ExtrapolationWarning):
        assert est.predict(FAR).shape == (3, 2)
    classes = TRMSymbolicClassifier(**FAST, extrapolation="warn").fit(X, X[:, 0] > 3)
    with pytest.warns(ExtrapolationWarning):
        classes.predict_proba(FAR)


def test_an_unknown_policy():
    with pytest.raises(ValueError, match="extrapolation must be one of"):
        TRMSymbolicRegressor(**FAST, extrapolation="raise").fit(X, X[:, 0])
