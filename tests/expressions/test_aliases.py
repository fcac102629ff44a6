"""Waves on regular grids: the lowest of the frequencies that are one on the rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_trm.expressions.aliases import Grid, Lowest, grid_of
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, call, constants, walk, with_constants

GRIDS = {
    "fine": np.arange(0, 1, 0.002),
    "days": np.arange(100.0),
    "gaps": np.array([0.0, 2.0, 5.0, 9.0, 14.0, 15.5, 21.0]) + 0.25,
    "between": np.linspace(-4, 4, 81) + 0.03,
    "calendar": np.arange(18262, 18400.0),
}


@pytest.mark.parametrize(
    ("values", "grid"),
    [
        (GRIDS["fine"], Grid(0.002, 0.0)),
        (GRIDS["days"], Grid(1.0, 0.0)),
        (GRIDS["gaps"], Grid(0.5, 0.25)),
        (GRIDS["between"], Grid(0.1, 0.03)),
        (GRIDS["calendar"], Grid(1.0, 0.0)),
        (np.round(np.random.default_rng(0).uniform(0, 1, 300), 3), Grid(0.001, 0.0)),
        (np.random.default_rng(0).uniform(0, 1, 300), None),
        (np.geomspace(1, 100, 20), None),
        (np.array([1.0, 2.0]), None),  # two values are on any grid
        (np.array([1e308, -1e308, 3.0]), None),
        (np.array([0.0, 1.0, np.nan]), None),
    ],
)
def test_grid(values, grid) -> None:
    found = grid_of(values)
    assert (found is None) == (grid is None)
    if found and grid:
        assert found.step == pytest.approx(grid.step, rel=1e-9)
        assert found.start == pytest.approx(grid.start, abs=1e-9)


@pytest.mark.parametrize(
    ("values", "law", "low"),
    [
        ("fine", "2*sin(9456.194*x0)", f"2*sin({9456.194 - 3 * 1000 * math.pi!r}*x0)"),
        ("days", "3*sin(180*pi*x0/7)", f"3*(-sin({2 * math.pi / 7!r}*x0))"),
        ("days", "cos(6*x0 + 1)", f"cos({2 * math.pi - 6!r}*x0 - 1)"),
        ("days", "tan(3*x0)", f"-tan({math.pi - 3!r}*x0)"),
        ("days", "exp(cos(2*pi*x0) - x0)", "exp(1 - x0)"),
        ("gaps", "sin(13*x0 + 1)", f"sin({13 - 4 * math.pi!r}*x0 - {math.pi - 1!r})"),
    ],
)
def test_waves_are_written_low(values, law, low) -> None:
    X = GRIDS[values][:, None]
    found, wanted = Lowest(X)(parse(law)), parse(low)
    np.testing.assert_allclose(evaluate(found, X), evaluate(parse(law), X), atol=1e-9, rtol=1e-9)
    numbers = constants(wanted)
    np.testing.assert_allclose(constants(found), numbers, rtol=1e-8)
    assert with_constants(found, numbers) == wanted


@pytest.mark.parametrize(
    "law", ["sin(3*x0)", "sin(100*x0**2)", "sin(100*x0 + 7*x1)", "sin(100*x1)", "exp(100*x0)"]
)
def test_others_are_left_alone(law) -> None:
    X = np.column_stack([np.arange(30.0), np.random.default_rng(0).uniform(0, 1, 30)])
    assert Lowest(X)(parse(law)) == parse(law)


@given(
    op=st.sampled_from(["sin", "cos", "tan"]),
    step=st.floats(0.01, 50.0),
    start=st.floats(-5.0, 5.0),
    places=st.lists(st.integers(-60, 60), min_size=4, max_size=30, unique=True),
    slope=st.floats(-40.0, 40.0),
    phase=st.floats(-7.0, 7.0),
)
def test_the_law_is_the_same_and_its_waves_are_slow(op, step, start, places, slope, phase) -> None:
    X = (start * step + step * np.array(places, dtype=float))[:, None]
    law = call(op, parse(f"{slope / step!r}*x0 + {phase!r}"))
    lowest = Lowest(X)
    low = lowest(law)
    before, after = evaluate(law, X), evaluate(low, X)
    assert np.abs(after - before).max() <= 1e-8 * np.abs(before).max()
    assert lowest(low) == low
    grid = grid_of(X[:, 0])
    assert grid is not None
    if op != "tan":  # a pole magnifies the rounding of the grid: the law may stay as it is
        assert fastest(low) * grid.step <= math.pi * (1 + 1e-9)


def fastest(law: Node) -> float:
    """Largest number beside a column."""
    pairs = [n for n in walk(law) if n.op == "mul" and n.children[1].is_var]
    return max((abs(n.children[0].value) for n in pairs), default=0.0)


def test_far_from_the_origin_a_frequency_is_no_phase() -> None:
    X = np.random.default_rng(0).uniform(2458800, 2458950, (40, 1))
    lowest = Lowest(X)
    for text in ("sin(1.17*x0)", "2*cos(1.17*x0 + 1.5707963267948966)", "exp(cos(1.17*x0))"):
        law = parse(text)
        placed = lowest(law)
        assert not lowest.has_phases(law) and lowest.has_phases(placed)
        np.testing.assert_allclose(evaluate(placed, X), evaluate(law, X), atol=1e-8)
    for text in ("sin(1e-6*x0)", "cos(1.17*x0 + 1)", "sin(x0**2)"):
        assert lowest(parse(text)) == parse(text) and lowest.has_phases(parse(text))
    near = Lowest(X - 2458800)
    assert near(parse("sin(1.17*x0)")) == parse("sin(1.17*x0)")
