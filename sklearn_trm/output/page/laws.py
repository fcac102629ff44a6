"""The laws of a page, one dictionary each: mathematics, numbers, constants, code."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import ExportError
from ...expressions.tree import constants as numbers_of
from ...objectives.noise_models import Noise
from ..letters import shown
from ..mathml import equation, symbols
from ..report import noise_words
from .curves import Plan
from .numbers import drawn, likely, percent, text
from .rows import Rows

LANGUAGES = {
    "python": "Python", "numpy": "NumPy", "r": "R", "julia": "Julia", "matlab": "MATLAB",
    "c": "C", "cpp": "C++", "javascript": "JavaScript", "sql": "SQL", "excel": "Excel",
    "latex": "LaTeX",
}  # fmt: skip
_MOST_GROUPS = 30  # whose constants are listed


def chosen_rows(table: Any, most: int) -> list[int]:
    """Rows of ``equations_`` that a page shows: the chosen one, the likeliest, then all along."""
    count = len(table)
    if count <= most:
        return list(range(count))
    chosen = int(np.flatnonzero(table["selected"])[0])
    likely = np.argsort(-table["probability"].fillna(0.0).to_numpy(), kind="stable")
    spread = np.linspace(0, count - 1, most).round().astype(int)
    order = [chosen, *likely[: most // 2].tolist(), *spread.tolist()]
    return sorted(list(dict.fromkeys(order))[:most])


def law_content(
    est: Any, index: int, row: Any, target: str, rows: Rows | None, column: int, plan: Plan
) -> dict[str, Any]:
    """What a page says of one law.

    Parameters
    ----------
    est : TRMSymbolicRegressor or TRMSymbolicClassifier
        Of one target.
    index : int
        Row of ``equations_``.
    row : namedtuple
        That row.
    target : str
        What the law is of, as it stands in formulas.
    rows : Rows or None
    column : int
        Of ``rows.Y``.
    plan : Plan
    """
    law, names = shown(est, est.short_law(index))
    found = est.curve(index)
    out: dict[str, Any] = {
        "row": index,
        "math": equation(target, law, symbols(names)),
        "short": equation("", law, symbols(names)),
        "text": est.short_text(index),
        "complexity": int(row.complexity),
        "loss": drawn([row.loss])[0],
        "loss_text": text(row.loss, 3),
        "prior": drawn([row.prior])[0],
        "probability": drawn([row.probability])[0],
        "likely": likely(row.probability),
        "name": None if found is None else found.name,
        "noise": _noise(est, index),
        "constants": constants(est, index),
        "code": code(est, index),
        "used": plan.used(index),
        "curves": plan.curves(index),
        "band": plan.band(index),
    }
    return out | (fit_numbers(plan, rows, column, index) if rows is not None else {})


def _noise(est: Any, index: int) -> str | None:
    noise: Noise | None = est.noise(index) if hasattr(est, "noise") else None
    return None if noise is None else noise_words(noise)


def fit_numbers(plan: Plan, rows: Rows, column: int, index: int) -> dict[str, Any]:
    """How well a law does on all rows, and what it leaves on those that are drawn."""
    y, values = rows.Y[:, column], plan.values(rows, index)
    there = np.isfinite(values)
    out: dict[str, Any] = {"undefined": int((~there).sum())}
    if plan.result.link == "logistic":
        right = float(np.mean((np.nan_to_num(values) > 0) == (y > 0.5)))
        return out | {"values": drawn(values[rows.shown]), "right": right, "score": percent(right),
                      "error": percent(1.0 - right)}  # fmt: skip
    residual = y - values
    size = _rms(residual[there]) if there.any() else math.nan
    spread = _rms(y - np.mean(y))
    r2 = 1.0 - (size / spread) ** 2 if spread > 0 and there.all() else math.nan
    return out | {
        "residuals": drawn(residual[rows.shown]), "rms": size, "error": text(size, 3),
        "r2": drawn([r2])[0], "score": percent(r2) if r2 >= 0 else "–",
    }  # fmt: skip


def _rms(values: np.ndarray) -> float:
    """Root mean square, also of numbers whose squares are no floats."""
    most = float(np.max(np.abs(values)))
    return most * math.sqrt(float(np.mean((values / most) ** 2))) if 0 < most < math.inf else most


def constants(est: Any, index: int) -> dict[str, Any]:
    """The constants of a law as a table of texts."""
    if getattr(est, "groups_", None) is not None:
        return _by_group(est, index)
    table = est.constants(index)
    short = numbers_of(est.short_law(index))
    named = est._fitted.labels is not None
    rows = []
    for k, (name, row) in enumerate(zip(table.index, table.itertuples(), strict=True)):
        fixed = not row.std > 0
        rows.append([
            str(name) if named else text(short[k], 10),
            text(row.value, 6),
            "exact" if row.std == 0 else text(row.std, 2),
            "–" if fixed else f"{text(row.low, 5)} to {text(row.high, 5)}",
        ])  # fmt: skip
    first = "Name" if named else "In the law"
    return {"head": [first, "Value", "Standard error", "95% interval"], "rows": rows}


def _by_group(est: Any, index: int) -> dict[str, Any]:
    table = est.constants_by_group(index)
    names = list(dict.fromkeys(name for name, _ in table.columns))
    rows = [
        [str(label), *(
            text(table.loc[label, (name, "value")], 6)
            + (f" ± {text(std, 2)}" if (std := table.loc[label, (name, "std")]) > 0 else "")
            for name in names
        )]
        for label in table.index[:_MOST_GROUPS]
    ]  # fmt: skip
    more = len(table) - len(rows)
    return {"head": [est.groups_.name, *names], "rows": rows,
            "note": f"and {more} more groups: est.constants_by_group_" if more else ""}  # fmt: skip


def code(est: Any, index: int) -> dict[str, str]:
    """The law in other languages; where one cannot write it, why."""
    out = {}
    for target in LANGUAGES:
        try:
            out[target] = est.export(target, index)
        except ExportError as error:
            out[target] = f"This law cannot be written so: {error}"
    return out
