"""What a regressor does not know: bands, rows worth measuring, laws of a user's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicRegressor, load
from sklearn_trm.errors import DataError, ExtrapolationWarning, ParseError
from tests.estimators.fronts import result_of

FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1,
        "unary_operators": ["exp"], "binary_operators": ["+", "-", "*", "/"],
        "max_complexity": 9}  # fmt: skip
SIZE = 0.08


def saturation(dose, rng, size=SIZE):
    return 3.7 * dose / (1.3 + dose) + size * rng.normal(size=len(dose))


def data(n=16, seed=3):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"dose": rng.uniform(0.5, 1.8, n)})
    return X, saturation(X["dose"].to_numpy(), rng)


TABLE = data()


def with_laws(*laws, X=TABLE[0], y=TABLE[1]):
    """An estimator that has found these laws; no search."""
    est, table = TRMSymbolicRegressor(**FAST), X.to_numpy()
    ranges = tuple(zip(table.min(axis=0).tolist(), table.max(axis=0).tolist(), strict=True))
    est._fitted = result_of(laws, table, y, ranges=ranges)
    est.n_features_in_, est.feature_names_in_ = table.shape[1], np.array(X.columns, dtype=object)
    est.n_iter_, est.converged_, est.stopped_, est.answer_steps_ = 0, False, "noise", []
    return est.choose("law")


@pytest.fixture(scope="module")
def fitted():
    """Saturation, and laws that are like it in the range of the data: two of them are likely."""
    return with_laws("1.1", "3*x0/(1.1 + x0)", "3.1*tanh(0.7*x0)", "2.1 - 0.9/x0", "2.2*x0**0.51")


@pytest.fixture(scope="module")
def two():
    """Two targets in one table."""
    X, y = TABLE
    return TRMSymbolicRegressor(**FAST).fit(X, np.column_stack([y, 2 * X["dose"]]))


# ---------------------------------------------------------------------- bands


def test_a_band_holds_as_many_measurements_as_it_says(fitted):
    X, y = data(4000, seed=1)
    for level in (0.5, 0.95):
        low, high = fitted.predict_interval(X, level)
        assert np.mean((low < y) & (y < high)) == pytest.approx(level, abs=0.13)
    # without noise only the constants are in doubt
    tight, above = fitted.predict_interval(X, y_error=0.0)
    assert (above - tight < high - low).all() and (above - tight > 0).any()
    wide = np.subtract(*fitted.predict_interval(X, y_error=5.0)[::-1])
    assert (wide > 19).all()


def test_doubt_about_the_law_widens_the_band_where_laws_part(fitted):
    assert (fitted.equations_.probability > 0.02).sum() >= 2
    X = pd.DataFrame({"dose": [1.0, 15.0]})
    width = [np.subtract(*fitted.predict_interval(X, law_doubt=doubt)[::-1])
             for doubt in (False, True)]  # fmt: skip
    assert width[1][1] > 2 * width[0][1]
    assert width[1][0] < 1.3 * width[0][0]


def test_bands_of_several_targets_and_of_other_laws(two, fitted):
    X, _ = TABLE
    low, high = two.predict_interval(X)
    assert low.shape == high.shape == two.predict(X).shape
    constant = fitted.predict_interval(X, index=0)
    assert np.ptp(constant[0]) == 0.0
    both = two.predict_interval(X, index=[0, two.estimators_[1]._fitted.chosen])
    np.testing.assert_array_equal(both[1][:, 1], high[:, 1])


def test_errors_that_are_known_make_the_band(fitted):
    X, y = TABLE
    est = TRMSymbolicRegressor(**FAST).fit(X, y, y_error=SIZE)
    width = np.subtract(*est.predict_interval(X)[::-1])
    assert (width > 2 * 1.96 * SIZE).all() and (width < 3 * 1.96 * SIZE).all()
    # errors that were said too small are those that the law leaves
    bold = TRMSymbolicRegressor(**FAST).fit(X, y, y_error=SIZE / 100)
    assert np.median(np.subtract(*bold.predict_interval(X)[::-1])) > SIZE


def test_wrong_questions_about_bands(fitted):
    X, _ = TABLE
    for level in (0, 1.0, 95, "all"):
        with pytest.raises(ValueError, match="between 0 and 1"):
            fitted.predict_interval(X, level)
    with pytest.raises(ValueError, match="leave out index"):
        fitted.predict_interval(X, law_doubt=True, index=0)
    with pytest.raises(DataError, match="y_error has shape"):
        fitted.predict_interval(X, y_error=[0.1, 0.2])
    far = TRMSymbolicRegressor(**FAST, extrapolation="warn").fit(*TABLE)
    with pytest.warns(ExtrapolationWarning):
        far.predict_interval(pd.DataFrame({"dose": [99.0]}))


# ---------------------------------------------------------------------- what to measure


def test_a_pool_gives_its_own_rows(fitted):
    pool = pd.DataFrame({"dose": [1.0, 1.1, 1.2, 15.0]}, index=list("abcd"))
    told = fitted.suggest(pool, 2)
    assert told.index[0] == "d" and list(told.columns) == ["dose", "information"]
    assert told.information.iloc[0] > 10 * told.information.iloc[1] >= 0
    share = fitted.equations_.probability / fitted.equations_.probability.sum()
    assert told.information.sum() <= -(share * np.log(share + 1e-300)).sum()


def test_without_a_pool_the_range_of_the_data(fitted, tmp_path):
    told = fitted.suggest(n=3)
    low, high = TABLE[0]["dose"].min(), TABLE[0]["dose"].max()
    assert len(told) == 3 and told["dose"].between(low, high).all()
    assert told["dose"].iloc[0] in (low, high)  # laws part at the ends
    fitted.save(tmp_path / "law.json")
    pd.testing.assert_frame_equal(load(tmp_path / "law.json").suggest(n=3), told)


def test_columns_of_a_pool_keep_their_names_and_old_files_want_one():
    X = TABLE[0]
    est = with_laws("2.5 - 0.8/x0", "1.6*x0**0.53", X=X.rename(columns={"dose": "information"}))
    told = est.suggest(pd.DataFrame({"information": [1.0, 15.0]}))
    assert told["information"].tolist() == [15.0] and told["information_"].gt(0).all()
    est._fitted = replace(est._fitted, ranges=None)
    with pytest.raises(DataError, match="give X_pool"):
        est.suggest()


def test_noise_where_measurements_are_bad_tells_less(fitted):
    pool = pd.DataFrame({"dose": [14.0, 15.0]})
    assert fitted.suggest(pool, y_error=[0.05, 5.0]).index[0] == 0
    assert fitted.suggest(pool, y_error=0.05).index[0] == 1


def test_wrong_questions_about_pools(fitted, two):
    pool = pd.DataFrame({"dose": [1.0, 15.0]})
    with pytest.raises(DataError, match=r"n=3 rows are asked of 2: give a larger pool"):
        fitted.suggest(pool, 3)
    with pytest.raises(ValueError, match="feature"):
        fitted.suggest(pool.rename(columns={"dose": "time"}))
    with pytest.raises(ValueError, match=r"unseen|2 features"):
        fitted.suggest(pd.DataFrame(np.ones((4, 2)), columns=["dose", "b"]))
    for n in (0, 1.5, True):
        with pytest.raises(ValueError, match="whole number"):
            fitted.suggest(pool, n)
    with pytest.raises(DataError, match=r"one law is likely, 2\*dose, with a share of"):
        two.estimators_[1].suggest(pool)


def test_rows_outside_the_domain_of_a_likely_law_are_left_out(fitted):
    pool = pd.DataFrame({"dose": [0.0, 1.0, 2.0]})
    laws = fitted.equations_[fitted.equations_.probability > 0.02]
    lost = [not np.isfinite(law(pool)).all() for law in laws.lambda_format]
    assert any(lost)  # 1/dose
    assert 0 not in fitted.suggest(pool, 2).index
    with pytest.raises(DataError, match=r"n=3 rows are asked of 3, and 1 where a likely law"):
        fitted.suggest(pool, 3)


# ---------------------------------------------------------------------- laws of a user's own


def test_own_laws_stand_beside_those_found(fitted):
    table = fitted.compare(["a*dose/(b + dose)", "a*tanh(dose/b)", "2*dose"], *TABLE)
    assert 0.0 < table.probability.sum() < 1.0  # the rest is that of other laws
    assert table.description_length.is_monotonic_increasing and table.index.name == "rank"
    own = table[table.law.notna()].set_index("law")
    true = own.loc["a*dose/(b + dose)"]
    assert set(true.constants) == {"a", "b"} and true.constants["a"] == pytest.approx(3.7, rel=0.2)
    assert true.loss < own.loc["2*dose"].loss and own.loc["2*dose"].constants == {}
    # a law that both hold counts once
    again = fitted.compare(["a*dose/(b + dose)", "a/(1 + b/dose)"], *TABLE)
    assert len(again) <= len(fitted.equations_) + 1
    whole = fitted.compare([], *TABLE)
    shown = fitted.equations_.sort_values("description_length")
    assert whole.equation.tolist()[0] == shown.equation.tolist()[0]
    np.testing.assert_allclose(whole.probability[:3], shown.probability[:3], rtol=1e-6)


def test_own_laws_by_target_weight_and_error(two):
    X, y = TABLE
    first, second = two.compare("a*dose + b", X, np.column_stack([y, 2 * X["dose"]]))
    assert first.law.notna().sum() == second.law.notna().sum() == 1
    # with b = 0 it is the law that was found
    assert second.loc[1, "equation"] == "2*dose" and second.loc[1, "law"] == "a*dose + b"
    assert second.loc[1, "constants"] == pytest.approx({"a": 2.0, "b": 0.0}, abs=1e-9)
    weight = np.arange(1.0, 17.0)
    weighted = TRMSymbolicRegressor(**FAST).fit(X, y, weight)
    assert weighted.compare("a*dose + b", X, y, weight).law.notna().any()
    with pytest.raises(DataError, match="the table that the laws were fitted to"):
        weighted.compare("a*dose + b", X, y)
    known = TRMSymbolicRegressor(**FAST).fit(X, y, y_error=SIZE)
    table = known.compare("a*dose/(b + dose)", X, y, y_error=SIZE)
    own = table[table.law.notna()].iloc[0]
    assert 0.3 < own.loss < 2.0  # chi-square a row
    with pytest.raises(DataError, match="or y_error"):
        known.compare("a*dose + b", X, y)


def test_texts_that_are_no_laws(fitted):
    for text, what in (
        ("a*dose/(b + ", "law 1, .*ends where"), ("g(dose)", "g is no function that is known"),
        ("a*x7", "x7 is no column"), ("a + b", "no column"), (3, "a template is a text"),
    ):  # fmt: skip
        with pytest.raises(ParseError, match=what):
            fitted.compare([text], *TABLE)
    with pytest.raises(DataError, match="undefined on some rows"):
        fitted.compare(["log(-dose)"], *TABLE)
    many = " + ".join(f"a{'b' * k}*dose**{k}" for k in range(16))
    with pytest.raises(DataError, match="16 constants are too many: 16 rows"):
        fitted.compare([many], *TABLE)
    with pytest.raises(DataError, match="squared"):
        TRMSymbolicRegressor(**FAST, loss="absolute").fit(*TABLE).compare("a*dose", *TABLE)
