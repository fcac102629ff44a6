"""What an error costs: absolute, Huber, log-cosh, quantile, or any function of two columns.

Constants are fitted under a loss by iteratively reweighted least squares (Holland and Welsch
1977): a row's weight is what makes its squared error as steep as its loss.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..errors import DataError

Array = np.ndarray

_SPREADS = 1.35  # Huber's bend where none is given: 95% efficient for normal errors


class Loss:
    """A loss; subclasses say what each row costs.

    Attributes
    ----------
    even : bool
        Whether it is a loss for gross errors among rows that are all alike: then a search may
        leave such rows out.
    """

    even: ClassVar[bool] = True

    def each(self, y: Array, prediction: Array) -> Array:
        """Loss of each row."""
        raise NotImplementedError

    def slope(self, y: Array, prediction: Array) -> Array:
        """Derivative of each row's loss with respect to its prediction."""
        step = 1e-6 * np.abs(prediction - y) + 1e-12 * np.abs(y) + 1e-300
        up, down = prediction + step, prediction - step
        return (self.each(y, up) - self.each(y, down)) / (up - down)

    def square(self, loss: float) -> float:
        """The mean squared error that is as likely as this mean loss.

        Of losses that grow as ``|error|**p`` the likelihood of n rows falls as
        ``loss**(-n/p)``, that of squared errors as ``square**(-n/2)``.
        """
        return 2.0 * loss

    def resolved(self, spread: float) -> Loss:
        """The loss where the residuals have this robust spread."""
        del spread
        return self


@dataclass(frozen=True)
class Absolute(Loss):
    """``|y - prediction|``: the law of the median.

    Examples
    --------
    >>> Absolute().each(np.array([1.0, 2.0]), np.array([1.5, 0.0]))
    array([0.5, 2. ])
    """

    def each(self, y: Array, prediction: Array) -> Array:
        return np.asarray(np.abs(prediction - y))

    def slope(self, y: Array, prediction: Array) -> Array:
        return np.asarray(np.sign(prediction - y))

    def square(self, loss: float) -> float:
        return loss * loss


@dataclass(frozen=True)
class Huber(Loss):
    """Squared (halved) up to `delta`, linear beyond (Huber 1964).

    Parameters
    ----------
    delta : float, optional
        Error at the bend, in y's unit; 1.35 robust spreads of the residuals when omitted.

    Examples
    --------
    >>> Huber(1.0).each(np.array([0.0, 0.0]), np.array([0.5, 3.0]))
    array([0.125, 2.5  ])
    """

    delta: float | None = None

    def __post_init__(self) -> None:
        if self.delta is not None and not 0 < self.delta < math.inf:
            raise ValueError(f"delta must be a positive number or None, got {self.delta!r}")

    def each(self, y: Array, prediction: Array) -> Array:
        size, bend = np.abs(prediction - y), 1.0 if self.delta is None else self.delta
        return np.where(size <= bend, 0.5 * size**2, bend * (size - 0.5 * bend))

    def slope(self, y: Array, prediction: Array) -> Array:
        bend = 1.0 if self.delta is None else self.delta
        return np.clip(prediction - y, -bend, bend)

    def resolved(self, spread: float) -> Loss:
        return Huber(_SPREADS * spread) if self.delta is None else self


