"""What all Display classes share: panels, style, captions."""

from __future__ import annotations

import textwrap
from typing import Any, ClassVar, Self

import numpy as np

from ...errors import DataError
from .style import INK, SMALL, SOFT, dress, need_matplotlib, style


class Display:
    """A picture of a fitted estimator; subclasses say what is drawn.

    Attributes
    ----------
    caption : str
        What to look for, in one line.
    ax_ : matplotlib.axes.Axes, or ndarray of Axes
        Of more than one panel an array.
    figure_ : matplotlib.figure.Figure
    """

    caption: ClassVar[str] = ""
    ax_: Any
    figure_: Any

    def plot(self, *, ax: Any = None, caption: bool = False) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, array of Axes or Figure, optional
            Where to; a figure of its own when omitted. Several panels share one Axes, if it is a
            place in a grid (``plt.subplots``).
        caption : bool, default=False
            Whether the figure says what to look for.

        Returns
        -------
        Display
            Itself, with ``ax_`` and ``figure_``.
        """
        need_matplotlib()
        with style():
            axes = self._axes(ax)
            self.figure_ = axes[0].figure
            self.ax_ = axes[0] if len(axes) == 1 else np.array(axes, dtype=object)
            self._draw(axes)
            if caption:
                self._write_caption()
        return self

    # ------------------------------------------------------------------ of subclasses

    def _shape(self) -> tuple[int, int]:
        """Rows and columns of panels."""
        return 1, 1

    def _size(self) -> tuple[float, float]:
        """Of a figure of its own, in inches."""
        rows, columns = self._shape()
        return (7.0 if columns == 1 else 4.6 * columns), (4.6 if rows == 1 else 3.2 * rows)

    def _n_panels(self) -> int:
        rows, columns = self._shape()
        return rows * columns

    def _places(self, grid: Any) -> list[Any]:
        columns = self._shape()[1]
        return [grid[i // columns, i % columns] for i in range(self._n_panels())]

    def _draw(self, axes: list[Any]) -> None:
        raise NotImplementedError

    def draw_on(self, ax: Any) -> None:
        """Draw one panel as a part of another picture."""
        self.figure_, self.ax_ = ax.figure, ax
        self._draw([ax])

    # ------------------------------------------------------------------ inside

    def _axes(self, ax: Any) -> list[Any]:
        from matplotlib.figure import FigureBase

        rows, columns = self._shape()
        n = self._n_panels()
        if ax is None:
            from matplotlib import pyplot as plt

            ax = plt.figure(figsize=self._size(), layout="constrained")
        if isinstance(ax, FigureBase):
            return self._in(ax.add_gridspec(rows, columns), ax)
        if isinstance(ax, np.ndarray | list | tuple):
            given = list(np.ravel(np.array(ax, dtype=object)))
            if len(given) < n:
                raise DataError(f"ax has {len(given)} axes, and this picture has {n} panels")
            return given[:n]
        if rows * columns == 1:
            return [ax]
        place = ax.get_subplotspec()
        if place is None:
            raise DataError(
                f"this picture has {n} panels: give {n} axes, a figure, or axes of plt.subplots"
            )
        ax.set_axis_off()
        return self._in(place.subgridspec(rows, columns), ax.figure)

    def _in(self, grid: Any, figure: Any) -> list[Any]:
        """Axes of the panels in a grid."""
        axes = [figure.add_subplot(place) for place in self._places(grid)]
        for ax in axes:
            dress(ax)
        return axes

    def _write_caption(self) -> None:
        inches = self.figure_.bbox.width / self.figure_.dpi  # also of a part of a figure
        width = max(40, int(inches * 13.5))
        text = "\n".join(textwrap.wrap(self.caption, width))
        self.figure_.supxlabel(text, x=0.01, ha="left", fontsize=SMALL, color=SOFT)


def note(ax: Any, text: str) -> None:
    """A remark in the lower right corner."""
    ax.annotate(
        text, (1.0, 0.0), (-4, 4), xycoords="axes fraction", textcoords="offset points",
        ha="right", va="bottom", fontsize=SMALL - 1, color=SOFT, parse_math=False,
    )  # fmt: skip


def empty(ax: Any, text: str) -> None:
    """A panel that has nothing to show, and why."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(False)
    ax.text(
        0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=INK, wrap=True,
        fontsize=SMALL, parse_math=False,
    )  # fmt: skip
