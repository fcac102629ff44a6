"""One look for all pictures: colours that colour-blind people tell apart, names of any kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...errors import NotInstalledError
from ...expressions.text import to_text
from ...expressions.tree import columns

INK, SOFT, FAINT = "#22272e", "#69717b", "#e3e6ea"
# Okabe and Ito, "Color universal design", 2008
DATA, LAW, GREEN, PURPLE, ORANGE, SKY = (
    "#0072b2", "#d55e00", "#009e73", "#b0559a", "#c98a00", "#56b4e9",
)  # fmt: skip
OTHERS = (GREEN, PURPLE, ORANGE, SKY, INK)
GROUPS = (DATA, LAW, GREEN, PURPLE, ORANGE, SKY, INK)
DASHES: tuple[Any, ...] = ((0, (5, 2)), (0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (8, 3)), "-")
OVER_TIME = "viridis"
PLAIN: Any = {"parse_math": False}  # names are no mathematics, whatever they hold
SMALL = 9.0
TINY = 1e-300

_STYLE: Any = {
    "font.family": "DejaVu Sans", "font.size": 10.0, "text.color": INK, "axes.facecolor": "white",
    "axes.edgecolor": SOFT, "axes.labelcolor": INK, "axes.titlecolor": INK,
    "axes.labelsize": 10.0, "axes.linewidth": 0.8, "axes.spines.top": False,
    "axes.spines.right": False, "legend.fontsize": SMALL, "legend.frameon": False,
    "legend.labelcolor": INK, "figure.facecolor": "white", "savefig.facecolor": "white",
    "xtick.color": SOFT, "ytick.color": SOFT, "xtick.labelcolor": INK, "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL, "ytick.labelsize": SMALL,
}  # fmt: skip
_MOST = 110  # characters of a law in a picture
_NAME = 24  # of a column's name in it


def need_matplotlib() -> Any:
    """The package, or what to do where it is missing.

    Raises
    ------
    NotInstalledError
    """
    try:
        import matplotlib
    except ImportError as error:
        raise NotInstalledError(
            'pictures need matplotlib: pip install "sklearn-trm[viz]"'
        ) from error
    return matplotlib


@contextmanager
def style() -> Iterator[None]:
    """Within it, figures and axes are made in our style."""
    with need_matplotlib().rc_context(_STYLE):
        yield


def dress(ax: Any) -> None:
    """What matplotlib makes only while drawing: ticks and grid lines."""
    ax.tick_params(which="both", color=SOFT, labelcolor=INK, labelsize=SMALL)
    ax.grid(True, color=FAINT, linewidth=0.8)
    ax.set_axisbelow(True)


def title(ax: Any, text: str, **how: Any) -> Any:
    """A title to the left, bold."""
    own = {"loc": "left", "fontsize": 11, "fontweight": "bold", **PLAIN, **how}
    return ax.set_title(text, **own)


def cut(text: Any, most: int = 40) -> str:
    """A name or law on one line, shortened.

    Examples
    --------
    >>> cut("temperature of the sea", 12)
    'temperature…'
    """
    text = " ".join(str(text).split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def point_size(n: int) -> float:
    """Area of a point among so many."""
    return 52.0 if n <= 30 else 24.0 if n <= 500 else 9.0 if n <= 5000 else 4.0


def wide(values: np.ndarray) -> bool:
    """Positive over more than a decade and a half: read best on a log axis."""
    known = values[np.isfinite(values)]
    return bool(len(known) and known.min() > 0 and known.max() / known.min() > 30)


def share_error(share: Any, n: Any) -> Any:
    """Standard error of a share of `n` rows; never that of none or all."""
    return np.sqrt(np.maximum(share * (1 - share), 0.25 / n) / n)


def law_text(est: Any, target: str = "y", index: int | None = None) -> tuple[str, dict[str, Any]]:
    """The law for matplotlib's mathtext, or plain where that cannot draw it; how to draw it."""
    from matplotlib.mathtext import MathTextParser

    from ...expressions.sympy_io import to_latex

    if hasattr(est, "groups_"):  # letters stand for constants of groups
        return cut(f"{target} = {est.short_text(index)}", _MOST), PLAIN
    law, names = est.short_law(index), [cut(name, _NAME) for name in est.column_names()]
    plain = f"{target} = {to_text(law, names)}"
    if len(plain) > _MOST:  # too long to be set in two storeys
        return cut(plain, _MOST), PLAIN
    latex = to_latex(law, precision=None).replace(r"\frac", r"\dfrac")
    shown = {f"x_{{{i}}}": _word(names[i]) for i in columns(law) if names[i] != f"x{i}"}
    if any(len(names[i]) > 1 and names[i] != f"x{i}" for i in columns(law)):
        latex = _PRODUCT.sub(r"\1 \\cdot ", latex)  # words are not told apart by a blank
    if shown:  # at once: a name may look like another column
        latex = re.sub("|".join(map(re.escape, shown)), lambda m: shown[m[0]], latex)
    text = rf"${_letter(target)} = {latex}$"
    family = "cm" if text.isascii() else "dejavusans"
    try:
        MathTextParser("agg").parse(text)
    except ValueError:
        return plain, PLAIN
    return text, {"math_fontfamily": family}


def fitted_title(ax: Any, text: str, size: float = 14.0, **how: Any) -> None:
    """A law as a title, as large as the width of the axes allows."""
    label = ax.set_title(text, loc="left", fontsize=size, **how)
    canvas = ax.figure.canvas
    if not hasattr(canvas, "get_renderer"):
        label.set_fontsize(10)
        return
    width, room = label.get_window_extent(canvas.get_renderer()).width, ax.get_window_extent().width
    if width > room:
        label.set_fontsize(max(7.0, size * room / width))


_PRODUCT = re.compile(r"(x_\{\d+\}(?:\^\{[^{}]*\})?) (?=x_\{\d+\})")
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
