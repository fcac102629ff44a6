"""Parts of the network's answers."""

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search import stages
from sklearn_trm.search.proposals import Proposals, ProposalWorkspace
from sklearn_trm.search.search import Search
from sklearn_trm.task.problem import Problem
from tests.search.alone import X, exact


def test_told_parts_are_where_the_search_looks_first():
    """Parts of wrong answers, of which the true law is made."""
    told = Proposals()
    told.hear([parse(t) for t in ("x1*exp(-x0**2)/x2", "x2 + sin(x0*x1)", "cos(x2*x0) + x1")])
    told.hear([parse(t) for t in ("sqrt(x0**2 + x2**2) - x1", "x0**3")])

    def stage(ws):
        yield from stages.pairs(ProposalWorkspace(ws, told.parts()), ws.root, "affine", 1000)

    text = "x1*exp(-x0**2)*sin(x0*x1) + 3*cos(x2*x0)*sqrt(x0**2 + x2**2) - x1"
    exact(text, stage)
    y = evaluate(parse(text), X)
    search = Search(Problem(X, y))
    for _ in stages.pairs(search.main, search.main.root, "affine", 4000):
        assert search.exact is None  # not in reach of a library that nobody told about
