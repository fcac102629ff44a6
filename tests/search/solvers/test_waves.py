"""Waves: frequencies read from spectra."""

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.search import Search
from sklearn_trm.search.solvers.frequencies import spectrum_peaks
from sklearn_trm.search.solvers.waves import plane_waves, waves
from sklearn_trm.task.problem import Problem
from tests.search.alone import X, exact


@pytest.mark.parametrize("text", ["sin(8.1*x0) + 2*cos(9.4*x0 + 1) + x0", "cos(3*x0)*sin(17*x0)"])
def test_waves_of_one_column_in_a_sum(text):
    exact(text, waves, 4 * X[:, :1])


@pytest.mark.parametrize("text", ["2 - 2.1*cos(9.8*x0)*sin(1.3*x2)", "3*sin(17.3*x1) + x0"])
def test_waves(text):
    exact(text, waves, 8 * X)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (np.arange(0, 1, 0.002), "2*sin(10*pi*x0) + 0.7*cos(24*pi*x0) + 1"),
        (np.arange(100.0), "3*sin(2*pi*x0/7) + cos(2*pi*x0/30) + 5"),
    ],
)
def test_waves_on_a_regular_grid(x, text):
    exact(text, waves, x[:, None])
    beyond = np.pi / (x[1] - x[0])
    frequencies = spectrum_peaks(x, evaluate(parse(text), x[:, None]), 2**16, 20)
    assert (frequencies <= 1.01 * beyond).all()


GRID = np.stack(np.meshgrid(np.arange(15.0), 0.8 * np.arange(14.0)), -1).reshape(-1, 2)


@pytest.mark.parametrize("text", ["3.19*sin(1.89*x0 - 2.28*x1 + 1.02)", "2*cos(0.7*x0)*sin(3*x1)"])
@pytest.mark.parametrize("table", [GRID, 8 * X[:, :2]], ids=["grid", "random"])
def test_waves_of_two_columns_are_seen_at_once(text, table):
    exact(text, plane_waves, table)


def test_a_plane_wave_is_the_short_law():
    y = evaluate(parse("3.19*sin(1.89*x0 - 2.28*x1 + 1.02)"), GRID)
    est = TRMSymbolicRegressor(model=None, random_state=0, time_limit=10).fit(GRID, y)
    assert est.expr_ == "3.19*sin(1.89*x0 - 2.28*x1 + 1.02)"


def test_no_wave_is_offered_where_none_explains_most():
    search = Search(Problem(X, evaluate(parse("x0*exp(-x1)"), X)))
    assert [law for law in plane_waves(search.main) if law is not None] == []


@pytest.mark.parametrize("n", [9, 14, 25, 60])
def test_no_wave_of_two_columns_is_read_from_noise(n):
    rng = np.random.default_rng(n)
    for _ in range(10):
        search = Search(Problem(rng.uniform(0, 9, (n, 2)), rng.standard_normal(n)))
        assert [law for law in plane_waves(search.main) if law is not None] == []


def test_a_wave_of_two_columns_is_read_from_few_rows_and_from_noise():
    rng = np.random.default_rng(0)
    for n, noise in ((30, 0.0), (60, 0.3)):
        table = rng.uniform(0, 9, (n, 2))
        y = 2 * np.sin(1.3 * table[:, 0] - 2.1 * table[:, 1] + 0.4)
        y += noise * rng.standard_normal(n)
        laws = plane_waves(Search(Problem(table, y)).main)
        assert any("sin" in str(law) for law in laws if law is not None)


def test_waves_of_high_frequency():
    exact("6.87 + 11*cos(7.23*x0**3)", lambda ws: waves(ws, 2**21), 8 * X[:, :1])
