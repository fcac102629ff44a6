"""How a fit works, and what its answer steps did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ..data.validation import check_settings
from ..expressions.tree import Node, map_columns


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
        Relative latent velocity after each iteration.
    """

    step: int
    n_iter: int
    converged: bool
    q: float
    n_new: int
    loss: float
    law: Node
    velocities: np.ndarray


def steps_on_columns(steps: Sequence[AnswerStep], mapping: Sequence[int]) -> list[AnswerStep]:
    """The steps with their laws written for other columns."""
    return [replace(step, law=map_columns(step.law, mapping)) for step in steps]
