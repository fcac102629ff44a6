"""Bad and odd data: a clear error, or a sane law."""

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor, TRMSymbolicTransformer
from sklearn_trm.data.magnitudes import Magnitudes
from sklearn_trm.data.validation import merge_rows, useful_columns
from sklearn_trm.errors import DataError, UnknownOperatorError
from sklearn_trm.expressions.tree import const, var

RNG = np.random.default_rng(0)
X = RNG.uniform(1, 5, (60, 2))
Y = X[:, 0] * X[:, 1]


def regressor(**parameters):
    return TRMSymbolicRegressor(**{"model": None, "random_state": 0, "time_limit": 5} | parameters)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["X", "y"])
def test_nan_and_infinity_say_what_to_do(bad, where):
    table, y = X.copy(), Y.copy()
    (table[3:4, 1] if where == "X" else y[3:4])[:] = bad
    with pytest.raises(DataError, match="dropna"):
        regressor().fit(table, y)


def test_text_columns_are_named():
    table = pd.DataFrame({"a": X[:, 0], "colour": ["red", "blue"] * 30, "day": ["mon"] * 60})
    with pytest.raises(DataError, match=r"'colour', 'day'.*OneHotEncoder"):
        regressor().fit(table, Y)
    with pytest.raises(DataError, match="'x1'"):
        regressor().fit(np.array([[1, "a"], [2, "b"]], dtype=object), [1.0, 2.0])


@pytest.mark.parametrize(
    "column", [pd.DataFrame({"y": Y}), Y[:, None], pd.DataFrame({"y": Y}).astype("Float64")]
)
def test_a_target_of_one_column(column):
    est = regressor(max_steps=1, time_limit=None, max_complexity=3).fit(X, column)
    assert est.predict(X).shape == (60,) and est.expr_ == "x0*x1"
    assert est.score(X, np.asarray(column, dtype=float)) > 0.99


def test_classes_of_one_column():
    labels = pd.DataFrame({"kind": np.where(X[:, 0] > 3, "far", "near")})
    est = TRMSymbolicClassifier(model=None, time_limit=None, max_steps=1, max_complexity=5)
    as_frame = est.fit(X, labels).expr_
    assert list(est.classes_) == ["far", "near"] and est.fit(X, labels["kind"]).expr_ == as_frame


def test_text_target():
    with pytest.raises(DataError, match="target y holds text"):
        regressor().fit(X, np.array(["a", "b"] * 30, dtype=object))


def test_one_row():
    with pytest.raises(DataError, match="one row"):
        regressor().fit(X[:1], Y[:1])


@pytest.mark.parametrize("n", [2, 3, 4])
def test_few_rows_give_a_finite_law(n):
    est = regressor().fit(X[:n], Y[:n])
    assert np.isfinite(est.predict(X[:n])).all()


@pytest.mark.parametrize("value", [0.0, 3.0, -2.5e-40, 7e200, 0.1])
def test_a_constant_target_is_the_law(value):
    est = regressor().fit(X, np.full(60, value))
    np.testing.assert_allclose(est.predict(X), value, rtol=1e-14)
    assert float(est.sympy_expr_) == pytest.approx(value, rel=1e-14)


def test_constant_columns_only():
    est = regressor().fit(np.ones((60, 2)), Y)
    np.testing.assert_allclose(est.predict(np.ones((1, 2))), Y.mean())


def test_one_column():
    assert regressor().fit(X[:, :1], 3 * X[:, 0] + 1).expr_ == "3*x0 + 1"


@pytest.mark.parametrize("scale", [1e300, 1e-300, 1e30, 1e-15])
def test_extreme_scales_of_a_column(scale):
    est = regressor().fit(X * [scale, 1], Y)
    np.testing.assert_allclose(est.predict(X * [scale, 1]), Y, rtol=1e-9)


@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_extreme_scales_of_the_target(scale):
    est = regressor().fit(X, Y * scale)
    np.testing.assert_allclose(est.predict(X), Y * scale, rtol=1e-9)


def test_duplicate_columns_count_once():
    table = np.column_stack([X[:, 0], X[:, 0], X[:, 1], X[:, 1]])
    est = regressor().fit(table, Y)
    assert est.expr_ == "x0*x2"
    assert est.n_features_in_ == 4


def test_mixed_dtypes():
    table = pd.DataFrame({
        "whole": np.arange(1, 61), "real": X[:, 0], "flag": [True, False] * 30,
        "small": X[:, 1].astype(np.float32),
    })  # fmt: skip
    est = regressor().fit(table, table["whole"] * table["real"])
    np.testing.assert_allclose(est.predict(table), table["whole"] * table["real"])


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(59), "60 rows"),
        (np.ones((60, 1)), "shape"),
        (np.full(60, -1.0), "not negative"),
        (np.full(60, np.nan), "finite"),
        (np.zeros(60), "zero on every row"),
        (["heavy"] * 60, "numbers"),
        (np.r_[np.nan, np.ones(59)], "finite"),
        (np.r_[-1.0, np.ones(59)], "not negative"),
        (float("nan"), "finite"),
        (-1, "not negative"),
        (0.0, "zero"),
        ("heavy", "numbers"),
    ],
)
def test_wrong_weights(weight, message):
    labels = X[:, 0] > 3.0
    for estimator, y, more in (
        (regressor(), Y, {}),
        (regressor(), Y, {"template": "f(x0)*g(x1)"}),
        (regressor(), np.column_stack([Y, Y]), {}),
        (TRMSymbolicClassifier(model=None), labels, {}),
        (TRMSymbolicTransformer(estimator=regressor()), Y, {}),
    ):
        with pytest.raises(DataError, match=message):
            estimator.fit(X, y, sample_weight=weight, **more)


