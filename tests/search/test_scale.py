"""Long and wide tables, weights, time limits."""

import time
import tracemalloc

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import BLOCK, evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import constants
from sklearn_trm.search.descent import prepare

# ---------------------------------------------------------------------- rows


@pytest.mark.parametrize("start", ["1*x0 + 1*x1 + 1", "1*exp(-1*x0) + 1*x1", "1*x0**1.1*x1"])
def test_blocks_of_rows_give_the_same_fit(start):
    """The same rows once in one block and three times over in many."""
    X = np.random.default_rng(0).uniform(0.5, 3, (BLOCK // 2, 2))
    y = 2.0 * np.exp(-0.5 * X[:, 0]) + 0.3 * X[:, 1] + np.random.default_rng(1).normal(size=len(X))
    weight = np.random.default_rng(2).uniform(0.1, 2, len(X))
    few = fit_constants(parse(start), X, y, weight)
    many = fit_constants(parse(start), np.tile(X, (9, 1)), np.tile(y, 9), np.tile(weight, 9))
    np.testing.assert_allclose(constants(many.node), constants(few.node), rtol=1e-5)
    assert many.loss == pytest.approx(few.loss, rel=1e-9)
    assert np.diag(many.covariance) == pytest.approx(np.diag(few.covariance) / 9, rel=1e-2)


def test_memory_of_a_fit_does_not_grow_with_the_rows():
    X = np.random.default_rng(0).uniform(0.5, 3, (20 * BLOCK, 2))
    law = parse("1*exp(-1*x0) + 1*sin(1*x1) + 0.5*x0*x1 + 1*x1**2")
    y = evaluate(law, X) * 1.5
    tracemalloc.start()
    fit_constants(law, X, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * y.nbytes + 40 * 8 * BLOCK * 10  # a few columns, and one block's registers


def test_constants_come_from_all_rows():
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 5, (30_000, 2))
    product = X[:, 0] * X[:, 1]
    y = 2.537172 * product + rng.normal(size=len(X))
    est = TRMSymbolicRegressor(
        model=None, time_limit=None, max_steps=2, max_complexity=6, unary_operators=[],
        random_state=0,
    ).fit(X, y)  # fmt: skip
    factor = product @ y / (product @ product)
    (found,) = constants(est.law())
    assert found == pytest.approx(factor, rel=1e-4)  # one of a sample is 1e-3 away
    assert est.equations_["loss"].min() == pytest.approx(np.mean((found * product - y) ** 2))


# ---------------------------------------------------------------------- time


@pytest.mark.parametrize("rows", [60, 20_000])
@pytest.mark.parametrize("limit", [0.3, 1.0])
def test_the_time_limit_holds(rows, limit):
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 5, (rows, 4))
    y = np.sin(X[:, 0] * X[:, 1]) + X[:, 2] ** 1.3 / (1 + X[:, 3]) + rng.normal(size=rows)
    # what a process does once: imports, and compiled code is loaded
    TRMSymbolicRegressor(model=None, time_limit=0.3, random_state=0).fit(X[:60], y[:60])
    prepare()
    start = time.process_time()
    est = TRMSymbolicRegressor(model=None, time_limit=limit, random_state=0).fit(X, y)
    assert est.stopped_ == "time limit"
    assert time.process_time() - start < 1.1 * limit + 0.3
