"""Limits of a law: a predicate and a measure that every law of a fit obeys."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_trm import Constraints, TRMSymbolicClassifier, TRMSymbolicRegressor, load
from sklearn_trm.errors import DataError, FileError
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import depth, walk
from sklearn_trm.rules.rules import Rules
from sklearn_trm.task.front import Front
from tests.strategies import trees

X = np.random.default_rng(0).uniform(0.5, 3.0, (120, 2))
Y = np.sin(2 * np.sin(X[:, 0])) + 0.5 * X[:, 1] ** 2.5 + 0.3 * X[:, 0] * X[:, 1]
FAST = {"model": None, "random_state": 0, "time_limit": 1.0}

POWERS = {"square": 2.0, "cube": 3.0, "sqrt": 0.5, "inv": 1.0}


def exponents_of(law):
    for n in walk(law):
        if n.op in POWERS:
            yield POWERS[n.op]
        elif n.op == "pow":
            yield abs(n.children[1].value) if n.children[1].is_const else np.inf


def below(node, name):
    """Largest number of `name` on a way down from the operands of `node`."""
    return max(((n.op == name) + below(n, name) for n in node.children), default=0)


def obeys(law, c, costs=(1, 1)):
    """The constraints, checked anew and without the rules' own code."""
    variable, constant = costs

    def size(node):
        own = (c.complexity_of_operators or {}).get(node.op, 1)
        leaf = variable if node.is_var else constant
        return own + sum(map(size, node.children)) if node.children else leaf

    if c.max_depth is not None and depth(law) > c.max_depth:
        return False
    for op, inside in (c.nested or {}).items():
        for n in walk(law):
            if n.op == op and any(below(n, i) > most for i, most in inside.items()):
                return False
    for op, most in (c.operands or {}).items():
        if any(n.op == op and n.children and size(n.children[0]) > most for n in walk(law)):
            return False
    if any(set(group) <= {n.op for n in walk(law)} for group in c.forbidden):
        return False
    for e in exponents_of(law):
        if c.max_exponent is not None and e > c.max_exponent:
            return False
        if c.integer_exponents and not float(e).is_integer():
            return False
    return True


