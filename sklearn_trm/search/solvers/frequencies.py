"""Where a sum of waves may begin: frequencies and dampings read from spectra and from shifts.

On an even grid a sum of damped waves is a sum of powers of complex numbers, and the rows shifted
by one step are the rows times these numbers: ESPRIT (Roy and Kailath 1989; close to the matrix
pencil of Hua and Sarkar 1990) reads them in closed form, also where two waves are closer than a
spectrum can tell. On other rows a spectrum of all of them (Lomb 1976, Scargle 1982) is looked at
under several dampings, and there is no aliasing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...expressions.aliases import grid_of

Array = np.ndarray

STEP = 3.0  # of a spectrum's frequencies, over the range: about half of what can be told apart
RATES = (0.0, -1.0, -3.0, -10.0, 1.0, 3.0, 10.0)  # dampings over the range that are looked at
_LONGEST = 100  # rows of a window of ESPRIT
_EVEN = 1e-6  # of a step


def spectrum_peaks(m: Array, t: Array, bins: int, count: int) -> Array:
    """The frequencies k at which ``exp(i k m)`` resembles `t` most.

    Examples
    --------
    >>> m = np.random.default_rng(0).uniform(-50, 50, 200)
    >>> k = spectrum_peaks(m, np.cos(7.23 * m), 2**14, 1)[0]
    >>> bool(abs(k - 7.23) < 0.03)
    True
    """
    height, step = _spectrum(m, t, bins)
    height = height[: max(count, math.ceil(min(highest(m) / step, bins)))]
    best = np.argpartition(-height, count)[:count]
    return np.asarray(step * (1 + best[np.argsort(-height[best])]))


def damped_peak(
    m: Array, t: Array, bins: int, top: float = math.inf, rates: Sequence[float] = RATES
) -> tuple[float, float, float]:
    """Frequency and rate of the damped wave that explains most of `t`, and the share that it does.

    Frequencies end at `top`.

    Examples
    --------
    >>> m = np.linspace(0, 10, 200)
    >>> w, rate, share = damped_peak(m, np.exp(-0.3 * m) * np.cos(9 * m), 2**12)
    >>> bool(abs(w - 9) < 0.2), round(rate, 2), bool(share > 0.8)
    (True, -0.3, True)
    """
    span = float(np.ptp(m))
    past = (m - m.min()) / span
    most = max(1, math.ceil(min(top * span / STEP, bins)))
    best = 0.0, 0.0, 0.0
    for rate in rates:
        envelope = np.exp(rate * past - max(rate, 0.0))
        height, step = _spectrum(m, t * envelope, bins)
        height = height[:most]
        k = int(np.argmax(height))
        share = 2.0 * float(height[k]) ** 2 / float(envelope @ envelope) / max(float(t @ t), 1e-300)
        if share > best[2]:
            best = step * (1 + k), rate / span, share
    return best


def _spectrum(m: Array, t: Array, bins: int) -> tuple[Array, float]:
    """Heights at multiples of a step, the zero left out, and the step."""
    step = STEP / max(float(np.ptp(m)), 1e-300)
    turns = step * (m - m.min()) / (2 * np.pi)
    places = (np.round(turns * bins) % bins).astype(int)
    grid = np.bincount(places, weights=t, minlength=bins)
    return np.abs(np.fft.rfft(grid)[1 : bins // 4]), step  # the nearest bin is too coarse beyond


def highest(m: Array) -> float:
    """Half a turn a step of a regular grid: all frequencies beyond it repeat; else infinite."""
    regular = grid_of(m)
    return math.inf if regular is None else math.pi / regular.step


def even_step(m: Array) -> float | None:
    """The step of ascending rows without gaps; None for others."""
    steps = np.diff(m)
    if len(steps) < 3 or not steps[0] > 0:
        return None
    step = float(m[-1] - m[0]) / len(steps)
    return step if np.abs(steps - step).max() <= _EVEN * step else None


class Shifts:
    """What shifts of evenly spaced rows say: poles of a sum of exponentials, for any number.

    Examples
    --------
    >>> m = np.arange(60.0)
    >>> t = np.exp(-0.05 * m) * np.sin(0.7 * m) + np.cos(0.8 * m)
    >>> waves, decays = Shifts(t, 1.0).poles(4)
    >>> [(round(w, 6), round(abs(rate), 6)) for w, rate in waves], decays
    ([(0.7, 0.05), (0.8, 0.0)], [])
    """

    def __init__(self, t: Array, step: float) -> None:
        self._step = step
        length = max(2, min(len(t) // 2, _LONGEST))
        windows = np.lib.stride_tricks.sliding_window_view(t, length)
        self._space = np.linalg.eigh(windows.T @ windows)[1][:, ::-1]

    def poles(self, count: int) -> tuple[list[tuple[float, float]], list[float]]:
        """Frequencies with rates of the waves, and rates of what is real, of `count` poles."""
        space = self._space[:, : min(count, len(self._space) - 1)]
        z = np.linalg.eigvals(np.linalg.lstsq(space[:-1], space[1:], rcond=None)[0])
        z = np.log(z[np.abs(z) > 0].astype(complex)) / self._step
        real = [float(p.real) for p in z if p.imag == 0]
        waves = sorted((float(p.imag), float(p.real)) for p in z if p.imag > 0)
        turning = math.pi / self._step * (1 - 1e-9)  # a negative pole turns half a turn a step
        return [w for w in waves if w[0] < turning], real
