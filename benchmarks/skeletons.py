"""Skeletons of one column: how many a second, up to what prior, and what they add to the search.

``python -m benchmarks skeletons`` screens one table for some seconds. With ``--laws 30`` laws of
one column with two or three constants inside are drawn as people bring them (`plausible`), clean
and with 2% noise, and fitted with skeletons and without in turn.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import numpy as np

from sklearn_trm.expressions.roles import roles
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.search import tasks
from sklearn_trm.search.search import Search
from sklearn_trm.search.solvers.skeletons import solver
from sklearn_trm.task.problem import Problem

from .blame import blame
from .forms import Table
from .plausible import DrawnLaw, draw_law
from .rows import append, read
from .small import run_one
from .small_tables import Kind, draw

ROWS, NOISE = 60, 0.02
INSIDE = (2, 3)  # constants inside functions
_NUMBER = re.compile(r"(?<![\w.])\d+\.?\d*(?:e[+-]?\d+)?")


def speed(seconds: float, rows: int) -> Iterator[str]:
    """Lines on skeletons screened for `seconds` of processor time, on a table of no law."""
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(0.5, 20, rows))
    y = 5 + np.cumsum(rng.normal(size=rows)) / 10
    solver.prepare()
    ws = Search(Problem(x[:, None], y)).main
    search = solver.SkeletonSearch(ws, ws.root, [0])
    begin = time.process_time()
    marks = [m for m in (1.0, 3.0, 10.0, 30.0) if m < seconds] + [seconds]
    for _ in search.batches(10**7):
        spent = time.process_time() - begin
        while marks and spent >= marks[0]:
            few = int((search.programs.counts[: search.done] <= 2).sum())
            yield (f"{marks.pop(0):5.1f} s: {search.done} skeletons, {few} of them with at most "
                   f"two constants, all of up to {search.nats:.1f} nats")  # fmt: skip
        if not marks:
            return


def tables(count: int, seed: int) -> Iterator[tuple[Table, float]]:
    """Drawn laws of one column, each clean and with noise."""
    rng = np.random.default_rng(seed)
    while count:
        law = draw_law(rng, 1)
        shares = rng.random((ROWS, 1))
        X = np.sort(law.rows(shares), axis=0)
        if sum(role != "linear" for role in roles(law.node, X)) not in INSIDE:
            continue
        text = _in_braces(law)
        try:
            clean = draw(Kind("", text, "drawn"), rng, X)
        except ValueError:  # numbers that do not come back from a text
            continue
        size = float(np.std(clean.y))
        if not 0 < size < np.inf:
            continue
        count -= 1
        for share in (0.0, NOISE):
            kind = Kind(f"law {count}, noise {share:g}", text, "drawn", noise=share * size)
            yield draw(kind, rng, X), share


def _in_braces(law: DrawnLaw) -> str:
    """The text of a law with braces around its numbers, as `forms` has it."""
    text = to_text(law.node)

    def braced(m: re.Match[str]) -> str:
        power = text[: m.start()].endswith("**") and m.group().isdigit()
        return m.group() if power else "{" + m.group() + "}"

    return _NUMBER.sub(braced, text)


def compare(args: argparse.Namespace) -> None:
    """Fit drawn laws with skeletons and without; fits that are in the file are not made again."""
    done = {} if args.out is None else {(r["name"], r["skeletons"]): r for r in read(args.out)}
    found: dict[tuple[bool, float], list[dict]] = {}
    for table, share in tables(args.laws, args.seed):
        for with_them in (True, False):
            row = done.get((table.name, with_them))
            if row is None:
                row = _one(table, with_them, args.limit)
                if args.out is not None:
                    append(args.out, row)
            found.setdefault((with_them, share), []).append(row)
            print(f"{'with' if with_them else 'without':8}{row['mark']:11}{row.get('cpu', 0):6.1f} "
                  f"{table.law[:70]:70}  {row['law'][:70]}", flush=True)  # fmt: skip
    for (with_them, share), rows in sorted(found.items()):
        marks = [r["mark"] for r in rows]
        allowed = len(rows) - sum(r.get("fault") == "evidence" for r in rows)
        print(f"{'with' if with_them else 'without'} skeletons, noise {share:g}: found "
              f"{marks.count('found')} of {len(rows)} ({allowed} allowed by the evidence), on the "
              f"front {sum(bool(r.get('kept')) for r in rows)}, median "
              f"{np.median([r.get('cpu', 0) for r in rows]):.1f} s")  # fmt: skip


def _one(table: Table, with_them: bool, limit: float) -> dict:
    silent = mock.patch.dict(tasks.RUNS, {task.run: lambda *_: iter(()) for task in tasks.CURVES})
    with nullcontext() if with_them else silent:
        row = run_one(table, limit, "cpu", "unguided")
    if row["mark"] in ("look-alike", "neither"):
        row["fault"] = blame(table, parse(row["law"])).fault
    return row | {"name": table.name, "true": table.law, "skeletons": with_them}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=10.0, help="of processor time")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--laws", type=int, default=0, help="fit so many drawn laws instead")
    parser.add_argument("--limit", type=float, default=5.0, help="seconds a fit")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSONL file of the fits")


def main(args: argparse.Namespace) -> None:
    if args.laws:
        compare(args)
        return
    for line in speed(args.seconds, args.rows):
        print(line, flush=True)
