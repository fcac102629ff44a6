"""The table as a fit works with it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.validation import _get_feature_names

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.data.table import Table, check_errors, complete_rows
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.text import parse

RNG = np.random.default_rng(0)
X = RNG.uniform(1, 5, (80, 2))
Y = X[:, 0] * X[:, 1]
MODEL = {"model": None, "random_state": 0, "time_limit": 2}


def holes():
    table, y = X.copy(), Y.copy()
    table[3, 0] = table[10, 1] = y[17] = np.nan
    return table, y


@pytest.mark.parametrize("kind", ["array", "frame", "nullable", "lists"])
def test_rows_that_lack_a_value(kind):
    table, y = holes()
    names = ["x0", "x1"]
    if kind == "frame":
        table = pd.DataFrame(table, columns=names)
    elif kind == "nullable":
        table = pd.DataFrame(table, columns=names).convert_dtypes()
        y = pd.Series(y).astype("Float64")
    elif kind == "lists":
        table = [[None if np.isnan(v) else v for v in row] for row in table]
    with pytest.raises(DataError, match=r"missing='drop'"):
        TRMSymbolicRegressor(**MODEL).fit(table, y)
    est = TRMSymbolicRegressor(**MODEL).fit(table, y, missing="drop")
    assert est.expr_ == "x0*x1" and est._fitted.n_rows == 77
    assert kind not in ("frame", "nullable") or list(est.feature_names_in_) == names


def test_what_goes_with_the_rows_is_dropped_too():
    table, y = holes()
    weight = np.ones(80)
    weight[3] = np.nan  # of a row that is dropped
    est = TRMSymbolicRegressor(**MODEL).fit(table, y, sample_weight=weight, missing="drop")
    assert est.expr_ == "x0*x1"
    sigma = np.full((80, 2), 0.01)
    out = complete_rows("drop", table, y, weight, 0.5, sigma)
    assert [np.shape(part) for part in out] == [(77, 2), (77,), (77,), (), (77, 2)]
    both = TRMSymbolicRegressor(**MODEL).fit(table, np.column_stack([y, Y]), missing="drop")
    assert both.expr_ == ["x0*x1", "x0*x1"]


def test_infinity_is_not_missing():
    table, y = holes()
    table[0, 0] = np.inf
    with pytest.raises(DataError, match="infinity"):
        TRMSymbolicRegressor(**MODEL).fit(table, y, missing="drop")


def test_policies_that_there_are_not():
    with pytest.raises(ValueError, match="'error' or 'drop'"):
        TRMSymbolicRegressor(**MODEL).fit(X, Y, missing="mean")
    with pytest.raises(DataError, match="every row lacks"):
        TRMSymbolicRegressor(**MODEL).fit(np.full((5, 1), np.nan), Y[:5], missing="drop")
    with pytest.raises(DataError, match="inconsistent"):
        TRMSymbolicRegressor(**MODEL).fit(X, Y[:5], missing="drop")


def test_polars():
    pl = pytest.importorskip("polars")
    table = pl.DataFrame({"mass": X[:, 0], "r": X[:, 1]})
    if _get_feature_names(table) is None:
        pytest.skip("a scikit-learn that is older than the names of this polars")
    est = TRMSymbolicRegressor(**MODEL).fit(table, pl.Series(Y))
    assert est.expr_ == "mass*r"
    np.testing.assert_allclose(est.predict(table), Y)
    gaps, y = holes()
    gaps = pl.DataFrame({"mass": gaps[:, 0], "r": gaps[:, 1]}).fill_nan(None)
    est.fit(gaps, pl.Series(y).fill_nan(None), missing="drop")
    assert est.expr_ == "mass*r" and est._fitted.n_rows == 77


def test_columns_come_back():
    table = np.column_stack([np.ones(80), X[:, 0] * 1e200, X[:, 0] * 1e200, X[:, 1]])
    t = Table.of(TRMSymbolicRegressor(), table, Y)
    assert t.kept == [1, 3] and t.X.shape == (80, 2)
    assert t.write(parse("x0 + x1")) == "1e-201*x1 + x3"


def test_errors_take_the_shape_of_the_table():
    assert check_errors("y_error", 0.5, (3,), strict=True).tolist() == [0.5] * 3
    assert check_errors("X_error", 0.0, (3, 2)) is None
    assert check_errors("X_error", [[1, 2]] * 3, (3, 2)).shape == (3, 2)
