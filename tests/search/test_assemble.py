"""From hits to laws: closed-form coefficients, clean exponents, and what counts as agreeing."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import var
from sklearn_trm.search.assemble import (
    agrees,
    linear,
    power_law,
    relative_error,
    solve,
    tidy_exponents,
)

rng = np.random.default_rng(0)
X = rng.uniform(0.5, 4, (100, 3))
NODES = [var(0), var(1), var(2)]


def test_columns_of_any_size_are_solved_for():
    A = X.T * [[1e-9], [1.0], [1e12]]
    c, rel = solve(A, 3e9 * A[0] - 2 * A[1] + 1e-12 * A[2])
    np.testing.assert_allclose(c, [3e9, -2, 1e-12], rtol=1e-9)
    assert rel < 1e-13


def test_weights_are_roots_and_light_rows_do_not_matter():
    t, weight = X @ [1.0, 2.0, 0.0], np.ones(100)
    t[:20], weight[:20] = 1e3, 1e-12
    np.testing.assert_allclose(solve(X.T, t, weight)[0], [1, 2, 0], atol=1e-7)


def test_what_is_not_finite_has_no_coefficients():
    A = X.T.copy()
    A[1, 3] = np.nan
    c, rel = solve(A, X[:, 0])
    assert np.isnan(c).all() and rel == np.inf


def test_terms_of_no_share_are_left_out():
    law, rel = linear(3 * X[:, 0] - 2, X.T, NODES)
    assert str(law) == "3*x0 - 2" and rel < 1e-12
    noisy = 3 * X[:, 0] - 2 + 0.5 * rng.standard_normal(100)
    assert str(linear(noisy, X.T, NODES, noise=1.0)[0]).count("x") == 1


@pytest.mark.parametrize(
    "text", ["2*x0**2/x1", "3*sqrt(x0)*x1**3/x2", "1.5*x2**0.75", "-4*x0/(x1*x2)"]
)
def test_power_laws(text):
    law = power_law(evaluate(parse(text), X), X.T, NODES, np.empty((0, 100)), [], [])
    np.testing.assert_allclose(evaluate(law, X), evaluate(parse(text), X), rtol=1e-9)
    assert agrees(law, X, evaluate(parse(text), X))


def test_a_power_law_with_a_factor_in_an_exponent():
    y = 2 * X[:, 0] * np.exp(-0.7 * X[:, 1] / X[:, 2])
    inner = X[:, 1] / X[:, 2]
    law = power_law(y, X.T[:1], NODES[:1], inner[None], [var(1) / var(2)], [True])
    np.testing.assert_allclose(evaluate(law, X), y, rtol=1e-9)


def test_zeros_have_no_power_law():
    assert power_law(np.zeros(100), X.T, NODES, np.empty((0, 100)), [], []) is None


def test_exponents_move_only_to_what_is_near():
    e = np.array([1.9999999, 0.3333334, 0.7512, -0.5000001, 0.123])
    np.testing.assert_allclose(tidy_exponents(e, 1e-6), [2, 1 / 3, 0.7512, -0.5, 0.123])
    np.testing.assert_allclose(tidy_exponents(np.array([1.95, 0.45, 0.3]), 0.1), [2, 0.5, 0.3])


def test_errors_are_relative_to_the_spread():
    y = 1e6 + X[:, 0]
    assert relative_error(parse("1e6 + x0"), X, y) < 1e-9
    assert relative_error(parse(f"{float(y.mean())!r}"), X, y) == pytest.approx(1.0)
    assert relative_error(parse("log(-x0)"), X, y) == np.inf
    weight = np.r_[np.zeros(50), np.ones(50)]
    assert relative_error(parse("x0"), X, np.where(weight, X[:, 0], 99.0), weight) == 0.0


def test_to_agree_is_to_agree_on_small_rows_too():
    x = np.geomspace(1e-3, 1e6, 200)[:, None]
    y = x[:, 0] ** 2
    assert agrees(parse("x0**2"), x, y)
    assert not agrees(parse("x0**2*(1 + 1e-6)"), x, y)
    assert not agrees(parse("x0**2 + 1e4*x0/(1 + x0)"), x, y)
    assert not agrees(parse("log(-x0)"), x, y)
