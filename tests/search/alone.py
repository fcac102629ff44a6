"""One stage of the search alone, on a table."""

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.search import Search
from sklearn_trm.task.problem import Problem

X = np.random.default_rng(3).uniform(-3, 4, (160, 3))


def exact(text, stage, table=X):
    """Whether a stage alone finds the law."""
    y = evaluate(parse(text), table)
    search = Search(Problem(table, y))
    for _ in stage(search.main):
        if search.exact is not None:
            break
    assert search.exact is not None
    np.testing.assert_allclose(evaluate(search.exact, table), y, rtol=1e-6, atol=1e-8)
