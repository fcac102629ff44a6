"""Nonlinear regression sets of NIST: does the search write a law as good as the certified model?

A law is *good* if its residual sum of squares is at most 1.1 times the certified one, it has at
most one number more and at most 1.5 times the nodes of the model. The files are in ``nist/``.
"""

from __future__ import annotations

import argparse
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.roles import references
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, complexity, constants

from .clocks import CLOCKS, MODES
from .forms import Table
from .rows import append, read
from .small import finite, fitted

FOLDER = Path(__file__).with_name("nist")
RATIO, MORE, LONGER = 1.1, 1, 1.5  # of residual sums, of numbers, of nodes
KEY = ("name", "limit", "clock", "mode")
WAVE = "{{b{}}}*cos(2*pi*x0/{{b{}}}) + {{b{}}}*sin(2*pi*x0/{{b{}}})"

# as in the files, in our words
MODELS = {
    "Chwirut1": "exp(-{b1}*x0)/({b2} + {b3}*x0)",
    "DanWood": "{b1}*x0**{b2}",
    "ENSO": "{b1} + " + " + ".join(
        ("{b2}*cos(2*pi*x0/12) + {b3}*sin(2*pi*x0/12)", WAVE.format(5, 4, 6, 4),
         WAVE.format(8, 7, 9, 7))
    ),
    "Eckerle4": "{b1}/{b2}*exp(-0.5*((x0 - {b3})/{b2})**2)",
    "Gauss1": "{b1}*exp(-{b2}*x0) + {b3}*exp(-(x0 - {b4})**2/{b5}**2)"
              " + {b6}*exp(-(x0 - {b7})**2/{b8}**2)",
    "Hahn1": "({b1} + {b2}*x0 + {b3}*x0**2 + {b4}*x0**3)/(1 + {b5}*x0 + {b6}*x0**2 + {b7}*x0**3)",
    "Kirby2": "({b1} + {b2}*x0 + {b3}*x0**2)/(1 + {b4}*x0 + {b5}*x0**2)",
    "Lanczos3": "{b1}*exp(-{b2}*x0) + {b3}*exp(-{b4}*x0) + {b5}*exp(-{b6}*x0)",
    "MGH10": "{b1}*exp({b2}/(x0 + {b3}))",
    "Misra1a": "{b1}*(1 - exp(-{b2}*x0))",
    "Misra1d": "{b1}*{b2}*x0/(1 + {b2}*x0)",
    "Rat42": "{b1}/(1 + exp({b2} - {b3}*x0))",
    "Roszman1": "{b1} - {b2}*x0 - atan({b3}/(x0 - {b4}))/pi",
}  # fmt: skip


@dataclass(frozen=True)
class Reference:
    """A set of NIST, as published."""

    name: str
    X: np.ndarray
    y: np.ndarray
    certified: tuple[float, ...]  # values of the model's numbers
    residuals: float  # certified residual sum of squares

    @property
    def model(self) -> Node:
        """The model with its certified numbers."""
        values = {f"b{k}": f"({v!r})" for k, v in enumerate(self.certified, start=1)}
        return parse(MODELS[self.name].format_map(values))


def load(name: str, folder: Path = FOLDER) -> Reference:
    """Read a file of the archive: the header says in which lines the data are."""
    text = (folder / f"{name}.dat").read_text(encoding="ascii")
    first, last = map(int, _told(r"Data +\(lines +(\d+) to +(\d+)\)", text))
    rows = np.array([line.split() for line in text.splitlines()[first - 1 : last]], dtype=float)
    # parameter = start 1, start 2, certified value, its standard deviation
    found = re.findall(r"^ *b\d+ += +\S+ +\S+ +(\S+) +\S+ *$", text, re.MULTILINE)
    residuals = float(_told(r"Residual Sum of Squares: +(\S+)", text)[0])
    return Reference(name, rows[:, 1:], rows[:, 0], tuple(map(float, found)), residuals)


def _told(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    if match is None:
        raise ValueError(f"no file of the archive: it does not say {pattern}")
    return match.groups()


def fitted_numbers(law: Node) -> int:
    """Different numbers of a law, without small whole ones, halves, pi and offsets for the reader.

    >>> fitted_numbers(parse("1.7*cos(2*pi*x0/26.9) + 0.3*sin(2*pi*x0/26.9)"))
    3
    """
    free = references(law)
    return len({
        abs(v) for k, v in enumerate(constants(law))
        if k not in free and v != math.pi and not (abs(v) <= 12 and float(2 * v).is_integer())
    })  # fmt: skip


def judged(reference: Reference, law: Node) -> dict:
    """Whether a law is good, with the three ratios that say so."""
    with np.errstate(all="ignore"):
        ratio = float(np.sum((evaluate(law, reference.X) - reference.y) ** 2)) / reference.residuals
    numbers, nodes = fitted_numbers(law), complexity(law)
    most_numbers, most_nodes = len(reference.certified) + MORE, LONGER * complexity(reference.model)
    good = ratio <= RATIO and numbers <= most_numbers and nodes <= most_nodes
    return {
        "good": good, "ratio": finite(ratio), "numbers": numbers, "most_numbers": most_numbers,
        "nodes": nodes, "most_nodes": most_nodes,
    }  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=float, default=10.0, help="seconds a set")
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="wall",
                        help="what the limit counts")  # fmt: skip
    parser.add_argument("--mode", choices=sorted(MODES), default="guided")
    parser.add_argument("--only", nargs="+", choices=sorted(MODELS), default=sorted(MODELS))
    parser.add_argument("--out", type=Path, help="JSONL file; fits in it are not made again")


def main(args: argparse.Namespace) -> None:
    """Fit the sets one by one."""
    told = [] if args.out is None else read(args.out)
    done = {tuple(row[k] for k in KEY): row for row in told}
    rows = []
    for name in args.only:
        key = (name, args.limit, args.clock, args.mode)
        row = done.get(key)
        if row is None:
            reference = load(name)
            table = Table(name, reference.X, reference.y, "", 0.0, 0, 0)
            est = fitted(table, args.limit, args.clock, args.mode)
            row = dict(zip(KEY, key, strict=True)) | judged(reference, est.law())
            row |= {"stopped": est.stopped_, "law": est.expr_}
            if args.out is not None:
                append(args.out, row)
        rows.append(row)
        mark = "good" if row["good"] else "--"
        print(f"{mark:5}{name:9} residuals {row['ratio']:9.3g} times, "
              f"numbers {row['numbers']:2d} of {row['most_numbers']:2d}, "
              f"nodes {row['nodes']:2d} of {row['most_nodes']:4.1f}  {row['law'][:90]}",
              flush=True)  # fmt: skip
    print(f"good: {sum(row['good'] for row in rows)} of {len(rows)}")
