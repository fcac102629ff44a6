"""Clean constants: 2.0000000003 becomes 2, and 6.28 becomes 2*pi where the data allow it.

A constant may become a clean value if that shortens the description of the law: the
clean value's own text is cheaper than the digits that the data determine,
``log(|c| / sigma)``, by more than the misfit ``chi**2 / 2`` that it adds. The text of a
value says which of all values as simple it is, and pays `SURPRISE` nats more: any number is
near to one of many fractions and multiples of pi, so that one is near is no evidence by
itself. Of constants that are no clean values some 4% are taken for one, whatever the noise
(docs/log/choice.md). Without noise nothing but an exact value passes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import lru_cache, partial

import numpy as np

from .canonical import canonical
from .constants import Fit, LeastSquares, covariance_per_variance, fit_constants
from .exactness import FOUND
from .tree import Node, constants, ways, with_constants

Array = np.ndarray

MAX_CHI_SQUARE = 6.0  # about two and a half sigma
SURPRISE = 2.0  # nats; not of exponents, most of them whole or halves, nor of a factor that goes
NATS_A_TERM = 1.6  # that a constant which becomes 0 takes along
MAX_DENOMINATOR = 12
MOST_FIGURES = 5  # of a period

# unit, nats that its name costs
_UNITS = (
    (1.0, 0.0),
    (math.pi, 3.0),
    (1.0 / math.pi, 5.0),
    (math.sqrt(2.0), 4.0),
    (math.e, 5.0),
    (math.sqrt(math.pi), 6.0),
    (1.0 / math.sqrt(math.pi), 6.0),
    (math.sqrt(2.0 * math.pi), 6.0),
    (1.0 / math.sqrt(2.0 * math.pi), 6.0),
    (math.pi**2, 6.0),
    (math.log(2.0), 6.0),
    (math.log(10.0), 6.0),
)


def snap(
    fit: Fit,
    X: Array,
    y: Array,
    weight: Array | None = None,
    tolerance: float | None = None,
    deadline: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Fit:
    """Replace constants by clean values wherever the data do not object.

    Parameters
    ----------
    fit : Fit
        A fitted law.
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional
    tolerance : float, optional
        Root mean square error, relative to that of ``y``, below which errors are
        rounding; ``exactness.FOUND`` when omitted.
    deadline : float, optional
        Instant of `clock` at which to stop with what is clean by then.
    clock : callable

    Returns
    -------
    Fit
        The law in canonical form with clean constants, the others fitted again.
        Clean constants have variance zero. Constants that became 0 or 1 are gone.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm.expressions.text import parse
    >>> X = np.linspace(0.1, 3.0, 30)[:, None]
    >>> y = 2.0 * np.pi * np.sqrt(X[:, 0])
    >>> fit = fit_constants(parse("1*x0**0.4 + 0.1"), X, y)
    >>> print(snap(fit, X, y).node)
    2*pi*sqrt(x0)
    """
    if not math.isfinite(fit.loss):
        return fit
    tolerance = FOUND if tolerance is None else tolerance
    refit = partial(fit_constants, deadline=deadline, clock=clock, max_iter=20)
    y = np.asarray(y, dtype=float)
    top = float(np.max(np.abs(y), initial=0.0))
    if not 1e-120 < top < 1e120:  # squares of y leave float64: nothing can be weighed
        return fit
    floor = tolerance**2 * float(np.mean(y * y))
    n = len(y) if weight is None else int(np.count_nonzero(np.asarray(weight) > 0))
    for _ in range(4):  # canonical may merge or drop constants: look again until it does not
        node = canonical(fit.node)
        if node != fit.node:
            merged = refit(node, X, y, weight)
            if not merged.loss <= fit.loss + 4.0 * max(fit.loss, floor):
                break  # a rounding-sensitive law: leave it as it was fitted
            fit = merged
        fit = _snap_leaves(fit, X, y, weight, floor, n, refit)
        if deadline is not None and clock() >= deadline:
            break
        if canonical(fit.node) == fit.node:
            break
    return fit


def _snap_leaves(
    fit: Fit,
    X: Array,
    y: Array,
    weight: Array | None,
    floor: float,
    n: int,
    refit: Callable[..., Fit],
) -> Fit:
    k = len(constants(fit.node))
    start = fit.loss
    variance = max(start * n / max(n - k, 1), floor)
    if variance == 0.0:
        variance = 1e-300
    clean: set[int] = set()
    refused: set[tuple[int, float]] = set()
    for _ in range(3 * k + 3):
        options = sorted(_options(fit, X, y, weight, variance, n, clean, refused))
        if not options:
            break
        _, _, j, value, saved = options[0]
        values = constants(fit.node)
        values[j] = value
        trial = refit(with_constants(fit.node, values), X, y, weight, fixed=clean | {j})
        step = n * (trial.loss - fit.loss) / variance
        total = n * (trial.loss - start) / variance
        # each snap may cost what it saves, all together what so many constants explain by chance
        most = min(MAX_CHI_SQUARE, 2.0 * saved)
        if step <= most and total <= MAX_CHI_SQUARE + 1.5 * len(clean):
            fit = trial
            clean.add(j)
        else:
            refused.add((j, value))
    return fit


def _options(
    fit: Fit,
    X: Array,
    y: Array,
    weight: Array | None,
    variance: float,
    n: int,
    clean: set[int],
    refused: set[tuple[int, float]],
) -> Iterator[tuple[bool, float, int, float, float]]:
    """(no exponent; nats, negative; leaf; value; nats saved but for the misfit) of replacements.

    Exponents come first: a factor is only as well determined as the power beside it.
    """
    problem = LeastSquares(fit.node, X, y, weight, clean)
    if not problem.free.size:
        return
    with np.errstate(all="ignore"):
        spread = np.sqrt(np.diag(covariance_per_variance(problem)) * variance)
    values, waves, factors = constants(fit.node), _in_waves(fit.node), _factors(fit.node)
    for j, sigma in zip(problem.free.tolist(), spread.tolist(), strict=True):
        c, is_exponent = values[j], problem.roles[j] == "exponent"
        if not math.isfinite(sigma):
            continue
        sigma = max(sigma, 1e-14 * abs(c), 1e-300)
        # exponents are compared with 1, other numbers have no size of their own
        digits = max(math.log(max(abs(c), float(is_exponent), sigma) / sigma), 0.0) + 0.5
        for value, cost in _near(c, 2.5 * sigma, is_exponent, j in waves):
            # without its term a law is as likely again as with the constant at any other value
            told = digits if value else 0.5 * math.log(n) + NATS_A_TERM
            saved = told - cost + (SURPRISE if value == 1.0 and j in factors else 0.0)
            nats = 0.5 * ((c - value) / sigma) ** 2 - saved
            if nats < 0.0 and (j, value) not in refused:
                yield not is_exponent, nats, j, value, saved


def _in_waves(law: Node) -> set[int]:
    """Numeric leaves inside a sine or cosine."""
    return {i for i, (_, way) in enumerate(ways(law)) if any(op in ("sin", "cos") for op, _ in way)}


def _factors(law: Node) -> set[int]:
    """Numeric leaves that are the factor of a product or a quotient: 1 is none."""
    return {i for i, (_, way) in enumerate(ways(law)) if way and way[-1][0] in ("mul", "div")}


@lru_cache(maxsize=4096)
def _near(
    c: float, radius: float, is_exponent: bool, in_wave: bool
) -> tuple[tuple[float, float], ...]:
    """Clean values within `radius` of `c` and the nats their texts cost."""
    found: dict[float, float] = {}
    radius = max(radius, 1e-9 * abs(c))
    surprise = 0.0 if is_exponent else SURPRISE
    if abs(c) <= radius:
        found[0.0] = 0.7
    for unit, name in _UNITS[:1] if is_exponent else _UNITS:
        for q in range(1, MAX_DENOMINATOR + 1):
            p = round(min(max(c / unit * q, -1e5), 1e5))
            if p == 0 or abs(p) > 10_000 or math.gcd(p, q) != 1:
                continue
            value = p / q if unit == 1.0 else p * unit / q
            if abs(value - c) <= radius:
                # trailing zeros are cheap: 100 is rounder than 97
                digits = float(str(abs(p)).rstrip("0"))
                zeros = len(str(abs(p))) - len(str(int(digits)))
                cost = math.log(2.0 * digits + 1.0) + zeros + 2.0 * math.log(q) + name + surprise
                found[value] = min(cost, found.get(value, math.inf))
    for figures in range(1, MOST_FIGURES + 1) if in_wave and c else ():
        period = float(f"{2.0 * math.pi / c:.{figures}g}")  # of a wave: 2*pi/365.25
        if abs(value := 2.0 * math.pi / period) and abs(value - c) <= radius:
            cost = 3.0 + surprise + (math.log(2.0 * abs(period) + 1.0) if period.is_integer() else
                          4.0 + 2.5 * figures)  # fmt: skip
            found[value] = min(cost, found.get(value, math.inf))
            break
    # decimals such as 4.905: 9, 90, 900 a decade, which their text pays in full
    for figures in range(1, 9):
        value = float(f"{c:.{figures}g}")
        if value and abs(value - c) <= radius:
            cost = 4.0 + 2.5 * figures
            found[value] = min(cost, found.get(value, math.inf))
            break
    return tuple(sorted(found.items(), key=lambda item: item[1])[:6])
