"""Openings of laws, what frequencies say of them, and what is known beyond."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_trm.expressions.text import parse
from sklearn_trm.network.refine import Refiner
from training.foresight import by_refiner, knowledge
from training.openings import N_CLASSES, Problem, forms, frequencies, name_of, opening


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("2*exp(-x0/x1) + 1", ["add", "const", "exp div"]),
        ("x2*7/(x0 + 1)", ["div", "x", "add"]),
        ("sqrt(x0)", ["sqrt x", "empty", "empty"]),
    ],
)
def test_an_opening_is_the_root_and_its_children(text, names):
    assert [name_of(c) for c in opening(parse(text))] == names


@pytest.mark.parametrize(
    ("a", "b"),
    [("3/x0", "3*(1/x0)"), ("log(3*x0)", "log(x0) + 2"), ("x0 - x1", "x0 + 2*x1"),
     ("exp(x0 + 1)*x1", "2*exp(x0)*x1"), ("sqrt(x0*x1)", "sqrt(x0)*sqrt(x1)"),
     ("2/x0**1.3", "x0**1.7"), ("exp(2 - exp(x0))", "5*exp(-exp(x0))")],
)  # fmt: skip
def test_equal_forms_share_an_opening(a, b):
    """Of laws that free numbers make equal, the openings of one are among those of the other."""
    first, second = ({opening(form) for form in forms(parse(t))} for t in (a, b))
    assert first & second


def test_frequencies_leave_the_law_itself_out():
    laws = ["x0 + 2*x1", "x0 + 3*x0*x1", "x1 + sin(x0)", "x0*x1"]
    openings = [[opening(parse(text))] for text in laws]
    root, whole = frequencies(openings)
    assert np.isfinite(root).all() and (whole < root).all()
    # three sums see two others among three; the product sees none
    assert np.exp(root[0]) == pytest.approx(2.5 / 4, rel=0.25)
    assert np.exp(root[3]) < 0.2
    again, _ = frequencies([*openings[:3], [openings[3][0], openings[0][0]]])
    assert again[3] > root[3]  # a second form that is common


@pytest.mark.slow
def test_the_refiner_gives_openings_probabilities():
    judge = by_refiner(Refiner.load())
    rng = np.random.default_rng(0)
    X = rng.uniform(1.0, 5.0, (60, 2))
    law = parse("x0*x1")
    problem = Problem((law, parse("x0 + x1"), parse("sin(x0)")), X, X[:, 0] * X[:, 1])
    p = judge([problem], [(0, form) for form in problem.forms])
    assert p.shape == (3, 3) and (p <= 1e-6).all()
    assert p[0, 0] > -0.7 > p[2, 0] and np.exp(p[:, 0]).sum() <= 1.0 + 1e-6


def test_knowledge_is_counted_beyond_frequencies():
    def sure(tables, rows):
        return np.zeros((len(rows), 3))

    def blind(tables, rows):
        return np.full((len(rows), 3), -np.log(N_CLASSES))

    found = knowledge("feynman", 0.0, 12, {"sure": sure, "blind": blind})
    assert found["sure"]["root"][0] == pytest.approx(-found["frequencies"][0], abs=0.7)
    assert found["sure"]["first three"][0] > found["sure"]["root"][0] > 0
    assert found["blind"]["root"][0] < 0
