"""The agenda: jobs that may be left, a learned order, and all the rest after it."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search import agenda, orders, tasks
from sklearn_trm.search.agenda import Job, Plan
from sklearn_trm.search.benches import NOISY, OWN, SCANS
from sklearn_trm.search.orders import Order, kind_of
from sklearn_trm.search.search import Search
from sklearn_trm.search.state import SearchState
from sklearn_trm.search.tasks import ALL
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem

X = np.random.default_rng(3).uniform(1, 5, (80, 2))


def a_plan(text, entries=(), **options):
    search = Search(Problem(X, evaluate(parse(text), X), **options))
    search.state.begin(Budget())
    return search, Plan(search.state, search.main)


def test_a_job_is_left_and_goes_on_and_its_taker_pays_for_himself():
    now = [0.0]

    def work():
        for k in itertools.count():
            now[0] += 1.0
            yield k

    state = SimpleNamespace(clock=lambda: now[0], work=lambda task: None)
    job, seen = Job("main", "work", work(), state), []
    for k in job.until(3.0):
        seen.append(k)
        now[0] += 100.0  # what is done with it
    assert seen == [0, 1, 2] and job.spent == 3.0 and not job.ended
    assert list(job.until(3.0)) == []
    stage = job.until(4.0)
    assert (stage.bench, stage.task) == ("main", "work") and next(stage) == 3


def test_a_job_that_ends_does_not_begin_again():
    state = SearchState(Problem(X, X[:, 0]))
    state.begin(Budget())
    job = Job("main", "work", iter([None, None]), state)
    assert list(job.until(1.0)) == [None, None] and job.ended and list(job.until(9.0)) == []


def test_the_shipped_orders_name_benches_and_tasks_that_there_are():
    names = {task.name for task in ALL}
    assert set(orders.orders()) == {kind_of(d, noisy) for d in (1, 2, 3, 4) for noisy in (0, 1)}
    for order in orders.orders().values():
        assert {bench for bench, _, _ in order.entries} <= {*OWN, *NOISY}
        assert {t for b, t, _ in order.entries if b in OWN} <= names
        had = {}
        for bench, task, seconds in order.entries:
            assert seconds > had.get((bench, task), 0.0)  # each entry gives some more time
            had[bench, task] = seconds
        assert order.settled > 0


def test_an_order_is_kept(monkeypatch):
    entries = (("main", "one near", 9.0), ("units", "laws", 9.0), ("main", "skeletons", 0.02))
    monkeypatch.setattr(agenda, "orders", lambda: {"2 clean": Order(entries, 1.0)})
    search, plan = a_plan("x0**2.37*sin(x1) + exp(x0*x1)*cos(x0)")
    taken = []
    for stage in plan.stages():
        for _ in stage:
            pass
        taken = [key for key, job in plan.jobs.items() if job.spent > 0]
        if ("main", "skeletons") in taken:
            break
    assert [key for key in taken if key in {e[:2] for e in entries}] == [e[:2] for e in entries]
    job = plan.jobs["main", "skeletons"]
    assert not job.ended and job.spent == pytest.approx(0.02, abs=0.01)  # ticks
    assert search.exact is None


def test_noise_changes_the_order_and_what_was_done_is_not_done_again(monkeypatch):
    clean = tuple(("main", task, 9.0) for task in ("one near", "free near", "inner both"))
    noisy = ("main", "free near", 9.0), (NOISY[0], SCANS, 0.05)
    both = {"2 clean": Order(clean, 1.0), "2 noisy": Order(noisy, 1.0)}
    monkeypatch.setattr(agenda, "orders", lambda: both)
    monkeypatch.setattr(agenda, "_READ", 0.0)
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 5, (200, 2))
    y = X[:, 0] * np.exp(-X[:, 1]) * (1 + 0.02 * rng.standard_normal(200))
    search = Search(Problem(X, y, rng=0))
    search.state.begin(Budget())
    plan = Plan(search.state, search.main)
    keys = {id(job): key for key, job in plan.jobs.items()}
    order = []
    for job, seconds in plan._order():
        keys |= {id(job): key for key, job in plan.jobs.items()}
        order.append(keys[id(job)])
        for _ in job.until(seconds):
            pass
    assert search.acceptance.noisy
    assert order[0] == ("main", "one near") or order[0] == ("main", "free near")
    assert order[-1] == (NOISY[0], SCANS) and ("main", "inner both") not in order


def test_curves_have_half_of_the_time(monkeypatch):
    monkeypatch.setattr(agenda, "orders", lambda: {f"2 {k}": Order((), 1.0)
                                                   for k in ("clean", "noisy")})  # fmt: skip
    search, plan = a_plan("sin(x0 + 0.3*x1**1.7)*x1**1.7 + exp(x0*cos(3*x1))")
    for stage in plan.stages():
        for _ in stage:
            pass
        if search.state.clock() > 2.0:
            break
    curves = {task.name for task in tasks.CURVES}
    had = sum(job.spent for job in plan.jobs.values() if job.task in curves)
    assert search.exact is None and 0.4 < had / search.state.clock() < 0.6


def test_all_jobs_have_their_turn_after_the_order(monkeypatch):
    monkeypatch.setattr(agenda, "orders", lambda: {f"2 {k}": Order((), 1.0)
                                                   for k in ("clean", "noisy")})  # fmt: skip
    _, plan = a_plan("sin(x0)*x1**1.7 + 3")
    rest, seen = plan._rest(), []
    for job, seconds in itertools.islice(rest, 60):
        seen.append(seconds)
        job.ended = True  # none is run here
    assert set(seen) == {0.25}
    assert {bench for bench, _ in plan.jobs} <= {*OWN, *NOISY}
