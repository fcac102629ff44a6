"""Fitting constants: known laws come back, whatever the scale, weights or start."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import example, given, settings

from sklearn_trm.expressions.constants import SUBSAMPLE, LeastSquares, fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.intervals import constants_table, covariance
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, call, const, constants, with_constants
from tests.strategies import table, trees

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 3.0, (200, 3))


@pytest.mark.parametrize(
    ("law", "start", "n_starts"),
    [
        ("2*x0 + 3*x1 + 4", "1*x0 + 1*x1 + 1", 1),
        ("2*exp(-0.5*x0) + 3", "1*exp(-1*x0) + 1", 1),
        ("2*x0**1.7/(x1 + 0.3)", "1*x0**1/(x1 + 1)", 1),
        ("sqrt(2*x0 + 0.1*x1**2)", "sqrt(1*x0 + 1*x1**2)", 1),
        ("0.3*x0/(1.5*x1 + exp(0.4*x2))", "1*x0/(1*x1 + exp(1*x2))", 1),
        ("2*sin(3.3*x0 + 1)", "1*sin(1*x0 + 0.5)", 16),
        ("log(x0 - 0.3)", "1*log(x0 - 3) + 0", 16),
        ("exp(-(x0 - 1.5)**2/0.1)", "1*exp(-(x0 - 1)**2/1)", 16),
        ("1.5*cos(7*x0)*x1", "1*cos(1*x0)*x1", 24),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 1e12, 1e-12])
def test_known_laws_are_found_exactly(law: str, start: str, n_starts: int, scale: float) -> None:
    y = evaluate(parse(law), X) * scale
    if start.startswith(("sqrt", "1*x0/")) and scale != 1.0:
        start = f"{scale!r}*({start})"  # these have no free factor of their own
    fit = fit_constants(parse(start), X, y, n_starts=n_starts)
    assert np.sqrt(fit.loss) < 1e-9 * np.std(y)
    np.testing.assert_allclose(evaluate(fit.node, X), y, rtol=1e-7)


@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_the_ends_of_float64_do_not_overflow(scale: float) -> None:
    y = (2.0 * np.exp(-0.5 * X[:, 0]) + 3.0) * scale
    fit = fit_constants(parse("1*exp(-1*x0) + 1"), X, y)
    assert np.isfinite(fit.loss)
    np.testing.assert_allclose(evaluate(fit.node, X), y, rtol=1e-9)


@pytest.mark.parametrize("scale", [1e9, 1e-9])
def test_columns_of_any_size(scale: float) -> None:
    y = np.sin(3.3 * X[:, 0])
    fit = fit_constants(parse("1*sin(1*x0)"), X * scale, y, n_starts=24)
    assert fit.loss < 1e-18


def test_recovers_from_noise_with_an_honest_covariance() -> None:
    truth, inside = np.array([2.0, -0.5, 3.0]), []
    law = parse("2*exp(-0.5*x0) + 3")
    for seed in range(60):
        y = evaluate(law, X) + 0.05 * np.random.default_rng(seed).normal(size=len(X))
        fit = fit_constants(parse("1*exp(-1*x0) + 1"), X, y)
        sigma = np.sqrt(np.diag(fit.covariance))
        inside.append(np.abs(np.array(constants(fit.node)) - truth) < sigma)
        assert fit.loss == pytest.approx(np.mean((evaluate(fit.node, X) - y) ** 2))
    assert 0.55 < np.mean(inside) < 0.80  # one sigma holds 68 %


def test_agrees_with_scipy() -> None:
    scipy_optimize = pytest.importorskip("scipy.optimize")
    y = evaluate(parse("1.3*x0**2.2 + 0.7*x1"), X) + 0.1 * RNG.normal(size=len(X))
    law = parse("1*x0**2 + 1*x1")
    other = scipy_optimize.least_squares(
        lambda c: evaluate(with_constants(law, c), X) - y, constants(law), xtol=1e-14, ftol=1e-14
    )
    fit = fit_constants(law, X, y)
    np.testing.assert_allclose(constants(fit.node), other.x, rtol=1e-5)


def test_weights_count_and_zero_weights_leave_rows_out() -> None:
    y = 2.0 * X[:, 0]
    y[:50] = np.nan
    y[50:100] = 7.0
    weight = np.r_[np.zeros(50), np.full(50, 1e-9), np.ones(100)]
    fit = fit_constants(parse("1*x0"), X, y, weight=weight)
    assert constants(fit.node)[0] == pytest.approx(2.0, rel=1e-6)
    residual = evaluate(fit.node, X)[50:] - y[50:]
    assert fit.loss == pytest.approx(np.average(residual**2, weights=weight[50:]))


def test_whole_weights_are_repeated_rows() -> None:
    y = np.exp(0.3 * X[:, 0]) + 0.05 * RNG.normal(size=len(X))
    weight = RNG.integers(1, 4, len(X))
    law = parse("1*exp(1*x0)")
    a = fit_constants(law, X, y, weight=weight.astype(float))
    b = fit_constants(law, np.repeat(X, weight, axis=0), np.repeat(y, weight))
    np.testing.assert_allclose(constants(a.node), constants(b.node), rtol=1e-6)
    assert a.loss == pytest.approx(b.loss, rel=1e-9)


def test_exponents_of_negative_bases_are_held() -> None:
    both = X - 1.5
    fit = fit_constants(parse("1*x0**4"), both, 3.0 * both[:, 0] ** 4 + 0.01)
    assert constants(fit.node)[1] == 4.0
    assert constants(fit.node)[0] == pytest.approx(3.0, rel=0.05)
    assert fit.covariance[1].tolist() == [0.0, 0.0]
    free = fit_constants(parse("1*x0**4"), X, 3.0 * X[:, 0] ** 2.5)
    assert constants(free.node)[1] == pytest.approx(2.5)


def test_fixed_leaves_keep_their_values() -> None:
    y = 2.0 * np.exp(-0.5 * X[:, 0])
    fit = fit_constants(parse("1*exp(-0.7*x0) + 0.3"), X, y, fixed=[2])
    assert constants(fit.node)[2] == 0.3 and fit.covariance[2, 2] == 0.0
    assert 0 < fit.loss < 1e-2


@pytest.mark.parametrize("law", ["log(x0 - 10)*2", "sqrt(-x0)", "1/(x0 - x0)"])
def test_undefined_laws_have_infinite_loss(law: str) -> None:
    fit = fit_constants(parse(law), X, X[:, 1])
    assert fit.loss == np.inf


def test_laws_without_constants_are_only_measured() -> None:
    fit = fit_constants(parse("x0*x1"), X, X[:, 0] * X[:, 1] + 2.0)
    assert fit.loss == pytest.approx(4.0) and fit.covariance.shape == (0, 0)


def test_many_rows_end_on_all_rows() -> None:
    big = RNG.uniform(0.5, 3.0, (40 * SUBSAMPLE, 1))
    y = 2.0 * np.sin(3.3 * big[:, 0] + 1.0) + 0.1 * RNG.normal(size=len(big))
    fit = fit_constants(parse("1*sin(1*x0 + 0.5)"), big, y, n_starts=16)
    assert fit.loss == pytest.approx(0.01, rel=0.05)
    assert fit.loss == pytest.approx(np.mean((evaluate(fit.node, big) - y) ** 2))
    problem = LeastSquares(fit.node, big, y)
    r, jac, _ = problem.residual_and_jacobian(problem.program.constants[None])
    slope = jac[0] @ r[0] / (np.linalg.norm(jac[0], axis=1) * np.linalg.norm(r))
    assert np.abs(slope).max() < 1e-4  # a minimum over all rows, not over the subsample


def test_degenerate_constants_do_no_harm() -> None:
    fit = fit_constants(parse("2*(3*x0) + 1*(x1 - x1)"), X, 5.0 * X[:, 0])
    assert fit.loss < 1e-20
    assert np.diag(fit.covariance).max() >= 0.0


def test_no_rows_left_and_one_row() -> None:
    assert fit_constants(parse("1*x0"), X[:1], np.array([3.0])).loss < 1e-20
    assert np.isfinite(fit_constants(parse("1*x0 + 1"), X[:0], np.empty(0)).loss)


def test_zero_target() -> None:
    fit = fit_constants(parse("1*x0 + 1"), X, np.zeros(len(X)))
    assert fit.loss == pytest.approx(0.0, abs=1e-30)


def test_equal_seeds_give_equal_fits() -> None:
    y = np.sin(5.0 * X[:, 0])
    fits = [fit_constants(parse("1*sin(1*x0)"), X, y, n_starts=8, rng=3) for _ in range(2)]
    assert fits[0].node == fits[1].node


def test_deadline_stops_at_once() -> None:
    big = np.tile(X, (50, 1))
    start = time.process_time()
    fit = fit_constants(
        parse("1*sin(1*x0 + 0.5)"),
        big,
        np.sin(9 * big[:, 0]),
        n_starts=64,
        deadline=start,
        clock=time.process_time,
    )
    assert time.process_time() - start < 1.0 and np.isfinite(fit.loss)


@settings(max_examples=50, deadline=None)
@given(trees)
@example(call("pow", call("inv", const(0.0)), const(-3.0)))  # defined, its slopes are not
def test_never_worse_than_the_start_and_never_raises(tree: Node) -> None:
    both = table()
    y = np.cos(both[:, 0]) + both[:, 1]
    with np.errstate(all="ignore"):
        before = np.mean((evaluate(tree, both) - y) ** 2)
    fit = fit_constants(tree, both, y, n_starts=2)
    if np.isfinite(before):
        assert fit.loss <= before * (1 + 1e-9)
    if np.isfinite(fit.loss):
        with np.errstate(all="ignore"):
            measured = np.mean((evaluate(fit.node, both) - y) ** 2)
        if np.isfinite(measured):
            assert fit.loss == pytest.approx(measured, rel=1e-6, abs=1e-25)


def test_warm_speed() -> None:
    y = evaluate(parse("2*exp(-0.5*x0) + 3"), X) + 0.01 * RNG.normal(size=len(X))
    law = parse("1*exp(-1*x0) + 1")
    times = []
    for _ in range(20):
        start = time.process_time()
        fit_constants(law, X, y)
        times.append(time.process_time() - start)
    assert min(times) < 0.01  # about 2 ms


def test_a_slope_that_is_undefined_on_a_row_does_no_harm() -> None:
    X = np.linspace(0.0, 1.0, 30)[:, None]
    y = np.sqrt(3 * X[:, 0]) + 0.1 * np.cos(9 * X[:, 0])
    fit = fit_constants(parse("1*sqrt(2*x0) + 0.5*x0"), X, y)  # 0/0 at the first row
    assert np.isfinite(fit.loss)
    assert not np.isnan(fit.covariance).any()


def test_a_law_without_a_slope_on_a_row_says_nothing_about_its_constants():
    """min(x, 8): exact, and the root has no slope at 8; nothing times infinity is no number."""
    x = np.linspace(0.0, 20.0, 81)
    law = parse("0.5*(x0 - sqrt((x0 - 8)**2) + 8)")
    found = covariance(law, 0.0, x[:, None], np.minimum(x, 8.0), None, len(x))
    assert np.isposinf(found).all()
    table = constants_table(constants(law), found, len(x) - 3, 0.95)
    assert np.isposinf(table["std"]).all() and np.isneginf(table["low"]).all()


@pytest.mark.parametrize(
    ("start", "truth"),
    [
        ("2*exp(457.5 - 0.025*x0) + 1", "30*exp(-0.03*(x0 - 18262)) + 5"),
        ("2*sin(0.21*x0 - 3841.5) + 4", "3*sin(2*pi*(x0 - 18262)/30) + 5"),
    ],
)
def test_slope_and_offset_of_a_column_far_from_its_origin(start, truth):
    X = np.arange(18262.0, 18400)[:, None]
    y = evaluate(parse(truth), X) + 0.05 * np.random.default_rng(0).standard_normal(len(X))
    assert fit_constants(parse(start), X, y).loss < 1.2 * 0.05**2
