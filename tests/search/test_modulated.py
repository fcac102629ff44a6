"""Deep laws ``A + s*B``: least squares for very many s."""

import numpy as np
import pytest

from sklearn_trm.search.modulated import Modulation, modulated
from sklearn_trm.search.search import Search
from sklearn_trm.task.problem import Problem
from tests.search.alone import X, exact


def test_modulation_is_least_squares():
    rng = np.random.default_rng(1)
    S, Z, t = (
        rng.standard_normal((5, 50)),
        rng.standard_normal((3, 50)),
        rng.standard_normal((2, 50)),
    )
    q = np.linalg.qr(rng.standard_normal((50, 2)))[0].T
    t -= (t @ q.T) @ q
    t /= np.linalg.norm(t, axis=1)[:, None]
    loss = Modulation(Z, q, t).loss(S)
    for s, row in zip(S, loss, strict=True):
        A = np.vstack([q, s * Z]).T
        rest = t.T - A @ np.linalg.lstsq(A, t.T, rcond=None)[0]
        np.testing.assert_allclose(row, (rest**2).sum(axis=0), rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "added", "most"),
    [
        ("x1 - (x0 + 2*x2)*sin(x0**2 + x1 - x2)", "affine", 0),
        ("x0*x1 - 0.5*x2*exp(-x0 - x1)", "curved", 0),
        ("(x0*x1 - x2)/(1 + x0**2)", "affine", 10),
    ],
)
def test_modulated(text, added, most):
    exact(text, lambda ws: modulated(ws, [ws.root], added, most))


def test_no_target_is_no_law():
    search = Search(Problem(X, X[:, 0]))
    assert list(modulated(search.main, [], "affine")) == []
