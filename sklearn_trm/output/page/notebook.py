"""The short form of the page: law, front and a small picture, where a notebook shows an estimator.

Styles stand in the elements, since a notebook has its own; colours are those of its text.
"""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np

from ..letters import shown
from ..mathml import equation, symbols
from ..pictures.style import DATA, LAW
from .curves import Plan
from .laws import chosen_rows
from .numbers import likely, text

_ROWS = 8
_WIDTH, _HEIGHT, _EDGE = 260, 150, 12
_CELL = "padding:0.15em 0.6em"
_MATH = "font-size:{}em;line-height:1.8"


def notebook_laws(est: Any) -> str:
    """The laws of an estimator as HTML; empty before a fit."""
    if not hasattr(est, "_fitted") and not hasattr(est, "estimators_"):
        return ""
    parts = getattr(est, "estimators_", [est])
    names = ["y"] if len(parts) == 1 else [f"y{i}" for i in range(len(parts))]
    whole = "".join(_law(part, name) for part, name in zip(parts, names, strict=True))
    return f'<div class="sklearn-trm-law" style="padding:0.5em">{whole}</div>'


def _law(est: Any, target: str) -> str:
    """One law: typeset, its name, and the front folded away."""
    name = est.name_
    small = f"<div><small>{escape(name)}</small></div>" if name else ""
    return (
        f'<div style="{_MATH.format(1.3)}" title="{escape(est.short_text())}">'
        f"{_markup(est, None, target)}</div>{small}"
        f"<details><summary>{len(est._fitted.rows)} laws to choose from</summary>"
        f'<div style="display:flex;flex-wrap:wrap;gap:1em;align-items:flex-start">'
        f"{_picture(est)}{_front(est)}</div></details>"
    )


def _markup(est: Any, index: int | None, target: str) -> str:
    law, names = shown(est, est.short_law(index))
    return equation(target, law, symbols(names))


def _front(est: Any) -> str:
    table = est.equations_
    rows = list(table.itertuples())
    cells = []
    for i in chosen_rows(table, _ROWS):
        row, bold = rows[i], ";font-weight:bold" if rows[i].selected else ""
        numbers = (str(i), str(row.complexity), text(row.loss, 3), likely(row.probability))
        told = "".join(f'<td style="{_CELL};text-align:right{bold}">{n}</td>' for n in numbers)
        law = f'<td style="{_CELL};text-align:left;{_MATH.format(1)}">{_markup(est, i, "")}</td>'
        cells.append(f"<tr>{told}{law}</tr>")
    head = "".join(
        f'<th style="{_CELL}">{word}</th>' for word in ("row", "size", "loss", "likely", "law")
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(cells)}</tbody></table>"


def _picture(est: Any) -> str:
    """The law over its one column; the front where it has several."""
    plan, index = Plan(est, None), est._fitted.chosen
    used = plan.used(index)
    if len(used) == 1 and est._fitted.ranges is not None and not plan.of_groups:
        return _curve(est, plan, index, used[0])
    table = est.equations_
    loss = np.maximum(table["loss"].to_numpy(dtype=float), 1e-300)
    size = table["complexity"].to_numpy(dtype=float)
    x, y = _scaled(size, _EDGE, _WIDTH - _EDGE), _scaled(np.log(loss), _HEIGHT - _EDGE, _EDGE)
    dots = "".join(
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{6 if chosen else 4}" '
        f'fill="{LAW if chosen else "none"}" stroke="{LAW if chosen else DATA}" '
        'stroke-width="1.5"/>'
        for a, b, chosen in zip(x, y, table["selected"], strict=True)
    )
    return _svg(dots, "Front of laws: logarithm of the error over complexity")


def _curve(est: Any, plan: Plan, index: int, column: int) -> str:
    (values,) = plan.curves(index)[str(column)]
    x = _scaled(plan.grid(column), _EDGE, _WIDTH - _EDGE)
    level = np.array([math.nan if v is None else v for v in values])
    y = _scaled(level, _HEIGHT - _EDGE, _EDGE)
    path, pen = "", "M"
    for a, b in zip(x, y, strict=True):
        if math.isfinite(b):
            path += f"{pen}{a:.1f} {b:.1f}"
        pen = "L" if math.isfinite(b) else "M"
    line = f'<path d="{path}" fill="none" stroke="{LAW}" stroke-width="2"/>'
    return _svg(line, f"The law over {est.column_names()[column]}")


def _scaled(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values between two places of the picture; the middle where all are equal."""
    there = values[np.isfinite(values)]
    least, most = (there.min(), there.max()) if len(there) else (0.0, 0.0)
    if not most > least:
        return np.full(len(values), (low + high) / 2)
    return np.asarray(low + (values - least) / (most - least) * (high - low))


def _svg(inside: str, label: str) -> str:
    frame = (f'<path d="M2 0V{_HEIGHT - 2}H{_WIDTH}" fill="none" '
             'stroke="#8a929c"/>')  # fmt: skip
    return (f'<svg width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            f'aria-label="{escape(label)}">{frame}{inside}</svg>')  # fmt: skip
