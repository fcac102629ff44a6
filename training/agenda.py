"""Which task of the search closes which law, and when: the record from which its order is learned.

``python -m training agenda --laws 3000 --out agenda.jsonl`` draws laws as people bring them
(`benchmarks.plausible`; those of the benchmarks are left out by their numeric signature), 20 to
1,000 rows each, clean and noisy, and runs the tasks of the search one after the other, each up to
`--cap` seconds of processor time, a law up to `--seconds`. A task *closes* a law when it offers one
of the true form: one that becomes exact when its numbers are fitted to clean values. What a law
runs out of time for is censored: tasks come in a random order, but for the quick ones, which come
first and make what others start from. A law that the very first ones close is not asked of others.
One line a law; a command that is cut goes on where it was. ``--only signomial`` runs a task that is
new, for the laws of a record that lack it.

M. Streeter and D. Golovin, "An online algorithm for maximizing submodular functions", NeurIPS 2008:
a greedy order over such a record is near the best schedule.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.plausible_tables import draw_by_number
from benchmarks.rows import append, read
from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.data.table import Table
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import to_text
from sklearn_trm.expressions.tree import Node, constants
from sklearn_trm.fit.context import FitContext
from sklearn_trm.network.views import views
from sklearn_trm.output.whole_files import write_whole
from sklearn_trm.search import tasks
from sklearn_trm.search.descent import Descent, prepare
from sklearn_trm.search.solvers.skeletons.separable import prepare as prepare_pairs
from sklearn_trm.search.solvers.skeletons.solver import prepare as prepare_skeletons
from sklearn_trm.selection.choice import words
from sklearn_trm.task.problem import Problem

from .recorded import Recorded

SEED = 29
_NEAR, _STEPS = 1e-4, 100  # of the spread: what a law of the true form reaches when fitted
SPARE = 1  # numbers more than the truth has: other columns have other scales and origins
_JUDGED = 200  # candidates of a task at most
_WRITTEN = 20  # lines with a task added, between two times that a record is written

Array = np.ndarray


@dataclass
class Judge:
    """Whether laws have the true form; what was seen is not looked at again."""

    X: Array
    clean: Array
    numbers: int  # that a law of the true form has at most
    known: dict[Node, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._quick = Descent(self.X, self.clean)
        self._least = (_NEAR * float(np.std(self.clean))) ** 2

    def __call__(self, law: Node) -> bool:
        if law not in self.known:
            few = len(constants(law)) - len(words(law)) <= self.numbers
            self.known[law] = few and bool(self._quick.fit(law, _STEPS)[1] <= self._least)
        return self.known[law]


def draw(
    seed: int,
    number: int,
    n_columns: int | None = None,
    where: Callable[[Node], bool] | None = None,
    noisy: bool = True,
) -> tuple[dict[str, Any], Node, Array, Array]:
    """A table by its number: what is written of it, its law, and its rows."""
    law, noise, X, y = draw_by_number(seed, number, n_columns, where, noisy)
    told = {
        "number": number, "law": to_text(law.node), "columns": X.shape[1], "rows": len(y),
        "numbers": len(constants(law.node)) - len(words(law.node)),
        "noise": noise.kind, "level": round(noise.level, 4),
    }  # fmt: skip
    return told, law.node, X, y


def searched(law: Node, X: Array, y: Array) -> tuple[Problem, Array]:
    """What is searched of a table, and its target without errors."""
    est = TRMSymbolicRegressor(model=None, time_limit=None, random_state=0)
    table = Table.of(est, X, y)
    m = table.magnitudes  # the table has its rows in an order of its own
    with np.errstate(all="ignore"):
        clean = evaluate(law, table.every * np.array(m.x)) / m.y
    return FitContext.of(est).problem(table), clean


def drawn(number: int) -> tuple[dict[str, Any], Problem, Array]:
    """A table of the record: what is written of it, what is searched, the target without errors."""
    told, law, X, y = draw(SEED, number)
    return told, *searched(law, X, y)


def features(problem: Problem) -> list[float]:
    """The views of a table (`network.views`), for the model that tells rates."""
    X, y = problem.X[None], problem.y[None]
    ones = np.ones(y.shape, bool), np.ones((1, X.shape[2]), bool)
    return [round(float(v), 3) for v in views(X, y, *ones)[0]]


def _begun(number: int) -> tuple[dict[str, Any], Problem, Judge, Recorded]:
    """A table of the record, what judges laws of it, and its tasks."""
    told, problem, clean = drawn(number)
    return told, problem, Judge(problem.X, clean, told["numbers"] + SPARE), Recorded(problem)


def run(number: int, seconds: float, cap: float) -> dict[str, Any]:
    """The line of a law: of each task its bench, seconds, when it closed the law, and its end."""
    told, problem, judge, recorded = _begun(number)
    rng = np.random.default_rng([SEED, number, 1])
    lines: list[list[Any]] = []
    begin = time.process_time()
    spent = 0.0
    for bench, name, candidates in recorded.tasks(rng):
        took, closed, ended = timed(candidates, judge, min(cap, seconds - spent))
        lines.append([bench, name, round(took, 4), closed, ended])
        spent += took
        recorded.forget()
        if spent >= seconds or (name == tasks.LAWS.name and closed is not None):
            break  # what comes first anyway closes it
    told["noisy"] = bool(recorded.state.acceptance.noisy)
    told["benches"] = recorded.names
    told["views"], told["tasks"] = features(problem), lines
    told["whole"] = round(time.process_time() - begin, 1)
    return told


def with_task(row: dict[str, Any], run_: str, cap: float) -> dict[str, Any]:
    """The line of a law with a kind of task that it lacks."""
    if any(name.split()[0] == run_ for _, name, *_ in row["tasks"]) or _closed_first(row):
        return row
    *_, judge, recorded = _begun(row["number"])
    lines = []
    for bench, name, candidates in recorded.tasks(np.random.default_rng(0)):
        if name == "noise":
            timed(candidates, judge, cap)
        elif name.split()[0] == run_:
            took, closed, ended = timed(candidates, judge, cap)
            lines.append([bench, name, round(took, 4), closed, ended])
            recorded.forget()
    return row | {"tasks": [*row["tasks"], *lines]}


def _closed_first(row: dict[str, Any]) -> bool:
    """Whether what comes first anyway closes a law."""
    return any(name == tasks.LAWS.name and when is not None for _, name, _, when, _ in row["tasks"])


def timed(
    candidates: Iterator[Node | None], judge: Judge, cap: float
) -> tuple[float, float | None, bool]:
    """Seconds of a task, when it closed the law, whether it came to its end. Judging is free."""
    took, closed, offered = 0.0, None, 0
    while took < cap:
        start = time.process_time()
        law = next(candidates, False)
        took += time.process_time() - start
        if law is False:
            return took, closed, True
        if not isinstance(law, Node) or closed is not None or offered >= _JUDGED:
            continue
        offered += 1
        if judge(law):
            closed = round(took, 4)
    return took, closed, False


def compile_all() -> None:
    """Compile what tasks need, so that none pays for it."""
    prepare()
    prepare_skeletons()
    prepare_pairs()


def main(argv: Sequence[str] | None = None) -> int:
    """Record laws until there are `--laws`."""
    parser = argparse.ArgumentParser(prog="python -m training agenda", description=main.__doc__)
    parser.add_argument("--laws", type=int, default=3000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--part",
        type=int,
        nargs=2,
        metavar=("I", "N"),
        default=(0, 1),
        help="every N-th law from the I-th on: one of N commands side by side",
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="of processor time a law")
    parser.add_argument("--cap", type=float, default=3.0, help="of processor time a task")
    parser.add_argument("--only", metavar="TASK", help="run for the laws of a record that lack it")
    args = parser.parse_args(argv)
    done = read(args.out)
    compile_all()
    if args.only:
        for at, row in enumerate(tqdm(done)):
            done[at] = with_task(row, args.only, args.cap)
            if at % _WRITTEN == 0 or at == len(done) - 1:
                write_whole(args.out, "".join(json.dumps(line) + "\n" for line in done))
        return 0
    first, step = args.part
    begin = max((row["number"] + step for row in done), default=first)
    for number in range(begin, args.laws, step):
        row = run(number, args.seconds, args.cap)
        append(args.out, row)
        closed = next((line for line in row["tasks"] if line[3] is not None), None)
        print(f"{number:5d} {row['whole']:6.1f} s {row['law'][:60]:60} "
              f"{'' if closed is None else ' '.join(closed[:2])}", flush=True)  # fmt: skip
    return 0
