"""A run goes on where it stopped; a page tells first where others are ahead."""

import argparse
import json

import numpy as np
import pytest

from benchmarks import figures, report, run
from benchmarks.score import SCORES, scored


def arguments(*words):
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    return parser.parse_args(words)


@pytest.fixture
def tables(tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("a", "b"):
        X = rng.uniform(1, 2, (40, 2))
        np.savetxt(folder / f"{name}.csv", np.c_[X, X.sum(1)], delimiter=",", comments="",
                   header="p,q,target")  # fmt: skip
    return folder


def test_a_run_goes_on_where_it_stopped(tmp_path, tables):
    out = tmp_path / "results"
    words = ["--suite", "koza", "--noise", "0", "0.01", "--peers", "linear", "--seeds", "0", "1"]
    words += ["--limit", "1", "--rows", "40", "--data", str(tables), "--out", str(out)]
    run.main(arguments(*words))
    path = out / run.FITS
    lines = path.read_text().splitlines()
    # 2 laws at 2 noise levels, and 2 tables, with 2 seeds each
    assert len(lines) == 12 == len({run.key(json.loads(line)) for line in lines})
    row = json.loads(lines[-1])
    assert row["r2"] > 0.99 and row["cpu"] >= 0 and row["versions"]["scikit-learn"]
    path.write_text("\n".join(lines[:-2]) + "\n" + lines[-2][:30])  # cut off in a line
    run.main(arguments(*words))
    again = [run.key(row) for row in run.read(path)]
    assert len(again) == len(set(again)) == 12
    assert len(run.read(out / run.MACHINES)) == 1


def test_fits_are_scored_once_apart_from_fitting(tmp_path):
    row = {"peer": "x", "group": "nguyen", "task": "Nguyen-1", "limit": 1.0, "noise": 0.0,
           "seed": 0, "rows": 50, "kind": "law", "r2": 1.0}  # fmt: skip
    run.append(tmp_path / run.FITS, row | {"text": "x0*(x0**2 + x0 + 1)"})
    run.append(tmp_path / run.FITS, row | {"seed": 1, "text": "x0**3 + x0"})
    run.append(tmp_path / run.FITS, row | {"seed": 2, "error": "none"})
    right, wrong, missing = scored(tmp_path)
    assert right["numeric"] and right["symbolic"] and right["accurate"]
    assert not wrong["numeric"] and not wrong["symbolic"] and not missing["numeric"]
    before = (tmp_path / SCORES).read_text()
    scored(tmp_path)
    assert (tmp_path / SCORES).read_text() == before


def law(peer, solved, **others):
    return {"peer": peer, "kind": "law", "group": "s", "task": "t", "seed": 0, "limit": 2.0,
            "noise": 0.0, "rows": 9, "numeric": solved, "symbolic": solved, "accurate": True,
            "r2": 1.0, "cpu": 0.1} | others  # fmt: skip


def real(peer, table, r2, nodes):
    return {"peer": peer, "kind": "table", "group": table, "task": f"{table}/0", "seed": 0,
            "limit": 2.0, "noise": 0.0, "rows": 9, "r2": r2, "nodes": nodes,
            "numeric": False, "symbolic": False, "accurate": False}  # fmt: skip


def test_the_first_paragraph_says_where_others_are_ahead():
    ours = [law("guided", True), law("guided", False, task="u")]
    assert "nothing is compared" in report.first_paragraph(ours)
    behind = [law("eggp", False), law("eggp", False, task="u")]
    text = report.first_paragraph(ours + behind)
    assert text.startswith("In none of the 3 comparisons") and "1 of them" in text
    level = [law("eggp", True), law("eggp", True, task="u")]
    text = report.first_paragraph(ours + level)
    assert "**Others are ahead of sklearn-trm in 2 of 3" in text
    assert "eggp on s at 2 s and noise 0 (exact law: 2 of 2 against 1)" in text
    # our own settings are no peers, and only laws that both have done are compared
    assert "nothing" in report.first_paragraph([*ours, law("ours", True)])
    assert "In none" in report.first_paragraph(
        [*ours, law("eggp", True), law("eggp", True, seed=1)]
    )


def test_the_first_paragraph_knows_real_tables():
    rows = [real("ours", t, 0.5, 9) for t in "abc"] + [real("boosting", t, 0.6, 0) for t in "abc"]
    text = report.first_paragraph(rows)
    assert "gradient boosting (scikit-learn) on the real tables at 2 s" in text
    assert "0.600 against 0.500, better on 3 of 3" in text


def test_the_page_and_its_pictures(tmp_path, monkeypatch):
    rows = [
        law(p, p == "guided" or n == 0, task=t, noise=n, limit=limit)
        for p in ("guided", "eggp")
        for t in "tu"
        for n in (0.0, 0.1)
        for limit in (2.0, 10.0)
    ]
    rows += [real(p, t, 0.5 + 0.1 * k, 5 + k * 0) for k, p in enumerate(("guided", "eggp"))
             for t in "abc"] + [real("boosting", t, 0.7, 0) for t in "abc"]  # fmt: skip
    monkeypatch.setattr(report, "scored", lambda folder: rows)
    run.append(tmp_path / run.FITS, {"peer": "pysr", "skipped": "no Julia"})
    run.append(tmp_path / run.COMMANDS, {"command": "python -m benchmarks run --suite s"})
    speed = {"part": "a scan", "seconds": 0.5, "than": "a loop", "ratio": 2.0, "note": "here"}
    (tmp_path / report.PARTS).write_text(json.dumps([speed]))
    out = tmp_path / "page.md"
    text = report.page(tmp_path, out)
    assert text.splitlines()[2].startswith("**Others are ahead of sklearn-trm")
    for line in ("| a scan | 0.5000 | a loop | 2.00 |  | here |",
                 "| s | 0.1 | 10 | 2 of 2 (0.10 s) | 0 of 2 |", "Skipped: pysr, no Julia.",
                 "    python -m benchmarks run --suite s", "## Published figures",
                 "| gradient boosting (scikit-learn) | 0.700 | no formula | 1.00 |"):  # fmt: skip
        assert line in text
    pictures = {p.name for p in (tmp_path / "page").iterdir()}
    assert pictures == {"numeric_time.png", "numeric_noise.png", "symbolic_time.png",
                        "symbolic_noise.png", "pareto.png", "ranks.png"}  # fmt: skip
    assert all(f"page/{name}" in text for name in pictures)
    assert report.kept(out) == ""
    out.write_text(f"old\n\n{report.KEPT}\n\n## Small tables\n")
    assert report.kept(out) == f"\n{report.KEPT}\n\n## Small tables\n"  # of other commands


def test_where_things_lie_is_no_part_of_a_command():
    words = ["run", "--data", "/somewhere/x", "--python", "/elsewhere/y", "--limit", "2"]
    text = run.command(words)
    assert "where" not in text and text.endswith("--limit 2")


def test_intervals_and_ranks():
    low, high = figures.interval(5, 10)
    assert (low, high) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert figures.interval(0, 0) == (0.0, 1.0)
    ranks = figures.mean_ranks(np.array([[0.9, 0.5, 0.1], [0.9, 0.9, 0.1]]))
    np.testing.assert_allclose(ranks, [1.25, 1.75, 3.0])
    # Demšar 2006, table 5: q of 5 systems is 2.728
    assert figures.critical_difference(5, 30) == pytest.approx(2.728 * np.sqrt(30 / 180), abs=1e-3)
