"""The sets of NIST: files, models and certified sums agree; what is good."""

import argparse

import numpy as np
import pytest

from benchmarks import nist
from sklearn_trm.expressions.text import parse


@pytest.mark.parametrize("name", sorted(nist.MODELS))
def test_a_model_with_its_certified_numbers_has_the_certified_sum(name):
    reference = nist.load(name)
    row = nist.judged(reference, reference.model)
    assert row["ratio"] == pytest.approx(1.0, abs=1e-9) and row["good"]
    assert row["numbers"] == len(reference.certified) == row["most_numbers"] - 1


def test_what_is_good():
    reference = nist.load("DanWood")
    for text, good in (
        ("0.769*x0**3.86", True),
        ("0.80*x0**3.86", False),  # residuals
        ("0.769*x0**3.86 + 0.0001*x0 + 0.0001", False),  # numbers and nodes
        ("1/0", False),
    ):
        assert nist.judged(reference, parse(text))["good"] is good, text


def test_a_set_is_fitted_and_a_run_goes_on(tmp_path, monkeypatch, capsys):
    fitted, made = nist.fitted, []

    def few_steps(table, limit, clock, mode):
        made.append(table.name)
        assert table.X.shape == (6, 1) and np.ptp(table.y) > 0
        return fitted(table, None, clock, mode, max_steps=12)

    monkeypatch.setattr(nist, "fitted", few_steps)
    parser = argparse.ArgumentParser()
    nist.add_arguments(parser)
    words = ["--only", "DanWood", "--mode", "unguided", "--out", str(tmp_path / "rows.jsonl")]
    for _ in range(2):
        nist.main(parser.parse_args(words))
        assert "good: 1 of 1" in capsys.readouterr().out
    assert made == ["DanWood"]
