"""Small tables of the kinds that people bring, drawn from the law behind each.

A `Kind` says the law, where it is measured and with which errors; `draw` makes the rows. `CASES`
are 33 kinds from public questions and bug reports; those of many trades are in `small_trades.py`.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import complexity

from .forms import SAME, Table, fresh_rows, numbers_of, plain, template

Columns = Callable[[np.random.Generator], np.ndarray]
MARGIN = 3.0  # times the error that a fit of the true form has on fresh rows, on average
WIDEST = 0.25  # tolerance, as a share of the truth's spread
STEP = 1e-6  # of a number, relative, for slopes


def even(start: float, stop: float, rows: int) -> Columns:
    """One column in even steps, both ends included."""
    return lambda rng: np.linspace(start, stop, rows)[:, None]


def every(step: float, start: float, stop: float) -> Columns:
    """One column in steps of a size, without the stop."""
    return lambda rng: np.arange(start, stop, step, dtype=float)[:, None]


def logs(start: float, stop: float, rows: int) -> Columns:
    """One column in even ratios."""
    return lambda rng: np.geomspace(start, stop, rows)[:, None]


def at(*values: float) -> Columns:
    """One column of given values."""
    return lambda rng: np.array(values, dtype=float)[:, None]


def among(rows: int, *ranges: tuple[float, float]) -> Columns:
    """Values drawn from a range, a column for each."""
    return lambda rng: np.column_stack([rng.uniform(*ends, rows) for ends in ranges])


def cube(rows: int, columns: int, start: float, stop: float) -> Columns:
    """Values drawn from one range for all columns, row by row."""
    return lambda rng: rng.uniform(start, stop, (rows, columns))


def crossed(*levels: Sequence[float]) -> Columns:
    """Every level of each column with every level of the others."""
    return lambda rng: np.stack(np.meshgrid(*levels, indexing="ij"), -1).reshape(-1, len(levels))


@dataclass(frozen=True)
class Kind:
    """A law and how it is measured.

    Attributes
    ----------
    name : str
    law : str
        With braces around the numbers that a fit has to find.
    columns : callable or str
        Draws the rows; a name takes the rows of the kind of that name, which came before.
    noise, share : float
        Standard deviation of the errors: of one size, and as a share of the value.
    digits : int, optional
        Decimals that values are rounded to.
    counts : bool
        Whether values are counts, drawn from Poisson's distribution.
    known : bool
        Whether a fit is told the errors.
    tolerance, nodes, numbers : optional
        What counts as found; from the errors, the rows and the law where omitted.
    settings : mapping
        Arguments of the estimator.
    """

    name: str
    law: str
    columns: Columns | str
    noise: float = 0.0
    share: float = 0.0
    digits: int | None = None
    counts: bool = False
    known: bool = False
    tolerance: float | None = None
    nodes: int | None = None
    numbers: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


def draw(kind: Kind, rng: np.random.Generator, X: np.ndarray | None = None) -> Table:
    """A table of a kind; `X` where its rows are another's."""
    if X is None:
        assert not isinstance(kind.columns, str), "the rows of another kind were not drawn"
        X = kind.columns(rng)
    node = parse(plain(kind.law))
    truth = evaluate(node, X)
    y = truth * (1 + kind.share * rng.standard_normal(len(truth)))
    y += kind.noise * rng.standard_normal(len(truth))
    error = np.hypot(kind.noise, kind.share * np.abs(truth))
    if kind.counts:
        y, error = rng.poisson(truth).astype(float), np.sqrt(truth)
    if kind.digits is not None:
        y = np.round(y, kind.digits)
    numbers = len(numbers_of(kind.law)) if kind.numbers is None else kind.numbers
    tolerance = kind.tolerance
    if tolerance is None:
        rounding = 0.0 if kind.digits is None else 10.0**-kind.digits / math.sqrt(12)
        off = expected_error(kind.law, X, np.hypot(error, rounding), numbers)
        tolerance = min(max(SAME, MARGIN * off / float(np.std(truth))), WIDEST)
    nodes = 2 + math.ceil(1.5 * complexity(node)) if kind.nodes is None else kind.nodes
    return Table(
        kind.name, X, y, kind.law, tolerance, nodes, numbers,
        {"y_error": error} if kind.known else {}, kind.settings,
    )  # fmt: skip


