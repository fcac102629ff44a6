"""What a fit tells while it runs, and who may listen: bars, logs, conditions to stop.

A callback is any callable of a `Progress`. One that returns True stops the fit, which keeps
the best law so far. A `close` method, where there is one, is called at the end of the fit.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from os import PathLike
from typing import Any

import numpy as np

_WIDTH = 60  # characters of a law in a progress bar
_LONG = re.compile(
    r"(?<![\w.])\d+\.\d{4,}(?![\w.])"
)  # numbers with more digits than it has room for


@dataclass(frozen=True)
class Progress:
    """Where a fit stands: after each change of the best law, and after each answer step.

    Attributes
    ----------
    seconds : float
        Since the fit began.
    law : str
        The best law so far, with the table's column names.
    loss : float
        Its (weighted) mean squared error, in the square of y's unit.
    complexity : int
    step : int
        Answer steps of the network so far.
    target : int
        Number of the target, from 0.
    """

    seconds: float
    law: str
    loss: float
    complexity: int
    step: int
    target: int = 0


Callback = Callable[[Progress], Any]


class Enough(Exception):
    """Ends the answer loop."""


def check_callbacks(callbacks: Any) -> list[Callback]:
    """The callbacks as a list.

    Raises
    ------
    TypeError
        If one cannot be called.
    """
    if callbacks is None:
        return []
    out = [callbacks] if callable(callbacks) else callbacks
    if not isinstance(out, Iterable):
        raise TypeError(f"callbacks are a list of callables, got {callbacks!r}")
    out = list(out)
    for callback in out:
        if not callable(callback):
            raise TypeError(
                f"the callback {callback!r} cannot be called: give a function of one Progress, "
                "such as StopAt(loss=1e-6)"
            )
    return out


@dataclass(frozen=True)
class Watch:
    """Hands what the answer loop finds to the callbacks.

    Parameters
    ----------
    callbacks : list of callable
    write : callable
        The text of a law of the loop, with the user's units and columns.
    unit : float
        Unit of ``y``.
    clock : callable
    start : float
        Instant at which the fit began.
    """

    callbacks: list[Callback]
    write: Callable[[Any], str]
    unit: float
    clock: Callable[[], float]
    start: float

    def __call__(self, row: Any, step: int) -> None:
        """Tell of the best law; raises `Enough` if a callback says so."""
        if not self.callbacks:
            return
        loss = min(row.loss * self.unit**2, sys.float_info.max)
        progress = Progress(
            self.clock() - self.start, self.write(row.node), float(loss), row.complexity, step
        )
        answers = [callback(progress) for callback in self.callbacks]  # all of them hear the last
        if any(isinstance(answer, bool | np.bool_) and answer for answer in answers):
            raise Enough

    def close(self) -> None:
        for callback in self.callbacks:
            close = getattr(callback, "close", None)
            if callable(close):
                close()


@dataclass(frozen=True)
class OfTarget:
    """A callback that hears of one of several targets."""

    callback: Callback
    target: int

    def __call__(self, progress: Progress) -> Any:
        return self.callback(replace(progress, target=self.target))

    def close(self) -> None:
        close = getattr(self.callback, "close", None)
        if callable(close):
            close()


# ---------------------------------------------------------------------- ready-made


@dataclass(frozen=True)
class StopAt:
    """Stops when the best law is good enough, as PySR's ``early_stop_condition``.

    Parameters
    ----------
    loss : float
        Mean squared error at which to stop.
    complexity : int, optional
        Only a law of at most this complexity counts.

    Examples
    --------
    >>> StopAt(loss=0.1)(Progress(1.0, "x0", 0.01, 1, 1))
    True
    """

    loss: float
    complexity: int | None = None

    def __call__(self, progress: Progress) -> bool:
        small = self.complexity is None or progress.complexity <= self.complexity
        return bool(small and progress.loss <= self.loss)


class Lines:
    """A printed line for each new best law and each answer step.

    Examples
    --------
    >>> Lines()(Progress(1.25, "2*x0", 0.5, 3, 1))
    1.2 s, step 1: loss 0.5, complexity 3, 2*x0
    """

    def __call__(self, progress: Progress) -> None:
        where = f" of target {progress.target}" if progress.target else ""
        print(
            f"{progress.seconds:.1f} s, step {progress.step}{where}: loss {progress.loss:.3g}, "
            f"complexity {progress.complexity}, {progress.law}"
        )


class ProgressBar:
    """A tqdm bar on the terminal: the time that has passed, and the best law so far.

    Parameters
    ----------
    time_limit : float, optional
        Seconds at which the bar is full; without it, it counts answer steps.
    """

    def __init__(self, time_limit: float | None = None) -> None:
        self.time_limit = time_limit
        self._bar: Any = None

    def __call__(self, progress: Progress) -> None:
        if self._bar is None:
            from tqdm import tqdm

            if self.time_limit is None:
                self._bar = tqdm(unit=" steps", leave=True)
            else:
                whole = "{l_bar}{bar:20}| {n:.1f}/{total:.0f} s{postfix}"
                self._bar = tqdm(total=self.time_limit, bar_format=whole, leave=True)
        done = progress.seconds if self.time_limit is not None else progress.step
        self._bar.n = done if self.time_limit is None else min(done, self.time_limit)
        law = _LONG.sub(lambda number: f"{float(number[0]):.4g}", progress.law)
        law = law if len(law) <= _WIDTH else law[: _WIDTH - 1] + "…"
        self._bar.set_postfix_str(f"loss {progress.loss:.3g}, {law}")

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class JsonLines:
    """One JSON object a line, appended to a file: seconds, law, loss, complexity, step, target.

    Parameters
    ----------
    path : str or path-like
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = path
        self._file: Any = None

    def __call__(self, progress: Progress) -> None:
        if self._file is None:
            self._file = open(self.path, "a", encoding="utf-8")  # noqa: SIM115 - until `close`
        self._file.write(json.dumps(asdict(progress)) + "\n")
        self._file.flush()  # to be read while the fit runs

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class TensorBoard:
    """Loss, complexity and law for TensorBoard, by tensorboardX or PyTorch.

    Parameters
    ----------
    log_dir : str or path-like

    Raises
    ------
    ImportError
        If neither is installed.
    """

    def __init__(self, log_dir: str | PathLike[str]) -> None:
        self.log_dir = log_dir
        _summary_writer()  # the error comes before the fit, not in it
        self._writer: Any = None
        self._count = 0

    def __call__(self, progress: Progress) -> None:
        if self._writer is None:
            self._writer = _summary_writer()(str(self.log_dir))
        self._count += 1
        name, at = f"target {progress.target}", self._count
        self._writer.add_scalar(f"{name}/log10 loss", math.log10(max(progress.loss, 1e-300)), at)
        self._writer.add_scalar(f"{name}/complexity", progress.complexity, at)
        self._writer.add_scalar(f"{name}/seconds", progress.seconds, at)
        self._writer.add_text(f"{name}/law", progress.law, at)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _summary_writer() -> Any:
    from importlib import import_module

    for home in ("tensorboardX", "torch.utils.tensorboard"):
        try:
            return import_module(home).SummaryWriter
        except ImportError:
            continue
    raise ImportError(
        "a log for TensorBoard needs tensorboardX or PyTorch with tensorboard: "
        "`pip install tensorboardX`, or write JsonLines('fit.jsonl')"
    )


def narrator(time_limit: float | None) -> Callback:
    """What ``verbose=1`` means: a bar on a terminal and in a notebook, else lines."""
    in_notebook = type(sys.stderr).__module__.startswith("ipykernel")
    return ProgressBar(time_limit) if in_notebook or sys.stderr.isatty() else Lines()
