"""Laws as people write them: the same values, the numbers and words that they would choose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.exactness import SAME
from sklearn_trm.expressions.readable import readable, short_decimal, tidy
from sklearn_trm.expressions.roles import references, roles
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import Node, const, constants, var
from tests.strategies import table, trees

DAYS = np.arange(18262, 18400.0)
YEARS = np.arange(1960, 2021.0)
WHOLE = np.arange(1, 51.0)
AROUND = np.linspace(-4, 20, 81) + 0.01
TEN = 2.302585092994046


@pytest.mark.parametrize(
    ("x", "law", "text"),
    [
        (DAYS, "9.594570654488942*exp(549 - 0.03*x0) + 5", "30*exp(-0.03*(x0 - 18262)) + 5"),
        (YEARS, "3*exp(0.0165*x0 - 32.34)", "3*exp(0.0165*(x0 - 1960))"),
        (YEARS, "2/(1 + exp(500 - 0.25*x0))", "2/(1 + exp(-0.25*(x0 - 2000)))"),
        (YEARS, "x0/exp(0.03*x0 - 60)", "exp(-0.03*(x0 - 2000))*x0"),
        (YEARS, f"{2000.0**-32.5!r}*x0**32.5", "(x0/2000)**32.5"),
        (YEARS, f"{5.75 * 2000.0**-32.53!r}*x0**32.53", "5.75*(x0/2000)**32.53"),
        (WHOLE, f"1e22*exp(x0 - {22 * TEN!r})", "exp(x0)"),
        (WHOLE, f"1e43*exp(x0 - {43 * TEN!r})", "exp(x0)"),
        (WHOLE, "10000*exp(3950/(x0 + 273.15) - 9.210340371976184)", "exp(3950/(x0 + 273.15))"),
        (AROUND, "0.5*(x0 - sqrt((x0 - 8)**2) + 8)", "min(x0, 8)"),
        (AROUND, "0.5*x0 + 0.5*abs(8 - x0) + 4", "max(x0, 8)"),
        (AROUND, "3 - 2*(0.5*(x0 + sqrt((x0 - 8)**2) + 8))", "3 - 2*max(x0, 8)"),
        (AROUND, "3*sqrt((x0 - 1)**2) + 2", "3*abs(x0 - 1) + 2"),
    ],
)
def test_texts_of_people(x, law, text) -> None:
    X = x[:, None]
    shown = readable(parse(law), X)
    assert to_text(shown) == text
    np.testing.assert_allclose(evaluate(shown, X), evaluate(parse(law), X), rtol=1e-9)
    np.testing.assert_allclose(evaluate(parse(text), X), evaluate(shown, X), rtol=1e-12)


def test_a_cube_root_that_keeps_its_sign() -> None:
    X = AROUND[:, None]
    law = const(2.0) * Node("abs", (var(0),)) ** const(4 / 3) / var(0)
    shown = readable(law, X)
    assert to_text(shown) == "2*cbrt(x0)"
    np.testing.assert_allclose(evaluate(shown, X), 2 * np.cbrt(AROUND), rtol=1e-12)


@pytest.mark.parametrize(
    "law",
    ["3*exp(-0.5*x0)", "exp(2 - 0.1*x0)", "4*exp(-(x0 - 6.2)**2) + 1", "x0*abs(x0)", "abs(x0 - 3)"],
)
def test_what_is_readable_stays(law) -> None:
    assert readable(parse(law), AROUND[:, None]) == parse(law)


@given(trees)
def test_values_stay(tree: Node) -> None:
    X = table()
    with np.errstate(all="ignore"):
        before, after = evaluate(tree, X), evaluate(readable(tree, X), X)
    fits = np.isfinite(before)
    size = np.abs(before[fits]).max(initial=0.0)
    assert (np.abs(after[fits] / (size or 1) - before[fits] / (size or 1)) <= SAME).all()


def test_a_reference_is_no_constant_to_be_fitted() -> None:
    law = parse("30*exp(-0.03*(x0 - 18262)) + 5")
    assert references(law) == {2}
    assert roles(law, DAYS[:, None]) == ["linear", "inner", "fixed", "linear"]
    assert references(parse("2.5*(x0/2000)**32.5/x1")) == {1}
    assert not references(law, {0})  # with this number in front the place is not free
    assert not references(parse("(x0/2000)**32.5 + 2.5"))
    assert not references(parse("sin(30*exp(x0) + 2*(x0 - 3))"))
    assert not references(parse("exp(-0.03*(x0 - 18375.4))"))  # here it is the only number


def test_numbers_that_are_clean_but_for_rounding() -> None:
    assert to_text(tidy(parse("2.000000000000005*x0 + 44.00000000001"))) == "2*x0 + 44"
    assert short_decimal(0.30000000000000004) == 0.3
    for value in (1 / 3, np.pi, 9.594570654488942, 44.0001, 1e-300, 6.62607015e-34, np.inf):
        assert short_decimal(value) == value


def test_a_place_is_fitted_where_the_number_in_front_is_not() -> None:
    y = 30 * np.exp(-0.03 * (DAYS - 18290.5))
    law = parse("30*exp(-0.02*(x0 - 18280))")
    fit = fit_constants(law, DAYS[:, None], y, fixed={0})
    np.testing.assert_allclose(constants(fit.node), [30, -0.03, 18290.5], rtol=1e-9)
    fit = fit_constants(law, DAYS[:, None], y)
    np.testing.assert_allclose(constants(fit.node)[1:], [-0.03, 18280], rtol=1e-9)
    assert np.isfinite(fit.covariance).all() and fit.covariance[2, 2] == 0.0


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("sqrt(exp(x0)) + x1/x2", "exp(0.5*x0) + x1/x2"),
        ("exp(-x0)**3 + x1", "exp(-3*x0) + x1"),
        ("x1*exp(x0)**1.5", "x1*exp(1.5*x0)"),
        ("exp(x0)**x1", "exp(x0)**x1"),
    ],
)
def test_a_power_of_an_exponential_is_an_exponential(text, written) -> None:
    X = np.random.default_rng(0).uniform(1, 3, (30, 3))
    assert to_text(readable(parse(text), X)) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.5*sin(2*x0 + 6.5) + 1", "0.5*sin(2*x0 + 0.21681469"),
        ("cos(x0 - 7)", "cos(x0 - 0.71681469"),
        ("cos(x0 - 3)", "cos(x0 - 3)"),
    ],
)
def test_a_phase_is_less_than_a_turn(text, written) -> None:
    X = np.random.default_rng(0).uniform(0, 9, (40, 1))
    assert to_text(readable(parse(text), X)).startswith(written)
