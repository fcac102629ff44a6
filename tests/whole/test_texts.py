"""Texts that a user meets: the laws of small tables, written as people would."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.fit.polish import Polish
from sklearn_trm.objectives.squared import Squared

DAYS = np.arange(18262, 18400.0)
WHOLE = np.arange(1, 51.0)
CAPPED = np.linspace(0, 20, 81)


@pytest.mark.parametrize(
    ("x", "y", "text"),
    [
        (DAYS, 30 * np.exp(-0.03 * (DAYS - 18262)) + 5, "30*exp(-0.03*(x0 - 18262)) + 5"),
        (WHOLE, np.exp(WHOLE), "exp(x0)"),
        (2 * WHOLE, np.exp(2 * WHOLE), "exp(x0)"),
    ],
)
def test_exponentials(x, y, text) -> None:
    est = TRMSymbolicRegressor(model=None, max_steps=2, time_limit=None, random_state=0)
    est.fit(x[:, None], y)
    assert est.expr_ == text
    np.testing.assert_allclose(est.predict(x[:, None]), y, rtol=1e-9)
    assert est.equations_.constants[est.equations_.selected].iloc[0] == list(est.constants_.value)
    assert np.isfinite(est.constants_).all(axis=None)


@pytest.mark.parametrize(
    ("x", "truth", "law", "text"),
    [
        (CAPPED, "0.5*(x0 - abs(x0 - 8) + 8)", "0.5*(x0 - sqrt((x0 - 8)**2) + 8)", "min(x0, 8)"),
        (CAPPED, "1.8*x0 + 32", "x0 + 44.00000000001", "1.8*x0 + 32"),
        (CAPPED - 9.9, "abs(x0)**(4/3)/x0", "abs(x0)**1.3/x0", "cbrt(x0)"),
        (WHOLE, "2*x0 + 1", "2.000000000000005*x0 + 0.99999999999", "2*x0 + 1"),
    ],
)
def test_the_last_polish_writes_laws_as_people_do(x, truth, law, text) -> None:
    X = x[:, None]
    y = evaluate(parse(truth), X)
    laws = [parse(law), parse("1.7*x0 + 30")]
    rows = Polish(Squared(X, y, None)).front(laws, len(y)).rows()
    assert rows[-1].equation == text
    assert rows[-1].loss <= 1e-20


def test_numbers_without_rounding_also_where_the_data_ask_for_no_such_number() -> None:
    X = np.array([[0.0], [10.0], [20.0], [30.0]])
    y = 1.8 * X[:, 0] + 32
    laws = [parse("x0 + 44.00000000001")]
    for clean in (True, False):
        rows = Polish(Squared(X, y, None), clean=clean).front(laws, len(y)).rows()
        assert [row.equation for row in rows] == ["59", "x0 + 44"]
