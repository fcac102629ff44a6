"""One form for equal laws, numbers free."""

import numpy as np
import pytest

from sklearn_trm.curves.form import NoForm, column, form_of
from sklearn_trm.expressions.text import parse

ONE = np.ones(1)


def form(text):
    return form_of(parse(text), {0: column(0, ONE), 1: column(1, ONE)}, ONE)


def numbers(text):
    return np.array(form(text).numbers)[:, 0]


SAME = [
    ("4*x0/(3.1 + x0)", "1/(0.775/x0 + 0.25)"),
    ("2 + 2*tanh(x0/3)", "4/(1 + exp(-2*x0/3))"),
    ("3*cos(2*x0)**2", "1.5 + 1.5*sin(4*x0 + pi/2)"),
    ("1/cosh(x0)**2", "1 - tanh(x0)**2"),
    ("exp(2*log(x0))*x1", "x0**2*x1"),
    ("log(3*x0/x1)", "log(3) + log(x0) - log(x1)"),
    ("6*exp(17*x0/(243 + x0))", "6*exp(17)*exp(-4131/(243 + x0))"),
    ("2*(1 - exp(3 - x0))**2", "2 - 4*exp(3)*exp(-x0) + 2*exp(6 - 2*x0)"),
    ("sqrt(4*x0 + 8)", "2*sqrt(2)*(1 + x0/2)**0.5"),
    ("asin(-x0/3)", "-asin(x0/3)"),
    ("acos(x0)", "pi/2 - asin(x0)"),
    ("abs(6 - 2*x0)", "2*abs(x0 - 3)"),
    ("1.043**(x0 - 2)", "exp(log(1.043)*x0)/1.043**2"),
    ("x0**x1", "exp(x1*log(x0))"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equal_laws_have_one_form(one, other):
    assert form(one).skeleton == form(other).skeleton
    np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x0/(3 + x0)", "x0**2/(3 + x0)"),
        ("sqrt(x0 - 3)", "sqrt(3 - x0)"),
        ("sqrt(x0**2)", "x0"),
        ("log(-x0)", "log(x0)"),
        ("exp(x0)", "sin(x0)"),
        ("x0*x1", "x0/x1"),
        ("atan(x0)", "tanh(x0)"),
    ],
)
def test_other_laws_have_another(one, other):
    assert form(one).skeleton != form(other).skeleton or not np.allclose(
        numbers(one), numbers(other)
    )


@pytest.mark.parametrize(
    "text", ["1/0*x0", "exp(exp(exp(9)))*x0", "log(x0 - x0)", "(-2)**0.5*x0", "1/(x0 - x0)"]
)
def test_what_is_no_number_has_no_form(text):
    with pytest.raises(NoForm):
        form(text)


def test_many_settings_at_once():
    known = {0: column(0, np.ones(3)), 1: form_of(parse("7"), {}, np.ones(3))}
    out = form_of(parse("x1*x0/(2 + x0)"), known, np.ones(3))
    assert np.array(out.numbers).shape[1] == 3
    np.testing.assert_allclose(np.array(out.numbers)[:, 2], numbers("7*x0/(2 + x0)"))
