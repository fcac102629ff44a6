"""Companion processes of a fit: the same law, and nothing of them is left."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.fit import companions
from sklearn_trm.fit.companions import Companions, parties
from sklearn_trm.search.claims import Claims
from sklearn_trm.search.dimensional import search_of
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 4, (60, 2))
NOISY = np.sin(X[:, 0]) * X[:, 1] + 0.2 * RNG.normal(size=60)
SOME = {"model": None, "random_state": 0, "n_jobs": 2}
SOON = 15.0  # seconds in which a busy machine does what a quiet one does at once


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Companions begin with the fit; afterwards there are none."""
    monkeypatch.setattr(companions, "_ALONE", 0.0)
    yield
    circle = companions._Circle.of_process()
    assert circle.table[0] == 0 and not circle.lock.locked()
    for one in circle._all:
        one.end()
        if one._thread is not None:
            one._thread.join(SOON)
    circle._all = []


def until(holds):
    """Wait until something holds, but not for ever."""
    end = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def working():
    return [one for one in companions._Circle.of_process()._all if one.works]


def pids():
    return [one._process.pid for one in working() if one._process is not None]


def search_of_noise():
    return search_of(Problem(X, NOISY))


# ---------------------------------------------------------------------- claims


def test_a_piece_has_one_owner_until_that_is_gone():
    table = np.zeros(1000, dtype=np.uint32)
    table[0] = 5
    one, two = Claims(table, 5, 1, {2}), Claims(table, 5, 2, {1})
    mine = [k for k in range(200) if (one if k % 2 else two).take("pair", k)]
    assert len(mine) > 150  # of a table so small some share a slot
    assert not any(one.take("pair", k) and two.take("pair", k) for k in range(200))
    one.others.discard(2)
    assert all(one.take("pair", k) for k in range(200))
    assert not one.are_void and Claims(table, 4, 1).are_void
    assert Claims(table, 6, 2, {1}).take("pair", 1)  # what another fit left says nothing


def test_two_searches_divide_the_tasks_and_leave_out_none():
    from sklearn_trm.search.benches import Benches

    table = np.zeros(2**14, dtype=np.uint32)
    some = [Benches(s.state, s.main) for s in (search_of_noise(), search_of_noise())]
    for k, benches in enumerate(some, 1):
        benches.state.share(Claims(table, 0, k, {3 - k}))
    names = ["one root 6", "polynomial near", "free near", "one near"]
    ran = []
    for turn, name in enumerate(names):
        first, second = some if turn % 2 else some[::-1]
        ran.append([any(True for _ in b.candidates("main", name)) for b in (first, second)])
    assert ran == [[True, False]] * len(names)


# ---------------------------------------------------------------------- how many


def test_how_many_processes_there_are():
    assert parties(None) == parties(1) == 1 and parties(3) == 3
    assert parties(-1) == joblib.cpu_count()
    with joblib.parallel_config("loky", n_jobs=2):
        assert parties(None) == min(2, joblib.cpu_count())


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_in_workers_of_joblib_there_is_one(backend):
    told = joblib.Parallel(n_jobs=2, backend=backend)(joblib.delayed(parties)(2) for _ in "ab")
    assert told == [1, 1]


def test_in_a_daemon_there_is_one(monkeypatch):
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)
    assert parties(2) == 1


def test_without_a_clock_there_is_one():
    some = {"max_steps": 1, "time_limit": None}
    one, two = (
        TRMSymbolicRegressor(**SOME | some | {"n_jobs": n}).fit(X, NOISY) for n in (None, 2)
    )
    assert not working()
    assert list(one.equations_.equation) == list(two.equations_.equation)
    np.testing.assert_array_equal(one.equations_.loss, two.equations_.loss)


# ---------------------------------------------------------------------- fits


@pytest.mark.parametrize("law", ["product", "ratio", "curve"])
def test_the_same_law(law):
    a, b = X.T
    y = {"product": a * b, "ratio": a / (1 + b), "curve": np.exp(-0.7 * a) + 0.3 * b}[law]
    one, two = (
        TRMSymbolicRegressor(**SOME | {"n_jobs": n, "time_limit": 60}).fit(X, y) for n in (1, 2)
    )
    assert two.stopped_ == "exact" and two.expr_ == one.expr_


def test_a_law_that_only_the_companion_finds(monkeypatch):
    a, b = X.T
    search = search_of(Problem(X, np.exp(-0.7 * a) + 0.3 * b))

    def idle(budget):
        search.state.begin(budget)
        while not pids():
            yield None

    monkeypatch.setattr(search, "run", idle)
    both = Companions(2, search)
    try:
        laws = [law for law in both.run(Budget.within(60)) if law is not None]
    finally:
        both.stop()
    assert search.exact is not None and search.exact in laws


