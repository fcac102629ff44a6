"""The commands over saved laws."""

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor, load
from sklearn_trm.cli import main

X = np.random.default_rng(0).uniform(1, 5, (40, 2))
TABLE = pd.DataFrame({"a": X[:, 0], "b": X[:, 1]})
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1}


def run(*words):
    return main([str(w) for w in words])


@pytest.fixture(scope="module")
def law(tmp_path_factory):
    path = tmp_path_factory.mktemp("laws") / "law.json"
    TRMSymbolicRegressor(**FAST).fit(TABLE, X[:, 0] / X[:, 1]).save(path)
    return path


def test_fit_saves_what_predict_executes(tmp_path, capsys):
    data, law, out = (tmp_path / name for name in ("data.csv", "law.json", "out.csv"))
    TABLE.assign(y=X[:, 0] / X[:, 1]).to_csv(data, index=False)
    assert run("fit", data, "--target", "y", "--model", "none", "--save", law) == 0
    assert f"Law: {law}" in capsys.readouterr().out
    assert run("predict", law, data, "--out", out) == 0
    found = pd.read_csv(out)
    assert list(found.columns) == ["a", "b", "y", "prediction"]
    np.testing.assert_allclose(found["prediction"], found["y"])
    assert run("fit", data, "--target", "y", "--model", "none", "--save", tmp_path / "no/x") == 2


def test_predict_reads_any_dialect_and_prints(law, tmp_path, capsys):
    file = tmp_path / "new.txt"
    file.write_bytes("b;a;é\n2,0;1,5;u\n;1;v\n4;2;w\n".encode("latin-1"))
    assert run("predict", law, file, "--missing", "drop") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["b,a,é,prediction", "2.0,1.5,u,0.75", "4.0,2.0,w,0.5"]
    assert run("predict", law, file) == 1
    assert "line 3, column 'b'" in capsys.readouterr().err


def test_predict_goes_by_the_order_where_there_are_no_names(law, tmp_path, capsys):
    np.save(tmp_path / "new.npy", [[1.0, 4.0], [3.0, 2.0]])
    assert run("predict", law, tmp_path / "new.npy") == 0
    assert capsys.readouterr().out.splitlines() == ["a,b,prediction", "1.0,4.0,0.25", "3.0,2.0,1.5"]
    (tmp_path / "new.csv").write_text("a,c\n1,2\n3,4\n")
    assert run("predict", law, tmp_path / "new.csv") == 1
    assert "no column b: the law is of a, b" in capsys.readouterr().err


def test_other_rows_of_the_front(law, tmp_path, capsys):
    TABLE.head(2).to_csv(tmp_path / "new.csv", index=False)
    assert run("predict", law, tmp_path / "new.csv", "--row", 0) == 0
    values = pd.read_csv(tmp_path / "new.csv")
    assert capsys.readouterr().out.count("\n") == len(values) + 1
    assert run("predict", law, tmp_path / "new.csv", "--row", 99) == 2
    assert "rows, counted from 0" in capsys.readouterr().err


def test_report(law, capsys):
    assert run("report", law) == 0
    text = capsys.readouterr().out
    for word in ("y = a/b", "name: ratio of two columns", "Pareto front", "answer steps", "LaTeX"):
        assert word in text


def test_several_laws_and_classes(tmp_path, capsys):
    path = tmp_path / "law.json"
    TRMSymbolicRegressor(**FAST).fit(TABLE, X * [2, 3]).save(path)
    assert run("report", path) == 0
    text = capsys.readouterr().out
    assert "y0 = 2*a" in text and "y1 = 3*b" in text
    TABLE.head(2).to_csv(tmp_path / "new.csv", index=False)
    assert run("predict", path, tmp_path / "new.csv") == 0
    assert "prediction_0,prediction_1" in capsys.readouterr().out
    assert run("export", path, "--to", "c") == 0
    assert "law_1(" in capsys.readouterr().out
    labels = np.where(X[:, 0] > 3, "far", "near")
    TRMSymbolicClassifier(**FAST, max_complexity=9).fit(TABLE, labels).save(path)
    assert run("report", path) == 0
    assert "log odds of near = " in capsys.readouterr().out
    assert run("predict", path, tmp_path / "new.csv") == 0
    assert {"far", "near"} & set(pd.read_csv(_text(capsys))["prediction"])


def _text(capsys):
    import io

    return io.StringIO(capsys.readouterr().out)


def test_dates_are_counted_from_those_of_the_fit(tmp_path, capsys):
    days = pd.DataFrame({"t": pd.date_range("2020-01-01", periods=12)})
    est = TRMSymbolicRegressor(**FAST).fit(days, 2.0 * np.arange(12) + 1, dates="days")
    est.save(tmp_path / "law.json")
    days[10:].to_csv(tmp_path / "new.csv", index=False)
    assert run("predict", tmp_path / "law.json", tmp_path / "new.csv") == 0
    assert "2020-01-12,23.0" in capsys.readouterr().out
    assert run("report", tmp_path / "law.json") == 0
    assert "t: days since 2020-01-01" in capsys.readouterr().out


def test_export(law, tmp_path, capsys):
    assert run("export", law, "--to", "c", "--name", "ratio") == 0
    assert "double ratio(" in capsys.readouterr().out
    assert run("export", law, "--to", "text", "--out", tmp_path / "law.txt") == 0
    assert (tmp_path / "law.txt").read_text() == "a/b"
    assert run("export", law, "--to", "cobol") == 2
    assert "julia" in capsys.readouterr().err
    assert run("export", law, "--to", "onnx") == 2  # bytes are not for a screen


