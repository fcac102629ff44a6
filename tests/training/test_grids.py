"""The answer grid: evaluation, canonical form, and the way to trees and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_trm.errors import GridOverflowError
from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import const
from sklearn_trm.network.grid_tree import from_grid, to_grid
from tests.strategies import trees
from training.grids import evaluate_grids, is_canonical, n_filled, sort_operands

X = np.random.default_rng(0).uniform(0.4, 2.5, (40, 3))

LAWS = [
    "x0*x1", "x0**2/x1", "2.5*x0 + 1.3", "sin(x0) + x1", "exp(-0.5*x0**2)", "1/x0**2",
    "sqrt(x0**2 + x1**2)", "x0*x1/x2**2", "x0 - x1 - x2", "x0 + x1 + x2 + x0*x1", "log(sin(x0))",
    "exp(2*x0*x1)/x2", "sin(3*x0 + 2)", "x0**1.5", "1/(x0 + x1)", "x0/sqrt(1 - 0.1*x1**2)",
    "-x0", "3 - x0", "tanh(x0)**2", "x0**x1", "abs(x0 - x1)", "(x0 + 2*x1)**3", "cos(x0*x1/x2)",
]  # fmt: skip


@pytest.mark.parametrize("text", LAWS)
def test_a_law_keeps_its_values_on_the_grid(text: str) -> None:
    law = parse(text)
    grid = to_grid(law)
    np.testing.assert_allclose(evaluate_grids(grid, X)[0], evaluate(law, X), rtol=1e-12)
    assert is_canonical(grid)[0]


@pytest.mark.parametrize("text", LAWS)
def test_grid_to_tree_to_grid_is_the_identity(text: str) -> None:
    grid = to_grid(parse(text))
    back = to_grid(from_grid(grid))
    for a, b in zip(grid, back, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x1*x0", "x0*x1"), ("x0 + x1 + x2", "x2 + (x1 + x0)"), ("x0/x1/x2", "x0/(x2*x1)"),
        ("2*(x0 + x1)", "2*x1 + 2*x0"), ("x0*x0", "x0**2"), ("(x0*x1)**2", "x1**2*x0**2"),
        ("cos(x0 - x1)", "cos(x1 - x0)"), ("1/(1/x0)", "x0"), ("x0 - (x1 - x2)", "x0 + x2 - x1"),
    ],
)  # fmt: skip
def test_equal_laws_have_one_grid(one: str, other: str) -> None:
    for a, b in zip(to_grid(parse(one)), to_grid(parse(other)), strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=150, deadline=None)
@given(trees)
def test_random_trees_keep_their_values(tree) -> None:
    try:
        grid = to_grid(tree)
    except GridOverflowError:
        return
    with np.errstate(all="ignore"):
        a, b = evaluate_grids(grid, X)[0], evaluate(canonical(tree), X)
    both = np.isfinite(a) & np.isfinite(b) & (np.abs(b) < 1e12)
    scale = 1.0 + np.abs(b[both]).max(initial=0.0)
    np.testing.assert_allclose(a[both] / scale, b[both] / scale, rtol=1e-5, atol=1e-7)


def _random_grids(seed: int, n: int) -> G.Grids:
    """Grids with arbitrary, also non-canonical, contents."""
    rng = np.random.default_rng(seed)
    grids = G.empty_grids(n, 15)
    for i in range(15):
        parent = grids.head[:, (i - 1) // 2] if i else np.full(n, G.ADD)
        wanted = (parent >= G.ADD) & ~((parent == G.ARG) & (i % 2 == 0) & (i > 0))
        leaf = rng.integers(G.VAR0, G.VAR0 + 3, n)
        head = np.where((rng.random(n) < 0.5) & (i < 7), rng.integers(G.ADD, G.ARG + 1, n), leaf)
        grids.head[:, i] = np.where(wanted, head, G.EMPTY)
        unary = np.where(rng.random(n) < 0.4, rng.integers(1, G.N_UNARIES, n), 0)
        grids.unary[:, i] = np.where(wanted, unary, 0)
        grids.scaled[:, i] = wanted & (rng.random(n) < 0.3)
        grids.value[:, i] = np.where(grids.scaled[:, i] > 0, rng.uniform(0.5, 2, n), 1.0)
    return grids


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_grid_values_are_the_trees_values(seed: int) -> None:
    grids = _random_grids(seed, 8)
    with np.errstate(all="ignore"):
        values = evaluate_grids(grids, X)
    for i in range(8):
        expected = evaluate(from_grid(grids, i), X)
        np.testing.assert_allclose(values[i], expected, rtol=1e-9, equal_nan=True)


def test_sorting_operands_keeps_values_and_counts() -> None:
    grids = _random_grids(1, 200)
    ordered = sort_operands(grids)
    with np.errstate(all="ignore"):
        a, b = evaluate_grids(grids, X), evaluate_grids(ordered, X)
    np.testing.assert_allclose(a, b, rtol=1e-9, equal_nan=True)
    assert (ordered.head != grids.head).any()
    np.testing.assert_array_equal(n_filled(grids), n_filled(ordered))


def test_numpy_and_jax_agree() -> None:
    import jax
    import jax.numpy as jnp

    grids = _random_grids(2, 100)
    device = G.Grids(*(jnp.asarray(a) for a in grids))
    with np.errstate(all="ignore"):
        a = evaluate_grids(grids, X)
    b = np.asarray(jax.jit(lambda g, x: evaluate_grids(g, x, jnp))(device, jnp.asarray(X)))
    both = np.isfinite(a) & np.isfinite(b) & (np.abs(a) < 1e4)
    assert both.mean() > 0.4
    close = np.isclose(a[both], b[both], rtol=2e-3, atol=2e-3)
    assert close.mean() > 0.995  # float32: large arguments of sin and tan differ
    canonical_ = jax.jit(lambda g: is_canonical(g, jnp))(device)
    np.testing.assert_array_equal(is_canonical(grids), np.asarray(canonical_))


@pytest.mark.parametrize(
    "break_it",
    [
        lambda g: g.scaled.__setitem__((0, 0), 1),  # a scaled plain sum
        lambda g: g.head.__setitem__((0, 5), G.VAR0),  # a cell below a leaf
        lambda g: g.head.__setitem__((0, 2), G.EMPTY),  # an operand is missing
        lambda g: g.head.__setitem__((0, 1), G.HEAD["x2"]),  # operands in the wrong order
        lambda g: g.head.__setitem__((0, 2), G.CONST),  # constants come first
    ],
)  # fmt: skip
def test_non_canonical_grids_are_seen(break_it) -> None:
    grid = to_grid(parse("x0 + x1"))
    assert is_canonical(grid)[0]
    break_it(grid)
    assert not is_canonical(grid)[0]


def test_too_deep_and_too_wide_laws_are_refused() -> None:
    deep = parse("sin(exp(sin(exp(sin(exp(sin(x0)))))))")
    with pytest.raises(GridOverflowError, match="deeper"):
        to_grid(deep)
    with pytest.raises(GridOverflowError, match="columns"):
        to_grid(parse("x10 + x0"))
    with pytest.raises(GridOverflowError):
        to_grid(parse("sin(exp(sin(exp(x0))))"), cells=7)


def test_a_missing_cell_is_an_error_not_a_law() -> None:
    grid = to_grid(parse("x0 + x1"))
    grid.head[0, 2] = G.EMPTY
    with pytest.raises(ValueError, match="empty"):
        from_grid(grid)


def test_a_constant_is_a_grid() -> None:
    assert from_grid(to_grid(const(2.5))) == const(2.5)


def test_a_later_row_of_the_op_table_has_no_place_in_the_grid() -> None:
    assert (G.N_HEADS, G.N_UNARIES) == (18, 17)  # as the weights have it
    with pytest.raises(GridOverflowError, match="knows no erf"):
        to_grid(parse("2*erf(x0) + 1"))
