"""The command: what it prints, what it writes, how it fails."""

import re
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


DIALECTS = {
    "decimal commas": {"sep": ";", "decimal": ",", "encoding": "latin-1"},
    "tabs": {"sep": "\t"},
    "blanks": {"sep": " "},
    "a mark of order": {"encoding": "utf-8-sig"},
    "missing values": {},
    "no header": {"header": False},
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_fit_reads_every_dialect(tmp_path, capsys, table, dialect):
    file = tmp_path / "data.txt"
    more = pd.DataFrame({"a": [1.0], "b": [np.nan], "y": [2.0]})
    rows = pd.concat([table, more]) if dialect == "missing values" else table
    rows.to_csv(file, index=False, **DIALECTS[dialect])
    words = ["--target", "-1", "--model", "none", "--missing", "drop"]
    assert run("fit", file, *words) == 0
    law = "x2 = x0/x1" if dialect == "no header" else "y = a/b"
    text = capsys.readouterr().out
    assert law in text and "40 rows" in text


def test_fit_reads_npy_and_dates(tmp_path, capsys):
    days = np.arange(12.0)
    np.save(tmp_path / "data.npy", np.column_stack([days, 2 * days + 1]))
    assert run("fit", tmp_path / "data.npy", "--target", 1, "--model", "none") == 0
    assert "x1 = 2*x0 + 1" in capsys.readouterr().out
    frame = pd.DataFrame({"t": pd.date_range("2020-01-01", periods=12), "y": 2 * days + 1})
    frame.to_csv(tmp_path / "data.csv", index=False)
    words = ["--target", "y", "--dates", "days", "--model", "none", "--out", tmp_path / "law.png"]
    assert run("fit", tmp_path / "data.csv", *words) == 0
    text = capsys.readouterr().out
    assert "y = 2*t + 1" in text and "t: days since 2020-01-01" in text


def test_fit_reads_a_table_of_central_europe(tmp_path, capsys):
    rows = [f"{day:02}.03.2024;{1.5 * day - 1:.1f}".replace(".5", ",5") for day in range(1, 20)]
    text = "Messgerät: Größe 4\n\nTag;Wert\n" + "\n".join(rows).replace(".0\n", ",0\n")
    (tmp_path / "daten.csv").write_bytes(text.encode("latin-1"))
    words = ["--target", "Wert", "--dates", "days", "--model", "none"]
    assert run("fit", tmp_path / "daten.csv", *words) == 0
    out = capsys.readouterr().out
    assert "Wert = 1.5*Tag + 0.5" in out and "Tag: days since 2024-03-01" in out
    assert "decimal commas" in out and "1 line above the table left out" in out


def test_fit_of_a_known_formula(tmp_path, capsys, table):
    table["y"] = 3 * table["a"] / (0.5 + table["a"]) + 0.01 * np.sin(50 * table["b"])
    table.to_csv(tmp_path / "data.csv", index=False)
    words = ["--target", "y", "--template", "v*a/(k + a)", "--model", "none"]
    assert run("fit", tmp_path / "data.csv", *words) == 0
    text = capsys.readouterr().out
    assert "The constants" in text and re.search(r"\nv +3\.0.*\nk +0\.5", text)


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
    elif kind == "odd cell":
        table["b"] = table["b"].astype(object)
        table.loc[3, "b"] = "oops"
    elif kind == "dates":
        table["t"] = pd.date_range("2020-01-01", periods=len(table))
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
    ("kind", "words", "message", "code"),
    [
        ("", ["--target", "z"], "no column 'z'; its columns are a, b, y", 2),
        ("", ["--target", "3"], "no column '3': it has 3, counted from 0", 2),
        ("", ["--target", "y", "--columns", "a,c"], "no column 'c'", 2),
        ("", ["--target", "y", "--columns", "y"], "besides the target", 2),
        ("", ["--target", "y", "--model", "nobody"], "nobody", 2),
        ("", ["--target", "y", "--separator", "ab"], "one sign", 2),
        ("", ["--target", "y", "--template", "f(z)"], "'z' is none", 2),
        ("nan", ["--target", "y"], "line 5, column 'b'): fill them, or leave", 1),
        ("infinite", ["--target", "y"], "line 5, column 'b'", 1),
        ("infinite", ["--target", "y", "--missing", "drop"], "line 5, column 'b'", 1),
        ("text", ["--target", "y"], "'colour': choose with --columns a,b", 1),
        ("odd cell", ["--target", "y"], "'b' (line 5 holds 'oops'): choose with --columns a", 1),
        ("text target", ["--target", "y"], "'y' holds text", 1),
        ("dates", ["--target", "y"], "dates in column 't': say --dates days", 1),
        ("few rows", ["--target", "y"], "3 rows, a law needs at least 5", 1),
        ("zero target", ["--target", "y", "--relative"], "without zeros", 1),
        ("lonely target", ["--target", "y"], "besides the target", 2),
    ],
)
def test_errors_are_one_line(tmp_path, capsys, table, kind, words, message, code):
    file = tmp_path / "data.csv"
    damaged(table, kind).to_csv(file, index=False)
    assert run("fit", file, *words) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x81\x00", b'a,y\n"1,2\n3'])
def test_files_that_are_no_csv(tmp_path, capsys, content):
    file = tmp_path / "data.csv"
    file.write_bytes(content)
    assert run("fit", file, "--target", "y") == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_figure_that_cannot_be_written(tmp_path, capsys, table):
    file = tmp_path / "data.csv"
    table.to_csv(file, index=False)
    out = tmp_path / "no" / "folder.png"
    assert run("fit", file, "--target", "y", "--model", "none", "--out", out) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [[], ["fit"], ["demo", "--time-limit", "-1"], ["sing"], ["fit", "x.csv", "--missing", "no"]],
)
def test_wrong_usage(words):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2


@pytest.mark.parametrize("command", [[], ["fit"], ["predict"], ["report"], ["export"]])
def test_help_tells_the_exit_codes(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*command, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for word in ("exit codes:", "  0  done", "  1  the file", "  2  the command"):
        assert word in text


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("sklearn-trm 0.")
