"""What the fuzzer found (`benchmarks.fuzz`): each is an answer now, or an error that says why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.rules.prior import prior

FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1, "max_complexity": 7}
RNG = np.random.default_rng(0)
X = RNG.uniform(1, 5, (30, 2))


@pytest.mark.parametrize("size", [1e160, 1e250, 9e299])
def test_a_formula_of_a_huge_target(size):
    """The square of its size is no number: losses are the largest one."""
    y = size * (X[:, 0] + 0.1 * RNG.standard_normal(30))
    est = TRMSymbolicRegressor(**FAST).fit(X, y, template="a*x0 + b")
    assert np.mean((est.predict(X) / size - y / size) ** 2) < 0.02
    assert est.stopped_ != "exact"
    assert est.equations_.loss[0] == np.finfo(float).max
    assert est.short_text() and len(est.constants_) == 2


@pytest.mark.parametrize(
    ("y", "error"), [(1e-310, 1.0), (1e300, 1e-300), (1.0, 1e200), (1.0, 1e-170)]
)
@pytest.mark.parametrize("of", ["y_error", "X_error"])
def test_an_error_beyond_all_measure(y, error, of):
    table = X if of == "y_error" else X * y
    target = X[:, 0] * y if of == "y_error" else X[:, 0]
    with pytest.raises(DataError, match=f"{of} holds a standard error that is nothing, or every"):
        TRMSymbolicRegressor(**FAST).fit(table, target, **{of: error})


def test_infinities_of_both_signs_are_an_error_without_a_warning():
    table = np.array([[np.inf], [-np.inf]], dtype=np.float32)
    with pytest.raises(DataError, match="infinity"):
        TRMSymbolicRegressor(**FAST).fit(table, [1.0, 2.0])


def test_columns_called_by_years():
    """Their texts read back: a number was read where the column was meant."""
    frame = pd.DataFrame(X, columns=["2019", "2020"])
    est = TRMSymbolicRegressor(**FAST).fit(frame, 3 * X[:, 0] / X[:, 1])
    assert est.expr_ == "3*`2019`/`2020`"
    law = parse(est.expr_, list(frame.columns))
    np.testing.assert_allclose(evaluate(law, X), est.predict(frame), rtol=1e-12)
    again = TRMSymbolicRegressor(**FAST).fit(frame, X[:, 0] ** 2, guesses=["`2019`**2"])
    assert again.expr_ == "`2019`**2"


def test_an_exponent_whose_square_is_no_number_has_a_prior():
    assert 300 < prior(parse("x0**1e200")) < 1000
    est = TRMSymbolicRegressor(**FAST)
    est.fit([[1.0], [1.0], [0.5]], [1.0, 1.0, 0.0], template="x0**a", constants={"a": 1e200})
    np.testing.assert_allclose(est.predict([[1.0], [0.5]]), [1.0, 0.0])
