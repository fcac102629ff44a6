"""Each row of the op table against independent facts: differences, inverses, jax, sympy.

A new row is tested by what stands here; its values in other languages by ``tests/exported.py``.
"""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_trm.errors import UnknownOperatorError
from sklearn_trm.expressions.operators import (
    ALIASES,
    BINARY,
    OPS,
    UNARY,
    VOCABULARY,
    all_names,
    known,
    resolve,
    resolve_all,
)
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import call, const, var

RNG = np.random.default_rng(0)


def _inside(name: str, size: int = 40) -> np.ndarray:
    """Points well inside the domain, with both signs where they are allowed."""
    low, high = OPS[name].domain
    points = RNG.uniform(max(low, -1.4) + 0.05, min(high, 1.4) - 0.05, size)
    return points[np.abs(points) > 0.05]


@pytest.mark.parametrize("name", all_names(1))
def test_unary_derivative_matches_central_differences(name: str) -> None:
    op, a, h = OPS[name], _inside(name), 1e-6
    difference = (op.apply(np, a + h) - op.apply(np, a - h)) / (2 * h)
    (exact,) = op.derivative(op.apply(np, a), a)
    np.testing.assert_allclose(exact, difference, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", all_names(2))
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


@pytest.mark.parametrize("name", [n for n in all_names(1) if OPS[n].inverse])
def test_every_branch_of_an_inverse_maps_back(name: str) -> None:
    op, a = OPS[name], _inside(name)
    v = op.apply(np, a)
    branches = op.inverse(v)
    for branch in branches:
        defined = np.isfinite(branch)
        np.testing.assert_allclose(op.apply(np, branch[defined]), v[defined], rtol=1e-9)
    if op.period is None:  # else the argument is one of infinitely many
        nearest = np.min([np.where(np.isfinite(b), np.abs(b - a), np.inf) for b in branches], 0)
        assert nearest.max() < 1e-8


@pytest.mark.parametrize("name", [n for n in all_names(2) if OPS[n].inverse])
@pytest.mark.parametrize("side", [0, 1])
def test_binary_inverse_gives_back_the_unknown_operand(name: str, side: int) -> None:
    op = OPS[name]
    operands = RNG.uniform(0.3, 2.0, (2, 40))
    v = op.apply(np, *operands)
    found = op.inverse(v, operands[1 - side], side)
    np.testing.assert_allclose(found, operands[side], rtol=1e-8)


def _ends(interval: tuple[float, float]) -> list[float]:
    """Points beyond the finite ends of an interval."""
    return [end + side for end, side in zip(interval, (-0.5, 0.5), strict=True) if np.isfinite(end)]


@pytest.mark.parametrize("name", all_names(1))
def test_values_lie_in_the_image_and_nothing_else_does(name: str) -> None:
    op = OPS[name]
    low, high = op.domain
    wide = np.clip(np.linspace(-60.0, 60.0, 2000), low + 1e-6, high - 1e-6)
    values = op.apply(np, wide)
    assert np.isfinite(values).all()
    assert op.image[0] <= values.min() and values.max() <= op.image[1]
    for end, reached in zip(op.image, (values.min(), values.max()), strict=True):
        assert abs(reached - end) < 0.2 if np.isfinite(end) else abs(reached) > 3.0
    with np.errstate(all="ignore"):
        for beyond in _ends(op.image):
            for branch in op.inverse(np.array([beyond])) if op.inverse else ():
                assert np.isnan(branch).all()


@pytest.mark.parametrize("name", all_names(1))
def test_outside_the_domain_is_nan(name: str) -> None:
    with np.errstate(all="ignore"):
        for beyond in _ends(OPS[name].domain):
            assert np.isnan(OPS[name].apply(np, np.array([beyond]))).all()


@pytest.mark.parametrize("name", all_names(1))
def test_period(name: str) -> None:
    op, a = OPS[name], np.linspace(-0.9, 0.9, 9)
    for turn in (np.pi / 2, np.pi, 2 * np.pi):
        with np.errstate(all="ignore"):
            same = np.allclose(op.apply(np, a + turn), op.apply(np, a), rtol=1e-9)
        assert same == (op.period is not None and turn % op.period == 0.0)


@pytest.mark.parametrize("name", all_names(1))
def test_a_factor_passes_through_as_the_degree_says(name: str) -> None:
    op = OPS[name]
    a = np.abs(_inside(name)) * (1 / 3 if np.isfinite(op.domain).any() else 2)
    degree = op.degree if op.power is None else op.power
    same = degree is not None and np.allclose(
        op.apply(np, 2.0 * a), 2.0**degree * op.apply(np, a), rtol=1e-12
    )
    assert same == op.is_homogeneous
    if op.apply(np, a).all():
        ratio = op.apply(np, 2.0 * a) / op.apply(np, a)
        assert op.is_homogeneous == np.allclose(ratio, ratio[0], rtol=1e-12)


@pytest.mark.parametrize("name", all_names(1))
def test_parity(name: str) -> None:
    op, a = OPS[name], np.abs(_inside(name))
    if op.parity == 0 and op.domain[0] == 0.0:
        return
    same, opposite = (
        np.allclose(op.apply(np, -a), s * op.apply(np, a), rtol=1e-12) for s in (1, -1)
    )
    assert (same, opposite) == (op.parity == 1, op.parity == -1)


@pytest.mark.parametrize("name", [n for n in OPS if OPS[n].power is not None])
def test_power_ops_are_powers(name: str) -> None:
    a = np.array([0.3, 1.7, 2.0])
    if name == "neg":  # a power only in that a scale passes through
        np.testing.assert_allclose(OPS[name].apply(np, 3.0 * a), 3.0 * OPS[name].apply(np, a))
    else:
        np.testing.assert_allclose(OPS[name].apply(np, a), a ** OPS[name].power)


@pytest.mark.parametrize("name", OPS)
def test_numpy_and_jax_agree(name: str) -> None:
    jnp = pytest.importorskip("jax.numpy")
    op = OPS[name]
    operands = [_inside(name)] if op.arity == 1 else list(RNG.uniform(0.3, 2.0, (2, 40)))
    single = [a.astype(np.float32) for a in operands]
    np.testing.assert_allclose(
        np.asarray(op.apply(jnp, *map(jnp.asarray, single))), op.apply(np, *single),
        rtol=2e-5, atol=2e-6,
    )  # fmt: skip


@pytest.mark.parametrize("name", OPS)
def test_numpy_and_sympy_agree(name: str) -> None:
    sympy = pytest.importorskip("sympy")
    from sklearn_trm.expressions.sympy_io import to_sympy

    op = OPS[name]
    operands = _inside(name)[None, :5] if op.arity == 1 else RNG.uniform(0.3, 2.0, (2, 5))
    expr = to_sympy(call(name, *(var(i) for i in range(op.arity))))
    for point in operands.T:
        exact = expr.subs({sympy.Symbol(f"x{i}"): v for i, v in enumerate(point)}).evalf()
        np.testing.assert_allclose(float(exact), op.apply(np, *point), rtol=1e-12)


@pytest.mark.parametrize("name", OPS)
def test_texts_and_sympy_give_the_row_back(name: str) -> None:
    pytest.importorskip("sympy")
    from sklearn_trm.expressions.evaluate import evaluate
    from sklearn_trm.expressions.sympy_io import from_sympy, to_latex, to_sympy

    law = call(name, *(var(i) + const(0.5) for i in range(OPS[name].arity)))
    assert parse(str(law)) == law
    X = RNG.uniform(0.3, 1.5, (9, 2))
    np.testing.assert_allclose(evaluate(from_sympy(to_sympy(law)), X), evaluate(law, X))
    assert to_latex(law)


PUBLISHED = {
    "neg": 3.35, "square": 3.30, "log": 4.75, "sqrt": 4.76, "exp": 4.77, "mul": 5.00, "cos": 5.45,
    "add": 5.81, "sub": 5.81, "div": 5.91, "inv": 5.91, "sin": 5.97, "cube": 5.99, "abs": 6.33,
    "pow": 6.47, "tanh": 7.80, "sinh": 7.96, "tan": 8.13, "cosh": 8.13,
}  # fmt: skip


@pytest.mark.parametrize("name", OPS)
def test_what_a_row_costs(name: str) -> None:
    op = OPS[name]
    assert op.cost >= 1 and op.rarity >= 0
    if name in PUBLISHED:
        assert op.nats == PUBLISHED[name]
    else:  # ours: as rare as tanh at least
        assert PUBLISHED["tanh"] <= op.nats <= 12.0


def test_no_name_is_given_twice() -> None:
    names = [n for op in OPS.values() for n in (op.name, *op.aliases, *op.list_names, op.infix)]
    names = [n for n in names if n is not None]
    assert len(set(names)) == len(names)


def test_the_vocabulary_of_published_weights_stays() -> None:
    assert VOCABULARY == (
        "inv", "square", "cube", "sqrt", "exp", "log", "sin", "cos", "tan", "tanh", "sinh",
        "cosh", "asin", "acos", "atan", "abs",
    )  # fmt: skip
    assert known(("erf", "sin", "neg", "gamma", "pow")) == ("sin", "neg", "pow")


def test_default_operators_are_those_that_no_list_names() -> None:
    assert set(UNARY) == {*VOCABULARY, "neg"} and not {"erf", "floor", "step"} & set(UNARY)
    assert set(BINARY) == {"add", "sub", "mul", "div", "pow"}
    assert resolve_all(["erf"], 1) == ("erf",)


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


def test_what_jumps_is_right_where_it_jumps() -> None:
    a = np.array([-2.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.5])
    told = {
        "round": [-3, -1, -1, 0, 0, 1, 1, 3], "step": [0, 0, 0, 1, 1, 1, 1, 1],
        "relu": [0, 0, 0, 0, 0, 0.5, 1, 2.5], "ceil": [-2, -1, 0, 0, 0, 1, 1, 3],
    }  # fmt: skip
    for name, values in told.items():
        np.testing.assert_array_equal(OPS[name].apply(np, a), values)
    for name in (*told, "min", "max"):  # an undefined value stays so
        undefined = [np.array([np.nan])] * OPS[name].arity
        assert np.isnan(OPS[name].apply(np, *undefined)).all()


def test_where_allows_what_it_is_written_with() -> None:
    from sklearn_trm.expressions.evaluate import evaluate
    from sklearn_trm.expressions.spellings import read_operators

    assert read_operators(["where"], 1) == ("step",)
    assert read_operators([np.maximum, "min"], 2) == ("max", "min")
    with pytest.raises(UnknownOperatorError, match="give it in binary_operators"):
        read_operators(["min"], 1)
    with pytest.raises(UnknownOperatorError, match="give it in unary_operators"):
        read_operators(["where"], 2)
    law = parse("where(x0 - 3, 2*x0, x1)")
    assert str(law) == "where(x0 - 3, 2*x0, x1)"
    X = np.array([[3.0, 7.0], [2.9, 7.0]])
    np.testing.assert_array_equal(evaluate(law, X), [6.0, 7.0])
