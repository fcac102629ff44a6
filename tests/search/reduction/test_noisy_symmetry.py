"""Symmetries by evidence: read under noise, and not where there is none."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import var
from sklearn_trm.search.reduction.noisy_symmetry import readings, same_columns, seems_noisy, white
from sklearn_trm.search.reduction.surface import smooth


def noisy_table(text, noise, d=3, n=600, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.uniform(1, 4, (n, d))
    y = evaluate(parse(text), X)
    return X, y + noise * np.sqrt(np.mean(y * y)) * rng.standard_normal(n)


def read(X, y):
    return list(readings(X, y, [var(j) for j in range(X.shape[1])]))


@pytest.mark.parametrize("noise", [0.001, 0.01, 0.1])
@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("0.3*x0**2*x1/x2**3", set()),
        ("-x0**2*sqrt(x1)/x2", set()),
        ("x0*cos(x1)/x2", {"x1"}),
        ("x0*exp(-x1/x2)", {"x1/x2", "x2/x1"}),
        ("x0*log(x1**2 + x2**2)", {"x1**2 + x2**2"}),
    ],
)
def test_readings(text, columns, noise):
    X, y = noisy_table(text, noise)
    least = min(read(X, y), key=lambda r: r.X.shape[1])
    assert len(least.nodes) == min(len(columns), 1)
    assert {str(n) for n in least.nodes} <= columns
    assert least.settled
    sigma = noise * np.sqrt(np.mean(evaluate(parse(text), X) ** 2))
    assert 0.9 * sigma < least.error < 1.15 * sigma


def test_a_reading_gives_its_law_back():
    X, y = noisy_table("x0*exp(-x1/x2)", 0.01)
    r = read(X, y)[-1]
    law = parse("2*x0")  # twice the only column that is left
    whole = r.reduction(y).restore(law)
    np.testing.assert_allclose(evaluate(whole, X), 2 * r.X[:, 0] * r.scale)


def test_rows_that_do_not_share_a_symmetry_keep_their_columns():
    X, y = noisy_table("x0*x1 + sin(x1*x2)", 0.001)
    assert min(r.X.shape[1] for r in read(X, y)) == 3


def test_seems_noisy():
    for text in ("x0*x1/x2", "sin(x0)*x1", "exp(-x0*x1)/x2"):
        assert not seems_noisy(*noisy_table(text, 0.0))
        assert seems_noisy(*noisy_table(text, 0.1))


def test_smooth_tells_error_and_slope():
    rng = np.random.default_rng(2)
    U = rng.uniform(-1, 1, (500, 2))
    x = rng.uniform(0, 1, 500)
    t = np.exp(U[:, 0]) + 2.5 * x + 0.05 * rng.standard_normal(500)
    s = smooth(U, t, extra=x)
    assert abs(s.slope - 2.5) < 4 * s.slope_error < 0.1
    assert 0.045 < np.sqrt(s.gcv) < 0.057 and s.settled
    assert not smooth(U, np.exp(3 * U[:, 0] * U[:, 1]) + np.abs(U[:, 0] - 0.3)).settled


def test_white_and_same_columns():
    U = np.random.default_rng(0).uniform(0, 1, (400, 2))
    assert not white(np.sin(9 * U[:, 0]), U)
    assert white(np.random.default_rng(1).standard_normal(400), U)
    X, y = noisy_table("x0*exp(-x1/x2)", 0.01)
    found = read(X, y)
    assert same_columns(found[-1], found[-1]) and not same_columns(found[0], found[-1])


def test_a_surface_that_leaves_nothing_can_be_compared():
    U = np.linspace(0.0, 1.0, 60)[:, None]
    for y in (np.zeros(60), 1e-170 * U[:, 0]):
        surface = smooth(U, y)
        assert 0 < surface.gcv < 1e-190 and not surface.settled
