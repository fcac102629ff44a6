"""The law beside the data: curve, band, and the other laws that the rows leave likely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from ...expressions.exactness import SAME
from .display import Display, note
from .scene import Scene, grid_of, held, likely_laws, on_dates
from .style import (
    DASHES,
    DATA,
    GREEN,
    GROUPS,
    INK,
    LAW,
    OTHERS,
    PLAIN,
    SMALL,
    SOFT,
    cut,
    fitted_title,
    law_text,
    point_size,
    share_error,
    wide,
)  # fmt: skip

LEAST = 0.05  # probability of a law that is drawn beside the chosen one
_MOST = 5  # of these
_BARS = 80  # points that still get error bars
_GROUPS = 7  # that get a colour
_BINS = 12  # of rows whose share of a class is drawn

Array = np.ndarray


@dataclass
class LawDisplay(Display):
    """The law beside the data, with its band and the fan of other likely laws.

    Look for points outside the band: where they lie on one side, the law lacks something; where
    thin lines part, a measurement would tell which law holds.

    A law of one column is drawn over it. One of several is drawn over its own values, where a
    perfect law is the diagonal; with `column`, over this column, all others at their medians, and
    each point is the curve plus what the law leaves of its row (a partial residual).

    Parameters
    ----------
    scene : Scene
    x : ndarray of shape (n,)
        Where the points stand.
    y : ndarray of shape (n,)
        How high.
    curve : ndarray of shape (m,), or (n_groups, m)
        The law on `grid`.
    grid : ndarray of shape (m,)
    band : tuple of ndarray, or None
        Ends of the interval of a measurement on `grid`.
    fan : list of (str, ndarray of shape (m,))
        Other likely laws: their texts with probabilities, and values on `grid`.
    column : int or None
        The column on the axis; None for the law's own values.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import LawDisplay, TRMSymbolicRegressor
    >>> x = np.linspace(1.0, 5.0, 20)[:, None]
    >>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(x, 3 * x[:, 0] ** 2)
    >>> display = LawDisplay.from_estimator(est, x, 3 * x[:, 0] ** 2)
    >>> display.ax_.get_xlabel()
    'x0'
    """

    caption = (
        "Look for points outside the band: where they lie on one side, the law lacks something; "
        "where thin lines part, a measurement would tell which law holds."
    )

    scene: Scene
    x: Array
    y: Array
    curve: Array
    grid: Array
    band: tuple[Array, Array] | None
    fan: list[tuple[str, Array]]
    column: int | None
    units: tuple[str, str] = ("", "")
    level: float = 0.95

    @classmethod
    def of(
        cls, est: Any, X: Any, y: Any, *, column: int | str | None = None, y_error: Any = None,
        level: float = 0.95, index: int | None = None, target: str | None = None,
        labels: Any = None, units: tuple[str, str] = ("", ""),
    ) -> Self:  # fmt: skip
        """What is to be drawn; parameters as of `from_estimator`."""
        scene = Scene.of(est, X, y, y_error=y_error, target=target, index=index, labels=labels)
        used = scene.used
        j = scene.column(column) if column is not None else None
        if j is None and len(used) <= 1 and (used or scene.X.shape[1] == 1):
            j = used[0] if used else 0
        made = _by_prediction(cls, scene, level) if j is None else _by_column(cls, scene, j, level)
        return replace(made, units=units, level=level)

    @classmethod
    def from_estimator(
        cls, est: Any, X: Any, y: Any, *, column: int | str | None = None, y_error: Any = None,
        level: float = 0.95, index: int | None = None, target: str | None = None,
        labels: Any = None, units: tuple[str, str] = ("", ""), ax: Any = None,
        caption: bool = False,
    ) -> Self:  # fmt: skip
        """Draw the law of an estimator beside data.

        Parameters
        ----------
        est : TRMSymbolicRegressor or TRMSymbolicClassifier
            Fitted, of one target.
        X : array-like of shape (n, d)
        y : array-like of shape (n,)
        column : int or str, optional
            The column on the axis.
        y_error : float or array-like of shape (n,), optional
            Standard errors of ``y``, drawn as bars; by ``noise_`` when omitted.
        level : float, default=0.95
            Of the band, which counts doubt about the law itself.
        index : int, optional
            Row of ``equations_`` instead of the chosen law.
        target : str, optional
            Name of the target; that of ``y``, if it has one, when omitted.
        labels : sequence of str, optional
            Names of the rows, written beside the points.
        units : tuple of str
            Units of the column on the axis and of the target.
        ax : Axes or Figure, optional
        caption : bool, default=False

        Returns
        -------
        LawDisplay
        """
        made = cls.of(
            est, X, y, column=column, y_error=y_error, level=level, index=index, target=target,
            labels=labels, units=units,
        )  # fmt: skip
        return made.plot(ax=ax, caption=caption)

    def _draw(self, axes: list[Any]) -> None:
        (ax,) = axes
        scene, groups = self.scene, self.scene.groups
        x, grid = self._over(ax)
        self._scales(ax)
        if self.band is not None:
            ax.fill_between(grid, *self.band, color=LAW, alpha=0.13, lw=0, zorder=1,
                            label=f"{100 * self.level:.3g}% of measurements")  # fmt: skip
        for k, (text, values) in enumerate(self.fan):
            ax.plot(grid, values, color=OTHERS[k % len(OTHERS)], lw=1.2, ls=DASHES[k % 5],
                    zorder=2, label=text)  # fmt: skip
        if self.curve.ndim == 2 and groups is not None:
            self._draw_groups(ax, x, grid, *groups)
        else:
            ax.plot(grid, self.curve, color=LAW, lw=2.2, zorder=4, label=self._law_label())
            rows = np.ones(len(x), bool)
            if scene.is_odds and (self.column is None or len(scene.used) < 2):
                self._shares(ax)
            self._points(ax, x, rows, DATA, "rows" if scene.is_odds else "data")
        rest = 1.0 - sum(p for _, p in likely_laws(scene.result, 0.0))
        if self.fan and rest >= LEAST:
            ax.plot([], [], " ", label=f"{rest:.0%}: a law that was not found")
        for text, a, b in zip(scene.labels or [], x, self.y, strict=False):
            ax.annotate(cut(text, 24), (a, b), (8, -4), textcoords="offset points", fontsize=SMALL,
                        color=INK, **PLAIN)  # fmt: skip
        self._describe(ax)

    def _over(self, ax: Any) -> tuple[Array, Array]:
        """Where points and curve stand: dates where the column holds dates."""
        dates = None
        if self.column is not None:
            dates = self.scene.dates(self.column, np.concatenate([self.x, self.grid]))
        if dates is None:
            return self.x, self.grid
        on_dates(ax)
        return dates[: len(self.x)], dates[len(self.x) :]

    def _scales(self, ax: Any) -> None:
        if self.scene.is_odds:
            return
        drawn = np.concatenate([self.y, np.ravel(self.curve)])
        over = self.x if self.column is not None else np.concatenate([self.x, self.grid])
        if wide(over) and self.scene.dates(self.column or 0, over) is None:
            ax.set_xscale("log")
        drawn = drawn[np.isfinite(drawn)]
        if len(drawn) and np.ptp(drawn) <= SAME * np.abs(drawn).max():  # nothing but rounding
            middle = float(drawn[0])
            ax.set_ylim(middle - (0.1 * abs(middle) or 1.0), middle + (0.1 * abs(middle) or 1.0))
        if wide(self.y) and wide(drawn):
            ax.set_yscale("log")
            # a band may reach down to 0, where a log axis has no end
            ax.set_ylim(drawn.min() / 1.6, drawn.max() * 1.6)

    def _law_label(self) -> str:
        share = dict(likely_laws(self.scene.result, 0.0)).get(
            self.scene.result.row(self.scene.index), 0.0
        )
        name = "law" if self.column is not None or self.scene.is_odds else "law = data"
        return f"{name} (probability {share:.0%})" if share > 0 else name

    def _points(self, ax: Any, x: Array, rows: Array, color: str, label: str) -> None:
        n, y = len(x), self.y[rows]
        error = self.scene.spread(self.scene.predicted)
        if error is not None and n <= _BARS and np.isfinite(error).all():
            ax.errorbar(x[rows], y, error[rows], fmt="none", ecolor=color, elinewidth=0.9,
                        alpha=0.55, zorder=3)  # fmt: skip
        faint = n > 500 or self.scene.is_odds
        ax.scatter(x[rows], y, s=point_size(n), color=color, ec="white",
                   lw=0.5 if n <= 5000 else 0, alpha=0.45 if faint else 0.9,
                   zorder=3 if n > 60 else 5, label=label, rasterized=n > 5000)  # fmt: skip

    def _shares(self, ax: Any) -> None:
        """Of a class: its share among rows that are neighbours on the axis."""
        order = np.argsort(self.x, kind="stable")
        n_parts = max(1, min(_BINS, len(order) // 10)) if np.ptp(self.x) else 1
        parts = np.array_split(order, n_parts)
        at = [float(self.x[part].mean()) for part in parts]
        share = np.array([float(np.mean(np.asarray(self.scene.y)[part])) for part in parts])
        n = np.array([len(part) for part in parts])
        ax.errorbar(at, share, share_error(share, n), color=GREEN, fmt="s", ms=5, elinewidth=1.0,
                    zorder=5, label="share among neighbours")  # fmt: skip

    def _draw_groups(self, ax: Any, x: Array, grid: Array, names: list[str], where: Array) -> None:
        sizes = np.bincount(where, minlength=len(names))
        shown = np.argsort(-sizes, kind="stable")[:_GROUPS]
        rest = ~np.isin(where, shown)
        if rest.any():
            self._points(ax, x, rest, SOFT, f"{len(names) - len(shown)} other groups")
        for k, group in enumerate(sorted(shown)):
            ax.plot(grid, self.curve[group], color=GROUPS[k], lw=1.8, ls=("-", *DASHES)[k % 5],
                    zorder=4)  # fmt: skip
            self._points(ax, x, where == group, GROUPS[k], cut(names[group], 30))

    def _describe(self, ax: Any) -> None:
        scene, (x_unit, y_unit) = self.scene, (f" ({u})" if u else "" for u in self.units)
        target = cut(scene.target, 32)
        if self.column is not None:
            ax.set_xlabel(cut(scene.axis_name(self.column), 44) + x_unit, **PLAIN)
        elif scene.is_odds:
            ax.set_xlabel("the law: log odds", **PLAIN)
        else:
            ax.set_xlabel(f"law's {target}" + y_unit, **PLAIN)
        if scene.is_odds:
            label = f"probability of {cut(scene.est.classes_[1], 30)}"
        else:
            label = ("" if self.column is not None else "measured ") + target + y_unit
        if self.column is not None and len(scene.used) > 1:
            label += ", others at their medians"
        ax.set_ylabel(label, **PLAIN)
        name = "log odds" if scene.is_odds else cut(scene.target, 24)
        text, how = law_text(scene.est, name, scene.index)
        handles, names = ax.get_legend_handles_labels()
        # the law, then its rivals
        pairs = sorted(zip(names, handles, strict=True), key=lambda pair: pair[0][:3] != "law")
        entries = [handle for _, handle in pairs], [text for text, _ in pairs]
        if self.fan or len(names) > 5:  # laws are long: below the axes
            ax.legend(*entries, loc="upper left", bbox_to_anchor=(0.0, -0.17), borderaxespad=0.0,
                      ncols=1 if self.fan else 3, **_legend())  # fmt: skip
        else:
            ax.legend(*entries, loc="best" if len(self.x) <= 2000 else "upper left", **_legend())
        for part in ax.get_legend().get_texts():
            part.set_parse_math(False)
        lost = int((~np.isfinite(scene.predicted)).sum())
        remarks = [f"{lost} rows: the law is undefined"] if lost else []
        if scene.n_given > len(scene.X):
            remarks.append(f"{len(scene.X):,} of {scene.n_given:,} rows")
        if remarks:
            note(ax, "; ".join(remarks))
        fitted_title(ax, text, color=LAW, **how)


def _legend() -> dict[str, Any]:
    return {"frameon": False, "fontsize": SMALL, "handlelength": 2.6}


def _texts(scene: Scene, skip: int) -> list[tuple[int, str]]:
    """Other likely laws, each with its probability."""
    rows = [(i, p) for i, p in likely_laws(scene.result, LEAST) if i != skip][:_MOST]
    if scene.groups is not None:
        return []
    return [(i, f"{p:.0%}: {cut(scene.est.short_text(i), 60)}") for i, p in rows]


def _by_column(cls: Any, scene: Scene, j: int, level: float) -> Any:
    x, y = scene.X[:, j], np.asarray(scene.y, dtype=float)
    grid = grid_of(x, log=wide(x))
    groups = scene.groups
    if groups is not None and scene.used in ([], [j]):
        curves = []
        for k in range(len(groups[0])):
            table = held(scene.X, j, grid)
            table[:, list(scene.label_columns)] = np.eye(len(groups[0]))[k]
            curves.append(scene.values(table))
        return cls(scene, x, y, np.array(curves), grid, None, [], j)
    table = held(scene.X, j, grid)
    if groups is not None:  # at the most frequent group
        table[:, list(scene.label_columns)] = np.eye(len(groups[0]))[
            np.bincount(groups[1]).argmax()
        ]
    curve, band = scene.values(table), scene.band(table, level)
    if not scene.is_odds and [
        k for k in scene.used if k != j
    ]:  # what other columns do is taken out
        at = held(scene.X, j, x, table[0])
        y = scene.values(at) + (y - scene.predicted)
    chosen = scene.result.row(scene.index)
    fan = [(text, scene.values(table, i)) for i, text in _texts(scene, chosen)]
    return cls(scene, x, y, curve, grid, band, fan, j)


def _by_prediction(cls: Any, scene: Scene, level: float) -> Any:
    y = np.asarray(scene.y, dtype=float)
    if scene.is_odds:
        x = np.clip(scene.odds(scene.X), -30, 30)
        grid = grid_of(x)
        return cls(scene, x, y, 1 / (1 + np.exp(-grid)), grid, None, [], None)
    x = scene.predicted
    known = x[np.isfinite(x)]
    ends = np.concatenate([known, y]) if len(known) else y
    log = wide(ends)
    grid = grid_of(ends, log=log)
    band = None
    told = scene.band(scene.X, level)
    if told is not None and len(known) > 1:
        # along the law's values: the typical distance of the ends from it
        order = np.argsort(np.where(np.isfinite(x), x, np.inf))[: len(known)]
        inside = (grid >= known.min()) & (grid <= known.max())
        band = tuple(
            np.where(inside, grid + np.interp(grid, x[order], _smooth((end - x)[order])), np.nan)
            for end in told
        )
    return cls(scene, x, y, grid.copy(), grid, band, [], None)


def _smooth(values: Array) -> Array:
    """Running median: neighbours in the law's value may differ in all else."""
    half = max(2, len(values) // 30)
    padded = np.pad(values, half, mode="edge")
    return np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=-1)
