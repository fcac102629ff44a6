"""Texts about a fitted estimator: the law, the front, the answer steps."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from ..data.validation import check_precision
from ..errors import ExportError
from ..expressions.text import to_text
from ..objectives.noise_models import Noise
from .page.numbers import likely

_DIGITS = 5
_NAMES = 4  # other names of a curve that are told
_LABELS = 10  # groups whose constants are told
_WIDTH = 76  # of an equation; longer ones are cut


def law_report(est: Any, target: str = "y") -> str:
    """The chosen law as a text and as LaTeX, what it leaves, and why the fit ended."""
    noise = getattr(est, "noise_", None)
    return "\n".join(
        [
            f"  {target} = {_equation(est, None)}",
            *group_lines(est),
            *name_lines(est),
            f"  LaTeX: {est.latex()}",
            *([] if noise is None else [f"  noise: {noise_words(noise)}"]),
            f"  stopped: {est.stopped_}; {len(est.answer_steps_)} answer steps, "
            f"{est.n_iter_} latent iterations",
        ]
    )


def group_lines(est: Any) -> list[str]:
    """The constants of groups, a line each; empty without groups."""
    groups = getattr(est, "groups_", None)
    if groups is None or hasattr(est, "estimators_"):
        return []
    table = est.constants_by_group()
    lines = []
    for name in dict.fromkeys(name for name, _ in table.columns if name.endswith("]")):
        pairs = zip(groups.labels, table[name, "value"], table[name, "std"], strict=True)
        numbers = [f"{label}: {value:.{_DIGITS}g}" + (f" ± {std:.2g}" if std > 0 else "")
                   for label, value, std in itertools.islice(pairs, _LABELS)]  # fmt: skip
        more = ", ..." if len(groups.labels) > _LABELS else ""
        lines.append(f"  {name}: {', '.join(numbers)}{more}")
    return lines


def name_lines(est: Any) -> list[str]:
    """The name of the law, and its constants by the symbols of textbooks; empty without a name."""
    found = est.curve()
    if found is None:
        return []
    names = est.column_names()
    family = found.family
    also = [*found.others, *family.also][:_NAMES]
    columns = [
        f"{symbol} = {_shifted(names[c], place)}"
        for symbol, c, place in zip(family.variables, found.columns, found.places, strict=True)
    ]
    numbers = [f"{symbol} = {value:.{_DIGITS}g}" for symbol, value in found.parameters.items()]
    if hasattr(est, "groups_"):  # whose numbers are not one law's
        numbers = []
    return [
        f"  name: {family.name}" + (f" (also {'; '.join(also)})" if also else ""),
        f"    {family.target} = {family.formula}   with {', '.join([*columns, *numbers])}",
    ]


def _shifted(name: str, place: float) -> str:
    """A column that is counted from a place."""
    return name if not place else f"{name} {'-' if place > 0 else '+'} {abs(place):.10g}"


def noise_words(noise: Noise) -> str:
    """What a law leaves, to be read.

    Examples
    --------
    >>> noise_words(Noise("proportional", 0.021))
    '2.1% of the value'
    """
    size = f"{noise.size:.2g}"
    return {
        "none": "none",
        "even": size,
        "proportional": f"{100 * noise.size:.2g}% of the value",
        "counts": f"{size} times the square root of the value (counts)",
        "rounded": f"rounding, up to {size}",
        "known": f"{size} times the errors given",
    }[noise.kind]


def front_report(est: Any) -> str:
    """The Pareto front as a table; the chosen law is marked."""
    return table_text(*front_rows(est))


def front_rows(est: Any) -> tuple[list[str], list[list[str]], int]:
    """Head and cells of the front as a table, and the row of the chosen law."""
    table = est.equations_
    rows = [
        [str(i), str(row.complexity), f"{row.loss:.3g}",
         "-" if math.isnan(row.score) else f"{row.score:.2f}",
         likely(row.probability), _cut(_equation(est, i))]
        for i, row in enumerate(table.itertuples())
    ]  # fmt: skip
    head = ["row", "complexity", "loss", "score", "likely", "equation"]
    return head, rows, int(np.flatnonzero(table["selected"])[0])


STEPS_HEAD = ["step", "iterations", "velocity", "settled", "Q", "new laws", "loss", "best law"]
NO_STEPS = "  (no answer steps: the network was not asked)"


def steps_rows(est: Any) -> list[list[str]]:
    """The answer steps as cells of a table: how the network thought."""
    names = est.column_names()
    return [
        [str(s.step), str(s.n_iter), f"{s.velocities[-1]:.1e}" if len(s.velocities) else "-",
         "yes" if s.converged else "no", f"{s.q:.2f}", str(s.n_new), f"{s.loss:.3g}",
         _cut(to_text(s.law, names, _DIGITS))]
        for s in est.answer_steps_
    ]  # fmt: skip


_LATEX_HEADS = {"equation": "Equation", "complexity": "Complexity", "loss": "Loss",
                "score": "Score", "bic": "BIC", "validation_loss": "Validation loss"}  # fmt: skip


def latex_table(est: Any, precision: int | str | None = "short", columns: Any = None) -> str:
    """The front as a LaTeX table.

    Parameters
    ----------
    est : TRMSymbolicRegressor
        With one target.
    precision : int, "short" or None
        Significant digits; "short": of constants those that standard errors support, of other
        numbers three.
    columns : sequence of str, optional
        Of `equation`, `complexity`, `loss`, `score`, `bic`, `validation_loss`.
    """
    table = est.equations_
    names = ["equation", "complexity", "loss", "score"] if columns is None else list(columns)
    known = [name for name in _LATEX_HEADS if name == "equation" or name in table.columns]
    for name in names:
        if name not in known:
            raise ExportError(f"columns of a LaTeX table are {', '.join(known)}; got {name!r}")
    digits = 3 if precision == "short" else check_precision(precision)
    lines = [r"\begin{tabular}{" + "".join("l" if n == "equation" else "r" for n in names) + "}"]
    lines += [r"\hline", " & ".join(_LATEX_HEADS[n] for n in names) + r" \\", r"\hline"]
    for i, row in enumerate(table.to_dict("records")):
        cells = [f"$y = {est.latex(i, precision)}$" if n == "equation" else
                 _latex_number(row[n], digits) for n in names]  # fmt: skip
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, r"\hline", r"\end{tabular}"])


def _latex_number(value: float, precision: int | None) -> str:
    text = f"{value:.{precision}g}" if precision else repr(value)
    digits, _, power = text.partition("e")
    return f"${digits} \\cdot 10^{{{int(power)}}}$" if power else f"${digits}$"


def latex_laws(est: Any) -> str:
    """The law of each target as LaTeX of its own, for notebooks; empty before a fit."""
    if not hasattr(est, "expr_"):
        return ""
    laws = _as_list(est.latex())
    if len(laws) == 1:
        return rf"$\displaystyle y = {laws[0]}$"
    lines = [f"y{_subscript(i, laws)} &= {law}" for i, law in enumerate(laws)]
    return r"$$\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}$$"


def plain_laws(est: Any) -> str:
    """The law of each target as a line; empty before a fit."""
    if not hasattr(est, "expr_"):
        return ""
    laws, names = _as_list(est.short_text()), _as_list(est.name_)
    places = range(len(laws)) if len(laws) > 1 else [""]
    lines = [
        f"y{place} = {law}" + (f"   ({name})" if name else "")
        for place, law, name in zip(places, laws, names, strict=True)
    ]
    return "\n".join([*lines, *group_lines(est)])


def _as_list(answer: Any) -> list[str]:
    return list(answer) if isinstance(answer, list) else [answer]


def _subscript(i: int, laws: list[str]) -> str:
    return f"_{{{i}}}" if len(laws) > 1 else ""


def _equation(est: Any, index: int | None) -> str:
    return est.short_text(index)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."


def table_text(header: list[str], rows: list[list[str]], marked: int | None = None) -> str:
    """A table in plain text: numbers to the right, the last column to the left."""
    if marked is not None:
        marks = [">" if i == marked else "" for i in range(len(rows))]
        header, rows = ["", *header], [[m, *row] for m, row in zip(marks, rows, strict=True)]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = []
    for row in [header, *rows]:
        cells = [cell.rjust(w) for cell, w in zip(row[:-1], widths, strict=False)]
        lines.append("  " + "  ".join([*cells, row[-1]]))
    lines.insert(1, "  " + "-" * (sum(widths) + 2 * len(widths) - 2))
    return "\n".join(line.rstrip() for line in lines)