def test_wrong_weights_of_a_fitted_law():
    est = regressor().fit(X, Y)
    for weight in (np.full(60, np.nan), np.r_[-1.0, np.ones(59)], -1.0, np.ones(3)):
        with pytest.raises(DataError, match="sample_weight"):
            est.choose_on(X, Y, sample_weight=weight)
        with pytest.raises(DataError, match="sample_weight"):
            est.score(X, Y, sample_weight=weight)
    assert est.score(X, Y, sample_weight=np.arange(60)) == pytest.approx(1.0)


def test_weight_zero_is_a_row_left_out():
    y = Y.copy()
    y[:5] = 1e6
    assert regressor().fit(X, y, sample_weight=np.arange(60) >= 5).expr_ == "x0*x1"


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("time_limit", 0, "time_limit must be a positive number"),
        ("time_limit", np.nan, "time_limit"),
        ("max_steps", 0, "max_steps must be a whole number"),
        ("max_iters", 1.5, "max_iters"),
        ("ns_steps", -1, "ns_steps"),
        ("n_candidates", True, "n_candidates"),
        ("threshold", -1e-5, "threshold"),
        ("device", "tpu9", "device must be"),
        ("search", False, "nothing"),
        ("selection", "nicest", "nicest"),
        ("model", 3, "model must be"),
    ],
)
def test_wrong_parameters(parameter, value, message):
    with pytest.raises(ValueError, match=message):
        regressor(**{parameter: value}).fit(X, Y)


def test_unknown_operators():
    with pytest.raises(UnknownOperatorError, match="besselj"):
        regressor(unary_operators=["besselj"]).fit(X, Y)
    with pytest.raises(UnknownOperatorError, match="not binary"):
        regressor(binary_operators=["sin"]).fit(X, Y)
    with pytest.raises(UnknownOperatorError, match=r"\['sin'\]"):
        regressor(unary_operators="sin").fit(X, Y)


def test_wrong_width_in_predict():
    est = regressor().fit(X, Y)
    with pytest.raises(DataError, match="2 features"):
        est.predict(X[:, :1])


def test_points_of_a_wrong_shape():
    from sklearn_trm import solve

    with pytest.raises(DataError, match=r"\(n, d \+ 1\)"):
        solve(np.ones(5))


def test_magnitudes_restore_the_law():
    table, y = X * [1e200, 1.0], Y * 1e-50
    m = Magnitudes.of(table, y)
    assert not m.ordinary
    law = m.restore(var(0) * var(1) + const(1.0))
    from sklearn_trm.expressions.evaluate import evaluate

    np.testing.assert_allclose(
        evaluate(law, table), (m.scale_x(table)[:, 0] * X[:, 1] + 1.0) * m.y, rtol=1e-12
    )


def test_merged_rows_keep_their_weight():
    table = np.array([[1.0], [2.0], [1.0], [3.0]])
    y = np.array([5.0, 6.0, 5.0, 7.0])
    rows, target, weight = merge_rows(table, y, None)
    order = np.argsort(target)
    assert rows[order].ravel().tolist() == [1, 2, 3] and target[order].tolist() == [5, 6, 7]
    np.testing.assert_allclose(weight[order], [1.5, 0.75, 0.75])
    assert merge_rows(table[:2], y[:2], np.array([2.0, 2.0]))[2] is None
    assert sorted(merge_rows(table, y, np.array([1.0, 0.0, 0.0, 1.0]))[1]) == [5, 7]


def test_the_order_of_merged_rows_is_their_own():
    table = np.round(RNG.uniform(-2, 2, (500, 2)))
    table[table == 0] *= RNG.choice([-1.0, 1.0], int((table == 0).sum()))  # -0.0 is 0.0
    y = table[:, 0] + table[:, 1]
    merged = merge_rows(table, y, None)
    mixed = RNG.permutation(500)
    for a, b in zip(merged, merge_rows(table[mixed], y[mixed], None), strict=True):
        np.testing.assert_array_equal(a, b)
    rows, counts = np.unique(np.column_stack([table, y]) + 0.0, axis=0, return_counts=True)
    assert len(merged[1]) == len(rows)
    np.testing.assert_allclose(sorted(merged[2]), sorted(counts / counts.mean()))


def test_useful_columns():
    table = np.array([[1.0, 2.0, 1.0, 0.0], [3.0, 2.0, 3.0, -0.0], [4.0, 2.0, 4.0, 1.0]])
    assert useful_columns(table) == [0, 3]
