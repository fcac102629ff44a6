"""Quick compiled fits: as the careful ones where those end, and never worse than the start."""

import numpy as np
import pytest
from hypothesis import given, settings

from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import constants
from sklearn_trm.search.descent import Descent, promising
from tests.strategies import table, trees

X = table(rows=60, low=0.3)
rng = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("start", "truth"),
    [
        ("1*x0 + 1*x1 + 1", "2*x0 - 3*x1 + 0.5"),
        ("1*exp(-0.7*x0) + 1", "2*exp(-0.5*x0) + 3"),
        ("x0**1.2*1", "3*x0**2.5"),
        ("1*sin(1.2*x0 + 0.1)", "2*sin(1.3*x0 + 0.4)"),
        ("x0/(x1 + 1)", "x0/(x1 + 2.5)"),
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_minimum_is_that_of_a_careful_fit(start, truth, weighted):
    y = evaluate(parse(truth), X) + 0.01 * rng.standard_normal(len(X))
    weight = rng.uniform(0.2, 2, len(X)) if weighted else None
    careful = fit_constants(parse(start), X, y, weight)
    node, loss = Descent(X, y, weight).fit(parse(start), 60)
    np.testing.assert_allclose(loss, careful.loss, rtol=1e-6)
    np.testing.assert_allclose(constants(node), constants(careful.node), rtol=1e-4)


@settings(max_examples=150, deadline=None)
@given(trees)
def test_no_step_makes_a_law_worse(law):
    y = np.sin(X[:, 0]) + X[:, 1]
    node, loss = Descent(X, y).fit(law, 10)
    with np.errstate(all="ignore"):
        before = float(np.mean((evaluate(law, X) - y) ** 2))
        after = float(np.mean((evaluate(node, X) - y) ** 2))
    if np.isfinite(loss):
        assert loss == pytest.approx(after, rel=1e-6, abs=1e-20)
        assert not np.isfinite(before) or after <= before * (1 + 1e-9) + 1e-20


def test_whole_exponents_of_what_changes_sign_stay():
    x = np.linspace(-2, 2, 50)[:, None]
    node, _ = Descent(x, 3 * x[:, 0] ** 3).fit(parse("1*x0**5"), 30)
    assert constants(node)[-1] == 5.0


def test_the_best_come_first_and_undefined_ones_do_not_come():
    laws = [parse(t) for t in ("1*x0", "1*exp(-1*x0)", "log(-1*x0)", "1*x0 + 1*x1")]
    y = 2 * X[:, 0] + 3 * X[:, 1]
    best = promising(laws, X, y, None, 2)
    assert to_text(best[0], precision=9) == "2*x0 + 3*x1" and len(best) == 2
    assert all("log" not in str(law) for law in promising(laws, X, y, None, 9))
