"""Laws as people bring them: drawn from the prior, over columns and with numbers of real scales.

A shape comes from `law_shapes`, columns have ranges as measured quantities have (seconds, volts,
years, kelvin, counts ...), and each number has the size that its place asks for: a rate of a decay
falls by what the column spans, a level is of the size of what stands beside it. Some are named
curves, but none that is kept for judging. What is undefined, nearly constant, or nearly a simpler
law is drawn again, so are laws of the benchmarks (`signature`). Rows and errors are drawn by
`plausible_tables`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from sklearn_trm.curves import Family, families, held_out
from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.tree import Node, columns, const, var, walk
from sklearn_trm.rules.prior import prior

from .law_numbers import few_digits, measured, numbered
from .law_shapes import draw_shape
from .matters import is_plain
from .signature import is_benchmark

# Shares of laws by columns, and by operators beside the fewest that these columns need.
COLUMNS = np.array([0.36, 0.24, 0.18, 0.10, 0.07, 0.05])
_MORE = np.array([0.06, 0.13, 0.17, 0.17, 0.15, 0.12, 0.09, 0.06, 0.05])
MOST_NATS = 60.0
_ROWS = 200  # on which a law is looked at
_TRIES = 20_000
_HIGHS = np.array([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10])
_SCALES = np.array([-4, -3, -2, -1, 0, 1, 2, 3, 4])
_SCALE_SHARES = np.array([0.01, 0.03, 0.07, 0.15, 0.31, 0.22, 0.12, 0.06, 0.03])
_KINDS = ("from 0", "above 0", "both signs", "decades", "whole", "years", "days", "kelvin", "level")
_ONE_KIND = 0.3  # tables whose columns are all measured alike, as in suites of tests
_NAMED = 0.15  # curves with names, where there are any of so many columns
_NUMBERS_VARY = 0.4  # of a named curve, beside its usual ones: standard deviation of logarithms
_UNITS = 0.75  # laws of quantities with units: functions and sums hold numbers that take them out
_KIND_SHARES = np.array([0.30, 0.26, 0.09, 0.14, 0.07, 0.03, 0.02, 0.04, 0.05])


@dataclass(frozen=True)
class Column:
    """Where a quantity is measured.

    Attributes
    ----------
    kind : str
        ``"from 0"``, ``"above 0"``, ``"both signs"``, ``"decades"``, ``"whole"``, ``"years"``,
        ``"days"``, ``"kelvin"`` or ``"level"`` (a small change on a large value).
    low, high : float
        The ends of its range.
    """

    kind: str
    low: float
    high: float

    @property
    def is_whole(self) -> bool:
        return self.kind in ("whole", "years", "days")

    @property
    def is_far(self) -> bool:
        """Whether laws are written about a reference inside the range."""
        return self.kind in ("years", "days", "level")

    def at(self, share: np.ndarray) -> np.ndarray:
        """Values at shares of the range, 0 its low and 1 its high end."""
        if self.kind == "decades":
            return self.low * (self.high / self.low) ** share
        values = self.low + (self.high - self.low) * share
        return np.round(values) if self.is_whole else values


@dataclass(frozen=True)
class DrawnLaw:
    """A law and where each of its columns is measured."""

    node: Node
    columns: tuple[Column, ...]

    def rows(self, shares: np.ndarray) -> np.ndarray:
        """A table from shares of the ranges, shape (n, columns)."""
        return np.stack([c.at(s) for c, s in zip(self.columns, shares.T, strict=True)], axis=1)


def draw_law(
    rng: np.random.Generator,
    n_columns: int | None = None,
    *,
    max_nats: float = MOST_NATS,
    unseen: bool = True,
    where: Callable[[Node], bool] | None = None,
) -> DrawnLaw:
    """A law that somebody could have measured.

    Parameters
    ----------
    rng : Generator
        An equal state gives an equal law.
    n_columns : int, optional
        From 1 to 6; by `COLUMNS` when omitted.
    max_nats : float
        The most that a law costs by the prior.
    unseen : bool
        Leave out laws of the benchmarks (suites and small tables), whatever their numbers: what
        is trained or tuned on drawn laws has then not seen them. Lines, powers and plain decays
        are among them.
    where : callable, optional
        Only laws for which it is true; asked of the shape too, so it may not look at numbers.

    Returns
    -------
    DrawnLaw

    Examples
    --------
    >>> law = draw_law(np.random.default_rng(1), 2)
    >>> len(law.columns), columns(law.node)
    (2, (0, 1))
    """
    d = n_columns or 1 + int(rng.choice(len(COLUMNS), p=COLUMNS))
    if not 1 <= d <= len(COLUMNS):
        raise ValueError(f"laws are drawn over 1 to {len(COLUMNS)} columns, not {d}")
    for _ in range(_TRIES):
        law = _named(rng, d) if rng.random() < _NAMED else _composed(rng, d, where)
        if law is None or prior(law.node) > max_nats or (where and not where(law.node)):
            continue
        if not (unseen and is_benchmark(law.node)):
            return law
    raise RuntimeError(f"no law of at most {max_nats} nats was drawn over {d} columns")


def _composed(
    rng: np.random.Generator, d: int, where: Callable[[Node], bool] | None
) -> DrawnLaw | None:
    """A law of a drawn shape; None where the draw makes none."""
    operators = max(d - 1, 1) + int(rng.choice(len(_MORE), p=_MORE))
    shape = _over_columns(rng, draw_shape(rng, operators, curve=d == 1), d)
    if shape is not None and rng.random() < _UNITS:
        shape = measured(rng, shape)
    if shape is None or not _keeps_numbers(shape) or (where and not where(shape)):
        return None
    alike = rng.random() < _ONE_KIND
    ranges = (_column(rng),) * d if alike else tuple(_column(rng) for _ in range(d))
    return _written(rng, shape, ranges)


def _named(rng: np.random.Generator, d: int) -> DrawnLaw | None:
    """A named curve with other numbers; never one that is kept for judging."""
    families = _families(d)
    if not families:
        return None
    family = families[int(rng.integers(len(families)))]
    usual = [values[int(rng.integers(len(values)))] for values in family.values]
    spread = np.exp(rng.normal(0.0, _NUMBERS_VARY, len(usual)))
    numbers = [_short(v * s, 3) for v, s in zip(usual, spread, strict=True)]
    law = few_digits(canonical(family.law(numbers)))
    if columns(law) != tuple(range(d)):
        return None
    drawn = DrawnLaw(law, tuple(_measured_over(*ends) for ends in family.ranges))
    return drawn if is_plain(law, drawn.rows(rng.random((_ROWS, d)))) else None


@cache
def _families(d: int) -> tuple[Family, ...]:
    return tuple(f for f in families() if len(f.variables) == d and not held_out(f))


def _measured_over(low: float, high: float) -> Column:
    if low <= 0:
        return Column("both signs" if low < 0 else "from 0", low, high)
    return Column("decades" if high > 50 * low else "above 0", low, high)


def _over_columns(rng: np.random.Generator, shape: Node, d: int) -> Node | None:
    """The shape with each column somewhere; None where it has too few places."""
    places = sum(n.is_var for n in walk(shape))
    if places < d:
        return None
    order = iter(rng.permutation(np.concatenate([np.arange(d), rng.integers(d, size=places - d)])))

    def rebuilt(n: Node) -> Node:
        if n.is_var:
            return var(int(next(order)))
        return Node(n.op, tuple(map(rebuilt, n.children)), n.value) if n.children else n

    return rebuilt(shape)


def _keeps_numbers(shape: Node) -> bool:
    """Whether neither a column nor a number falls away when the law is put in order."""
    values = iter(0.371 + 0.618 * np.arange(1, 40) % 1.0)  # of no special value

    def valued(n: Node) -> Node:
        if n.is_const:
            return const(next(values))
        return Node(n.op, tuple(map(valued, n.children)), n.value) if n.children else n

    law = valued(shape)
    short = canonical(law)
    count = [sum(n.is_const for n in walk(tree)) for tree in (law, short)]
    return count[0] <= count[1] and columns(law) == columns(short) and prior(short) > prior(law) - 7


def _column(rng: np.random.Generator) -> Column:
    kind = str(rng.choice(_KINDS, p=_KIND_SHARES))
    high = _short(rng.choice(_HIGHS) * 10.0 ** rng.choice(_SCALES, p=_SCALE_SHARES))
    if kind == "from 0":
        return Column(kind, 0.0, high)
    if kind == "above 0":
        return Column(kind, _short(high * rng.uniform(0.05, 0.5)), high)
    if kind == "both signs":
        return Column(kind, -high, high)
    if kind == "decades":
        return Column(kind, _short(high / 10 ** rng.uniform(1.0, 4.0)), high)
    if kind == "whole":
        return Column(kind, float(rng.integers(0, 2)), float(rng.integers(6, 200)))
    if kind == "years":
        first = int(rng.integers(1900, 2005))
        return Column(kind, float(first), float(first + int(rng.integers(15, 80))))
    if kind == "days":
        first = int(rng.integers(15000, 20500))
        return Column(kind, float(first), float(first + int(rng.integers(30, 700))))
    if kind == "kelvin":
        low = float(5 * rng.integers(50, 62))
        return Column(kind, low, low + float(10 * rng.integers(4, 50)))
    return Column(kind, high, _short(high * (1 + rng.uniform(0.02, 0.3)), 4))


def _short(value: float, digits: int = 2) -> float:
    return float(f"{value:.{digits - 1}e}")


def _written(rng: np.random.Generator, shape: Node, ranges: tuple[Column, ...]) -> DrawnLaw | None:
    """The shape over these ranges, with numbers; None where it makes no law there."""
    shares = rng.random((_ROWS, len(ranges)))
    X = DrawnLaw(shape, ranges).rows(shares)
    about = [_reference(rng, c) if c.is_far and rng.random() < 0.85 else 0.0 for c in ranges]
    law = numbered(rng, _about(shape, about), X)
    if law is None:
        return None
    short = canonical(law)
    if prior(short) < prior(law) - 1.0:
        law = few_digits(short)
    return DrawnLaw(law, ranges) if is_plain(law, X) else None


def _reference(rng: np.random.Generator, c: Column) -> float:
    """What differences are taken from: the first value, or a round one near it."""
    step = 10.0 ** np.floor(np.log10(c.high - c.low))
    return c.low if rng.random() < 0.5 else float(np.floor(c.low / step) * step)


def _about(node: Node, references: list[float]) -> Node:
    if node.is_var and (reference := references[node.column]):
        return node - const(reference)
    if not node.children:
        return node
    return Node(node.op, tuple(_about(c, references) for c in node.children), node.value)
