"""Laws of groups in use: predictions, texts, tables, files, other languages."""

import math
import pickle
import sqlite3

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicRegressor, load
from sklearn_trm.errors import DataError, FileError, ParseError
from sklearn_trm.output.report import law_report

COUNTS = [12, 8, 4]
DOSE = np.concatenate([np.geomspace(0.3, 40, k) for k in COUNTS])
X = pd.DataFrame({"patient": np.repeat(list("ABC"), COUNTS), "dose": DOSE})
Y = np.repeat([10.0, 7.0, 3.0], COUNTS) * DOSE / (3 + DOSE)


@pytest.fixture(scope="module")
def est():
    return TRMSymbolicRegressor(
        model=None, random_state=0, time_limit=None, max_steps=1, unary_operators=["exp"]
    ).fit(X, Y, groups="patient")


def test_the_form_is_that_of_a_dose_response(est):
    assert est.form() == "a[patient]*dose/(dose + b)"
    assert est.short_text() == "a[patient]*dose/(dose + 3)"
    assert str(est).splitlines() == [
        "y = a[patient]*dose/(dose + 3)   (Michaelis-Menten)", "  a[patient]: A: 10, B: 7, C: 3",
    ]  # fmt: skip
    assert "a[patient]: A: 10, B: 7, C: 3" in law_report(est)
    assert "a[patient]" in est.latex() and "a[patient]" in est.latex_table()
    table = est.constants_by_group_
    assert list(table.index) == ["A", "B", "C"] and table.index.name == "patient"
    assert table["a[patient]", "value"].tolist() == [10.0, 7.0, 3.0]
    assert table["b", "value"].tolist() == [3.0] * 3
    assert est.constants_by_group(0).shape == (3, 2)


def test_predictions_of_some_groups(est):
    np.testing.assert_allclose(est.predict(X), Y, rtol=1e-12)
    assert est.score(X, Y) == 1.0
    some = X[X.patient != "A"].iloc[::-1]
    np.testing.assert_allclose(est.predict(some), Y[some.index], rtol=1e-12)
    np.testing.assert_allclose(est.predict([["C", 3.0], ["A", 3.0]]), [1.5, 5.0])
    low, high = est.predict_interval(some)
    assert (low <= high).all() and np.allclose(low, Y[some.index])
    with pytest.raises(DataError, match="unknown patient 'D' in row 0"):
        est.predict(X.assign(patient="D"))


def test_own_laws_beside_those_found(est):
    texts = ["m*dose/(k + dose)", "m*(1 - exp(-k[patient]*dose))"]
    table = est.compare(texts, X, Y)
    best = table.iloc[0]
    assert best.law == texts[0] and best.probability > 0.999
    assert best.constants == pytest.approx(
        {"m[patient=A]": 10, "m[patient=B]": 7, "m[patient=C]": 3, "k": 3}
    )
    marked = table[table.law == texts[1]].iloc[0]
    assert set(marked.constants) == {"m", *(f"k[patient={label}]" for label in "ABC")}
    assert (table.equation == est.equations_.equation.iloc[-1]).sum() == 0  # it is texts[0]
    with pytest.raises(ParseError, match="m stands twice"):
        est.compare("m*dose/(m + dose)", X, Y)
    with pytest.raises(DataError, match="undefined"):
        est.compare("m*log(-1*dose)", X, Y)
    with pytest.raises(DataError, match="other groups"):
        est.compare("m*dose", X.replace({"patient": {"C": "B"}}), Y)


def test_where_to_measure_next():
    y = Y * (1 + 0.06 * np.random.default_rng(0).normal(size=len(Y)))
    est = TRMSymbolicRegressor(
        model=None, random_state=0, time_limit=None, max_steps=1, unary_operators=["exp"]
    ).fit(X, y, groups="patient")
    told = est.suggest(n=3)
    assert list(told.columns) == ["patient", "dose", "information"] and len(told) == 3
    assert set(told.patient) <= set("ABC") and (told.information > 0).all()
    again = est.suggest(told[["patient", "dose"]])  # a pool has labels, too
    assert again.iloc[0].information == pytest.approx(told.iloc[0].information)


def test_pickles_and_files(est, tmp_path):
    est.save(tmp_path / "law.json")
    for copy in (pickle.loads(pickle.dumps(est)), load(tmp_path / "law.json")):
        assert copy.groups_ == est.groups_ and str(copy) == str(est)
        assert (copy.predict(X) == est.predict(X)).all()
        assert copy.constants_by_group_.equals(est.constants_by_group_)
    text = (tmp_path / "law.json").read_text()
    (tmp_path / "bad.json").write_text(text.replace('"labels": ["A"', '"labels": ["Z"'))
    with pytest.raises(FileError, match="groups do not fit"):
        load(tmp_path / "bad.json")


def test_other_languages(est):
    encoded = np.column_stack([DOSE, pd.get_dummies(X.patient).to_numpy(dtype=float)])
    scope = {}
    exec(est.export("numpy"), scope)
    np.testing.assert_allclose(scope["law"](encoded), Y, rtol=1e-12)
    text = est.export("python")
    assert "1 where patient is B, 0 elsewhere" in text
    exec(text, scope)
    assert math.isclose(scope["law"](encoded[14].tolist()), Y[14], rel_tol=1e-12)
    with sqlite3.connect(":memory:") as base:  # the labels themselves
        X.to_sql("t", base, index=False)
        values = base.execute(f"SELECT {est.export('sql')} FROM t").fetchall()
    base.close()
    np.testing.assert_allclose(np.ravel(values), Y, rtol=1e-12)


def test_several_targets_and_a_fit_without_groups():
    est = TRMSymbolicRegressor(
        model=None, random_state=0, time_limit=None, max_steps=1,
        unary_operators=[], binary_operators=["+", "*"],
    )  # fmt: skip
    rows = pd.DataFrame({"g": ["a", "b"] * 5, "x": np.arange(1.0, 11.0)})
    scale = np.where(rows.g == "a", 2.0, 3.0)
    est.fit(rows, np.column_stack([scale * rows.x, rows.x]), groups="g")
    assert est.form() == ["a[g]*x", "x"]
    assert est.constants_by_group_[0]["a[g]", "value"].tolist() == [2.0, 3.0]
    np.testing.assert_allclose(est.predict(rows)[:, 0], scale * rows.x)
    est.fit(rows[["x"]], 2 * rows.x)
    assert not hasattr(est, "groups_") and est.column_names() == ["x"]
    with pytest.raises(AttributeError, match="groups="):
        est.form()
