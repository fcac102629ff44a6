"""The shortest writing: what people would write, with the same values, and never longer."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.readable import tidy
from sklearn_trm.expressions.shortening import shorten
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import complexity
from sklearn_trm.expressions.writing import cost
from tests.strategies import table, trees

POSITIVE = np.random.default_rng(0).uniform(1, 4, (40, 6))
ANY = np.random.default_rng(1).uniform(-4, 4, (40, 6))


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("x0*x1 + x0*x2", "x0*(x1 + x2)"),
        ("2*x0 + x1 + x0*x1 + 2", "(x0 + 1)*(x1 + 2)"),
        ("x0*x1*x3 - x0*x1*x4 + x0*x2*x3 - x0*x2*x4", "x0*(x1 + x2)*(x3 - x4)"),
        ("2*x0*x1*x2 + x0**2*x2 + x1**2*x2", "x2*(x0 + x1)**2"),
        ("x0**3 + 3*x0**2*x1 + 3*x0*x1**2 + x1**3", "(x0 + x1)**3"),
        ("x0*x1 - 4*x0 - 2*x1 + x0**2 + 4", "(x0 - 2)*(x0 + x1 - 2)"),
        ("x0**2 - 2*x0*x1 + x1**2 - 2*x2*x3 + x2**2 + x3**2", "(x0 - x1)**2 + (x2 - x3)**2"),
        ("1/(x0/x1 + 1) - 1", "-x0/(x0 + x1)"),
        ("exp(x0)*exp(-x1)*x2", "x2*exp(x0 - x1)"),
        ("log(x0) + log(x1) - log(x2)", "log(x0*x1/x2)"),
        ("exp(x1*log(x0))", "x0**x1"),
        ("x2*exp(2*x1*log(3*x0 + 1))", "x2*(3*x0 + 1)**(2*x1)"),
        ("0.3*x0 - 0.3*x1", "0.3*(x0 - x1)"),
        ("3*sin(2*x0) + 4*cos(2*x0) + x1", "x1 + 5*cos(2*x0 - 0.643501108793284)"),
        ("3*x1*sin(2*x0) + 4*x1*cos(2*x0)", "5*x1*cos(2*x0 - 0.643501108793284)"),
        ("-x0**2*(cos(x1) - 1)", "x0**2*(1 - cos(x1))"),
        ("sin(x0*x1 + x0*x2)", "sin(x0*(x1 + x2))"),
        ("cos(x0 - pi/2) + x1", "x1 + sin(x0)"),
        ("sin(2*x0*x1 + 3*pi/2)", "-cos(2*x0*x1)"),
        ("cos(x0 + 5*pi)", "-cos(x0)"),
        ("(x0**2 + x0*x1 + 3)/(x0 + x1) + x2", "x0 + x2 + 3/(x0 + x1)"),
        (
            "(x0*x1 - 5*x2*(x3 + 2*x4))/(x3 + 2*x4)",
            "x0*x1/(x3 + 2*x4) - 5*x2",
        ),
        (
            "(x2*(x2 + 0.82) + 0.01*x0*(x1*(x2 + 0.82) + 24.6))/(x2 + 0.01*x0*x1)",
            "x2 + 0.246*x0/(x2 + 0.01*x0*x1) + 0.82",
        ),
        ("(2*x0*x1 + 6*x0)/(4*x1 + 12)", "0.5*x0"),
        ("x1*(3*sin(2*x0) + 8*cos(x0)**2) + x2", "x2 + 5*x1*(cos(2*x0 - 0.643501108793284) + 0.8)"),
        ("0.5*x1*(cos(2*x0 - 1) + 1) + x2", "x2 + x1*cos(x0 - 0.5)**2"),
        ("2*x1 - 2*x1*cos(2*x0)", "4*x1*sin(x0)**2"),
        ("4 - 3*cos(x0*x1)", "4 - 3*cos(x0*x1)"),
        ("x0*(1/x0 + 2/x1)", "(2*x0 + x1)/x1"),
    ],
)
def test_what_holds_for_all_numbers(long, short):
    assert to_text(shorten(parse(long), ANY)) == short


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("x0*x1*sqrt(x2**2/x1**2 + x3**2/x1**2 + 1)", "x0*sqrt(x1**2 + x2**2 + x3**2)"),
        ("sqrt(x0**2)*x1", "x0*x1"),
        ("sqrt((x0 + x1)**2*x2)", "(x0 + x1)*sqrt(x2)"),
        ("sqrt((x0 - x1 - 4)**2*x2)", "(x1 - x0 + 4)*sqrt(x2)"),
        ("abs(x0*x1)", "x0*x1"),
        ("x1*abs(x0 + 2)", "x1*(x0 + 2)"),
        ("x2 + cos(abs(x0 + 1.5) - 3.0707963267948966)", "x2 + sin(x0)"),
    ],
)
def test_what_holds_for_positive_columns_only(long, short):
    assert to_text(shorten(parse(long), POSITIVE)) == short
    assert shorten(parse(long), ANY) == parse(long)


@pytest.mark.parametrize(
    ("free", "short"),
    [
        ("2.97*x1*sqrt(x0 + x1)*(x1 + 0.9427609427609429)", "x1*(2.97*x1 + 2.8)*sqrt(x0 + x1)"),
        (
            "3.39*x0*((x0 + 0.312684365781711)**2 + 0.427302233708374)",
            "x0*(x0*(3.39*x0 + 2.12) + 1.78)",
        ),
    ],
)
def test_short_decimals_are_better_than_free_numbers(free, short):
    assert to_text(shorten(parse(free), POSITIVE)) == short


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("0.003333333333333333/(x0/x1 + 0.003333333333333333)", "1/(300*x0/x1 + 1)"),
        ("-0.072567*x0*(x1 - 0.0001010101010101010*x2)", "7.33e-6*x0*(x2 - 9900*x1)"),
        ("3*x0*(x1 + 2.5)", "3*x0*(x1 + 2.5)"),
        ("0.5477225575051661*sqrt(x0**2 + 10/3)", "sqrt(0.3*x0**2 + 1)"),
    ],
)
def test_numbers_are_those_of_the_shortest_unit(long, short):
    assert to_text(tidy(shorten(parse(long), ANY))) == short


@pytest.mark.parametrize(
    "text", ["x0**2 - x1**2", "x0*x1 + 1.1*x2", "x0/x1 + 1/x2", "(x0**2 - x1)/(x0 + 1)"]
)
def test_short_laws_stay(text):
    law = parse(text)
    assert complexity(shorten(law, ANY)) == complexity(law)


def test_constants_may_differ_by_rounding_only():
    exact = "x0*x1 + 0.7300000000000001*x0 + 2.1*x1 + 1.533"
    assert to_text(shorten(parse(exact), ANY)) == "(x0 + 2.1)*(x1 + 0.73)"
    rough = parse("x0*x1 + 0.73*x0 + 2.1*x1 + 1.534")
    assert complexity(shorten(rough, ANY)) > 7


@settings(max_examples=200, deadline=None)
@given(trees)
@example(parse("(x1 + 0.3333333333333333)*(x1*0.3333333333333333)"))
def test_values_are_kept_and_no_law_costs_more(law):
    X = table()
    short = shorten(law, X)
    assert cost(short) <= cost(law)  # a symbol more may be worth rounder numbers
    before, after = evaluate(law, X), evaluate(short, X)
    finite = np.isfinite(before)
    size = np.max(np.abs(before[finite]), initial=0.0)
    assert np.allclose(before[finite], after[finite], rtol=1e-8, atol=1e-8 * size)


names = st.sampled_from(["x0", "x1", "x2", "x3", "2", "3"])
sums = st.lists(names, min_size=2, max_size=3, unique=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(sums, min_size=2, max_size=2))
def test_expanded_products_of_sums_come_back(factors):
    product = "*".join("(" + " + ".join(terms) + ")" for terms in factors)
    expanded = parse(str(sympy.expand(sympy.sympify(product))))
    # numbers that the factors share may be gathered in front, at no more than two nodes
    assert complexity(shorten(expanded, POSITIVE)) <= complexity(parse(product)) + 2


def test_a_fit_gives_the_short_law():
    X = POSITIVE[:, :4].repeat(4, axis=0) + np.random.default_rng(2).uniform(0, 1, (160, 4))
    y = np.sqrt((X[:, 0] - X[:, 1]) ** 2 + (X[:, 2] - X[:, 3]) ** 2)
    est = TRMSymbolicRegressor(model=None, time_limit=5, random_state=0).fit(X, y)
    assert est.expr_ == "sqrt((x0 - x1)**2 + (x2 - x3)**2)"
    assert np.allclose(est.predict(X), y)


def test_a_law_too_long_when_multiplied_out_is_found():
    X = np.random.default_rng(3).uniform(1, 3, (200, 4))
    y = (X[:, 0] + X[:, 1]) * (X[:, 2] - X[:, 3]) * (X[:, 0] + 2)
    est = TRMSymbolicRegressor(model=None, time_limit=5, random_state=0, max_complexity=15).fit(
        X, y
    )
    assert est.equations_.complexity.max() <= 15
    assert est.score(X, y) == pytest.approx(1.0, abs=1e-12)