def expected_error(law: str, X: np.ndarray, error: np.ndarray, numbers: int) -> float:
    """Root mean square error on fresh rows of the true form, fitted by least squares.

    From the slopes in its numbers; numbers that are not in braces weigh as much as those that are.
    """
    true = np.array(numbers_of(law))
    if not len(true):
        return float(np.sqrt(np.mean(error**2) * numbers / len(error)))
    form = template(law, X.shape[1])

    def slopes(Z: np.ndarray) -> np.ndarray:
        def values(p: np.ndarray) -> np.ndarray:
            return evaluate(form, np.column_stack([Z, np.tile(p, (len(Z), 1))]))

        steps = np.diag(STEP * np.abs(true))
        # in units of a step: numbers of any size go together
        return np.column_stack([values(true + s) - values(true - s) for s in steps]) / 2

    J, fresh = slopes(X), slopes(fresh_rows(X))
    fresh = fresh[np.isfinite(fresh).all(axis=1)]
    off = fresh @ (np.linalg.pinv(J) * error)
    return float(np.sqrt(np.mean(np.sum(off**2, axis=1)) * max(1.0, numbers / len(true))))


def draw_alone(kinds: Sequence[Kind], seed: int) -> Iterator[Table]:
    """A table of each kind, each from its name and the seed: no kind changes another's rows."""
    for kind in kinds:
        yield draw(kind, np.random.default_rng([seed, zlib.crc32(kind.name.encode())]))


def draw_in_turn(kinds: Sequence[Kind], seed: int) -> Iterator[Table]:
    """A table of each kind from one stream of numbers."""
    rng = np.random.default_rng(seed)
    drawn: dict[str, np.ndarray] = {}
    for kind in kinds:
        X = drawn[kind.columns] if isinstance(kind.columns, str) else None
        table = draw(kind, rng, X)
        drawn[kind.name] = table.X
        yield table


EXTREMES = ["add", "sub", "mul", "div", "pow", "min", "max"]
DAYS = every(1, 18262, 18400)
DECAY, SATURATION = "{5}*exp(-{1.3}*x0) + {2}", "{4}*x0/({3.1} + x0)"
LINE, PRODUCT = "{1.5}*x0 + {3}", "{2.5}*x0*x1/x2"
POWER = "{1.62}*x0**{0.29}*x1**-{0.57}"
SIZES = crossed([2, 4, 8, 16, 32], [100, 400, 1000, 2000])

