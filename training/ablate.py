"""``python -m training.ablate --laws 150 --report docs/ablations.md``: what each part adds.

An arm is a name and settings. Arms of inference run on the shipped weights and on the same
held-out laws (`training.evaluate`), block by block of laws and seed by seed, one JSON line each
in ``runs/ablate/lines.jsonl``; what has its line is not run again, so the command may be killed,
repeated, and extended by a larger ``--laws``. ``--train NAME --minutes M`` runs the two sides of
an arm that needs training (`training.race`).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from tqdm import tqdm

from sklearn_trm.network import weights
from sklearn_trm.network.refine import Refiner

from .ablation_report import lines_of, set_of
from .evaluate import ROWS, Fits, Settings, held_out_laws, solve_law
from .guidance import SETS, trials
from .laws import DATA_VERSION

BLOCK = 25  # laws a line


@dataclass(frozen=True)
class Arm:
    """A name and settings that differ from the default in one respect."""

    group: str
    name: str
    settings: Settings


def _arms() -> tuple[Arm, ...]:
    def vary(group: str, field: str, *values: Any, **others: Any) -> Iterator[Arm]:
        for value in values:
            yield Arm(group, f"{field}={value:g}", Settings(**{**others, field: value}))

    return (
        Arm("default", "default", Settings()),
        *vary("Newton-Schulz steps", "ns_steps", 0, 3, 5),
        *vary("halting threshold", "threshold", 1e-1, 1e-2, 1e-4, 1e-5),
        *vary("latent iterations at most", "max_iters", 1, 2, 4, 8, 16),
        *vary("random first latents", "latent_noise", 0.3, 1.0),
        Arm("random first latents", "latent_noise=1, 16 lanes",
            Settings(latent_noise=1.0, lanes=16)),
        *vary("candidates a step", "n_candidates", 4, 8, 32, 512),
        *vary("views of the table", "lanes", 1, 2, 8),
        Arm("candidates a step", "one greedy answer", Settings(n_candidates=1, lanes=1)),
        *vary("temperature", "temperature", 0.7, 1.5, 2.0),
        Arm("answer loop", "no feedback", Settings(feedback=False)),
        Arm("answer loop", "latent reset", Settings(keep_latent=False)),
        Arm("answer loop", "neither: new samples only",
            Settings(feedback=False, keep_latent=False)),
        Arm("answer loop", "one step, 384 candidates", Settings(steps=1, n_candidates=384)),
        Arm("answer loop", "8 steps", Settings(steps=8)),
        Arm("recursion into cells", "cells opened", Settings(open_cells=True)),
    )  # fmt: skip


ARMS = _arms()


def chosen(texts: list[str] | None) -> tuple[Arm, ...]:
    """The arms whose group and name hold one of the texts, in the order of the texts."""
    found = {a.name: a for t in texts or [""] for a in ARMS if t in f"{a.group}: {a.name}"}
    if not found:
        raise SystemExit(f"no arm holds {texts}; there are {', '.join(a.name for a in ARMS)}")
    return tuple(found.values())


def run(
    refiner: Refiner,
    sha: str,
    laws: list,
    arms: tuple[Arm, ...],
    path: Path,
    *,
    name: str = "random",
    seeds: int = 3,
    minutes: float = np.inf,
    progress: bool = True,
) -> None:
    """Every arm on every block of laws, (size, X, y) each, with every seed; done lines are kept."""
    begin = time.monotonic()
    path.parent.mkdir(parents=True, exist_ok=True)
    known = lines_of(path)
    done = {(*set_of(r), r["arm"], r["seed"], r["first"]) for r in known}
    with path.open("a") as out:
        if path.stat().st_size and not path.read_text().endswith("\n"):
            out.write("\n")
        for first in range(0, len(laws) - BLOCK + 1, BLOCK):
            block = laws[first : first + BLOCK]
            fits = [Fits(X[:ROWS], y[:ROWS], seed=i) for i, (_, X, y) in enumerate(block, first)]
            todo = [
                (seed, arm)
                for seed in range(seeds)
                for arm in arms
                if (sha, name, arm.name, seed, first) not in done
            ]
            for seed, arm in tqdm(todo, disable=not progress, desc=f"laws {first} on"):
                if time.monotonic() - begin > 60 * minutes:
                    return
                rows = [
                    solve_law(refiner, X, y, np.random.default_rng([i, seed]), arm.settings, f)
                    for i, ((_, X, y), f) in enumerate(zip(block, fits, strict=True), first)
                ]
                line = {
                    "weights": sha, "laws": name, "data_version": DATA_VERSION, "group": arm.group,
                    "arm": arm.name, "settings": asdict(arm.settings), "seed": seed,
                    "first": first, "size": [size for size, _, _ in block],
                    **{k: [_short(r[k]) for r in rows] for k in rows[0]},
                }  # fmt: skip
                out.write(json.dumps(line) + "\n")
                out.flush()


def _short(value: Any) -> Any:
    return round(value, 5) if isinstance(value, float) else value


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.ablate", description=__doc__)
    parser.add_argument("--model", default="auto", help="registry name or .safetensors file")
    parser.add_argument("--laws", type=int, default=150)
    parser.add_argument("--set", choices=SETS, default="drawn", help="what laws")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--arms", nargs="*", default=None, metavar="TEXT", help="only those whose names hold a TEXT"
    )
    parser.add_argument("--minutes", type=float, default=np.inf, help="begin no further line after")
    parser.add_argument("--out", type=Path, default=Path("runs/ablate"))
    parser.add_argument("--report", type=Path, default=None, help="only write tables and pictures")
    parser.add_argument("--dynamics", action="store_true", help="fixed points and Jacobians")
    parser.add_argument("--versions", action="store_true", help="all published weights")
    parser.add_argument("--train", default=None, metavar="ARM", help="train the sides of an arm")
    args = parser.parse_args(argv)
    if args.report:
        from .ablation_report import write

        write(args.out, args.report)
        return 0
    if args.train:
        from .race import race

        race(args.train, args.minutes, args.out)
        return 0
    args.out.mkdir(parents=True, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", str((args.out / "compiled").absolute()))
    refiner = Refiner.load(args.model)
    if args.dynamics:
        from .dynamics import measure

        facts = measure(refiner, held_out_laws(args.laws))
        (args.out / "dynamics.json").write_text(json.dumps(facts, indent=1) + "\n")
        return 0
    if args.versions:
        from .versions import measure as measure_versions

        rows = measure_versions(held_out_laws(args.laws))
        (args.out / "versions.json").write_text(json.dumps(rows, indent=1) + "\n")
        return 0
    path, sha = weights.resolve(args.model)
    arms = chosen(args.arms)
    sized = [(t.size, t.clean_X, t.clean_y) for t in trials(args.set, args.laws, 0.0)]
    run(refiner, sha or str(path), sized, arms, args.out / "lines.jsonl",
        name=args.set, seeds=args.seeds, minutes=args.minutes)  # fmt: skip
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
