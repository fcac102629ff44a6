"""Small tables: their kinds, their halves, a run that goes on, whose fault a miss is."""

import argparse

import numpy as np
import pytest

from benchmarks import blame, small
from benchmarks.forms import Table, judge, plain
from benchmarks.rows import read
from benchmarks.small_tables import CASES, Kind, at, draw_alone, even, expected_error
from benchmarks.small_trades import TRADES, half
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse


def test_kinds_and_halves():
    assert len(CASES) == 33 and len(TRADES) >= 60
    names = [kind.name for kind in (*CASES, *TRADES)]
    assert len(names) == len(set(names))
    both = [*half("open"), *half("validation")]
    assert sorted(k.name for k in both) == sorted(k.name for k in TRADES)
    assert abs(len(half("open")) - len(half("validation"))) <= 1


@pytest.mark.parametrize("name", small.SETS)
def test_the_truth_is_found_in_its_own_table(name):
    """Also where few numbers are judged: a form that no law could pass would be no test."""
    for table in small.tables(name, 0):
        assert np.isfinite(table.y).all() and len(table.X) == len(table.y)
        assert judge(table, parse(plain(table.law))).mark == "found", table.name


def test_a_seed_draws_the_same_noise_again_and_another_one_other_noise():
    for name in small.SETS:
        first, again, other = (list(small.tables(name, seed)) for seed in (0, 0, 1))
        assert all(np.array_equal(a.y, b.y) for a, b in zip(first, again, strict=True))
        assert sum(not np.array_equal(a.y, b.y) for a, b in zip(first, other, strict=True)) > 15
    # rows of a kind do not depend on the others
    (alone,) = draw_alone(TRADES[3:4], 0)
    np.testing.assert_array_equal(alone.y, list(draw_alone(TRADES, 0))[3].y)


def test_the_expected_error_of_a_mean_and_of_a_line():
    X = np.linspace(-1, 1, 9)[:, None]
    error = np.full(9, 0.3)
    assert expected_error("{2} + 0*x0", X, error, 1) == pytest.approx(0.1)
    line = expected_error("{2} + {3}*x0", X, error, 2)
    slope = 0.3 / np.sqrt(np.sum(X**2))
    assert line == pytest.approx(np.hypot(0.1, slope * np.sqrt(1.4**2 / 3)), rel=0.05)


def test_known_errors_counts_and_rounding():
    kinds = (
        Kind("a", "{4}*x0", even(1, 9, 9), share=0.1, known=True),
        Kind("b", "{400}*x0", even(1, 9, 9), counts=True, known=True),
        Kind("c", "{4}*x0", at(1.234, 2.345, 3.456), digits=1),
    )
    a, b, c = draw_alone(kinds, 0)
    np.testing.assert_allclose(a.fit["y_error"], 0.4 * a.X[:, 0])
    np.testing.assert_allclose(b.fit["y_error"], 20 * np.sqrt(b.X[:, 0]))
    assert not a.settings and (b.y == np.round(b.y)).all()
    np.testing.assert_allclose(c.y, [4.9, 9.4, 13.8])


def test_a_table_is_fitted_and_a_run_goes_on(tmp_path, monkeypatch, capsys):
    run_one = small.run_one
    made = []

    def few_steps(table, limit, clock, mode):
        made.append(table.name)
        return run_one(table, None, clock, mode, max_steps=12)

    monkeypatch.setattr(small, "run_one", few_steps)
    parser = argparse.ArgumentParser()
    small.add_arguments(parser)
    out = tmp_path / "rows.jsonl"
    words = ["--half", "cases", "--seeds", "0", "--only", "line, whole", "--mode", "unguided"]
    args = parser.parse_args([*words, "--out", str(out)])
    small.main(args)
    (row,) = read(out)
    assert row["mark"] == "found" and row["kept"] and row["tried"] > 0 and row["seed"] == 0
    small.main(args)
    assert made == ["line, whole numbers, 4 rows"]
    assert "cases: 1.0 of 1 found" in capsys.readouterr().out


def test_an_exception_is_a_row_and_the_command_fails(monkeypatch, capsys):
    def broken(*args):
        raise ArithmeticError("no")

    monkeypatch.setattr(small, "fitted", broken)
    parser = argparse.ArgumentParser()
    small.add_arguments(parser)
    with pytest.raises(SystemExit):
        small.main(parser.parse_args(["--half", "open", "--seeds", "0", "--only", "taxi"]))
    monkeypatch.setattr(small.small_trades, "half", lambda name: TRADES)
    with pytest.raises(SystemExit):
        small.main(parser.parse_args(["--half", "open", "--seeds", "0", "--only", "taxi"]))
    assert "ArithmeticError('no')" in capsys.readouterr().out


def decay(noise):
    X = np.linspace(0, 5, 40)[:, None]
    law = "{5}*exp(-{1.3}*x0) + {2}"
    y = evaluate(parse(plain(law)), X) + noise * np.random.default_rng(0).standard_normal(40)
    return Table("decay", X, y, law, 0.1, 12, 3)


def test_whose_fault_a_miss_is():
    alike = parse("5.2*exp(-0.27*x0)")
    sure, unsure = blame.blame(decay(0.02), alike), blame.blame(decay(3.0), alike)
    assert (sure.fault, unsure.fault) == ("search", "evidence")
    assert sure.nats > 20 > 0 > unsure.nats


def test_known_errors_are_taken_as_known():
    rows = decay(0.02)
    alike = parse("5.2*exp(-0.27*x0)")
    coarse = Table("t", rows.X, rows.y, rows.law, 0.1, 12, 3, {"y_error": np.full(40, 3.0)})
    assert blame.blame(coarse, alike).fault == "evidence"  # so large errors hide the difference
    fine = Table("t", rows.X, rows.y, rows.law, 0.1, 12, 3, {"y_error": np.full(40, 0.02)})
    assert blame.blame(fine, alike).fault == "search"


def test_misses_of_a_run_are_counted(tmp_path, monkeypatch, capsys):
    from benchmarks.rows import append

    path = tmp_path / "rows.jsonl"
    common = {"half": "cases", "seed": 0, "tried": 100}
    name = "decay to a level, 100 rows"
    append(path, common | {"name": name, "mark": "look-alike", "law": "7/exp(atan(x0))"})
    append(path, common | {"name": name, "mark": "neither", "law": "3 + 0*x0", "kept": True})
    append(path, common | {"name": name, "mark": "found", "law": "5*exp(-1.3*x0) + 2"})
    parser = argparse.ArgumentParser()
    blame.add_arguments(parser)
    blame.main(parser.parse_args([str(path)]))
    assert capsys.readouterr().out.endswith("cases: search 1, choice 1, evidence 0\n")
