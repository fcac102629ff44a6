"""Whether the network pays for its time: the comparison itself."""

from __future__ import annotations

import json

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.network.grid_tree import to_grid
from training import guidance
from training.evaluate import ROWS


def test_a_law_is_judged_by_its_form():
    X = np.random.default_rng(0).uniform(1, 3, (ROWS + 64, 2))
    y = evaluate(parse("2*x0*exp(-0.5*x1)"), X)
    assert guidance.found(parse("1.9*x0*exp(-0.6*x1)"), X, y)  # its constants saw noise
    assert not guidance.found(parse("1.9*x0/(1 + 0.6*x1)"), X, y)
    assert not guidance.found(parse("log(x0 - 5)"), X, y)


def test_what_has_its_line_is_not_run_again(tmp_path, monkeypatch):
    monkeypatch.setattr(guidance, "MODELS", {"unguided": None, "guided": None})
    X = np.random.default_rng(0).uniform(1, 3, (ROWS + 64, 2))
    nodes = [parse("x0*x1"), parse("sin(x0) + x1")]
    laws = [(to_grid(node, 15), X, evaluate(node, X)) for node in nodes]
    path = tmp_path / "lines.jsonl"
    rows = guidance.run(laws, 0.3, 0.0, 1, path)
    text = path.read_text()
    assert [(r["law"], r["mode"]) for r in rows] == [
        (0, "unguided"), (0, "guided"), (1, "unguided"), (1, "guided"),
    ]  # fmt: skip
    assert all(r["found"] and r["size"] > 1 for r in rows)
    assert guidance.run(laws, 0.3, 0.0, 1, path) == rows and path.read_text() == text
    guidance.run(laws, 0.3, 0.1, 1, path)
    noisy = [json.loads(t) for t in path.read_text().splitlines()][4:]
    assert [r["noise"] for r in noisy] == [0.1] * 4


def test_the_table_counts_pairs():
    def row(law, seed, mode, found):
        return {"law": law, "seed": seed, "mode": mode, "found": found, "size": 5}

    rows = [row(i, s, m, f) for i, s, m, f in [
        (0, 0, "unguided", True), (0, 0, "guided", True), (1, 0, "unguided", False),
        (1, 0, "guided", True), (0, 1, "unguided", True), (0, 1, "guided", False),
    ]]  # fmt: skip
    text = guidance.table(rows)
    assert "Only unguided: 1; only guided: 1; of 3 pairs." in text
    assert "| guided | 3 | 50.0%" in text and "2 of 3" in text
