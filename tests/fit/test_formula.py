"""Known formulas: how they are read, and where their constants begin."""

import numpy as np
import pytest

from sklearn_trm.errors import DataError
from sklearn_trm.fit.formula import Formula, Known, draw_starts
from sklearn_trm.fit.template import Template


def formula(text, names=("x0", "x1")):
    return Formula.of(Template.read(text, list(names)), len(names))


@pytest.mark.parametrize(
    ("text", "linear"),
    [
        ("a*x0 + b", "ab"),
        ("a*x0/(b + x0)", "a"),
        ("a*exp(-b*x0) + c", "ac"),
        ("a*(b + x0)", "a"),  # one of both
        ("a*x0 + exp(a*x1) + b", "b"),  # a stands inside a function too
        ("x0 - (a + x1)/2", "a"),
        ("a/b*x0", "a"),
        ("a*x0**a", ""),
        ("-(a*x0 - b*x1)", "ab"),
    ],
)
def test_constants_that_enter_linearly(text, linear):
    read = formula(text)
    assert {read.names[i] for i in read.linear} == set(linear)


def test_a_name_may_stand_twice_and_numbers_stay():
    read = formula("a*x0**2 + 0.5*a*x1 + b")
    assert read.names == ("a", "b")
    assert sorted(read.owner) == [-1, 0, 0, 1]


def test_what_a_user_knows():
    known = Known.read({"b": (0, 10), "c": (None, 2, 3), "a": 5}, ("a", "b", "c"))
    np.testing.assert_array_equal(known.start, [5, np.nan, 2])
    np.testing.assert_array_equal(known.low, [-np.inf, 0, -np.inf])
    np.testing.assert_array_equal(known.high, [np.inf, 10, 3])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"z": 1}, "no constant 'z'; the template has a, b"),
        ([1, 2], "is a dictionary"),
        ({"a": "1"}, "starting value"),
        ({"a": (1, 2, 3, 4)}, "starting value"),
        ({"a": float("nan")}, "starting value"),
        ({"a": (3, 1)}, "ascend"),
        ({"a": (0, 5, 1)}, "ascend"),
        ({"a": (2, 2)}, "ascend"),
    ],
)
def test_what_a_user_cannot_mean(given, message):
    with pytest.raises(DataError, match=message):
        Known.read(given, ("a", "b"))


def test_starts_keep_what_is_known():
    X = np.linspace(1.0, 5.0, 50)[:, None]
    read = formula("a*exp(-b*(x0 - c)**d)", ["x0"])
    known = Known.read({"b": 2.5, "c": (0, 3), "d": (1, None)}, read.names)
    starts = draw_starts(read, known, X, 200, np.random.default_rng(0))
    assert (starts[:, 1] == 2.5).all()
    assert (starts[:, 2] >= 0).all() and (starts[:, 2] <= 3).all()
    assert np.ptp(starts[:, 2]) > 1 and (starts[:, 3] >= 1).all()


def test_waves_begin_below_the_fastest_one_that_the_rows_show():
    X = np.linspace(0.0, 10.0, 101)[:, None]
    read = formula("a*sin(w*x0 + p)", ["x0"])
    starts = draw_starts(read, Known.read(None, read.names), X, 2000, np.random.default_rng(0))
    drawn = starts[:, 1]
    assert np.mean((drawn > 15) & (drawn < np.pi / 0.1)) > 0.25
