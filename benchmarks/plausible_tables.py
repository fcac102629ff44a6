"""Tables as people bring them: rows and errors around a drawn law.

Rows are 3 to 1,000: scattered, on a grid, at repeated levels, day by day, rounded to what an
instrument shows; several columns at every combination of levels, or each for itself. Errors are of
one size, a share of the value, those of counts, or of rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.tree import Node, constants

from .plausible import Column, DrawnLaw, draw_law

FEWEST, MOST = 3, 1000
_FEWEST_NUMBERED = 20  # rows, where tables are drawn by number
KINDS = ("none", "even", "proportional", "counts", "rounded")
_KIND_SHARES = (0.30, 0.30, 0.20, 0.06, 0.14)
_LEVELS = (0.001, 0.2)
_FEWEST_COUNTS, _MOST_COUNTS = 3.0, 1e6  # mean counts between which tables of counts are drawn
_TRIES = 60

Array = np.ndarray


@dataclass(frozen=True)
class Noise:
    """Errors of a table.

    Attributes
    ----------
    kind : str
        ``"none"``; ``"even"``: of one size, `level` times the spread of y; ``"proportional"``:
        `level` times the value; ``"counts"``: the values are means of a Poisson distribution;
        ``"rounded"``: to a power of ten, so that the error is nearest `level` times the spread.
    level : float
    """

    kind: str = "none"
    level: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"errors are one of {', '.join(KINDS)}, not {self.kind!r}")

    def on(self, y: Array, rng: np.random.Generator) -> Array:
        """The values `y` with errors; counts of what can't be counted get even errors."""
        size = self.level * float(np.std(y))
        if self.kind == "proportional":
            return y * (1.0 + self.level * rng.standard_normal(len(y)))
        if self.kind == "counts" and countable(y):
            return rng.poisson(y).astype(float)
        if self.kind == "rounded" and size > 0:
            step = np.round(np.log10(size * np.sqrt(12.0)))
            return np.round(y, int(-step))
        return y if self.kind == "none" else y + size * rng.standard_normal(len(y))


def countable(y: Array) -> bool:
    """Whether values can be means of counts."""
    return bool(y.min() >= 0 and float(np.mean(y)) > _FEWEST_COUNTS and y.max() < _MOST_COUNTS)


def draw_noise(rng: np.random.Generator) -> Noise:
    """A kind of errors and its level, between 0.1% and 20%."""
    kind = str(rng.choice(KINDS, p=_KIND_SHARES))
    low, high = np.log(_LEVELS)
    return Noise(kind, float(np.exp(rng.uniform(low, high))) if kind != "none" else 0.0)


def draw_table(
    rng: np.random.Generator,
    law: DrawnLaw,
    n_rows: int | None = None,
    noise: Noise | None = None,
) -> tuple[Array, Array]:
    """Rows of a law.

    Parameters
    ----------
    rng : Generator
    law : DrawnLaw
    n_rows : int, optional
        At least 3. When omitted, between 3 and 1,000, most often some 10 to 100, and two more
        than the law has numbers.
    noise : Noise, optional
        Drawn by `draw_noise` when omitted; ``Noise()`` for none.

    Returns
    -------
    X : ndarray of shape (n_rows, columns)
    y : ndarray of shape (n_rows,)

    Examples
    --------
    >>> from benchmarks.plausible import draw_law
    >>> rng = np.random.default_rng(0)
    >>> X, y = draw_table(rng, draw_law(rng, 2), 20, Noise("even", 0.02))
    >>> X.shape, y.shape
    ((20, 2), (20,))
    """
    if n_rows is None:
        least = max(FEWEST, len(constants(law.node)) + 2)
        n_rows = int(np.clip(np.exp(rng.normal(np.log(40.0), 1.1)), least, MOST))
    if n_rows < FEWEST:
        raise ValueError(f"a table has at least {FEWEST} rows, not {n_rows}")
    noise = draw_noise(rng) if noise is None else noise
    X, y = _rows(rng, law, n_rows)
    return X, noise.on(y, rng)


