"""Known structure with unknown parts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.errors import DataError, ParseError
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import columns, walk
from sklearn_trm.fit.template import Template
from sklearn_trm.fit.template_loop import smooth_parts

X = np.random.default_rng(0).uniform(0.5, 3.0, (200, 3))
NAMES = ["x0", "x1", "x2"]
FAST = {"model": None, "random_state": 0, "time_limit": 8}


def fitted(y, template, table=X, **options):
    return TRMSymbolicRegressor(**FAST | options).fit(table, y, template=template)


@pytest.mark.parametrize(
    ("template", "true"),
    [
        ("exp(f(x0, x1))/x2", "exp(sin(x0*x1) - x0)/x2"),  # inverted at once
        ("f(x0)**2 + x1", "(x0 + log(x0))**2 + x1"),
        ("f(x0) + g(x1)", "exp(sin(x0)) + x1**2*log(x1)"),
        ("f(x0, x1)*g(x2)", "(x0 + sin(x1))*(x2**2 + 1)"),
        ("f(x0)/(1 + g(x1, x2))", "x0*sin(x0)/(1 + x1*x2)"),
        ("a*f(x0, x1) + g(x2)", "2.5*sin(x0*x1) + sqrt(x2)"),
    ],
)
def test_the_parts_are_found(template, true):
    y = evaluate(parse(true), X)
    est = fitted(y, template)
    fresh = np.random.default_rng(1).uniform(0.5, 3.0, (100, 3))
    np.testing.assert_allclose(est.predict(fresh), evaluate(parse(true), fresh), rtol=1e-6)


def test_a_law_has_the_shape_of_its_template():
    """Only the smooth joint law needs x0 and x1 in one function; the template forbids it."""
    y = np.sin(X[:, 0] * X[:, 1]) + X[:, 2]
    est = fitted(y, "f(x0) + g(x1) + h(x2)", time_limit=1)
    for i in range(1, len(est.equations_)):
        law = est.law(i)
        for node in walk(law):
            if node.op not in ("add", "sub", "neg", "const", "var") and node.children:
                inner = [c for c in node.children if not c.is_const]
                assert len({j for c in inner for j in columns(c)}) <= 1, est.equations_.equation[i]


def test_noise():
    rng = np.random.default_rng(3)
    y = np.exp(-X[:, 0]) + X[:, 1] ** 2 + 0.02 * rng.standard_normal(200)
    est = fitted(y, "f(x0) + g(x1)")
    fresh = rng.uniform(0.5, 3.0, (100, 3))
    true = np.exp(-fresh[:, 0]) + fresh[:, 1] ** 2
    assert np.sqrt(np.mean((est.predict(fresh) - true) ** 2)) < 0.02


def test_names_weights_and_extreme_units():
    table = pd.DataFrame(X * [1.0, 1e150, 1.0], columns=["t", "mass", "z"])
    y = 1e80 * np.sin(X[:, 0]) * X[:, 2]
    weight = np.ones(200)
    y[:5], weight[:5] = 0.0, 0.0
    est = TRMSymbolicRegressor(**FAST).fit(table, y, sample_weight=weight, template="f(t)*g(z)")
    assert est.score(table[5:], y[5:]) > 1 - 1e-9


def test_without_a_clock_equal_seeds_give_equal_laws():
    y = np.sin(X[:, 0]) + X[:, 1] ** 2
    laws = {fitted(y, "f(x0) + g(x1)", time_limit=None, max_steps=2).expr_ for _ in range(2)}
    assert len(laws) == 1


def test_several_targets():
    y = np.column_stack([np.sin(X[:, 0]) + X[:, 1], X[:, 0] ** 2 - X[:, 1]])
    assert fitted(y, "f(x0) + g(x1)", time_limit=2).score(X, y) > 1 - 1e-9


def test_a_number_with_an_exponent_is_no_name():
    assert [p.name for p in Template.read("1e5*f(x0) + 2.5E-3*x1", NAMES).parts] == ["f"]


def test_constants_need_a_known_formula():
    with pytest.raises(DataError, match="template with unknown functions"):
        fit = TRMSymbolicRegressor(**FAST).fit
        fit(X, X[:, 0], template="a*f(x0)", constants={"a": 1.0})
    with pytest.raises(DataError, match="template="):
        fit(X, X[:, 0], constants={"a": 1.0})


def test_polynomials_of_all_parts_at_once():
    y = (1 + X[:, 0] ** 2) * X[:, 1] + 0.5 * X[:, 2]
    template = Template.read("f(x0)*g(x1) + a*x2", NAMES)
    f, g, a = smooth_parts(template, X, y).T
    np.testing.assert_allclose(f * g, (1 + X[:, 0] ** 2) * X[:, 1], rtol=1e-5)
    np.testing.assert_allclose(a, 0.5, rtol=1e-5)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("x0 + x1", "nothing unknown"),
        ("2*x0 + 3", "nothing unknown"),
        ("a*x7 + b", "x7 is no column"),
        ("a + b", "no column"),
        ("f(x0) + f(x1)", "twice"),
        ("f(x0 + 1)", "is none"),
        ("f(x9)", "is none"),
        ("f()", "is none"),
        ("f(x0) + f", "a part and a number"),
        ("a*f(x0) + a", "stands 2 times"),
        ("f(g(x0))", "has a part inside"),
        ("f(x0", "operator such as . is missing"),
        ("f(x0) +", "position"),
        (3, "a template is a text"),
    ],
)
def test_bad_templates(template, message):
    with pytest.raises(ParseError, match=message):
        fitted(X[:, 0], template)


@pytest.mark.parametrize("more", [{"loss": "absolute"}])
def test_other_objectives_are_refused(more):
    with pytest.raises(DataError, match="template"):
        fitted(X[:, 0], "f(x0)", **more)


def test_errors_of_rows_are_refused():
    with pytest.raises(DataError, match="template"):
        TRMSymbolicRegressor(**FAST).fit(X, X[:, 0], y_error=0.1, template="f(x0)")


def test_guesses_by_part():
    y = evaluate(parse("tanh(exp(-0.5*x0**2) + x1/(1 + cos(x0))) + x2**2"), X)
    steps = {"time_limit": None, "max_steps": 1}
    without = fitted(y, "f(x0, x1) + g(x2)", **steps)
    guesses = {"f": ["tanh(exp(-0.4*x0**2) + x1/(1.1 + cos(x0)))"]}
    with_it = TRMSymbolicRegressor(**FAST | steps).fit(
        X, y, guesses=guesses, template="f(x0, x1) + g(x2)"
    )
    assert without.score(X, y) < 1 - 1e-7 and with_it.score(X, y) > 1 - 1e-12


@pytest.mark.parametrize(
    ("guesses", "template", "message"),
    [
        (["x0"], "f(x0) + g(x1)", "laws by part"),
        ({"h": ["x0"]}, "f(x0) + g(x1)", "no part 'h'"),
        ({"f": ["x1"]}, "f(x0) + g(x1)", "x1"),
        ({"f": "x0"}, "f(x0) + g(x1)", "a list of laws"),
        ({"f": ["x0"]}, None, "need a template"),
    ],
)
def test_bad_guesses(guesses, template, message):
    with pytest.raises(ParseError, match=message):
        TRMSymbolicRegressor(**FAST).fit(X, X[:, 0], guesses=guesses, template=template)
