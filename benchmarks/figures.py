"""Pictures of a run, and the ranks behind one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

COLORS = {
    "sklearn-trm": "#1b6ca8", "sklearn-trm, search alone": "#7fb2d9",
    "sklearn-trm, network alone": "#a9c9b8", "pyoperon": "#c96a1b", "gplearn": "#5a8f3c",
    "rils-rols": "#8a5fa8", "eggp": "#b23a48", "pysr": "#b8a13a",
}  # fmt: skip
Curves = Mapping[str, Sequence[tuple[float, float, float, float]]]  # x, share, low, high


def interval(solved: int, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share."""
    if n == 0:
        return 0.0, 1.0
    z, p = 1.96, solved / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def mean_ranks(table: np.ndarray) -> np.ndarray:
    """Mean rank of each column, 1 is the largest value; ties share their ranks."""
    from scipy.stats import rankdata

    return rankdata(-table, axis=1).mean(0)


def critical_difference(systems: int, tables: int, alpha: float = 0.05) -> float:
    """Nemenyi's: mean ranks that are closer are not told apart (Demšar 2006, JMLR 7)."""
    from scipy.stats import studentized_range

    q = studentized_range.ppf(1 - alpha, systems, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(systems * (systems + 1) / (6 * tables)))


def _axes(width: float = 5.4, height: float = 3.6) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _save(figure: Any, path: Path) -> None:
    import matplotlib.pyplot as plt

    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Software": None})  # equal data, equal file
    plt.close(figure)


def draw_shares(
    curves: Curves, xlabel: str, ylabel: str, path: Path, ticks: Sequence[float]
) -> None:
    """A line a system over equally spaced `ticks`, with 95% intervals."""
    figure, axes = _axes(7.0)
    for k, (name, points) in enumerate(curves.items()):
        x = np.array([ticks.index(p[0]) for p in points]) + 0.03 * (k - len(curves) / 2)
        share, low, high = (100 * np.array([p[i] for p in points]) for i in (1, 2, 3))
        axes.errorbar(x, share, [share - low, high - share], color=COLORS.get(name, "#6e6e6e"),
                      marker="o", ms=4, lw=1.6, elinewidth=0.8, label=name)  # fmt: skip
    axes.set_xticks(range(len(ticks)), [f"{t:g}" for t in ticks])
    axes.set(xlabel=xlabel, ylabel=ylabel, ylim=(-2, 102))
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    _save(figure, path)


def draw_pareto(points: Mapping[str, tuple[float, float]], path: Path) -> None:
    """Median test R2 against median nodes; the undominated ones are joined."""
    figure, axes = _axes()
    best = [
        (n, r) for n, r in points.values()
        if not any(m <= n and s >= r and (m, s) != (n, r) for m, s in points.values())
    ]  # fmt: skip
    axes.plot(*zip(*sorted(best), strict=True), color="#bbbbbb", lw=1, zorder=0)
    for name, (n, r) in points.items():
        axes.scatter(n, r, color=COLORS.get(name, "#6e6e6e"), s=36)
        axes.annotate(name, (n, r), xytext=(5, 4), textcoords="offset points", fontsize=8)
    axes.set(xlabel="nodes (median over tables)", ylabel="test R2 (median over tables)")
    _save(figure, path)


def draw_ranks(names: Sequence[str], ranks: np.ndarray, difference: float, path: Path) -> None:
    """Mean ranks on a line; a bar joins systems that are not told apart."""
    order = np.argsort(ranks)
    bars: list[tuple[float, float]] = []
    for i in order:
        group = [ranks[j] for j in order if ranks[i] <= ranks[j] <= ranks[i] + difference]
        if len(group) > 1 and not any(a <= group[0] and group[-1] <= b for a, b in bars):
            bars.append((group[0], group[-1]))
    rows = (len(names) + 1) // 2
    figure, axes = _axes(6.4, 1.2 + 0.26 * (rows + len(bars)))
    low, high = 1, len(names)
    axes.set(xlim=(low - 1.2, high + 1.2), ylim=(-(rows + 1) - 0.7 * len(bars), 1.2))
    axes.axis("off")
    axes.plot([low, high], [0, 0], color="black", lw=1)
    for tick in range(low, high + 1):
        axes.plot([tick, tick], [0, 0.15], color="black", lw=1)
        axes.text(tick, 0.3, str(tick), ha="center", fontsize=8)
    axes.plot([low, low + difference], [1.0, 1.0], color="black", lw=1.4)
    axes.text(low + difference + 0.1, 1.0, f"critical difference {difference:.2f}", va="center",
              fontsize=8)  # fmt: skip
    for k, (a, b) in enumerate(bars):
        axes.plot([a - 0.04, b + 0.04], [-0.4 - 0.5 * k] * 2, color="black", lw=3)
    floor = -0.4 - 0.5 * len(bars)
    for place, i in enumerate(order):
        left = place < rows
        level = floor - 0.6 - (place if left else len(names) - 1 - place) * 0.8
        edge = low - 0.3 if left else high + 0.3
        axes.plot([ranks[i], ranks[i], edge], [0, level, level], color="#555555", lw=0.8)
        axes.text(edge, level, f" {names[i]} ({ranks[i]:.1f}) ", ha="right" if left else "left",
                  va="center", fontsize=8)  # fmt: skip
    axes.set_ylim(floor - 0.8 * rows - 0.6, 1.4)
    _save(figure, path)
