"""Laws of one column, found by their skeletons alone."""

import itertools

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import constants, walk
from sklearn_trm.rules.rules import Rules
from sklearn_trm.search.acceptance import Acceptance
from sklearn_trm.search.search import Search
from sklearn_trm.search.solvers.skeletons.solver import SkeletonSearch
from sklearn_trm.search.transforms import Target
from sklearn_trm.search.turns import quietly
from sklearn_trm.search.workspace import Workspace
from sklearn_trm.task.problem import Problem
from tests.search.alone import exact

pytest.importorskip("numba")
x = np.linspace(0.5, 20, 60)


def alone(ws):
    return SkeletonSearch(ws, ws.root, [0]).batches(12000)


@pytest.mark.parametrize(
    "text",
    [
        "2 + 40*x0**2.3/(5**2.3 + x0**2.3)", "12/(1 + 3*exp(-0.5*x0))**0.7",
        "3*exp(-x0) + 2*exp(-0.1*x0)", "3/(1 + (x0 - 8)**2/2) + 0.2*x0 + 1",
        "7*exp(-4*exp(-0.4*x0)) + 1", "4*exp(-0.2*(x0 - 6.2)**2) + 1", "x0**1.7*exp(-0.4*x0)",
        "1/(4 + 3*sin(0.9*x0))", "sqrt(2 + 0.7*x0**1.3)",
    ],
)  # fmt: skip
def test_exact_laws(text):
    exact(text, alone, x[:, None])


def test_a_column_far_from_zero():
    years = np.arange(1960.0, 2021.0)
    exact("3*exp(0.0165*(x0 - 1960)) + 2", alone, years[:, None])


def _laws(y, weight=None, table=x[:, None], **operators):
    ws = Search(Problem(table, y, weight, **operators)).main
    found = quietly(SkeletonSearch(ws, ws.root, [0]).batches(3000))
    return [law for law in found if law is not None]


@pytest.mark.parametrize("columns", [1, 2])
def test_what_a_user_rules_out_stands_in_no_law(columns):
    table = np.column_stack([x, np.cos(3 * x) + 2])[:, :columns]
    y = 5 * np.exp(-0.4 * x) * table[:, -1]
    said = [{n.op for law in _laws(y, table=table, rules=Rules(shift=shift)) for n in walk(law)}
            for shift in (None, {"exp": np.inf})]  # fmt: skip
    assert "exp" in said[0] and said[1] and "exp" not in said[1]


@pytest.mark.parametrize(
    "text", ["5*exp(-0.4*x0) + 2", "4*x0/(3.1 + x0)", "40*x0**2.3/(50 + x0**2.3)"]
)
def test_under_noise_the_true_curve_is_among_the_laws(text):
    truth = evaluate(parse(text), x[:, None])
    noise = 0.02 * np.std(truth) * np.random.default_rng(1).standard_normal(60)
    errors = [np.std(evaluate(law, x[:, None]) - truth) for law in _laws(truth + noise)]
    assert min(errors) < 0.5 * np.std(noise)


def test_weights_are_those_of_the_rows():
    y, weight = 5 * np.exp(-0.4 * x) + 2, np.ones(60)
    truth = y + 1e-3 * np.random.default_rng(3).standard_normal(60)
    y[::3] += 3 * np.random.default_rng(2).standard_normal(20)
    weight[::3] = 1e-9
    off = [np.abs(evaluate(law, x[:, None]) - truth).max() for law in _laws(y, weight)]
    assert min(off) < 0.01


def test_a_row_at_zero_tells():
    z = np.linspace(0, 5, 12)
    y = 5 * np.exp(-1.3 * z) + 2 + 0.05 * np.random.default_rng(0).standard_normal(12)
    with np.errstate(all="ignore"):
        assert all(np.isfinite(evaluate(law, z[:1, None])) for law in _laws(y, table=z[:, None]))


def test_laws_hold_allowed_operators():
    y = 5 * np.exp(-0.4 * x) + 2 + np.sin(3 * x)
    laws = _laws(y, unary=("exp",), binary=("add", "sub", "mul", "div"))
    assert laws
    assert {n.op for law in laws for n in walk(law) if n.children} <= {
        "exp", "add", "sub", "mul", "div",
    }  # fmt: skip


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_they_take_turns_with_the_other_stages(monkeypatch, columns):
    screened = []
    monkeypatch.setattr(SkeletonSearch, "_screen", lambda self, batch: screened.append(len(batch)))
    X = np.random.default_rng(0).uniform(1, 5, (60, columns))
    y = np.exp(np.sin(1.3 * X[:, 0] ** 1.2)) * X[:, 0] ** 0.7 + X[:, 1:].prod(axis=1)
    for _ in itertools.islice(Search(Problem(X, y)).run(), 600):
        pass
    assert screened


TWO = np.random.default_rng(5).uniform(0.5, 6, (80, 2))


@pytest.mark.parametrize(
    "text",
    [
        "x1**1.4*exp(-2.3/x0)",  # powers of the columns are free in the logarithm
        "3*x0**0.7*x1/(x0 + 2.2)",  # so are factors beside them
        "(0.9*x0**0.4 + 1.6*x1**0.7)**2.5",
        "4.2*x0/(1 + 0.8*x0 + 0.3*x1)",
        "6.1*exp(0.4*x0) - 0.67*x0 + 0.9*x1",  # the columns are free beside a curve
    ],
)
def test_laws_of_two_columns(text):
    y = evaluate(parse(text), TWO)
    v = Acceptance(Problem(TWO, y))
    ws = Workspace(v, v.X, Target(v.y))
    for _ in quietly(SkeletonSearch(ws, ws.root, [0, 1]).batches(9000)):
        if v.exact is not None:
            break
    assert v.exact is not None


def test_noise_below_zero_takes_no_logarithm_away():
    truth = 300 * np.exp(-9 / TWO[:, 0]) * TWO[:, 1] ** 2
    y = truth + 0.02 * np.std(truth) * np.random.default_rng(0).standard_normal(80)
    assert (y < 0).any()
    v = Acceptance(Problem(TWO, y))
    ws = Workspace(v, v.X, Target(v.y))
    laws = [w for w in quietly(SkeletonSearch(ws, ws.root, [0, 1]).batches(400)) if w is not None]
    near = [w for w in laws if np.std(evaluate(w, TWO) - truth) < 0.01 * np.std(truth)]
    assert any("exp(-" in str(w) and "/x0)" in str(w) and "x1**2" in str(w) for w in near)


def test_two_columns_that_a_symmetry_makes_one():
    X = np.random.default_rng(0).uniform(1, 5, (120, 2))
    search = Search(Problem(X, 12 / (1 + 3 * np.exp(-0.5 * (X[:, 0] + X[:, 1]))) ** 0.7))
    for _ in itertools.islice(search.run(), 3000):
        pass
    assert search.exact is not None
    assert max(constants(search.exact)) < 20


@pytest.mark.parametrize("rows", [3, 4, 6])
def test_few_rows_and_odd_values(rows):
    for y in (np.zeros(rows), np.arange(rows) * 1e100, np.full(rows, -3.0), np.arange(rows) - 1.0):
        _laws(np.asarray(y, float), table=np.linspace(-1, 1, rows)[:, None])
