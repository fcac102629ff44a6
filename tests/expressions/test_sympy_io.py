"""sympy at the edge: values survive the way out and back; LaTeX is what one would write."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings

from sklearn_trm.errors import ParseError, UnknownOperatorError
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.sympy_io import from_sympy, to_latex, to_sympy
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import Node, walk
from tests.strategies import table, trees

sympy = pytest.importorskip("sympy")
X = table(low=0.2)

LAWS = [
    "2.5*x0 + 1.3",
    "x0**2/(2*pi)",
    "sqrt(x0**2 + x1**2)",
    "x0*x1/(x2*sqrt(1 + x0**2/x1**2))",
    "exp(-x0**2/2)/sqrt(2*pi)",
    "abs(x0 - x1)*log(x2)",
    "x0**x1 - 1/(exp(x2) - 0.5)",
    "asin(x0/4) + acos(x1/4) + atan(x2) + tan(x0/3)",
    "sinh(x0)*cosh(x1)*tanh(x2)",
    "-x0**3*sin(2*x1) + cos(x2)**2",
    "1.5**x0",
]


@pytest.mark.parametrize("law", LAWS)
def test_round_trip_gives_the_canonical_law(law: str) -> None:
    tree = canonical(parse(law))
    back = from_sympy(to_sympy(tree))
    np.testing.assert_allclose(evaluate(back, X), evaluate(tree, X), rtol=1e-12)
    assert canonical(back) == back


@settings(max_examples=60, deadline=None)
@given(trees)
def test_values_survive_where_sympy_stays_real(tree: Node) -> None:
    before = evaluate(canonical(tree), X)
    if not np.isfinite(before).all() or np.abs(before).max() > 1e6:
        return
    try:
        back = from_sympy(to_sympy(tree))
    except (ParseError, UnknownOperatorError):
        return  # a part that is complex on its own, or that sympy rewrote to sign or re
    after = evaluate(back, X)
    same = np.isfinite(after)
    moved = np.abs(evaluate(tree, X * (1 + 1e-13)) - before)
    same &= moved <= 1e-9 * np.abs(before) + 1e-12
    np.testing.assert_allclose(after[same], before[same], rtol=1e-6, atol=1e-9)


def test_symbols_are_plain_and_named() -> None:
    expr = to_sympy(parse("x0*x1"), names=["mass", "speed of light"])
    assert expr == sympy.Symbol("mass") * sympy.Symbol("speed of light")
    assert to_text(from_sympy(expr, names=["mass", "speed of light"])) == "x0*x1"


def test_clean_numbers_stay_exact() -> None:
    assert to_sympy(parse("x0*2*pi/3 + 1/3")) == 2 * sympy.pi * sympy.Symbol("x0") / 3 + (
        sympy.Rational(1, 3)
    )
    assert to_sympy(parse("1.3*x0")).atoms(sympy.Float) == {sympy.Float(1.3)}


def test_numbers_of_sympy_come_in() -> None:
    x = sympy.Symbol("x0", positive=True)
    expr = sympy.E * x + sympy.pi * sympy.sqrt(x) + sympy.log(x, 10) + sympy.cot(x) + sympy.sec(x)
    np.testing.assert_allclose(
        evaluate(from_sympy(expr), X),
        [float(expr.subs(x, v)) for v in X[:, 0]],
        rtol=1e-12,
    )


@pytest.mark.parametrize("text", ["9**99999*x0", "((10**9)**9)**9 + x0", "2**(3**9)*x0"])
def test_towers_of_numbers_do_not_start_exact_arithmetic(text: str) -> None:
    try:
        tree = parse(text)
    except ParseError:
        return
    assert to_sympy(tree) is not None


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda s: s.Symbol("q"), ParseError),
        (lambda s: s.I * s.Symbol("x0"), ParseError),
        (lambda s: s.zoo, ParseError),
        (lambda s: s.gamma(s.Symbol("x0")), UnknownOperatorError),
        (lambda s: s.Symbol("x0") > 0, UnknownOperatorError),
        (lambda s: None, ParseError),
        (lambda s: "__import__('os')", ParseError),
    ],
)
def test_what_is_no_law_is_refused(make, error: type[Exception]) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error):
        from_sympy(make(sympy))


@pytest.mark.parametrize(
    ("law", "names", "latex"),
    [
        ("2.50001*x0/x1", None, r"\frac{2.5 x_{0}}{x_{1}}"),
        ("sqrt(x0)", ["mass (kg)"], r"\sqrt{\mathrm{mass\ (kg)}}"),
        ("x0**2", ["a_b"], "a_{b}^{2}"),
        ("123456.789*x0", None, "123500 x_{0}"),
        ("1.23456789e-12*x0", None, r"1.235 \cdot 10^{-12} x_{0}"),
        ("x0/3", None, r"\frac{x_{0}}{3}"),
    ],
)
def test_latex(law: str, names: list[str] | None, latex: str) -> None:
    assert to_latex(parse(law), names) == latex


def test_latex_keeps_all_digits_on_request() -> None:
    assert "0.123456789" in to_latex(parse("0.123456789*x0"), precision=None)


def test_importing_the_module_does_not_import_sympy() -> None:
    code = "import sys, sklearn_trm.expressions.sympy_io; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_ops_all_have_a_counterpart() -> None:
    from sklearn_trm.expressions.operators import UNARY

    for name in UNARY:
        tree = parse(f"{name}(x0)")
        assert isinstance(to_sympy(tree), sympy.Expr)
        assert any(n.is_var for n in walk(from_sympy(to_sympy(tree))))


@pytest.mark.parametrize(
    ("law", "latex", "shown"),
    [
        (
            "30*exp(-0.03*(x0 - 18262)) + 5",
            r"30 e^{-0.03 \left(x_{0} - 18262\right)} + 5",
            "30*exp(27393/50 - 3*x0/100) + 5",
        ),
        ("x1 - 0.034561*(x0 + 1)", r"- 0.03456 \left(x_{0} + 1\right) + x_{1}",
         "-0.034561*x0 + x1 - 0.034561"),
        ("2*cbrt(x0)", r"2 \sqrt[3]{x_{0}}", "2*Abs(x0)**(4/3)/x0"),
        ("min(x0, 8)", r"\min\left(8, x_{0}\right)", "Min(8, x0)"),
    ],
)  # fmt: skip
def test_laws_as_people_write_them(law: str, latex: str, shown: str) -> None:
    assert to_latex(parse(law)) == latex
    assert str(to_sympy(parse(law))) == shown


def test_minima_come_back() -> None:
    law = parse("max(min(x0, x1), 2)")
    np.testing.assert_allclose(
        evaluate(from_sympy(to_sympy(law)), X), np.maximum(np.minimum(X[:, 0], X[:, 1]), 2)
    )
