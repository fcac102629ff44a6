"""Little memory: tasks that don't fit are left out, and a fit keeps its best law."""

import gc
import subprocess
import sys

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.fit.evaluator import Evaluator
from sklearn_trm.fit.loop import AnswerLoop
from sklearn_trm.search.agenda import Job, Plan
from sklearn_trm.search.atoms import Library
from sklearn_trm.search.search import Search
from sklearn_trm.search.state import SearchState
from sklearn_trm.search.workspace import Workspace
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem

FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 2}
X = np.random.default_rng(0).uniform(1, 5, (40, 2))


def test_a_task_that_does_not_fit_ends_and_others_go_on():
    def work():
        yield None
        raise MemoryError

    state = SearchState(Problem(X, X[:, 0]))
    state.begin(Budget())
    job = Job("main", "work", work(), state)
    assert list(job.until(9.0)) == [None] and job.ended and job.starved
    assert list(job.until(99.0)) == []


def test_a_fit_that_runs_out_of_memory_keeps_its_best_law(monkeypatch):
    y, consider, calls = X[:, 0] + np.sin(7 * X[:, 1]) ** 3, Evaluator.consider, [0]

    def hungry(self, *args):
        calls[0] += 1
        if calls[0] > 5:
            raise MemoryError
        return consider(self, *args)

    monkeypatch.setattr(Evaluator, "consider", hungry)
    with pytest.warns(UserWarning, match="ran out of memory: the law is the best so far"):
        est = TRMSymbolicRegressor(**FAST).fit(X, y)
    assert est.stopped_ == "memory" and np.isfinite(est.predict(X)).all()


KEPT = (AnswerLoop, Search, Plan, Workspace, Library)


@pytest.mark.parametrize(
    "more",
    [{}, {"loss": "absolute"}, {"warm_start": True}, {"units": ["m", "s"], "y_units": "m"}],
    ids=str,
)
def test_what_a_fit_worked_with_is_free_when_it_ends(more):
    """Not when cycles are collected: until then some hundred megabytes a fit were held."""
    units = {k: more[k] for k in ("units", "y_units") if k in more}
    own = {k: v for k, v in more.items() if k not in units}
    y = X[:, 0] + np.sin(7 * X[:, 1]) ** 3
    gc.collect()
    before = {id(o) for o in gc.get_objects() if issubclass(type(o), KEPT)}
    gc.disable()
    try:
        est = TRMSymbolicRegressor(**FAST, **own).fit(X, y, **units)
        # by its type: `isinstance` asks proxies of other packages, whose object may be gone
        left = [o for o in gc.get_objects() if issubclass(type(o), KEPT) and id(o) not in before]
        if own.get("warm_start"):  # the next fit goes on with it
            assert {type(o) for o in left} >= {AnswerLoop, Search, Workspace}
            return
        assert est.expr_ and not [type(o).__name__ for o in left]
    finally:
        gc.enable()


LIMITED = """
import resource, warnings
import numpy as np
from sklearn_trm import TRMSymbolicRegressor
X = np.random.default_rng(0).uniform(1, 5, (20_000, 10))
y = X[:, 0] * np.sin(X[:, 1]) + X[:, 2] + 0.01 * np.random.default_rng(1).standard_normal(20_000)
est = TRMSymbolicRegressor(model=None, time_limit=4, random_state=0)
est.fit(X[:100], y[:100])  # compiled code is there
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 350 * 2**20,) * 2)
warnings.simplefilter("ignore")
est.fit(X, y)
print(est.expr_, np.sqrt(np.mean((est.predict(X) - y) ** 2)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_limit_of_the_address_space_is_respected():
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert float(done.stdout.split()[-1]) < 2.0
