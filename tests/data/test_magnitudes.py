"""Extreme magnitudes: taken out of a table, and put back into its laws."""

import numpy as np
import pytest

from sklearn_trm.data.magnitudes import Magnitudes
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse

BASE = np.random.default_rng(0).uniform(1, 5, (30, 2))


@pytest.mark.parametrize("x_unit", [1e200, 1e-200, 1e15, 1e-13, 1.0])
@pytest.mark.parametrize("y_unit", [1e-150, 1e14, 1.0])
def test_a_law_comes_back_to_the_users_units(x_unit, y_unit):
    X = BASE * [x_unit, 1.0]
    law = parse("2*x0/x1 + 3*sqrt(x0)")
    y = evaluate(law, BASE) * y_unit
    m = Magnitudes.of(X, y)
    scaled = m.scale_x(X)
    assert 0.1 < np.abs(scaled).max() / 5 < 10 or x_unit in (1e15, 1e-13, 1.0)
    # the law of the scaled table, whatever those powers of ten came to
    own = parse("2*x0/x1 + 3*sqrt(x0)")
    for restored in (m.restore(own), m.in_user_units(own)):
        np.testing.assert_allclose(evaluate(restored, X), evaluate(own, scaled) * m.y, rtol=1e-9)


def test_ordinary_data_are_left_alone():
    m = Magnitudes.of(BASE * [1e6, 1e-6], BASE[:, 0] * 1e-11)
    assert m.ordinary and m.moderate
    law = parse("2*x0")
    assert m.scale_x(BASE) is BASE and m.restore(law) == law == m.in_user_units(law)


def test_parts():
    m = Magnitudes((1e200, 1.0), 1e3)
    assert m.columns([1]) == Magnitudes((1.0,), 1e3)
    assert not m.moderate and m.columns([1]).moderate
    assert m.undone().ordinary


def test_zeros_have_no_size():
    assert Magnitudes.of(np.zeros((3, 1)), np.zeros(3)).ordinary
