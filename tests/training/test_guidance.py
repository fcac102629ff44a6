"""Whether the network pays for its time: the comparison itself."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from training import guidance
from training.evaluate import FRESH, ROWS
from training.guidance import Trial


def trial(text: str, size: int = 3, numbers: int | None = None) -> Trial:
    X = np.random.default_rng(0).uniform(1, 3, (ROWS + FRESH, 2))
    y = evaluate(parse(text), X)
    return Trial(X[:ROWS], y[:ROWS], X, y, size, numbers)


def test_a_law_is_judged_by_its_form():
    own = trial("2*x0*exp(-0.5*x1)", numbers=2)
    assert guidance.found(parse("1.9*x0*exp(-0.6*x1)"), own)  # its constants saw noise
    assert not guidance.found(parse("1.9*x0/(1 + 0.6*x1)"), own)
    assert not guidance.found(parse("log(x0 - 5)"), own)
    longer = parse("1.9*x0*exp(-0.6*x1) + 0.1*x1 + 0.2*x0")  # has the truth inside
    assert guidance.found(longer, trial("2*x0*exp(-0.5*x1)"))
    assert not guidance.found(longer, own)


def test_what_has_its_line_is_not_run_again(tmp_path, monkeypatch):
    monkeypatch.setattr(guidance, "MODES", {"unguided": {"model": None}, "guided": {"model": None}})
    some = [trial("x0*x1"), trial("sin(x0) + x1")]
    path = tmp_path / "lines.jsonl"
    modes = ("unguided", "guided")
    rows = guidance.run("pair", some, 3.0, 0.0, modes, path)
    text = path.read_text()
    assert [(r["law"], r["mode"]) for r in rows] == [
        (0, "unguided"), (0, "guided"), (1, "unguided"), (1, "guided"),
    ]  # fmt: skip
    assert all(r["found"] and r["size"] > 1 for r in rows)
    assert guidance.run("pair", some, 3.0, 0.0, modes, path) == rows and path.read_text() == text
    guidance.run("pair", some, 0.3, 0.1, modes, path)
    noisy = [json.loads(t) for t in path.read_text().splitlines()][4:]
    assert [r["noise"] for r in noisy] == [0.1] * 4


@pytest.mark.parametrize("name", ["drawn", "nguyen"])
def test_trials_are_judged_on_clean_rows_of_their_law(name):
    some, rough = (list(guidance.trials(name, 3, noise)) for noise in (0.0, 0.1))
    assert [t.size for t in some] == [t.size for t in rough] and len(some) == 3
    for clean, noisy in zip(some, rough, strict=True):
        assert np.array_equal(clean.clean_y, noisy.clean_y)
        assert len(clean.clean_y) == ROWS + FRESH and len(noisy.y) == len(noisy.X)
        assert not np.array_equal(clean.y, noisy.y)
    with pytest.raises(ValueError, match="say how large"):
        next(guidance.trials("nguyen", 3, None))


def test_the_table_counts_pairs():
    def row(law, seed, mode, found):
        return {"set": "a", "law": law, "seed": seed, "mode": mode, "found": found, "size": 5}

    rows = [row(i, s, m, f) for i, s, m, f in [
        (0, 0, "unguided", True), (0, 0, "guided", True), (1, 0, "unguided", False),
        (1, 0, "guided", True), (0, 1, "unguided", True), (0, 1, "guided", False),
    ]]  # fmt: skip
    text = guidance.table(rows)
    assert "Only unguided: 1; only guided: 1; of 3 pairs (p = 1)." in text
    assert "| guided | 3 | 66.7%" in text and "2 of 3" in text


def test_values_whose_squares_overflow_are_judged_too():
    own = trial("exp(200*x0)")
    assert own.clean_y.max() > 1e200
    assert guidance.found(parse("exp(200*x0)"), own)
    assert not guidance.found(parse("exp(150*x0)*x1"), own)
    rough = guidance._rough(own.y, 0.1, np.random.default_rng(0))
    assert np.isfinite(rough).all() and not np.array_equal(rough, own.y)
