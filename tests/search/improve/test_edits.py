"""Changes of one cell: sensitivities, what they promise, and near misses that they close."""

import numpy as np
import pytest

from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import Program, evaluate
from sklearn_trm.expressions.operators import BINARY, OPS, UNARY
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import call, complexity, const, var
from sklearn_trm.search.backpropagation import opened_cells, replace
from sklearn_trm.search.descent import Descent
from sklearn_trm.search.improve.cells import open_all
from sklearn_trm.search.improve.edits import Rows, best_edits
from sklearn_trm.search.library import sum_library
from sklearn_trm.selection.generalization import Surroundings

X = np.random.default_rng(4).uniform(0.3, 2.5, (150, 3))
LIBRARY = sum_library(X, UNARY, BINARY, 1500)
ROWS = Rows(LIBRARY.values, LIBRARY.cost, LIBRARY.node)


@pytest.mark.parametrize("name", OPS)
def test_compiled_values_and_derivatives(name):
    table = np.random.default_rng(1).uniform(0.1, 0.9, (40, 2))
    inner = const(0.7) * var(0) + const(0.05)
    law = call(name, inner) if OPS[name].arity == 1 else call(name, inner, const(0.8) * var(1))
    if name == "acos":
        law = call(name, const(0.5) * var(0) + const(0.05))
    y = evaluate(law, table)
    np.testing.assert_allclose(Descent(table, y).values(law), y, rtol=1e-13)
    if not Program(law).values_and_jacobian(table, Program(law).constants)[1].any():
        return  # a step has no slope to go down
    start = Program(law).constants * 1.1
    moved = law
    for value, new in zip(Program(law).constants, start, strict=True):
        moved = _exchange(moved, value, new)
    node, loss = Descent(table, y).fit(moved, 60)
    # tan and cosh are stiff, but an error in one derivative would leave far more
    assert loss < 1e-9 * np.var(y) + 1e-20
    assert fit_constants(node, table, y).loss < 1e-18


def _exchange(node, old, new):
    if node.is_const:
        return const(new) if node.value == old else node
    return type(node)(node.op, tuple(_exchange(c, old, new) for c in node.children), node.value)


def test_descent_refuses():
    y = X[:, 0]
    assert Descent(X, y).fit(parse("log(x0 - 1)"))[1] == np.inf
    assert Descent(X[:5], np.exp(y[:5])).fit(parse("1*x0 + 2*x1 + 3"))[1] == np.inf


def test_whole_exponents_stay():
    table = X - 1.2
    y = 3.0 * table[:, 0] ** 3
    node, loss = Descent(table, y).fit(parse("1*x0**4 + 0.1*abs(x0)**2.5"), 20)
    assert np.isfinite(loss)
    assert "x0**4" in str(node)


def test_sensitivity_is_the_derivative():
    law = parse("exp(sin(x0)*x1)/(x2 + 0.5) - 2*x0")
    h = 1e-6
    for cell in open_all(law, X, np.ones(len(X))):
        up = evaluate(replace(law, cell.path, cell.node + const(h)), X)
        down = evaluate(replace(law, cell.path, cell.node - const(h)), X)
        np.testing.assert_allclose((up - down) / (2 * h), cell.sensitivity, rtol=1e-5, atol=1e-7)


def test_ideals_are_the_opened_cells():
    law, y = parse("exp(x0)*x1 + x2"), 3.0 + X[:, 0] * X[:, 1] + X[:, 2]
    ideal = {c.path: c.ideal for c in open_all(law, X, y)}
    for path, values in opened_cells(law, X, y):
        np.testing.assert_allclose(ideal[path], values)


@pytest.mark.parametrize(
    ("near", "true"),
    [
        ("1.2*exp(0.7*sin(x0)*x1) + 0.1", "exp(sin(x0*x2)*x1)"),
        ("2*sin(x0*x1) + 0.3", "2*sin(x0*x1) + 0.8*x1/x2"),
        ("2*sin(x0*x1)", "2*sin(x0*x1)/(1 + 0.3*x2**2)"),
        ("sin(x0 + x1)*x2", "sin(x0 + 0.4*x1*x2)*x2"),
        ("sqrt(x0**2 + x1) - 1", "sqrt(x0**2 + 1.7*cos(x2) + 2) - 1"),
        ("x0*(x1 + 3)*x2 + cos(x2)", "x0*(x1 + 3)*x2 + cos(x2)*sqrt(x1)"),
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_near_miss_is_closed(near, true, weighted):
    y = evaluate(parse(true), X)
    weight = np.linspace(0.2, 2.0, len(y)) if weighted else None
    wanted = np.full(40, np.log(np.var(y)))
    edits = best_edits(parse(near), X, y, [ROWS], wanted, weight, 48)
    assert 0 < len(edits) <= 48
    descent = Descent(X, y, weight)
    best = min(descent.fit(e.law, 40)[1] for e in edits)
    assert best < 1e-9 * np.var(y)


def test_promise_of_a_linear_change_is_kept():
    y = np.sin(3 * X[:, 0]) + X[:, 1] ** 2
    law = fit_constants(parse("1.0*x1 + 0.5"), X, y).node
    edits = best_edits(law, X, y, [ROWS], np.full(30, 2.0), None, 20)
    kept = 0
    for e in edits:
        if e.law.op == "add" and e.law.children[0] == law:
            kept += 1
            assert fit_constants(e.law, X, y).loss <= e.loss * 1.001
    assert kept


def test_too_long_changes_are_not_proposed():
    y = np.sin(3 * X[:, 0]) + X[:, 1] ** 2
    law = parse("1.0*x1 + 0.5")
    for e in best_edits(law, X, y, [ROWS], np.full(12, 2.0)):
        assert e.size < 12
        assert complexity(e.law) <= e.size + 4  # signs


def test_poles_between_the_rows_are_a_risk():
    around = Surroundings(X, X[:, 0])
    tame, wild = parse("x0*1.1"), parse("x0 + 0.01/(x1 - 1.4)**2")
    assert around.factor(lambda Z: evaluate(tame, Z), 0.01) == 1.0
    assert around.factor(lambda Z: evaluate(wild, Z), 0.01) > 2.0
    undefined = parse("log(x0 - 0.35)")
    assert around.factor(lambda Z: evaluate(undefined, Z), 1e-4) > 2.0
    assert (around.X > 0).all()


def test_a_slope_whose_square_is_too_small_for_a_float():
    """As that of x0 in (x0**2*log(x0) + c)**33, fitted to growth by calendar years."""
    y = 3.0 * np.sin(X[:, 2]) + X[:, 1]
    law = parse("1e-250*x0 + x1")
    edits = best_edits(law, X, y, [ROWS], np.zeros(40))
    left = [np.max(np.abs(evaluate(e.law, X) - y)) for e in edits]
    assert min(left) < 1e-9
