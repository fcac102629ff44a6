"""How the network thought: the answer steps of a fit once more, iteration by iteration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import DataError
from ...expressions.text import to_text
from .velocity import thought

MOST_STEPS = 32  # that are thought again
_ALIKE = 1e-3  # relative difference of velocities that rounding may make

Array = np.ndarray


@dataclass(frozen=True)
class Thinking:
    """A fit's answer steps, seen closely.

    Attributes
    ----------
    films : list of Film
    steps : list of AnswerStep
        The same steps, as the fit kept them.
    cloud : ndarray of shape (1 + max_iters, k, size)
        Random latents let go on the table as the first lane saw it at the first step.
    names : list of str
        Of the columns.
    laws : list of str
        The best law so far after each step.
    """

    films: list[Any]
    steps: list[Any]
    cloud: Array
    names: list[str]
    laws: list[str]


def think_again(est: Any, X: Any = None, y: Any = None) -> Thinking:
    """Run the network once more from what each answer step of a fit began with.

    Parameters
    ----------
    est : estimator
        Fitted with a network.
    X, y : array-like, optional
        The table of the fit, where the estimator comes from a pickle or a file: these hold no
        rows.

    Raises
    ------
    DataError
        Where the network was not asked, or what it saw is gone.
    """
    steps = thought(est)[:MOST_STEPS]
    from ...network.replay import cloud, replay  # JAX

    kept = [step.seen for step in steps]
    if any(seen is None for seen in kept):
        kept = est._seen_again(steps, X, y)
    films = replay(kept)
    same = 0
    for film, step in zip(films, steps, strict=True):
        # a part of a template may have a larger grid: its latent lies in another space
        if not _same(film, step) or film.latent.shape[2] != films[0].latent.shape[2]:
            break
        same += 1
    if not same:
        raise DataError(
            "on this table the network thinks otherwise than in the fit: give the table of the "
            "fit, or fit again in this process"
        )
    names = [str(name) for name in est.column_names()]
    laws = [to_text(step.law, names, 4) for step in steps[:same]]
    return Thinking(films[:same], steps[:same], cloud(kept[0]), names, laws)


def _same(film: Any, step: Any) -> bool:
    """Whether a step went as it did in the fit."""
    if step.by_lane is None:
        return len(film.velocities) == step.n_iter
    before, again = np.asarray(step.by_lane), film.velocities.T
    return before.shape == again.shape and np.allclose(before, again, rtol=_ALIKE, equal_nan=True)


def plane(points: Array) -> tuple[Array, Array, Array]:
    """The plane in which points lie widest: middle, axes of shape (2, size), shares of variance.

    Examples
    --------
    >>> middle, axes, shares = plane(np.array([[0.0, 0.0, 1.0], [4.0, 0.0, 1.0], [2.0, 1.0, 1.0]]))
    >>> np.abs(axes[0]), shares.round(3)
    (array([1., 0., 0.]), array([0.923, 0.077]))
    """
    rows = np.asarray(points, dtype=float).reshape(-1, np.shape(points)[-1])
    middle = rows.mean(axis=0)
    off = rows - middle
    gram = off @ off.T  # fewer rows than numbers in a latent
    values, vectors = np.linalg.eigh(gram)
    top = np.argsort(-values)[:2]
    axes = (vectors[:, top] / np.sqrt(np.maximum(values[top], 1e-30))).T @ off
    total = max(float(np.trace(gram)), 1e-30)
    return middle, axes, np.maximum(values[top], 0.0) / total