functions = st.sampled_from(["sin", "cos", "exp", "log", "tanh"])
limits = st.builds(
    Constraints,
    complexity_of_operators=st.none() | st.dictionaries(functions, st.integers(1, 4), max_size=3),
    complexity_of_variables=st.none() | st.integers(1, 3),
    complexity_of_constants=st.none() | st.integers(1, 3),
    max_depth=st.none() | st.integers(1, 6),
    operands=st.none() | st.dictionaries(functions, st.integers(1, 5), max_size=2),
    nested=st.none()
    | st.dictionaries(
        functions, st.dictionaries(functions, st.integers(0, 1), max_size=3), max_size=2
    ),
    forbidden=st.lists(st.lists(functions, min_size=1, max_size=2), max_size=2),
    max_exponent=st.none() | st.sampled_from([1, 1.5, 2, 3]),
    integer_exponents=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(limits, st.lists(trees, min_size=1, max_size=8))
def test_a_front_holds_only_what_is_permitted(c, laws):
    rules = Rules(c)
    front = Front(rules.measure, rules.written)
    for i, law in enumerate(laws):
        front.add(law, 1.0 / (i + 1))
    costs = c.complexity_of_variables or 1, c.complexity_of_constants or 1
    for row in front.rows():
        assert obeys(row.node, c, costs), row.equation
        assert row.complexity == rules.measure(row.node)


@settings(max_examples=8, deadline=None)
@given(limits)
def test_no_law_of_a_fit_breaks_a_limit(c):
    est = TRMSymbolicRegressor(constraints=c, **FAST | {"time_limit": 0.6}).fit(X, Y)
    costs = c.complexity_of_variables or 1, c.complexity_of_constants or 1
    rules = Rules(c, ["x0", "x1"])
    for i in range(len(est.equations_)):
        law = est.law(i)
        assert obeys(law, c, costs), est.equations_.equation[i]
        assert est.equations_.complexity[i] == rules.measure(law) <= 40


def test_nesting_is_what_keeps_a_law_away():
    y = np.sin(2 * np.sin(X[:, 0]))
    law = ["sin(2*sin(x0))"]
    free = TRMSymbolicRegressor(**FAST).fit(X, y, guesses=law)
    assert free.expr_ == "sin(2*sin(x0))"
    limits = Constraints(nested={"sin": {"sin": 0}})
    bound = TRMSymbolicRegressor(constraints=limits, **FAST).fit(X, y, guesses=law)
    assert len(bound.equations_) > 1
    assert not any("sin(2*sin" in text for text in bound.equations_.equation)


def test_exponents_are_rounded_not_given_up():
    rng = np.random.default_rng(1)
    y = 3 * X[:, 0] ** 2.1 * (1 + 0.02 * rng.standard_normal(len(X)))
    limits = Constraints(integer_exponents=True)
    est = TRMSymbolicRegressor(constraints=limits, unary_operators=[], **FAST).fit(X, y)
    assert est.score(X, y) > 0.98
    for i in range(len(est.equations_)):
        assert all(e.is_integer() for e in exponents_of(est.law(i)))


def test_costs_count_in_the_front_and_for_max_complexity():
    limits = Constraints(complexity_of_operators={"sin": 5}, complexity_of_variables={"x1": 3},
                         complexity_of_constants=2)  # fmt: skip
    y = X[:, 0] + 2 * X[:, 1]
    est = TRMSymbolicRegressor(constraints=limits, max_complexity=8, **FAST).fit(X, y)
    table = est.equations_.set_index("equation")
    assert table.complexity["x0 + 2*x1"] == 1 + 1 + 2 + 1 + 3
    est.set_params(max_complexity=7).fit(X, y)
    assert est.equations_.complexity.max() <= 7 and est.score(X, y) < 1


@pytest.mark.parametrize(
    ("limits", "good", "bad"),
    [
        ({"max_depth": 3}, "x0 + sin(x1)", "sin(exp(sin(x0)))"),
        ({"operands": {"pow": (-1, 1)}}, "(x0 + x1)**2.5", "x0**sin(x1)"),
        ({"operands": {"pow": (1, -1)}}, "x0**2", "(x0 + x1)**2"),
        ({"operands": {"mul": (1, 3)}}, "sin(x0)*x1", "sin(x0)*exp(x1)"),
        ({"operands": {"div": (-1, 1)}}, "sin(x0)/x1", "1/(x0 + x1)"),
        ({"nested": {"exp": {"pow": 0}}}, "exp(x0)**2", "exp(x0**2)"),
        ({"nested": {"sin": {"cos": 1}}}, "sin(cos(x0) + cos(x1))", "sin(cos(cos(x0)))"),
        ({"forbidden": [("sin", "exp")]}, "exp(x0) + cos(x1)", "exp(x0) + sin(x1)"),
        ({"forbidden": [("tan",)]}, "sin(x0)", "tan(x0)"),
        ({"max_exponent": 2}, "x0**2/x1**2", "x0*x0*x0"),
        ({"max_exponent": 2}, "x0**1.5", "x0**x1"),
        ({"integer_exponents": True}, "x0**4/x1", "sqrt(x0)"),
    ],
)  # fmt: skip
def test_what_each_limit_means(limits, good, bad):
    rules = Rules(Constraints(**limits))
    assert rules.permits(parse(good)) and rules.written(parse(good)) is not None
    assert not rules.permits(parse(bad)) and rules.written(parse(bad)) is None


def test_extreme_units_are_judged_as_they_are_shown():
    y = 1e30 * np.sin(X[:, 0])
    est = TRMSymbolicRegressor(constraints=Constraints(max_depth=4), **FAST).fit(X, y)
    assert est.expr_ == "1e30*sin(x0)"
    assert all(depth(est.law(i)) <= 4 for i in range(len(est.equations_)))


def test_classes_and_several_targets():
    limits = Constraints(max_depth=3, forbidden=[("exp",)])
    options = FAST | {"constraints": limits, "time_limit": 1.5}
    both = TRMSymbolicRegressor(**options).fit(X, np.column_stack([Y, X[:, 0] * X[:, 1]]))
    classes = TRMSymbolicClassifier(**options).fit(X, np.median(Y) < Y)
    for est in (*both.estimators_, classes):
        assert len(est.equations_) > 1
        assert all(depth(est.law(i)) <= 3 for i in range(len(est.equations_)))
        assert not any("exp" in text for text in est.equations_.equation)
    assert classes.score(X, np.median(Y) < Y) > 0.8


def test_other_losses():
    limits = Constraints(max_depth=3)
    est = TRMSymbolicRegressor(constraints=limits, loss="absolute", **FAST).fit(X, Y)
    assert len(est.equations_) > 1
    assert all(depth(est.law(i)) <= 3 for i in range(len(est.equations_)))


def test_the_network_obeys():
    limits = Constraints(nested={"sin": {"sin": 0}}, max_depth=4, max_exponent=2)
    est = TRMSymbolicRegressor(
        constraints=limits, search=False, time_limit=None, max_steps=4, random_state=0
    ).fit(X, Y)
    assert len(est.equations_) > 2
    assert all(obeys(est.law(i), limits) for i in range(len(est.equations_)))


def test_a_plain_parameter(tmp_path):
    limits = Constraints(operands={"pow": (-1, 1)}, forbidden=[{"exp"}], max_exponent=np.float64(2))
    assert pickle.loads(pickle.dumps(limits)) == limits
    est = TRMSymbolicRegressor(constraints=limits, **FAST)
    assert clone(est).constraints == limits
    est.fit(X, X[:, 0] * X[:, 1]).save(tmp_path / "law.json")
    assert load(tmp_path / "law.json").constraints == limits
    text = (tmp_path / "law.json").read_text().replace('"max_exponent": 2', '"max_exponent": -2')
    (tmp_path / "law.json").write_text(text)
    with pytest.raises(FileError, match="max_exponent"):
        load(tmp_path / "law.json")
    grid = {"constraints": [None, Constraints(max_depth=1)]}
    search = GridSearchCV(TRMSymbolicRegressor(**FAST | {"time_limit": 0.5}), grid, cv=2)
    assert search.fit(X, X[:, 0] * X[:, 1]).best_params_ == {"constraints": None}


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"max_depth": 0}, "max_depth must be a whole number"),
        ({"operands": {"sin": (1, 2, 3)}}, "one limit for each operand"),
        ({"operands": ["sin"]}, "operands is a dict"),
        ({"nested": {"sin": 0}}, "nested\\['sin'\\] names operators"),
        ({"nested": {"sin": {"sin": -1}}}, "at least 0"),
        ({"forbidden": ["sin"]}, "list of groups"),
        ({"max_exponent": 0.5}, "max_exponent must be a number"),
        ({"integer_exponents": 1}, "True or False"),
        ({"complexity_of_constants": 1.5}, "complexity_of_constants"),
    ],
)  # fmt: skip
def test_errors_of_limits(limits, message):
    with pytest.raises(ValueError, match=message):
        Constraints(**limits)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"constraints": {"max_depth": 3}}, "Constraints\\(...\\)"),
        ({"constraints": Constraints(complexity_of_constants=9), "max_complexity": 5}, "no room"),
        ({"constraints": Constraints(nested={"gamma": {}})}, "unknown operator"),
        ({"constraints": Constraints(complexity_of_variables={"a": 2})}, "columns are x0, x1"),
    ],
)  # fmt: skip
def test_errors_of_a_fit(parameters, message):
    with pytest.raises((ValueError, DataError), match=message):
        TRMSymbolicRegressor(**FAST | parameters).fit(X, Y)
