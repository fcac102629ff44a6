"""What changes during a search: written by its own methods alone."""

import ast
from pathlib import Path

import numpy as np
import pytest

import sklearn_trm
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.orders import costs
from sklearn_trm.search.proposals import MOST_PARTS
from sklearn_trm.search.search import Search
from sklearn_trm.search.state import SearchState
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem

PACKAGE = Path(sklearn_trm.__file__).parent
SOURCES = [p for room in ("search", "fit") for p in sorted((PACKAGE / room).rglob("*.py"))]
OF_LIBRARIES = {"_bar.n", "run._cache"}  # a progress bar's count, numba's cache

X = np.random.default_rng(0).uniform(1, 3, (60, 2))


def foreign_writes(source):
    """Assignments to attributes of objects whose class another module defines."""
    tree = ast.parse(source)
    own = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            own |= {n.target.id for n in node.body if isinstance(n, ast.AnnAssign)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Store | ast.Del):
            continue
        if ast.unparse(node.value) != "self" and node.attr not in own:
            name = ast.unparse(node).removeprefix("self.")
            if name not in OF_LIBRARIES:
                yield name


def test_foreign_writes_are_seen():
    assert list(foreign_writes("a.noisy = True\nself.x, b.c.d = 1, 2\nfor e.f in g: pass"))
    assert list(foreign_writes("self.state.budget += 1")) == ["state.budget"]
    assert not list(foreign_writes("class A:\n    size: int\ndef f(a):\n    a.size = self.b = 1"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_module_writes_what_another_holds(path):
    assert not list(foreign_writes(path.read_text(encoding="utf-8")))


def test_it_is_born_in_one_place():
    born = [p.name for p in SOURCES if "SearchState(" in p.read_text(encoding="utf-8")]
    assert born == ["search.py"]


def test_what_the_network_told_is_looked_at_when_there_is_news():
    state = Search(Problem(X, X[:, 0])).state
    assert state.source_of_parts(state.main) is None
    state.propose([parse("sin(x0)*x1")])
    assert state.source_of_parts(state.main) is state.main
    assert state.source_of_parts(state.main) is None  # nothing new
    parts = state.best_parts(state.main)
    assert parse("sin(x0)") in parts and len(parts) <= MOST_PARTS
    ws = state.grow(state.main, parts)
    assert state.take_grown() is ws and state.take_grown() is None
    state.propose([parse("cos(x1) + x0")])
    assert state.source_of_parts(state.main) is state.main


def test_an_opened_law_goes_unless_newer_ones_pushed_it_out():
    state = Search(Problem(X, X[:, 0])).state
    first, second = parse("x0 + 1"), parse("x1 + 2")
    state.propose([first, second])
    state.opened(second)
    assert list(state.proposed) == [first, second]
    state.opened(first)
    assert list(state.proposed) == [second]


def test_without_a_deadline_no_clock_decides():
    state = SearchState(Problem(X, X[:, 0]))
    state.begin(Budget())
    assert [state.clock(), state.clock()] == [0.0, 0.0]
    state.work("something")
    assert state.clock() == 0.005
    state.work("skeletons")
    assert state.clock() == 0.005 + costs()["skeletons"]
    timed = Budget.within(1.0, lambda: 7.0)
    state.begin(timed)
    assert state.clock is timed.clock and state.clock() == 7.0
