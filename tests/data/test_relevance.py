"""The relevant columns of a wide table are found, and never forbid the others."""

import time

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.data.relevance import Relevance
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import columns
from sklearn_trm.search.search import Search
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem


class ByProcessor(TRMSymbolicRegressor):
    _clock = staticmethod(time.process_time)


def table(text, low, high, d=100, n=200, seed=0):
    X = np.random.default_rng(seed).uniform(low, high, (n, d))
    return X, evaluate(parse(text), X)


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("text", "low", "high", "d"),
    [
        ("x3*sin(x17) + x42**2", -2, 2, 100),
        ("x3*x17/x42**2", 1, 5, 100),
        ("x3*x17 + sin(x42)", -2, 2, 100),  # no trace of x3 or x17 alone
        ("sqrt(x3**2 + x17**2)*x42", -2, 2, 100),
        ("x1*x2 + x3*x4 + x5", -2, 2, 50),
        ("x1*x2 + x3*x4/x5", 1, 5, 50),
        ("sin(2*x7)", -2, 2, 100),
    ],
)
def test_the_relevant_columns_are_chosen(text, low, high, d, seed, noise):
    X, y = table(text, low, high, d, seed=seed)
    y = y + noise * np.std(y) * np.random.default_rng(9).standard_normal(len(y))
    found = Relevance(X, y).finish()
    assert set(found.chosen) == set(columns(parse(text)))
    assert found.nested()[0] == sorted(found.chosen)


def test_a_product_of_three_shows_in_its_magnitude():
    X, y = table("x3*x17*x42", -2, 2)
    assert set(Relevance(X, y).finish().chosen) == {3, 17, 42}


def test_noise_chooses_next_to_nothing():
    X = np.random.default_rng(0).uniform(-1, 1, (200, 60))
    counts = [
        len(Relevance(X, np.random.default_rng(s).standard_normal(200)).finish().chosen)
        for s in range(1, 9)
    ]
    assert np.mean(counts) < 1


def test_any_monotone_target_and_odd_columns():
    X, y = table("x3*x17 + x42", 1, 5)
    X[:, 3] = 10.0 ** X[:, 3]
    X[:, 50] = 7.0  # constant
    X[:, 51] = X[:, 51] > 3  # two values
    y[5] = 1e9  # an outlier
    found = Relevance(X, np.exp(np.minimum(y, 1e2))).finish()
    assert set(found.chosen) == {3, 17, 42}
    assert sorted(found.order()) == list(range(100))
    sizes = [len(columns) for columns in found.nested()]
    assert len(sizes) > 1 and sizes == sorted(set(sizes))


@pytest.mark.parametrize("y", [np.zeros(20), np.arange(20.0), np.r_[np.ones(10), np.zeros(10)]])
def test_small_tables(y):
    X = np.random.default_rng(0).uniform(size=(20, 15))
    assert sorted(Relevance(X, y).finish().order()) == list(range(15))


@pytest.mark.parametrize(
    ("text", "low"), [("x3*sin(x17) + x42**2", -2), ("2.5*x3*exp(-x17/x42)", 1)]
)
def test_three_of_a_hundred_columns(text, low):
    X, y = table(text, low, 5)
    est = ByProcessor(model=None, random_state=0, time_limit=10).fit(X, y)
    assert est.stopped_ == "exact"
    fresh, truth = table(text, low, 5, seed=1)
    np.testing.assert_allclose(est.predict(fresh), truth, rtol=1e-7, atol=1e-9)


def test_relevance_does_not_forbid_the_truth():
    X, y = table("x3*x17/x12**2", 1, 5, d=20, n=100)
    wrong = Relevance(X, X[:, 5] + X[:, 6]).finish()
    assert set(wrong.chosen) == {5, 6}
    search = Search(Problem(X, y, relevance=wrong))
    for _ in search.run(Budget.within(20, time.process_time)):
        pass
    assert search.exact is not None and set(columns(search.exact)) == {3, 12, 17}
