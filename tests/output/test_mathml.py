"""Laws as MathML."""

from xml.etree import ElementTree

import pytest
from hypothesis import given

from sklearn_trm.expressions.text import parse
from sklearn_trm.output.mathml import equation, name_markup, symbols
from tests.strategies import trees

HOSTILE = ["<script>alert(1)</script>", "a&b", '"', "x" * 200, "مسافة", "$\\frac{}"]


def text_of(markup):
    return "".join(ElementTree.fromstring(f"<p>{markup}</p>").itertext())


@given(trees)
def test_every_law_is_wellformed(law):
    ElementTree.fromstring(f"<p>{equation('y', law, [f'x{i}' for i in range(9)])}</p>")


@pytest.mark.parametrize(
    "law, shown",
    [
        ("x0 - 2*x1", "y=a−2b"),
        ("-(a + b)*c", "y=−(a+b)c"),
        ("a - (b - c)", "y=a−(b−c)"),
        ("a*-3", "y=a(−3)"),
        ("(a + b)**2", "y=(a+b)2"),
        ("exp(-a)*log(b)", "y=e−aln(b)"),
        ("2e-7*a", "y=2×10−7a"),
        ("max(a, b)", "y=max(a,b)"),
        ("2*3.5*a", "y=2⋅3.5a"),
        ("2*(3.5*a)", "y=2⋅3.5a"),
    ],
)
def test_signs_and_brackets(law, shown):
    names = ["a", "b", "c"]
    node = parse(law) if "x0" in law else parse(law, names)
    plain = text_of(equation("y", node, names))
    assert "".join(c for c in plain if c not in "\u2061\u2062\n ") == shown


def test_a_term_may_stand_on_the_next_line():
    assert equation("y", parse("x0 + x1 - 3"), ["a", "b"]).count("</math>") == 3
    assert equation("", parse("x0*(x1 + 3)"), ["a", "b"]).count("</math>") == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_texts(name):
    assert text_of(name_markup(name)).strip("\u2068\u2069") == name
    (shown,) = symbols([name])
    assert shown == (name if len(name) <= 24 else "x0")


def test_a_symbol_is_no_other_name():
    assert symbols(["x1", "n" * 30, " "]) == ["x1", "x1_", "x2"]


def test_indices_and_exponents_stand_above_each_other():
    assert "<msubsup>" in equation("", parse("x0**2"), ["E_0"])
    assert equation("", parse("x0"), ["a[who]"]) == (
        '<math displaystyle="true"><msub><mi>a</mi><mtext>\u2068who\u2069</mtext></msub></math>'
    )
