"""Two curves of two columns: found one after the other, then polished together."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.acceptance import Acceptance
from sklearn_trm.search.solvers.skeletons.beside import Beside
from sklearn_trm.search.solvers.skeletons.pairing import MODELS, losses
from sklearn_trm.search.solvers.skeletons.separable import Separable
from sklearn_trm.search.transforms import Target
from sklearn_trm.search.turns import quietly
from sklearn_trm.search.workspace import Workspace
from sklearn_trm.task.problem import Problem

pytest.importorskip("numba")
X = np.random.default_rng(0).uniform(0.1, 6, (120, 3))


def _search(y, columns, stages):
    v = Acceptance(Problem(X[:, :columns], y))
    ws = Workspace(v, v.X, Target(v.y))
    laws = []
    for stage, _ in zip(Separable(ws).stages(), range(stages), strict=False):
        for law in quietly(stage):
            laws += [] if law is None else [law]
            if v.exact is not None:
                return v.exact, laws
    return None, laws


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("300 + 50*exp(-0.8*x0)*sin(2.1*x1) + 20*x2**2", 1),  # a product, and a third column
        ("(4 + 0.3*x0)*(1 + 0.5*sin(1.2*x1))", 1),  # a product of sums
        ("3*exp(-0.7*(x0 - 3)**2) + 0.8*exp(0.35*x1)", 1),  # a sum
        ("80*x0/(x0 + 1.2)*(1 - exp(-0.4*x1)) + 5", 1),
        ("6*exp(-0.4*x0)*cos(2.2*x1) + 1.5*x0", 2),  # beside a column
        ("92/(1 + 40*exp(-0.7*x0 - 0.9*x1))", 4),  # in the reciprocal
    ],
)
def test_two_curves(text, stages):
    columns = 3 if "x2" in text else 2
    exact, _ = _search(evaluate(parse(text), X[:, :columns]), columns, stages)
    assert exact is not None


def test_under_noise_superfluous_terms_are_left_out():
    truth = (4 + 0.3 * X[:, 0]) * (1 + 0.5 * np.sin(1.2 * X[:, 1]))
    noise = 0.02 * np.std(truth) * np.random.default_rng(1).standard_normal(120)
    _, laws = _search(truth + noise, 2, 1)
    best = min(laws, key=lambda law: np.std(evaluate(law, X[:, :2]) - truth))
    assert np.std(evaluate(best, X[:, :2]) - truth) < 0.3 * np.std(noise)
    assert str(best).count("x0") == str(best).count("x1") == 1


@pytest.mark.parametrize("rows", [3, 8, 20])
def test_few_rows_and_odd_values(rows):
    Z = X[:rows, :2]
    for y in (np.zeros(rows), np.arange(rows) * 1e100, np.full(rows, -3.0)):
        v = Acceptance(Problem(Z, np.asarray(y, float)))
        for stage in Separable(Workspace(v, v.X, Target(v.y))).stages():
            for _ in quietly(stage):
                pass


def test_losses_are_those_of_least_squares():
    rng = np.random.default_rng(1)
    x, z, root = rng.uniform(1, 2, 40), rng.uniform(1, 2, 40), rng.uniform(0.5, 2, 40)
    F, G = np.array([x, np.exp(x)]), np.array([z, np.sin(z)])
    Q = (root / np.sqrt(root @ root))[None]
    t = rng.standard_normal(40) * root
    t -= (Q @ t) @ Q
    left = losses(F, G, t, root, Q)
    for i in range(2):
        for j in range(2):
            terms = np.array([F[i], G[j], F[i] * G[j], np.ones(40)]) * root
            for m, model in enumerate(MODELS):
                A = terms[[*model, 3]].T
                rest = t - A @ np.linalg.lstsq(A, t, rcond=None)[0]
                assert left[m, i, j] == pytest.approx(rest @ rest / (t @ t), abs=1e-8)


def test_no_curve_and_one_curve_are_no_error(monkeypatch):
    """Where a target spans hundreds of decades no curve may have a value on all rows."""
    v = Acceptance(Problem(X[:, :2], np.exp(X[:, 0]) * X[:, 1]))
    ws = Workspace(v, v.X, Target(v.y))
    whole = Beside.curves
    for count in (0, 1):

        def some(self, *args, count=count):
            for found in whole(self, *args):
                yield None if found is None else found[np.arange(count)]

        monkeypatch.setattr(Beside, "curves", some)
        assert all(law is None for law in next(Separable(ws).stages())) or count
