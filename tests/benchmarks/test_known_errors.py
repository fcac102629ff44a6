"""The benchmark of known errors: its tables, its count, its checkpoints."""

from __future__ import annotations

import argparse
import json

import numpy as np
import pytest

from benchmarks import known_errors
from benchmarks.known_errors import KINDS, ROADS, SIZES, failures, main, table


def test_tables_have_the_errors_that_they_say():
    scores = []
    for number, kind in enumerate(KINDS):
        seen = set()
        for seed in range(3):
            X, y, truth, error = table(kind, number, seed)
            assert X.shape == (kind.rows, len(kind.ranges)) and 15 <= kind.rows <= 60
            np.testing.assert_allclose(kind.law(*X.T), truth)
            scores.append((y - truth) / error)
            seen.add(SIZES[(number + seed) % 3])
        assert seen == set(SIZES)
    scores = np.concatenate(scores)
    assert np.std(scores) == pytest.approx(1.0, abs=0.05)


def test_a_fit_is_judged_and_only_missing_ones_are_made(tmp_path, monkeypatch, capsys):
    made = []

    def run_one(number, seed, road, limit, mode):
        made.append((number, seed, road))
        far = 3.0 if road == "y_error" and number < 2 else 0.3
        return {
            "kind": KINDS[number].name, "errors": "mixed", "seed": seed, "road": road,
            "limit": limit, "mode": mode, "sigmas": far, "law": "x0", "stopped": "noise",
        }  # fmt: skip

    monkeypatch.setattr(known_errors, "run_one", run_one)
    out = tmp_path / "fits.jsonl"
    args = argparse.Namespace(out=out, limit=1.0, mode="unguided", roads=list(ROADS), seeds=[0, 1])
    with pytest.raises(SystemExit):
        main(args)  # more fail than with weights
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert failures(rows) == {"y_error": 4, "weights": 0}
    assert "y_error: 4 of 30 fail, weights: 0 of 30 fail" in capsys.readouterr().out
    first = len(made)
    args.roads = ["weights"]
    main(args)
    assert first == len(made) == 60  # nothing was made again


def test_one_fit_by_processor_time():
    row = known_errors.run_one(0, 1, "y_error", 0.5, "unguided")
    assert row["sigmas"] < known_errors.FAR and row["law"]
