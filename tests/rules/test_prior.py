"""The prior of laws: nats of operators, nesting, and what users add."""

import math

import numpy as np
import pytest

from sklearn_trm.errors import DataError, UnknownOperatorError
from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.user_operators import Operator
from sklearn_trm.rules.prior import NATS_INSIDE, NATS_LEVEL, NATS_UNSCALED, by_operator, prior


def nats(*names):
    return pytest.approx(sum(OPS[name].nats for name in names))


def test_operators_pay_and_leaves_do_not():
    assert prior(parse("2.5")) == 0.0 and prior(parse("2.5*x3")) == nats("mul")
    assert prior(parse("2.5*x0 + 3*x1/x2")) == nats("mul", "add", "mul", "div")


def test_a_function_pays_for_each_function_that_it_stands_in():
    # x0/x1 is a pure number: no scale is missing
    own = prior(parse("exp(x0/x1)")) + OPS["sin"].nats + OPS["tanh"].nats
    assert prior(parse("exp(sin(tanh(x0/x1)))")) == pytest.approx(own + 3 * NATS_INSIDE)
    # powers are no such functions, and what stands side by side is not inside
    assert prior(parse("3*exp(2*sqrt(x0**2))")) == nats("mul", "exp", "mul", "sqrt", "square")
    assert prior(parse("3*exp(2*x0)*sin(3*x0)")) == nats("mul", "exp", "mul", "sin", "mul", "mul")
    assert prior(parse("exp(2*sin(x0) + 1)")) == pytest.approx(
        NATS_INSIDE + NATS_UNSCALED
        + sum(OPS[name].nats for name in ("exp", "add", "mul", "sin"))
    )  # fmt: skip


def test_a_missing_number_is_paid_like_its_product():
    assert prior(parse("3*sin(x0)")) == prior(parse("3*sin(1.7*x0)")) == nats("mul", "sin", "mul")
    # the unit of the target, which only an exponential may hide in a term
    assert prior(parse("log(2*x0 + 3)")) == prior(parse("4*log(2*x0 + 3)"))
    assert prior(parse("sin(2*x0)")) == prior(parse("4*sin(2*x0)"))
    assert prior(parse("exp(2*x0 + 3)")) == nats("exp", "mul", "add")
    assert prior(parse("sqrt(x0)")) == prior(parse("3*sqrt(x0)"))
    assert prior(parse("x0 + 3")) == prior(parse("2*x0 + 3"))
    assert prior(parse("x0/x1")) == nats("div")  # units of columns may make that of the target
    assert prior(parse("2*x0 + x0**2")) == prior(parse("2*x0 + 3*x0**2"))
    assert prior(parse("3*exp(-x0/x1)")) == nats("mul", "exp", "neg", "div")
    assert prior(parse("2*log(x0)")) == nats("mul", "log")  # its scale is a term beside it


def test_exponents_beyond_those_of_textbooks_pay():
    usual, growth = prior(parse("2*x0**-3.7")), prior(parse("5.8e-109*x0**33"))
    assert usual == nats("mul", "pow")
    assert usual < prior(parse("3*exp(0.02*x0)")) < growth


def test_the_level_of_a_polynomial_is_usual():
    assert prior(parse("2*x0 + 3")) - NATS_LEVEL == nats("mul")
    assert prior(parse("2*(x0 - 1)**2 + 3")) - NATS_LEVEL == nats("mul", "square", "sub")
    assert prior(parse("2*exp(3*x0) + 3")) == nats("mul", "exp", "mul", "add")
    assert prior(parse("2*x0 + 5*x1 + 3")) == nats("mul", "add", "mul", "add")


def test_references_are_free():
    about = parse("30*exp(-0.03*(x0 - 18262)) + 5")
    assert prior(about) == pytest.approx(prior(parse("30*exp(-0.03*x0) + 5")))


def test_textbook_laws_come_before_their_look_alikes():
    decay = prior(parse("5*exp(-1.3*x0) + 2"))
    assert decay < prior(parse("7/exp(atan(x0)) + 0.1*x0"))
    assert decay < prior(parse("2.5*sin(x0) + 0.1*exp(cos(x0))"))


def test_users_shift_it():
    law = parse("sin(x0) + sin(x1)*exp(x0)")
    assert prior(law, {"sin": 2.0, "tanh": 7.0}) == pytest.approx(prior(law) + 4.0)
    assert prior(law, {"sin": -5.0}) == pytest.approx(prior(law) - 10.0)
    assert prior(law, {"exp": math.inf}) == math.inf
    assert prior(law, lambda law: np.float32(1.5)) == pytest.approx(prior(law) + 1.5)
    assert prior(law, {}) == prior(law)
    assert by_operator({"ln": 1, "+": 0.5}) == {"log": 1.0, "add": 0.5}


def test_a_user_operator_has_a_prior():
    own = Operator("cube_root", numpy=np.cbrt)
    law = parse("exp(x0/x1)")
    law = type(law)(own, (law,))
    assert prior(law) == pytest.approx(own.op.nats + prior(law.children[0]) + NATS_INSIDE)
    assert prior(law, {own: 1.0}) == pytest.approx(prior(law) + 1.0)


@pytest.mark.parametrize("shift", [
    {"sin": math.nan}, {"sin": -math.inf}, {"sin": -6.0}, {"sin": "2"}, {"sin": True},
    {"log": 1.0, "ln": 1.0}, 2.0, "sin", lambda law: math.nan, lambda law: -math.inf,
    lambda law: None,
])  # fmt: skip
def test_impossible_priors_are_told(shift):
    with pytest.raises(DataError):
        prior(parse("sin(x0)"), shift)


def test_an_unknown_operator_is_told_by_name():
    with pytest.raises(UnknownOperatorError, match="sinus"):
        prior(parse("x0"), {"sinus": 1.0})
