"""Curves that begin at zero, beside those with a level of their own."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.search.acceptance import Acceptance
from sklearn_trm.search.solvers.skeletons.levels import without_level
from sklearn_trm.search.solvers.skeletons.solver import SkeletonSearch
from sklearn_trm.search.transforms import Target
from sklearn_trm.search.workspace import Workspace
from sklearn_trm.task.problem import Problem


@pytest.mark.parametrize(("law", "begins"), [
    ("4 - 13/(x0 + 3.4)", "4*(x0/(x0 + 3.4))"),
    ("2 - 3/(x0**1.7 + 5)", "2*(x0**1.7/(x0**1.7 + 5))"),
    ("5 - 4.8*exp(-0.3*x0)", "5*(1 - exp(-0.3*x0))"),
    ("2*cos(3*x0) - 1.9", "-1.9*(1 - cos(3*x0))"),
    ("3*x0 + 2", None), ("2 - exp(x0 - 1)", None), ("exp(x0)*x0", None), ("2 + sin(3*x0)", None),
])  # fmt: skip
def test_the_level_follows_from_the_other_numbers(law, begins):
    out = without_level(parse(law))
    assert (None if out is None else to_text(out)) == begins
    if out is not None:
        assert evaluate(out, np.array([[1e-12]]))[0] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("truth", "x", "noise"),
    [
        ("4*x0/(x0 + 3.1)", np.linspace(0.5, 12, 8), 0.03),
        ("5*exp(-1.3*x0) + 2", np.linspace(0, 5, 12), 0.05),  # the row of zero says most
    ],
)
def test_few_rows_and_all_of_them(truth, x, noise):
    X = x[:, None]
    y = evaluate(parse(truth), X) + noise * np.random.default_rng(1).normal(size=len(x))
    v = Acceptance(Problem(X, y))
    search = SkeletonSearch(Workspace(v, v.X, Target(v.y)), Target(v.y), [0])
    found = [law for law in search.batches(1000) if law is not None]
    errors = [np.mean((evaluate(law, X) - y) ** 2) for law in found]
    forms = [to_text(law) for law in found]
    mark = "x0/(x0 + " if "/" in truth else "exp(-1."
    assert any(mark in form and error < 4 * noise**2
               for form, error in zip(forms, errors, strict=True))  # fmt: skip
