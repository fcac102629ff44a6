"""Tables and pictures of `training.ablate`: what each part adds, with its error.

Every arm is compared with the default on the laws and seeds that both have run; the error of
a difference is that of paired answers. What a person concludes stands above the mark in the
target file and is kept.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .evaluate import SIZES
from .race import SMALL, WINDOW, reached, smooth

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- below this line everything is written by `python -m training.ablate --report` -->"
PER_LAW = ("solved", "size", "n_iter", "converged", "tried", "network_seconds", "fit_seconds")


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The lines written so far; one that a kill cut off is left out."""
    lines = []
    for text in path.read_text().splitlines() if path.exists() else []:
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            continue
    return lines


def set_of(line: dict[str, Any]) -> tuple[str, str]:
    """The weights of a line and the set that its laws are of."""
    return line["weights"], line.get("laws", "random")


def table_of(lines: list[dict[str, Any]], keys: list[tuple[int, int]]) -> dict[str, np.ndarray]:
    """One arm's answers on the given (seed, first law) blocks, law by law."""
    by_key = {(r["seed"], r["first"]): r for r in lines}
    return {k: np.concatenate([np.array(by_key[key][k], float) for key in keys]) for k in PER_LAW}


def compare(lines: list[dict[str, Any]], base: list[dict[str, Any]]) -> dict[str, Any]:
    """Scores of an arm, and its difference from the default on the same laws and seeds."""
    keys = sorted(
        {(r["seed"], r["first"]) for r in lines} & {(r["seed"], r["first"]) for r in base}
    )
    if not keys:
        return {}
    a, b = table_of(lines, keys), table_of(base, keys)
    hit = a["solved"] > 0
    step = hit.astype(float) - (b["solved"] > 0)

    def mean(values: np.ndarray) -> float:
        return float(values.mean()) if len(values) else float("nan")

    return {
        "answers": len(hit),
        "exact": mean(hit),
        "by_size": [mean(hit[(a["size"] >= lo) & (a["size"] <= hi)]) for lo, hi in SIZES],
        "difference": mean(step),
        "error": float(step.std() / np.sqrt(len(step))),
        "iterations": (mean(a["n_iter"][hit]), mean(a["n_iter"][~hit])),
        "at_rest": mean(a["converged"]),
        "candidates": mean(a["tried"]),
        "network": mean(a["network_seconds"]),
        "fits": mean(a["fit_seconds"]),
        "at_step": [mean(hit & (a["solved"] <= k)) for k in range(1, int(a["solved"].max()) + 1)],
    }


