"""Every common function of the table of operators is searched, named or not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erf

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.operators import BINARY, OPS, UNARY, all_names
from sklearn_trm.expressions.tree import call, const, var
from sklearn_trm.search.instructions import COMPILED
from sklearn_trm.search.outer import functions_of
from sklearn_trm.search.solvers.skeletons.grammar import Catalogue
from sklearn_trm.search.transforms import Target, target_transforms

X = np.linspace(-3.0, 3.0, 60)[:, None]
COMMON = [name for name in all_names(1) if OPS[name].is_common]


def test_common_functions():
    assert [n for n in COMMON if OPS[n].default] == ["exp", "log", "sin", "cos", "tanh"]
    assert {n for n in ("exp", "sin", "tanh", "erf") if OPS[n].has_place} == {"tanh", "erf"}


@pytest.mark.parametrize("name", [name for name in COMMON if name != "log"])
def test_every_common_function_has_skeletons_with_a_constant_inside(name):
    some = Catalogue([name], ["add", "mul"], [True])
    some.reach(200)
    curves = [some.all.expression(i, [var(0)], np.full(4, 1.37)) for i in range(200)]
    assert call(name, const(1.37) * var(0)) in curves


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
