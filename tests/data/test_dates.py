"""Columns of dates: an error that says how to make numbers of them, or days since the first."""

import datetime
import pickle

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor, TRMSymbolicTransformer, load
from sklearn_trm.data.dates import Dates, numbers_for_fit, numbers_for_predict
from sklearn_trm.errors import DataError, FileError

DAYS = np.arange(30)
STAMPS = pd.date_range("2020-02-20", periods=30, freq="D")
Y = 3.0 * DAYS + 5.0


class Nothing:
    """What the checks need of an estimator."""


def regressor(**parameters):
    fast = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1}
    return TRMSymbolicRegressor(**fast | parameters)


COLUMNS = {
    "datetime64": STAMPS,
    "nanoseconds": STAMPS.as_unit("ns"),
    "zone": STAMPS.tz_localize("Europe/Berlin"),
    "period": pd.period_range("2020-02-20", periods=30, freq="D"),
    "datetimes": np.array(STAMPS.to_pydatetime(), dtype=object),
    "dates": np.array([t.date() for t in STAMPS], dtype=object),
    "iso": STAMPS.strftime("%Y-%m-%d"),
    "iso with time": STAMPS.strftime("%Y-%m-%dT%H:%M:%S"),
    "slashes": STAMPS.strftime("%Y/%m/%d"),
    "dots": STAMPS.strftime("%d.%m.%Y"),
    "dots with time": [f"{t.day}.{t.month}.{t.year} 0:00" for t in STAMPS],
    "differences": STAMPS - STAMPS[0],
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_days_since_the_first(kind):
    table, est = pd.DataFrame({"n": DAYS, "t": COLUMNS[kind]}), Nothing()
    out = numbers_for_fit(est, table, "days")
    np.testing.assert_allclose(out["t"].to_numpy(dtype=float), DAYS, atol=0.05)  # a summer time
    assert est.dates_.columns == (1,)
    later = numbers_for_predict(est, table[10:])
    np.testing.assert_array_equal(later["t"], out["t"][10:])
    with pytest.raises(DataError, match=r"column 't'.*dates='days'"):
        numbers_for_fit(est, table)
    assert not hasattr(est, "dates_")


@pytest.mark.parametrize(
    "table",
    [
        STAMPS.to_numpy()[:, None],
        np.column_stack([STAMPS.to_pydatetime(), DAYS.astype(object)]),
        [[t, i] for i, t in enumerate(STAMPS.to_pydatetime())],
        [[t, str(i)] for i, t in enumerate(STAMPS.strftime("%Y-%m-%d"))],
    ],
)
def test_arrays_and_lists(table):
    out = numbers_for_fit(Nothing(), table, "days")
    np.testing.assert_array_equal(np.asarray(out)[:, 0].astype(float), DAYS)


def test_several_columns_have_one_reference():
    table = pd.DataFrame({"sent": STAMPS, "came": STAMPS + pd.Timedelta(hours=36)})
    est = Nothing()
    out = numbers_for_fit(est, table, "days")
    assert est.dates_ == Dates("2020-02-20", (0, 1))
    np.testing.assert_array_equal(out["came"] - out["sent"], 1.5)


def test_times_of_a_day():
    for column in (["06:00", "18:30"], [datetime.time(6), datetime.time(18, 30)]):
        out = numbers_for_fit(Nothing(), pd.DataFrame({"t": column}), "days")
        np.testing.assert_allclose(out["t"], [0.25, 18.5 / 24])


def test_a_first_date_with_a_time_is_kept_to_the_microsecond():
    est = Nothing()
    first = pd.Timestamp("2020-02-20 12:30:00.250000")
    numbers_for_fit(est, pd.DataFrame({"t": [first, first + pd.Timedelta("1D")]}), "days")
    assert np.datetime64(est.dates_.origin) == first.to_datetime64()


@pytest.mark.parametrize("text", ["31.12.20", "12/31/20 10:00", "31-Dec-2020", "May 3, 2021"])
def test_texts_that_do_not_say_their_order(text):
    with pytest.raises(DataError, match=r"to_datetime\(df\['t'\], format="):
        numbers_for_fit(Nothing(), pd.DataFrame({"t": [text, text]}), "days")


@pytest.mark.parametrize(
    "column", [["2020", "2021"], ["1.5", "2"], [1, 2], ["a", "b"], ["20-20", "x"], [None, None]]
)
def test_what_is_no_date_is_left_alone(column):
    table = pd.DataFrame({"t": column})
    assert numbers_for_fit(Nothing(), table, "days") is table


def test_a_column_of_dates_and_others():
    with pytest.raises(DataError, match=r"'2020-01-01'.*soon"):
        numbers_for_fit(Nothing(), pd.DataFrame({"t": ["2020-01-01", "soon"]}), "days")
    with pytest.raises(ValueError, match="dates must be"):
        numbers_for_fit(Nothing(), [[1.0]], "years")


def test_the_reference_goes_through_predict_pickle_and_file(tmp_path):
    table = pd.DataFrame({"t": STAMPS})
    est = regressor().fit(table[5:], Y[5:], dates="days")
    assert est.expr_ == "3*t + 20" and est.dates_.origin == "2020-02-25"
    est.save(tmp_path / "law.json")
    for again in (est, pickle.loads(pickle.dumps(est)), load(tmp_path / "law.json")):
        np.testing.assert_allclose(again.predict(table), Y)  # also days before the first
        np.testing.assert_allclose(again.predict(pd.DataFrame({"t": [7.0]})), 41.0)
    text = (tmp_path / "law.json").read_text().replace('"columns": [0]', '"columns": [7]')
    (tmp_path / "law.json").write_text(text)
    with pytest.raises(FileError, match="columns of dates"):
        load(tmp_path / "law.json")
    for language in ("c", "python", "julia", "fortran"):  # a comment says what t is
        assert "t: days since 2020-02-25" in est.export(language)
    est.fit(DAYS[:, None], Y)
    with pytest.raises(DataError, match="held numbers at the fit"):
        est.predict(STAMPS.to_numpy()[:, None])


def test_missing_dates_are_dropped_or_told():
    table = pd.DataFrame({"t": STAMPS.where(DAYS != 4)})
    assert regressor().fit(table, Y, dates="days", missing="drop").expr_ == "3*t + 5"
    with pytest.raises(DataError, match="missing='drop'"):
        regressor().fit(table, Y, dates="days")


def test_targets_of_dates_and_the_advice():
    with pytest.raises(DataError, match=r"target y holds dates.*Timedelta\('1D'\)"):
        regressor().fit(DAYS[:, None], STAMPS)
    with pytest.raises(DataError, match=r"t = pd.to_datetime\(df\['t'\]\)"):
        regressor().fit(pd.DataFrame({"t": STAMPS}), Y)


def test_other_estimators_and_several_targets():
    table = pd.DataFrame({"t": STAMPS})
    est = regressor().fit(table, np.column_stack([Y, -Y]), dates="days")
    np.testing.assert_allclose(est.predict(table), np.column_stack([Y, -Y]))
    np.testing.assert_allclose(est.estimators_[1].predict(table), -Y)
    late = TRMSymbolicClassifier(model=None, time_limit=None, max_steps=1, max_complexity=9)
    assert late.fit(table, DAYS > 12, dates="days").score(table, DAYS > 12) > 0.9
    trm = TRMSymbolicTransformer(1, estimator=regressor()).fit(table, Y, dates="days")
    np.testing.assert_allclose(np.ptp(trm.transform(table)), 29)
