"""The answer grid: what the network wrote at each step, as a tree of cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ...errors import DataError
from ...expressions import grid as G
from .display import Display
from .style import INK, LAW, PLAIN, SMALL, SOFT, cut, title
from .thinking import Thinking, think_again

_MOST = 6  # steps that are drawn
_SIGNS = {G.CONST: "c", G.ADD: "+", G.SUB: "−", G.MUL: "×", G.DIV: "÷", G.POW: "^", G.ARG: "·"}
_POWERS = {"square": "( )²", "cube": "( )³", "sqrt": "√", "inv": "1/( )"}
_CERTAINTY = "Blues"

Array = np.ndarray


@dataclass(frozen=True)
class Tree:
    """A written answer.

    Attributes
    ----------
    texts : tuple of str
        Content of each cell in heap order; empty where there is none.
    certainty : tuple of float
        Probability of each content; nan where there is none.
    """

    texts: tuple[str, ...]
    certainty: tuple[float, ...]

    def changed(self, before: Tree | None) -> list[int]:
        """Filled cells whose content was another one before."""
        if before is None:
            return []
        pairs = enumerate(zip(self.texts, before.texts, strict=True))
        return [i for i, (now, then) in pairs if now and now != then]


def trees(seen: Thinking, step: int, lane: int = 0) -> list[Tree]:
    """The answers of one step, one after each latent iteration."""
    film = seen.films[step]
    if not 0 <= lane < film.head.shape[1]:
        raise DataError(f"lane must be 0 to {film.head.shape[1] - 1}, got {lane!r}")
    out = []
    for head, unary, scaled, sure in zip(
        film.head[:, lane], film.unary[:, lane], film.scaled[:, lane], film.certainty[:, lane],
        strict=True,
    ):  # fmt: skip
        cells = [
            _cell(int(h), int(u), bool(s), seen.names)
            for h, u, s in zip(head, unary, scaled, strict=True)
        ]
        out.append(Tree(tuple(cells), tuple(map(float, sure))))
    return out


def _cell(head: int, unary: int, scaled: bool, names: list[str]) -> str:
    """A cell's content: function above, what it is of below."""
    from ...network.replay import COLUMN

    if head == G.EMPTY:
        return ""
    text = cut(names[head - COLUMN], 6) if head >= COLUMN else _SIGNS[head]
    text = f"c·{text}" if scaled else text
    if not unary:
        return text
    name = G.UNARIES[unary]
    return f"{_POWERS.get(name, name)}\n{text}"


@dataclass
class GridDisplay(Display):
    """What the network wrote at each answer step: a law as a tree, the surer a cell the darker.

    Look for cells that keep their content from step to step and grow dark: that part of the law
    has crystallised; red rings mark what was rewritten.

    Parameters
    ----------
    trees : list of Tree
        One a step.
    heads : list of str
        Titles of the panels.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import GridDisplay, TRMSymbolicRegressor
    >>> x = np.linspace(1.0, 5.0, 20)[:, None]
    >>> est = TRMSymbolicRegressor(random_state=0).fit(x, 3 * x[:, 0] ** 2)  # doctest: +SKIP
    >>> GridDisplay.from_estimator(est)  # doctest: +SKIP
    """

    caption = (
        "Look for cells that keep their content from step to step and grow dark: that part of "
        "the law has crystallised; red rings mark what was rewritten."
    )

    trees: list[Tree]
    heads: list[str]

    @classmethod
    def from_estimator(
        cls, est: Any, X: Any = None, y: Any = None, *, lane: int = 0, ax: Any = None,
        caption: bool = False,
    ) -> Self:  # fmt: skip
        """Draw what the network wrote in a fit: it runs once more, which takes seconds.

        Parameters
        ----------
        est : TRMSymbolicRegressor or TRMSymbolicClassifier
            Fitted with a network, of one target.
        X, y : array-like, optional
            The table of the fit; needed for an estimator from a pickle or a file.
        lane : int, default=0
            Whose answers: each lane sees other rows, or its columns in another order.
        ax : array of Axes, Figure or Axes, optional
        caption : bool, default=False

        Returns
        -------
        GridDisplay
        """
        seen = think_again(est, X, y)
        n = len(seen.films)
        shown = np.unique(np.linspace(0, n - 1, min(n, _MOST)).astype(int))
        written = [trees(seen, k, lane)[-1] for k in shown]
        heads = [f"step {k + 1}, best law then: {cut(seen.laws[k], 34)}" for k in shown]
        return cls(written, heads).plot(ax=ax, caption=caption)

    def _shape(self) -> tuple[int, int]:
        n = len(self.trees)
        across = n if n <= 3 else 2 if n == 4 else 3
        return -(-n // across), across

    def _size(self) -> tuple[float, float]:
        rows, across = self._shape()
        return max(5.6, 4.6 * across), 3.5 * rows + 0.3

    def _n_panels(self) -> int:
        return len(self.trees)

    def _draw(self, axes: list[Any]) -> None:
        import matplotlib
        from matplotlib.cm import ScalarMappable

        colours = ScalarMappable(cmap=matplotlib.colormaps[_CERTAINTY])
        colours.set_clim(0.0, 1.0)
        deepest = max((i for tree in self.trees for i, t in enumerate(tree.texts) if t), default=0)
        before: Tree | None = None
        for ax, tree, head in zip(axes, self.trees, self.heads, strict=True):
            draw_tree(ax, tree, before, int(deepest + 1).bit_length(), colours)
            title(ax, head, fontsize=SMALL, fontweight="normal")
            before = tree
        bar = axes[0].figure.colorbar(colours, ax=axes, shrink=0.75, aspect=30, pad=0.02)
        bar.set_label("certainty: probability of a cell's content", fontsize=SMALL)
        bar.outline.set_visible(False)


def draw_tree(ax: Any, tree: Tree, before: Tree | None, levels: int, colours: Any) -> None:
    """Cells in their places, those that changed with a ring."""
    ax.set_axis_off()
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(-levels + 0.35, 0.6)
    changed = tree.changed(before)
    size = min(38.0, 280.0 / 2 ** (levels - 1))  # neighbours do not touch
    for i, text in enumerate(tree.texts):
        if not text:
            continue
        x, y = place(i)
        if i:
            up = place((i - 1) // 2)
            ax.plot([x, up[0]], [y, up[1]], color=SOFT, lw=1.2, zorder=1)
        sure = tree.certainty[i]
        fill = colours.to_rgba(sure if np.isfinite(sure) else 0.0)
        ring = {"mec": LAW, "mew": 2.6} if i in changed else {"mec": INK, "mew": 0.8}
        ax.plot(x, y, "o", ms=size, color=fill, zorder=2, **ring)
        light = float(np.dot(fill[:3], (0.299, 0.587, 0.114))) > 0.5
        ax.text(x, y, text, ha="center", va="center", fontsize=min(8.0, 3.0 + 0.14 * size),
                zorder=3, linespacing=0.95,
                color=INK if light else "white", **PLAIN)  # fmt: skip


def place(i: int) -> tuple[float, float]:
    """Where a cell of the heap stands: across from 0 to 1, down by levels."""
    level = int(i + 1).bit_length() - 1
    within = i + 1 - 2**level
    return (within + 0.5) / 2**level, float(-level)
