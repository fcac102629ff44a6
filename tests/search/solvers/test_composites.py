"""Products with a function of a product inside."""

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.search import Search
from sklearn_trm.search.solvers.composites import FUNCTIONS, Composite, composites
from sklearn_trm.search.solvers.descents import Logs
from sklearn_trm.search.workspace import Workspace
from sklearn_trm.task.problem import Problem

X = np.random.default_rng(0).uniform(0.5, 3.0, (120, 5))


def searched(text, table=X, **options):
    search = Search(Problem(table, evaluate(parse(text), table), **options))
    for _ in composites(search.main, search.main.root):
        if search.exact is not None:
            break
    return search


@pytest.mark.parametrize(
    "text",
    [
        "2.5*x0*exp(-0.7*x1/x2) + 3*x3**2 - 1",
        "420*x2 + 3.41*x0/(sqrt(0.955*x4 + x1)*x3)",
        "3*x0*x4*log(1 + 2*x1/x2) + 5*x3",
        "x0*x1*tanh(0.6*x2/x3)",
        "x0**2*sin(1.3*x1*x2 + 0.4) + 2*x3/x4",
        "30*x4/(x4 + 0.6*x3) + x1/x2",
    ],
)
def test_exponents_inside_and_outside_are_found(text):
    exact = searched(text).exact
    assert exact is not None
    fresh = np.random.default_rng(5).uniform(0.5, 3.0, (100, 5))
    np.testing.assert_allclose(evaluate(exact, fresh), evaluate(parse(text), fresh), rtol=1e-6)


def test_signs_of_columns_count():
    table = X[:, :3] - np.array([1.7, 0.0, 0.0])
    assert searched("x0*exp(-0.7*x1/x2) + 2", table).exact is not None


def test_noise_leaves_the_form():
    rng = np.random.default_rng(1)
    clean = evaluate(parse("2.5*x0*exp(-0.7*x1/x2) + x3"), X)
    y = clean + 0.03 * np.std(clean) * rng.standard_normal(len(X))
    est = TRMSymbolicRegressor(model=None, random_state=0, time_limit=15).fit(X, y)
    assert est.score(X, clean) > 0.9995
    assert "exp(" in est.expr_ and "/x2)" in est.expr_


@pytest.mark.parametrize("unary", [["sqrt"], ["exp"]])
def test_what_is_not_allowed_is_not_offered(unary):
    search = Search(Problem(X, evaluate(parse("x0*exp(-x1) + x2"), X), unary=tuple(unary)))
    laws = [law for law in composites(search.main, search.main.root) if law is not None]
    assert any("exp" in str(law) for law in laws) == (unary == ["exp"])
    assert not any(op in str(law) for law in laws for op in ("sin", "log", "tanh", "tan"))


@pytest.mark.parametrize("table", [X[:, :1], X[:12]], ids=["one column", "few rows"])
def test_too_little_to_tell(table):
    y = table[:, 0] * np.exp(-table[:, 0])
    search = Search(Problem(table, y))
    assert not [law for law in composites(search.main, search.main.root) if law is not None]


@pytest.mark.parametrize("function", FUNCTIONS[:5], ids=["exp", "power", "sin", "log", "tanh"])
def test_slopes_are_those_of_the_values(function):
    rng = np.random.default_rng(0)
    ws: Workspace = Search(Problem(X[:40, :2], X[:40, 0])).main
    terms = Composite(Logs.of(ws), function, 1)
    at = 0.3 * rng.standard_normal((6, terms.exponents + 2))
    at[:, -1] = rng.choice(function.begins, 6)
    held = np.concatenate([np.zeros((6, terms.exponents)), np.ones((6, 1))], axis=1)
    c = rng.standard_normal((6, 2))
    slopes = terms.slopes(at, held, terms.values(at, held), c)
    for p in range(at.shape[1]):
        step = 1e-6 * np.eye(at.shape[1])[p]
        ahead, back = (terms.values(at + s * step, held) for s in (1.0, -1.0))
        numeric = np.einsum("sk,skn->sn", c, ahead - back) / 2e-6
        np.testing.assert_allclose(slopes[:, p], numeric, rtol=1e-4, atol=1e-6)
