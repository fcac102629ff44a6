"""How long a user waits: import, first fit, warm fit.

``python -m benchmarks.startup`` prints one line a measurement, each the median of
fresh processes on one core.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

_IMPORT = """
import json, time
start = time.perf_counter()
import sklearn_trm
light = time.perf_counter() - start
from sklearn_trm import TRMSymbolicRegressor
print(json.dumps({"import sklearn_trm": light,
                  "and its estimator (with scikit-learn)": time.perf_counter() - start}))
"""

_FITS = """
import json, sys, time
start = time.perf_counter()
import numpy as np
from sklearn_trm import TRMSymbolicRegressor
model = None if sys.argv[1] == "None" else sys.argv[1]
X = np.random.default_rng(0).uniform(1, 5, (200, 3))
laws = {"x0*x1": X[:, 0] * X[:, 1], "x0*x1/x2**2": X[:, 0] * X[:, 1] / X[:, 2] ** 2,
        "sin(x0) + x1": np.sin(X[:, 0]) + X[:, 1]}
out = {}
for i, (text, y) in enumerate([*laws.items()] + [*laws.items()]):
    begin = start if i == 0 else time.perf_counter()
    est = TRMSymbolicRegressor(model=model, random_state=0).fit(X, y)
    assert est.score(X, y) > 1 - 1e-12, est.expr_
    if i == 0:
        out["first fit, with import and compile: " + text] = time.perf_counter() - begin
    elif i >= len(laws):
        out["warm fit: " + text] = time.perf_counter() - begin
print(json.dumps(out))
"""


def _median(code: str, *words: str, repeats: int = 3) -> dict[str, float]:
    env = os.environ | {
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu",
    }  # fmt: skip
    runs = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", code, *words], env=env, check=True, capture_output=True,
                text=True,
            ).stdout
        )
        for _ in range(repeats)
    ]  # fmt: skip
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def main() -> None:
    results = {"import": _median(_IMPORT, repeats=5)}
    for model in sys.argv[1:] or ["None", "auto"]:
        results[f"model={model}"] = _median(_FITS, model)
    for group, values in results.items():
        for key, seconds in values.items():
            print(f"{group:12s} {key:52s} {seconds:7.2f} s")


if __name__ == "__main__":
    main()
