"""Values made of those of the parts are those of the programs that the solver runs."""

import numpy as np
import pytest

from sklearn_trm.expressions.operators import BINARY, UNARY
from sklearn_trm.search.solvers.skeletons import programs as P
from sklearn_trm.search.solvers.skeletons.grammar import Catalogue
from sklearn_trm.search.solvers.skeletons.values import Values, signatures

pytest.importorskip("numba")
rng = np.random.default_rng(0)


def of_program(some: Catalogue, number: int, x: np.ndarray, before: int):
    """Values and slopes of a known skeleton, as its program has them."""
    known, n = some._known, x.shape[1]
    code, length = known.codes[number], int(known.lengths[number])
    count = int(known.counts[number])
    c, R = np.zeros(P.CONSTANTS + 1), np.empty((length, n))
    D, moves = np.zeros((length, P.CONSTANTS + 1, n)), np.zeros((length, 4), dtype=bool)
    P.start(code, length, x, some._point[2 * before :], c, R)
    P.slopes(code, length, count, c, R, D, moves)
    return R[-1], D[-1, :count]


@pytest.mark.parametrize("positive", [[True], [False], [True, False]])
@np.errstate(all="ignore")
def test_values_and_slopes_are_those_of_programs(positive):
    some = Catalogue(UNARY, BINARY, positive)
    some.reach(3000)
    values = some._every_value()
    x = values._rows[: len(positive)]
    for number in rng.integers(0, len(some._known), 300):
        count = int(some._known.counts[number])
        for before in range(P.CONSTANTS + 1 - count if count else 1):
            curve = values.of(np.array([number]), np.array([before]))
            expected, slopes = of_program(some, number, x, before)
            np.testing.assert_allclose(curve.values[0], expected, rtol=1e-5)
            got = curve.slopes[0, before : before + count]
            there = np.isfinite(expected)  # a program's slopes are zero where it has no value
            np.testing.assert_allclose(got[:, there], slopes[:, there], rtol=1e-4, atol=1e-7)


def test_signatures_know_scale_level_and_superfluous_constants():
    n = 24
    x = rng.uniform(1.0, 2.0, n)
    probe = rng.standard_normal((2, n))
    held = Values(np.vstack([x, 3.0 * x - 2.0, -x, x**2, np.full(n, 2.0)]))
    marks, good = signatures(held.of(np.arange(5), np.zeros(5, dtype=int)), probe)
    assert good.tolist() == [True, True, True, True, False]  # a constant is no skeleton
    np.testing.assert_allclose(marks[1], marks[0], rtol=1e-9)
    np.testing.assert_allclose(marks[2], marks[0], rtol=1e-9)
    assert np.abs(marks[3] - marks[0]).min() > 1e-3
