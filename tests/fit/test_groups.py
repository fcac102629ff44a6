"""One form for several groups: what is shared, and what is of each."""

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.text import parse


def fitted(X, y, groups, unary=(), **more):
    est = TRMSymbolicRegressor(
        model=None, random_state=0, time_limit=None, max_steps=1, unary_operators=[*unary]
    )
    return est.fit(X, y, groups=groups, **more)


def shared_and_own(est):
    names = est.constants_by_group_.columns.get_level_values(0).unique()
    return [n for n in names if "[" not in n], [n for n in names if "[" in n]


def test_lines_with_a_common_slope():
    rng = np.random.default_rng(3)
    g, x = np.repeat(["a", "b", "c"], 8), np.tile(np.linspace(0, 5, 8), 3)
    level = np.repeat([0.5, 2.0, 6.0], 8)
    est = fitted(pd.DataFrame({"x": x, "g": g}), 1.7 * x + level + 0.1 * rng.normal(size=24), "g")
    assert est.form() in ("a*x + b[g]", "a[g] + b*x")
    table = est.constants_by_group_
    (slope,), (own,) = shared_and_own(est)
    assert abs(table[slope, "value"] - 1.7).max() < 0.05 and table[slope, "value"].nunique() == 1
    assert abs(table[own, "value"] - [0.5, 2.0, 6.0]).max() < 0.2
    assert (table[own, "std"] > 0.01).all()


def test_exponentials_with_a_common_rate_and_own_levels():
    rng = np.random.default_rng(1)
    g, t = np.repeat([1, 2, 3], 9), np.tile(np.linspace(0, 6, 9), 3)
    a, c = np.repeat([3.0, 5.0, 9.0], 9), np.repeat([1.0, 2.0, 0.5], 9)
    y = a * np.exp(-0.4 * t) + c + 0.02 * rng.normal(size=27)
    est = fitted(np.column_stack([g, t]), y, 0, ["exp"])
    shared, own = shared_and_own(est)
    assert len(shared) == 1 and len(own) == 2
    assert abs(est.constants_by_group_[shared[0], "value"] + 0.4).max() < 0.02
    assert est.name_ == "decay to a level"


def test_two_groups_of_different_scale_are_exact():
    g, x = np.repeat(["lo", "hi"], 9), np.tile(np.linspace(1, 9, 9), 2)
    y = np.where(g == "lo", 2.0, 2000.0) * x**1.5
    est = fitted(pd.DataFrame({"g": g, "x": x}), y, "g")
    assert est.stopped_ == "exact" and est.form() == "a[g]*x**1.5"
    assert est.constants_by_group_["a[g]", "value"].to_dict() == {"hi": 2000.0, "lo": 2.0}


def test_what_all_groups_share_has_no_constants_of_groups():
    rng = np.random.default_rng(2)
    g, x = np.repeat(["a", "b"], 10), rng.uniform(1, 5, 20)
    est = fitted(pd.DataFrame({"g": g, "x": x}), 2.5 * x + 1.3 + 0.05 * rng.normal(size=20), "g")
    assert shared_and_own(est)[1] == []
    # nor are its lengths those of laws with more numbers
    table = est.equations_
    assert table.description_length[table.selected].item() == 0.0


def test_weights_and_errors():
    rng = np.random.default_rng(5)
    g, x = np.repeat([0, 1], 15), np.tile(np.linspace(1, 9, 15), 2)
    error = np.where(g == 0, 0.02, 1.0)
    y = np.array([2.0, 3.0])[g] * np.log(x) + error * rng.normal(size=30)
    X = pd.DataFrame({"g": g, "x": x})
    known = fitted(X, y, "g", ["log"], y_error=error)
    assert known.form() == "a[g]*log(x)"
    spread = known.constants_by_group_["a[g]", "std"]
    assert 30 < spread[1] / spread[0] < 70
    weighted = fitted(X, y, "g", ["log"], sample_weight=error**-2)
    np.testing.assert_allclose(
        weighted.constants_by_group_["a[g]", "value"], known.constants_by_group_["a[g]", "value"]
    )


def test_rules_hold_for_each_group():
    rng = np.random.default_rng(0)
    g, x = np.repeat(["a", "b"], 8), np.tile(np.linspace(1, 3, 8), 2)
    est = TRMSymbolicRegressor(
        model=None, random_state=0, time_limit=None, max_steps=1, max_complexity=5,
        unary_operators=[], binary_operators=["+", "*"],
    )  # fmt: skip
    est.fit(pd.DataFrame({"g": g, "x": x}), x**2 + 0.1 * rng.normal(size=16), groups="g")
    for index in range(len(est.equations_)):
        form = parse(est.form(index), ["x", "a[g]", "b[g]", "a", "b"])
        assert {n for n in str(form) if n in "/-"} == set()


def test_callbacks_hear_of_the_whole_law_and_stop_it():
    heard = []

    def stop(progress):
        heard.append(progress.law)
        return len(heard) == 2

    g, x = np.repeat(["a", "b"], 8), np.tile(np.linspace(1, 3, 8), 2)
    y = np.where(g == "a", 2.0, 5.0) * x
    est = fitted(pd.DataFrame({"g": g, "x": x}), y, "g", callbacks=stop)
    assert len(heard) == 2 and est.stopped_ == "callback"
    assert all("[g=a]" in law for law in heard)


@pytest.mark.parametrize(
    ("parameters", "more", "match"),
    [
        ({"loss": "absolute"}, {}, "leave out loss"),
        ({}, {"template": "a*x + b"}, "without template"),
        ({}, {"units": {"x": "m"}}, "without units"),
        ({}, {"X_error": 0.1}, "X_error="),
    ],
)
def test_errors(parameters, more, match):
    X = pd.DataFrame({"g": ["a", "b"] * 4, "x": np.arange(8.0)})
    est = TRMSymbolicRegressor(model=None, **parameters)
    with pytest.raises(DataError, match=match):
        est.fit(X, np.arange(8.0), groups="g", **more)
    assert not hasattr(est, "groups_")
