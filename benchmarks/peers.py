"""Other systems behind one small interface, each perhaps in another Python.

A peer is a function ``(X, y, limit, seed) -> (predict, text, nodes)``. This file imports
nothing at the top that only one of them has, and runs as a script, so that a peer may
live in another environment: tables go in as npz, results come out as JSON.

Every peer gets one core and `limit` seconds of processor time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray
Answer = tuple[Callable[[Array], Array], str, int]

ONE_CORE = {
    name: "1"
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
}


def ours(X: Array, y: Array, limit: float, seed: int, model: str | None = None) -> Answer:
    """This package's estimator, without the network unless `model` names one."""
    from sklearn_trm import TRMSymbolicRegressor
    from sklearn_trm.tree import complexity

    class Timed(TRMSymbolicRegressor):
        _clock = staticmethod(time.process_time)

    est = Timed(time_limit=limit, random_state=seed, model=model).fit(X, y)
    return est.predict, est.expr_, complexity(est.law())


def guided(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """This package's estimator with its network."""
    return ours(X, y, limit, seed, "auto")


def pyoperon(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """Operon as SRBench runs it: error and length, Levenberg-Marquardt, MDL choice.

    Its own limit counts wall time in whole seconds, so it goes on in short warm-started
    stretches until the processor time is spent.
    """
    from pyoperon.sklearn import SymbolicRegressor

    est = SymbolicRegressor(
        allowed_symbols="add,sub,mul,div,aq,exp,log,sin,cos,tanh,sqrt,square,constant,variable",
        objectives=["r2", "length"], optimizer="lm", optimizer_iterations=5,
        population_size=1000, pool_size=1000, max_length=50, max_depth=10, tournament_size=5,
        generations=10**6, max_evaluations=10**9, epsilon=1e-5, n_threads=1,
        model_selection_criterion="minimum_description_length", warm_start=True,
    )  # fmt: skip
    start, stretch = time.process_time(), 0
    while (left := limit - (time.process_time() - start)) > 0.5:
        est.set_params(max_time=max(1, min(2, round(left))), random_state=1000 * seed + stretch)
        est.fit(X, y)
        stretch += 1
    names = [f"x{i}" for i in range(X.shape[1])]
    text = est.get_model_string(est.model_, 9, names)
    return est.predict, text, int(est.stats_["model_length"])


def gplearn(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """The scikit-learn habit, as long as the limit lets it evolve."""
    from gplearn.genetic import SymbolicRegressor

    est = SymbolicRegressor(
        population_size=1000, generations=1, parsimony_coefficient=0.001, random_state=seed,
        function_set=("add", "sub", "mul", "div", "sqrt", "log", "sin", "cos"), warm_start=True,
    )  # fmt: skip
    start, k = time.process_time(), 0
    while time.process_time() - start < limit and k < 1000:
        k += 1
        est.set_params(generations=k)
        est.fit(X, y)
    return est.predict, str(est._program), int(est._program.length_)


PEERS: dict[str, Callable[..., Answer]] = {
    "ours": ours, "guided": guided, "pyoperon": pyoperon, "gplearn": gplearn,
}  # fmt: skip


def run(
    peer: str, X: Array, y: Array, X_test: Array, limit: float, seed: int = 0
) -> dict[str, Any]:
    """Fit `peer` here; its predictions, text, nodes, seconds, or why there are none."""
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        predict, text, nodes = PEERS[peer](X, y, limit, seed)
    except ImportError as error:
        return {"skipped": f"{peer} is not installed: {error}"}
    except Exception as error:
        return {"error": repr(error)}
    seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    with np.errstate(all="ignore"):
        values = np.asarray(predict(X_test), dtype=float)
    return {"text": text, "nodes": nodes, "seconds": seconds, "cpu": cpu,
            "prediction": values.tolist()}  # fmt: skip


def run_elsewhere(
    python: str, peer: str, X: Array, y: Array, X_test: Array, limit: float, seed: int = 0
) -> dict[str, Any]:
    """`run` in the Python at `python`, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        job, out = Path(folder) / "job.npz", Path(folder) / "out.json"
        np.savez(job, X=X, y=y, X_test=X_test)
        done = subprocess.run(
            [python, __file__, peer, str(job), str(out), str(limit), str(seed)],
            env=os.environ | ONE_CORE, capture_output=True, text=True, timeout=20 * limit + 120,
        )  # fmt: skip
        if done.returncode or not out.exists():
            return {"error": done.stderr[-500:]}
        return dict(json.loads(out.read_text()))


if __name__ == "__main__":
    name, job, out, limit, seed = sys.argv[1:]
    table = np.load(job)
    answer = run(name, table["X"], table["y"], table["X_test"], float(limit), int(seed))
    Path(out).write_text(json.dumps(answer))
