"""Few rows: what may be told from them, and what may not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.fit.evaluator import Evaluator
from sklearn_trm.selection.chance import enough_rows
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem

STEPS = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 2}


def fitted(x, y, **more):
    return TRMSymbolicRegressor(**STEPS | more).fit(np.array(x, float)[:, None], np.array(y, float))


@pytest.mark.parametrize(
    ("x", "y", "law"),
    [
        ([0, 10, 20, 30], [32, 50, 68, 86], "1.8*x0 + 32"),
        ([1, 2, 3, 4], [3, 5, 7, 9], "2*x0 + 1"),
        ([1, 2, 4], [3, 5, 9], "2*x0 + 1"),
        ([1, 2, 3], [3.5, 7, 10.5], "3.5*x0"),
        ([1.3, 2.1, 3.7], [4.55, 7.35, 12.95], "3.5*x0"),
    ],
)
def test_an_exact_line_is_found(x, y, law):
    assert fitted(x, y).expr_ == law


def test_three_numbers_of_five_rows():
    x = np.linspace(0.0, 5.0, 5)
    est = fitted(x, 5.0 * np.exp(-1.3 * x) + 2.0, max_steps=8)
    more = np.linspace(0.0, 6.0, 50)
    np.testing.assert_allclose(est.predict(more[:, None]), 5.0 * np.exp(-1.3 * more) + 2.0)


@pytest.mark.parametrize("seed", range(4))
def test_a_noisy_line_of_five_rows(seed):
    x = np.linspace(0.0, 10.0, 5)
    est = fitted(x, 1.5 * x + 3.0 + 0.3 * np.random.default_rng(seed).standard_normal(5))
    slopes = np.diff(est.predict([[0.0], [1.0], [2.0]]))
    np.testing.assert_allclose(slopes, 1.5, atol=0.15)


def test_under_noise_no_law_has_a_number_for_each_second_row():
    """Not even those that would go through every row."""
    rng = np.random.default_rng(0)
    X = rng.uniform(1.0, 3.0, (6, 1))
    y = 2.0 * X[:, 0] + 1.3 + 0.1 * rng.standard_normal(6)
    evaluator = Evaluator(Problem(X, y, None, ("exp", "square"), ("add", "mul"), 40, rng), Budget())
    line, bent, most = map(parse, ("1*x0 + 1", "1*x0**2 + 1*x0 + 1", "1*exp(1*x0) + 1*x0 + 1"))
    evaluator.consider([line, bent, most])
    assert [row.node.is_const for row in evaluator.front.rows()] == [True, False]  # and the line
    assert evaluator.permits(line) and not evaluator.permits(bent) and not evaluator.permits(most)
    curve = replace(evaluator.problem, y=2.0 + X[:, 0] + 0.3 * X[:, 0] ** 2)
    exact = Evaluator(curve, Budget())
    exact.consider([line, bent])
    assert exact.is_exact() and exact.permits(exact.best().node)


@pytest.mark.parametrize(
    ("law", "n_rows", "noisy", "exact"),
    [
        ("1.5*x0", 2, True, True), ("1.5*x0 + 1.7", 2, False, False),
        ("1.5*x0 + 1.7", 3, False, True), ("1.5*x0 + 1.7", 4, False, True),
        ("1.5*x0 + 1.7", 5, True, True), ("1.5*x0**2.5 + 1.7", 3, False, False),
    ],
)  # fmt: skip
def test_numbers_and_rows(law, n_rows, noisy, exact):
    law = parse(law)
    assert enough_rows(law, n_rows) == enough_rows(law, n_rows, 1e-9) == noisy
    assert enough_rows(law, n_rows, 1e-16) == exact


def test_a_fit_to_few_noisy_rows_ends_once_its_choice_has_stood():
    c = np.array([0.5, 1, 2, 3, 5, 8, 12, 20.0])
    y = 4.1 * c / (3.2 + c) * (1 + 0.03 * np.random.default_rng(1).standard_normal(8))
    est = TRMSymbolicRegressor(model=None, random_state=0, time_limit=12)
    est.fit(c[:, None], y)
    assert est.stopped_ == "noise" and est.name_ == "Michaelis-Menten"


def test_a_long_law_through_a_few_levels_is_not_exact():
    """Three levels times five: any product of functions of the columns has seven numbers."""
    X = np.stack(np.meshgrid([0.5, 6.0, 16.0], [0.5, 1.0, 3.0, 5.0, 9.0]), -1).reshape(-1, 2)
    X = np.repeat(X, 4, axis=0)
    y = 0.46 * X[:, 0] * X[:, 1] / ((X[:, 0] + 3.77) * (X[:, 1] + 0.659))
    terms = ["1", "x0", "x0**2", "x1", "x1**2", "x1**3", "x1**4"]
    rows = np.array([evaluate(parse(term), X) for term in terms])
    c = np.linalg.lstsq(rows.T, np.log(y), rcond=None)[0]
    inside = " + ".join(f"({v:.17g})*{term}" for v, term in zip(c, terms, strict=True))
    through = parse(f"exp({inside})")
    evaluator = Evaluator(Problem(X, y, rng=0), Budget())
    evaluator.consider([through])
    assert evaluator.front.most_accurate().loss < 1e-20 and not evaluator.is_exact()
    evaluator.consider([parse("x0*x1/((1.2*x0 + 2.3)*(0.7*x1 + 1.1))")])
    assert evaluator.is_exact()
