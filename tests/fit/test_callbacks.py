"""Callbacks: what a fit tells, and how it is stopped."""

from __future__ import annotations

import json
import pickle
import sys
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor, TRMSymbolicTransformer
from sklearn_trm.fit.callbacks import (
    JsonLines,
    Lines,
    Progress,
    ProgressBar,
    StopAt,
    TensorBoard,
    narrator,
)

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.uniform(1, 5, (100, 3)), columns=["same", "m", "r"])
X["same"] = 7.0
NOISE = RNG.normal(size=100)
Y = 3e20 * X["m"] ** 2 / X["r"] + 1e19 * NOISE
MODEL = {"model": None, "random_state": 0, "time_limit": 2, "max_complexity": 12}


def test_a_callback_hears_of_the_best_law():
    heard: list[Progress] = []
    est = TRMSymbolicRegressor(**MODEL).fit(X, Y, callbacks=heard.append)
    assert heard and len({(p.law, p.loss) for p in heard}) == len(heard)
    seconds = [p.seconds for p in heard]
    assert seconds == sorted(seconds) and seconds[0] > 0 and seconds[-1] < 2.1
    last = heard[-1]
    # in the user's columns and units
    assert "m" in last.law and "x0" not in last.law
    assert last.loss == pytest.approx(np.mean((est.predict(X) - Y) ** 2), rel=0.2)
    assert last.complexity <= 12 and last.step == 0 and last.target == 0


def test_true_stops_the_fit():
    calls: list[Progress] = []
    est = TRMSymbolicRegressor(**MODEL | {"time_limit": 20}).fit(
        X, Y, callbacks=[calls.append, lambda p: len(calls) == 2]
    )
    assert est.stopped_ == "callback" and len(calls) == 2
    assert np.isfinite(est.predict(X)).all()


def test_what_is_not_true_does_not_stop():
    # a number is no answer: print and write give some
    est = TRMSymbolicRegressor(**MODEL).fit(X, X["m"] * X["r"], callbacks=lambda p: 7)
    assert est.stopped_ == "exact"


def test_stop_at_a_loss():
    good = 0.5 * np.var(Y)
    heard: list[Progress] = []
    est = TRMSymbolicRegressor(**MODEL | {"time_limit": 20}).fit(
        X, Y, callbacks=[heard.append, StopAt(loss=good)]
    )
    assert est.stopped_ == "callback"
    assert heard[-1].loss <= good and len(heard) > 1
    assert all(p.loss > good for p in heard[:-1])
    short = StopAt(1.0, complexity=3)
    assert not short(Progress(0, "", 0.5, 4, 0)) and short(Progress(0, "", 0.5, 3, 0))


def test_errors_of_callbacks_reach_the_user():
    def wrong(progress):
        raise ZeroDivisionError("mine")

    closed = []
    wrong.close = lambda: closed.append(True)
    with pytest.raises(ZeroDivisionError, match="mine"):
        TRMSymbolicRegressor(**MODEL).fit(X, Y, callbacks=wrong)
    assert closed == [True]


@pytest.mark.parametrize(("callbacks", "text"), [(3, "list of callables"), ([3], "cannot be")])
def test_what_cannot_be_called(callbacks, text):
    with pytest.raises(TypeError, match=text):
        TRMSymbolicRegressor(**MODEL).fit(X, Y, callbacks=callbacks)


def test_json_lines(tmp_path):
    path = tmp_path / "fit.jsonl"
    log = JsonLines(path)
    for _ in range(2):  # appended
        TRMSymbolicRegressor(**MODEL).fit(X, X["m"] * X["r"], callbacks=log)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum(row["law"] == "m*r" for row in rows) == 2
    assert set(rows[0]) == {"seconds", "law", "loss", "complexity", "step", "target"}
    assert pickle.loads(pickle.dumps(log)).path == path


