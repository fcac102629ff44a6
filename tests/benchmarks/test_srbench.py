"""The SRBench entry, driven as SRBench's experiment/evaluate_model.py drives it."""

from __future__ import annotations

import importlib.util
import inspect
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sympy
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

FOLDER = Path(__file__).parents[2] / "benchmarks" / "srbench"


@pytest.fixture(scope="module")
def entry():  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("regressor", FOLDER / "regressor.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def fitted(entry):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.uniform(1, 5, (200, 3)), columns=["m", "v", "r"])
    y = (X["m"] * X["v"] ** 2 / X["r"]).to_numpy()
    X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=0.75, random_state=1)
    est = clone(entry.est).set_params(**entry.eval_kwargs["test_params"])
    est.random_state = 1  # the benchmark sets the attribute
    est.fit(X_train, y_train)
    return est, X_train, X_test, y_test


def test_the_folder_is_complete() -> None:
    names = {path.name for path in FOLDER.iterdir()}
    assert {"metadata.yml", "regressor.py", "install.sh", "requirements.txt"} <= names
    assert os.access(FOLDER / "install.sh", os.X_OK)
    keys = [line.split(":")[0] for line in (FOLDER / "metadata.yml").read_text().splitlines()]
    assert {"authors", "email", "name", "description", "url"} <= set(keys)


def test_data_are_not_scaled(entry) -> None:  # type: ignore[no-untyped-def]
    assert entry.eval_kwargs["scale_x"] is False
    assert entry.eval_kwargs["scale_y"] is False


def test_the_law_is_a_sympy_text_in_the_columns_names(entry, fitted) -> None:  # type: ignore[no-untyped-def]
    est, X_train, X_test, y_test = fitted
    assert "X" in inspect.signature(entry.model).parameters
    names = {n: sympy.Symbol(n) for n in X_train.columns}
    law = sympy.parse_expr(entry.model(est, X_train), local_dict=names)
    assert {s.name for s in law.free_symbols} == {"m", "v", "r"}
    assert sympy.simplify(law - names["m"] * names["v"] ** 2 / names["r"]) == 0
    assert r2_score(y_test, est.predict(X_test)) == pytest.approx(1.0)


def test_complexity_counts_nodes(entry, fitted) -> None:  # type: ignore[no-untyped-def]
    est, X_train, *_ = fitted
    law = sympy.parse_expr(entry.model(est, X_train))
    assert entry.complexity(est) == sum(1 for _ in sympy.preorder_traversal(law))


def test_every_law_of_the_front_is_a_regressor(entry, fitted) -> None:  # type: ignore[no-untyped-def]
    est, X_train, X_test, _ = fitted
    population = entry.get_population(est)
    assert 1 <= len(population) <= 100
    for one in population:
        assert one.predict(X_test).shape == (len(X_test),)
        f = sympy.lambdify(
            list(sympy.symbols("m v r")), sympy.parse_expr(entry.model(one, X_train))
        )
        values = np.broadcast_to(f(*X_test.to_numpy().T), len(X_test))
        np.testing.assert_allclose(values, one.predict(X_test), rtol=1e-9)
    best = entry.get_best_solution(est)
    np.testing.assert_array_equal(best.predict(X_test), est.predict(X_test))
