"""Odd tables through the whole of a fit, and through every stage of the search.

``python -m benchmarks odd --tables 500`` fits each under a short limit of processor time, then
walks through all stages of a search, a few steps of a share of them: a short fit never sees the
late ones. A table must end in a law or a `DataError`: any other exception, any warning, and any
fit that takes a second more than its limit is a fault, and the command fails.
"""

from __future__ import annotations

import argparse
import faulthandler
import itertools
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from sklearn_trm.data.table import Table
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.operators import resolve_all
from sklearn_trm.expressions.text import parse
from sklearn_trm.output.report import front_report, latex_table, law_report
from sklearn_trm.search.agenda import Plan
from sklearn_trm.search.search import Search
from sklearn_trm.search.turns import Stage, quietly
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem

from .clocks import ByProcessor
from .odd_tables import Odd, odd_table

PROPOSED = ("2*x0 + 1", "x0*sin(3*x0)", "exp(-x0**2)/x0", "sqrt(x0) + log(x0)")  # by a network
SLACK = 1.0  # seconds that a fit may take beyond its limit
HANG = 300  # seconds after which a table hangs: the command ends and says where
LIBRARY = 300  # small expressions: a walk is to see every stage, not to find laws
ROWS = 100  # that a walk looks at
TURNS = 20  # of each task in a walk
VISITS = 8  # of the improver at the end of a walk


def fitted(odd: Odd, limit: float, model: str | None) -> float:
    """Fit a table and look at the answer in every way; seconds beyond the limit."""
    est = ByProcessor(time_limit=limit, model=model, random_state=0, **odd.settings)
    begin = time.process_time()
    try:
        est.fit(odd.X, odd.y, **odd.fit)
    except DataError:
        return time.process_time() - begin - limit
    late = time.process_time() - begin - limit
    if not np.isfinite(est.predict(odd.X)).all():
        raise ArithmeticError(f"{est.expr_} is no number on its own rows")
    for look in (front_report, law_report, latex_table):
        look(est)
    est.latex(), est.constants(), est.sympy(), est.export("c")
    return late


def stages_of(odd: Odd) -> Iterator[tuple[str, Iterator[object]]]:
    """The stages of a search over a table, with their names; no clock ends them."""
    est = ByProcessor(**odd.settings)
    try:
        table = Table.of(est, odd.X, odd.y, **odd.fit)
    except DataError:
        return
    some = slice(ROWS)
    search = Search(
        Problem(
            table.X[some], table.y[some], None if table.weight is None else table.weight[some],
            resolve_all(est.unary_operators, 1), resolve_all(est.binary_operators, 2),
            est.max_complexity, size=LIBRARY,
        )
    )  # fmt: skip
    if not search.main.d or len(search.acceptance.y) < 3 or not np.ptp(search.acceptance.y) > 0:
        return
    search.state.begin(Budget.within(1.0, lambda: 0.0))  # time stands still: no task has had enough
    search.propose(map(parse, PROPOSED))
    yield "opened", quietly(search._opened())
    plan = Plan(search.state, search.main)
    turns: Counter[tuple[str, str]] = Counter()
    for stage in quietly(plan.stages()):
        assert isinstance(stage, Stage)
        turns[stage.bench, stage.task] += 1
        if turns[stage.bench, stage.task] > TURNS:
            break
        yield stage.task, quietly(stage)
    yield "improved", quietly(plan.improver.visits(VISITS))


def walked(odd: Odd, steps: int, share: float, seed: int) -> Iterator[BaseException]:
    """What a few steps of a share of all stages raise."""
    some = np.random.default_rng(seed)
    for name, stage in stages_of(odd):
        whole = name == "improved"
        if not whole and some.random() > share:
            continue
        try:
            for _ in itertools.islice(stage, None if whole else steps):
                pass
        except Exception as error:  # told with its place; the other stages are looked at too
            yield error


def told(work: Callable[[], Iterator[BaseException]]) -> set[str]:
    """What went wrong, each with its place in the package."""
    out = set()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            out = {_place(error) for error in work()}
        except Exception as error:  # this is what the command looks for
            out.add(_place(error))
    return out | {f"{w.category.__name__}: {w.message} [{_short(w.filename)}:{w.lineno}]"
                  for w in said}  # fmt: skip


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "sklearn_trm" in f.filename] or frames
    where = " < ".join(f"{_short(f.filename)}:{f.lineno}" for f in own[-1:-4:-1])
    return f"{type(error).__name__}: {error} [{where}]"


def _short(file: str) -> str:
    return file.rpartition("sklearn_trm/")[2]


def faults_of(odd: Odd, limit: float, model: str | None) -> set[str]:
    """What goes wrong in a fit of a table, and in what is made of its answer."""

    def work() -> Iterator[BaseException]:
        late = fitted(odd, limit, model)
        if late > SLACK:  # what is compiled or loaded once a process is no part of a fit
            late = fitted(odd, limit, model)
        if late > SLACK:
            yield TimeoutError(f"more than {SLACK:g} s beyond the limit")

    return told(work)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="number of the first table")
    parser.add_argument("--limit", type=float, default=0.5, help="seconds a fit; 0: no fits")
    parser.add_argument("--steps", type=int, default=2, help="of a stage; 0: no walks")
    parser.add_argument("--share", type=float, default=0.15, help="of the stages of a table")
    parser.add_argument("--guided", type=int, default=20,
                        help="every n-th fit asks the network; 0: none")  # fmt: skip


def main(args: argparse.Namespace) -> None:
    faults: Counter[str] = Counter()
    for number in range(args.first, args.first + args.tables):
        odd = odd_table(number)
        faulthandler.dump_traceback_later(HANG, exit=True)
        print(odd.name, flush=True)
        found: set[str] = set()
        if args.limit:
            guided = args.guided and number % args.guided == 0
            found |= faults_of(odd, args.limit, "auto" if guided else None)
        if args.steps:
            found |= told(lambda odd=odd, n=number: walked(odd, args.steps, args.share, n))
        for fault in sorted(found):
            print(f"  !! {fault}", flush=True)
        faults.update(found)
    faulthandler.cancel_dump_traceback_later()
    for fault, count in faults.most_common():
        print(f"{count:4d} tables: {fault}")
    print(f"{args.tables} tables: {len(faults)} kinds of faults")
    if faults:
        raise SystemExit(1)
