"""Where to measure next: the rows whose values tell most about which law holds.

The criterion is the expected information (D. V. Lindley, "On a measure of the information provided
by an experiment", Annals of Mathematical Statistics 27, 986-1005, 1956): the mutual information,
in nats, of the law and the values measured. G. E. P. Box and W. J. Hill ("Discrimination among
mechanistic models", Technometrics 9, 57-71, 1967) maximize an upper bound of it, the mean
divergence between laws; here that decides where the information itself is equal, as where any row
would tell all. Laws weigh by their probability, differences by noise and by how well constants are
known.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .doubt import Forecast

Array = np.ndarray

_SAMPLES = 64  # values that each law is asked for; evenly likely, not drawn
_BLOCK = 128  # rows at once
_SAME = 1e-3  # of all that could be told: less is no difference between rows
_GRID, _FEWEST_STEPS = 1000, 3  # rows of a grid; steps of a column


def most_telling(share: Array, laws: Sequence[Forecast], n: int) -> tuple[list[int], list[float]]:
    """Rows to measure, the most telling one first; each is chosen beside those before it.

    Parameters
    ----------
    share : ndarray of shape (k,)
        Probabilities of the laws.
    laws : sequence of Forecast
        What they say of the rows that could be measured; finite.
    n : int

    Returns
    -------
    rows : list of int
    gains : list of float
        Nats that each tells beyond those before it.

    Examples
    --------
    >>> flat, slope = np.zeros((0, 3)), np.zeros((0, 0))
    >>> noise = np.full(3, 0.1)
    >>> laws = [Forecast(np.array(v), flat, slope, noise, 1e6) for v in ([1, 1, 2.0], [1, 1.1, 4])]
    >>> rows, gains = most_telling(np.array([0.5, 0.5]), laws, 2)
    >>> rows, np.round(gains, 2)  # one value at the last row tells all: log(2) nats
    ([2, 1], array([0.69, 0.  ]))
    """
    share = share / share.sum()
    paths = _Paths(share, laws)
    could_be_told = float(-(share * np.log(share)).sum())
    left = np.ones(len(laws[0].values), dtype=bool)
    rows: list[int] = []
    gains: list[float] = []
    told = 0.0
    for _ in range(n):
        candidates = np.flatnonzero(left)
        parts = [paths.worth(candidates[i : i + _BLOCK]) for i in range(0, len(candidates), _BLOCK)]
        information, divergence = np.concatenate(parts, axis=1)
        near = information >= information.max() - _SAME * could_be_told
        best = int(np.argmax(np.where(near, divergence, -np.inf)))
        row = int(candidates[best])
        rows.append(row)
        gains.append(max(float(information[best]) - told, 0.0))
        told = max(told, float(information[best]))
        left[row] = False
        paths.measure(row)
    return rows, gains


class _Paths:
    """Values that could be measured on the rows chosen so far, under each law, and their odds.

    Under one law values at several rows go together, for they share its constants; so each
    measured value moves what the law says elsewhere (a Cholesky factor that grows row by row).
    """

    def __init__(self, share: Array, laws: Sequence[Forecast]) -> None:
        k = len(laws)
        self.share = share
        self.values = np.array([law.values for law in laws])
        self.variance = np.array([law.scale**2 for law in laws])
        self.factors = [_factor(law) for law in laws]  # rows of unit numbers that make the spread
        self.spare = np.array([law.spare for law in laws])[:, None, None, None]
        self.moved: list[Array] = []  # (law, row): what one unit of each innovation moves
        self.innovations: list[Array] = []  # (law, law drawn from, sample)
        self.log_density = np.zeros((k, k, _SAMPLES))
        self.square = np.zeros((k, k, _SAMPLES))

    def _drawn(self, rows: Array) -> tuple[Array, Array]:
        """Innovations by every law of values drawn from each, and their log densities.

        Shape (law, law drawn from, sample, row).
        """
        k, step = len(self.share), len(self.moved)
        mean = np.broadcast_to(self.values[:, None, None, rows], (k, k, _SAMPLES, len(rows))).copy()
        variance = self.variance[:, rows]
        for moved, innovation in zip(self.moved, self.innovations, strict=True):
            mean += moved[:, None, None, rows] * innovation[..., None]
            variance = variance - moved[:, rows] ** 2
        least = 1e-12 * self.variance[:, rows]
        size = np.sqrt(np.maximum(variance, least))[:, None, None, :]
        freedom = self.spare + step
        wider = np.sqrt((self.spare + self.square[..., None]) / freedom)
        own = np.arange(k)
        unit = _even_values(freedom.reshape(k), step)[..., None]
        drawn = mean[own, own] + (size[:, 0] * wider[own, own]) * unit
        innovation = (drawn[None] - mean) / size
        return innovation, _log_density(innovation / wider, freedom) - np.log(size * wider)

    def worth(self, rows: Array) -> Array:
        """Information, and mean divergence, of each row beside those measured: shape (2, n)."""
        log_density = self.log_density[..., None] + self._drawn(rows)[1]
        k = len(self.share)
        own = log_density[np.arange(k), np.arange(k)]
        top = log_density.max(axis=0)
        weight = self.share[:, None, None, None]
        mixture = top + np.log((weight * np.exp(log_density - top)).sum(axis=0))
        mean = (weight * log_density).sum(axis=0)
        out = [((own - other).mean(axis=1) * self.share[:, None]).sum(axis=0)
               for other in (mixture, mean)]  # fmt: skip
        return np.array(out)

    def measure(self, row: int) -> None:
        """Take a row as measured."""
        innovation, log_density = self._drawn(np.array([row]))
        together = np.array([f.T @ f[:, row] for f in self.factors])
        variance = self.variance[:, row].copy()
        for moved in self.moved:
            together = together - moved * moved[:, [row]]
            variance -= moved[:, row] ** 2
        variance = np.maximum(variance, 1e-12 * self.variance[:, row])
        self.moved.append(together / np.sqrt(variance)[:, None])
        self.innovations.append(innovation[..., 0])
        self.square = self.square + innovation[..., 0] ** 2
        self.log_density = self.log_density + log_density[..., 0]


def _factor(law: Forecast) -> Array:
    """Slopes by numbers of unit spread that are independent; shape (numbers, n)."""
    values, vectors = np.linalg.eigh(law.covariance)
    return np.asarray(np.sqrt(np.maximum(values, 0.0))[:, None] * (vectors.T @ law.slopes))


def _even_values(freedom: Array, step: int) -> Array:
    """Evenly likely values of Student's t, in another order for each measurement.

    Together they are a Latin hypercube (McKay, Beckman and Conover 1979), always the same one.
    """
    from scipy.special import stdtrit

    even = (np.random.default_rng(step).permutation(_SAMPLES) + 0.5) / _SAMPLES
    return np.asarray(stdtrit(freedom[:, None], even))


def _log_density(z: Array, freedom: Array) -> Array:
    """Of Student's t, up to what no scale changes."""
    from scipy.special import gammaln

    level = gammaln(0.5 * (freedom + 1)) - gammaln(0.5 * freedom) - 0.5 * np.log(freedom * np.pi)
    return np.asarray(level - 0.5 * (freedom + 1) * np.log1p(z * z / freedom))


def grid(ranges: Sequence[tuple[float, float]], used: Sequence[int]) -> Array:
    """Rows over the ranges of columns: every combination of even steps, some of them if many.

    Parameters
    ----------
    ranges : sequence of (float, float)
        Of all columns.
    used : sequence of int
        Columns that vary; the others stay in the middle.

    Examples
    --------
    >>> grid([(0.0, 1.0), (2.0, 4.0)], [0])[[0, -1]]
    array([[0., 3.],
           [1., 3.]])
    """
    low, high = np.array(ranges).T
    middle = 0.5 * (low + high)
    if not used:
        return np.asarray(middle[None])
    d = len(used)
    steps = max(_FEWEST_STEPS, round(_GRID ** (1.0 / d)))
    if steps**d <= 2 * _GRID:
        unit = np.stack(np.meshgrid(*[np.linspace(0.0, 1.0, steps)] * d, indexing="ij"), -1)
        unit = unit.reshape(-1, d)
    else:
        drawn = np.random.default_rng(0).integers(steps, size=(_GRID, d))
        unit = np.unique(drawn, axis=0) / (steps - 1)
    out = np.tile(middle, (len(unit), 1))
    out[:, used] = low[used] + unit * (high - low)[used]
    return out
