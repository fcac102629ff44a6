"""A further term for a law that is nearly right."""

from sklearn_trm.expressions.text import parse
from sklearn_trm.search.continued import continued
from tests.search.alone import exact


def test_a_further_term_for_a_law_that_is_nearly_right():
    def stage(ws):
        ws.offer(parse("3*x0*x1**2 + 0.9*sin(x2) + 0.1"), ws.root)
        yield from continued(ws, 1)

    exact("3*x0*x1**2 + sin(x2) + x1*sin(x0*x2)", stage)
