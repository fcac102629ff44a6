"""Where to measure next: information against a sum over all outcomes, and known designs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sklearn_trm.selection.design import grid, most_telling
from sklearn_trm.selection.doubt import Forecast

X = np.linspace(0.0, 1.0, 9)
POOL = np.linspace(-0.5, 2.0, 51)


def plain(values, noise, spare=1e6):
    """A law without constants."""
    n = len(values)
    return Forecast(np.array(values, float), np.zeros((0, n)), np.zeros((0, 0)),
                    np.broadcast_to(np.asarray(noise, float), (n,)), spare)  # fmt: skip


def polynomial(degree, coefficients, size=0.05):
    """A law that is linear in its constants, which 9 rows have told."""
    A = X[:, None] ** np.arange(degree + 1)
    B = POOL[:, None] ** np.arange(degree + 1)
    spread = np.linalg.inv(A.T @ A) * size**2
    return Forecast(B @ coefficients, B.T, spread, np.full(len(POOL), size), 1e6)


@pytest.mark.parametrize("apart, second", [(0.5, 1.0), (2.0, 1.0), (2.0, 3.0), (5.0, 0.5)])
def test_information_is_that_of_the_definition(apart, second):
    share = np.array([0.7, 0.3])
    y = np.linspace(-40, 40, 200_001)
    density = np.array([stats.norm.pdf(y, 0, 1), stats.norm.pdf(y, apart, second)]) + 1e-300
    whole = share @ density
    true = sum(p * np.trapezoid(f * np.log(f / whole), y)
               for p, f in zip(share, density, strict=True))  # fmt: skip
    laws = [plain([0.0], 1.0), plain([apart], second)]
    assert most_telling(share, laws, 1)[1][0] == pytest.approx(true, rel=0.03, abs=0.003)


def test_where_laws_part_and_noise_is_small():
    laws = [plain([0, 0, 0, 0], [1, 1, 9, 1]), plain([0, 1, 4, 3], [1, 1, 9, 1])]
    rows, gains = most_telling(np.array([0.5, 0.5]), laws, 4)
    assert rows[:2] == [3, 1]
    assert sum(gains) < np.log(2) and gains[0] == max(gains)


def test_of_rows_that_each_decide_the_one_where_laws_part_most():
    laws = [plain([0, 0, 0], 0.01), plain([1, 5, 2], 0.01)]
    assert most_telling(np.array([0.5, 0.5]), laws, 1)[0] == [1]


def test_a_second_row_beside_the_first():
    """A parabola that was fitted to rows of a line: after one far end, the other one."""
    laws = [polynomial(1, [0.0, 1.0]), polynomial(2, [0.02, 0.85, 0.12])]
    rows, gains = most_telling(np.array([0.5, 0.5]), laws, 2)
    assert POOL[rows[0]] == 2.0 and POOL[rows[1]] < 0
    # alone, the neighbour of the first row is worth nearly as much as it
    alone = [Forecast(f.values[1:], f.slopes[:, 1:], f.covariance, f.noise[1:], f.spare)
             for f in laws]  # fmt: skip
    assert most_telling(np.array([0.5, 0.5]), alone, 1)[1][0] > gains[1]


def test_laws_of_which_little_is_known_promise_less():
    share = np.array([0.5, 0.5])
    sure = most_telling(share, [plain([0.0], 1.0), plain([3.0], 1.0)], 1)[1][0]
    few = most_telling(share, [plain([0.0], 1.0, 2), plain([3.0], 1.0, 2)], 1)[1][0]
    assert 0.3 < few < sure


def test_no_law_differs():
    rows, gains = most_telling(np.array([0.5, 0.5]), [plain([1, 2], 1.0), plain([1, 2], 1.0)], 2)
    assert sorted(rows) == [0, 1] and max(gains) < 1e-12


def test_a_grid_has_the_ends_and_a_bounded_number_of_rows():
    ranges = [(float(j), j + 2.0) for j in range(9)]
    for used in ([], [3], [0, 8], [1, 2, 3], range(9)):
        rows = grid(ranges, list(used))
        assert 1 <= len(rows) <= 2000 and len(np.unique(rows, axis=0)) == len(rows)
        for j in range(9):
            ends = (j, j + 2) if j in used else (j + 1, j + 1)
            assert (rows[:, j].min(), rows[:, j].max()) == ends
