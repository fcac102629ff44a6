"""Quadratic polynomials of two atoms, all pairs at once."""

import numpy as np
import pytest

from sklearn_trm.expressions.operators import BINARY, UNARY
from sklearn_trm.search.forms import Forms, forms
from sklearn_trm.search.transforms import target_transforms
from tests.search.alone import exact


@pytest.mark.parametrize(
    "text",
    ["(cos(x1) + exp(x2))**2", "3*(x0 - 2*sin(x1) + 1)**2 + 4", "1/(x0 + cos(x1))**2",
     "x0**2 + 2*x0*sin(x2) + sin(x2)"],
)  # fmt: skip
def test_quadratic_polynomials_of_two_rows(text):
    exact(text, lambda ws: forms(ws, [ws.root, *target_transforms(ws.root, UNARY, BINARY, 1)]))


def test_forms_are_least_squares():
    rng = np.random.default_rng(1)
    rows, t = rng.standard_normal((5, 60)), rng.standard_normal((2, 60))
    loss = Forms(rows, t).loss(1, 3)
    unit = t - t.mean(axis=1)[:, None]
    unit /= np.linalg.norm(unit, axis=1)[:, None]
    for i, j in ((0, 1), (1, 3)):  # rows 1 and 2, 2 and 4
        f, g = rows[1 + i], rows[1 + j]
        A = np.column_stack([np.ones(60), f, g, f * f, f * g, g * g])
        rest = unit.T - A @ np.linalg.lstsq(A, unit.T, rcond=None)[0]
        np.testing.assert_allclose(loss[i, j], (rest**2).sum(axis=0), rtol=1e-6)