def arms_of(lines: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Scores by (group, arm), the default first; of the weights and the laws of the last line."""
    by_arm: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for r in lines:
        if set_of(r) == set_of(lines[-1]):
            by_arm[r["group"], r["arm"]].append(r)
    base = by_arm.get(("default", "default"), [])
    scores = {key: compare(rows, base) for key, rows in by_arm.items()}
    return dict(
        sorted(((k, s) for k, s in scores.items() if s), key=lambda i: i[0][0] != "default")
    )


def score_rows(scores: dict[tuple[str, str], dict[str, Any]]) -> Iterator[str]:
    """The table of all arms."""
    sizes = " | ".join(f"{lo}-{hi} cells" for lo, hi in SIZES)
    yield (
        f"| part | arm | answers | solved | {sizes} | against the default (standard error) "
        "| latent iterations, solved / unsolved | at rest | candidates | network ms | fits ms |"
    )
    yield "|---" * (10 + len(SIZES)) + "|"
    for (group, name), s in sorted(
        scores.items(), key=lambda item: (item[0][0] != "default", item[0])
    ):
        shares = " | ".join(f"{x:.1%}" for x in (s["exact"], *s["by_size"]))
        change = (
            "" if group == "default" else f"{100 * s['difference']:+.1f} ({100 * s['error']:.1f})"
        )
        yield (
            f"| {group} | {name} | {s['answers']} | {shares} | {change} "
            f"| {s['iterations'][0]:.1f} / {s['iterations'][1]:.1f} | {s['at_rest']:.0%} "
            f"| {s['candidates']:.0f} | {1e3 * s['network']:.0f} | {1e3 * s['fits']:.0f} |"
        )


def dynamics_rows(facts: dict[str, Any]) -> Iterator[str]:
    """The table of `training.dynamics`."""
    yield (
        "| Newton-Schulz steps | laws | at rest below 1e-2 / 1e-3 / 1e-4 / 1e-5 "
        "| median iterations to each | oscillating | wandering "
        "| gain: 10% / median / 90% / most | radius | radius, damped |"
    )
    yield "|---" * 9 + "|"
    for k, f in facts.items():
        rest = " / ".join(f"{x:.0%}" for x in f["at_rest"].values())
        count = " / ".join(
            "-" if n is None else f"{n:.0f}" for n in f["median_iterations"].values()
        )
        spread = " | ".join(
            " / ".join(f"{x:.2f}" for x in f[name]) for name in ("gain", "radius", "damped_radius")
        )
        yield (
            f"| {k} | {f['laws']} | {rest} | {count} | {f['oscillating']:.0%} "
            f"| {f['wandering']:.0%} | {spread} |"
        )


def race_rows(lines: list[dict[str, Any]]) -> Iterator[str]:
    """What each side needed to the loss that the slowest side of its arm ended with."""
    yield (
        "| arm | side | steps | loss at the end | first answer's cells right "
        "| steps to the same loss | seconds to it |"
    )
    yield "|---" * 7 + "|"
    for r in lines:
        goal = max(smooth(other["losses"])[-1] for other in lines if other["arm"] == r["arm"])
        steps = reached(r["losses"], goal) or r["steps"]
        yield (
            f"| {r['arm']} | {r['side']} | {r['steps']} | {smooth(r['losses'])[-1]:.3f} "
            f"| {smooth(r['cells'])[-1]:.1%} | {steps} | {r['seconds'] * steps / r['steps']:.0f} |"
        )


def version_rows(versions: list[dict[str, Any]]) -> Iterator[str]:
    """The table of `training.versions`."""
    sizes = list(versions[0]["by_filled_cells"])
    yield f"| laws seen | of {versions[0]['laws']} held-out laws | {' | '.join(sizes)} cells |"
    yield "|---" * (2 + len(sizes)) + "|"
    for v in versions:
        rates = [f"{v['by_filled_cells'][size]['exact']:.1%}" for size in sizes]
        yield f"| {v['seen']:,} | {v['exact']:.1%} | {' | '.join(rates)} |"


def pictures(
    scores: dict[tuple[str, str], dict[str, Any]],
    versions: list[dict[str, Any]],
    race: list[dict[str, Any]],
    folder: Path,
) -> list[str]:
    """Accuracy against compute, laws seen, and width; names of the files."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    names = []

    def save(figure: Any, name: str) -> None:
        figure.savefig(folder / name, dpi=80, bbox_inches="tight")
        plt.close(figure)
        names.append(name)

    if scores:
        figure, ax = plt.subplots(figsize=(6.5, 4.2))
        for group in dict.fromkeys(g for g, _ in scores):
            arms = [(n, s) for (g, n), s in scores.items() if g == group]
            seconds = [s["network"] + s["fits"] for _, s in arms]
            ax.plot(seconds, [100 * s["exact"] for _, s in arms], "o", label=group)
            for (name, s), x in zip(arms, seconds, strict=True):
                ax.annotate(name, (x, 100 * s["exact"]), fontsize=6, xytext=(3, 3),
                            textcoords="offset points")  # fmt: skip
        ax.set(xscale="log", xlabel="processor seconds a law", ylabel="laws solved, %")
        ax.set_title("Held-out laws solved by the network alone, against compute", fontsize=10)
        ax.legend(fontsize=6)
        save(figure, "ablation-compute.png")
    if len(versions) > 1:
        figure, ax = plt.subplots(figsize=(5, 3.2))
        ax.plot([v["seen"] / 1e6 for v in versions], [100 * v["exact"] for v in versions], "o-")
        ax.set(xlabel="laws seen in training, millions", ylabel="held-out laws solved, %", ylim=0)
        save(figure, "laws-seen.png")
    widths = [r for r in race if r["arm"] == "width"]
    if widths:
        figure, ax = plt.subplots(figsize=(5, 3.2))
        for r in widths:
            seen = WINDOW * SMALL.batch * np.arange(1, len(r["losses"]) + 1) / 1e3
            ax.plot(seen, smooth(r["losses"]), label=f"{r['parameters'] / 1e3:.0f} thousand")
        ax.set(xscale="log", xlabel="laws seen, thousands", ylabel="loss a cell, nats")
        ax.legend(title="parameters", fontsize=7)
        save(figure, "width.png")
    return names


def write(source: Path, target: Path) -> None:
    """Tables and pictures of the lines in `source` into `target` (Markdown)."""
    scores = arms_of(lines) if (lines := lines_of(source / "lines.jsonl")) else {}
    race = lines_of(source / "race.jsonl")
    path = source / "versions.json"
    versions = json.loads(path.read_text()) if path.exists() else []
    names = pictures(scores, versions, race, target.parent / "pictures")
    old = target.read_text(encoding="utf-8") if target.exists() else "# Ablations\n\n"
    text = [old.partition(MARK)[0].rstrip(), "", MARK, ""]
    if scores:
        text += [
            "## Arms",
            "",
            f"Weights `{lines[-1]['weights'][:12]}`.",
            "",
            *score_rows(scores),
            "",
        ]
        steps = [(n, s["at_step"]) for (_, n), s in scores.items() if len(s["at_step"]) > 1]
        text += ["Solved at answer step k or before:", ""]
        text += [f"- {n}: {', '.join(f'{x:.1%}' for x in a)}" for n, a in steps] + [""]
    dynamics = source / "dynamics.json"
    if dynamics.exists():
        text += ["## Dynamics", "", *dynamics_rows(json.loads(dynamics.read_text())), ""]
    if race:
        text += ["## Training", "", *race_rows(race), ""]
    if versions:
        text += ["## Laws seen in training", "", *version_rows(versions), ""]
    text += [f"![{name}](pictures/{name})" for name in names]
    target.write_text("\n".join(text) + "\n", encoding="utf-8")
