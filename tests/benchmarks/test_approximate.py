"""The bench against other systems: tasks, scores, peers that are not there."""

import argparse
import json

import numpy as np
import pytest

from benchmarks import approximate, peers


def arguments(*texts):
    parser = argparse.ArgumentParser()
    approximate.add_arguments(parser)
    return parser.parse_args(texts)


def test_a_value_that_is_not_finite_is_worth_nothing():
    y = np.array([1.0, 2.0, 4.0])
    assert approximate.r2(y, y) == 1.0
    assert approximate.r2(y, np.array([1.0, np.nan, 4.0])) == -np.inf


def test_nodes_of_a_weighted_variable_are_counted():
    assert approximate.count_nodes("(0.3 + (2.5 * x0))", 3) == 5
    assert approximate.count_nodes("add(X0, X1)", 3) == 3  # not our language: their own count


def test_files_are_split(tmp_path):
    table = np.arange(60.0).reshape(20, 3)
    np.savetxt(tmp_path / "a.csv", table, delimiter=",", header="u,target,v", comments="")
    tasks = list(approximate.file_tasks(arguments("--data", str(tmp_path), "--seeds", "2")))
    assert [t.name for t in tasks] == ["a/0", "a/1"]
    for task in tasks:
        assert len(task.y) == 15 and len(task.y_test) == 5
        np.testing.assert_array_equal(task.y, task.X[:, 0] + 1)
        assert not set(task.y) & set(task.y_test)


def test_a_peer_that_is_missing_is_skipped_with_the_reason(monkeypatch, tmp_path, capsys):
    def absent(*args):
        raise ImportError("no module of that name")

    monkeypatch.setitem(peers.PEERS, "pyoperon", absent)
    out = tmp_path / "out.jsonl"
    args = arguments("--peer", "pyoperon", "ours", "--suite", "nguyen", "--only", "Nguyen-1",
                     "--every", "12", "--limit", "2", "--rows", "30",
                     "--out", str(out))  # fmt: skip
    approximate.main(args)
    rows = {r["peer"]: r for r in map(json.loads, out.read_text().splitlines())}
    assert "no module of that name" in rows["pyoperon"]["skipped"]
    assert rows["ours"]["r2"] == pytest.approx(1.0)
    assert "pyoperon is not installed" in capsys.readouterr().out


def test_a_peer_in_another_python_that_fails_is_an_error():
    X = np.ones((3, 1))
    out = peers.run_elsewhere("/bin/false", "ours", X, X[:, 0], X, 1.0)
    assert "error" in out
