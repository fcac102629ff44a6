"""Forms of groups: laws with free numbers, and curves."""

import itertools

import numpy as np

from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.fit.group_forms import Form, curves, scaled_terms


def test_curves_with_a_level_and_from_zero():
    x = np.linspace(0.0, 5.0, 9)
    found = list(itertools.islice(curves(x, 1, ["exp"], ["add", "sub", "mul", "div"]), 120))
    keys = [Form.of(law).key for law in found]
    for text in ("2*x1 + 3", "2*exp(1.3*x1) + 3", "2*(1 - exp(1.3*x1))", "2*x1/(x1 + 1.3)"):
        assert Form.of(parse(text)).key in keys, text


def test_scaled_terms():
    texts = {
        "x0 + 2": "1.37*x0 + 2", "exp(-x0)": "1.37*exp(-x0)", "1/x0": "1.37/x0",
        "3*x0/(x0 + 1)": "3*x0/(x0 + 1)", "x0**2 - 1": "1.37*x0**2 - 1.37",
    }  # fmt: skip
    assert {text: to_text(scaled_terms(parse(text))) for text in texts} == texts


def test_forms_are_equal_up_to_their_fitted_numbers():
    one, other = (Form.of(parse(t)) for t in ("2*x0**2 + 3", "5*x0**2 + 4"))
    assert one.key == other.key and one.free == (0, 1)
    assert Form.of(parse("2*x0**1.5 + 3")).key != Form.of(parse("2*x0**2.5 + 3")).key