def test_a_companion_that_is_killed_leaves_the_law():
    a, b = X.T
    y = 1.3 * a * np.sin(2.1 * b) + 0.4 / (a + 0.2 * b**2)

    def kill():
        until(pids)
        os.kill(pids()[0], signal.SIGKILL)

    with ThreadPoolExecutor() as pool:
        killed = pool.submit(kill)
        search = search_of(Problem(X, y))
        both = Companions(2, search)
        candidates = both.run(Budget.within(60))
        try:
            until(lambda: next(candidates, None) is None and killed.done())
            killed.result()
            until(lambda: next(candidates, None) is None and not search.state.claims.others)
        finally:
            both.stop()
    assert search.state.parties == 1 and both._died


def test_one_that_cannot_start_leaves_the_law(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/there/is/no/such/python")
    est = TRMSymbolicRegressor(**SOME, time_limit=60).fit(X, X[:, 0] / (1 + X[:, 1]))
    assert est.stopped_ == "exact"
    until(lambda: not working())


def test_one_that_goes_before_it_has_begun_leaves_no_process(monkeypatch):
    started, may = [], threading.Event()
    start = companions._Companion._started

    def late(self):
        may.wait(SOON)
        started.append(start(self))
        return started[0]

    monkeypatch.setattr(companions._Companion, "_started", late)
    one = companions._Companion(companions._Circle.of_process().place)
    one.begin(b"")
    one.end()
    may.set()
    one._thread.join(SOON)
    assert started[0].returncode == -signal.SIGKILL and one._process is None and not one.works


def test_what_cannot_be_pickled_stays_here():
    est = TRMSymbolicRegressor(**SOME, time_limit=0.5, prior=lambda law: 0.0).fit(X, NOISY)
    assert not working() and est.stopped_ in ("time limit", "noise")


def busy(search):
    """A search with a companion at work."""
    both = Companions(2, search)
    candidates = both.run(Budget.within(600))
    until(lambda: next(candidates, None) is None and bool(pids()))
    return both


def test_it_ends_with_the_fit_and_waits_for_the_next():
    both = busy(search_of_noise())
    (before,) = pids()
    both.stop()
    until(lambda: not working())
    (one,) = companions._Circle.of_process()._all
    assert not one.gone and one._process.poll() is None
    both = busy(search_of_noise())
    try:
        assert pids() == [before]
    finally:
        both.stop()


def test_after_the_time_limit_and_ctrl_c_none_works():
    def interrupt(progress):
        raise KeyboardInterrupt

    TRMSymbolicRegressor(**SOME, time_limit=0.5).fit(X, NOISY)
    until(lambda: not working())
    with pytest.warns(UserWarning, match="interrupted"):
        TRMSymbolicRegressor(**SOME, time_limit=60).fit(X, NOISY, callbacks=interrupt)
    until(lambda: not working())


def test_a_second_fit_at_the_same_time_is_alone():
    both = busy(search_of_noise())
    try:
        other = Companions(2, search_of_noise())
        next(other.run(Budget.within(1)), None)
        assert other._claims is None and other._search.state.parties == 1
        other.stop()
        assert companions._Circle.of_process().lock.locked()
    finally:
        both.stop()


PARENT = """
import sys, time, threading, numpy as np
from sklearn_trm.fit import companions
from sklearn_trm import TRMSymbolicRegressor
companions._ALONE = 0.0
X = np.random.default_rng(0).uniform(0.5, 4, (60, 2))
y = np.sin(X[:, 0]) * X[:, 1] + np.random.default_rng(1).normal(size=60)
def tell():
    while not (some := companions._Circle.of_process()._all) or some[0]._process is None:
        time.sleep(0.01)
    print(some[0]._process.pid, flush=True)
threading.Thread(target=tell, daemon=True).start()
TRMSymbolicRegressor(model=None, time_limit=600, n_jobs=2).fit(X, y)
"""


@pytest.mark.skipif(os.name == "nt", reason="asks for processes by POSIX signals")
def test_it_dies_with_its_parent():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    with parent:
        pid = int(parent.stdout.readline())
        parent.kill()

    def gone():
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat") as file:
                return file.read().split()[2] == "Z"  # nobody has asked for its end
        except (ProcessLookupError, FileNotFoundError):
            return True

    until(gone)


def test_threads_end():
    assert threading.active_count() < 10
    assert pickle.dumps(companions._Errand(Problem(X, NOISY), [], 1.0, 1, 2, {1}))
