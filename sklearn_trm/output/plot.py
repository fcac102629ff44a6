"""Figures of a fitted estimator (needs matplotlib: ``pip install "sklearn-trm[viz]"``)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from ..expressions.text import to_text
from ..expressions.tree import columns

_INK, _SOFT, _LAW, _DATA = "#22272e", "#8a929c", "#d1495b", "#2e6f95"
_PLAIN: Any = {"parse_math": False}  # names are no mathematics, whatever they hold
_MOST = 160  # characters of a law in a picture
_STYLE: Any = {
    "font.family": "DejaVu Sans", "font.size": 10.5, "text.color": _INK,
    "axes.edgecolor": _SOFT, "axes.labelcolor": _INK, "axes.titlecolor": _INK,
    "axes.titlesize": 11.5, "axes.titlelocation": "left", "axes.titleweight": "bold",
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8,
    "axes.grid": True, "grid.color": "#e8eaed", "grid.linewidth": 0.8, "axes.axisbelow": True,
    "xtick.color": _SOFT, "ytick.color": _SOFT, "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK, "figure.facecolor": "white", "mathtext.fontset": "cm",
}  # fmt: skip


def plot_fit(
    est: Any,
    X: Any,
    y: Any,
    target: str = "y",
    labels: list[str] | None = None,
    units: tuple[str, str] = ("", ""),
    title: str | None = None,
) -> Any:
    """Data and law, the Pareto front, and the latent velocity of each answer step.

    Parameters
    ----------
    est : TRMSymbolicRegressor
        A fitted estimator.
    X : array-like of shape (n, d)
    y : array-like of shape (n,)
    target : str
        Name of the target.
    labels : list of str, optional
        Names of the rows, written beside the points.
    units : tuple of str
        Units of the (one) column and of the target, for the axes.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib

    with matplotlib.rc_context(_STYLE):
        from matplotlib.figure import Figure

        # a Figure of its own: no window, no global state
        fig = Figure(figsize=(11.5, 5.6), dpi=160, layout="constrained")
        layout: Any = fig.get_layout_engine()
        layout.set(w_pad=0.12, h_pad=0.1)
        grid = fig.add_gridspec(2, 2, width_ratios=[1.55, 1])
        _draw_law(fig.add_subplot(grid[:, 0]), est, X, y, target, labels, units)
        if any(len(v) for v in est.velocity_history_):
            _draw_front(fig.add_subplot(grid[0, 1]), est)
            _draw_velocity(fig.add_subplot(grid[1, 1]), est)
        else:
            _draw_front(fig.add_subplot(grid[:, 1]), est)
        if title:
            fig.suptitle(title, x=0.012, ha="left", fontsize=14, fontweight="bold", **_PLAIN)
    return fig


def save_fit(path: str | Path, est: Any, X: Any, y: Any, **options: Any) -> None:
    """Write the figure of `plot_fit` to a file."""
    import matplotlib

    fig = plot_fit(est, X, y, **options)
    with matplotlib.rc_context(_STYLE):  # tick labels are made while drawing
        fig.savefig(path)


def _draw_law(
    ax: Any, est: Any, X: Any, y: Any, target: str,
    labels: list[str] | None, units: tuple[str, str],
) -> None:  # fmt: skip
    table, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    predicted = est.predict(X)
    used = list(columns(est.law()))
    unit = f" ({units[1]})" if units[1] else ""
    if len(used) <= 1:
        j = used[0] if used else 0
        x = table[:, j]
        grid = np.repeat(np.median(table, axis=0)[None, :], 400, axis=0)
        if _wide(x):
            margin = (x.max() / x.min()) ** 0.04
            grid[:, j] = np.geomspace(x.min() / margin, x.max() * margin, 400)
            ax.set_xscale("log")
        else:
            grid[:, j] = np.linspace(x.min(), x.max(), 400)
        if _wide(y):
            ax.set_yscale("log")
        frame = type(X)(grid, columns=X.columns) if hasattr(X, "columns") else grid
        ax.plot(grid[:, j], est.predict(frame), color=_LAW, lw=2.2, zorder=2, label="law")
        ax.scatter(x, y, s=_size(len(y)), color=_DATA, ec="white", lw=0.8, zorder=3, label="data")
        for name, a, b in zip(labels or [], x, y, strict=False):
            ax.annotate(name, (a, b), (9, -4), textcoords="offset points", fontsize=9.5,
                        **_PLAIN)  # fmt: skip
        ax.set_xlabel(est.column_names()[j] + (f" ({units[0]})" if units[0] else ""), **_PLAIN)
        ax.set_ylabel(target + unit, **_PLAIN)
    else:
        low, high = min(y.min(), np.nanmin(predicted)), max(y.max(), np.nanmax(predicted))
        ax.plot([low, high], [low, high], color=_LAW, lw=1.6, zorder=2, label="law = data")
        ax.scatter(predicted, y, s=_size(len(y)), color=_DATA, ec="white", lw=0.5, zorder=3,
                   alpha=0.8, label="data")  # fmt: skip
        if _wide(y) and _wide(predicted):
            ax.set_xscale("log")
            ax.set_yscale("log")
        ax.set_xlabel(f"law's {target}" + unit, **_PLAIN)
        ax.set_ylabel(f"measured {target}" + unit, **_PLAIN)
    ax.legend(frameon=False, loc="lower right")
    ax.set_title("Data and law")
    text, how = _math(est, target)
    ax.text(0.03, 0.965, text, transform=ax.transAxes, va="top", fontsize=16, color=_LAW, **how)


