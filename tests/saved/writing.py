"""Fitted estimators as the present version writes them, for all later versions to read.

`python -m tests.saved.writing` makes `tests/saved/VERSION/`, once a release; what stands there
already is never written again.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sklearn_trm import (
    Constraints,
    Huber,
    Operator,
    TRMSymbolicClassifier,
    TRMSymbolicRegressor,
    TRMSymbolicTransformer,
    __version__,
)

HERE = Path(__file__).parent
FAST: dict[str, Any] = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 3}
SMALL: dict[str, Any] = {**FAST, "unary_operators": ["exp", "sqrt"], "max_complexity": 9}


def fitted() -> Iterator[tuple[str, Any, pd.DataFrame]]:
    """Name, fitted estimator, and rows to predict (a table of numbers where it saw one)."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.uniform(1, 5, (60, 2)), columns=["mass", "r [m]"])
    X, some = frame.to_numpy(), frame.iloc[:5]
    y = 3 * X[:, 0] ** 2 / X[:, 1]
    noisy = y * (1 + 0.03 * rng.normal(size=60))
    plain = pd.DataFrame(X[:5])
    yield "regressor", TRMSymbolicRegressor(**FAST).fit(X, y), plain
    yield "named", TRMSymbolicRegressor(**SMALL).fit(frame, noisy), some
    weights = rng.uniform(0.5, 2, 60)
    yield "weighted", TRMSymbolicRegressor(**SMALL).fit(X, noisy, weights), plain
    yield "known_errors", TRMSymbolicRegressor(**SMALL).fit(X, noisy, y_error=0.03 * y), plain
    yield "huber", TRMSymbolicRegressor(loss=Huber(1.5), **SMALL).fit(X, noisy), plain
    yield "template", TRMSymbolicRegressor(**SMALL).fit(X, y, template="f(x0)*g(x1)"), plain
    several = np.column_stack([y, X[:, 0] + 2])
    yield "targets", TRMSymbolicRegressor(**SMALL).fit(X, several), plain
    ruled = TRMSymbolicRegressor(
        constraints=Constraints(max_depth=4, monotonic={"mass": 1}), prior={"exp": 2.0}, **SMALL
    )
    yield "constraints", ruled.fit(frame, noisy), some
    labels = np.array(["a", "b", "c"])[rng.integers(0, 3, 60)]
    grouped = frame.assign(patient=labels)
    scale = pd.Series(labels).map({"a": 1.0, "b": 2.0, "c": 3.5}).to_numpy()
    yield (
        "groups", TRMSymbolicRegressor(**SMALL).fit(grouped, scale * X[:, 0], groups="patient"),
        grouped.iloc[:5],
    )  # fmt: skip
    days = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=60)})
    growth = 2.0 * np.arange(60) + 7
    yield "dates", TRMSymbolicRegressor(**SMALL).fit(days, growth, dates="days"), days.iloc[:5]
    two, three = (X[:, 0] > 2).astype(int), np.digitize(X[:, 0] * X[:, 1], [4, 9])
    yield "classes", TRMSymbolicClassifier(**SMALL).fit(X, two), plain
    yield (
        "classifier",
        TRMSymbolicClassifier(**SMALL).fit(X, np.array(["u", "v", "w"])[three]),
        plain,
    )
    features = TRMSymbolicTransformer(2, TRMSymbolicRegressor(**SMALL))
    yield "transformer", features.fit(X, noisy), plain
    own = Operator("cube_root", numpy=np.cbrt)  # of NumPy's: a pickle can name it
    roots = TRMSymbolicRegressor(**{**FAST, "unary_operators": [own]})
    yield "operator", roots.fit(X, np.cbrt(X[:, 0]) + X[:, 1]), plain


def outputs(estimator: Any, rows: pd.DataFrame) -> np.ndarray:
    """What an estimator says of rows."""
    X = rows if hasattr(estimator, "feature_names_in_") else rows.to_numpy()
    return (estimator.transform if hasattr(estimator, "transform") else estimator.predict)(X)


def main(folder: Path) -> None:
    folder.mkdir()
    expected = {}
    for name, estimator, rows in fitted():
        (folder / f"{name}.pickle").write_bytes(pickle.dumps(estimator, protocol=4))
        if name not in ("operator", "transformer"):
            estimator.save(folder / f"{name}.json")
        told = rows.astype(str) if name == "dates" else rows
        expected[name] = {
            "rows": told.to_dict("list"),
            "predictions": outputs(estimator, rows).tolist(),
            "laws": getattr(estimator, "expr_", None),
        }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(HERE / __version__)
