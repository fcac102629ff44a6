"""A target through what may stand outside: y, 1/y, log y, exp y, sqrt y, y**2.

Errors are those of ``y``: in a view they appear times its slope (the delta method), so that its
rows are weighted by the inverse of that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....expressions.tree import const, var
from ....rules.prior import prior
from ....task.problem import Problem
from ...transforms import Target, target_transforms

Array = np.ndarray

_KINDS = ("inv", "square", "sqrt", "exp", "log")  # what stands outside


@dataclass(frozen=True, eq=False)
class Views:
    """Views of a target.

    Attributes
    ----------
    targets : list of Target
    values, roots : ndarray of shape (v, n)
        And the square roots of the rows' weights.
    cost : ndarray of shape (v,)
        Nats of what stands outside.
    """

    targets: list[Target]
    values: Array
    roots: Array
    cost: Array

    @classmethod
    def of(cls, p: Problem, target: Target, root: Array) -> Views:
        """The views that the values and the allowed operators permit; rows' roots of weights."""
        own = np.ones(len(root)) if target.slope is None else np.abs(target.slope)
        targets, roots = [target], [root / own]
        for t in target_transforms(target, p.unary, p.binary, 1):
            slope = np.ones(len(root)) if t.slope is None else np.abs(t.slope)
            if t.chain[-1] in _KINDS and (slope > 0).all() and np.isfinite(slope).all():
                targets.append(t)
                roots.append(root / slope)
        inside = const(1.5) * var(0)
        outside = [prior(t.wrap(inside)) - prior(target.wrap(inside)) for t in targets]
        values = np.array([t.values for t in targets])
        return cls(targets, values, np.array(roots), np.array(outside))

    def on(self, rows: Array) -> tuple[Array, Array, Array, Array]:
        """Centred values, values times roots, weights and their roots, of some rows."""
        roots = np.take(self.roots, rows, axis=1)
        values = np.take(self.values, rows, axis=1)
        weights = roots**2
        middle = (weights * values).sum(axis=1) / weights.sum(axis=1)
        return values - middle[:, None], values * roots, weights, roots
