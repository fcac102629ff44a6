"""Compiled programs against a recursion written here, and the Jacobian against differences."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings

from sklearn_trm.expressions.evaluate import Program, evaluate
from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.tree import Node, const, constants, var, with_constants
from tests.strategies import table, trees

X = table()


def _plain(node: Node, X: np.ndarray) -> np.ndarray:
    if node.is_const:
        return np.full(len(X), node.value)
    if node.is_var:
        return X[:, node.column]
    return OPS[node.op].apply(np, *(_plain(c, X) for c in node.children))


@settings(max_examples=200, deadline=None)
@given(trees)
def test_program_equals_plain_recursion(tree: Node) -> None:
    with np.errstate(all="ignore"):
        expected = _plain(tree, X)
    np.testing.assert_allclose(evaluate(tree, X), expected, rtol=1e-9)


@settings(max_examples=100, deadline=None)
@given(trees)
def test_many_settings_equal_one_at_a_time(tree: Node) -> None:
    own = np.array(constants(tree))
    settings_ = np.stack([own, own + 0.25, own * 1.5])
    together = Program(tree).values(X, settings_)
    assert together.shape == (3, len(X))
    for c, row in zip(settings_, together, strict=True):
        np.testing.assert_allclose(row, evaluate(with_constants(tree, c), X), rtol=1e-9)


@settings(max_examples=200, deadline=None)
@given(trees)
def test_jacobian_matches_differences_where_they_settle(tree: Node) -> None:
    program = Program(tree)
    assume(len(program.constants) > 0)
    values, jac = program.values_and_jacobian(X, program.constants)
    np.testing.assert_array_equal(values, program.values(X))
    assert jac.shape == (len(program.constants), len(X))
    for j in range(len(program.constants)):
        estimates = []
        for h in (1e-5, 1e-6):
            up, down = program.constants.copy(), program.constants.copy()
            up[j] += h
            down[j] -= h
            with np.errstate(all="ignore"):
                above, below = program.values(X, up), program.values(X, down)
                estimates.append((above - below) / (2 * h))
                bend = np.abs(above - 2.0 * values + below) / h  # large at a kink of abs
        coarse, fine = estimates
        with np.errstate(all="ignore"):
            settled = np.abs(coarse - fine) <= 1e-5 * (1.0 + np.abs(fine))
            # differences of huge values are rounding
            settled &= (
                (np.abs(values) < 1e3) & (bend < 1e-2 * (1.0 + np.abs(fine))) & np.isfinite(jac[j])
            )
        np.testing.assert_allclose(jac[j][settled], fine[settled], rtol=1e-3, atol=1e-3)


def test_a_known_jacobian() -> None:
    law = const(2.0) * var(0) ** const(3.0)
    x = np.array([[1.0], [2.0]])
    _, jac = Program(law).values_and_jacobian(x, np.array([2.0, 3.0]))
    np.testing.assert_allclose(jac, [[1.0, 8.0], [0.0, 16.0 * np.log(2.0)]])


def test_equal_parts_with_constants_stay_separate_parameters() -> None:
    part = const(2.0) * var(0)
    program = Program(part + part)
    assert program.constants.tolist() == [2.0, 2.0]
    np.testing.assert_allclose(program.values(np.array([[1.0]]), np.array([2.0, 5.0])), [7.0])


def test_undefined_rows_are_nan_and_silent() -> None:
    with np.errstate(all="raise"):
        out = evaluate(Node("log", (var(0),)), np.array([[-1.0], [1.0]]))
    assert np.isnan(out[0]) and out[1] == 0.0
