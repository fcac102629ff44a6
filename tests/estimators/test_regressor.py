"""The public face, by what a scikit-learn user does with it."""

import pickle
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_trm import TRMSymbolicRegressor, solve
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import walk
from sklearn_trm.fit import loop as answer_loop

RNG = np.random.default_rng(0)
X = RNG.uniform(1, 5, (100, 2))
Y = X[:, 0] ** 2 / X[:, 1]
NOISY = Y + 0.1 * RNG.normal(size=100)


def regressor(**parameters):
    steps = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 3}
    return TRMSymbolicRegressor(**steps | parameters)


@pytest.fixture(scope="module")
def noisy():
    return regressor(max_complexity=15).fit(X, NOISY)


class FakeRefiner:
    """Scripted answers: what the loop does with a network, without one."""

    def __init__(self, *texts, interrupt_at=None):
        self.texts, self.calls, self.fed, self.interrupt_at = texts, 0, [], interrupt_at

    def start(self, X, y, rng, unary, binary):
        return np.ndim(y)

    def step(self, state, n_candidates, max_iters, threshold, ns_steps):
        if state == 2:  # opened cells, one a lane: nothing comes to mind
            return SimpleNamespace(nodes=[], lanes=[])
        self.calls += 1
        if self.calls == self.interrupt_at:
            raise KeyboardInterrupt
        nodes = [parse(self.texts[min(self.calls, len(self.texts)) - 1])]
        velocities = np.array([1.0, 0.1, 0.5 * threshold])
        return SimpleNamespace(
            nodes=nodes, log_prob=np.zeros(1), q=0.5, n_iter=3, converged=True,
            velocities=velocities, by_lane=velocities[None], seen=None,
        )  # fmt: skip

    def feedback(self, state, node):
        self.fed.append(node)
        return state


@pytest.fixture
def fake(monkeypatch):
    def install(*texts, **options):
        refiner = FakeRefiner(*texts, **options)
        monkeypatch.setattr(answer_loop, "_load_refiner", lambda model: refiner)
        return refiner

    return install


# ---------------------------------------------------------------------- results


def test_what_a_fit_leaves():
    est = regressor().fit(X, Y)
    assert est.expr_ == "x0**2/x1"
    assert str(est.sympy_expr_) == "x0**2/x1" == str(est.sympy())
    assert est.latex() == r"\frac{x_{0}^{2}}{x_{1}}"
    assert est.stopped_ == "exact"
    assert est.n_iter_ == 0 and est.converged_ is False and est.velocity_history_ == []
    assert est.n_features_in_ == 2 and not hasattr(est, "feature_names_in_")
    assert est.score(X, Y) == 1.0


def test_equations_are_a_front(noisy):
    table = noisy.equations_
    assert list(table.columns) == [
        "complexity", "loss", "score", "equation", "selected", "prior", "description_length",
        "probability", "bic", "constants", "sympy_format", "lambda_format",
    ]  # fmt: skip
    assert table["complexity"].is_monotonic_increasing
    front = table[table["score"].notna()]
    assert front["loss"].is_monotonic_decreasing and len(front) >= 2
    assert 0.5 < table["probability"].sum() <= 1.0  # the law may not be among them
    assert table["description_length"].min() == 0.0
    assert table["selected"].sum() == 1
    assert table.loc[table["selected"], "equation"].item() == noisy.expr_
    assert table["complexity"].max() <= 15


def test_every_row_predicts_what_it_prints(noisy):
    for i, row in noisy.equations_.iterrows():
        values = noisy.predict(X, index=i)
        assert np.mean((values - NOISY) ** 2) == pytest.approx(row.loss, rel=1e-9)
        np.testing.assert_allclose(evaluate(parse(row.equation), X), values, rtol=1e-9)
    with pytest.raises(IndexError, match="there is no row 99"):
        noisy.predict(X, index=99)


