"""Sums of damped waves: exact where the rows are, and of the right order under noise."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import constants
from sklearn_trm.search.search import Search
from sklearn_trm.search.solvers.oscillations import oscillates, oscillations
from sklearn_trm.task.problem import Problem
from tests.search.alone import exact

EVEN = np.linspace(0.5, 14.0, 150)
UNEVEN = np.sort(np.random.default_rng(2).uniform(0.5, 14.0, 150))
DAMPED = "2*exp(-0.2*x0)*cos(4*x0 + 0.4)"
TWO = f"{DAMPED} + 1.5*exp(-0.1*x0)*sin(2.6*x0)"
FEW = np.linspace(0.0, 9.0, 30)

KINDS = [  # a law, rows, noise as a share of the spread, numbers of the law
    (f"{DAMPED} + 1.3", EVEN, 0.1, 5),
    (f"{DAMPED} + 1.3", FEW, 0.03, 5),
    (f"{DAMPED} + 0.4*x0 + 1.3", UNEVEN, 0.05, 6),
    ("6*exp(-0.5*x0) + 0.7*cos(4*x0 + 0.4)", EVEN, 0.05, 5),
    (TWO, EVEN, 0.05, 7),
    (TWO, UNEVEN, 0.02, 7),
    ("0.2*exp(0.2*x0)*cos(3*x0 + 1)", UNEVEN, 0.1, 4),
    ("0.5*x0**1.5*cos(3*x0 + 1)", EVEN, 0.05, 4),
    ("(2 + 0.7*x0)*cos(3*x0 + 1)", EVEN, 0.05, 4),
    ("3*exp(-0.5*(x0 - 6)**2)*cos(8*x0)", EVEN, 0.05, 4),
    ("2*cos(1.1*x0 + 0.3)*cos(7*x0 + 1)", UNEVEN, 0.1, 5),
    ("(2 + 1.2*cos(1.1*x0 + 0.3))*cos(7*x0 + 1)", EVEN, 0.1, 6),
    ("cos(7*x0 + 1) + 0.8*cos(7.3*x0 - 1)", EVEN, 0.1, 6),
    ("cos(7*x0 + 1) + 0.8*cos(5.3*x0 - 1) + 0.5*cos(2*x0 + 2) + 0.4*cos(9*x0 - 1)", EVEN, 0.1, 12),
]


def laws_of(x, y):
    """What the stage says of a table."""
    search = Search(Problem(x[:, None], y))
    return [law for law in oscillations(search.main, 0) if law is not None]


@pytest.mark.parametrize(("text", "x", "noise", "numbers"), KINDS)
def test_a_noisy_wave_is_found_with_as_many_numbers_as_it_has(text, x, noise, numbers):
    true = evaluate(parse(text), x[:, None])
    errors = noise * np.std(true) * np.random.default_rng(0).standard_normal(len(x))
    laws = [law for law in laws_of(x, true + errors) if len(constants(law)) <= numbers]
    off = [np.std(evaluate(law, x[:, None]) - true) for law in laws]
    # what as many numbers fit of the noise, and no more; a product is not fitted yet
    assert min(off) < max(2 * np.sqrt(numbers / len(x)), 0.5) * np.std(errors)


@pytest.mark.parametrize("x", [EVEN, UNEVEN])
@pytest.mark.parametrize("text", [DAMPED, f"{TWO} - 1.7", "exp(-0.2*x0)*sin(3*x0) - 0.3*x0 + 2"])
def test_a_clean_damped_wave_is_exact(text, x):
    exact(text, lambda ws: oscillations(ws, 0), x[:, None])


def test_a_clean_damped_wave_is_written_without_what_it_does_not_need():
    x = np.linspace(0, 30, 400)
    laws = laws_of(x, np.exp(-0.07 * x) * np.sin(2.1 * x))
    assert [str(law) for law in laws] == ["exp(-0.07*x0)*sin(2.1*x0)"]


def test_without_exp_waves_are_not_damped_and_one_function_is_enough():
    x = EVEN
    y = evaluate(parse("3*cos(2*x0 + 0.3) + 1"), x[:, None])
    for own in ("sin", "cos"):
        search = Search(Problem(x[:, None], y, unary=(own,)))
        list(oscillations(search.main, 0))
        assert search.exact is not None and own in str(search.exact)
    search = Search(Problem(x[:, None], y, unary=("exp",)))
    assert list(oscillations(search.main, 0)) == []


def test_large_numbers_in_the_column_do_no_harm():
    x = np.arange(18262.0, 18400.0)
    exact("0.1*x0 + 3*sin(2*pi*x0/30) + 5", lambda ws: oscillations(ws, 0), x[:, None])
    exact("4*exp(0.3*(18300 - x0))*cos(x0)", lambda ws: oscillations(ws, 0), x[:, None])


@pytest.mark.parametrize(
    ("text", "waves"),
    [(DAMPED, True), (f"{TWO} + x0", True), ("5*exp(-x0/3)", False), ("x0**2/(1 + x0)", False)],
)
def test_a_look_tells_whether_a_column_oscillates(text, waves):
    y = evaluate(parse(text), UNEVEN[:, None])
    y += 0.05 * np.std(y) * np.random.default_rng(0).standard_normal(len(y))
    assert oscillates(Search(Problem(UNEVEN[:, None], y)).main) is waves


@pytest.mark.parametrize("text", ["3.4 - x0", "6.4/(x0 + 0.1)", "x0/(x0 + 0.3) + 4*x0/(x0 + 18)"])
def test_a_clean_curve_does_not_oscillate_however_its_cubic_misses_it(text):
    y = evaluate(parse(text), UNEVEN[:, None])
    assert not oscillates(Search(Problem(UNEVEN[:, None], y)).main)


def test_noise_does_not_oscillate():
    rng = np.random.default_rng(0)
    tables = [rng.standard_normal(60) for _ in range(50)]
    assert not any(oscillates(Search(Problem(UNEVEN[:60, None], y)).main) for y in tables)


@pytest.mark.parametrize("seed", range(3))
def test_a_column_far_from_zero_has_no_power_that_floats_hold(seed):
    """Julian days: a power of such a column, as an envelope, has an exponent of hundreds."""
    rng = np.random.default_rng(seed)
    x = 2_460_000.0 + np.sort(rng.uniform(0.0, 40.0, 60))
    y = 12.4 + 0.45 * np.cos(1.17 * (x - 2_460_000.0)) + 0.05 * rng.normal(size=60)
    y += 0.2 * np.linspace(0.0, 1.0, 60) ** 3 * np.cos(1.17 * x)
    for law in laws_of(x, y):
        assert np.isfinite(evaluate(law, x[:, None])).all()
