"""The training of the head that ranks rows: labels, learning, measures."""

from __future__ import annotations

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.ranking import FEATURES
from training import worth


def test_parts_are_subexpressions_terms_and_factors():
    parts = {str(n) for n in worth.parts_of(parse("x0*sin(x1) - x2 + exp(x0)"))}
    assert {"sin(x1)", "x0*sin(x1)", "exp(x0)", "x0*sin(x1) - x2"} <= parts
    assert {"exp(x0) - x2", "x0*sin(x1) + exp(x0)"} <= parts
    assert "x0*x1" not in parts


def test_rows_are_judged_by_their_values():
    X = np.random.default_rng(0).uniform(0.5, 3, (50, 3))
    truth = worth.Truth(parse("x0/(x1*x2) + sqrt(x0)"), X)
    rows = ["1/(x1*x2)", "-3*sqrt(x0)", "x0*x1", "sqrt(x0) + 1"]
    values = np.array([evaluate(parse(r), X) for r in rows])
    assert truth.labels(values).tolist() == [True, True, False, False]


def test_it_learns_what_marks_a_part_and_says_how_sure_it_is():
    rng = np.random.default_rng(0)
    pools = []
    for _ in range(40):
        F = rng.standard_normal((300, FEATURES)).astype(np.float32)
        chance = 1 / (1 + np.exp(-(3 * F[:, 5] - 3)))
        label = rng.random(300) < chance
        pools.append({"features": F, "label": label, "weight": 1.0})
    head = worth.train(pools[:30], epochs=300)
    got = worth.recall(pools[30:], head, firsts=(20,))
    assert got["worth"][0] > 2 * got["frequency"][0]
    for row in worth.reliability(pools[30:], head):
        if row["rows"] > 100:
            assert abs(row["said"] - row["true"]) < 0.15
