"""What the refiner holds and hands on: a problem's lanes, a thought, an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from ..expressions.tree import Node
from .decode import Vocabulary

if TYPE_CHECKING:
    from numpy.random import Generator

Array = jax.Array


class Thought(NamedTuple):
    """The latent loop's result per lane."""

    y: Array  # (b, t, d)
    z: Array
    n_iter: Array  # (b,)
    converged: Array  # (b,) at rest, as opposed to stopped
    velocities: Array  # (b, max_iters), nan after halting


@dataclass(frozen=True)
class Answer:
    """What one answer step proposes.

    Attributes
    ----------
    nodes : list of Node
        Laws with free constants (at 1), most probable first, without repeats.
    log_prob : ndarray
        Log-probability of each under the decoder.
    lanes : ndarray
        The lane that wrote it; 0 where all lanes have the same target.
    q : float
        The network's own probability that its answer is right.
    n_iter : int
        Latent iterations (of the slowest lane).
    converged : bool
        Whether the latent of most lanes came to rest.
    velocities : ndarray
        Relative latent velocity, mean over lanes, after each iteration.
    by_lane : ndarray of shape (lanes, n_iter)
        The same of each lane; nan once it is at rest.
    seen : Seen
        What the step began with.
    """

    nodes: list[Node]
    log_prob: np.ndarray
    lanes: np.ndarray
    q: float
    n_iter: int
    converged: bool
    velocities: np.ndarray
    by_lane: np.ndarray
    seen: Seen


@dataclass
class State:
    """Lanes of one problem between answer steps."""

    X: np.ndarray  # (lanes, rows, v)
    y: np.ndarray
    mask: np.ndarray
    columns: np.ndarray  # (lanes, v) bool
    order: np.ndarray  # (lanes, v): lane column -> table column, -1 where none
    rows: np.ndarray  # (lanes, rows) row numbers in the table
    table: np.ndarray  # (n, d) the whole table, not copied
    cells: int
    rng: Generator
    words: Vocabulary
    one_target: bool = True
    latent: tuple[Array, Array] | None = None
    y_hat: np.ndarray | None = None
    answer: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
    views: np.ndarray | None = None
    n_steps: int = 0  # that were thought


@dataclass(frozen=True)
class Seen:
    """What an answer step began with: enough to think it once more (`replay`).

    Attributes
    ----------
    refiner : Refiner
    state : State
        Without its table.
    goes_on : bool
        Whether the latent is what the step before left.
    max_iters, ns_steps : int
    threshold : float
    """

    refiner: Any
    state: State
    goes_on: bool
    max_iters: int
    ns_steps: int
    threshold: float

    def on_columns(self, mapping: Sequence[int]) -> Seen:
        """The same where the columns of its table are those of another one."""
        order = self.state.order
        there = np.where(order < 0, -1, np.array([*mapping, -1])[order])
        return replace(self, state=replace(self.state, order=there))
