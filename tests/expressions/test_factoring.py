"""Polynomials that are products are written as such."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.factoring import factored
from sklearn_trm.expressions.readable import readable
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import columns, complexity


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("-99.5744*x0 - x1*(2.96*x0*(x1 + 11.6) - (x1 + 5.8)**2)", "(x1 + 5.8)**2*(x1 - 2.96*x0)"),
        ("x0*x1**2 + 2*x0**2*x1 + x0**3", "x0*(x0 + x1)**2"),
        ("x0**3 - 3*x0**2 + 3*x0 - 1", "(x0 - 1)**3"),
        ("0.2*x0*x1 - 4*x0 - 7*x1 + 140", "0.2*(x0 - 35)*(x1 - 20)"),
    ],
)
def test_products_are_found(text, written) -> None:
    law = parse(text)
    new = factored(law, columns(law))
    assert new is not None and complexity(new) < complexity(law)
    X = np.random.default_rng(0).uniform(-2, 3, (40, 2))
    np.testing.assert_allclose(evaluate(new, X), evaluate(law, X), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(evaluate(parse(written), X), evaluate(law, X), rtol=1e-9, atol=1e-9)
    assert complexity(new) <= complexity(parse(written))
    assert complexity(readable(law, X)) <= complexity(new)


@pytest.mark.parametrize(
    "text",
    [
        "x0**2 + x1 + 3",  # is none
        "sin(x0)*x0 + sin(x0)*x1",  # no polynomial
        "0.123456789123*x0**2 + x0*x1 + 3*x1",  # numbers that are no fractions
        "x0*(x1 + 3)",  # is one already
        "x0**40 + x1**3 + 1",
    ],
)
def test_what_is_no_product_stays(text) -> None:
    law = parse(text)
    assert factored(law, columns(law)) is None


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 9)), min_size=2, max_size=3))
def test_any_product_of_lines_comes_back(lines) -> None:
    law = parse(" * ".join(f"({a} + {b}*x0 - x1)" for a, b in lines))
    spread = parse(to_text(law))
    new = factored(spread, (0, 1))
    X = np.random.default_rng(1).uniform(-2, 3, (20, 2))
    if new is not None:
        np.testing.assert_allclose(evaluate(new, X), evaluate(law, X), rtol=1e-9, atol=1e-6)


def test_a_part_of_a_law_is_factored() -> None:
    X = np.random.default_rng(0).uniform(1, 3, (30, 2))
    law = parse("sin(x0**2 - 2*x0*x1 + x1**2) + 3")
    assert complexity(readable(law, X)) < complexity(law)
