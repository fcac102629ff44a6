"""Trend and waves over time."""

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.output.pictures.terms import parts_in_time, terms

T = np.linspace(0.0, 50.0, 200)


def test_terms_add_up_to_the_law():
    X = np.column_stack([T, T[::-1] + 1])
    law = parse("2*(x0 - 3*sin(0.5*x0) + (4 - x1)/2) - (cos(0.5*x0) + sin(x0**2)*x1)")
    total = sum(evaluate(term, X) for term in terms(law))
    np.testing.assert_allclose(total, evaluate(law, X))
    parts = parts_in_time(law, 0, X)
    all_parts = [parts.trend, parts.others, *(term for _, term in parts.waves)]
    values = sum(np.broadcast_to(evaluate(part, X), len(X)) for part in all_parts)
    np.testing.assert_allclose(values, evaluate(law, X))
    periods = [period for period, _ in parts.waves]  # one angle, one wave; the other changes
    assert periods[0] == pytest.approx(4 * np.pi) and np.isnan(periods[1]) and len(periods) == 2


def test_a_series_over_dates():
    days = pd.DataFrame({"when": pd.date_range("2019-01-01", periods=150, freq="9D")})
    t = 9.0 * np.arange(150)
    y = 10 + 0.01 * t + 3 * np.sin(2 * np.pi * t / 365.25)
    est = TRMSymbolicRegressor(model=None, random_state=0, time_limit=None, max_steps=2)
    est.fit(days, y, dates="days")
    display = est.plot.series(days, y)
    (wave,) = display.parts.waves
    assert wave[0] == pytest.approx(365.25, rel=1e-3)
    heads = [ax.get_title(loc="left") for ax in display.ax_]
    assert heads[1:3] == ["trend", "wave of 365.2 days"] and heads[3].startswith("rest")
    assert display.ax_[-1].get_xlabel() == "when"
    display.figure_.canvas.draw()
    two = pd.DataFrame({"a": t, "b": y})
    other = TRMSymbolicRegressor(model=None, time_limit=None, max_steps=1, random_state=0)
    other.fit(two, t * y)
    with pytest.raises(DataError, match="which column is the time"):
        other.plot.series(two, y)
    assert other.plot.series(two, y, time="b").time == 1