def test_targets_are_numbered(tmp_path):
    y = np.column_stack([X["m"] * X["r"], X["m"] + X["r"]])
    heard: list[Progress] = []
    TRMSymbolicRegressor(**MODEL).fit(X, y, callbacks=heard.append)
    assert {p.target: p.law for p in heard} == {0: "m*r", 1: "m + r"}


def test_lines_and_verbose(capsys):
    Lines()(Progress(1, "x", 0.5, 1, 2, 3))
    assert capsys.readouterr().out == "1.0 s, step 2 of target 3: loss 0.5, complexity 1, x\n"
    TRMSymbolicRegressor(**MODEL, verbose=1).fit(X, X["m"] * X["r"])
    assert capsys.readouterr().out.splitlines()[-1].endswith("m*r")


def test_the_bar_in_a_notebook(monkeypatch):
    stream = type("OutStream", (), {"__module__": "ipykernel.iostream", "isatty": lambda _: False})
    monkeypatch.setattr("sys.stderr", stream())
    assert isinstance(narrator(3.0), ProgressBar)


def test_the_bar_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    for limit in (2, None):
        TRMSymbolicRegressor(**MODEL | {"time_limit": limit, "max_steps": 1}, verbose=1).fit(
            X, X["m"] * X["r"]
        )
        out = capsys.readouterr()
        assert out.out == "" and "m*r" in out.err
    bar = ProgressBar(5)
    bar(Progress(9, "x" * 100, 0.5, 1, 0))
    bar(Progress(9, "3.14159265*x1.55555", 0.5, 1, 0))
    bar.close()
    out = capsys.readouterr().err
    assert "…" in out and "3.142*x1.55555" in out  # a name keeps its digits


def test_tensorboard(monkeypatch, tmp_path):
    for name in ("tensorboardX", "torch.utils.tensorboard"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="pip install tensorboardX"):
        TensorBoard(tmp_path)
    written: list[tuple] = []

    class SummaryWriter:
        def __init__(self, log_dir):
            written.append(("open", log_dir))

        def add_scalar(self, name, value, step):
            written.append((name, value, step))

        add_text = add_scalar

        def close(self):
            written.append(("close",))

    fake = ModuleType("tensorboardX")
    fake.SummaryWriter = SummaryWriter
    monkeypatch.setitem(sys.modules, "tensorboardX", fake)
    TRMSymbolicRegressor(**MODEL).fit(X, X["m"] * X["r"], callbacks=TensorBoard(tmp_path))
    assert written[0] == ("open", str(tmp_path)) and written[-1] == ("close",)
    laws = [row[1] for row in written if row[0] == "target 0/law"]
    assert laws[-1] == "m*r"
    steps = [row[2] for row in written if row[0] == "target 0/complexity"]
    assert steps == list(range(1, len(laws) + 1))


def test_siblings_tell_and_stop():
    classes = np.where(X["m"] > X["r"], "long", "short")
    options = {"model": None, "random_state": 0, "time_limit": 30, "max_complexity": 12}
    heard: list[Progress] = []

    def third(progress: Progress) -> bool:
        heard.append(progress)
        return len(heard) == 3

    est = TRMSymbolicClassifier(**options).fit(X, classes, callbacks=third)
    assert len(heard) == 3 and est.stopped_ == "callback" and est.score(X, classes) > 0.5
    assert "m" in heard[-1].law or "r" in heard[-1].law
    heard.clear()
    model = TRMSymbolicRegressor(**options)
    TRMSymbolicTransformer(estimator=model).fit(X, Y, callbacks=[heard.append, StopAt(loss=1e39)])
    assert heard


def test_each_class_tells_on_its_own():
    classes = np.where(X["m"] > 3, "a", np.where(X["r"] > 3, "b", "c"))
    heard: list[Progress] = []
    TRMSymbolicClassifier(model=None, random_state=0, time_limit=0.5, max_complexity=10).fit(
        X, classes, callbacks=heard.append
    )
    assert {p.target for p in heard} == {0, 1, 2}
