"""Trees that scans put together: the values asked for, nothing superfluous."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import var, walk
from sklearn_trm.search.builders import clean, power, product, rewrite, weighted_sum
from tests.strategies import table

X = table(low=0.5)
coefficients = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 2.0, 1 / 3]), st.floats(-9, 9))
exponents = st.sampled_from([-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.7, 2.0, 3.0])


@settings(deadline=None)
@given(st.lists(st.tuples(coefficients, st.integers(0, 2)), max_size=4), coefficients)
def test_sums(terms, offset):
    law = weighted_sum([c for c, _ in terms], [var(j) for _, j in terms], offset)
    wanted = sum((c * X[:, j] for c, j in terms), np.zeros(len(X))) + offset
    np.testing.assert_allclose(evaluate(law, X), wanted, rtol=1e-8, atol=1e-8)
    for node in walk(law):
        if node.op in ("add", "sub", "mul"):
            assert not any(child.is_const and child.value == 0 for child in node.children)
        if node.op == "mul":
            assert not any(child.is_const and child.value == 1 for child in node.children)


@settings(deadline=None)
@given(coefficients, st.lists(st.tuples(st.integers(0, 2), exponents), max_size=3))
def test_products(scale, factors):
    law = product(scale, [(var(j), e) for j, e in factors])
    wanted = scale * np.prod([X[:, j] ** e for j, e in factors], axis=0) * np.ones(len(X))
    np.testing.assert_allclose(evaluate(law, X), wanted, rtol=1e-8, atol=1e-12)
    assert sum(node.op in ("div", "inv") for node in walk(law)) <= 1  # one bar
    assert not any(node.op == "pow" and node.children[1].value < 0 for node in walk(law))


@pytest.mark.parametrize("p", [-1.0, 0.5, 1.0, 2.0, 3.0, 1.5])
def test_powers(p):
    np.testing.assert_allclose(evaluate(power(var(0), p), X), X[:, 0] ** p)
    assert (power(var(0), p).op == "pow") == (p == 1.5)


def test_clean_values_are_those_up_to_rounding():
    assert clean(0.33333333333) == 1 / 3 and clean(2.9999999999) == 3.0
    assert clean(0.3333) == 0.3333 and clean(0.0) == 0.0 and np.isnan(clean(np.nan))


@pytest.mark.parametrize(
    ("text", "unary", "binary", "wanted"),
    [
        ("x0**2", (), ("mul",), "x0*x0"),
        ("1/x0", (), ("div",), "1/x0"),
        ("x0 - x1", ("neg",), ("add",), "x0 - x1"),
        ("sin(x0)", ("cos",), ("add",), None),
    ],
)
def test_operators_that_are_missing_are_written_with_others(text, unary, binary, wanted):
    law = rewrite(parse(text), unary, binary)
    if wanted is None:
        assert law is None
    else:
        np.testing.assert_allclose(evaluate(law, X), evaluate(parse(wanted), X))
        assert {n.op for n in walk(law) if n.children} <= {*unary, *binary}
