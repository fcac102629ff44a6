"""What the page of `est.report` says and holds."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor
from sklearn_trm.errors import DataError
from sklearn_trm.output.export import TARGETS
from sklearn_trm.output.page.content import content
from sklearn_trm.output.page.laws import LANGUAGES

FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1}
X = np.linspace(0.5, 9.0, 9)[:, None]
Y = 2 * np.log(X[:, 0]) + 0.02 * np.random.default_rng(0).normal(size=9)


@pytest.fixture(scope="module")
def est():
    return TRMSymbolicRegressor(**FAST).fit(X, Y)


def told(est, X=None, y=None, most=20):
    return content(est, X, y, None, None, None, None, most)


def said(est, X=None, y=None):
    return " ".join(text for _, text in told(est, X, y)["targets"][0]["advice"])


def drawn(page):
    return json.loads(re.search(r'id="drawn">(.*?)</script>', page, re.S)[1])


def test_one_file_without_network(est, tmp_path):
    path = est.report(tmp_path / "law.html", X, Y)
    page = path.read_text(encoding="utf-8")
    assert [p.name for p in tmp_path.iterdir()] == ["law.html"]
    assert page == est.report(None, X, Y)
    assert set(re.findall(r"(?:src|href)=(\S*)", page)) == {'"#laws-0">Skip'}
    assert "url(" not in page.split("<script")[0]
    assert "default-src &#39;none&#39;" in page and "<math" in page


def test_numbers_count_every_row_and_pictures_some(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.uniform(1, 5, (10_000, 4)), columns=list("abcd"))
    y = (3 * table.a * np.exp(-table.b) + table.c**2).rename("signal")
    est = TRMSymbolicRegressor(**FAST).fit(table[:300], y[:300])
    page = est.report(None, table, y)
    assert len(page.encode()) < 1_000_000
    assert "10,000 rows. Pictures show 500 of them" in page
    (one,) = drawn(page)
    assert len(one["y"]) == 500 and {y.min(), y.max()} <= set(np.round(one["y"], 9)) | set(y)
    law = one["laws"][one["chosen"]]
    rms = float(np.sqrt(np.mean((y - est.predict(table)) ** 2)))
    assert law["rms"] == pytest.approx(rms, abs=1e-12)


def test_a_page_never_grows_beyond_its_size(est, monkeypatch):
    from sklearn_trm.output.page import page

    monkeypatch.setattr(page, "MOST_BYTES", 10)
    monkeypatch.setattr(page, "_FEWEST_LAWS", 2)
    whole = est.report(None, X, Y)
    assert len(drawn(whole)[0]["laws"]) == 2 < len(est.equations_)
    assert f"2 of {len(est.equations_)} are shown" in whole
    assert any(law["row"] == est._fitted.chosen for law in drawn(whole)[0]["laws"])


def test_what_a_reader_has_to_know(est):
    assert "9 rows" in said(est, X, Y) and "Beyond, the law is a guess" in said(est, X, Y)
    assert "made without data" in said(est)
    more = np.vstack([X, [[-1.0], [20.0]]])
    text = said(est, more, np.r_[Y, 1.0, 6.0])
    assert "no value on 1 of 11 rows" in text and "2 of 11 rows lie outside the data" in text
    noise = np.random.default_rng(1).normal(size=200)
    x = np.random.default_rng(2).uniform(size=(200, 1))
    assert "of the variance" in said(TRMSymbolicRegressor(**FAST).fit(x, noise), x, noise)


def test_rivals_are_named():
    """Rows that cannot tell two laws apart: the page says so, and where to measure."""
    x = np.array([[1.0], [1.2], [1.4], [1.6], [1.8], [2.0], [2.2]])
    y = 3 * np.sqrt(x[:, 0]) + 0.1 * np.random.default_rng(3).normal(size=7)
    est = TRMSymbolicRegressor(**FAST).fit(x, y)
    one = told(est, x, y)["targets"][0]
    likely = sorted(est.equations_["probability"])[-2:]
    assert likely[0] > likely[1] / 3  # else this table is no example
    assert "laws are about as likely" in said(est, x, y)
    assert one["suggested"]["rows"]


@pytest.mark.parametrize("rows", [1, 2, 9])
def test_few_rows_and_none(est, rows):
    assert "<svg" not in est.report(None, X[:rows], Y[:rows])  # the script draws
    assert drawn(est.report())[0]["y"] == []


def test_tables_that_do_not_fit(est):
    with pytest.raises(DataError, match="both X and y"):
        est.report(None, X)
    with pytest.raises(ValueError, match="2 features"):
        est.report(None, np.hstack([X, X]), Y)
    with pytest.raises(DataError, match="expected"):
        est.report(None, X, Y[:-1])
    with pytest.raises(ValueError, match="units= names b"):
        est.report(None, X, Y, units={"b": "m"})
    with pytest.raises(ValueError, match="2 targets"):
        est.report(None, X, Y, target=["a", "b"])


def test_classes_dates_groups_and_formulas():
    rng = np.random.default_rng(0)
    Z = rng.uniform(-2, 2, (60, 1))
    labels = np.where(Z[:, 0] + 0.3 * rng.normal(size=60) > 0, "in", "out")
    one = told(TRMSymbolicClassifier(**FAST, max_complexity=5).fit(Z, labels), Z, labels)
    assert one["title"] == "A law for the log odds of out"
    assert one["targets"][0]["kind"] == "odds" and set(one["targets"][0]["y"]) == {0.0, 1.0}

    days = pd.DataFrame({"day": pd.date_range("2021-01-01", periods=30, freq="D")})
    level = 2.0 + 0.5 * np.arange(30.0)
    est = TRMSymbolicRegressor(**FAST).fit(days, level, dates="days")
    assert "day from 2021-01-01 to 2021-01-30" in said(est, days, level)

    table = pd.DataFrame({"who": ["A"] * 6 + ["B"] * 6, "t": [*range(6)] * 2})
    y = np.repeat([3.0, 5.0], 6) * table["t"]
    est = TRMSymbolicRegressor(**FAST).fit(table, y, groups="who")
    one = told(est, table, y)["targets"][0]
    law = one["laws"][one["chosen"]]
    assert one["groups"] == {"labels": ["A", "B"], "of": [0] * 6 + [1] * 6}
    assert law["constants"]["head"][0] == "who" and len(law["curves"]["0"]) == 2

    est = TRMSymbolicRegressor(**FAST).fit(X, Y, template="a*log(x0) + b")
    law = told(est, X, Y)["targets"][0]["laws"][0]
    assert [row[0] for row in law["constants"]["rows"]] == ["a", "b"]


@pytest.mark.parametrize(
    "options, fitting, measure",
    [
        ({}, {}, "mean squared error"),
        ({}, {"sample_weight": 1.0 / X[:, 0]}, "weighted mean squared error"),
        ({}, {"y_error": 0.1}, "chi-square a row"),
        ({"loss": "absolute"}, {}, "Absolute loss"),
    ],
)
def test_what_the_front_is_by(options, fitting, measure):
    est = TRMSymbolicRegressor(**FAST, **options).fit(X, Y, **fitting)
    assert told(est, X, Y)["targets"][0]["measure"] == measure


def test_ten_languages():
    assert set(LANGUAGES) <= set(TARGETS) and len(LANGUAGES) >= 10


def test_names_end_nothing_in_any_language():
    """Column names that would end a comment, a string, an identifier or the page."""
    names = ["*/ int main(){}", '"""\nimport os', "');drop table t;--", "a\r\nb", "</script>"]
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.uniform(1, 2, (40, 5)), columns=names)
    est = TRMSymbolicRegressor(**FAST).fit(table, table.to_numpy() @ [1.0, 2.0, 3.0, 4.0, 5.0])
    assert len(set(re.findall(r"\d\*|\+", est.expr_))) > 1
    for target in set(TARGETS) - {"onnx", "text", "latex", "sympy", "json", "sql"}:
        out = est.export(target)
        for piece in ("int main(){", "\nimport os", "');drop", "</script"):
            assert piece not in out, (target, piece)
    assert '"\');drop table t;--"' in est.export("sql")  # whole, inside quotes
    page = est.report(None, table, table.sum(axis=1))
    assert page.count("</script>") == 2
