"""A small fixed set of laws that must go on being found: ``python -m benchmarks guard``.

It fails where fewer laws are recovered than `EXPECTED` says, minus a slack for laws at the
edge of their time. ``--update`` writes what is found now as the new expectation.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from . import recover
from .laws import Law, load

EXPECTED = Path(__file__).with_name("guard.json")
SLACK = 1  # laws that may be missing, in each of the two groups
LIMIT = 5.0  # seconds of processor time a law
ROWS = {0.0: 200, 0.01: 500}  # by noise
# suite: every n-th law
CLEAN = {
    "feynman": 6, "nguyen": 4, "livermore": 6, "livermore2": 20, "keijzer": 4, "jin": 3,
    "constant-nguyen": 3, "r-rationals": 3, "korns": 5, "vladislavleva": 4,
}  # fmt: skip
NOISY = {"feynman": 14}


def laws() -> list[tuple[Law, float]]:
    """The set: laws and their noise."""
    sets = ((CLEAN, 0.0), (NOISY, 0.01))
    return [(law, noise) for of, noise in sets for suite, n in of.items()
            for law in load(suite)[n // 2 :: n]]  # fmt: skip


def measure(limit: float = LIMIT) -> list[dict[str, Any]]:
    """Fit and judge every law of the set with the search alone, in processor time."""
    parser = argparse.ArgumentParser()
    recover.add_arguments(parser)
    args = parser.parse_args(["--clock", "cpu", "--mode", "unguided"])
    recover.warm(args)
    rows = []
    for law, noise in laws():
        args.noise, args.rows, args.limit = noise, ROWS[noise], limit
        row = recover.run_law(law, args)
        rows.append({"suite": law.suite, "law": law.name, "noise": noise, "solved": row["solved"],
                     "cpu": round(row.get("cpu", 0.0), 2)})  # fmt: skip
        print(f"{'ok ' if row['solved'] else '-- '}{rows[-1]['cpu']:6.2f} s {noise:g} {law.name}",
              flush=True)  # fmt: skip
    return rows


def drops(rows: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[str]:
    """What is worse than expected: one line a group of laws; empty where all is well."""
    known = {(r["law"], r["noise"]): r["solved"] for r in expected}
    out = []
    for noise in dict.fromkeys(r["noise"] for r in rows):
        part = [r for r in rows if r["noise"] == noise]
        before = sum(known.get((r["law"], noise), False) for r in part)
        now = sum(r["solved"] for r in part)
        lost = [r["law"] for r in part if known.get((r["law"], noise)) and not r["solved"]]
        if now < before - SLACK:
            out.append(f"noise {noise:g}: {now} of {len(part)} laws, {before} expected; "
                       f"lost: {', '.join(lost)}")  # fmt: skip
    return out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--update", action="store_true", help="take this run as the expectation")


def main(args: argparse.Namespace) -> None:
    rows = measure()
    if args.update:
        names = ("suite", "law", "noise", "solved", "cpu")
        lines = [json.dumps({name: row[name] for name in names}) for row in rows]
        EXPECTED.write_text("[" + ",\n ".join(lines) + "]\n")
    worse = drops(rows, json.loads(EXPECTED.read_text()))
    print(f"{sum(r['solved'] for r in rows)} of {len(rows)} laws, "
          f"{sum(r['cpu'] for r in rows):.0f} s of processor time")  # fmt: skip
    if worse:
        raise SystemExit("recovery has dropped: " + "; ".join(worse))
