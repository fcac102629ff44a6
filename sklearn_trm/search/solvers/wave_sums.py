"""Sums of waves under envelopes, on a trend: fitted by variable projection.

Only frequencies, rates of envelopes and rates of exponentials are iterated; amplitudes, phases
and the trend are linear and follow in closed form (Golub and Pereyra 1973, with the Jacobian of
Kaufman 1975).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import solve_triangular

from ...expressions.least_squares import solve_normal

Array = np.ndarray

_STEPS = 40  # of an iteration at most
_SETTLED = 1e-9  # relative gain below which a noisy fit has settled
_STEEPEST = 60.0  # rates over the range
_SLOWEST = 2.0  # radians over the range: slower waves are polynomials
_DEPENDENT = 1e-9  # of a column, that others leave
_CANCELLED = 30.0  # sizes of the target: larger terms that cancel are a limit, no sum of waves


@dataclass(frozen=True)
class Wave:
    """``exp(sum of rates * envelope functions) * (a*sin(w*x) + b*cos(w*x))``.

    Attributes
    ----------
    frequency : float
        Radians over the range of the rows.
    rates : tuple of (str, float)
        Names of functions of the envelope, with what they are multiplied by.
    parts : tuple of str
        ``"sin"``, ``"cos"`` or both.
    """

    frequency: float
    rates: tuple[tuple[str, float], ...] = ()
    parts: tuple[str, ...] = ("sin", "cos")


@dataclass(frozen=True)
class WaveSum:
    """Waves, exponentials ``exp(rate*x)``, and names of the trend's columns."""

    waves: tuple[Wave, ...] = ()
    trend: tuple[str, ...] = ("1",)
    decays: tuple[float, ...] = ()

    def inner(self) -> Array:
        """Numbers that are iterated."""
        waves = [v for w in self.waves for v in (w.frequency, *(r for _, r in w.rates))]
        return np.array([*waves, *self.decays])

    def moved(self, inner: Array) -> WaveSum:
        """The same sum with other inner numbers."""
        values = iter(inner.tolist())
        waves = tuple(
            Wave(next(values), tuple((name, next(values)) for name, _ in w.rates), w.parts)
            for w in self.waves
        )
        return replace(self, waves=waves, decays=tuple(values))

    def count(self) -> int:
        """Numbers that are fitted."""
        return len(self.inner()) + self.n_linear()

    def n_linear(self) -> int:
        return sum(len(w.parts) for w in self.waves) + len(self.decays) + len(self.trend)


@dataclass(frozen=True, eq=False)
class Rows:
    """A table as a sum of waves sees it.

    Attributes
    ----------
    turns : ndarray of shape (n,)
        The column over its range; its zero is that of the column.
    envelopes : mapping of str to ndarray
        Functions of envelopes; ``"x"`` begins with 0 at the first row and ends with 1.
    trends : mapping of str to ndarray
    values : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional
        Square roots of weights.
    highest : float
        Frequency, beyond which all repeat on a grid.
    """

    turns: Array
    envelopes: Mapping[str, Array]
    trends: Mapping[str, Array]
    values: Array
    weight: Array | None = None
    highest: float = np.inf


@dataclass(frozen=True, eq=False)
class Fitted:
    """A sum with its linear numbers (waves, exponentials, trend, in this order) and loss."""

    sum: WaveSum
    coefficients: Array
    loss: float
    residual: Array
    largest: float  # root mean square of the largest wave or exponential


