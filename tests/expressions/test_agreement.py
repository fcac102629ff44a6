"""One law, whatever its form: texts, normal forms, derivatives and exports say the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings

from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.evaluate import Program, evaluate
from sklearn_trm.expressions.pruning import prune
from sklearn_trm.expressions.readable import readable
from sklearn_trm.expressions.shortening import shorten
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import Node, columns, walk
from sklearn_trm.expressions.writing import cost
from sklearn_trm.output.export import export, jax_callable, law_from_json
from tests.output.export.exported import DOUBLE, NAMES, Expected, X
from tests.strategies import in_double_precision, trees

FORMS = {
    "text": lambda law: parse(to_text(law)),
    "canonical": canonical,
    "shorten": lambda law: shorten(law, X),
    "readable": lambda law: readable(law, X),
    "canonical text": lambda law: parse(to_text(canonical(law))),
}


def values_of_source(law: Node) -> np.ndarray:
    scope: dict = {}
    exec(compile(export(law, NAMES, "numpy"), "law", "exec"), scope)  # our own text, in a test
    return np.asarray(scope["law"](X))


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60, deadline=None)
@given(law=trees)
def test_a_form_and_its_export_have_the_values_of_the_law(form: str, law: Node) -> None:
    # numbers whose power overflows are refused by the reader, and no law holds them
    numbers = [n for n in walk(law) if not columns(n)]
    assume(all(np.isfinite(evaluate(n, X)).all() for n in numbers))
    expected = Expected(law, DOUBLE)
    other = Expected(FORMS[form](law), DOUBLE)
    # where either multiplies rounding errors, nothing can be said
    edge = np.isnan(expected.spread) & np.isfinite(expected.values)
    assume(not edge.any())  # of a domain: the last bit decides
    expected.tame &= other.tame
    expected.spread = np.maximum(expected.spread, other.spread)
    expected.check(other.values, undefined=False)
    other.check(values_of_source(FORMS[form](law)))


@settings(max_examples=150, deadline=None)
@given(trees)
def test_a_second_time_changes_nothing(law: Node) -> None:
    assume(all(np.isfinite(evaluate(n, X)).all() for n in walk(law) if not columns(n)))
    once = canonical(law)
    assert canonical(once) == once
    text = to_text(parse(to_text(law)))  # the first reading may unite signs
    assert to_text(parse(text)) == text
    assert law_from_json(export(law, NAMES, "json")) == (law, NAMES)
    short = shorten(once, X)
    assert cost(short) <= cost(once)  # a symbol more may be worth rounder numbers
    assert cost(shorten(short, X)) <= cost(short)


@settings(max_examples=100, deadline=None)
@given(trees)
def test_a_pruned_law_is_almost_the_same(law: Node) -> None:
    expected = Expected(law, DOUBLE)
    assume(expected.tame.all())
    less = prune(law, X)
    size = np.abs(expected.values).max()
    other = Expected(less, DOUBLE)
    np.testing.assert_allclose(
        other.values, expected.values, rtol=1e-6, atol=1e-6 * size + 20 * expected.spread.max()
    )


@settings(max_examples=25, deadline=None)
@given(trees)
def test_derivatives_are_those_of_jax(law: Node) -> None:
    jax = pytest.importorskip("jax")
    program = Program(law)
    assume(len(program.constants) > 0)
    values, jac = program.values_and_jacobian(X, program.constants)
    with in_double_precision():
        form = jax_callable(law)
        assume(len(form["parameters"]) == len(jac))  # whole exponents are no parameters
        other = np.asarray(jax.jacobian(form["callable"], argnums=1)(X, form["parameters"])).T
    with np.errstate(all="ignore"):
        # at kinks, poles and the edges of domains a derivative is a matter of convention
        moved = [program.values(X, program.constants * (1 + h) + h) for h in (-1e-7, 1e-7)]
        smooth = np.isfinite(values) & np.isfinite(moved).all(axis=0) & (np.abs(values) < 1e6)
    for ours, theirs in zip(jac, other, strict=True):
        rows = smooth & np.isfinite(ours) & np.isfinite(theirs) & (np.abs(theirs) < 1e6)
        np.testing.assert_allclose(ours[rows], theirs[rows], rtol=1e-6, atol=1e-8)
