"""What the network saw in a fit, for an estimator from a pickle or a file: these hold no rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import clone

from ..data.relevance import WIDE, Relevance
from ..data.table import Table, complete_rows
from ..errors import DataError
from ..expressions.operators import known
from ..expressions.tree import map_columns
from ..fit.context import FitContext
from ..fit.reweighting import MAX_ROWS


def seen_again(est: Any, steps: Sequence[Any], X: Any, y: Any) -> list[Any]:
    """What the first search of a fit showed the network, from the table and the seed.

    Parameters
    ----------
    est : estimator
    steps : sequence of AnswerStep
    X, y : array-like
        The table of the fit.

    Returns
    -------
    list of Seen
        One a step.

    Raises
    ------
    DataError
        Without a table, and of groups and classes.
    """
    from ..network.refine import Refiner  # JAX
    from ..network.states import Seen

    if X is None or y is None:
        raise DataError(
            "what the network saw is not in pickles and files: give X and y, the table of the fit"
        )
    if hasattr(est, "groups_") or hasattr(est, "classes_"):
        raise DataError(
            "what the network saw of groups or classes is not in pickles and files: fit again in "
            "this process"
        )
    X, y = complete_rows("drop", X, y)
    copy = clone(est)
    table = Table.of(copy, X, y, dates="days" if hasattr(est, "dates_") else "error")
    context = FitContext.of(copy)
    rng = np.random.default_rng(getattr(est, "_seed", context.seed))
    rows = rng.choice(np.arange(len(table.y)), min(len(table.y), MAX_ROWS), replace=False)
    seed = rng.spawn(3)[2]
    shown, target = table.X[rows], table.y[rows]
    read: dict[str, Any] = {}
    if shown.shape[1] > WIDE:
        read = {"columns": Relevance(shown, target).finish().few(WIDE)}
    refiner = Refiner.load(est.model)
    state = refiner.start(
        shown, target, seed, unary=known(context.unary), binary=known(context.binary), **read
    )
    place = {column: i for i, column in enumerate(table.kept)}
    out = []
    for i, step in enumerate(steps):
        now = replace(state, table=shown[:0])
        seen = Seen(refiner, now, i > 0, est.max_iters, est.ns_steps, float(est.threshold))
        out.append(seen.on_columns(table.kept))
        state = refiner.feedback(state, map_columns(step.law, place))
    return out
