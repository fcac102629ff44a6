import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.task.problem import Problem
from training import agenda
from training.recorded import Recorded

TREE = Path(__file__).resolve().parents[2]


def test_a_law_is_closed_by_a_task_and_judged_by_its_form() -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 5, (50, 2))
    clean = evaluate(parse("3.7*x0/x1 + 1.3"), X)
    problem = Problem(X, clean + 0.03 * rng.standard_normal(50), size=400)
    judge = agenda.Judge(problem.X, clean, 3)
    assert judge(parse("3.6*x0/x1 + 1.4")) and not judge(parse("3.6*x0/x1"))
    assert not judge(parse("3.6*x0/x1 + 1.4 + 0.1*x0 + 0.2*x1"))  # holds the truth and more
    recorded, closed = Recorded(problem), set()
    for bench, name, candidates in recorded.tasks(rng):
        took, at, _ = agenda.timed(candidates, judge, 0.5)
        assert at is None or at <= took
        closed |= {(bench, name)} if at is not None else set()
        recorded.forget()
        if len(closed) > 1:
            break
    assert ("reduced 0", "laws") in closed


def record(*args: str) -> None:
    """In a process of its own: what it counts are the seconds of a whole process."""
    command = [sys.executable, "-m", "training", "agenda", *args]
    env = os.environ | {"PYTHONPATH": str(TREE), "OMP_NUM_THREADS": "1"}
    subprocess.run(command, env=env, cwd=TREE, check=True, stdout=subprocess.DEVNULL)


def test_the_record_goes_on_where_it_was_cut(tmp_path) -> None:
    path = tmp_path / "agenda.jsonl"
    few = ["--out", str(path), "--seconds", "0.3", "--cap", "0.1", "--laws"]
    record(*few, "1")
    path.write_text(path.read_text() + '{"number": 1, "cut')
    record(*few, "2")
    rows = agenda.read(path)
    assert [row["number"] for row in rows] == [0, 1]
    assert json.loads(path.read_text().splitlines()[0]) == rows[0]
    for row in rows:
        assert sum(line[2] for line in row["tasks"]) < 2.0 and len(row["views"]) > 50


def test_a_new_task_is_run_for_the_laws_that_lack_it() -> None:
    told = {"number": 3, "tasks": [["main", "laws", 0.1, None, True]]}
    whole = agenda.with_task(told, "signomial", 0.05)
    assert {name.split()[0] for _, name, *_ in whole["tasks"]} == {"laws", "signomial"}
    assert agenda.with_task(whole, "signomial", 0.05) is whole
    closed = {"number": 3, "tasks": [["main", "laws", 0.1, 0.05, True]]}
    assert agenda.with_task(closed, "signomial", 0.05) is closed


def test_a_number_is_one_table_whose_target_is_the_law_and_its_errors() -> None:
    first, second = agenda.drawn(3), agenda.drawn(3)
    assert first[0] == second[0]
    np.testing.assert_array_equal(first[1].y, second[1].y)
    for number in range(12):
        told, problem, clean = agenda.drawn(number)
        errors = float(np.std(problem.y - clean) / np.std(clean))
        assert errors < 1e-9 if told["noise"] == "none" else errors < 1.0, told
