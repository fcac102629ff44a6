"""How well, and how briefly, is a table approximated in a few seconds?

Known laws are judged on fresh rows without noise, tables from files on a quarter of
their rows. Every peer gets one core and an equal limit of processor time.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sklearn_trm.errors import TRMError
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import complexity

from .laws import load, suites
from .peers import PEERS, run, run_elsewhere
from .rows import append, read
from .verdict import r2

GOOD = 0.999  # R2 on fresh rows that counts as a good approximation


@dataclass
class Task:
    """Training and test rows."""

    group: str
    name: str
    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    truth: str = ""


def law_tasks(args: argparse.Namespace) -> Iterator[Task]:
    """Known laws, sampled."""
    names = suites() if args.suite == ["all"] else args.suite or []
    for suite in names:
        for law in load(suite)[:: args.every]:
            if args.only and not any(part in law.name for part in args.only):
                continue
            rng = np.random.default_rng([args.seed, len(law.name), sum(map(ord, law.name))])
            X, X_test = law.sample(args.rows, rng), law.sample(1000, rng)
            y, y_test = evaluate(law.node, X), evaluate(law.node, X_test)
            if not np.isfinite(y.dot(y)):
                continue  # beyond float64
            y = y + args.noise * np.sqrt(np.mean(y * y)) * rng.standard_normal(len(y))
            yield Task(suite, law.name, X, y, X_test, y_test, law.expression)


def file_tasks(args: argparse.Namespace) -> Iterator[Task]:
    """Tables of a folder, column `target`, split 75 to 25 once for each seed."""
    for path in sorted(Path(args.data).glob("*.csv"))[:: args.every]:
        if args.only and not any(part in path.stem for part in args.only):
            continue
        names = path.read_text().split("\n", 1)[0].strip().split(",")
        table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
        target = names.index("target")
        X, y = np.delete(table, target, axis=1), table[:, target]
        for seed in range(args.seed, args.seed + args.seeds):
            order = np.random.default_rng(seed).permutation(len(y))
            test, train = order[: len(y) // 4], order[len(y) // 4 :]
            yield Task(path.stem, f"{path.stem}/{seed}", X[train], y[train], X[test], y[test])


def count_nodes(text: str, own: int) -> int:
    """Nodes as this package counts them; the peer's `own` where its text is not ours.

    Others count a weighted variable as one node.
    """
    try:
        return complexity(canonical(parse(text)))
    except TRMError:
        return own


def measure(task: Task, peer: str, args: argparse.Namespace) -> dict:
    """One peer on one task."""
    table = (task.X, task.y, task.X_test)
    python = args.python.get(peer)
    out = (
        run_elsewhere(python, peer, *table, args.limit, args.seed)
        if python
        else run(peer, *table, args.limit, args.seed)
    )
    if "prediction" in out:
        out["nodes"] = count_nodes(out["text"], out["nodes"])
        out["r2"] = r2(task.y_test, np.array(out.pop("prediction")))
    return {"peer": peer, "group": task.group, "task": task.name, **out}


def summary(rows: list[dict]) -> str:
    """Per peer: tasks, median test R2, share above `GOOD`, median nodes and seconds.

    Several splits of one table count as one: their median.
    """
    lines = [f"{'peer':10}{'tasks':>7}{'median R2':>11}{'> ' + str(GOOD):>9}{'nodes':>7}"
             f"{'of good':>9}{'cpu s':>7}{'wall s':>8}{'failed':>8}"]  # fmt: skip
    for peer in dict.fromkeys(r["peer"] for r in rows):
        part = [r for r in rows if r["peer"] == peer and "skipped" not in r]
        fine = [r for r in part if "r2" in r]
        if not fine:
            lines.append(f"{peer:10} " + next(iter(r.get("skipped", r.get("error", "")) for r in
                         rows if r["peer"] == peer), ""))  # fmt: skip
            continue
        files = "/" in fine[0]["task"]
        groups: dict[str, list[dict]] = {}
        for r in fine:
            groups.setdefault(r["group"] if files else r["task"], []).append(r)

        def middle(key: str, of: list[list[dict]]) -> float:
            values = [float(np.median([r[key] for r in g])) for g in of]
            return float(np.median(values)) if values else float("nan")

        all_of = list(groups.values())
        good = [g for g in all_of if np.median([r["r2"] for r in g]) > GOOD]
        lines.append(
            f"{peer:10}{len(groups):7d}{middle('r2', all_of):11.4f}{len(good):9d}"
            f"{middle('nodes', all_of):7.0f}{middle('nodes', good):9.0f}"
            f"{middle('cpu', all_of):7.1f}{middle('seconds', all_of):8.1f}"
            f"{len(part) - len(fine):8d}"
        )
    return "\n".join(lines)


def _python_of(text: str) -> tuple[str, str]:
    peer, _, path = text.rpartition("=")
    return peer, path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--peer", nargs="+", choices=sorted(PEERS), default=["ours"])
    parser.add_argument("--python", nargs="*", type=_python_of, default=[],
                        help="PATH, or PEER=PATH: the Python that a peer lives in")  # fmt: skip
    parser.add_argument("--suite", nargs="+", help="suites of known laws, or: all")
    parser.add_argument("--data", help="folder of csv files with a column `target`")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds of processor time")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", nargs="+", help="tasks whose name contains one of these")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1, help="splits of each file")
    parser.add_argument("--out", help="JSONL file; what is in it is not run again")


def main(args: argparse.Namespace) -> None:
    """Run every peer on every task, task by task, and print a summary."""
    args.python = {peer: path for peer, path in args.python if peer} or {
        peer: path
        for _, path in args.python
        for peer in args.peer
        if peer not in ("ours", "guided")
    }
    out = Path(args.out) if args.out else None
    done = {} if out is None else {(row["peer"], row["task"]): row for row in read(out)}
    rows = []
    tasks = file_tasks(args) if args.data else law_tasks(args)
    for task in tasks:
        for peer in args.peer:
            known = done.get((peer, task.name))
            row = known or measure(task, peer, args)
            rows.append(row)
            if out is not None and known is None:
                append(out, row)
            told = row.get("text", row.get("skipped", row.get("error")))
            print(f"{row.get('r2', np.nan):10.5f} {row.get('nodes', 0):4d} "
                  f"{row.get('cpu', 0):5.1f}s {peer:9} {task.name:26.26} {told}",
                  flush=True)  # fmt: skip
    print(summary(rows))