CASES = (
    # few rows
    Kind("line, 4 rows", "{1.8}*x0 + {32}", at(0, 10, 20, 30), tolerance=1e-6, nodes=7),
    Kind("line, whole numbers, 4 rows", "{2}*x0 + {1}", at(1, 2, 3, 4), tolerance=1e-6, nodes=7),
    Kind("line, noise, 5 rows", LINE, even(0, 10, 5), noise=0.3, tolerance=0.1, nodes=7),
    Kind("line, noise, 15 rows", LINE, even(0, 10, 15), noise=0.3, tolerance=0.06, nodes=7),
    # curves with a level, saturation, peaks
    Kind("decay to a level, noise", "{80}*exp(-x0/{400}) + {20}", even(60, 3060, 200), noise=0.2,
         tolerance=0.02, nodes=12),
    Kind("decay to a level, 12 rows", DECAY, even(0, 5, 12), noise=0.05, tolerance=0.06, nodes=12),
    Kind("decay to a level, 100 rows", DECAY, even(0, 5, 100), noise=0.1, tolerance=0.05, nodes=12),
    Kind("saturation, 20 rows", SATURATION, even(0, 20, 20), noise=0.04, tolerance=0.04, nodes=12),
    Kind("saturation, 8 rows", SATURATION, even(1, 20, 8), noise=0.04, tolerance=0.1, nodes=12),
    Kind("sigmoid, 30 rows", "{4}/(1 + exp({0.5} - {2}*x0))", even(-3, 3, 30), noise=0.1,
         tolerance=0.06, nodes=18),
    Kind("Hill curve, 25 rows", "{6}/(1 + x0**-{2.7})", even(0.1, 4, 25), noise=0.05,
         tolerance=0.06, nodes=16, numbers=3),
    Kind("logistic counts", "{2700}/(1 + exp(-{0.25}*(x0 - {30})))", every(1, 1, 38), digits=0,
         tolerance=0.06, nodes=18),
    Kind("peak on a level", "{4}*exp(-{1}*(x0 - {6.2})**2) + {1}", even(0, 12, 60), noise=0.1,
         tolerance=0.1, nodes=18),
    Kind("logarithm, 30 rows", "{3.2}*log(x0) + {1.7}", even(1, 20, 30), noise=0.1,
         tolerance=0.04, nodes=10),
    # calendar and clock
    Kind("growth by calendar year, 1%", "{3}*exp({0.0165}*(x0 - 1960))", every(1, 1960, 2021),
         share=0.01, tolerance=0.03, nodes=12),
    Kind("decay by day number", "{30}*exp(-{0.03}*(x0 - 18262)) + {5}", DAYS,
         tolerance=1e-6, nodes=18),
    Kind("line and wave by day number",
         "{0.1}*(x0 - 18262) + {3}*sin(2*pi*(x0 - 18262)/{30}) + {5}", DAYS,
         tolerance=1e-6, nodes=26, numbers=5),
    # waves on an even grid: the lowest frequency that explains them
    Kind("two waves, fine grid", "{2}*sin({10}*pi*x0) + {0.7}*cos({24}*pi*x0) + {1}",
         every(0.002, 0, 1), tolerance=1e-6, nodes=28, numbers=7),
    Kind("week and month", "{3}*sin(2*pi*x0/{7}) + {1}*cos(2*pi*x0/{30}) + {5}", every(1, 0, 100),
         tolerance=1e-6, nodes=28, numbers=7),
    Kind("damped wave", "exp(-{0.07}*x0)*sin({2.1}*x0)", even(0, 30, 400),
         tolerance=1e-6, nodes=18, numbers=4),
    Kind("damped wave, phase, level, noise",
         "{0.94}*exp(-{0.07}*x0)*sin({2.1}*x0 + {0.56}) + {3.2}", even(0, 30, 400), noise=0.01,
         tolerance=0.05, nodes=26),
    # errors that grow with y, known errors
    Kind("product, errors of 0.3%", PRODUCT, cube(100, 3, 1, 5), share=0.003,
         tolerance=0.05, nodes=12),
    Kind("product, errors of 1%", PRODUCT, "product, errors of 0.3%", share=0.01,
         tolerance=0.05, nodes=12),
    Kind("product, errors of 5%", PRODUCT, "product, errors of 0.3%", share=0.05,
         tolerance=0.05, nodes=12),
    Kind("ideal gas in SI, 0.3%", "x0*{8.314462618}*x1/x2",
         among(100, (1, 10), (260, 360), (0.01, 0.1)), share=0.003, tolerance=0.02, nodes=12),
    Kind("known errors of 2%", "{3}*x0**2/x1", cube(60, 2, 1, 5), share=0.02, known=True,
         tolerance=0.03, nodes=12),
    Kind("known errors, one size", "{2}*x0**{1.5} + {3}", even(1, 10, 30), noise=0.3, known=True,
         tolerance=0.03, nodes=12),
    Kind("power law, 20 rows, 5%", POWER, SIZES, share=0.05, tolerance=0.1, nodes=12),
    Kind("power law, 20 rows, known errors", POWER, SIZES, share=0.05, known=True,
         tolerance=0.1, nodes=12),
    # rounded numbers are exact up to rounding
    Kind("thermistor, rounded to tens", "{10000}*exp({3950}*(1/(x0 + 273.15) - 1/298.15))",
         every(5, -20, 101), digits=-1, tolerance=0.01, nodes=18, numbers=3),
    # sums of products of functions; several columns
    Kind("field of three columns", "{300} + {50}*exp(-{4}*x0)*sin({3.1}*x1) + {20}*x2**2",
         cube(1000, 3, 0, 1), tolerance=1e-6, nodes=30, numbers=7),
    # texts that people read
    Kind("exponential of whole numbers", "exp(x0)", every(1, 1, 51),
         tolerance=1e-9, nodes=3, numbers=1),
    Kind("capped", "min(x0, {8})", even(0, 20, 81), tolerance=1e-9, nodes=8, numbers=4,
         settings={"binary_operators": EXTREMES}),
)  # fmt: skip
