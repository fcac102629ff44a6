"""Operators as users of other systems spell them."""

import numpy as np
import pytest
from scipy import special

from sklearn_trm import Operator
from sklearn_trm.errors import UnknownOperatorError
from sklearn_trm.expressions.operators import BINARY, UNARY
from sklearn_trm.expressions.spellings import read_operators


@pytest.mark.parametrize(
    ("spelled", "arity", "meant"),
    [
        (["inv(x) = 1/x", "square(x) = x^2", "sq(x)=x*x", "c(t) = t^3"], 1,
         ("inv", "square", "cube")),
        (["sqrt", np.exp, "arcsin", "reciprocal", "negative", "absolute"], 1,
         ("sqrt", "exp", "asin", "inv", "neg", "abs")),
        (["-", "log", " ln "], 1, ("neg", "log")),
        (["+", "plus", "*", "mult", "multiply", "/", "^", np.power], 2,
         ("add", "mul", "div", "pow")),
        (["f(a, b) = a - b", "sub"], 2, ("sub",)),
        (["erf", special.erf, "e(x) = erf(x)"], 1, ("erf",)),  # none of the default ones
        (None, 1, UNARY),
        (None, 2, BINARY),
        ([], 1, ()),
    ],
)  # fmt: skip
def test_spellings(spelled, arity, meant):
    assert read_operators(spelled, arity) == meant


def test_own_operators_stay():
    own = Operator("cbrt", numpy=np.cbrt)
    assert read_operators([own, "sin"], 1)[0] is own


@pytest.mark.parametrize(
    ("spelled", "arity", "message"),
    [
        (["cbrt"], 1, r"Operator\('cbrt', numpy=np.cbrt\)"),
        (["hypot"], 2, r"Operator\('hypot', numpy=np.hypot, arity=2\)"),
        (["where"], 2, "not binary, give it in unary_operators"),
        (["gelu"], 1, "unknown operator 'gelu'.*define your own"),
        (["plus"], 1, "not unary, give it in binary_operators"),
        ([np.sin], 2, "not binary, give it in unary_operators"),
        (["gauss(x) = exp(-x^2)"], 1, r"Operator\('gauss', numpy=lambda x: ...\)"),
        (["step(x) = x > 0 ? 1 : 0"], 1, r"Operator\('step', numpy=lambda x: ...\)"),
        (["f(a, b) = a*b"], 1, "takes 2 operands"),
        ("sin", 1, "not one text"),
        ([3], 1, "unknown operator 3"),
    ],
)
def test_what_is_none(spelled, arity, message):
    with pytest.raises(UnknownOperatorError, match=message):
        read_operators(spelled, arity)
