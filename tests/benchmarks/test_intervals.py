"""The simulation that counts what intervals hold."""

import numpy as np

from benchmarks.intervals import FORMULAS, run


def test_a_formula_near_another_has_its_form_and_other_numbers():
    one = FORMULAS[2].near(np.random.default_rng(0))
    assert one.text == FORMULAS[2].text and one.constants != FORMULAS[2].constants
    x = np.array([1.0, 4.0])
    a, b = one.constants["A"], one.constants["B"]
    np.testing.assert_allclose(one.values(x), a * x / (b + x))


def test_intervals_of_even_errors_hold_what_they_say():
    rows = [run(k + 24 * j, "formula") for k in range(6) for j in range(20)]
    assert {row["kind"] for row in rows} == {"even"}
    assert 0.9 < np.mean(np.concatenate([row["held"] for row in rows])) < 0.99
    assert np.mean([row["next"] for row in rows]) > 0.87


def test_a_law_that_was_found_is_judged_by_its_own_numbers():
    row = run(0, "law")  # a line
    assert row["road"] == "law" and len(row["held"]) == 2
