"""How a fit works, and what its answer steps did."""

from __future__ import annotations

import numbers
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from ..expressions.tree import Node, const, map_columns
from ..rules.constraints import Constraints
from ..rules.prior import by_operator, prior

EXTRAPOLATION = ("ignore", "warn", "error")
SELECTIONS = ("best", "law", "prediction", "accuracy", "score")


@dataclass(frozen=True)
class Settings:
    """How long and how the loop works; names as in the estimator."""

    time_limit: float | None = 10.0
    max_steps: int = 16
    max_iters: int = 32
    threshold: float = 1e-2
    ns_steps: int = 2
    n_candidates: int = 128
    search: bool = True
    max_complexity: int = 40
    model: str | None = "auto"
    device: str = "auto"
    verbose: int = 0
    snap: bool = True
    keep_all: bool = False
    n_jobs: int | None = None

    @classmethod
    def of(cls, estimator: Any) -> Settings:
        """Read and check the parameters of an estimator."""
        params = estimator.get_params(deep=False)
        check_settings(params)
        return cls(**{f.name: params[f.name] for f in fields(cls)})


@dataclass(frozen=True)
class AnswerStep:
    """What one answer step did.

    Attributes
    ----------
    step : int
        Counted from 1.
    n_iter : int
        Latent iterations.
    converged : bool
        Whether the latent velocity fell below the threshold.
    q : float
        The network's own probability that its answer is right.
    n_new : int
        Laws that were not seen before.
    loss : float
        Mean squared error of the best law so far.
    law : Node
        That law.
    velocities : ndarray of shape (n_iter,)
        Relative latent velocity after each iteration, mean over lanes.
    by_lane : ndarray of shape (lanes, n_iter) or None
        The same of each lane, nan once it is at rest; None in files of earlier versions.
    seen
        What the network began with, for pictures of how it thought; it stays in the process of
        the fit: pickles and files hold no rows.
    """

    step: int
    n_iter: int
    converged: bool
    q: float
    n_new: int
    loss: float
    law: Node
    velocities: np.ndarray
    by_lane: np.ndarray | None = None
    seen: Any = field(default=None, repr=False, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "seen": None}


def steps_on_columns(steps: Sequence[AnswerStep], mapping: Sequence[int]) -> list[AnswerStep]:
    """The steps with their laws written for other columns."""
    return [
        replace(
            step, law=map_columns(step.law, mapping),
            seen=None if step.seen is None else step.seen.on_columns(mapping),
        )
        for step in steps
    ]  # fmt: skip


def check_settings(params: dict[str, Any]) -> None:
    """Check the numeric parameters of the estimator and the type of ``model`` and ``device``.

    Raises
    ------
    ValueError
        Names the parameter, its value and what is allowed.
    """
    lowest: dict[str, float] = {
        "max_steps": 1, "max_iters": 1, "ns_steps": 0, "n_candidates": 1, "max_complexity": 1,
    }  # fmt: skip
    for name, low in lowest.items():
        value = params[name]
        if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < low:
            raise ValueError(f"{name} must be a whole number of at least {low}, got {value!r}")
    for name in ("time_limit", "threshold"):
        value = params[name]
        if name == "time_limit" and value is None:
            continue
        if not isinstance(value, numbers.Real) or not float(value) > 0:  # nan is not
            raise ValueError(f"{name} must be a positive number, got {value!r}")
    if params["model"] is not None and not isinstance(params["model"], str | os.PathLike):
        raise ValueError(f"model must be a name, a path or None, got {params['model']!r}")
    limits = params["constraints"]
    if limits is not None and not isinstance(limits, Constraints):
        hint = "; a dictionary is Constraints(operands={...})" if isinstance(limits, dict) else ""
        raise ValueError(f"constraints must be Constraints(...) or None, got {limits!r}{hint}")
    least = 1 if limits is None else limits.complexity_of_constants or 1
    if params["max_complexity"] < least:
        raise ValueError(f"max_complexity={params['max_complexity']} has no room for a number, "
                         f"which counts {least}")  # fmt: skip
    selection = params["selection"]
    if not callable(selection) and selection not in SELECTIONS:
        raise ValueError(f"selection must be one of {SELECTIONS} or a callable, got {selection!r}")
    if params["device"] not in ("auto", "cpu", "gpu"):
        raise ValueError(f"device must be 'auto', 'cpu' or 'gpu', got {params['device']!r}")
    if params["extrapolation"] not in EXTRAPOLATION:
        raise ValueError(
            f"extrapolation must be one of {EXTRAPOLATION}, got {params['extrapolation']!r}"
        )
    if not isinstance(params["snap"], bool | np.bool_):
        raise ValueError(f"snap must be True or False, got {params['snap']!r}")
    shift = params["prior"]
    if isinstance(shift, Mapping):
        by_operator(shift)
    elif not callable(shift):
        prior(const(0.0), shift)
    for name in ("keep_all", "named_curves"):
        if not isinstance(params[name], bool | np.bool_):
            raise ValueError(f"{name} must be True or False, got {params[name]!r}")
    if params["model"] is None and not params["search"]:
        raise ValueError("model=None and search=False leave nothing that could find a law")
