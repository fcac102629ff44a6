"""The library: values are those of the trees, rows are distinct, operators are respected."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.operators import BINARY, UNARY
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import columns, walk
from sklearn_trm.search.atoms import Builder
from sklearn_trm.search.library import product_library, sum_library

X = np.random.default_rng(0).uniform(-2, 3, (60, 3))


@pytest.mark.parametrize("build", [sum_library, product_library])
@pytest.mark.parametrize("table", [X, np.abs(X) + 0.1, X[:, :1]])
def test_values_are_those_of_the_trees(build, table):
    lib = build(table, UNARY, BINARY, size=600)
    for i in range(0, len(lib), 7):
        values = evaluate(lib.node(i), table)
        np.testing.assert_allclose(values, lib.values[i], rtol=1e-6, atol=1e-9)  # sums cancel


@pytest.mark.parametrize("build", [sum_library, product_library])
def test_rows_are_finite_and_no_multiples_of_each_other(build):
    lib = build(np.abs(X) + 0.1, UNARY, BINARY, size=600)
    assert np.isfinite(lib.values).all()
    unit = lib.values / np.linalg.norm(lib.values, axis=1)[:, None]
    close = np.abs(unit @ unit.T) > 1 - 1e-15
    assert close.sum() <= 1.02 * len(lib)


def test_order_is_from_cheap_to_costly():
    lib = sum_library(X, UNARY, BINARY, size=400)
    assert (np.diff(lib.cost[lib.order]) >= 0).all()
    assert [str(lib.node(i)) for i in lib.order[:3]] == ["x0", "x1", "x2"]


@pytest.mark.parametrize("build", [sum_library, product_library])
def test_only_allowed_functions(build):
    lib = build(np.abs(X) + 0.1, ["sin", "square"], ["add", "mul"], size=300)
    used = {n.op for i in range(len(lib)) for n in walk(lib.node(i)) if n.children}
    assert not used & {"exp", "cos", "log", "sub", "inv", "div", "sqrt", "tan"}


def test_columns_can_be_chosen():
    lib = sum_library(X, UNARY, BINARY, size=200, columns=[1])
    assert {n.column for i in range(len(lib)) for n in walk(lib.node(i)) if n.is_var} == {1}


def test_functions_of_functions():
    table = np.random.default_rng(0).uniform(0.5, 3, (50, 1))
    library = sum_library(table, UNARY, BINARY)
    texts = {str(library.node(i)) for i in range(len(library))}
    assert {"exp(sin(x0))", "log(1 + exp(x0))", "sin(sqrt(x0))"} <= texts


def test_pairs_of_given_rows_share_what_their_columns_share():
    table = np.abs(X) + 0.1
    parts = [parse(text) for text in ("exp(x0)", "log(x1)", "x0**3", "sin(x2)", "x1*x2")]
    builder = Builder(len(table), 50, UNARY, BINARY)
    builder.start(table, range(3), 0, bars=False)
    values = np.array([evaluate(part, table) for part in parts])
    rows = builder.give(parts, values, np.ones(5, dtype=int))
    held = {int(row): set(columns(part)) for row, part in zip(rows, parts, strict=True)}
    shares = [bool(held[i] & held[j]) for i, j in zip(*builder.pairs(rows, rows, 10), strict=True)]
    assert shares == sorted(shares) and sum(shares) == 3  # those of other columns first
