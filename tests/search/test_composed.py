"""Functions of rows that are fitted to a noisy target itself."""

import numpy as np
import pytest

from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.acceptance import Acceptance
from sklearn_trm.search.composed import compositions, functions
from sklearn_trm.search.noise import NoiseSearch
from sklearn_trm.task.problem import Problem

RNG = np.random.default_rng(0)
X = RNG.uniform(1, 3, (300, 2))
INNER = [parse(t) for t in ("x0", "x1", "x0*x1", "x0/x1", "x0**2 + x1", "x0 - x1**2")]
ROWS = np.array([evaluate(n, X) for n in INNER])


def best(y, unary=("sin", "exp", "tanh"), binary=("add", "sub", "mul", "div", "pow"), weight=None):
    found = compositions(
        ROWS, np.ones(len(ROWS), dtype=int), functions(unary, binary), X, [0, 1], y,
        np.ones(len(y)) if weight is None else weight, 5, len(ROWS), "div" in binary,
    )  # fmt: skip
    return [str(canonical(c.node(INNER[c.row]))) for c in list(found)[-1]]


@pytest.mark.parametrize(
    ("law", "text"),
    [
        ("2*sin(x0**2 + x1) - 7", "sin(x0**2 + x1)"),  # folds: no inverse shows the argument
        ("3*tanh(x0/x1)/x0", "tanh(x0/x1)/x0"),
        ("x1**2*exp(x1**2 - x0)/50", "x1**2*exp(x1**2 - x0)"),
        ("-5*(x0 - x1**2)**2", "(x0 - x1**2)**2"),
    ],
)
def test_the_true_composition_is_first(law, text):
    clean = evaluate(parse(law), X)
    y = clean + 0.1 * np.std(clean) * RNG.standard_normal(len(clean))
    assert best(y)[0] == str(canonical(parse(text)))


def test_rows_without_weight_do_not_count():
    y = evaluate(parse("sin(x0*x1)"), X)
    y[::3] = RNG.uniform(-50, 50, 100)
    weight = np.where(np.arange(300) % 3 == 0, 0.0, 1.0)
    assert best(y, weight=weight)[0] == "sin(x0*x1)"


def test_only_permitted_operators():
    y = evaluate(parse("tanh(x0/x1)/x0"), X)
    texts = best(y, binary=("add", "mul"))
    assert texts and not any(text.endswith("/x0") for text in texts)
    names = {f.name for f in functions(("cos",), ("add", "sub"))}
    assert names == {"cos"}


def test_a_table_that_is_not_noisy_is_not_scanned():
    acceptance = Acceptance(Problem(X, evaluate(parse("sin(x0*x1)"), X)))
    bench = NoiseSearch(acceptance, [0, 1]).benches[0]
    assert list(bench.composed(5)) == []
    acceptance.treat_as_noisy(True)
    laws = [law for law in bench.composed(5) if law is not None]
    assert "sin(x0*x1)" in {str(canonical(law)) for law in laws}
