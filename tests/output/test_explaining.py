"""Why a law was chosen, in words."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.output.explaining import explain, weights
from sklearn_trm.selection.choice import contenders

FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1}


@pytest.fixture(scope="module")
def est():
    x = np.linspace(0.3, 12, 25)[:, None]
    noise = 0.05 * np.random.default_rng(1).normal(size=25)
    return TRMSymbolicRegressor(**FAST).fit(x, 4 * x[:, 0] / (3 + x[:, 0]) + noise)


def test_parts_make_up_the_description_length(est):
    lengths = est.equations_["description_length"]
    for one in weights(est)[1:]:
        assert one.total == pytest.approx(lengths[one.row] - lengths[weights(est)[0].row])
        assert one.total == pytest.approx(one.fit + one.constants + one.prior)
    rivals = [one.row for one in weights(est)[1:]]
    order = [i for i in np.argsort(lengths) if i != est._fitted.chosen and lengths[i] < math.inf]
    assert rivals == order[:2]


def test_in_words(est):
    text = str(est.explain())
    assert repr(est.explain()) == text
    assert text.startswith(f"y = {est.short_text()}\n") and text.count("Beside  y = ") == 2
    assert "times less likely" in text and "nats" in text
    assert "selection='best' takes" in str(est.explain(0))


def test_the_gate(est):
    """A law that the rows insist on says so; one that they do not insist on, too."""
    result = est._fitted
    law, richer = 0, len(result.rows) - 1
    lengths = np.arange(len(result.rows), dtype=float)
    apart = replace(result, lengths=tuple(lengths), predictive=tuple(lengths[::-1]))
    assert contenders(apart) == (law, richer)

    def gate(chosen, insisted, selection="best"):
        other = TRMSymbolicRegressor(selection=selection)
        other.n_features_in_ = 1
        other._fitted = replace(apart, chosen=chosen, insisted=insisted)
        return explain(other).gate

    assert "the rows insist on it" in gate(richer, True)
    assert "the rows do not insist on it" in gate(law, False)
    assert "chosen to predict (selection='prediction')" in gate(richer, False, "prediction")
    assert f"row {richer} of equations_ does better" in gate(law, True, "law")


def test_too_few_rows():
    est = TRMSymbolicRegressor(**FAST).fit([[1.0], [2.0]], [1.0, 3.0])
    assert str(est.explain()).splitlines()[0].startswith("y = ")


def test_several_targets():
    X = np.linspace(1, 3, 12)[:, None]
    told = TRMSymbolicRegressor(**FAST).fit(X, np.hstack([2 * X, X**2])).explain()
    assert len(told) == 2 and str(told[1]).startswith("y = x0**2")
