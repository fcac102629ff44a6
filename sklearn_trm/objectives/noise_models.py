"""How the errors of measured values are spread: evenly, in per cent, as counts, by rounding.

Each model gives the nats of a table under a law: minus the logarithm of the likelihood, with the
size of the errors at its best (Davidian and Carroll 1987), as a density in ``y``, so that models
are compared by it; and what the rows weigh in a fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from ..expressions.roles import n_fitted
from ..expressions.tree import Node

Array = np.ndarray

_LARGEST = 0.3  # of errors in per cent: larger ones would often turn the sign
_FAR = 4.0  # times: a law that is farther from a value does not say how well it was measured
_FEWEST_COUNT = 5  # that the largest count has to be
_DIGITS = 9  # that a rounded value has at most
_COARSE = 3.0  # errors in steps, from which on rounding adds nothing but a variance
_SIZES = np.geomspace(1e-3, _COARSE, 40)  # of even errors before rounding, in steps
_NOT_MORE = 1.5  # times the variance of rounding: errors that are nothing else
_SURER = 2.0  # nats by which a number of digits has to explain more than one of decimals


KINDS = ("none", "even", "proportional", "counts", "rounded", "known")


@dataclass(frozen=True)
class Noise:
    """What the errors of a table are.

    Attributes
    ----------
    kind : {"none", "even", "proportional", "counts", "rounded", "known"}
    size : float
        Standard deviation of the errors: in y's unit where it is even, as a share of the value
        where it is proportional, relative to the square root of the value for counts (1 is
        Poisson's); half a step of rounding; relative to the errors that a fit was told.

    Examples
    --------
    >>> noise = Noise("proportional", 0.02)
    >>> noise, noise.spread(np.array([10.0, 200.0]))
    (Noise(kind='proportional', size=0.02), array([0.2, 4. ]))
    """

    kind: str
    size: float

    def __repr__(self) -> str:
        return f"Noise(kind={self.kind!r}, size={self.size:.3g})"

    def spread(self, values: Array, level: float | None = None) -> Array:
        """Standard deviation of a measured value around each value of a law.

        nan where errors were known: those of other rows are not. Rounding is no normal error: of
        a `level` it is the standard deviation of normal errors with as wide an interval.
        """
        values = np.abs(np.asarray(values, dtype=float))
        if self.kind == "proportional":
            return self.size * values
        if self.kind == "counts":
            return self.size * np.sqrt(values)
        if self.kind == "known":
            return np.full(values.shape, np.nan)
        share = 1.0
        if self.kind == "rounded":
            normal = NormalDist().inv_cdf(0.5 + 0.5 * level) if level else 0.0
            share = level / normal if level else 1 / math.sqrt(3)
        return np.full(values.shape, share * self.size)


NONE = Noise("none", 0.0)


def known_noise(chi_square: float, n_rows: int, law: Node) -> Noise | None:
    """What a law leaves of errors that were told, by its chi-square a row (Birge 1932)."""
    size = math.sqrt(chi_square * n_rows / max(n_rows - n_fitted(law), 1))
    return Noise("known", size) if math.isfinite(size) else None


@dataclass(frozen=True)
class NoiseModel:
    """Errors of one kind; subclasses say how their variance goes with the value.

    Attributes
    ----------
    kind : str
    rarity : float
        Nats that it costs to suppose such errors, before any data.
    """

    kind: ClassVar[str]
    rarity: ClassVar[float] = 0.0

    def applies(self, y: Array) -> bool:
        """Whether a table of these values may have such errors."""
        return len(y) > 0

    def variance(self, y: Array, values: Array) -> Array | None:
        """Of each row, up to a common factor; None where the law cannot be meant.

        `values` are those of a law, or ``y`` itself where no law is known.
        """
        raise NotImplementedError

    def nats(self, y: Array, values: Array, repeats: Array | None = None) -> float:
        """Minus the logarithm of the likelihood of a law with these values, size at its best.

        `repeats` says how often each row was measured, up to a factor.
        """
        variance = self.variance(y, values)
        if variance is None:
            return math.inf
        square = _mean_square(y, values, variance, repeats)
        if not self._may_be(square):
            return math.inf
        spread = float(np.average(np.log(variance), weights=repeats))
        return 0.5 * len(y) * (math.log(2 * math.pi * max(square, 1e-300)) + 1.0 + spread)

    def noise(self, y: Array, values: Array, repeats: Array | None, k: int) -> Noise | None:
        """What a law with `k` fitted numbers leaves; None where these are no such errors."""
        variance = self.variance(y, values)
        if variance is None:
            return None
        square = _mean_square(y, values, variance, repeats)
        size = math.sqrt(square * len(y) / max(len(y) - k, 1))
        return Noise(self.kind, size) if math.isfinite(size) else None

    def part(self, rows: Array) -> NoiseModel:
        """The model of some of the rows."""
        del rows
        return self

    def weights(self, y: Array, values: Array) -> Array | None:
        """What rows weigh where a law has these values, mean 1; None where all weigh the same."""
        variance = self.variance(y, values)
        if variance is None or np.ptp(variance) <= 1e-9 * variance.max():
            return None
        weight = variance.min() / variance
        return np.asarray(weight / weight.mean())

    def _may_be(self, square: float) -> bool:
        return math.isfinite(square)


@dataclass(frozen=True)
class Even(NoiseModel):
    """Errors of one size.

    Examples
    --------
    >>> y, law = np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.1, 1.9, 4.1, 7.9])
    >>> Even().noise(y, law, None, 1), Even().weights(y, law) is None
    (Noise(kind='even', size=0.115), True)
    """

    kind = "even"

    def variance(self, y: Array, values: Array) -> Array | None:
        return np.ones(len(y)) if np.isfinite(values).all() else None


@dataclass(frozen=True)
class Proportional(NoiseModel):
    """Errors in per cent of the value, which has one sign.

    Examples
    --------
    >>> y = np.array([1.0, 2.0, 4.0, 8.0])
    >>> law = y * [1.1, 0.9, 1.1, 0.9]
    >>> Proportional().noise(y, law, None, 1)
    Noise(kind='proportional', size=0.117)
    >>> Proportional().nats(y, law) < Even().nats(y, law)
    True
    """

    kind = "proportional"
    rarity = 1.0  # few rows tell little: docs/log/noise.md

    def applies(self, y: Array) -> bool:
        return bool(len(y) and ((y > 0).all() or (y < 0).all()) and np.ptp(np.abs(y)) > 0)

    def variance(self, y: Array, values: Array) -> Array | None:
        with np.errstate(all="ignore"):
            ratio = values / y
        if not ((ratio > 1 / _FAR) & (ratio < _FAR)).all():
            return None
        return np.asarray(values**2)

    def _may_be(self, square: float) -> bool:
        return square <= _LARGEST**2


@dataclass(frozen=True)
class Counts(NoiseModel):
    """Whole numbers whose variance goes with the value, as Poisson's does.

    Examples
    --------
    >>> y = np.array([4.0, 0.0, 100.0])
    >>> bool(Counts().applies(y)), Counts().applies(y / 3)
    (True, False)
    >>> Counts().weights(y, np.array([4.0, 1.0, 100.0])).round(2)
    array([0.6 , 2.38, 0.02])
    """

    kind = "counts"

    def applies(self, y: Array) -> bool:
        whole = bool((y >= 0).all() and (y == np.round(y)).all())
        return whole and float(y.max(initial=0.0)) >= _FEWEST_COUNT and np.ptp(y) > 0

    def variance(self, y: Array, values: Array) -> Array | None:
        if values is y:
            return np.maximum(y, 1.0)  # a count of none says that few were expected
        return np.maximum(values, 0.5) if bool((values >= 0).all()) else None


@dataclass(frozen=True)
class Rounded(NoiseModel):
    """Even errors (or errors in per cent) before the values were rounded.

    Of values with so many decimals all steps are equal; of values with so many digits they are
    powers of ten. A law that reproduces every row within half a step leaves nothing to explain.

    Parameters
    ----------
    steps : ndarray of shape (n,)

    Examples
    --------
    >>> y = np.array([0.1, 0.4, 0.9])
    >>> model = Rounded.of(y)
    >>> model.steps
    array([0.1, 0.1, 0.1])
    >>> near, nearer = model.nats(y, y + 0.04), model.nats(y, y + 0.001)
    >>> round(near - nearer, 6)
    0.0
    """

    steps: Array = field(compare=False)
    kind = "rounded"

    @classmethod
    def of(cls, y: Array) -> Rounded | None:
        """The model of values that lie on a grid; None where they do not."""
        steps = rounding_steps(y)
        return None if steps is None else cls(steps)

    @property
    def inner(self) -> NoiseModel:
        """Of the errors before rounding."""
        return Even() if np.ptp(self.steps) == 0 else Proportional()

    def variance(self, y: Array, values: Array) -> Array | None:
        return self.steps**2 if np.isfinite(values).all() else None

    def nats(self, y: Array, values: Array, repeats: Array | None = None) -> float:
        from scipy.special import ndtr

        before = self.inner.variance(y, values)
        if before is None:
            return math.inf
        with np.errstate(all="ignore"):
            off = np.abs(y - values) / self.steps
            spread = np.sqrt(before) / self.steps
            spread = spread / np.exp(np.mean(np.log(spread)))
            typical = math.sqrt(np.average((off / spread) ** 2, weights=repeats))
        if not typical < _COARSE:
            return self.inner.nats(y, values, repeats)
        least = math.inf
        for size in _SIZES:
            s = size * spread
            # of the side on which both are small: differences of ones would lose all digits
            mass = ndtr((0.5 - off) / s) - ndtr((-0.5 - off) / s)
            nats = -np.log(np.maximum(mass, 1e-300))
            least = min(least, float(np.average(nats, weights=repeats)))
        return len(y) * (least + float(np.average(np.log(self.steps), weights=repeats)))

    def noise(self, y: Array, values: Array, repeats: Array | None, k: int) -> Noise | None:
        step = float(self.steps[0])
        if np.ptp(self.steps) == 0:
            square = _mean_square(y, values, self.steps**2, repeats)
            if square <= _NOT_MORE / 12:
                return Noise(self.kind, step / 2)
        return self.inner.noise(y, values, repeats, k)

    def part(self, rows: Array) -> NoiseModel:
        return Rounded(self.steps[rows])


def _mean_square(y: Array, values: Array, variance: Array, repeats: Array | None) -> float:
    with np.errstate(all="ignore"):
        return float(np.average((y - values) ** 2 / variance, weights=repeats))


def rounding_steps(y: Array) -> Array | None:
    """The grid that values lie on: of so many decimals, or of so many digits; None for neither.

    Examples
    --------
    >>> rounding_steps(np.array([1200.0, 350.0, 12.0])), rounding_steps(np.array([1 / 3, 0.2]))
    (array([100.,  10.,   1.]), None)
    """
    size = np.abs(y[y != 0])
    if len(size) < 3:
        return None
    top = np.floor(np.log10(size)).astype(int)
    whole = int(top.max())
    by_decimals = next((10.0**p for p in range(whole, whole - _DIGITS, -1)
                        if _on_grid(size, np.full(len(size), p))), None)  # fmt: skip
    digits = next((k for k in range(1, _DIGITS) if _on_grid(size, top - k + 1)), None)
    if by_decimals is None and digits is None:
        return None
    out = np.full(len(y), by_decimals or 0.0)
    if digits is not None:
        fine = np.full(len(y), float(np.min(10.0 ** (top - digits + 1))))
        fine[y != 0] = 10.0 ** (top - digits + 1)
        if by_decimals is None or np.log(fine).sum() > np.log(out).sum() + _SURER:
            return fine
    return out


def _on_grid(size: Array, power: Array) -> bool:
    """Whether positive values are whole multiples of these powers of ten."""
    count = np.where(power >= 0, size / 10.0 ** np.maximum(power, 0),
                     size * 10.0 ** np.maximum(-power, 0))  # fmt: skip
    return bool((np.abs(count - np.round(count)) <= 1e-14 * np.maximum(count, 1.0) * 4).all())


def models_of(y: Array) -> Sequence[NoiseModel]:
    """The models that apply to values, the even one first."""
    out: list[NoiseModel] = [Even()]
    out += [model for model in (Proportional(), Counts()) if model.applies(y)]
    rounded = Rounded.of(y)
    return out if rounded is None else [*out, rounded]
