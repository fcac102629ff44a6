"""Criteria compared on archives that are kept: known laws, and real tables with test rows.

    python -m benchmarks choose FOLDER --make --blackbox DATA    # hours of fits, once
    python -m benchmarks choose FOLDER                           # seconds

Of known laws it counts how often the true form is chosen where it is in the archive; of real
tables it takes the median and the mean of R2 on a quarter of the rows, not below 0.
"""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

import numpy as np

from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node
from sklearn_trm.search.descent import Descent
from sklearn_trm.selection.generalization import Surroundings

from .archives import Archive, collect, load, of_file, of_kind, r2
from .criteria import CRITERIA, Facts, facts_of
from .forms import has_form
from .kinds import KINDS

NEAR, STEPS = 1e-3, 100  # what a quick fit to the clean truth reaches before forms are compared


def facts(archive: Archive) -> tuple[list[Node], list[Facts]]:
    X, y = np.array(archive.X), np.array(archive.y)
    laws = list(dict.fromkeys(map(parse, archive.laws)))
    around = Surroundings(X, y)
    return laws, [facts_of(law, X, y, around=around) for law in laws]


def true_forms(archive: Archive, laws: list[Node]) -> list[bool]:
    """Which laws of an archive have the true form."""
    Z, clean = np.array(archive.X_test), np.array(archive.y_test)
    quick, near = Descent(Z, clean), (NEAR * float(clean.std())) ** 2
    return [
        quick.fit(law, STEPS)[1] < near and has_form(law, Z, clean, archive.numbers) for law in laws
    ]


def worths(archive: Archive, laws: list[Node]) -> list[float]:
    """What the choice of each law is worth: 1 for the true form, or R2 on the test rows."""
    if archive.truth:
        return [float(ok) for ok in true_forms(archive, laws)]
    return [r2(archive, law) for law in laws]


def kept_worths(folder: Path, archive: Archive, laws: list[Node]) -> list[float]:
    """As `worths`, which takes a minute, worked out once."""
    path = folder / "worth" / f"{archive.name.replace('/', ' ')}.json"
    if path.exists():
        known = json.loads(path.read_text("utf-8"))
        if len(known) == len(laws):
            return known
    path.parent.mkdir(exist_ok=True)
    made = worths(archive, laws)
    path.write_text(json.dumps(made), "utf-8")
    return made


def compare(folder: Path) -> str:
    """The table of criteria."""
    small: dict[str, list[float]] = {name: [] for name in ("as fitted", "best", *CRITERIA)}
    real: dict[str, list[float]] = {name: [] for name in small}
    n_small = 0
    for archive in load(folder):
        laws, known = facts(archive)
        worth = kept_worths(folder, archive, laws)
        n_small += bool(archive.truth)
        if archive.truth and not any(worth):
            continue
        into = small if archive.truth else real
        into["as fitted"].append(worth[laws.index(parse(archive.laws[archive.chosen]))])
        into["best"].append(max(worth))
        for name, criterion in CRITERIA.items():
            into[name].append(worth[criterion(known)])
    n, m = len(small["best"]), len(real["best"])
    lines = [f"{n_small} tables of known laws, the true form in the archive of {n}; {m} real "
             "tables", "", "| criterion | true form | median R2 | mean R2 |",
             "|---|---|---|---|"]  # fmt: skip
    for name in small:
        told = [f"{np.median(real[name]):.3f}", f"{np.mean(real[name]):.3f}"] if m else ["", ""]
        lines.append(f"| {name} | {sum(small[name]):.0f} of {n} | {told[0]} | {told[1]} |")
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="of the archives")
    parser.add_argument("--make", action="store_true", help="fit the archives that are missing")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="draws of each kind")
    parser.add_argument("--seconds", type=float, default=10.0, help="of processor time a fit")
    parser.add_argument("--blackbox", type=Path, metavar="FOLDER", help="csv files with `target`")


def main(args: argparse.Namespace) -> None:
    if args.make:
        jobs = [
            (f"small-{i:02d}-{seed}", partial(of_kind, kind, seed, args.seconds))
            for i, kind in enumerate(KINDS.values())
            for seed in range(args.seeds)
        ]
        files = [] if args.blackbox is None else sorted(args.blackbox.glob("*.csv"))
        jobs += [(f"real-{path.stem}", partial(of_file, path, args.seconds)) for path in files]
        collect(args.folder, jobs)
    print(compare(args.folder))
