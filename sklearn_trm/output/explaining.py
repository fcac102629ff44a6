"""Why a law was chosen: its description length in words, beside those of its two rivals."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..selection.choice import PREDICTIVE, contenders, length_parts
from ..task.result import FitResult

WIDTH = 88  # of lines of prose
_RIVALS = 2
_HARDLY = 0.05  # nats that count as none
_ALIKE = 1.0  # nats by which a rival is about as likely


@dataclass(frozen=True)
class Weight:
    """A law of the front in the balance, all in nats.

    Attributes
    ----------
    row : int
        Of ``equations_``.
    text : str
    fit, constants, prior : float
        Beyond those of the law in question: what residuals take, what the constants take, what
        the text takes before any data.
    """

    row: int
    text: str
    fit: float
    constants: float
    prior: float

    @property
    def total(self) -> float:
        return self.fit + self.constants + self.prior


def weights(est: Any, index: int | None = None) -> list[Weight]:
    """The law, or row `index` of ``equations_``, and its rivals, the shortest description first.

    Rivals are the law that would be chosen to predict (or by the full prior), where that is
    another one, and those with the shortest descriptions.
    """
    result: FitResult = est._fitted
    own = result.row(index)
    parts = np.array(length_parts(result))
    total = parts.sum(axis=1)
    order = [*contenders(result), *np.argsort(total, kind="stable").tolist()]
    rivals = [i for i in dict.fromkeys(order) if i != own and math.isfinite(total[i])][:_RIVALS]
    base = parts[own] if math.isfinite(total[own]) else np.zeros(3)
    out = []
    for i in (own, *sorted(rivals, key=lambda i: total[i])):
        fit, constants, prior = (parts[i] - base).tolist() if i != own else (0.0, 0.0, 0.0)
        out.append(Weight(i, est.short_text(i), fit, constants, prior))
    return out


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why a law was chosen; printed and shown as a text of a few lines.

    Attributes
    ----------
    target : str
    law : Weight
    rivals : tuple of Weight
    how : str
        What the laws were weighed by.
    gate : str
        What rows left out had to say.
    """

    target: str
    law: Weight
    rivals: tuple[Weight, ...]
    how: str
    gate: str

    def __str__(self) -> str:
        lines = [f"{self.target} = {self.law.text}", "", textwrap.fill(self.how, WIDTH)]
        for rival in self.rivals:
            lines += ["", f"Beside  {self.target} = {rival.text}", *_beside(rival)]
        gate = ["", textwrap.fill(self.gate, WIDTH)] if self.gate else []
        return "\n".join([*lines, *gate])

    __repr__ = __str__  # as a prompt and a notebook show it


def explain(est: Any, index: int | None = None, target: str = "y") -> Explanation:
    """Why this law.

    Parameters
    ----------
    est : TRMSymbolicRegressor or TRMSymbolicClassifier
        Of one target.
    index : int, optional
        Row of ``equations_``; the chosen law when omitted.
    target : str
    """
    result: FitResult = est._fitted
    own, *rivals = weights(est, index)
    if not math.isfinite(sum(length_parts(result)[own.row])):
        few = (f"{result.n_rows} rows are too few for its constants: nothing but the choice among "
               "the laws found speaks for it.")  # fmt: skip
        return Explanation(target, own, (), few, "")
    n = len(result.rows)
    how = (
        f"{n} law{'s were' if n > 1 else ' was'} kept. Each is weighed by what it takes to write "
        "the data down with it: what it leaves of them (fit), its constants, and its text before "
        "any data (prior). The unit is a nat; one less is 2.7 times likelier."
    )
    if not rivals:
        how += " No other law has few enough constants for these rows."
    return Explanation(target, own, tuple(rivals), how, _gate(est, result, own.row))


def verdict(rival: Weight) -> str:
    """How much less likely a rival is, in words.

    Examples
    --------
    >>> verdict(Weight(0, "x0", 3.0, -1.0, 0.5)), verdict(Weight(0, "x0", 0.3, 0.0, 0.0))
    ('12 times less likely', 'these rows can hardly tell the two apart')
    """
    if abs(rival.total) < _ALIKE:
        return "these rows can hardly tell the two apart"
    nats = abs(rival.total)
    times = f"{math.exp(nats):.2g}" if nats < math.log(100) else f"{math.exp(min(nats, 700)):,.0f}"
    times = times if nats < math.log(1e6) else f"10^{nats / math.log(10):.0f}"
    return f"{times} times {'less likely' if rival.total > 0 else 'likelier'}"


def _beside(rival: Weight) -> list[str]:
    """What sets a rival apart, a line each."""
    return [
        f"  fit: {_more(rival.fit, 'it leaves less', 'it leaves more', 'it leaves as much')}",
        f"  constants: {_more(rival.constants, 'cheaper', 'dearer', 'as dear')}",
        f"  prior: {_more(rival.prior, 'likelier', 'less likely', 'as likely')} before any data",
        f"  together {signed(rival.total)} nats: {verdict(rival)}",
    ]


def _more(nats: float, less: str, more: str, equal: str) -> str:
    if abs(nats) < _HARDLY:
        return equal
    return f"{signed(nats)} nats, {less if nats < 0 else more}"


def signed(nats: float) -> str:
    """Nats with their sign."""
    return f"{nats:+.1f}" if abs(nats) < 1e6 else f"{nats:+.0e}"


def _gate(est: Any, result: FitResult, own: int) -> str:
    """What the rows had to say to the choice."""
    law, richer = contenders(result)
    selection = getattr(est, "selection", "best")
    left_out = "where each row is predicted by the laws fitted without it,"
    better = "better by more than two standard errors"
    if result.validation is not None:
        return ("It was chosen by other data (choose_on): the simplest law within one standard "
                "error of the one that predicts them best.")  # fmt: skip
    if own not in (law, richer):
        return (f"It is not what selection='best' takes: that is row "
                f"{richer if result.insisted else law} of equations_.")  # fmt: skip
    if law == richer:
        return (f"It is also the shortest with {PREDICTIVE:.0%} of the prior, by which laws are "
                "chosen to predict: nothing was left to decide.")  # fmt: skip
    if own == richer and result.insisted:
        return (f"The shortest description is that of row {law} of equations_. But {left_out} this "
                f"law does {better}: the rows insist on it.")  # fmt: skip
    if own == richer:
        return (f"Row {law} of equations_ has a shorter description. This is the law that is "
                f"chosen to predict (selection={selection!r}).")  # fmt: skip
    if result.insisted:
        return (f"But {left_out} row {richer} of equations_ does {better}: selection='best' takes "
                f"that one (here selection={selection!r}).")  # fmt: skip
    return (f"Row {richer} of equations_ would be chosen to predict. But {left_out} it is not "
            f"{better}: the rows do not insist on it.")  # fmt: skip
