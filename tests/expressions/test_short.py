"""Numbers with the digits that the data support."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.short import shortened
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import constants


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (3.14159265, 0.021, "3.142"),
        (0.00123456, 0.0000321, "0.001235"),
        (123456.789, 430.0, "123460"),
        (6.62607015e-34, 1.2e-37, "6.6261e-34"),
        (2.0, 0.3, "2"),
        (1 / 3, 0.01, "1/3"),
        (np.pi / 2, 0.01, "pi/2"),
        (0.3, 50.0, "0.3"),  # known to no digit: the first one stays
        (1.23456789, 0.0, "1.23456789"),  # an exponent that cannot move
        (1.2345678901234, np.inf, "1.23456789"),
        (1.2345678901234, np.nan, "1.23456789"),
    ],
)
def test_digits(value, error, text) -> None:
    law = shortened(parse(f"x0 + {value!r}"), np.array([[error**2]]))
    assert to_text(law) == f"x0 + {text}"


def test_numbers_that_hang_together_keep_more_digits() -> None:
    X = np.arange(1960, 2021.0)[:, None]
    noise = np.random.default_rng(0).normal(0, 0.5, len(X))
    y = 0.31 * X[:, 0] ** 2 / 1000 - 1.1 * X[:, 0] + 3 + noise
    fit = fit_constants(parse("3e-4*x0**2 - 1*x0 + 2"), X, y)
    short = shortened(fit.node, fit.covariance)
    moved = evaluate(short, X) - evaluate(fit.node, X)
    sigma = np.sqrt(fit.loss)
    assert np.sqrt(np.mean(moved**2)) < 0.1 * sigma  # the errors of each alone are far larger
    naive = [float(f"{c:.3g}") for c in constants(fit.node)]
    assert abs(np.polyval(naive, 1990.0) - evaluate(fit.node, X)[30]) > sigma
    assert len(to_text(short)) < len(to_text(fit.node))


def test_equal_numbers_stay_equal() -> None:
    law = parse("0.5*(x0 + 8.123456 - abs(x0 - 8.123456))")
    covariance = np.diag([0.0, 0.02**2, 0.0003**2])
    assert to_text(shortened(law, covariance)) == "min(x0, 8.12346)"
