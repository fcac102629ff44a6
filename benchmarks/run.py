"""All peers on the same rows, the same core and the same limits; a JSON line a fit.

A run may be stopped and started again: fits that are in ``OUT/fits.jsonl`` are not
repeated. Peers take turns on a task, so that a machine that gets busier hits them alike.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from .approximate import Task, count_nodes, file_tasks, law_tasks
from .laws import suites
from .peers import PEERS
from .rows import append, read
from .serve import Server, cores
from .verdict import r2

OWN = ("ours", "guided", "network", "linear", "boosting")  # live in this Python
FITS, MACHINES, COMMANDS = "fits.jsonl", "machines.jsonl", "commands.jsonl"
KEY = ("peer", "group", "task", "limit", "noise", "seed", "rows")


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    """What makes a fit one of its own."""
    return tuple(row[name] for name in KEY)


def machine() -> dict[str, Any]:
    """Facts of this machine."""
    cpu = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [s for s in info.read_text().splitlines() if s.startswith("model name")]
        cpu = names[0].split(":")[1].strip() if names else cpu
    return {
        "system": f"{platform.system()} {platform.machine()}", "cpu": cpu,
        "cores": os.cpu_count(), "python": platform.python_version(),
    }  # fmt: skip


def command(words: Sequence[str]) -> str:
    """The command to repeat a run; where things lie on this machine is no part of it."""
    words = list(words)
    for flag, there in (("--python", "environments/peers/bin/python"), ("--data", "DATA")):
        if flag in words[:-1]:
            words[words.index(flag) + 1] = there
    return " ".join(["python -m benchmarks", *words])


def jobs(args: argparse.Namespace) -> Iterator[tuple[dict[str, Any], Task]]:
    """Every task at every limit, noise and seed, the short limits first."""
    for limit in args.limit:
        for seed in args.seeds:
            for noise in args.noise if args.suite else ():
                setting = argparse.Namespace(**(vars(args) | {"seed": seed, "noise": noise}))
                for task in law_tasks(setting):
                    yield {"kind": "law", "limit": limit, "noise": noise, "seed": seed}, task
            if args.data:
                one = argparse.Namespace(**(vars(args) | {"seed": seed, "seeds": 1}))
                for task in file_tasks(one):
                    yield {"kind": "table", "limit": limit, "noise": 0.0, "seed": seed}, task


def fit(server: Server, task: Task, limit: float, seed: int) -> dict[str, Any]:
    """One fit: its law as a text, test error, nodes and seconds, or why there is none."""
    out = server.fit(task.X, task.y, task.X_test, limit, seed)
    if "prediction" in out:
        out["r2"] = r2(task.y_test, np.array(out.pop("prediction"), dtype=float))
        if out["nodes"]:
            out["own_nodes"], out["nodes"] = out["nodes"], count_nodes(out["text"], out["nodes"])
    return out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suite", nargs="+", help=f"or: all; {', '.join(suites())}")
    parser.add_argument("--data", help="folder of csv files with a column `target`")
    parser.add_argument("--limit", nargs="+", type=float, default=[10.0],
                        help="seconds of processor time a fit")  # fmt: skip
    parser.add_argument("--noise", nargs="+", type=float, default=[0.0],
                        help="share of y's root mean square")  # fmt: skip
    parser.add_argument("--peers", nargs="+", choices=sorted(PEERS), default=["ours", "guided"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--every", type=int, default=1, help="every n-th law or table")
    parser.add_argument("--only", nargs="+", help="tasks whose name contains one of these")
    parser.add_argument("--python", help="the Python that the other systems live in")
    parser.add_argument("--core", type=int, help="the core to use; the last one when omitted")
    parser.add_argument("--out", default="results", help="folder")


def main(args: argparse.Namespace) -> None:
    """Run what is missing."""
    out = Path(args.out)
    done = {key(row) for row in read(out / FITS) if "skipped" not in row}

    def todo() -> Iterator[tuple[str, dict[str, Any], Task]]:
        for setting, task in jobs(args):  # drawn again when needed: all at once would be large
            for peer in args.peers:
                if key(_row(peer, setting, task, args.rows)) not in done:
                    yield peer, setting, task

    where = cores()
    core = args.core if args.core is not None else where[-1] if where else None
    facts = machine()
    known = [m for m in read(out / MACHINES) if m["facts"] == facts]
    here = known[0]["machine"] if known else len(read(out / MACHINES))
    if not known:
        append(out / MACHINES, {"machine": here, "facts": facts})
    append(out / COMMANDS, {"command": command(sys.argv[1:])})
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        skipped = {row["peer"] for row in read(out / FITS) if "skipped" in row}
        for peer, setting, task in tqdm(todo(), total=sum(1 for _ in todo()), unit="fit"):
            if peer not in servers:
                python = None if peer in OWN else args.python
                servers[peer] = stack.enter_context(Server(peer, python, core))
            answer = fit(servers[peer], task, setting["limit"], setting["seed"])
            row = _row(peer, setting, task, args.rows) | answer
            row |= {"machine": here, "versions": servers[peer].facts.get("versions", {})}
            row["load"] = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
            if "skipped" not in row or peer not in skipped:  # once is enough
                append(out / FITS, row)
            skipped |= {peer} if "skipped" in row else set()


def _row(peer: str, setting: dict[str, Any], task: Task, rows: int) -> dict[str, Any]:
    rows = rows if setting["kind"] == "law" else len(task.y)
    return {"peer": peer, "group": task.group, "task": task.name, **setting, "rows": rows}


def groups(rows: Iterable[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], list[dict]]:
    """Rows by the values of `names`, in order."""
    out: dict[tuple[Any, ...], list[dict]] = {}
    for row in rows:
        out.setdefault(tuple(row[name] for name in names), []).append(row)
    return out
