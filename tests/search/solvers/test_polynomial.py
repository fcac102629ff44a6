"""Sparse polynomials and rational functions: all that there are, and only those."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.solvers.polynomial import (
    count_up_to,
    exponents_up_to,
    monomial_values,
    null_vector,
    sparse_polynomial,
    sparse_rational,
)

X = np.random.default_rng(0).uniform(-2, 3, (120, 3))


@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("degree", [0, 1, 3])
def test_monomials_up_to_a_degree(d, degree):
    exponents = exponents_up_to(d, degree).reshape(-1, d)
    assert len(exponents) == count_up_to(d, degree) == len({tuple(e) for e in exponents})
    assert exponents.sum(axis=1).max() == degree
    Z = X[:5, :1] if d == 1 else np.hstack([X, X])[:5, :d]
    wanted = np.prod(Z[None, :, :] ** exponents[:, None, :], axis=2)
    np.testing.assert_allclose(monomial_values(Z, exponents), wanted)


@pytest.mark.parametrize(
    "text", ["3*x0**2 - 1", "x0*x1 - 2*x2 + 0.5", "x0**3*x1 + x2**2 - x0", "x0**9 - x0", "2*x1"]
)
def test_a_polynomial_is_found_with_its_own_terms(text):
    (law,) = sparse_polynomial(
        X, evaluate(parse(text), X), [0, 1, 2][: 1 if "x1" not in text and "x2" not in text else 3]
    )
    np.testing.assert_allclose(evaluate(law, X), evaluate(parse(text), X), rtol=1e-7, atol=1e-7)
    assert str(law).count("*") <= text.count("*") + 1  # no terms that cancel


@pytest.mark.parametrize(
    "text", ["(x0 + 1)/(x1**2 + 2)", "x0*x1/(x0 + x1 + 9)", "1/(x0**2 + x2**2 + 1)"]
)
def test_a_rational_function(text):
    y = evaluate(parse(text), X)
    laws = list(sparse_rational(X, y, [0, 1, 2]))
    assert laws
    for law in laws:
        np.testing.assert_allclose(evaluate(law, X), y, rtol=1e-6)


@pytest.mark.parametrize("text", ["exp(x0)", "sin(x0*x1)", "abs(x0) + x1"])
def test_what_is_neither_gives_nothing(text):
    y = evaluate(parse(text), X)
    assert not list(sparse_polynomial(X, y, [0, 1, 2], tol=1e-12))
    assert not list(sparse_rational(X, y, [0, 1, 2], tol=1e-12))


def test_a_relation_among_rows():
    A = np.vstack([X.T, X[:, 0] - 2 * X[:, 2]])
    keep, c = null_vector(A, 1e-9)
    assert keep.tolist() == [0, 2, 3]
    np.testing.assert_allclose(c / c[0], [1, -2, -1], rtol=1e-8)
    assert null_vector(X.T, 1e-9) is None  # none
    assert null_vector(np.vstack([A, X[:, 1] + X[:, 2]]), 1e-9) is None  # several
