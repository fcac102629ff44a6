"""Normal equations that may be singular."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np

import sklearn_trm
from sklearn_trm.expressions.least_squares import Normal, damped_step, solve_normal

ROOT = Path(sklearn_trm.__file__).parent


def test_one_singular_matrix_spoils_no_other():
    good, singular = np.array([[2.0, 1.0], [1.0, 3.0]]), np.ones((2, 2))
    A = np.array([good, singular, np.zeros((2, 2)), np.full((2, 2), np.nan)])
    x = solve_normal(A, np.array([[[3.0], [4.0]], [[2.0], [2.0]], [[1.0], [1.0]], [[1.0], [1.0]]]))
    np.testing.assert_allclose(x[0, :, 0], [1.0, 1.0])
    np.testing.assert_allclose(x[1, :, 0], [1.0, 1.0])
    np.testing.assert_allclose(x[2, :, 0], 0.0)
    assert np.isnan(x[3]).all()


def test_a_step_where_a_constant_has_no_influence_or_two_have_the_same():
    A = np.array([[[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]])
    step = damped_step(
        Normal(A, np.array([[-2.0, -2.0, 0.0]]), np.ones((1, 3)), np.ones(1)), np.zeros(1)
    )
    np.testing.assert_allclose(step, [[1.0, 1.0, 0.0]], atol=1e-12)


def test_every_solve_of_the_package_stands_singular_matrices():
    """``np.linalg.solve`` and ``inv`` raise at the first singular matrix of a stack."""
    own = {"least_squares.py"}
    for path in ROOT.glob("**/*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        guarded = {
            id(node)
            for block in ast.walk(tree)
            if isinstance(block, ast.Try)
            and any("LinAlgError" in ast.unparse(h) for h in block.handlers)
            for node in ast.walk(block)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("solve", "inv", "cholesky"):
                bare = ast.unparse(node).startswith("np.linalg.") and id(node) not in guarded
                assert not bare or path.name in own, f"{path.name}:{node.lineno}"