def fit(rows: Rows, start: WaveSum, steps: int = _STEPS) -> Fitted | None:
    """The sum with the least squared error near a start; None where it is not determined.

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 80)
    >>> y = np.exp(-1.5 * x) * np.sin(30 * x) + 2
    >>> rows = Rows(x, {"x": x}, {"1": np.ones(80)}, y)
    >>> found = fit(rows, WaveSum((Wave(29.0, (("x", 0.0),)),)))
    >>> found.sum.inner().round(6), abs(found.coefficients.round(6))
    (array([30. , -1.5]), array([1., 0., 2.]))
    """
    if start.n_linear() >= len(rows.values):
        return None
    inner = start.inner()
    best = _project(rows, start)
    if best is None or not len(inner):
        return None if best is None else best[0]
    damping, size = 1e-3, float(np.mean(rows.values**2))
    for _ in range(steps):
        now, J = best
        if now.loss <= 1e-29 * size:
            break
        A, g = J @ J.T, J @ now.residual
        scale = np.sqrt(np.diag(A)) + 1e-300
        gained = 0.0
        while damping < 1e8:
            M = A / scale[:, None] / scale + damping * np.eye(len(g))
            inner = now.sum.inner() + solve_normal(M, (g / scale)[:, None])[:, 0] / scale
            trial = _project(rows, now.sum.moved(inner)) if _allowed(rows, now.sum, inner) else None
            if trial is not None and trial[0].loss < now.loss:
                gained = 1.0 - trial[0].loss / now.loss
                best, damping = trial, max(damping * 0.1, 1e-12)
                break
            damping *= 10.0
        if gained < _SETTLED:
            break
    return best[0] if best[0].largest <= _CANCELLED * np.sqrt(size) else None


def _allowed(rows: Rows, of: WaveSum, inner: Array) -> bool:
    """Whether waves turn, and nothing is all at one end."""
    if not np.isfinite(inner).all():
        return False
    moved = of.moved(inner)
    single = [w.rates[0][1] for w in moved.waves if len(w.rates) == 1]
    rates = [*single, *moved.decays]
    turning = all(_SLOWEST <= w.frequency <= rows.highest for w in moved.waves)
    return turning and all(abs(r) <= _STEEPEST for r in rates)


def _project(rows: Rows, of: WaveSum) -> tuple[Fitted, Array] | None:
    """The linear numbers for given inner ones, and the Jacobian of the residual."""
    columns, slopes = _design(rows, of)
    t, w = rows.values, rows.weight
    if w is not None:
        columns, t = columns * w, t * w
    size = np.sqrt(np.einsum("ij,ij->i", columns, columns))
    if not (np.isfinite(size).all() and size.all()):
        return None
    Q, R = np.linalg.qr((columns / size[:, None]).T)
    if np.abs(np.diag(R)).min() < _DEPENDENT:
        return None
    c = solve_triangular(R, Q.T @ t) / size
    r = t - c @ columns
    J = np.zeros((1 + max((i for i, _, _ in slopes), default=-1), len(t)))
    for i, j, slope in slopes:
        J[i] += c[j] * slope
    if w is not None:
        J *= w
    J -= (J @ Q) @ Q.T
    turning = len(c) - len(of.trend)
    largest = float(np.max((np.abs(c) * size)[:turning], initial=0.0)) / np.sqrt(len(t))
    return Fitted(of, c, float(np.mean(r * r)), r, largest), J


def _design(rows: Rows, of: WaveSum) -> tuple[Array, list[tuple[int, int, Array]]]:
    """Columns, and (inner number, column, slope) wherever one depends on the other."""
    columns: list[Array] = []
    slopes: list[tuple[int, int, Array]] = []
    at = 0
    for wave in of.waves:
        power = sum((r * rows.envelopes[name] for name, r in wave.rates), np.zeros(1))
        envelope = np.exp(np.minimum(power - power.max(), 0.0))
        angle = wave.frequency * rows.turns
        both = {"sin": envelope * np.sin(angle), "cos": envelope * np.cos(angle)}
        for part in wave.parts:
            other = both["cos"] if part == "sin" else -both["sin"]
            slopes.append((at, len(columns), rows.turns * other))
            for k, (name, _) in enumerate(wave.rates):
                slopes.append((at + 1 + k, len(columns), rows.envelopes[name] * both[part]))
            columns.append(both[part])
        at += 1 + len(wave.rates)
    past = rows.envelopes["x"]
    for rate in of.decays:
        slopes.append((at, len(columns), past * (decay := np.exp(rate * past - max(rate, 0.0)))))
        columns.append(decay)
        at += 1
    columns += [rows.trends[name] for name in of.trend]
    return np.array(columns), slopes
