"""What an export must give: laws, a table, and how far rounding may carry values."""

from __future__ import annotations

import numpy as np

from benchmarks import rounding
from benchmarks.rounding import DOUBLE as DOUBLE
from benchmarks.rounding import SINGLE as SINGLE
from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node
from tests.strategies import table

X = np.vstack([table(seed=1, rows=12), table(seed=2, rows=12, low=0.2)])
NAMES = ["mass", "r", "t"]
LAWS = [
    "2.5*mass/r**2", "-(mass - (r - t)) - -2", "(mass + r)**3/(1 + (mass + r)**2)", "3.5",
    "exp(-mass**2/(2*pi))*sin(-r)", "1/(1/mass + 1/r)", "abs(mass)**r**0.5",
    "mass - (-r)*t - (-3)*t",
]  # fmt: skip
LAWS = [parse(law, NAMES) for law in LAWS] + [
    Node(op.name, (parse("0.3*x0 + 0.1"), parse("x1 - 0.25"))[: op.arity]) for op in OPS.values()
]


class Expected(rounding.Expected):
    """What an export of a law must give on these rows."""

    def __init__(self, node: Node, tolerance: float) -> None:
        super().__init__(node, tolerance, X)
