"""One definition of exact, in the order that its derivation needs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_trm.expressions import exactness as E


def test_what_is_looser_is_larger():
    eps = np.finfo(float).eps
    assert eps < E.ROUNDING < E.OFFSET < E.NO_CHANCE < E.FOUND < E.CHOSEN < E.SCREENED


sizes = st.floats(1e-12, 1e12)


@given(sizes, sizes, sizes)
def test_the_unit_of_the_target_does_not_matter(spread, scale, unit):
    one, other = E.exact_loss(spread, scale), E.exact_loss(unit * spread, unit * scale)
    assert other == pytest.approx(unit**2 * one, rel=1e-9)


def test_a_small_change_on_a_large_offset_is_only_known_to_its_rounding():
    x = np.linspace(0, 1, 100)
    y = 1e6 + 1e-3 * x  # of which float64 keeps seven digits
    rounding = np.mean((y - (np.float64(1e6) + np.float64(1e-3) * x)) ** 2) + np.mean(
        (np.spacing(y) / 2) ** 2
    )
    assert rounding < E.exact_loss(float(np.std(y)), float(np.sqrt(np.mean(y**2))))
    assert E.exact_loss(1.0, 1.0) < np.mean((1e-8 * x) ** 2)
