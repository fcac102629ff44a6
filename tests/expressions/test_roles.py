"""What each number in a law does."""

import numpy as np
import pytest
from hypothesis import given, settings

from sklearn_trm.expressions.evaluate import Program
from sklearn_trm.expressions.roles import offsets, references, roles, scales
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import constants
from tests.strategies import table, trees

X = table(low=0.5)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2*x0 + 1", ["linear", "linear"]),
        ("2*exp(-3*x0) + 1", ["linear", "inner", "linear"]),
        ("2*x0**1.5", ["linear", "exponent"]),
        ("x0/(x1 + 2)", ["inner"]),
        ("sin(2*x0 + 1)", ["inner", "inner"]),
    ],
)
def test_roles(text, wanted):
    assert roles(parse(text), X) == wanted


def test_an_exponent_of_what_is_negative_somewhere_is_fixed():
    assert roles(parse("x0**3.5"), -X) == ["fixed"]


@settings(max_examples=200, deadline=None)
@given(trees)
def test_a_law_is_affine_in_its_linear_numbers(law):
    own = np.array(constants(law))
    linear = [i for i, role in enumerate(roles(law, X)) if role == "linear"]
    assert len(scales(law, X)) == len(roles(law, X)) == len(own)
    if not linear:
        return
    step = np.zeros(len(own))
    step[linear] = np.random.default_rng(0).uniform(0.5, 2, len(linear))
    a, b, c = Program(law).values(X, np.stack([own - step, own, own + step]))
    with np.errstate(all="ignore"):
        bend, size = np.abs(a - 2 * b + c), np.abs(a) + np.abs(b) + np.abs(c)
    good = np.isfinite(size)
    assert (bend[good] <= 1e-9 * size[good] + 1e-300).all()


@pytest.mark.parametrize("text", ["30*exp(-0.03*(x0 - 18262)) + 5", "2*exp(1.5*(x0 - 3))"])
def test_a_reference_may_be_any_other(text):
    law = parse(text)
    (place,) = references(law)
    _, jac = Program(law).values_and_jacobian(X, np.array(constants(law)))
    others = np.delete(jac, place, axis=0)
    c, *_ = np.linalg.lstsq(others.T, jac[place], rcond=None)
    np.testing.assert_allclose(c @ others, jac[place], rtol=1e-8)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2*exp(60 - 0.03*x0)", [(2, 1, -2000.0)]),
        ("sin(1.2*x0 + 4) + x1", [(0, 1, 2000.0)]),
        ("exp(x0*0.5 - 3) + 5", [(0, 1, -2000.0)]),
        ("exp(7 + 2*x1 - (3*x0 + 4))", [(2, 0, -2000.0)]),
        ("exp(2*x1 + 7)", []),  # x1 is near its origin
        ("exp(2*x0)", []),
        ("exp(2*(x0 - 1990))", []),
    ],
)
def test_offsets_of_columns_far_from_their_origin(text, found):
    X = np.array([[1990.0, 1.0], [2010.0, 3.0]])
    assert offsets(parse(text), X) == found
