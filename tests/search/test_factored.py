"""A monomial, an exponential and one deep factor."""

import numpy as np
import pytest

from sklearn_trm.search.factored import factored
from tests.search.alone import X, exact


@pytest.mark.parametrize(
    "text", ["x0**1.5*exp(x1 - 0.3*x2)*(x0 + x1**2 - x2)**2", "x1/x0*exp(0.7*(x0*x1 - x2/x0))"]
)
def test_factored(text):
    exact(text, lambda ws: factored(ws, [ws.root]), np.abs(X) + 0.1)
