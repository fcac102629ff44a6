"""How likely each law of an archive is, and what likely laws say of further rows.

A description length in nats is minus the logarithm of what a law deserves: prior times what its
residuals tell. Over the archive these become odds of its laws (a softmax). But the law that was
sought may not be among them (`found`): so probabilities sum to less than 1, and the rest is that of
a law that nobody found. What a law says of a row is Student's t around its value, as wide as its
constants and the noise make it; several laws make a mixture (J. A. Hoeting et al., "Bayesian model
averaging: a tutorial", Statistical Science 14, 382-417, 1999).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..expressions.evaluate import Program
from ..objectives.losses import Quantile
from ..task.result import FitResult
from .choice import weighed

Array = np.ndarray

# Tuned on drawn laws, and reported on others (docs/log/choice.md, `benchmarks calibration`).
ALIKE = 1.05  # nats that a wrong law costs, by nats of variance explained and of rows
TEMPERATURE = 6.0  # nats that count as one between the laws found and those that were not
_LUCK = 0.75  # of the prior of a law that fits better: what it may owe to having been searched for
_LEAST = 1e-3  # of what a band leaves outside: laws of less weight are left out
_MANY = 1e6  # degrees of freedom of errors whose size is known
_HALVINGS = 60  # of an interval that holds a quantile


def shares(lengths: Sequence[float]) -> Array:
    """Odds of laws by their description lengths, given that one of them is true.

    Parameters
    ----------
    lengths : sequence of float
        Nats, up to a constant common to all; inf for laws with too many numbers for the rows.

    Returns
    -------
    ndarray
        Their sum is 1. nan where no length is finite: such rows cannot tell laws apart.

    Examples
    --------
    >>> shares([0.0, np.log(3.0), np.inf])
    array([0.75, 0.25, 0.  ])
    """
    nats = -np.asarray(lengths, dtype=float)
    top = nats.max(initial=-math.inf)
    if not math.isfinite(top):
        return np.full(len(nats), math.nan)
    share = np.exp(nats - top)
    return np.asarray(share / share.sum())


def found(
    lengths: Sequence[float],
    priors: Sequence[float],
    losses: Sequence[float],
    n_rows: int,
    alike: float = ALIKE,
    temperature: float = TEMPERATURE,
) -> float:
    """Probability that the law sought is among those that were found.

    Another law may fit as well as the best of these (which owes a part to luck). Of e**c laws of c
    nats the best one explains by mere likeness a share of the variance that grows with c, and the
    more rows there are, the fewer laws are alike on them; so a law that nobody found is taken to
    cost `alike` nats for each nat of variance that the shortest description explains, times the
    logarithm of the rows. Cheap laws that explain much have no such rival; a law that costs more
    than its rival is one of many.

    Parameters
    ----------
    lengths, priors : sequence of float
        Nats of laws that were found: in all, and before any data.
    losses : sequence of float
        Their mean squared errors; the largest is taken for that of a constant.
    n_rows : int
    alike, temperature : float

    Returns
    -------
    float
        1 for a single law; nan where no length is finite.

    Examples
    --------
    >>> level, law = (250.0, 0.0, 1.0), (15.0, 15.0, 0.01)  # a law of 15 nats: 1% is left
    >>> round(found(*zip(level, law), n_rows=50), 2)
    0.66
    """
    length = np.array(lengths, dtype=float)
    fit = length - _LUCK * np.asarray(priors, dtype=float)
    known = np.isfinite(length)
    if not known.any() or len(length) < 2:
        return 1.0 if len(length) == 1 else math.nan
    best = int(np.argmin(np.where(known, length, math.inf)))
    most = max(losses)
    explained = math.log(most / max(losses[best], 1e-30 * most)) if most > 0 else 0.0
    another = alike * explained * math.log(n_rows) - (float(fit[best]) - float(fit[known].min()))
    ahead = (another - float(priors[best])) / temperature
    return 1.0 / (1.0 + math.exp(-min(max(ahead, -500.0), 500.0)))


def probabilities(
    lengths: Sequence[float], priors: Sequence[float], losses: Sequence[float], n_rows: int
) -> Array:
    """Probability of each law that was found; the rest to 1 is that of none of them.

    Parameters as of `found`.
    """
    return shares(lengths) * found(lengths, priors, losses, n_rows)


def law_shares(result: FitResult) -> Array:
    """Odds of the laws of a result, given that one of them is true.

    Where no law has few enough numbers for the rows, nothing is known but the choice: it has all.
    """
    out = shares(_lengths(result))
    if np.isnan(out).any():
        out = np.zeros(len(result.rows))
        out[result.chosen] = 1.0
    return out


def law_probabilities(result: FitResult) -> Array:
    """Probability of each law of a result; nan where none has few enough numbers for the rows."""
    losses = [row.loss for row in result.rows] if result.weighing is None else result.weighing
    priors = [row.prior for row in result.rows]
    return probabilities(_lengths(result), priors, losses, result.n_rows)


def _lengths(result: FitResult) -> Sequence[float]:
    return (result.lengths if result.lengths is not None else weighed(result).lengths) or ()


# ---------------------------------------------------------------------- what a law says


@dataclass(frozen=True)
class Forecast:
    """What one law says of rows, in the user's units.

    Attributes
    ----------
    values : ndarray of shape (n,)
        nan where the law is undefined.
    slopes : ndarray of shape (k, n)
        By its constants.
    covariance : ndarray of shape (k, k)
        Of these.
    noise : ndarray of shape (n,)
        Standard errors of the measurements.
    spare : float
        Degrees of freedom that tell the size of the noise.
    """

    values: Array
    slopes: Array
    covariance: Array
    noise: Array
    spare: float

    @property
    def scale(self) -> Array:
        """Spread of a measurement around the value: of the constants and the noise."""
        moving = np.diag(self.covariance) > 0  # a slope of no number may be undefined
        slopes, block = self.slopes[moving], self.covariance[np.ix_(moving, moving)]
        with np.errstate(all="ignore"):
            variance = np.einsum("kn,kl,ln->n", slopes, block, slopes)
            variance = np.where(np.isnan(variance), np.inf, np.maximum(variance, 0.0))
            out = np.sqrt(variance + self.noise**2)
            # without noise the last digits are the spread
            out = np.maximum(out, 1e-15 * np.maximum(np.abs(self.values), 1e-300))
        return np.asarray(np.where(np.isfinite(self.values), out, np.nan))


def forecast(
    result: FitResult, X: Array, index: int, y_error: Array | None = None,
    level: float | None = None,
) -> Forecast:  # fmt: skip
    """What a law of a result says of rows.

    Parameters
    ----------
    result : FitResult
    X : ndarray of shape (n, d)
    index : int
    y_error : ndarray of shape (n,), optional
        Standard errors of the measurements; as on the rows of the fit when omitted.
    level : float, optional
        Of the interval that it is for, where the noise is not normal.

    Raises
    ------
    DataError
        If the law is of a quantile, around which there is no noise.
    """
    row, m = result.rows[index], result.magnitudes
    program = Program(row.node)
    values, slopes = program.values_and_jacobian(m.scale_x(X), program.constants)
    spread = result.covariances[index]
    spare = result.n_rows - int((np.diag(spread) > 0).sum())
    wider = 1.0
    if result.known:
        chi_square = row.loss * result.n_rows / max(spare, 1)
        wider = max(1.0, chi_square)  # Birge 1932: errors that the law does not reach
    if y_error is None:
        noise = _noise(result, index, spare, values * m.y, level)
        noise = noise * math.sqrt(wider) if result.known else noise
    else:
        noise = y_error
    return Forecast(
        values * m.y, slopes * m.y, spread * wider, noise,
        _MANY if result.known else max(spare, 1),
    )  # fmt: skip


def _noise(result: FitResult, index: int, spare: int, values: Array, level: float | None) -> Array:
    """Standard errors of measurements by the residuals of a law, or as they were said."""
    noise = result.noise(index)
    if noise is not None and noise.kind != "known":
        return noise.spread(values, level)
    return np.full(len(values), result.magnitudes.y * _even_noise(result, index, spare))


def _even_noise(result: FitResult, index: int, spare: int) -> float:
    if result.known:
        return result.error
    if result.loss is None:
        loss = result.rows[index].loss
    elif isinstance(result.loss, Quantile):
        raise DataError(
            "a law under loss=Quantile(q) is a bound itself: fit two quantiles as the ends of an "
            "interval, or loss='squared'"
        )
    else:  # the squared error that is as likely
        loss = (result.weighing or (math.nan,) * (index + 1))[index]
    return math.sqrt(loss * result.n_rows / spare) if spare > 0 else math.inf


# ---------------------------------------------------------------------- bands


def interval(
    result: FitResult, X: Array, level: float, index: int | None, y_error: Array | None = None
) -> tuple[Array, Array]:
    """Ends of an interval that holds a measurement with a probability, row by row.

    Parameters
    ----------
    result : FitResult
    X : ndarray of shape (n, d)
    level : float
    index : int or None
        The law; None takes all likely ones.
    y_error : ndarray of shape (n,), optional
        As of `forecast`.

    Returns
    -------
    low, high : ndarray of shape (n,)
        nan where no likely law is defined.
    """
    if index is not None:
        share, laws = np.ones(1), [index]
    else:
        every = law_shares(result)
        laws = np.flatnonzero(every > _LEAST * (1.0 - level)).tolist()
        share = every[laws]
    told = [forecast(result, X, i, y_error, level) for i in laws]
    values, scales = np.array([f.values for f in told]), np.array([f.scale for f in told])
    spare = np.array([f.spare for f in told])
    tail = 0.5 * (1.0 - level)
    return (
        mixture_quantile(share, values, scales, spare, tail),
        mixture_quantile(share, values, scales, spare, 1.0 - tail),
    )


def mixture_quantile(share: Array, values: Array, scales: Array, spare: Array, q: float) -> Array:
    """A quantile of mixtures of Student's t, one a row.

    Parameters
    ----------
    share : ndarray of shape (k,)
        Weights of the parts; a part that is nan on a row has none there.
    values, scales : ndarray of shape (k, n)
    spare : ndarray of shape (k,)
        Degrees of freedom.
    q : float

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> one, wide = np.array([[0.0], [10.0]]), np.array([[1.0], [1.0]])
    >>> mixture_quantile(np.array([0.5, 0.5]), one, wide, np.array([1e6, 1e6]), 0.5)
    array([5.])
    """
    from scipy.special import stdtr, stdtrit

    there = np.isfinite(values)
    weight = np.where(there, share[:, None], 0.0)
    total = weight.sum(axis=0)
    # a law that the rows leave open has half its weight beyond either end
    told = there & np.isfinite(scales)
    lost = np.where(told, 0.0, weight).sum(axis=0)
    weight = np.where(told, weight, 0.0)
    with np.errstate(all="ignore"):
        level = (q * total - 0.5 * lost) / (total - lost)
        out = np.where(level >= 1.0, np.inf, -np.inf)
        out = np.where(total > 0, out, np.nan)
        open_ = (level > 0.0) & (level < 1.0)
        at, size, weight = values[:, open_], scales[:, open_], weight[:, open_]
        level, dof = level[open_], spare[:, None]
        weight = weight / weight.sum(axis=0)
        ends = at + size * stdtrit(dof, level)
        mine = weight > 0
        low = np.where(mine, ends, np.inf).min(axis=0, initial=np.inf)
        high = np.where(mine, ends, -np.inf).max(axis=0, initial=-np.inf)
        for _ in range(_HALVINGS if len(share) > 1 else 0):
            middle = 0.5 * (low + high)
            below = np.where(mine, weight * stdtr(dof, (middle - at) / size), 0.0).sum(axis=0)
            low, high = np.where(below < level, middle, low), np.where(below < level, high, middle)
            if not (high - low > 1e-12 * np.maximum(np.abs(low), np.abs(high))).any():
                break
    out[open_] = 0.5 * (low + high)
    return out
