"""Sums of power products of several columns, exponents and all."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.search import Search
from sklearn_trm.search.solvers.signomials import signomials
from sklearn_trm.search.transforms import target_transforms
from sklearn_trm.task.problem import Problem

X = np.random.default_rng(4).uniform(0.4, 3.0, (60, 5))


def searched(y, table=X, **options):
    search = Search(Problem(table, y, **options))
    laws = [law for law in signomials(search.main, search.main.root) if law is not None]
    return search, laws


@pytest.mark.parametrize(
    "text",
    [
        "2.3*x0**1.5*x3/x1**2 + 7",
        "64*x2/sqrt(x0) - 21*x1**2*x3**2*x4/sqrt(x0)",
        "x3 + 0.2*x0*x4/(x1*x2) - 0.7*x0*x1",
        "3*x0**1.37/x1**0.42 + 0.8*x2**2.6",
    ],
)
def test_exponents_of_sums_are_found(text):
    y = evaluate(parse(text), X)
    search, _ = searched(y)
    assert search.exact is not None
    fresh = np.random.default_rng(5).uniform(0.4, 3.0, (100, 5))
    np.testing.assert_allclose(
        evaluate(search.exact, fresh), evaluate(parse(text), fresh), rtol=1e-6
    )


def test_columns_of_both_signs_and_zeros():
    table = np.random.default_rng(1).uniform(-2.0, 2.0, (80, 3))
    table[::9, 2] = 0.0
    y = evaluate(parse("1.7*x0*x1**2 - 0.6*x0**3*x2"), table)
    search, _ = searched(y, table)
    np.testing.assert_allclose(evaluate(search.exact, table), y, atol=1e-9)


def test_a_view_of_the_target():
    y = evaluate(parse("x2*x3/(0.4*x1 + 1.9*x0*x4)"), X)
    search = Search(Problem(X, y))
    p = search.state.problem
    for target in target_transforms(search.main.root, p.unary, p.binary, 1):
        list(signomials(search.main, target))
    np.testing.assert_allclose(evaluate(search.exact, X), y, rtol=1e-9)


def test_errors_move_the_numbers_and_not_the_form():
    rng = np.random.default_rng(2)
    clean = evaluate(parse("2*x0**2/x1 - 1.3*x2*sqrt(x3)"), X)
    _, laws = searched(clean + 0.05 * np.std(clean) * rng.standard_normal(len(clean)))
    off = [np.sqrt(np.mean((evaluate(law, X) - clean) ** 2)) / np.std(clean) for law in laws]
    assert min(off) < 0.02
    best = str(laws[int(np.argmin(off))])
    assert "x0**2" in best and "sqrt(x3)" in best


def test_what_rows_cannot_tell_is_left_alone():
    y = evaluate(parse("2*x0 + x1*x2"), X)
    assert searched(y[:6], X[:6])[1] == []  # no row is left over
    assert searched(y, X[:, :1])[1] == []  # one column is the skeletons'
    assert searched(np.zeros(60))[1] == []


def test_equal_problems_equal_laws():
    y = evaluate(parse("x3 + 0.2*x0*x4/(x1*x2)"), X) + 0.1 * np.sin(7 * X[:, 0])
    assert searched(y)[1] == searched(y)[1]
