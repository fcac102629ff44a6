"""Scans find planted rows; the compiled and the NumPy kernel agree."""

import subprocess
import sys

import numpy as np

from sklearn_trm.search import scan
from sklearn_trm.search.retrieve import Basis, orthonormal

rng = np.random.default_rng(1)
ROWS = rng.standard_normal((300, 80))
FREE = np.vstack([np.ones(80), rng.standard_normal((2, 80))])


def test_orthonormal_spans():
    q = orthonormal(np.vstack([FREE, FREE[0] + FREE[1]]))
    assert q.shape == (3, 80)
    np.testing.assert_allclose(q @ q.T, np.eye(3), atol=1e-12)


def test_single_row_and_free_space():
    basis = Basis(ROWS, FREE)
    unit, share = basis.project(3.0 * ROWS[17] + 2.0 * FREE[1] - 5.0)
    assert 0 < share[0] < 1
    best = basis.singles(unit, 2)[0][0]
    assert best.rows == (17,) and best.loss < 1e-20


def test_pair_of_rows():
    basis = Basis(ROWS, FREE)
    unit, _ = basis.project(ROWS[5] - 0.3 * ROWS[250] + 1.0)
    hit = basis.pairs(unit[0], 300, 3, 0.01)[0]
    assert set(hit.rows) == {5, 250} and hit.loss < 1e-20


def test_weighted_rows():
    w = rng.uniform(0.1, 1, 80)
    basis = Basis(ROWS, FREE, w)
    unit, _ = basis.project(ROWS[9] + 2.0)
    assert basis.singles(unit, 1)[0][0].rows == (9,)


def test_free_and_repeated_rows_are_left_out():
    basis = Basis(np.vstack([ROWS[:3], 2 * ROWS[1], FREE[1:2]]), FREE)
    assert basis.index.tolist() == [0, 1, 2]


def test_kernels_agree(monkeypatch):
    basis = Basis(ROWS, FREE)
    unit, _ = basis.project(ROWS[5] - 0.3 * ROWS[250] + rng.standard_normal(80))
    C, c = basis.gram(300, np.float64), basis.unit @ unit[0]
    compiled = scan.best_pairs(C, c, 20, 0.8)
    monkeypatch.setattr(scan, "pair_kernel", lambda: scan._kernel_numpy)
    plain = scan.best_pairs(C, c, 20, 0.8)
    np.testing.assert_array_equal(compiled[0], plain[0])
    np.testing.assert_array_equal(compiled[1], plain[1])
    np.testing.assert_allclose(compiled[2], plain[2], rtol=1e-9)


def test_a_fit_without_numba():
    code = (
        "import sys; sys.modules['numba'] = None; import numpy as np;"
        "from sklearn_trm import TRMSymbolicRegressor as R;"
        "X = np.random.default_rng(0).uniform(1, 3, (100, 2));"
        "y = np.exp(X[:, 0]) + X[:, 0] * np.sin(X[:, 1]);"
        "print(R(model=None, time_limit=20, random_state=0).fit(X, y).stopped_)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=200, check=True
    )
    assert done.stdout.strip() == "exact"
