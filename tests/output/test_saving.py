"""Files: what comes back is what was saved, and a stranger's file does no harm."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor, load
from sklearn_trm.errors import FileError
from sklearn_trm.expressions.text import parse
from sklearn_trm.task.settings import AnswerStep

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 3.0, (60, 2))
Y = 2.5 * X[:, 0] / X[:, 1] + 0.1 * RNG.normal(size=60)
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1,
        "unary_operators": ("exp",), "max_complexity": 9}  # fmt: skip


@pytest.fixture(scope="module")
def fitted():
    est = TRMSymbolicRegressor(**FAST).fit(pd.DataFrame(X, columns=["mass", "r [m]"]), Y)
    step = AnswerStep(1, 3, True, 0.5, 2, np.inf, parse("2*x0"), np.array([1.0, np.nan, 1e-4]))
    est.answer_steps_, est.velocity_history_ = [step], [step.velocities]
    return est


@pytest.fixture(scope="module")
def data(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "law.json"
    fitted.save(path)
    return json.loads(path.read_text())


def same(a, b):
    table = pd.DataFrame(X, columns=["mass", "r [m]"])
    np.testing.assert_array_equal(a.predict(table), b.predict(table))
    assert a.equations_.equals(b.equations_) and a.constants_.equals(b.constants_)
    assert a.expr_ == b.expr_ and a.column_names() == b.column_names()
    for name in ("n_iter_", "converged_", "stopped_"):
        assert getattr(a, name) == getattr(b, name)
    assert a.answer_steps_[0].law == b.answer_steps_[0].law
    np.testing.assert_array_equal(a.velocity_history_[0], b.velocity_history_[0])


def test_what_comes_back(fitted, tmp_path):
    path = tmp_path / "law.json"
    fitted.save(str(path))
    back = load(str(path))
    same(fitted, back)
    mine = back.get_params()
    mine["unary_operators"] = tuple(mine["unary_operators"])
    assert mine == fitted.get_params()
    assert back.choose("accuracy").choose_on(X_named(), Y).equations_.validation_loss.notna().all()
    back.save(path)
    again = load(path)
    assert again.equations_.equals(back.equations_)
    assert list(tmp_path.iterdir()) == [path]  # no parts are left
    assert path.stat().st_size < 20_000


def X_named():
    return pd.DataFrame(X, columns=["mass", "r [m]"])


def test_several_targets_come_back(tmp_path):
    est = TRMSymbolicRegressor(**FAST).fit(X, np.column_stack([X[:, 0], X[:, 0] * 3]))
    est.save(tmp_path / "f")
    back = load(tmp_path / "f")
    np.testing.assert_array_equal(back.predict(X), est.predict(X))
    assert back.expr_ == est.expr_ and back.stopped_ == est.stopped_


@pytest.mark.parametrize("labels", [["a", "b"], [3, 7, 9], [False, True]])
def test_classifiers_come_back(tmp_path, labels):
    codes = (X[:, 0] > 1.5).astype(int) + (X[:, 0] > 2.2) * (len(labels) == 3)
    est = TRMSymbolicClassifier(**FAST).fit(X, np.array(labels)[codes])
    est.save(tmp_path / "f")
    back = load(tmp_path / "f")
    np.testing.assert_array_equal(back.predict(X), est.predict(X))
    assert back.classes_.dtype == est.classes_.dtype and back.expr_ == est.expr_
    data = json.loads((tmp_path / "f").read_text())
    for wrong in ([1], [[1, 2], [3, 4]], "ab", None):
        (tmp_path / "f").write_text(json.dumps(data | {"classes": wrong}))
        with pytest.raises(FileError):
            load(tmp_path / "f")


def test_extreme_units_come_back(tmp_path):
    est = TRMSymbolicRegressor(**FAST).fit(X * 1e200, Y * 1e-250)
    est.save(tmp_path / "f")
    np.testing.assert_array_equal(load(tmp_path / "f").predict(X * 1e200), est.predict(X * 1e200))


def test_pickles_are_small(fitted):
    text = pickle.dumps(fitted)
    assert len(text) < 100_000 and b"safetensors" not in text
    same(fitted, pickle.loads(text))
    assert len(pickle.dumps(fitted.equations_)) < 100_000


def test_what_cannot_be_saved(fitted, tmp_path):
    with pytest.raises(NotFittedError):
        TRMSymbolicRegressor().save(tmp_path / "f")
    est = copy.deepcopy(fitted).set_params(selection=len)
    with pytest.raises(FileError, match=r"'selection'.*holds no code"):
        est.save(tmp_path / "f")
    assert not list(tmp_path.iterdir())
    copy.deepcopy(fitted).set_params(random_state=np.random.RandomState(0)).save(tmp_path / "f")
    assert load(tmp_path / "f").random_state is None


def test_files_that_are_not_ours(tmp_path):
    path = tmp_path / "f"
    with pytest.raises(FileNotFoundError):
        load(path)
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(FileError, match="no text"):
        load(path)
    for text, message in [
        ("", "no JSON"),
        ("[" * 50_000, "no JSON"),
        ('{"format": "sklearn-trm law", "schema": 1}', "no file of the format"),
        ('{"format": "sklearn-trm estimator", "schema": 7}', "newer sklearn-trm"),
        ('{"format": "sklearn-trm estimator", "schema": true}', "no schema version"),
        ('{"format": "sklearn-trm estimator", "schema": 1}', "damaged: no 'class'"),
    ]:
        path.write_text(text)
        with pytest.raises(FileError, match=message):
            load(path)


def test_half_a_file(fitted, tmp_path):
    path = tmp_path / "f"
    fitted.save(path)
    text = path.read_text()
    for share in (0.1, 0.5, 0.99):
        path.write_text(text[: int(share * len(text))])
        with pytest.raises(FileError, match="damaged"):
            load(path)


WRONG = [
    ("class", "os.system"), ("class", None), ("class", "BaseEstimator"), ("parameters", None),
    ("parameters.time_limit", "soon"), ("parameters.model", {"a": 1}), ("parameters.code", 1),
    ("parameters.selection", "fastest"), ("parameters.unary_operators", [1]),
    ("state.n_features_in_", -1), ("state.n_features_in_", 3), ("columns", ["a"]),
    ("columns", [1, 2]), ("front", []), ("front.rows", []), ("front.chosen", 99),
    ("front.chosen", True), ("front.scales", [1, 1]), ("front.scales", [1, 0, 1]),
    ("front.n_rows", "many"), ("front.size", None), ("front.link", "eval"),
    ("front.validation", [1.0]),
    ("front.rows.0.law", ["exec", "x0"]), ("front.rows.0.law", "x7"),
    ("front.rows.0.loss", "high"), ("front.rows.0.covariance", [[1, 2]]),
    ("steps.0.law", "import os"), ("steps.0.velocities", 3), ("estimators", [1]),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value"), WRONG)
def test_every_part_is_checked(data, tmp_path, place, value):
    broken = copy.deepcopy(data)
    inside = broken
    *path, last = place.split(".")
    for key in path:
        inside = inside[int(key) if key.isdigit() else key]
    inside[last] = value
    (tmp_path / "f").write_text(json.dumps(broken))
    with pytest.raises(FileError):
        load(tmp_path / "f")


def test_missing_parts(data, tmp_path):
    for place in ("parameters", "state", "front", "steps", "columns"):
        broken = {key: value for key, value in data.items() if key != place}
        (tmp_path / "f").write_text(json.dumps(broken))
        with pytest.raises(FileError, match=f"damaged: no '{place}'"):
            load(tmp_path / "f")


def test_a_huge_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("sklearn_trm.estimators.loading.MAX_BYTES", 10)
    (tmp_path / "f").write_text("x" * 11)
    with pytest.raises(FileError, match="larger than"):
        load(tmp_path / "f")
