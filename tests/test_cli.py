"""The command: what it prints, what it writes, how it fails."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from sklearn_trm.cli import main


@pytest.fixture
def table():
    X = np.random.default_rng(0).uniform(1, 5, (40, 2))
    return pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": X[:, 0] / X[:, 1]})


def run(*words):
    return main([str(w) for w in words])


def test_demo_finds_kepler(tmp_path, capsys):
    out = tmp_path / "kepler.png"
    assert run("demo", "--model", "none", "--time-limit", 6, "--out", out) == 0
    text = capsys.readouterr().out
    assert "period = distance**1.5" in text
    for word in ("Pareto front", "answer steps", "Neptune", "LaTeX"):
        assert word in text
    assert out.read_bytes().startswith(b"\x89PNG")


def test_demo_with_the_network(tmp_path, capsys):
    out = tmp_path / "kepler.png"
    assert run("demo", "--out", out) == 0
    text = capsys.readouterr().out
    assert "period = distance**1.5" in text
    assert "velocity" in text and "no answer steps" not in text
    assert out.stat().st_size > 20_000


def test_demo_without_matplotlib(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run("demo", "--model", "none", "--time-limit", 4, "--out", tmp_path / "k.png") == 0
    assert 'pip install "sklearn-trm[viz]"' in capsys.readouterr().out
    assert not (tmp_path / "k.png").exists()


def test_fit_prints_the_law_and_draws(tmp_path, capsys, table):
    file, out = tmp_path / "data.csv", tmp_path / "law.png"
    table.to_csv(file, index=False)
    assert run("fit", file, "--target", "y", "--model", "none", "--out", out) == 0
    assert "y = a/b" in capsys.readouterr().out
    assert out.read_bytes().startswith(b"\x89PNG")


def test_fit_reads_semicolons_and_chosen_columns(tmp_path, capsys, table):
    file = tmp_path / "data.csv"
    table.assign(name="n").to_csv(file, index=False, sep=";")
    words = ["fit", file, "--target", "y", "--columns", "a,b", "--model", "none", "--relative"]
    assert run(*words) == 0
    assert "y = a/b" in capsys.readouterr().out


def test_module_is_the_command(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "sklearn_trm", "fit", str(tmp_path / "no.csv"), "--target", "y"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "there is no file" in done.stderr and "Traceback" not in done.stderr


def damaged(table, kind):
    if kind == "nan":
        table.loc[3, "b"] = np.nan
    elif kind == "infinite":
        table.loc[3, "b"] = np.inf
    elif kind == "text":
        table["colour"] = "red"
    elif kind == "text target":
        table["y"] = "red"
    elif kind == "few rows":
        table = table.head(3)
    elif kind == "zero target":
        table.loc[0, "y"] = 0.0
    elif kind == "lonely target":
        table = table[["y"]]
    return table


@pytest.mark.parametrize(
    ("kind", "words", "message"),
    [
        ("", ["--target", "z"], "no column 'z'; its columns are a, b, y"),
        ("", ["--target", "y", "--columns", "a,c"], "no column 'c'"),
        ("", ["--target", "y", "--columns", "y"], "besides the target"),
        ("", ["--target", "y", "--model", "nobody"], "nobody"),
        ("nan", ["--target", "y"], "line 5, column 'b'"),
        ("infinite", ["--target", "y"], "line 5, column 'b'"),
        ("text", ["--target", "y"], "'colour': choose with --columns a,b"),
        ("text target", ["--target", "y"], "'y' holds text"),
        ("few rows", ["--target", "y"], "3 rows, a law needs at least 5"),
        ("zero target", ["--target", "y", "--relative"], "without zeros"),
        ("lonely target", ["--target", "y"], "besides the target"),
    ],
)
def test_errors_are_one_line_and_exit_code_2(tmp_path, capsys, table, kind, words, message):
    file = tmp_path / "data.csv"
    damaged(table, kind).to_csv(file, index=False)
    assert run("fit", file, *words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x81", b'a,y\n"1,2\n3'])
def test_files_that_are_no_csv(tmp_path, capsys, content):
    file = tmp_path / "data.csv"
    file.write_bytes(content)
    assert run("fit", file, "--target", "y") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_figure_that_cannot_be_written(tmp_path, capsys, table):
    file = tmp_path / "data.csv"
    table.to_csv(file, index=False)
    out = tmp_path / "no" / "folder.png"
    assert run("fit", file, "--target", "y", "--model", "none", "--out", out) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["fit"], ["demo", "--time-limit", "-1"], ["sing"]])
def test_wrong_usage(words):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("sklearn-trm 0.")
