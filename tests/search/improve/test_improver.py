"""The beam over inexact laws: good short approximations, exact laws one cell away."""

import time

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import complexity, walk
from sklearn_trm.search.improve.improver import Improver
from sklearn_trm.search.retrieve import Basis
from sklearn_trm.search.search import Search
from sklearn_trm.search.solvers.sparse import forward
from sklearn_trm.search.tasks import CURVES
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem
from sklearn_trm.task.timeline import Timeline

X = np.random.default_rng(6).uniform(0.3, 3, (120, 3))


def improve(y, visits, table=X, **options):
    search = Search(Problem(table, y, **options))
    improver = Improver(search.main)
    told = [law for law in improver.visits(visits) if law is not None]
    return search, improver, told


def error(law, y, table=X):
    return float(np.mean((evaluate(law, table) - y) ** 2) / np.var(y))


def test_a_deep_law_is_approximated():
    true = parse("sin(x0 + 0.7*x1**2)*sqrt(x2 + x0*x1) + exp(-x2*cos(x0))")
    y = evaluate(true, X)
    _, improver, told = improve(y, 12)
    assert min(error(law, y) for law in told) < 0.02
    fresh = np.random.default_rng(7).uniform(0.3, 3, (500, 3))
    best = min((m for few in improver.pool.values() for m in few), key=lambda m: m.loss)
    assert error(best.law, evaluate(true, fresh), fresh) < 0.2


def test_a_noisy_table_gets_half_of_the_order_s_time_for_improvement():
    rng = np.random.default_rng(2)
    table = rng.uniform(0.5, 4, (300, 7))
    y = np.sqrt(table[:, 0]) + np.tanh(table[:, 2]) / table[:, 3] + np.cos(table @ table[0])
    y += 0.1 * rng.standard_normal(300)
    search, timeline = Search(Problem(table, y)), Timeline(time.thread_time)
    search.note_turns(timeline)
    for _ in search.run(Budget.within(3, time.thread_time)):
        pass
    spent: dict[str, list[float]] = {"improved": [0.0], "beside": [0.0], "order": [0.0]}
    beside = {"guided", "open", *(task.name for task in CURVES)}
    for turn in timeline.closed():
        whose = "beside" if turn.task in beside else turn.task
        spent[whose if whose in spent else "order"].append(turn.end - turn.begin)
    improved, order = sum(spent["improved"]), sum(spent["order"])
    # a turn is never cut: the longest of each may just have been
    assert 0.5 * (order - max(spent["order"])) - 0.1 < improved
    assert improved < 0.5 * (order + sum(spent["beside"])) + max(spent["improved"])
    assert improved > 0.1


def test_exact_one_cell_away():
    y = evaluate(parse("exp(sin(x0*x2)*x1) + 2.7*x1**2*x2/x0"), X)
    search = Search(Problem(X, y))
    improver = Improver(search.main)
    near = parse("1.2*exp(0.7*sin(x0)*x1) + 2.7*x1**2*x2/x0 + 0.1")
    improver.take(near)
    for _ in range(20):
        list(improver.visits(1))
        if search.exact is not None:
            break
    np.testing.assert_allclose(evaluate(search.exact, X), y, rtol=1e-7)


def test_limits_are_kept():
    y = np.sin(X[:, 0] * X[:, 1]) + X[:, 2] ** 1.3
    unary, binary = ("sin", "log"), ("add", "mul")
    _, improver, told = improve(y, 4, unary=unary, binary=binary, max_complexity=15)
    assert told
    for law in told:
        assert complexity(law) <= 15
        assert {n.op for n in walk(law) if n.children} <= {*unary, *binary}
    assert improver.pool and max(improver.pool) <= 15


def test_equal_problems_equal_laws():
    y = np.sin(X[:, 0] * X[:, 1]) + X[:, 2] ** 1.3
    assert improve(y, 3)[2] == improve(y, 3)[2]


def test_rows_of_weight_zero_do_not_count():
    y = X[:, 0] * np.sin(X[:, 1]) + 0.2 * X[:, 2]
    weight = np.ones(len(y))
    weight[::7] = 0.0
    spoilt = np.where(weight > 0, y, 50.0)
    _, _, told = improve(spoilt, 4, weight=weight)
    used = weight > 0
    assert min(error(law, y[used], X[used]) for law in told) < 1e-3


def test_it_ends():
    y = np.random.default_rng(1).standard_normal(40)
    table = np.random.default_rng(2).standard_normal((40, 1))
    search = Search(Problem(table, y, max_complexity=8))
    improver = Improver(search.main)
    for _ in range(400):
        list(improver.visits(1))
        if improver.exhausted:
            break
    assert improver.exhausted


@pytest.mark.parametrize("size", [(30, 1), (12, 2)])
def test_small_tables(size):
    table = np.random.default_rng(3).uniform(-1, 1, size)
    improve(np.tanh(5 * table[:, 0]) + 0.1 * table[:, -1] ** 2, 2, table)


def test_forward_selection_finds_the_terms():
    rng = np.random.default_rng(5)
    basis = Basis(rng.standard_normal((400, 100)), np.ones((1, 100)))
    target = 2 * basis.unit[3] + basis.unit[40] - 0.7 * basis.unit[200]
    assert set(forward(basis, target, np.arange(400), 6)[:3]) == {3, 40, 200}