def _rows(rng: np.random.Generator, law: DrawnLaw, n: int) -> tuple[Array, Array]:
    """Rows on which the law is defined and not the same everywhere, and its values there."""
    rounded = rng.random() < 0.4
    shares = _shares(rng, law.columns, n)
    for _ in range(_TRIES):
        X = law.rows(shares)
        if rounded:
            X = np.stack([_as_read(x, c) for x, c in zip(X.T, law.columns, strict=True)], axis=1)
        y = evaluate(law.node, X)
        bad = ~np.isfinite(y)
        if not bad.any() and np.std(y) > 1e-9 * np.abs(y).max():
            return X, y
        if not bad.any():
            bad[:] = True
        shares[bad] = rng.random((int(bad.sum()), len(law.columns)))
    raise ValueError(f"{law.node} is undefined or constant on nearly all rows")


def _shares(rng: np.random.Generator, columns: tuple[Column, ...], n: int) -> Array:
    """Where in their ranges the columns are measured, shape (n, columns)."""
    if len(columns) == 1:
        return _one(rng, columns[0], n)[:, None]
    kind = rng.choice(["scattered", "crossed", "levels", "course"], p=[0.55, 0.15, 0.15, 0.15])
    if kind == "crossed":
        levels = _crossed(rng, len(columns), n)
        if levels is not None:
            return levels
    if kind == "levels":
        counts = rng.integers(3, 9, size=len(columns))
        return np.stack([rng.integers(k, size=n) / (k - 1) for k in counts], axis=1)
    shares = rng.random((n, len(columns)))
    if kind == "course":  # one column goes on, the others come as they come
        shares[:, int(rng.integers(len(columns)))] = np.linspace(0.0, 1.0, n)
    return shares


def _one(rng: np.random.Generator, column: Column, n: int) -> Array:
    kind = rng.choice(["grid", "ratios", "sorted", "scattered", "levels"],
                      p=[0.40, 0.10, 0.20, 0.15, 0.15])  # fmt: skip
    if column.is_whole and kind in ("grid", "ratios", "sorted"):  # day by day
        count = int(column.high - column.low) + 1
        return np.arange(n) / (count - 1) if n <= count else np.linspace(0.0, 1.0, n)
    if kind == "ratios" and column.low > 0 and column.kind != "decades":
        values = np.geomspace(column.low, column.high, n)
        return (values - column.low) / (column.high - column.low)
    if kind in ("grid", "ratios"):
        return np.linspace(0.0, 1.0, n)
    if kind == "levels":
        count = max(3, n // int(rng.integers(2, 6)))
        return np.sort(np.arange(n) % count) / (count - 1)
    shares = rng.random(n)
    return np.sort(shares) if kind == "sorted" else shares


def _crossed(rng: np.random.Generator, d: int, n: int) -> Array | None:
    """Every level of each column with every level of the others, cut to n rows."""
    count = int(np.ceil(n ** (1.0 / d)))
    if count < 3:
        return None
    axes = np.meshgrid(*([np.linspace(0.0, 1.0, count)] * d), indexing="ij")
    every = np.stack(axes, axis=-1).reshape(-1, d)
    return every[np.sort(rng.choice(len(every), n, replace=False))]


def _as_read(x: Array, column: Column) -> Array:
    """Values with the digits that an instrument shows."""
    if column.is_whole:
        return x
    if column.kind == "decades":
        return np.array([float(f"{v:.2e}") for v in x])
    step = np.floor(np.log10(column.high - column.low)) - 2
    return np.clip(np.round(x, int(-step)), column.low, column.high)


def draw_by_number(
    seed: int,
    number: int,
    n_columns: int | None = None,
    where: Callable[[Node], bool] | None = None,
    noisy: bool = True,
) -> tuple[DrawnLaw, Noise, Array, Array]:
    """A law, its errors and its table of 20 to 1,000 rows: the same for a seed and a number."""
    rng = np.random.default_rng([seed, number])
    law = draw_law(rng, n_columns, where=where)
    n = int(np.exp(rng.uniform(np.log(_FEWEST_NUMBERED), np.log(MOST))))
    noise = draw_noise(rng) if noisy else Noise()
    return law, noise, *draw_table(rng, law, n, noise)
