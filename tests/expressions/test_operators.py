"""Each row of the op table against independent facts: differences, inverses, jax, sympy."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_trm.errors import UnknownOperatorError
from sklearn_trm.expressions.operators import ALIASES, BINARY, OPS, UNARY, resolve, resolve_all
from sklearn_trm.expressions.tree import call, var

RNG = np.random.default_rng(0)


def _inside(name: str, size: int = 40) -> np.ndarray:
    """Points well inside the domain, with both signs where they are allowed."""
    low, high = OPS[name].domain
    points = RNG.uniform(max(low, -1.4) + 0.05, min(high, 1.4) - 0.05, size)
    return points[np.abs(points) > 0.05]


@pytest.mark.parametrize("name", UNARY)
def test_unary_derivative_matches_central_differences(name: str) -> None:
    op, a, h = OPS[name], _inside(name), 1e-6
    difference = (op.apply(np, a + h) - op.apply(np, a - h)) / (2 * h)
    (exact,) = op.derivative(op.apply(np, a), a)
    np.testing.assert_allclose(exact, difference, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", BINARY)
def test_binary_derivatives_match_central_differences(name: str) -> None:
    op, h = OPS[name], 1e-6
    a, b = RNG.uniform(0.3, 2.0, 40), RNG.uniform(0.3, 2.0, 40)
    da, db = op.derivative(op.apply(np, a, b), a, b)
    np.testing.assert_allclose(
        da, (op.apply(np, a + h, b) - op.apply(np, a - h, b)) / (2 * h), rtol=1e-6, atol=1e-8
    )
    np.testing.assert_allclose(
        db, (op.apply(np, a, b + h) - op.apply(np, a, b - h)) / (2 * h), rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("name", UNARY)
def test_every_branch_of_an_inverse_maps_back(name: str) -> None:
    op, a = OPS[name], _inside(name)
    v = op.apply(np, a)
    branches = op.inverse(v)
    for branch in branches:
        defined = np.isfinite(branch)
        np.testing.assert_allclose(op.apply(np, branch[defined]), v[defined], rtol=1e-9)
    if name not in ("sin", "cos", "tan"):  # periodic: the argument is one of infinitely many
        nearest = np.min([np.where(np.isfinite(b), np.abs(b - a), np.inf) for b in branches], 0)
        assert nearest.max() < 1e-8


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("side", [0, 1])
def test_binary_inverse_gives_back_the_unknown_operand(name: str, side: int) -> None:
    op = OPS[name]
    operands = RNG.uniform(0.3, 2.0, (2, 40))
    v = op.apply(np, *operands)
    found = op.inverse(v, operands[1 - side], side)
    np.testing.assert_allclose(found, operands[side], rtol=1e-8)


@pytest.mark.parametrize("name", ["asin", "acos", "atan", "sqrt", "abs"])
def test_inverse_is_nan_outside_the_range(name: str) -> None:
    with np.errstate(all="ignore"):
        for branch in OPS[name].inverse(np.array([-5.0])):
            assert np.isnan(branch).all()


@pytest.mark.parametrize("name", UNARY)
def test_parity(name: str) -> None:
    op, a = OPS[name], np.abs(_inside(name))
    if op.parity == 0 and op.domain[0] == 0.0:
        return
    same, opposite = (
        np.allclose(op.apply(np, -a), s * op.apply(np, a), rtol=1e-12) for s in (1, -1)
    )
    assert (same, opposite) == (op.parity == 1, op.parity == -1)


@pytest.mark.parametrize("name", [n for n in UNARY if OPS[n].power is not None])
def test_power_ops_are_powers(name: str) -> None:
    a = np.array([0.3, 1.7, 2.0])
    if name == "neg":  # a power only in that a scale passes through
        np.testing.assert_allclose(OPS[name].apply(np, 3.0 * a), 3.0 * OPS[name].apply(np, a))
    else:
        np.testing.assert_allclose(OPS[name].apply(np, a), a ** OPS[name].power)


@pytest.mark.parametrize("name", UNARY + BINARY)
def test_numpy_and_jax_agree(name: str) -> None:
    jnp = pytest.importorskip("jax.numpy")
    op = OPS[name]
    operands = [_inside(name)] if op.arity == 1 else list(RNG.uniform(0.3, 2.0, (2, 40)))
    single = [a.astype(np.float32) for a in operands]
    np.testing.assert_allclose(
        np.asarray(op.apply(jnp, *map(jnp.asarray, single))), op.apply(np, *single),
        rtol=2e-5, atol=2e-6,
    )  # fmt: skip


@pytest.mark.parametrize("name", UNARY + BINARY)
def test_numpy_and_sympy_agree(name: str) -> None:
    sympy = pytest.importorskip("sympy")
    from sklearn_trm.expressions.sympy_io import to_sympy

    op = OPS[name]
    operands = _inside(name)[None, :5] if op.arity == 1 else RNG.uniform(0.3, 2.0, (2, 5))
    expr = to_sympy(call(name, *(var(i) for i in range(op.arity))))
    for point in operands.T:
        exact = expr.subs({sympy.Symbol(f"x{i}"): v for i, v in enumerate(point)}).evalf()
        np.testing.assert_allclose(float(exact), op.apply(np, *point), rtol=1e-12)


@pytest.mark.parametrize("name", ["log", "sqrt", "asin", "acos"])
def test_outside_the_domain_is_nan(name: str) -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(OPS[name].apply(np, np.array([-1.5]))).all()


def test_aliases_point_into_the_table() -> None:
    assert set(ALIASES.values()) <= set(OPS)
    assert resolve("ln").name == "log" and resolve("^").name == "pow"


def test_unknown_operators_are_named_with_the_choices() -> None:
    with pytest.raises(UnknownOperatorError, match=r"'gamma'.*sqrt"):
        resolve("gamma")
    with pytest.raises(UnknownOperatorError):
        resolve(None)  # type: ignore[arg-type]


def test_resolve_all_checks_arity_and_drops_repeats() -> None:
    assert resolve_all(None, 2) == BINARY and resolve_all(None, 1) == UNARY
    assert resolve_all(["+", "add", "*"], 2) == ("add", "mul")
    with pytest.raises(UnknownOperatorError, match="not unary"):
        resolve_all(["+"], 1)
    with pytest.raises(UnknownOperatorError, match="not one text"):
        resolve_all("sin", 1)
