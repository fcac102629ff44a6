"""What rows are worth: signatures, pools, and the trained head."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.network import weights
from sklearn_trm.search.agenda import Plan
from sklearn_trm.search.proposals import Proposals, ProposalWorkspace
from sklearn_trm.search.ranking import FEATURES, Pool, Ranking
from sklearn_trm.search.search import Search
from sklearn_trm.search.signature import SIZE, signatures
from sklearn_trm.task.problem import Problem

X = np.random.default_rng(0).uniform(0.5, 3.0, (120, 3))
LAWS = [
    "x0*sin(x1) + x2*exp(x0)", "x0**2*x1/(x1 + x2)", "log(x0 + x1*x2) + cos(x2)/x0",
    "sqrt(x0*x1 + x2**2)*sin(x0)", "x0*x1*x2 + x1*exp(x2)", "(x0 - x1)**2*cos(x2)",
]  # fmt: skip


@pytest.fixture(scope="module")
def ranking():
    head = Ranking.of(weights.read()[0])
    assert head is not None
    return head


def pool(law, told=None):
    main = Search(Problem(X, evaluate(parse(law), X), rng=0)).main
    return Pool.of(main, told or Proposals(), 500), main


def test_signatures_do_not_depend_on_scales():
    law = parse(LAWS[0])
    parts = [parse("sin(x1)"), parse("x0*x1")]
    values, y = np.array([evaluate(n, X) for n in parts]), evaluate(law, X)
    a = signatures(parts, values, X, y)
    b = signatures(parts, -7 * values, X, y)
    assert a.shape == (2, SIZE)
    np.testing.assert_allclose(a, b, atol=1e-6)


def test_rows_without_meaning_give_finite_signatures():
    parts = [parse("x0"), parse("exp(x0)")]
    values = np.array([np.full(len(X), 1e-300) * X[:, 0], np.exp(200 * X[:, 0])])
    assert np.isfinite(signatures(parts, values, X, np.zeros(len(X)) + X[:, 1] * 1e-200)).all()


def test_a_factor_explains_what_is_divided_by_it():
    parts = [parse("sin(x1)"), parse("cos(x1)")]
    values = np.array([evaluate(n, X) for n in parts])
    s = signatures(parts, values, X, (2 * X[:, 0] + X[:, 2] + 1) * np.sin(X[:, 1]))
    assert (s[0] >= s[1] - 1e-9).any()
    # 1 of the variance, and sharply so, for the true factor alone
    exact = np.isclose(s, 1.0, atol=1e-6)
    assert exact[0].sum() > exact[1].sum()


def test_a_pool_holds_no_row_twice_and_no_bare_column():
    told = Proposals()
    told.hear([parse("sin(x1)*x0"), parse("x0*sin(x1) + x2")])
    p, _ = pool(LAWS[0], told)
    assert p.nodes and all(n.children for n in p.nodes)
    assert len(set(p.nodes)) == len(p.nodes)
    assert p.frequency[0] > 0 and p.frequency.max() == 1.0


def test_the_head_puts_parts_of_the_law_first(ranking):
    """Without answers of the network: the signatures alone beat the order of the library."""
    ours = theirs = 0
    for text in LAWS:
        p, main = pool(text)
        law = parse(text)
        truth = {str(n) for n in _parts(law)}
        ours += sum(str(n) in truth for n in p.best(ranking, main)[0][:10])
        theirs += sum(str(n) in truth for n in p.nodes[:10])
    assert ours > theirs


def test_probabilities(ranking):
    p, main = pool(LAWS[1])
    nodes, probability = p.best(ranking, main)
    assert len(nodes) == len(p.nodes)
    assert ((probability >= 0) & (probability <= 1)).all()
    assert (np.diff(probability) <= 0).all()


def test_saved_and_read_again(ranking):
    again = Ranking.of(ranking.arrays())
    F = np.random.default_rng(0).standard_normal((5, FEATURES))
    np.testing.assert_array_equal(again(F), ranking(F))


def test_weights_without_a_head_are_no_error():
    assert Ranking.of({"z_init": np.zeros(3)}) is None
    assert Ranking.of({"worth/mean": np.zeros(3)}) is None  # of another version


def _parts(law):
    from sklearn_trm.expressions.canonical import canonical
    from sklearn_trm.expressions.tree import walk

    return [n for n in walk(canonical(law)) if n.children]


def test_pools_grow_from_their_best_rows(ranking):
    """A branch that no answer holds comes up in the second pool."""
    law = parse("sin(x0*x1)*exp(x0*x2) + x1")
    search = Search(Problem(X, evaluate(law, X), rng=0), ranking)
    plan = Plan(search.state, search.main)
    search.propose([parse("sin(x0*x1) + x2"), parse("exp(x0*x2)*x1")])
    pools = []
    for _ in range(2):
        next(iter(next(plan._proposed())), None)
        pools.append(search.state.take_grown())
    assert pools[0] is not pools[1]
    branch = "exp(x0*x2)*sin(x0*x1)"
    said = [{str(n) for n in ws.parts} for ws in pools]
    assert branch not in said[0] and branch in said[1]


def test_without_parts_there_is_nothing_to_rank():
    """One column that barely moves: no row can be told from a number."""
    x = 1.0 + 1e-15 * np.arange(60.0)[:, None]
    assert signatures([], np.empty((0, 60)), x, np.arange(60.0)).shape == (0, SIZE)
    ws = ProposalWorkspace(Search(Problem(x, np.arange(60.0) % 7)).main, [parse("1e15*(x0 - 1)")])
    for library in (ws.library, ws.factors, ws.arguments):
        assert all(library.node(i) is not None for i in range(len(library)))
