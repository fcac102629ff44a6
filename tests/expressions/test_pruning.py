"""Terms that never matter are left out; all others stay."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.pruning import prune
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.fit.polish import Polish
from sklearn_trm.objectives.squared import Squared

X = np.random.default_rng(0).uniform(1, 3, (60, 2))


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("x0 + 1e-14*sin(x1)", "x0"),
        ("1e-14*sin(x1) - x0", "-x0"),
        ("2e-15*cos(x0)*(x1 + 1e15*x0)", "2*x0*cos(x0)"),
        ("exp(x0 + 1e-15*x1)", "exp(x0)"),
    ],
)
def test_terms_of_rounding_go(text, short):
    assert to_text(prune(parse(text), X), precision=6) == short


@pytest.mark.parametrize("text", ["x0 + 1e-6*x1", "x0 - x1", "1e-15*x0", "sin(x0)*1e-13 + 1e-13"])
def test_all_others_stay(text):
    assert prune(parse(text), X) == parse(text)


def test_a_term_that_matters_on_one_row_stays():
    Z = np.vstack([X, [[1e13, 1.0]]])
    law = parse("1e-13*x0 + x1**2")
    assert prune(law, Z) == law and prune(law, X) == parse("x1**2")


def test_the_last_polish_writes_the_lean_law():
    clean = parse("x0*cos(x1)")
    y = evaluate(clean, X)
    law = parse("x0*cos(x1) + 3e-17*sin(x0)*(x1 + 0.3)")
    front = Polish(Squared(X, y, None)).front([law], len(y))
    assert to_text(front.rows()[-1].node) == "x0*cos(x1)"
