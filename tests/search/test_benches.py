"""The benches of a table: made when they are asked for, by what the rows show."""

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.benches import NOISY, OWN, SCANS, Benches
from sklearn_trm.search.search import Search
from sklearn_trm.search.tasks import LAWS
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem

rng = np.random.default_rng(3)


def benches_of(X, y):
    search = Search(Problem(X, y, size=400))
    search.state.begin(Budget())
    return search, Benches(search.state, search.main)


def test_a_symmetry_gives_a_bench_of_fewer_columns():
    X = rng.uniform(1, 5, (90, 3))
    search, benches = benches_of(X, evaluate(parse("exp(x0*x1/x2)"), X))
    assert benches.bench("main").ws is search.main and benches.bench("main").ws.d == 3
    assert benches.has("reduced 0") and benches.bench("reduced 0").ws.d < 3
    assert benches.bench("reduced 0") is benches.bench("reduced 0")  # views are made once
    assert not benches.has("reduced 3")


def test_on_a_calendar_units_of_their_own_are_the_main_bench():
    t = rng.uniform(1990, 2020, 80)
    search, benches = benches_of(t[:, None], np.exp((t - 2000) / 7))
    assert benches.bench("units").ws is search.main
    assert np.abs(benches.bench("main").ws.X).max() < 100


def test_noise_is_read_when_it_is_asked_for():
    X = rng.uniform(1, 5, (200, 2))
    y = X[:, 0] / X[:, 1] * (1 + 0.05 * rng.standard_normal(200))
    search, benches = benches_of(X, y)
    assert not search.state.noises
    assert benches.has(NOISY[0]) and search.state.noises and search.acceptance.noisy
    assert any(law is not None for law in benches.candidates(NOISY[0], SCANS))


def test_a_name_without_a_bench_yields_nothing():
    x = np.linspace(0.5, 3, 30)
    _, benches = benches_of(x[:, None], x**2)
    assert [n for n in OWN if benches.has(n)][:1] == ["main"]
    assert list(benches.candidates("reduced 0", LAWS.name)) == []


def test_larger_libraries_hold_more():
    x = np.linspace(0.5, 3, 30)
    _, benches = benches_of(x[:, None], np.sin(x) + x)
    assert next(b.ws.size for b in benches.larger()) == 3 * benches.bench("main").ws.size