@pytest.mark.parametrize("command", [["report"], ["export", "--to", "c"]])
@pytest.mark.parametrize(
    ("content", "message", "code"),
    [(None, "there is no file", 2), (b"{}", "", 1), (b"\xff\0", "no text", 1)],
)
def test_files_that_are_no_laws(tmp_path, capsys, command, content, message, code):
    path = tmp_path / "law.json"
    if content is not None:
        path.write_bytes(content)
    assert run(command[0], path, *command[1:]) == code
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


# ---------------------------------------------------------------------- looked at


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.csv"
    TABLE.assign(y=X[:, 0] / X[:, 1]).to_csv(path, index=False, sep=";")
    return path


def test_report_as_a_page(law, data, tmp_path, capsys):
    out = tmp_path / "law.html"
    assert run("report", law, "--data", data, "--out", out, "--units", "a=m,y=m/s") == 0
    assert capsys.readouterr().out == f"Page: {out}\n"
    page = out.read_text(encoding="utf-8")
    assert "A law for y" in page and "40 rows." in page and "<bdi>m/s</bdi>" in page
    assert run("report", law, "--out", out) == 0
    assert "made without data" in out.read_text(encoding="utf-8")
    assert run("report", law, "--data", data) == 2
    assert "--out law.html" in capsys.readouterr().err
    assert run("report", law, "--data", data, "--out", out, "--units", "z=m") == 2
    assert "names are a, b, y" in capsys.readouterr().err
    assert run("report", law, "--data", data, "--out", tmp_path / "no" / "x.html") == 2


def test_the_target_is_said_where_it_is_not_plain(law, data, tmp_path, capsys):
    more = tmp_path / "more.csv"
    pd.read_csv(data, sep=";").assign(z=1.0).to_csv(more, index=False)
    out = tmp_path / "law.html"
    assert run("report", law, "--data", more, "--out", out) == 2
    assert "--target: y, z" in capsys.readouterr().err
    assert run("report", law, "--data", more, "--target", "y", "--out", out) == 0


def test_a_law_knows_what_it_is_of(law, data, tmp_path, capsys):
    path, out = tmp_path / "law.json", tmp_path / "law.html"
    ratio = pd.Series(X[:, 0] / X[:, 1], name="Länge")
    TRMSymbolicRegressor(**FAST).fit(TABLE, ratio).save(path)
    assert run("report", path) == 0 and run("explain", path) == 0
    assert capsys.readouterr().out.count("Länge = a/b\n") == 2
    TABLE.assign(Länge=ratio, z=1.0).to_csv(tmp_path / "more.csv", index=False)
    assert run("report", path, "--data", tmp_path / "more.csv", "--out", out) == 0
    assert "A law for Länge" in out.read_text(encoding="utf-8")
    assert run("report", path, "--out", out, "--units", "Länge=m") == 0
    again = load(path)
    assert "A law for Länge" in again.report() and "A law for y" in load(law).report()
    two = pd.DataFrame({"u": X[:, 0], "v": X[:, 1]})
    TRMSymbolicRegressor(**FAST).fit(TABLE, two).save(path)
    capsys.readouterr()
    assert run("report", path) == 0
    assert "u = a" in (text := capsys.readouterr().out) and "v = b" in text


def test_pages_of_several_targets_and_of_classes(tmp_path, capsys):
    path, file, out = (tmp_path / name for name in ("law.json", "data.csv", "law.html"))
    TRMSymbolicRegressor(**FAST).fit(TABLE, X * [2, 3]).save(path)
    TABLE.assign(u=2 * X[:, 0], v=3 * X[:, 1], w=1.0).to_csv(file, index=False)
    assert run("report", path, "--data", file, "--out", out) == 2
    assert "which 2 columns are the targets with --target: u, v, w" in capsys.readouterr().err
    words = ("--data", file, "--target", "u, v", "--units", "v=kg", "--out", out)
    assert run("report", path, *words) == 0
    page = out.read_text(encoding="utf-8")
    assert "<h2><bdi>u</bdi></h2>" in page and "<bdi>kg</bdi>" in page
    TRMSymbolicClassifier(**FAST, max_complexity=5).fit(TABLE, X[:, 0] > 3).save(path)
    TABLE.assign(big=X[:, 0] > 3).to_csv(file, index=False)
    assert run("report", path, "--data", file, "--out", out) == 0
    assert "A law for the log odds of True" in out.read_text(encoding="utf-8")


def test_plot(law, data, tmp_path, capsys):
    out = tmp_path / "law.png"
    assert run("plot", law, "--data", data, "--out", out) == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    assert f"Figure: {out}" in capsys.readouterr().out


@pytest.mark.parametrize("picture", ["law", "residuals", "partial_dependence", "front"])
def test_plot_other_pictures(law, data, tmp_path, picture):
    out = tmp_path / "law.svg"
    assert run("plot", law, "--data", data, "--out", out, "--picture", picture) == 0
    assert "<svg" in out.read_text(encoding="utf-8")


def test_plot_says_what_a_picture_lacks(law, data, tmp_path, capsys):
    words = ("plot", law, "--data", data, "--out", tmp_path / "x.png", "--picture", "velocity")
    assert run(*words) == 1
    assert capsys.readouterr().err.startswith("sklearn-trm: the network was not asked")


def test_explain(law, capsys):
    assert run("explain", law) == 0
    text = capsys.readouterr().out
    assert text.startswith("y = a/b\n") and "prior" in text and "times less likely" in text
    assert run("explain", law, "--row", 0) == 0
    assert "selection='best' takes" in capsys.readouterr().out