def test_noise_does_not_hide_the_law(noisy):
    assert noisy.score(X, Y) > 0.999
    assert noisy.equations_.loc[noisy.equations_["selected"], "complexity"].item() <= 8


def test_names_of_columns():
    table = pd.DataFrame(X, columns=["mass", "r"])
    est = regressor().fit(table, Y)
    assert est.expr_ == "mass**2/r"
    assert list(est.feature_names_in_) == ["mass", "r"]
    assert {s.name for s in est.sympy_expr_.free_symbols} == {"mass", "r"}
    assert est.equations_["equation"].iloc[-1] == "mass**2/r"
    np.testing.assert_allclose(est.predict(table), Y)


def test_not_fitted():
    for use in (lambda e: e.predict(X), lambda e: e.latex(), lambda e: e.equations_):
        with pytest.raises(NotFittedError):
            use(regressor())
    assert not hasattr(regressor(), "expr_")


def test_selection():
    accurate = regressor(selection="accuracy", max_complexity=15).fit(X, NOISY)
    table = accurate.equations_
    assert table.loc[table["selected"], "loss"].item() == table["loss"].min()
    simplest = regressor(selection=lambda rows: rows[0]).fit(X, NOISY)
    assert simplest.equations_["selected"].iloc[0]


def test_operators_are_held():
    y = np.exp(X[:, 0]) * X[:, 1]
    est = regressor(unary_operators=["sin"], binary_operators=["+", "*"]).fit(X, y)
    allowed = {"sin", "add", "mul", "sub", "neg", "square", "cube"}
    for i in range(len(est.equations_)):
        for node in walk(est.law(i)):
            whole = node.op == "pow" and node.children[1].value in range(1, 20)
            assert not node.children or node.op in allowed or whole, str(node)


# ---------------------------------------------------------------------- stopping, repeating


class ByTheWall(TRMSymbolicRegressor):
    _clock = staticmethod(time.monotonic)


def test_time_limit():
    # of the wall, as users have it: the processor's time is at most as much
    start = time.process_time()
    est = ByTheWall(model=None, random_state=0, time_limit=0.5).fit(X, RNG.normal(size=100))
    assert time.process_time() - start < 1.5
    assert est.stopped_ in ("time limit", "exhausted", "noise")


def test_an_equal_seed_gives_an_equal_law():
    laws = [
        regressor(time_limit=None, max_steps=2, unary_operators=["exp"]).fit(X, NOISY)
        for _ in range(2)
    ]
    assert laws[0].equations_.equals(laws[1].equations_)


def test_order_and_repetition_of_rows_do_not_matter():
    order = RNG.permutation(100)
    weight = RNG.integers(1, 4, 100)
    parameters = {"time_limit": None, "max_steps": 2, "unary_operators": ["exp"]}
    weighted = regressor(**parameters).fit(X, NOISY, sample_weight=weight)
    repeated = regressor(**parameters).fit(
        np.repeat(X, weight, 0)[::-1], np.repeat(NOISY, weight)[::-1]
    )
    shuffled = regressor(**parameters).fit(X[order], NOISY[order], sample_weight=weight[order])
    assert weighted.expr_ == repeated.expr_ == shuffled.expr_


def test_many_rows():
    table = RNG.uniform(1, 5, (20_000, 2))
    y = 3 * table[:, 0] + table[:, 1] + 0.01 * RNG.normal(size=20_000)
    est = regressor(max_steps=1, max_complexity=9).fit(table, y)
    assert est.score(table, y) > 0.9999


# ---------------------------------------------------------------------- scikit-learn


def test_pickle_keeps_the_law(noisy):
    data = pickle.dumps(noisy)
    assert len(data) < 20_000
    again = pickle.loads(data)
    np.testing.assert_array_equal(again.predict(X), noisy.predict(X))
    assert again.equations_.equals(noisy.equations_)


