"""The same law in every process, and nothing of the process changed by a fit; no leak."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sklearn_trm
from sklearn_trm import TRMSymbolicRegressor

ROOT = Path(sklearn_trm.__file__).resolve().parents[1]
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1}
RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 4, (40, 2))
NOISY = np.sin(X[:, 0]) * X[:, 1] + 0.2 * RNG.normal(size=40)


def told(queue=None):
    """The front of a fit, to the last bit."""
    est = TRMSymbolicRegressor(**FAST).fit(X, NOISY)
    out = list(est.equations_.equation), list(est.equations_.loss)
    if queue is not None:
        queue.put(out)
    return out


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:.*fork.*")  # JAX and Python warn of threads
def test_processes_that_begin_after_jax_was_imported(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    import jax

    jax.numpy.ones(3).sum().block_until_ready()  # its threads are there
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    other = context.Process(target=told, args=(queue,))
    other.start()
    try:
        found = queue.get(timeout=600)
    finally:
        other.kill()
    assert found == told()


STATE = """
import json, os, signal, sys, threading, warnings, locale, decimal, random
import numpy as np
with_network = sys.argv[1] == "network"
import jax, sklearn
def state():
    return {
        "numpy": [np.geterr(), str(np.geterrcall()), np.get_printoptions().__repr__()],
        "random": [hash(random.getstate()), hash(str(np.random.get_state()))],
        "warnings": [str(f) for f in warnings.filters],
        "jax": {k: str(v) for k, v in sorted(jax.config.values.items())},
        "sklearn": sklearn.get_config().__repr__(),
        "environment": dict(os.environ), "folder": os.getcwd(),
        "signals": [str(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGTERM)],
        "decimal": str(decimal.getcontext()), "locale": locale.setlocale(locale.LC_ALL),
        "recursion": sys.getrecursionlimit(), "hooks": [str(sys.excepthook), str(sys.displayhook)],
    }
import pandas, scipy.optimize, numba, sympy  # their own imports are not ours
before = state()
import sklearn_trm
from sklearn_trm import TRMSymbolicRegressor
after_import = state()
X = np.random.default_rng(0).uniform(1, 5, (30, 2))
more = {"n_candidates": 8, "max_iters": 4} if with_network else {"model": None}
est = TRMSymbolicRegressor(time_limit=None, max_steps=1, random_state=0, **more)
est.fit(X, X[:, 0] + np.sin(X[:, 1])).predict(X)
after = state()
changed = [k for k in before if before[k] != after_import[k] or before[k] != after[k]]
print(json.dumps([[k, str(before[k])[:900], str(after[k])[:900]] for k in changed]))
"""


@pytest.mark.parametrize("road", ["alone", pytest.param("network", marks=pytest.mark.slow)])
def test_import_and_fit_change_nothing_of_the_process(road):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", STATE, road], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


@pytest.mark.slow
def test_three_hundred_fits_leak_nothing():
    """What the process holds after 100 fits it holds after 300, but for a few megabytes."""
    page = resource.getpagesize()

    def held():
        return int(Path("/proc/self/statm").read_text().split()[1]) * page / 2**20

    sizes = []
    for k in range(300):
        y = NOISY if k % 3 else (k + 1) * X[:, 0] / X[:, 1]
        TRMSymbolicRegressor(**FAST, max_complexity=9).fit(X, y + 0.01 * k)
        if k in (99, 199, 299):
            sizes.append(held())
    assert sizes[2] - sizes[1] < 8 and sizes[2] - sizes[0] < 16, sizes
