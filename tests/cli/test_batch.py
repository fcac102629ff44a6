"""The command ``batch``: a line a table, whole or not there, and a second run goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sklearn_trm
from sklearn_trm.cli import main

ROOT = Path(sklearn_trm.__file__).resolve().parents[1]
FAST = ["--target", "y", "--model", "none", "--max-steps", "1"]


def tables(folder, count, start=0):
    rng = np.random.default_rng(0)
    for i in range(start, start + count):
        frame = pd.DataFrame({"a": rng.uniform(1, 5, 25), "b": rng.uniform(1, 5, 25)})
        frame = frame.assign(y=(i + 2) * frame["a"] / frame["b"])
        if i % 2:
            frame.to_csv(folder / f"t{i:02d}.csv", index=False)
        else:
            frame.to_parquet(folder / f"t{i:02d}.parquet")


def run(*words):
    return main(["batch", *map(str, words), *FAST])


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_a_table_and_a_second_run_looks_at_new_ones_only(tmp_path, capsys):
    pytest.importorskip("pyarrow", reason="not installed here: pyarrow")
    tables(tmp_path, 3)
    (tmp_path / "bad.csv").write_text("a,b,y\n1,2,u\n3,4,v\n")
    (tmp_path / "notes.md").write_text("no table")
    out = tmp_path / "laws.jsonl"
    assert run(tmp_path, "--save", tmp_path / "laws") == 1
    told = lines(out)
    assert [line["file"] for line in told] == ["bad.csv", "t00.parquet", "t01.csv", "t02.parquet"]
    assert told[0]["error"].startswith("DataError: column 'y' holds text")
    assert [line["law"] for line in told[1:]] == ["2*a/b", "3*a/b", "4*a/b"]
    assert told[2]["rows"] == 25 and told[2]["columns"] == ["a", "b"] and told[2]["r2"] == 1.0
    assert sklearn_trm.load(tmp_path / "laws" / "t01.csv.json").expr_ == "3*a/b"
    capsys.readouterr()
    tables(tmp_path, 1, 3)
    (tmp_path / "bad.csv").write_text("a,y\n" + "\n".join(f"{i},{2 * i}" for i in range(9)))
    assert run(tmp_path, "--save", tmp_path / "laws") == 0
    assert "5 tables, 3 done before" in capsys.readouterr().out
    assert [line["file"] for line in lines(out)[4:]] == ["bad.csv", "t03.csv"]
    assert run(tmp_path, "--save", tmp_path / "laws") == 0 and len(lines(out)) == 6
    # other settings are another run
    assert run(tmp_path, "--columns", "a", "--part", 2, 5) == 0 and len(lines(out)) == 7


def test_processes_and_parts_say_the_same(tmp_path):
    pytest.importorskip("pyarrow", reason="not installed here: pyarrow")
    tables(tmp_path, 4)
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    assert run(tmp_path, "--out", one) == 0
    for part in (1, 2):
        assert run(tmp_path, "--out", two, "--part", part, 2, "--jobs", 2) == 0
    laws = [sorted((line["file"], line["law"]) for line in lines(path)) for path in (one, two)]
    assert laws[0] == laws[1] and len(laws[0]) == 4


def test_a_torn_line_is_done_again(tmp_path, capsys):
    pytest.importorskip("pyarrow", reason="not installed here: pyarrow")
    tables(tmp_path, 2)
    out = tmp_path / "laws.jsonl"
    assert run(tmp_path) == 0
    whole = out.read_text()
    out.write_text(whole[:-20])
    assert run(tmp_path) == 0
    assert "2 tables, 1 done before" in capsys.readouterr().out.split("laws, 0")[1]
    good = [text for text in out.read_text().splitlines() if text.endswith("}")]
    assert sorted(json.loads(text)["law"] for text in good) == ["2*a/b", "3*a/b"]
    assert run(tmp_path) == 0  # the torn line now stands between others
    assert "2 tables, 2 done before" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "there is no folder"),
        (["."], "holds no table"),
        (["here", "--part", "3", "2"], "--part is K N"),
        (["here", "--jobs", "0"], "--jobs is a number"),
        (["here", "--out", "here/t01.csv"], "is no line of ours"),
        (["here", "--save", "here/t01.csv/x"], "can't be made"),
        (["here", "--out", "nowhere/x.jsonl"], "can't be written"),
    ],
)
def test_what_can_not_be_done_is_said(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    tables(tmp_path / "here", 1, 1)
    assert run(*words) == 2
    assert message in capsys.readouterr().err


def test_a_run_that_is_killed_goes_on(tmp_path):
    """SIGKILL at three moments: no line is lost or there twice."""
    for i in range(12):
        x = np.linspace(1, 5, 20)
        pd.DataFrame({"x": x, "y": (i + 1) * x**2}).to_csv(tmp_path / f"t{i}.csv", index=False)
    command = [sys.executable, "-m", "sklearn_trm", "batch", str(tmp_path), *FAST]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    out, before = tmp_path / "laws.jsonl", 0
    for _ in range(3):
        run_ = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        while run_.poll() is None and (not out.exists() or out.read_bytes().count(b"\n") <= before):
            time.sleep(0.01)
        run_.send_signal(signal.SIGKILL)
        run_.wait()
        assert out.read_bytes().count(b"\n") > before
        before = out.read_bytes().count(b"\n")
    assert subprocess.run(command, env=env, capture_output=True).returncode == 0
    files = [line["file"] for line in lines(out)]
    assert sorted(files) == sorted(f"t{i}.csv" for i in range(12))
