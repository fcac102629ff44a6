"""Operators of a user: found, evaluated, printed, parsed, pickled; clear errors elsewhere."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_trm import Operator, TRMSymbolicRegressor
from sklearn_trm.errors import ExportError, FileError, ParseError, UnknownOperatorError
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.evaluate import Program, evaluate
from sklearn_trm.expressions.operators import OPS, UNARY
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.search.builders import loosen

X = np.random.default_rng(0).uniform(0.5, 3.0, (120, 2))
FAST = {"model": None, "random_state": 0, "time_limit": 3.0}


def softplus(a):
    return np.log1p(np.exp(a))


def inverse_softplus(v):
    return np.log(np.expm1(v))


def jax_softplus(a):
    import jax.numpy as jnp

    return jnp.log1p(jnp.exp(a))


SOFTPLUS = Operator("softplus", numpy=softplus, inverse=inverse_softplus, jax=jax_softplus)
BOXED = Operator("boxed", numpy=np.tanh)
LARGER = Operator("larger", numpy=np.maximum, arity=2)


def test_it_is_found_and_used():
    y = 2.5 * softplus(X[:, 0] - X[:, 1]) + 1
    unary = ["exp", SOFTPLUS]
    est = TRMSymbolicRegressor(unary_operators=unary, binary_operators=["+", "-", "*"], **FAST)
    est.fit(X, y)
    assert "softplus(" in est.expr_ and est.score(X, y) > 1 - 1e-12
    again = pickle.loads(pickle.dumps(est))
    np.testing.assert_array_equal(again.predict(X), est.predict(X))
    copy = clone(est)
    assert copy.unary_operators == unary and copy.unary_operators[1].op is SOFTPLUS.op
    assert "softplus" in str(est.sympy_expr_) and "softplus" in est.latex()
    f = est.jax()
    np.testing.assert_allclose(f["callable"](X, f["parameters"]), y, rtol=1e-4)
    np.testing.assert_allclose(est.equations_.lambda_format.iloc[-1](X), y)
    guess = TRMSymbolicRegressor(unary_operators=unary, **FAST | {"time_limit": 0.5})
    assert guess.fit(X, y, guesses=["2*softplus(x0 - 2*x1)"]).score(X, y) > 1 - 1e-12


def test_through_its_inverse():
    y = softplus(0.3 * X[:, 0] ** 2 / X[:, 1])
    est = TRMSymbolicRegressor(unary_operators=[SOFTPLUS], **FAST).fit(X, y)
    assert est.expr_.startswith("softplus(") and est.score(X, y) > 1 - 1e-12


def test_two_operands():
    y = 3 * np.maximum(X[:, 0], X[:, 1]) + X[:, 0]
    est = TRMSymbolicRegressor(binary_operators=["+", "*", LARGER], unary_operators=[], **FAST)
    est.fit(X, y)
    assert "larger(x0, x1)" in est.expr_ and est.score(X, y) > 1 - 1e-12


def test_nothing_leaks():
    assert "softplus" not in OPS and "softplus" not in UNARY
    with pytest.raises(UnknownOperatorError):
        TRMSymbolicRegressor(unary_operators=["softplus"], **FAST).fit(X, X[:, 0])
    with pytest.raises(ParseError, match="softplus"):
        parse("softplus(x0)")


def test_texts_values_and_derivatives():
    law = parse("2*boxed(3*x0 - x1) + larger(x0, 2)", operators=[BOXED, LARGER])
    assert parse(to_text(law), operators=[BOXED, LARGER]) == law
    assert canonical(canonical(law)) == canonical(law)
    np.testing.assert_allclose(evaluate(canonical(law), X), evaluate(law, X))
    like = parse("2*tanh(3*x0 - x1)")
    own = parse("2*boxed(3*x0 - x1)", operators=[BOXED])
    c = np.array([2.0, 3.0])
    _, exact = Program(like).values_and_jacobian(X, c)
    _, ours = Program(own).values_and_jacobian(X, c)
    np.testing.assert_allclose(ours, exact, atol=1e-9)


def test_where_it_is_written_and_where_not(tmp_path):
    est = TRMSymbolicRegressor(unary_operators=[BOXED], **FAST | {"time_limit": 0.5})
    est.fit(X, np.tanh(X[:, 0]), guesses=["boxed(x0)"])
    assert est.expr_ == "boxed(x0)"
    for target in ("c", "rust", "sql", "python", "numpy", "torch", "excel"):
        assert "tanh(" in est.export(target).lower()  # recorded from its NumPy function
    with pytest.raises(ExportError, match="boxed"):
        est.export("json")
    with pytest.raises(ExportError, match="jax="):
        est.jax()["callable"](X, np.array([]))
    with pytest.raises(FileError, match="pickle"):
        est.save(tmp_path / "law.json")


def test_the_network_leaves_it_to_the_search():
    est = TRMSymbolicRegressor(
        unary_operators=[SOFTPLUS, "exp"], time_limit=None, max_steps=2, random_state=0
    )
    est.fit(X, softplus(X[:, 0]), guesses=["softplus(x0)"])
    assert est.expr_ == "softplus(x0)"


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("sin", {"numpy": np.sin}, "taken"), ("x3", {"numpy": np.sin}, "taken"),
        ("a b", {"numpy": np.sin}, "letters"), ("f", {"numpy": np.sum}, "one value"),
        ("f", {"numpy": abs, "arity": 3}, "arity"), ("f", {"numpy": None}, "numpy="),
        ("f", {"numpy": np.sin, "complexity": 0}, "complexity"),
    ],
)  # fmt: skip
def test_errors(name, parameters, message):
    with pytest.raises(ValueError, match=message):
        Operator(name, **parameters)


def test_a_pickle_from_before_a_row_of_its_name_keeps_its_own_meaning():
    """A later version may have a row that is called as a user's operator was."""
    with pytest.raises(ValueError, match="'erf' is taken"):
        Operator("erf", numpy=np.tanh)
    rebuild, (name, given) = BOXED.__reduce__()
    assert name == "boxed"
    old = rebuild("erf", given)
    assert old == "erf_" and old not in OPS
    law = parse("2*erf_(x0)", operators=[old])
    np.testing.assert_array_equal(evaluate(law, X), 2 * np.tanh(X[:, 0]))


def test_both_operands_stay_when_a_law_is_loosened():
    law = parse("3*larger(boxed(x0), x1)", operators=[LARGER, BOXED])
    np.testing.assert_array_equal(evaluate(loosen(law), X), evaluate(law, X))
