"""Fits on both sides of every gap, against fits one by one."""

import numpy as np
import pytest

from sklearn_trm.search.solvers.segments import gaps_of, needed, sides, simplest


def test_running_sums_are_the_fits_of_each_side():
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(1000, 1001, 40))
    y, w = rng.standard_normal(40) + 50, rng.uniform(0.5, 2, 40)
    gaps = gaps_of(x)
    found = sides(x, y, w, gaps)
    for k, gap in enumerate(gaps):
        for rows, told in ((slice(0, gap), found.before[k]), (slice(gap, None), found.after[k])):
            r = np.polyfit(x[rows], y[rows], 1, w=np.sqrt(w[rows]))
            own = w[rows] @ (np.polyval(r, x[rows]) - y[rows]) ** 2
            np.testing.assert_allclose(told[2], own, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e9])
def test_the_simplest_number_is_in_its_interval(scale):
    rng = np.random.default_rng(0)
    for low in scale * rng.normal(size=50):
        high = low + scale * 10 ** rng.uniform(-6, 0)
        assert low < simplest(low, high) <= high
    assert simplest(1.0, 1.0) == 1.0


def test_numbers_that_rows_do_not_need_go():
    rng = np.random.default_rng(1)
    x = np.linspace(0, 5, 60)
    columns = np.array([x**0, x, np.sin(x)])
    c = needed(columns, 2 * x + 0.1 * rng.standard_normal(60), np.ones(60))
    assert c[0] == c[2] == 0.0 and abs(c[1] - 2) < 0.05
