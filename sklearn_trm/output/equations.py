"""The front as a table: the frame that users know as ``equations_``."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..expressions.sympy_io import LazySympy
from ..expressions.text import to_text
from ..expressions.tree import constants
from ..rules.rules import FREE, Rules
from ..selection.choice import weighed
from ..selection.doubt import law_probabilities
from ..task.result import FitResult
from .export import NumpyLaw

if TYPE_CHECKING:
    import pandas as pd

_LEAST_LOSS = 1e-300


def _shown(result: FitResult, loss: float) -> float:
    """Loss of the front in the user's units."""
    if result.link == "logistic":
        return 0.5 * math.log(loss)
    if result.known or result.weighing is not None:  # a loss that is no squared error
        return loss
    shown = loss * result.magnitudes.y * result.magnitudes.y  # whose square may be no float
    return min(shown, sys.float_info.max)


def front_table(result: FitResult, names: Sequence[str]) -> pd.DataFrame:
    """The front as a table."""
    import pandas as pd

    laws = [result.law(i) for i in range(len(result.rows))]
    out = {
        "complexity": [row.complexity for row in result.rows],
        "loss": [_shown(result, row.loss) for row in result.rows],
        "score": [row.score for row in result.rows],
        "equation": [to_text(law, names) for law in laws],
        "selected": [i == result.chosen for i in range(len(result.rows))],
        "prior": [row.prior for row in result.rows],
        "description_length": _from_the_shortest(result),
        "probability": law_probabilities(result).tolist(),
        "bic": [_bic(result, i) for i in range(len(result.rows))],
        "constants": [constants(law) for law in laws],
        "sympy_format": [LazySympy(law, names) for law in laws],
        "lambda_format": [NumpyLaw(law, names) for law in laws],
    }
    if result.validation is not None:
        out["validation_loss"] = list(result.validation)
    return pd.DataFrame(out)


def laws_table(result: FitResult, names: Sequence[str], rules: Rules = FREE) -> pd.DataFrame:
    """Every law that a fit kept, in its order."""
    import pandas as pd

    laws = [(node if result.magnitudes.ordinary else result.magnitudes.restore(node), loss)
            for node, loss in result.filed]  # fmt: skip
    return pd.DataFrame({
        "equation": [to_text(law, names) for law, _ in laws],
        "loss": [_shown(result, loss) for _, loss in laws],
        "complexity": [rules.measure(law) for law, _ in laws],
        "prior": [rules.prior(law) for law, _ in laws],
    })  # fmt: skip


def _from_the_shortest(result: FitResult) -> list[float]:
    """Description lengths in nats, less the shortest one."""
    lengths = np.array(result.lengths if result.lengths is not None else weighed(result).lengths)
    if not np.isfinite(lengths).any():  # fewer rows than any law has numbers
        lengths[result.chosen] = 0.0
    with np.errstate(all="ignore"):
        return list(np.where(np.isfinite(lengths), lengths - lengths.min(), np.inf).tolist())


def _bic(result: FitResult, index: int) -> float:
    """Bayesian information criterion of a normal error, up to a constant of the table."""
    row = result.rows[index]
    price = len(constants(row.node)) * math.log(result.n_rows)
    if result.known:
        return result.n_rows * row.loss + price
    loss = row.loss if result.weighing is None else result.weighing[index]
    log_loss = math.log(max(loss, _LEAST_LOSS))
    log_loss += 2.0 * math.log(result.magnitudes.y) if result.weighing is None else 0.0
    return result.n_rows * log_loss + price