def test_pipeline_clone_and_cross_validation():
    pipe = make_pipeline(FunctionTransformer(np.log), regressor())
    y = 2 * np.log(X[:, 0]) + 1
    assert clone(pipe).fit(X, y).score(X, y) > 0.999999
    assert (cross_val_score(regressor(), X, Y, cv=3) > 0.999999).all()


def test_grid_search():
    grid = GridSearchCV(regressor(), {"max_complexity": [1, 8]}, cv=2).fit(X, Y)
    assert grid.best_params_ == {"max_complexity": 8}


def test_solve():
    latex, iterations = solve(np.column_stack([X, Y]), model=None, random_state=0)
    assert latex == r"\frac{x_{0}^{2}}{x_{1}}"
    assert iterations == 0


# ---------------------------------------------------------------------- the answer loop


def test_the_best_law_is_fed_back(fake):
    refiner = fake("1*x0", "1*x0 + 1*x1", "1*x0**2/x1")
    est = regressor(model="auto", search=False).fit(X, Y)
    assert est.expr_ == "x0**2/x1" and est.stopped_ == "exact"
    assert refiner.calls == 3
    assert [step.step for step in est.answer_steps_] == [1, 2, 3]
    losses = [step.loss for step in est.answer_steps_]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 1e-20
    assert est.n_iter_ == 9 and est.converged_
    assert [len(v) for v in est.velocity_history_] == [3, 3, 3]
    # what went back carries fitted constants
    assert "x0" in str(refiner.fed[0]) and str(refiner.fed[0]) != "x0"


def test_max_steps_ends_the_network_alone(fake):
    refiner = fake("1*x0")
    est = regressor(model="auto", search=False, max_steps=4).fit(X, Y)
    assert refiner.calls == 4 and est.stopped_ == "exhausted"


def test_interrupt_keeps_the_best_so_far(fake):
    fake("1*x0 + 1", interrupt_at=2)
    with pytest.warns(UserWarning, match="best so far"):
        est = regressor(model="auto", search=False).fit(X, Y)
    assert est.stopped_ == "interrupted" and "x0" in est.expr_


def test_laws_of_the_network_obey_the_operators(fake):
    fake("1*sin(x0)", "1*x0")
    est = regressor(model="auto", search=False, unary_operators=["exp"], max_steps=2).fit(X, Y)
    assert [step.n_new for step in est.answer_steps_] == [0, 1]
    assert len(est.equations_) > 1
    assert not any("sin" in text for text in est.equations_["equation"])


def test_columns_of_the_network_are_those_of_the_user(fake):
    fake("1*x0**2/x1")
    table = np.column_stack([np.ones(100), X[:, 0], X[:, 0], X[:, 1]])
    est = regressor(model="auto", search=False).fit(table, Y)
    assert est.expr_ == "x1**2/x3" == str(est.answer_steps_[0].law)


def test_verbose_prints_a_line_a_step(fake, capsys):
    fake("1*x0", "1*x0**2/x1")
    regressor(model="auto", search=False, verbose=1).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert "step 1" in lines[-2] and lines[-1].endswith("x0**2/x1")


def test_device_that_is_not_there(fake):
    jax = pytest.importorskip("jax")
    if any(d.platform == "gpu" for d in jax.devices()):
        pytest.skip("there is a GPU")
    fake("1*x0")
    with pytest.raises(ValueError, match="no device 'gpu'"):
        regressor(model="auto", search=False, device="gpu").fit(X, Y)


def test_a_short_limit_in_a_cold_process_still_finds_an_easy_law() -> None:
    """Imports and the one compile are no part of `time_limit`: a fresh process loses nothing."""
    code = (
        "import numpy as np; from sklearn_trm import TRMSymbolicRegressor as R;"
        "X = np.random.default_rng(0).uniform(0.5, 3, (100, 2));"
        "print(R(time_limit=1.0, random_state=0).fit(X, X[:, 0] * X[:, 1]).expr_)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.strip() == "x0*x1"
