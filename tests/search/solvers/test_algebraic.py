"""Square roots of polynomials, by linear algebra."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.solvers.algebraic import quadratic_laws
from tests.search.alone import X


@pytest.mark.parametrize(
    "text", ["x0**2 - x1 - 2.2*sqrt(0.4*x0 - 0.2*x1 + 3)", "3*x1*sqrt(x0**2 + 1) + x0"]
)
def test_square_root_of_a_polynomial(text):
    y = evaluate(parse(text), X[:, :2])
    (law,) = quadratic_laws(X[:, :2], y, [0, 1])
    np.testing.assert_allclose(evaluate(law, X[:, :2]), y, rtol=1e-7)
