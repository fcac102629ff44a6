"""Texts about a fitted estimator: the law, the front, the answer steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .text import to_text

if TYPE_CHECKING:
    from .estimator import TRMSymbolicRegressor

_DIGITS = 5
_WIDTH = 76  # of an equation; longer ones are cut


def law_report(est: TRMSymbolicRegressor, target: str = "y") -> str:
    """The chosen law as a text and as LaTeX, and why the fit ended."""
    return "\n".join(
        [
            f"  {target} = {_equation(est, None)}",
            f"  LaTeX: {est.latex()}",
            f"  stopped: {est.stopped_}; {len(est.answer_steps_)} answer steps, "
            f"{est.n_iter_} latent iterations",
        ]
    )


def front_report(est: TRMSymbolicRegressor) -> str:
    """The Pareto front as a table; the chosen law is marked."""
    table = est.equations_
    rows = [
        [">" if row.selected else "", str(i), str(row.complexity), f"{row.loss:.3g}",
         f"{row.score:.2f}", _cut(_equation(est, i))]
        for i, row in enumerate(table.itertuples())
    ]  # fmt: skip
    return _table(["", "row", "complexity", "loss", "score", "equation"], rows)


def steps_report(est: TRMSymbolicRegressor) -> str:
    """The answer steps as a table: how the network thought."""
    if not est.answer_steps_:
        return "  (no answer steps: the network was not asked)"
    names = est.column_names()
    rows = [
        [str(s.step), str(s.n_iter), f"{s.velocities[-1]:.1e}" if len(s.velocities) else "-",
         "yes" if s.converged else "no", f"{s.q:.2f}", str(s.n_new), f"{s.loss:.3g}",
         _cut(to_text(s.law, names, _DIGITS))]
        for s in est.answer_steps_
    ]  # fmt: skip
    header = ["step", "iterations", "velocity", "settled", "Q", "new laws", "loss", "best law"]
    return _table(header, rows)


def _equation(est: TRMSymbolicRegressor, index: int | None) -> str:
    return to_text(est.law(index), est.column_names(), _DIGITS)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."


def _table(header: list[str], rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = []
    for row in [header, *rows]:
        # numbers to the right, the law (last) to the left
        cells = [cell.rjust(w) for cell, w in zip(row[:-1], widths, strict=False)]
        lines.append("  " + "  ".join([*cells, row[-1]]))
    lines.insert(1, "  " + "-" * (sum(widths) + 2 * len(widths) - 2))
    return "\n".join(line.rstrip() for line in lines)
