"""Which criterion prefers the truth to its rivals, and what no criterion can tell.

Each noisy kind (`kinds.py`) is drawn many times; its law and 60 or more rivals (`rival_laws.py`)
are fitted to the noisy rows, and every criterion (`criteria.py`) chooses. A rival that fits as
well, with no more constants and no more nats of the prior, is preferred by every criterion that
goes by these: the share of draws without one is the *ceiling*. A kind is *decidable* where that
share is `DECIDABLE` or more.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import Node
from sklearn_trm.search.descent import Descent
from sklearn_trm.selection.generalization import Surroundings

from .criteria import CRITERIA, Facts, facts_of
from .kinds import KINDS, Kind
from .rival_laws import STEPS, held, rivals, structure_of_truth, with_ones

DECIDABLE = 0.9


def drawn_facts(kind: Kind, laws: Sequence[Node], seed: int) -> list[Facts]:
    """The facts of laws (with a column of ones) refitted to one draw of the noise."""
    X, y, _ = kind.draw(seed)
    Z = with_ones(X)
    descent = Descent(Z, y)
    # twice: the quick fit stops where a step gains a ten thousandth
    fitted = [descent.fit(descent.fit(law, STEPS)[0], STEPS)[0] for law in laws]
    around = Surroundings(Z, y)
    return [facts_of(law, Z, y, held(law), X.shape[1], around) for law in fitted]


def is_beaten(truth: Facts, others: Sequence[Facts]) -> bool:
    """Whether a rival is at least as good in fit, constants and prior."""
    return any(
        f.mse <= truth.mse and f.k <= truth.k and f.prior <= truth.prior + 1e-9 for f in others
    )


def measure(kind: Kind, others: Sequence[Node], draws: int) -> dict[str, float]:
    """Share of draws by criterion, with those of the ceiling and of the better fit."""
    laws = [structure_of_truth(kind), *others]
    count = dict.fromkeys(("ceiling", "fits best", *CRITERIA), 0)
    for seed in range(draws):
        facts = drawn_facts(kind, laws, seed)
        truth, rest = facts[0], facts[1:]
        count["ceiling"] += not is_beaten(truth, rest)
        count["fits best"] += not any(f.mse <= truth.mse and f.k <= truth.k for f in rest)
        for name, criterion in CRITERIA.items():
            count[name] += criterion(facts) == 0
    return {name: n / draws for name, n in count.items()}


def kept_rivals(kind: Kind, folder: Path | None) -> list[Node]:
    """The rivals of a kind, made once where there is a folder to keep them in."""
    path = None if folder is None else folder / f"{kind.name}.json"
    if path is not None and path.exists():
        return [parse(text) for text in json.loads(path.read_text("utf-8"))]
    made = rivals(kind)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([to_text(law, precision=17) for law in made]), "utf-8")
    return made


def table(shares: dict[str, dict[str, float]]) -> str:
    """Shares by criterion: of all kinds, and of the decidable ones; last the worst kinds."""
    decidable = [name for name, share in shares.items() if share["ceiling"] >= DECIDABLE]
    lines = [f"{len(shares)} kinds, {len(decidable)} decidable", "",
             "| criterion | all | decidable | kinds below 1/2 |", "|---|---|---|---|"]  # fmt: skip
    for name in next(iter(shares.values())):
        every = np.mean([share[name] for share in shares.values()])
        told = np.mean([shares[kind][name] for kind in decidable]) if decidable else np.nan
        low = [kind for kind in decidable if shares[kind][name] < 0.5]
        lines.append(f"| {name} | {every:.3f} | {told:.3f} | {len(low)} |")
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", help="kinds; all when omitted")
    parser.add_argument("--draws", type=int, default=50, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="of the rivals, made once")
    parser.add_argument("--out", type=Path, metavar="FILE", help="shares by kind, as JSON")


def main(args: argparse.Namespace) -> None:
    unknown = set(args.names) - set(KINDS)
    if unknown:
        raise SystemExit(f"no kind {sorted(unknown)}; there are {', '.join(KINDS)}")
    shares: dict[str, dict[str, float]] = {}
    for name in args.names or KINDS:
        start = time.process_time()
        others = kept_rivals(KINDS[name], args.keep)
        shares[name] = now = measure(KINDS[name], others, args.draws)
        told = ", ".join(f"{key} {now[key]:.2f}" for key in list(now)[:5])
        print(f"{time.process_time() - start:5.1f} s {len(others):4d} rivals {name:28s} {told}",
              flush=True)  # fmt: skip
        if args.out is not None:
            args.out.write_text(json.dumps(shares, indent=1), "utf-8")
    print(table(shares))
