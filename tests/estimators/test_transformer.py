"""Sub-expressions as features."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from sklearn_trm import TRMSymbolicRegressor, TRMSymbolicTransformer
from sklearn_trm.errors import DataError
from sklearn_trm.estimators.transformer import _bare, _best, _parts
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse, to_text

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 3, (150, 2))
Y = 3 * X[:, 0] / X[:, 1] + 2 * X[:, 0] ** 2 + 1
SEARCH = TRMSymbolicRegressor(
    model=None, random_state=0, time_limit=None, max_steps=1, unary_operators=["exp"],
    max_complexity=14,
)  # fmt: skip


@pytest.fixture(scope="module")
def fitted():
    return TRMSymbolicTransformer(n_components=2, estimator=SEARCH).fit(
        pd.DataFrame(X, columns=["mass", "r"]), Y
    )


def test_a_random_state_is_the_regressor_s():
    for own, expected in ((3, 3), (None, SEARCH.random_state)):
        found = TRMSymbolicTransformer(2, SEARCH, random_state=own).fit(X, Y)
        assert found.estimator_.random_state == expected
    assert SEARCH.random_state == 0


def test_features_are_the_terms_of_the_law(fitted):
    assert sorted(fitted.get_feature_names_out()) == ["mass**2", "mass/r"]
    assert fitted.expressions_ == list(fitted.get_feature_names_out())
    values = fitted.transform(pd.DataFrame(X, columns=["mass", "r"]))
    for name, column in zip(fitted.expressions_, values.T, strict=True):
        np.testing.assert_allclose(column, evaluate(parse(name, ["mass", "r"]), X))


def test_a_linear_model_of_them_is_the_law():
    pipe = make_pipeline(
        TRMSymbolicTransformer(n_components=2, estimator=SEARCH), LinearRegression()
    ).fit(X, Y)
    assert pipe.score(X, Y) > 0.999999


def test_tables_come_out_where_asked(fitted):
    table = pd.DataFrame(X, columns=["mass", "r"])
    out = fitted.set_output(transform="pandas").transform(table)
    assert list(out.columns) == list(fitted.get_feature_names_out())
    assert fitted.set_output(transform="default").transform(table).shape == (150, 2)


@pytest.mark.parametrize(
    ("law", "parts"),
    [
        ("3*x0 + 2", []), ("2*x0/x1 - 4", ["x0/x1"]), ("5/x0", ["1/x0"]),
        ("sqrt(2*x0 + x1)*3", ["sqrt(x0 + 0.5*x1)"]), ("exp(2)*x0**2", ["x0**2"]),
        ("x0*exp(-x1)", ["x0*exp(-x1)", "exp(-x1)"]), ("1.5", []),
    ],
)  # fmt: skip
def test_parts_carry_no_factors_and_are_no_sums(law, parts):
    found = {to_text(node) for node in _parts([parse(law)])}
    assert found >= set(parts) and bool(found) == bool(parts)
    assert all(_bare(parse(text)) is not None for text in found)


def test_the_chosen_law_comes_first():
    groups = [[parse("x1**2")], [parse("x0/x1"), parse("x0**2"), parse("x1**2")]]
    best = _best(groups, X, Y[:, None], None, 3)
    assert to_text(best[0]) == "x1**2" and {to_text(n) for n in best[1:]} == {"x0/x1", "x0**2"}
    # what others make of each other is left out, what is undefined too
    groups = [[parse("x0"), parse("2*x0"), parse("log(x0 - 2)")], []]
    assert len(_best(groups, X, Y[:, None], None, 3)) == 1


def test_a_feature_that_is_one_row_is_left_out():
    table = X.copy()
    table[7, 0] = 1e-5
    groups = [[parse("1/x0**4"), parse("x1**2")], []]
    assert [to_text(n) for n in _best(groups, table, Y[:, None], None, 3)] == ["x1**2"]
    assert len(_best([groups[0][:1], []], table, Y[:, None], None, 3)) == 1  # better than none


def test_weights_count():
    groups = [[parse("x0**2"), parse("x1**2")], []]
    y = np.where(X[:, 0] > 1.5, X[:, 0] ** 2, 9 * X[:, 1] ** 2)[:, None]
    weight = np.where(X[:, 0] > 1.5, 1.0, 0.0)
    assert to_text(_best(groups, X, y, weight, 1)[0]) == "x0**2"
    assert to_text(_best(groups, X, y, 1 - weight, 1)[0]) == "x1**2"


def test_a_constant_law_leaves_the_columns():
    est = TRMSymbolicTransformer(estimator=SEARCH).fit(X, np.ones(150))
    np.testing.assert_array_equal(est.transform(X), X)


def test_errors():
    with pytest.raises(ValueError, match="n_components"):
        TRMSymbolicTransformer(n_components=0).fit(X, Y)
    with pytest.raises(ValueError, match="TRMSymbolicRegressor"):
        TRMSymbolicTransformer(estimator=LinearRegression()).fit(X, Y)
    with pytest.raises(DataError, match="NaN"):
        TRMSymbolicTransformer(estimator=SEARCH).fit(X, np.full(150, np.nan))


def test_warm_start_of_its_estimator():
    X = np.random.default_rng(1).uniform(
        0.5, 3.0, (60, 2)
    )  # whose errors look even at once: one pass
    y = 1.7 * np.tanh(0.6 * np.exp(-0.4 * X[:, 0] ** 2) + X[:, 1] / (1.3 + np.cos(X[:, 1])))
    options = {"model": None, "random_state": 0, "time_limit": None, "max_complexity": 14}
    search = TRMSymbolicRegressor(**options, max_steps=3, warm_start=True)
    trm = TRMSymbolicTransformer(estimator=search).fit(X, y)
    first = trm.estimator_.equations_.loss.min()
    later = trm.fit(X, y).estimator_
    assert later.equations_.loss.min() < first
    whole = TRMSymbolicRegressor(**options, max_steps=6).fit(X, y)
    assert later.equations_.equals(whole.equations_)
    assert not hasattr(search, "_fitted")  # the user's own is left alone
