"""What trusted terms leave."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.operators import BINARY, UNARY
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import var
from sklearn_trm.search.residual_views import ResidualViews, rests_of_laws
from sklearn_trm.search.search import Search
from sklearn_trm.search.transforms import target_transforms
from sklearn_trm.task.problem import Problem
from tests.search.alone import X, exact


@pytest.mark.parametrize(
    "text",
    [
        "x0*x1 + x0 + x2 + sqrt(0.1*x0/x1 + x2)", "x1 + x2 + log(x0*(x1 + x0**2 + x2))",
        "x0*x2 - x1 + 1/(x0 + x1*x2)",
    ],
)  # fmt: skip
def test_what_trusted_terms_leave_is_a_problem_of_its_own(text):
    table = np.random.default_rng(3).uniform(1, 6, (80, 3))

    def stage(ws):
        residual_views = ResidualViews(ws, target_transforms(ws.root, UNARY, BINARY, 1))
        yield from residual_views.quick()
        yield from residual_views.products()

    exact(text, stage, table)


def test_terms_of_inexact_laws_are_trusted_where_a_fit_is_sure_of_them():
    y = evaluate(parse("x0*sin(x1) + 2*x2 + 0.1*sqrt(x0**2 + x1**2)"), X)
    main = Search(Problem(X, y)).main
    laws = [str(rest.wrap(var(0))) for rest in rests_of_laws(main, [parse("1.01*x0*sin(x1) + x2")])]
    assert "x0*sin(x1) + 2*x2 + x0" in laws or "2*x2 + x0*sin(x1) + x0" in laws
