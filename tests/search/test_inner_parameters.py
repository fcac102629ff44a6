"""Functions with an inner constant: of every common function of the op table, named or not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erf

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.operators import BINARY, OPS, UNARY, all_names
from sklearn_trm.expressions.tree import walk
from sklearn_trm.search.factored import factored
from sklearn_trm.search.inner_parameters import inner_parameters, one_inner_parameter
from sklearn_trm.search.instructions import COMPILED
from sklearn_trm.search.outer import functions_of
from sklearn_trm.search.search import Problem, Search
from sklearn_trm.search.transforms import Target, target_transforms
from tests.search import alone

X = np.linspace(-3.0, 3.0, 60)[:, None]
COMMON = [name for name in all_names(1) if OPS[name].is_common]


def test_common_functions():
    assert [n for n in COMMON if OPS[n].default] == ["exp", "log", "sin", "cos", "tanh"]
    assert {n for n in ("exp", "sin", "tanh", "erf") if OPS[n].has_place} == {"tanh", "erf"}


@pytest.mark.parametrize("name", [name for name in COMMON if name != "log"])
def test_every_common_function_is_swept(name):
    ws = Search(Problem(X, X[:, 0], unary=[name], binary=["add", "mul"])).main
    rows = inner_parameters(ws, shapes=True)
    own = [i for i, node in enumerate(rows.nodes) if any(n.op == name for n in walk(node))]
    assert len(own) >= 16
    for i in own[::7]:
        np.testing.assert_allclose(rows.values[i], evaluate(rows.nodes[i], ws.X), rtol=1e-9)


def test_every_common_function_stands_outside_of_many_arguments():
    assert {name for name, _ in functions_of(all_names(1), BINARY)} >= set(COMMON)
    assert {name for name, _ in functions_of(UNARY, BINARY)} >= {
        n for n in COMMON if OPS[n].default
    }


@pytest.mark.parametrize("name", [n for n in all_names(1) if OPS[n].is_function and OPS[n].inverse])
def test_a_target_is_seen_through_the_inverse_of_every_function(name):
    inner = np.linspace(0.1, 0.8, 40) ** 2
    frames = target_transforms(Target(OPS[name].apply(np, inner)), [name], [], depth=1)
    assert any(np.allclose(f.values, inner) for f in frames)


def test_a_function_of_a_later_row_is_a_deep_factor():
    table = np.random.default_rng(0).uniform(0.5, 2.0, (80, 2))
    y = table[:, 1] ** 2 * erf(table[:, 0] * table[:, 1])
    ws = Search(Problem(table, y, unary=["exp", "erf"])).main
    laws = [law for law in factored(ws, [ws.root]) if law is not None]
    assert any(np.allclose(evaluate(law, table), y, rtol=1e-9) for law in laws)


def test_default_operators_are_compiled():
    assert set(COMPILED) == {*UNARY, *BINARY}


@pytest.mark.parametrize(
    ("truth", "text"),
    [
        (lambda x: 2.5 * erf(0.7 * x), "2.5*erf(0.7*x0)"),
        (lambda x: 1.5 - 0.5 * erf((x - 0.5) / 2), "1.5 - 0.5*erf(0.5*x0 - 0.25)"),
    ],
)
def test_erf_is_found_where_it_is_named(truth, text):
    operators = ["exp", "sin", "tanh", "sqrt", "erf"]
    est = TRMSymbolicRegressor(
        unary_operators=operators, model=None, random_state=0, time_limit=None, max_steps=400
    )
    assert str(est.fit(X, truth(X[:, 0])).expr_) == text


@pytest.mark.parametrize(
    "text",
    [
        "x1 + 0.5*exp(-0.73*x0)",
        "(x0 - 2*x1)/(x1 + 4.7) + 3*x0",
        "3*exp(-(x0 - 1.31)**2/0.47) + x1",
        "2*tanh((x1 + 0.43)/0.71) - 1",
    ],
)
def test_one_inner_constant_or_shape(text):
    alone.exact(text, lambda ws: one_inner_parameter(ws, [ws.root]), alone.X[:, :2])


@pytest.mark.parametrize(
    "text", ["x0*cos(1.2364273*x0)", "2.3*x0**2*exp(-0.731*x0) + 0.4", "cos(1.2364273*x0)/x1"]
)
def test_a_dial_times_a_monomial(text):
    """On a range so short that many wrong functions come as near."""
    table = np.random.default_rng(5).uniform(0.25, 1.25, (200, 1 + ("x1" in text)))
    alone.exact(text, lambda ws: one_inner_parameter(ws, [ws.root]), table)
