"""Quotients as textbooks write them."""

import numpy as np
import pytest
from hypothesis import given

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.ratios import ratio
from sklearn_trm.expressions.readable import readable
from sklearn_trm.expressions.text import parse, to_text
from tests.strategies import table, trees

X = np.linspace(0.3, 7.0, 40)[:, None]


@pytest.mark.parametrize(("law", "text"), [
    ("2.5/(1/x0 + 0.5)", "5*x0/(x0 + 2)"),
    ("2.5/(0.5 + 3/x0)", "5*x0/(x0 + 6)"),
    ("2.5*x0/(0.5 - 3/x0)", "2.5*x0/(0.5 - 3/x0)"),
    ("1/(2 + exp(-x0))", "0.5/(1 + 0.5*exp(-x0))"),
    ("3/(2 - 0.5*exp(-x0))", "1.5/(1 - 0.25*exp(-x0))"),
    ("4/(1 + exp(x0))", "4/(1 + exp(x0))"),
    ("2.5/(x0 + 0.5)", "2.5/(x0 + 0.5)"),
    ("2.5/(1/x0**2 + 0.5)", "2.5/(1/x0**2 + 0.5)"),
    ("2.5/(1/x0 + 0)", "2.5/(1/x0 + 0)"),
    ("x0/(exp(-2*x0) + 4)", "0.25*x0/(1 + 0.25*exp(-2*x0))"),
])  # fmt: skip
def test_levels_stand_in_front(law, text):
    shown = ratio(parse(law))
    assert to_text(shown) == to_text(parse(text))
    np.testing.assert_allclose(evaluate(shown, X), evaluate(parse(law), X), rtol=1e-12)


def test_inside_a_law_too():
    law = parse("3 + 2.5/(1/x0 + 0.5)")
    assert to_text(readable(law, X)) == "3 + 5*x0/(x0 + 2)"


@given(trees)
def test_values_stay(tree):
    Z = table()
    with np.errstate(all="ignore"):
        before, after = evaluate(tree, Z), evaluate(ratio(tree), Z)
    both = np.isfinite(before) & np.isfinite(after)
    np.testing.assert_allclose(after[both], before[both], rtol=1e-6, atol=1e-9)
