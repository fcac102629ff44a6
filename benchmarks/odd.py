"""Odd tables through the whole of a fit, and through every stage of the search.

``python -m benchmarks odd --tables 500`` fits each under a short limit of processor time, then
walks through all stages of a search, a few steps of each: a short fit never sees the late ones.
A table must end in a law or a `DataError`: any other exception, any warning, and any fit that
takes a second more than its limit is told, and the command fails.
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

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.ops import resolve_all
from sklearn_trm.report import front_report, latex_table, law_report
from sklearn_trm.search.problem import Problem
from sklearn_trm.search.search import Search
from sklearn_trm.search.turns import quietly
from sklearn_trm.table import Table

from .odd_tables import Odd, odd_table

SLACK = 1.0  # seconds that a fit may take beyond its limit
LIBRARY = 300  # small expressions: a walk is to see every stage, not to find laws
ROWS = 100  # that a walk looks at
STEP = 0.5
VISITS = 12  # of the improver at the end of a walk
HANG = 300.0  # seconds after which a table is given up, with all that run after it


class Timed(TRMSymbolicRegressor):
    """Its limit is processor time: other work on the machine does not count."""

    _clock = staticmethod(time.process_time)


def fitted(odd: Odd, limit: float, model: str | None) -> float:
    """Fit a table and look at the answer in every way; seconds beyond the limit."""
    est = Timed(time_limit=limit, model=model, random_state=0, **odd.settings)
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


def walked(odd: Odd, steps: int, share: float, seed: int) -> Iterator[BaseException]:
    """A few steps of a share of all stages of a search over a table: what they raise."""
    est = Timed(**odd.settings)
    try:
        table = Table.of(est, odd.X, odd.y, **odd.fit)
    except DataError:
        return
    unary, binary = (resolve_all(est.unary_operators, 1), resolve_all(est.binary_operators, 2))
    X, y, weight = table.X[:ROWS], table.y[:ROWS], table.weight
    weight = None if weight is None else weight[:ROWS]
    search = Search(Problem(X, y, weight, unary, binary, est.max_complexity, size=LIBRARY))
    if not search.main.d or len(search.verdict.y) < 3 or not np.ptp(search.verdict.y) > 0:
        return
    search._clock = lambda: 0.0  # time stands still: each stage once, the improver at the end
    some, visits = np.random.default_rng(seed), 0
    for stage in quietly(search._stages()):
        last = stage.__name__ == "visits"
        visits += last
        if visits > VISITS:
            return
        try:
            if last or some.random() < share:
                begin = time.process_time()
                for _ in itertools.islice(quietly(stage), None if last else steps):
                    pass
                if time.process_time() - begin > STEP:
                    print("slow", stage.gi_frame and stage.gi_frame.f_locals.get("stage"), stage.__name__, time.process_time() - begin, flush=True)
        except Exception as error:  # told with its place; the other stages are looked at too
            yield error


def told(odd: Odd, work: Callable[[], Iterator[BaseException]]) -> set[str]:
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


def run(
    numbers: range, limit: float, steps: int, share: float, guided: int
) -> tuple[Counter[str], list[str]]:
    """Run the tables of these numbers: each fault with how often it came, and what was late."""
    faults: Counter[str] = Counter()
    late: list[str] = []
    for number in numbers:
        odd = odd_table(number)
        faulthandler.dump_traceback_later(HANG, exit=True)
        print(odd.name, flush=True)
        model = "auto" if guided and number % guided == 0 else None

        def fit(odd: Odd = odd, model: str | None = model) -> Iterator[BaseException]:
            beyond = fitted(odd, limit, model)
            if beyond > SLACK:  # compiling happens once a process: that is no part of a fit
                beyond = fitted(odd, limit, model)
            if beyond > SLACK:
                late.append(f"{beyond:.1f} s beyond the limit: {odd.name}")
            return iter(())

        found = told(odd, fit) if limit else set()
        faulthandler.dump_traceback_later(HANG, exit=True)
        found |= told(odd, lambda odd=odd: walked(odd, steps, share, number)) if steps else set()
        for fault in sorted(found):
            print(f"  !! {fault}", flush=True)
        faults.update(found)
    faulthandler.cancel_dump_traceback_later()
    return faults, late


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="number of the first table")
    parser.add_argument("--limit", type=float, default=0.5, help="seconds a fit; 0: no fits")
    parser.add_argument("--steps", type=int, default=3, help="of every stage; 0: no stages")
    parser.add_argument("--share", type=float, default=0.25, help="of the stages of a table")
    parser.add_argument("--guided", type=int, default=10,
                        help="every n-th fit asks the network; 0: none")  # fmt: skip


def main(args: argparse.Namespace) -> None:
    numbers = range(args.first, args.first + args.tables)
    faults, late = run(numbers, args.limit, args.steps, args.share, args.guided)
    for fault, count in faults.most_common():
        print(f"{count:4d} tables: {fault}")
    print("\n".join(late))
    print(f"{args.tables} tables: {len(faults)} faults, {len(late)} late fits")
    if faults or late:
        raise SystemExit(1)
