"""Columns of labels become columns of zeros and ones, in the fit and afterwards."""

import numpy as np
import pandas as pd
import pytest

from sklearn_trm.data.groups import Groups, columns_for_fit, columns_for_predict
from sklearn_trm.errors import DataError

DOSE = [1.0, 2.0, 3.0, 4.0]


class Nothing:
    """What the checks need of an estimator."""


def encoded(X, groups):
    est = Nothing()
    frame = columns_for_fit(est, X, groups)
    est.feature_names_in_ = np.array(frame.columns)
    return est, frame


@pytest.mark.parametrize(
    ("labels", "known"),
    [
        (["B", "A", "B", "A"], ("A", "B")),
        ([10, 2, 10, 2], (2, 10)),
        ([1.0, 0.5, 1.0, 0.5], (0.5, 1)),
        ([True, False, True, False], (False, True)),
        (pd.Categorical(["B", "A", "B", "A"], ["C", "B", "A"]), ("B", "A")),
        (["B", 1, "B", 1], (1, "B")),
        (pd.to_datetime(["2020-01-02", "2020-01-01"] * 2),
         ("2020-01-01 00:00:00", "2020-01-02 00:00:00")),
    ],
)  # fmt: skip
def test_labels(labels, known):
    est, frame = encoded(pd.DataFrame({"g": labels, "dose": DOSE}), "g")
    assert est.groups_ == Groups("g", 0, known)
    assert list(frame.columns) == ["dose", f"[g={known[0]}]", f"[g={known[1]}]"]
    first = known.index(est.groups_.labels[0])
    assert frame.to_numpy()[:, 1:].sum(axis=1).tolist() == [1.0] * 4
    assert frame[est.groups_.names[first]].tolist() in ([1, 0, 1, 0], [0, 1, 0, 1])
    # in any order, and only some of them
    again = columns_for_predict(est, pd.DataFrame({"g": labels, "dose": DOSE}).iloc[[3, 1]])
    assert again.equals(frame.iloc[[3, 1]])


def test_tables_that_are_no_frames():
    rows = [[1.0, "A"], [2.0, "B"], [3.0, "A"], [4.0, "B"]]
    for table in (rows, np.array(rows, dtype=object), np.array(rows)):
        est, frame = encoded(table, 1)
        assert list(frame.columns) == ["x0", "[x1=A]", "[x1=B]"]
        assert columns_for_predict(est, table[:2]).equals(frame[:2])
    est, frame = encoded(np.array([[3, 1.0], [4, 2.0], [3, 3.0], [4, 4.0]]), -2)
    assert est.groups_ == Groups("x0", 0, (3, 4)) and frame.columns[0] == "x1"
    # an encoded table goes through
    assert columns_for_predict(est, frame).equals(frame)


@pytest.mark.parametrize(
    ("X", "groups", "match"),
    [
        ({"g": list("ABAB"), "dose": DOSE}, "dos", "columns are g, dose"),
        ({"g": list("ABAB"), "dose": DOSE}, 2, "name or number"),
        ({"g": list("ABAB"), "dose": DOSE}, True, "name or number"),
        ({"g": list("ABAB")}, "g", "only column"),
        ({"g": list("AAAA"), "dose": DOSE}, "g", "1 label: there are 2 to 50"),
        ({"g": list("ABCA"), "dose": DOSE}, "g", "4 rows in 3 groups"),
        ({"g": ["A", None, "A", "B"], "dose": DOSE}, "g", "row 1 lacks its label"),
        ({"g": [1, "1", 1, "1"], "dose": DOSE}, "g", "equal as texts"),
        ({"g": np.arange(200) % 60, "dose": np.arange(200.0)}, "g", "without groups="),
    ],
)  # fmt: skip
def test_errors_of_the_fit(X, groups, match):
    with pytest.raises(DataError, match=match):
        encoded(pd.DataFrame(X), groups)


def test_errors_afterwards():
    est, _ = encoded(pd.DataFrame({"g": list("ABAB"), "dose": DOSE}), "g")
    with pytest.raises(DataError, match="unknown g 'C' in row 1: the fit knew A, B"):
        columns_for_predict(est, pd.DataFrame({"g": ["A", "C"], "dose": [1.0, 2.0]}))
    with pytest.raises(DataError, match="lacks the column of labels 'g'"):
        columns_for_predict(est, pd.DataFrame({"dose": [1.0]}))
    with pytest.raises(DataError, match="1 columns, but the fit had 2"):
        columns_for_predict(est, [[1.0]])


def test_in_sql():
    names = Groups("it's", 0, ("O'Neil", 3, True)).in_sql()
    assert names["[it's=O'Neil]"] == "(CASE WHEN \"it's\" = 'O''Neil' THEN 1.0E0 ELSE 0.0E0 END)"
    assert "= 3 THEN" in names["[it's=3]"] and "= TRUE THEN" in names["[it's=True]"]
