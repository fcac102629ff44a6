"""Seconds that one item of each task takes: what tasks are counted by where no clock may decide.

``python -m training costs --laws 40 --out sklearn_trm/search/costs.json`` searches drawn tables,
some seconds of processor time each, and writes the mean of each task.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from sklearn_trm.search.agenda import Candidates, Job
from sklearn_trm.search.search import Search
from sklearn_trm.search.state import SearchState
from sklearn_trm.task.budget import Budget

from .agenda import compile_all, drawn

_FIRST = 100_000  # the number of the first law: none of the record
_FEWEST, _LEAST = 20, 0.0005  # items and mean seconds of a task whose cost is written


def measured(laws: range, seconds: float) -> dict[str, float]:
    """Mean seconds an item, by task."""
    items: Counter[str] = Counter()
    jobs: set[Job] = set()
    until = Job.until

    def noted(job: Job, limit: float) -> Candidates:
        jobs.add(job)
        return until(job, limit)

    compile_all()
    counted = mock.patch.object(SearchState, "work", lambda _, task: items.update([task]))
    with mock.patch.object(Job, "until", noted), counted:
        for number in laws:
            for _ in Search(drawn(number)[1]).run(Budget.within(seconds, time.process_time)):
                pass
    spent = dict.fromkeys(items, 0.0)
    for job in jobs:
        spent[job.task] = spent.get(job.task, 0.0) + job.spent
    mean = {task: spent[task] / count for task, count in items.items() if count >= _FEWEST}
    return {task: mean[task] for task in sorted(mean) if mean[task] >= _LEAST}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what one item of each task takes."""
    parser = argparse.ArgumentParser(prog="python -m training costs", description=main.__doc__)
    parser.add_argument("--laws", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=4.0, help="of processor time a law")
    parser.add_argument("--out", type=Path, default=None)
    args = parser.parse_args(argv)
    costs = measured(range(_FIRST, _FIRST + args.laws), args.seconds)
    lines = ",\n".join(f"{json.dumps(task)}: {cost:.4f}" for task, cost in costs.items())
    text = f"{{{lines}}}\n"
    if args.out is None:
        print(text, end="")
    else:
        args.out.write_text(text, "utf-8")
    return 0
