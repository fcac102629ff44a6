"""Do intervals hold what they say? Curves on drawn rows with errors of each kind.

``python -m benchmarks intervals --fits 2000`` fits tables whose constants are known, and counts how
often the 95% interval of a constant holds it, and how often the 95% interval of a further
measurement holds that. By ``--road formula`` the curve is a known formula (`template`) with errors
taken for even, as by `curve_fit`; by ``--road law`` it is a first guess of a short search,
which reads from the residuals what the errors are. Tables for which the search chooses another law
are left out: intervals take the law for granted.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, constants

from . import plausible_tables
from .plausible_tables import Noise
from .rows import append, read

SEED = 41
ROWS = ((6, 12), (13, 40), (41, 300))
KINDS = tuple(kind for kind in plausible_tables.KINDS if kind != "none")
LEVELS = (0.005, 0.1)
ROADS = ("formula", "law")
_SHORT = 0.05  # seconds of search beside the guess
_SAME = 1e-6  # of the spread: what the form of the true law leaves of clean values


@dataclass(frozen=True)
class Formula:
    """A formula, its true constants, and the range of its column."""

    text: str
    constants: dict[str, float]
    low: float
    high: float

    def near(self, rng: np.random.Generator) -> Formula:
        """The same with other constants: short ones would be found by rounding."""
        new = {
            name: v * float(np.exp(rng.uniform(-0.1, 0.1))) for name, v in self.constants.items()
        }
        return replace(self, constants=new)

    def law(self) -> Node:
        """With its constants."""
        text = self.text
        for name, value in self.constants.items():
            text = text.replace(name, f"({value!r})")
        return parse(text, ["x"])

    def values(self, x: np.ndarray) -> np.ndarray:
        return evaluate(self.law(), x[:, None])


FORMULAS = (
    Formula("A + B*x", {"A": 12.0, "B": 3.5}, 0.0, 20.0),
    Formula("A*exp(-B*x)", {"A": 80.0, "B": 0.3}, 0.0, 6.0),
    Formula("A*x/(B + x)", {"A": 90.0, "B": 2.0}, 0.3, 12.0),
    Formula("A*x**B", {"A": 15.0, "B": 0.7}, 0.5, 10.0),
    Formula("A + B*exp(-(x - C)**2/8)", {"A": 20.0, "B": 60.0, "C": 5.0}, 0.0, 10.0),
    Formula("A/(1 + exp(-B*(x - C)))", {"A": 70.0, "B": 1.5, "C": 4.0}, 0.0, 8.0),
)  # fmt: skip


def run(number: int, road: str) -> dict:
    """One table: which constants, and whether a further measurement, the intervals hold."""
    rng = np.random.default_rng([SEED, number])
    formula = FORMULAS[number % len(FORMULAS)].near(rng)
    kind = KINDS[number // len(FORMULAS) % len(KINDS)]
    least, most = ROWS[number // (len(FORMULAS) * len(KINDS)) % len(ROWS)]
    n = int(rng.integers(least, most + 1))
    level = float(np.exp(rng.uniform(*np.log(LEVELS))))
    x = rng.uniform(formula.low, formula.high, n + 1)
    clean = formula.values(x)
    noisy = Noise(kind, level).on(clean, rng)
    X = pd.DataFrame({"x": x})
    est = TRMSymbolicRegressor(model=None, random_state=0, time_limit=_SHORT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if road == "formula":
            own: dict[str, Any] = {"template": formula.text, "constants": formula.constants}
            table = est.fit(X[:n], noisy[:n], **own).constants_
            true = [formula.constants[name] for name in table.index]
        else:
            table = est.fit(X[:n], noisy[:n], guesses=[formula.law()]).constants_
            fit = fit_constants(est.law(), x[:, None], clean)
            same = np.sqrt(fit.loss) <= _SAME * np.std(clean)
            true = constants(fit.node) if same else []
        low, high = est.predict_interval(X[n:])
    held = [bool(table.low.iloc[i] <= v <= table.high.iloc[i]) for i, v in enumerate(true)]
    return {
        "number": number, "road": road, "kind": kind, "rows": n, "level": level, "held": held,
        "next": bool(low[0] <= noisy[n] <= high[0]),
    }  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fits", type=int, default=2000)
    parser.add_argument("--road", choices=ROADS, default="formula")
    parser.add_argument("--out", type=Path, help="JSON lines; a second run goes on there")


def main(args: argparse.Namespace) -> None:
    """Fit tables; print how often intervals hold the truth."""
    rows = [] if args.out is None else read(args.out)
    for number in range(len(rows), args.fits):
        rows.append(run(number, args.road))
        if args.out is not None:
            append(args.out, rows[-1])
    fits = len(rows)
    rows = [r for r in rows if r["held"]]
    print(f"{len(rows)} of {fits} tables have the form of their truth")
    print(f"{'errors':14}{'rows':>10}{'constants':>16}{'next value':>16}{'fits':>7}")
    for kind in (*KINDS, "all"):
        for least, most in ((0, 10**9), *ROWS):
            own = [r for r in rows if kind in (r["kind"], "all") and least <= r["rows"] <= most]
            if not own:
                continue
            held = np.concatenate([r["held"] for r in own])
            following = np.array([r["next"] for r in own])
            where = "all" if least == 0 else f"{least}-{most}"
            cells = "".join(f"{a.mean():9.1%} ±{_error(a):4.1%}" for a in (held, following))
            print(f"{kind:14}{where:>10}{cells}{len(own):7d}")


def _error(hits: np.ndarray) -> float:
    return float(np.sqrt(hits.mean() * (1.0 - hits.mean()) / len(hits)))
