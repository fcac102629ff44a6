"""Every form of a law says what ``predict`` says: 200 laws of `python -m benchmarks truth`."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from benchmarks.latex import from_latex
from benchmarks.truth import Count, drawn, looked_at
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.sympy_io import to_latex, to_sympy
from sklearn_trm.expressions.text import parse

X = np.array([[1.5, 0.7], [-2.0, 3.0], [0.3, -1.2]])


def test_every_form_of_a_law_says_the_same(tmp_path):
    count = Count()
    looked_at(range(200), tmp_path, count, programs=False)
    assert not count.wrong
    assert count.laws["latex"] == count.laws["sql"] == 200
    assert max(count.worst.values()) < 1e-10


def test_a_wrong_form_is_seen(tmp_path, monkeypatch):
    monkeypatch.setitem(
        looked_at.__globals__["FORMS"], "law", lambda est, X: evaluate(est.law(), X) * (1 + 1e-9)
    )
    count = Count()
    looked_at(range(4), tmp_path, count, programs=False)
    assert {form for form, _, _ in count.wrong} == {"law"} and len(count.wrong) == 4


def test_a_law_is_drawn_by_its_number():
    assert drawn(7)[0] == drawn(7)[0] and drawn(7)[0] != drawn(9)[0]


@pytest.mark.parametrize(
    "law",
    [
        "(-0.5*(x0 + 0.5))**(x1/2)",  # a base without parentheses
        "cos(x1) - (-0.5)*(x0 - 1990)",
        "exp(-0.03*(x0 - 1990))**2 + 5",
        "log(x0)**2*sin(x1)**-3",
        "tan(1.5707963267948966 - x0)",
        "2*(x0 + 0.5)/(x1*(3*(x0 - 2.5)))",
    ],
)
def test_latex_is_read_as_it_is_meant(law):
    node = parse(law)
    again = from_latex(to_latex(node, ["mass", "r [m]"], None), ["mass", "r [m]"])
    np.testing.assert_allclose(evaluate(again, X), evaluate(node, X), rtol=1e-12)


def test_sympy_makes_no_parts_of_complex_numbers():
    for law in ("abs(exp(x0))", "abs(exp(sinh(cosh(x1))))*x0", "abs(2**(x0*x1))"):
        assert not to_sympy(parse(law)).has(sympy.re, sympy.im)


@pytest.mark.parametrize("text", ["", "x_{0", r"\operatorname{im}{x}", "2 +", r"\text{NaN}", "y"])
def test_latex_that_is_not_understood_is_no_guess(text):
    with pytest.raises(ValueError):
        from_latex(text, ["mass"])