@dataclass(frozen=True)
class LogCosh(Loss):
    """``scale**2 * log(cosh(error / scale))``: Huber's loss without a bend.

    Parameters
    ----------
    scale : float, default=1.0
        Error at which the square turns into a line, in y's unit.

    Examples
    --------
    >>> LogCosh().each(np.array([0.0, 0.0]), np.array([0.1, 1000.0])).round(3)
    array([5.00000e-03, 9.99307e+02])
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.scale < math.inf:
            raise ValueError(f"scale must be a positive number, got {self.scale!r}")

    def each(self, y: Array, prediction: Array) -> Array:
        size = np.abs(prediction - y) / self.scale
        rest = np.log1p(np.exp(-2.0 * size)) - math.log(2.0)
        small = 0.5 * size**2  # where size + rest would lose its digits
        return np.asarray(self.scale**2 * np.where(size < 1e-4, small, size + rest))

    def slope(self, y: Array, prediction: Array) -> Array:
        return np.asarray(self.scale * np.tanh((prediction - y) / self.scale))


@dataclass(frozen=True)
class Quantile(Loss):
    """The pinball loss: the law of a quantile (Koenker and Bassett 1978).

    Parameters
    ----------
    q : float
        Share of the rows that lie below the law.

    Examples
    --------
    >>> Quantile(0.9).each(np.array([1.0, 1.0]), np.array([0.0, 2.0]))
    array([0.9, 0.1])
    """

    q: float
    even: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not 0 < self.q < 1:
            raise ValueError(f"q must be between 0 and 1, got {self.q!r}")

    def each(self, y: Array, prediction: Array) -> Array:
        below = y - prediction
        return np.where(below > 0, self.q, self.q - 1.0) * below

    def slope(self, y: Array, prediction: Array) -> Array:
        return np.where(y > prediction, -self.q, 1.0 - self.q)

    def square(self, loss: float) -> float:
        return loss * loss


@dataclass(frozen=True)
class OfFunction(Loss):
    """A function of the user: ``function(y, prediction)``, one number a row."""

    function: Callable[[Array, Array], Any]
    even: ClassVar[bool] = False

    def each(self, y: Array, prediction: Array) -> Array:
        try:
            out = np.asarray(self.function(y, prediction), dtype=float)
        except (TypeError, ValueError) as error:
            raise DataError(f"the loss gives no numbers: {error}") from error
        if out.shape != y.shape:
            raise DataError(
                f"the loss gives an array of shape {out.shape} for {len(y)} rows: it has to give "
                "the loss of each row, not their mean"
            )
        return out

    def square(self, loss: float) -> float:
        return max(loss, 0.0)


_NAMES: dict[str, Callable[[], Loss]] = {
    "absolute": Absolute, "huber": Huber, "logcosh": LogCosh,
}  # fmt: skip

# Names of the same losses elsewhere: scikit-learn, gplearn, PySR.
_ELSEWHERE = {
    **dict.fromkeys(
        ("squared_error", "squared_loss", "mean_squared_error", "root_mean_squared_error",
         "least_squares", "ls", "mse", "rmse", "l2", "l2distloss", "l2_loss"), "squared"),
    **dict.fromkeys(
        ("absolute_error", "absolute_loss", "mean_absolute_error", "least_absolute_deviation",
         "lad", "mae", "l1", "l1distloss", "l1_loss"), "absolute"),
    "huber_loss": "huber",
    **dict.fromkeys(("logcoshloss", "log_cosh", "log_cosh_loss"), "logcosh"),
}  # fmt: skip
_NONE_EQUAL = {
    **dict.fromkeys(("quantile", "pinball", "quantileloss"), "write Quantile(0.9)"),
    **dict.fromkeys(
        ("poisson", "gamma", "tweedie", "epsilon_insensitive", "squared_epsilon_insensitive",
         "squared_log_error", "mean_squared_log_error", "lpdistloss", "logitdistloss"),
        "there is no such loss here; write it as a function of y and prediction",
    ),
    **dict.fromkeys(
        ("log_loss", "binary_crossentropy", "logloss", "hinge"),
        "TRMSymbolicClassifier is for classes",
    ),
}  # fmt: skip
_CALL = re.compile(r"(\w+)\(\s*([0-9.eE+-]*)\s*\)")  # as PySR writes losses

# those that hold no code of the user
LOSSES: dict[str, Any] = {kind.__name__: kind for kind in (Absolute, Huber, LogCosh, Quantile)}


def _with_number(word: str, number: str) -> Loss | None:
    """A loss of PySR with its parameter, such as ``HuberLoss(0.5)``."""
    try:
        value = float(number)
    except ValueError:
        return None
    kinds: dict[str, Any] = {"huberloss": Huber, "quantileloss": Quantile}
    return kinds[word](value) if word in kinds else None


def read_loss(loss: Any) -> Loss | None:
    """The loss that a parameter means; None for squared errors.

    Raises
    ------
    ValueError
        If it is no loss.

    Examples
    --------
    >>> read_loss("huber"), read_loss("squared_error"), read_loss("QuantileLoss(0.5)")
    (Huber(delta=None), None, Quantile(q=0.5))
    """
    if isinstance(loss, str):
        if loss == "squared":
            return None
        if loss in _NAMES:
            return _NAMES[loss]()
        call = _CALL.fullmatch(loss.strip())
        word = (call[1] if call else loss.strip()).lower().replace(" ", "_")
        number = "" if call is None else call[2] or {"huberloss": "1"}.get(word, "")
        if number and (made := _with_number(word, number)) is not None:
            return made
        if word in _ELSEWHERE and not number:
            return read_loss(_ELSEWHERE[word])
        hint = f": {_NONE_EQUAL[word]}" if word in _NONE_EQUAL else ""
    elif isinstance(loss, Loss):
        return loss
    elif callable(loss) and not isinstance(loss, type):
        return OfFunction(loss)
    else:
        hint = ""
    raise ValueError(
        f"loss must be 'squared', 'absolute', 'huber', 'logcosh', one of sklearn_trm's "
        f"(Quantile, Huber, LogCosh) or a function of y and prediction, got {loss!r}{hint}"
    )
