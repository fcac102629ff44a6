"""Pair scans: the very pairs that brute force ranks first."""

import itertools

import numpy as np
import pytest

from sklearn_trm.search import scan


@pytest.fixture(params=["compiled", "numpy"])
def kernels(request, monkeypatch):
    if request.param == "numpy":
        monkeypatch.setattr(scan, "pair_kernel", lambda: scan._kernel_numpy)


def rows(count=24, n=40, seed=0):
    rng = np.random.default_rng(seed)
    R = rng.standard_normal((count, n))
    R /= np.sqrt((R * R).sum(axis=1))[:, None]
    t = R[3] + 0.5 * R[7] - 0.8 * R[11] + 0.05 * rng.standard_normal(n)
    t /= np.sqrt(t @ t)
    return R, t


def left(R, t, chosen):
    c, *_ = np.linalg.lstsq(R[list(chosen)].T, t, rcond=None)
    r = t - c @ R[list(chosen)]
    return float(r @ r)


def ranked(R, t, size):
    every = itertools.combinations(range(len(R)), size)
    return sorted((left(R, t, chosen), chosen) for chosen in every)


def test_pairs(kernels):
    R, t = rows()
    i, j, loss = scan.best_pairs(R @ R.T, R @ t, 10, 0.99)
    wanted = ranked(R, t, 2)[:10]
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == [pair for _, pair in wanted]
    np.testing.assert_allclose(loss, [e for e, _ in wanted], rtol=1e-9)


def test_a_full_buffer_keeps_the_best(kernels):
    R, t = rows(60)
    _, _, loss = scan.best_pairs(R @ R.T, R @ t, 3, 0.999, buffer=100)
    np.testing.assert_allclose(loss, [e for e, _ in ranked(R, t, 2)[:3]], rtol=1e-9)


def test_rows_that_repeat_each_other_are_no_pair(kernels):
    R, t = rows(12)
    R = np.vstack([R, R[3]])
    i, j, _ = scan.best_pairs(R @ R.T, R @ t, 100, 1.0)
    assert (3, 7) in set(zip(i.tolist(), j.tolist(), strict=True))
    assert (3, 12) not in set(zip(i.tolist(), j.tolist(), strict=True))


def test_nothing_near_is_nothing_found(kernels):
    R, t = rows()
    assert all(len(part) == 0 for part in scan.best_pairs(R @ R.T, R @ t, 10, 1e-6))
