"""Drawn laws and tables: defined, in need of all that they hold, and as asked for."""

import math
from collections import Counter

import numpy as np
import pytest

from benchmarks.law_shapes import draw_shape
from benchmarks.matters import is_plain
from benchmarks.plausible import Column, DrawnLaw, draw_law
from benchmarks.plausible_tables import Noise, draw_table
from benchmarks.signature import is_benchmark
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import columns, walk
from sklearn_trm.rules.prior import prior


@pytest.fixture(scope="module")
def laws():
    return [draw_law(np.random.default_rng([1, i])) for i in range(60)]


def test_a_seed_gives_a_law_and_its_rows():
    first, again, other = (draw_law(np.random.default_rng(s), 2) for s in (3, 3, 4))
    assert first == again != other
    a, b = (draw_table(np.random.default_rng(5), first) for _ in range(2))
    assert np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1])


def test_laws_are_varied_and_unseen(laws):
    assert {len(law.columns) for law in laws} == set(range(1, 7))
    for law in laws:
        assert columns(law.node) == tuple(range(len(law.columns)))
        assert prior(law.node) <= 60.0
        assert not is_benchmark(law.node)
    names = Counter(n.op for law in laws for n in walk(law.node))
    assert {"exp", "div", "square", "log"} <= set(names)
    assert len({str(law.node) for law in laws}) == len(laws)


def test_known_laws_come_when_they_may():
    seen = [draw_law(np.random.default_rng([2, i]), 1, unseen=False) for i in range(30)]
    assert sum(is_benchmark(law.node) for law in seen) > 5
    cheap = draw_law(np.random.default_rng(0), 1, max_nats=15.0)
    assert prior(cheap.node) <= 15.0


def test_shapes_come_as_often_as_their_nats_say():
    rng = np.random.default_rng(0)
    found = Counter(str(draw_shape(rng, 1)) for _ in range(6000))
    # 4.75 and 4.76 nats in the table; a product of two columns, 5 and 1 less at the top of a law
    assert found["log(x0)"] == pytest.approx(found["sqrt(x0)"], rel=0.4)
    expected = 10 * math.exp(4.75 - 4.0)
    assert found["x0*x0"] / found["log(x0)"] == pytest.approx(expected, rel=0.25)
    assert not {"1 + 1", "exp(1)", "-1", "x0*1"} & set(found)
    with pytest.raises(ValueError, match="1 to 14 operators"):
        draw_shape(rng, 15)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("2.5*exp(-x0) + 1", True),
        ("x0*x1 + 0.3*x1", True),
        ("x0 + 0.001*x1", False),  # a column that nothing shows
        ("2*(3*x0) + x1", False),  # numbers that no rows tell apart
        ("1.5*x0**2.1 + 1.4*x0**2 + x1", False),  # nor these, in practice
        ("sin(0.1*x0) + x1", False),  # a line in all but name
        ("x1/(x0 - 1)", False),  # a pole inside
        ("log(x0 - 1) + x1", False),  # undefined on half of the rows
        ("sin(90*x0) + x1", False),  # more waves than a table shows
        ("1000 + 0.1*x0*x1", False),  # a change that nobody reports
    ],
)
def test_laws_without_a_simpler_one(text, plain):
    X = np.random.default_rng(0).uniform(0.0, 2.0, (200, 2))
    law = parse(text)
    assert is_plain(law, X[:, : 1 + max(columns(law))]) is plain


@pytest.mark.parametrize("text", ["x0*x1", "7*x2/(x0*x1)", "5*exp(-1.3*x0) + 2", "4*x0/(x0 + 9)"])
def test_benchmark_laws_are_known_whatever_their_numbers(text):
    assert is_benchmark(parse(text))


def test_rows_lie_where_the_columns_are_measured(laws):
    for i, law in enumerate(laws):
        X, y = draw_table(np.random.default_rng([3, i]), law, noise=Noise())
        assert 3 <= len(y) <= 1000 and np.isfinite(y).all() and np.ptp(y) > 0
        assert np.array_equal(y, evaluate(law.node, X))
        for x, column in zip(X.T, law.columns, strict=True):
            assert column.low <= x.min() and x.max() <= column.high
            assert not column.is_whole or (x == np.round(x)).all()


def test_tables_have_grids_and_repeated_values():
    law = DrawnLaw(parse("x0**2"), (Column("from 0", 0.0, 10.0),))
    tables = [draw_table(np.random.default_rng(i), law, 12, Noise())[0][:, 0] for i in range(60)]
    grids = sum(np.ptp(np.diff(x)) < 1e-9 for x in tables)
    repeated = sum(len(set(x)) < 12 for x in tables)
    assert 12 < grids < 40 and 3 < repeated < 20
    year = DrawnLaw(parse("exp(0.02*(x0 - 1950))"), (Column("years", 1950.0, 2010.0),))
    X, _ = draw_table(np.random.default_rng(1), year, 20, Noise())
    assert set(np.diff(np.sort(X[:, 0]))) <= {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0}


def test_errors_are_of_the_asked_kind_and_size():
    y = np.random.default_rng(0).uniform(20.0, 400.0, 4000)
    rng = np.random.default_rng(1)
    even = Noise("even", 0.05).on(y, rng) - y
    assert np.std(even) == pytest.approx(0.05 * np.std(y), rel=0.05)
    share = Noise("proportional", 0.05).on(y, rng) / y - 1
    assert np.std(share) == pytest.approx(0.05, rel=0.05)
    assert abs(np.corrcoef(np.abs(share), y)[0, 1]) < 0.1
    counts = Noise("counts").on(y, rng)
    assert (counts == np.round(counts)).all()
    assert np.var(counts - y) == pytest.approx(np.mean(y), rel=0.1)
    rounded = Noise("rounded", 0.03).on(y, rng)
    assert (rounded == np.round(rounded, -1)).all() and np.abs(rounded - y).max() <= 5.0
    assert np.array_equal(Noise().on(y, rng), y)
    assert np.ptp(Noise("counts", 0.1).on(-y, rng)) > 0  # what is no count gets even errors


def test_what_cannot_be_drawn_is_said():
    law = draw_law(np.random.default_rng(0), 1)
    with pytest.raises(ValueError, match="1 to 6 columns"):
        draw_law(np.random.default_rng(0), 7)
    with pytest.raises(ValueError, match="at least 3 rows"):
        draw_table(np.random.default_rng(0), law, 2)
    with pytest.raises(ValueError, match="even, proportional"):
        Noise("loud", 0.1)