def _draw_front(ax: Any, est: Any) -> None:
    table = est.equations_
    loss = np.maximum(table["loss"].to_numpy(), np.finfo(float).tiny)
    size = table["complexity"].to_numpy()
    ax.step(size, loss, where="post", color=_SOFT, lw=1.2, zorder=2)
    ax.scatter(size, loss, s=34, color="white", ec=_DATA, lw=1.5, zorder=3)
    chosen = table["selected"].to_numpy()
    ax.scatter(size[chosen], loss[chosen], s=70, color=_LAW, ec="white", lw=1, zorder=4,
               label="chosen law")  # fmt: skip
    ax.set_yscale("log")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel("complexity")
    ax.set_ylabel("mean squared error")
    ax.legend(frameon=False, loc="upper right")
    ax.set_title("Pareto front")


def _draw_velocity(ax: Any, est: Any) -> None:
    import matplotlib

    history = [np.maximum(v, 1e-12) for v in est.velocity_history_ if len(v)]
    shades = matplotlib.colormaps["viridis"](np.linspace(0.15, 0.85, len(history)))
    for step, (velocity, shade) in enumerate(zip(history, shades, strict=True), 1):
        label = f"step {step}" if step in (1, len(history)) else None
        ax.plot(np.arange(1, len(velocity) + 1), velocity, color=shade, lw=1.6, marker="o",
                ms=3, label=label)  # fmt: skip
    ax.axhline(est.threshold, color=_LAW, lw=1.1, ls=(0, (4, 3)), zorder=1)
    ax.annotate("threshold", (0.02, est.threshold), (0, 4), textcoords="offset points",
                color=_LAW, fontsize=9, xycoords=("axes fraction", "data"))  # fmt: skip
    ax.set_yscale("log")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel("latent iteration")
    ax.set_ylabel("relative latent velocity")
    ax.legend(frameon=False, loc="upper right")
    ax.set_title("How the network settles")


def _math(est: Any, target: str) -> tuple[str, dict[str, Any]]:
    """The law for matplotlib's mathtext, or plain where that cannot draw it; how to draw it."""
    from matplotlib.mathtext import MathTextParser

    from ..expressions.sympy_io import to_latex

    law, names = est.short_law(), est.column_names()
    latex = to_latex(law, precision=None).replace(r"\frac", r"\dfrac")
    shown = {f"x_{{{i}}}": _word(names[i]) for i in columns(law) if names[i] != f"x{i}"}
    if shown:  # at once: a name may look like another column
        latex = re.sub("|".join(map(re.escape, shown)), lambda m: shown[m[0]], latex)
    text = rf"${_letter(target)} = {latex}$"
    how: dict[str, Any] = {} if text.isascii() else {"math_fontfamily": "dejavusans"}
    try:
        MathTextParser("agg").parse(text)
    except ValueError:
        text, how = f"{target} = {to_text(law, names)}", _PLAIN
    return (text, how) if len(text) < _MOST else ("", {})


_ESCAPED = {
    **{c: "\\" + c for c in "#$%&_{}"}, "\\": r"\backslash ", "^": "\u02c6", " ": r"\ ",
    "~": r"\sim ", "'": "\u2019", "`": "\u2018", '"': "\u201d",
}  # fmt: skip


def _letter(name: str) -> str:
    """A name in mathtext: upright, unless it is one letter."""
    if len(name) == 1 and name.isascii() and name.isalpha():
        return name
    return r"\mathrm{" + "".join(_ESCAPED.get(c, c) for c in name) + "}"


def _word(name: str) -> str:
    """A name among others: a word keeps a distance from the number before it."""
    letter = _letter(name)
    return letter if len(letter) == 1 else r"\," + letter


def _wide(values: np.ndarray) -> bool:
    """Positive over more than a decade and a half: read best on a log axis."""
    return bool(np.nanmin(values) > 0 and np.nanmax(values) / np.nanmin(values) > 30)


def _size(n: int) -> float:
    return 64.0 if n <= 30 else 26.0 if n <= 500 else 8.0
