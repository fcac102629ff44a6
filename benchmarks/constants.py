"""Which numbers of a noisy law become clean values, and are these the true ones?

The law of each noisy kind (`kinds.py`) is fitted to draws of its noise and made clean. The numbers
of the kinds are short decimals, as people choose them; moved by up to 20% they are none, and what
is clean then is clean by chance.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import astuple, dataclass

import numpy as np

from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.snap import snap
from sklearn_trm.expressions.tree import constants, with_constants
from sklearn_trm.selection.choice import words

from .kinds import KINDS, Kind

MOVED = 0.2  # logarithm of the largest factor
_SAME = 1e-9


@dataclass
class Count:
    """Numbers that were fitted, that are clean now, that are the true ones; squared errors
    against the clean law, before and after, relative to the variance of the noise."""

    fitted: float = 0
    clean: float = 0
    right: float = 0
    free: float = 0.0
    tidy: float = 0.0


def draw(kind: Kind, seed: int, moved: bool) -> Count:
    """One draw of the noise, with numbers as they are or moved."""
    law = canonical(kind.law)
    held, values = words(law), constants(law)
    if moved:
        factors = np.exp(np.random.default_rng([seed, 7]).uniform(-MOVED, MOVED, len(values)))
        pairs = enumerate(zip(values, factors.tolist(), strict=True))
        values = [v if i in held else v * f for i, (v, f) in pairs]
        law = with_constants(law, values)
    X, truth = kind.draw(seed)[0], evaluate(law, kind.draw(seed)[0])
    errors = np.random.default_rng([seed, sum(map(ord, kind.name))]).standard_normal((2, len(X)))
    y = truth * (1.0 + kind.share * errors[0]) + kind.noise * errors[1]
    fit = fit_constants(law, X, y, fixed=held)
    tidy = snap(fit, X, y)
    still = [
        c for c, s in zip(constants(tidy.node), np.diag(tidy.covariance), strict=True) if not s
    ]
    for i in held:  # what was no fitted number is none now
        near = [c for c in still if abs(c - values[i]) < _SAME]
        if near:
            still.remove(near[0])
    wanted = [v for i, v in enumerate(values) if i not in held]
    right = sum(any(abs(c - v) <= _SAME * abs(v) for c in still) for v in wanted)
    off = [float(np.mean((evaluate(f.node, X) - truth) ** 2)) / fit.loss for f in (fit, tidy)]
    return Count(len(wanted), min(len(still), len(wanted)), right, *off)


def measure(draws: int, moved: bool) -> Count:
    """Sums over all kinds."""
    rows = [astuple(draw(kind, seed, moved)) for kind in KINDS.values() for seed in range(draws)]
    return Count(*(math.fsum(column) for column in zip(*rows, strict=True)))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--draws", type=int, default=10, metavar="N")


def main(args: argparse.Namespace) -> None:
    print("| numbers | clean | right | error, free | error, clean |\n|---|---|---|---|---|")
    n = args.draws * len(KINDS)
    for name, moved in (("short decimals", False), ("moved", True)):
        c = measure(args.draws, moved)
        print(f"| {name} | {c.clean / c.fitted:.3f} | {c.right / c.fitted:.3f} "
              f"| {c.free / n:.4f} | {c.tidy / n:.4f} |")  # fmt: skip
