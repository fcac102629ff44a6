"""Calibration: what is drawn, how it is judged, and how stated and true shares are compared."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import calibration as c
from benchmarks.plausible import Column, DrawnLaw
from benchmarks.plausible_tables import Noise, draw_table
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse


def test_tables_are_as_they_are_said_to_be():
    for seed in range(12):
        law, noise, X, y = c.drawn(seed)
        again = c.drawn(seed)
        np.testing.assert_array_equal(y, again[3])
        assert X.shape == (len(y), len(law.columns)) and len(law.columns) <= 3
        assert 8 <= len(y) <= 200 and 0.01 <= noise.level <= 0.2
        true = evaluate(law.node, X)
        assert 0 < np.sqrt(np.mean((y - true) ** 2)) < 0.6 * np.sqrt(np.mean(true**2))


def test_a_table_is_fitted_and_judged(monkeypatch):
    law, noise = DrawnLaw(parse("2.7*x0"), (Column("above 0", 1.0, 5.0),)), Noise("even", 0.02)
    table = (law, noise, *draw_table(np.random.default_rng(0), law, 40, noise))
    monkeypatch.setattr(c, "drawn", lambda seed: table)
    row = c.run_one(0, limit=1.0, clock="cpu", mode="unguided")
    assert row["right"] and row["law"].endswith("x0") and row["place"] == 0
    assert 0.6 < row["inside"][0] <= 1.0 and 0.6 < row["inside"][1] <= 1.0
    assert row["judged"][0] == [0.0, True] and len(row["lengths"]) == len(row["priors"])


def rows(n, ahead, share, rng):
    """Tables whose law is ahead of a look-alike by so many nats, and right in a share of them."""
    cost = c.ALIKE * np.log(100.0) * np.log(40) - ahead
    return [{"lengths": [1900.0, 0.0], "priors": [0.0, cost], "losses": [1.0, 0.01], "n": 40,
             "chosen": 1, "right": bool(right)} for right in rng.random(n) < share]  # fmt: skip


def test_stated_and_true_shares():
    rng = np.random.default_rng(0)
    few = rows(40, -c.TEMPERATURE * np.log(3.0), 0.25, rng)
    many = rows(40, c.TEMPERATURE * np.log(3.0), 0.75, rng)
    assert c.stated(few[0]) == pytest.approx(0.25) and c.stated(many[0]) == pytest.approx(0.75)
    text = c.summary([*few, *many])
    assert text.count("| yes |") == 2 and "| 0.2 to 0.4 | 40 | 0.25 |" in text
    wrong = c.summary(rows(40, c.TEMPERATURE * np.log(3.0), 0.2, rng))
    assert "| no |" in wrong and c.log_score(many) > c.log_score(rows(40, 99.0, 0.75, rng))
    # of tables in which odds are twice as many nats, the temperature is twice as high
    cold = [*rows(300, -2 * c.TEMPERATURE * np.log(3.0), 0.25, rng),
            *rows(300, 2 * c.TEMPERATURE * np.log(3.0), 0.75, rng)]  # fmt: skip
    alike, temperature = c.tuned(cold)
    assert temperature > 1.3 * c.TEMPERATURE and abs(alike - c.ALIKE) < 0.3
