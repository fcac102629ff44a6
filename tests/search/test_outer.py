"""Functions of many arguments, block by block."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.operators import BINARY, UNARY
from sklearn_trm.search.library import argument_library
from sklearn_trm.search.outer import blocks, functions_of
from tests.search.alone import X


@pytest.mark.parametrize("table", [X, np.abs(X) + 0.1, X[:, :1]])
def test_blocks_hold_the_values_of_their_trees(table):
    library = argument_library(table, UNARY, BINARY, 900)
    for block in blocks(library, functions_of(UNARY, BINARY), 800):
        for i in range(0, len(block.values), 97):
            values = evaluate(block.node(i), table)
            np.testing.assert_allclose(values, block.values[i], rtol=1e-4, atol=1e-6)  # sin(1e6)
