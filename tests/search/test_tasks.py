import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search import tasks
from sklearn_trm.search.search import Search
from sklearn_trm.search.tasks import RUNS, Bench, Task
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem

PARTS = tasks.FIRST, tasks.ALL, tasks.LARGER, tasks.GUIDED, tasks.GUIDED_THOROUGH


def bench_of(text: str, d: int) -> tuple[Search, Bench]:
    X = np.random.default_rng(0).uniform(1, 3, (60, d))
    search = Search(Problem(X, evaluate(parse(text), X), size=400))
    search.state.begin(Budget())
    return search, Bench(search.state, search.main)


def test_names_tell_tasks_apart() -> None:
    every = {task for part in PARTS for task in part}
    same_name = {(t.name, t.only) for t in every}
    assert len(same_name) == len(every) and {t.run for t in every} == set(RUNS)


@pytest.mark.parametrize(
    ("text", "d", "task"),
    [
        ("2*x0*x1", 2, Task("free")),
        ("sqrt(x0 + 2*x1 + 0.3)", 2, Task("free", "near")),
        ("3*sin(x0) + 2", 1, Task("one", size=(6,))),
        ("sin(x0) + exp(x1)/x0", 2, Task("pair", space="affine", size=(300,))),
        ("1/(x0*x1 + exp(x0))", 2, Task("one", "both", size=(4,))),
        ("(1 + x0)/(2 + x0**2)", 1, Task("rational")),
    ],
)
def test_a_task_finds_what_its_line_says(text, d, task) -> None:
    search, bench = bench_of(text, d)
    for stage in task.stages(bench):
        for _ in stage:
            pass
    assert search.exact is not None


def test_tasks_are_for_tables_of_so_many_columns() -> None:
    _, one = bench_of("2*x0", 1)
    _, three = bench_of("x0 + x1 + x2", 3)
    for only, on_one, on_three in (("few", 1, 0), ("many", 0, 1), ("one", 1, 0), ("more", 0, 1)):
        task = Task("rational", only=only)
        assert (len(list(task.stages(one))), len(list(task.stages(three)))) == (on_one, on_three)


def test_what_was_found_can_be_found_again() -> None:
    search, bench = bench_of("3*sin(x0) + 2", 1)
    for again in range(2):
        found = [law for stage in Task("one", size=(6,)).stages(bench) for law in stage if law]
        assert found and search.exact is not None, again
        search.acceptance.forget()
