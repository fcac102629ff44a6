"""A page from the rows of a run: tables, pictures, and where a peer is ahead."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import figures
from . import parts as speed
from .rows import read
from .run import COMMANDS, FITS, MACHINES, groups
from .score import scored

Row = dict[str, Any]
OURS = ("guided", "ours", "network")  # the default estimator first
BASELINES = ("linear", "boosting")  # find no laws
NAMES = {
    "ours": "sklearn-trm, search alone", "guided": "sklearn-trm",
    "network": "sklearn-trm, network alone", "linear": "linear (scikit-learn)",
    "boosting": "gradient boosting (scikit-learn)",
}  # fmt: skip
METRICS = {
    "numeric": "exact law", "symbolic": "SRBench's symbolic solution", "accurate": "R2 > 0.999",
}  # fmt: skip
KEPT = "<!-- Figures of other commands follow. -->"
PARTS = "parts.json"  # in the folder of the run, from `parts --out`
PUBLISHED = Path(__file__).with_name("published.csv")


def name_of(peer: str) -> str:
    return NAMES.get(peer, peer)


def share(rows: Sequence[Row], metric: str) -> tuple[int, int]:
    """How many of the rows reach it, and how many rows there are."""
    return sum(bool(r[metric]) for r in rows), len(rows)


def paired(rows: Sequence[Row], us: str, peer: str) -> tuple[list[Row], list[Row]]:
    """Rows of both on the tasks and seeds that both have done."""
    mine, theirs = ({(r["task"], r["seed"]): r for r in rows if r["peer"] == p} for p in (us, peer))
    both = [k for k in mine if k in theirs]
    return [mine[k] for k in both], [theirs[k] for k in both]


def measured_as(rows: Sequence[Row]) -> str:
    """Which of our settings the others are compared with: the default where it was run."""
    return next((p for p in OURS if any(r["peer"] == p for r in rows)), OURS[0])


def ahead(rows: Sequence[Row]) -> tuple[list[str], int, int]:
    """Where a peer beats us; comparisons made; those of them tied."""
    lines: list[str] = []
    compared = ties = 0
    laws, tables = ([r for r in rows if r["kind"] == kind] for kind in ("law", "table"))
    for (suite, limit, noise), part in groups(laws, "group", "limit", "noise").items():
        for peer in others(part):
            mine, theirs = paired(part, measured_as(part), peer)
            for metric, label in METRICS.items() if mine else ():
                (a, n), (b, _) = share(mine, metric), share(theirs, metric)
                compared, ties = compared + 1, ties + (a == b)
                if b > a:
                    lines.append(f"{name_of(peer)} on {suite} at {limit:g} s and noise {noise:g} "
                                 f"({label}: {b} of {n} against {a})")  # fmt: skip
    for (limit,), part in groups(tables, "limit").items():
        us, table = measured_as(part), medians(part)
        for peer in others(part) if us in table else ():
            both = sorted(table[us].keys() & table[peer].keys())
            if not both:
                continue
            ours, other = (float(np.median([table[p][t][0] for t in both])) for p in (us, peer))
            wins = sum(table[peer][t][0] > table[us][t][0] for t in both)
            compared, ties = compared + 1, ties + (ours == other)
            if other > ours or 2 * wins > len(both):
                lines.append(
                    f"{name_of(peer)} on the real tables at {limit:g} s (median test R2 "
                    f"{other:.3f} against {ours:.3f}, better on {wins} of {len(both)})"
                )
    return lines, compared, ties


def others(rows: Sequence[Row]) -> list[str]:
    return [p for p in dict.fromkeys(r["peer"] for r in rows) if p not in OURS]


def medians(rows: Sequence[Row]) -> dict[str, dict[str, tuple[float, float]]]:
    """Test R2 and nodes of each peer on each table: the median of its splits."""
    out: dict[str, dict[str, tuple[float, float]]] = {}
    for (peer, table), part in groups(rows, "peer", "group").items():
        r2s = [max(r.get("r2", -np.inf), -1e9) for r in part]
        nodes = [r["nodes"] or np.nan for r in part if "nodes" in r]
        out.setdefault(peer, {})[table] = (
            float(np.median(r2s)), float(np.median(nodes)) if nodes else np.nan,
        )  # fmt: skip
    return out


def first_paragraph(rows: Sequence[Row]) -> str:
    """What a reader must know first: where others are better."""
    lines, compared, ties = ahead(rows)
    if not compared:
        return "No other system was run, so nothing is compared here."
    us = "sklearn-trm" + ("" if measured_as(rows) == "guided" else " without its network")
    if not lines:
        return (f"In none of the {compared} comparisons on this page is another system ahead of "
                f"{us}; {ties} of them are ties.")  # fmt: skip
    return (f"**Others are ahead of {us} in {len(lines)} of {compared} comparisons on this "
            f"page**: " + "; ".join(lines) + f". {ties} are ties.")  # fmt: skip


def table(header: Sequence[str], body: Sequence[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (header, ["---"] * len(header))]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in body)])


def law_tables(rows: Sequence[Row], metric: str) -> str:
    """A row each suite, noise and limit; a peer a column: solved of fits, median seconds."""
    peers = list(dict.fromkeys(r["peer"] for r in rows))
    body = []
    for (suite, noise, limit), part in groups(
        sorted(rows, key=lambda r: (r["group"], r["noise"], r["limit"])), "group", "noise", "limit"
    ).items():
        cells = []
        for peer in peers:
            mine = [r for r in part if r["peer"] == peer]
            solved, n = share(mine, metric)
            times = [r["cpu"] for r in mine if r[metric] and "cpu" in r]
            cells.append((f"{solved} of {n}" + (f" ({np.median(times):.2f} s)" if times else ""))
                         if n else "")  # fmt: skip
        body.append([suite, f"{noise:g}", f"{limit:g}", *cells])
    return table(["suite", "noise", "limit, s", *map(name_of, peers)], body)


def curves(rows: Sequence[Row], over: str, metric: str) -> figures.Curves:
    """Share of laws solved by each peer over limits or noise levels."""
    out: dict[str, list[tuple[float, float, float, float]]] = {}
    for (peer, x), part in sorted(groups(rows, "peer", over).items(), key=lambda item: item[0][1]):
        solved, n = share(part, metric)
        out.setdefault(name_of(peer), []).append((x, solved / n, *figures.interval(solved, n)))
    return out


def law_section(rows: Sequence[Row], folder: Path) -> str:
    parts = [
        "## Known laws",
        "Each cell: solved, of all fits (median processor time of the solved).",
    ]
    lowest, longest = min(r["noise"] for r in rows), max(r["limit"] for r in rows)
    for metric, label in METRICS.items():
        parts += [f"### {label}", law_tables(rows, metric)]
    limits = sorted({r["limit"] for r in rows})
    levels = sorted({r["noise"] for r in rows})
    pictures: list[tuple[str, str, str, list[float], Callable[[Row], bool]]] = [
        ("time", "limit", "limit, seconds of processor time", limits,
         lambda r: r["noise"] == lowest),
        ("noise", "noise", "noise, share of y's root mean square", levels,
         lambda r: r["limit"] == longest),
    ]  # fmt: skip
    for metric in ("numeric", "symbolic"):
        for stem, over, label, ticks, keep in pictures:
            path = folder / f"{metric}_{stem}.png"
            some = [r for r in rows if keep(r) and r["peer"] not in BASELINES]
            figures.draw_shares(curves(some, over, metric), label, f"{METRICS[metric]}, %", path,
                                ticks)  # fmt: skip
            parts.append(f"![{METRICS[metric]} against {stem}]({folder.name}/{path.name})")
    return "\n\n".join(parts)


def table_section(rows: Sequence[Row], folder: Path) -> str:
    """Real tables at the longest limit."""
    longest = max(r["limit"] for r in rows)
    by_peer = medians([r for r in rows if r["limit"] == longest])
    shared = sorted(set.intersection(*(set(t) for t in by_peer.values())))
    if not shared:
        return "## Real tables\n\nNo table was fitted by every system yet."
    r2s = np.array([[by_peer[p][t][0] for p in by_peer] for t in shared])
    ranks = figures.mean_ranks(r2s)
    middle = {  # nan: no formula
        p: (float(np.median([by_peer[p][t][1] for t in shared])), float(np.median(r2s[:, k])))
        for k, p in enumerate(by_peer)
    }
    body = [
        [name_of(p), f"{middle[p][1]:.3f}",
         f"{middle[p][0]:.0f}" if np.isfinite(middle[p][0]) else "no formula", f"{ranks[k]:.2f}"]
        for k, p in sorted(enumerate(by_peer), key=lambda item: ranks[item[0]])
    ]  # fmt: skip
    parts = [f"## Real tables ({len(shared)}, at {longest:g} s)",
             "Median over tables of the median test R2 of their splits; nodes of the formula; "
             "mean rank by test R2.",
             table(["system", "test R2", "nodes", "mean rank"], body)]  # fmt: skip
    formulas = {name_of(p): m for p, m in middle.items() if np.isfinite(m[0])}
    if formulas:
        figures.draw_pareto(formulas, folder / "pareto.png")
        parts.append(f"![test R2 against nodes]({folder.name}/pareto.png)")
    if len(by_peer) > 1:
        figures.draw_ranks([name_of(p) for p in by_peer], ranks,
                           figures.critical_difference(len(by_peer), len(shared)),
                           folder / "ranks.png")  # fmt: skip
        parts.append(f"![mean ranks and the critical difference]({folder.name}/ranks.png)")
    return "\n\n".join(parts)


def published_section() -> str:
    """Figures of others, as they published them."""
    with open(PUBLISHED, newline="") as f:
        rows = list(csv.DictReader(f))
    wide: dict[tuple[str, str, str, str], dict[str, str]] = {}
    for r in rows:
        wide.setdefault((r["suite"], r["metric"], r["system"], r["source"]), {})[r["noise"]] = r[
            "value"
        ]
    sources = list(dict.fromkeys(r["source"] for r in rows))
    levels = list(dict.fromkeys(r["noise"] for r in rows))
    body = [
        [suite, metric, system, *(values.get(n, "") for n in levels), f"[{sources.index(s) + 1}]"]
        for (suite, metric, system, s), values in wide.items()
    ]
    notes = "\n".join(f"{i}. {s}" for i, s in enumerate(sources, 1))
    return "\n\n".join([
        "## Published figures",
        "Not measured here: other machines, other time limits (minutes to hours), other rows. "
        "A column a noise level.",
        table(["suite", "metric", "system", *levels, "source"], body), notes,
    ])  # fmt: skip


def method_section(rows: Sequence[Row], folder: Path) -> str:
    machines = read(folder / MACHINES)
    versions: dict[str, str] = {}
    for r in rows:
        versions |= {k: v for k, v in r.get("versions", {}).items() if k not in OURS}
    skipped = {r["peer"]: r["skipped"] for r in read(folder / FITS) if "skipped" in r}
    failed = {p: sum("error" in r for r in part) for (p,), part in groups(rows, "peer").items()}
    loads = [r["load"] for r in rows if r.get("load") is not None]
    commands = list(dict.fromkeys(r["command"] for r in read(folder / COMMANDS)))
    lines = [
        "## How it was measured",
        "Every system gets the same rows, one core, and the same limit of processor time; the "
        "first, compiling fit of a process is not measured. Laws: noise on the training target "
        "only, R2 on 1,000 fresh rows without noise. *Exact law*: after a refit of the constants "
        "to noise-free values equal to 1e-6 on fresh rows and on widened ranges, at most 3 times "
        "the nodes of the truth plus 12, and no part that the refit takes away. *SRBench's "
        "symbolic solution*: constants to 3 decimals, difference or ratio constant, R2 > 0.5. "
        "Real tables: a quarter of the rows is held out.",
        "Machines: " + "; ".join(", ".join(f"{k} {v}" for k, v in m["facts"].items())
                                 for m in machines) + ".",
        "Versions: " + ", ".join(f"{k} {v}" for k, v in sorted(versions.items())) + ".",
    ]  # fmt: skip
    if loads:
        lines.append(f"Load of the machine during the fits: median {np.median(loads):.1f}, "
                     f"at most {max(loads):.1f}.")  # fmt: skip
    lines += [f"Skipped: {peer}, {why}." for peer, why in skipped.items()]
    lines += [f"{name_of(p)}: {n} fits without a law." for p, n in failed.items() if n]
    lines += ["Commands:", "\n".join(f"    {c}" for c in commands)]
    return "\n\n".join(lines)


def page(folder: Path, out: Path) -> str:
    """The whole page; pictures go into a folder beside it."""
    rows = [r for r in scored(folder) if "skipped" not in r]
    pictures = out.with_suffix("")
    parts = ["# Benchmarks", first_paragraph(rows)]
    laws, tables = ([r for r in rows if r["kind"] == kind] for kind in ("law", "table"))
    if laws:
        parts.append(law_section(laws, pictures))
    if tables:
        parts.append(table_section(tables, pictures))
    if (folder / PARTS).exists():
        speeds = json.loads((folder / PARTS).read_text())
        parts += ["## Speed of the parts", "Processor time; a ceiling is what the machine allows "
                  "at best.", speed.table(speeds)]  # fmt: skip
    parts += [published_section(), method_section(rows, folder)]
    if (folder / PARTS).exists():
        parts[-1] += f"\n    python -m benchmarks parts --out {folder / PARTS}"
    parts[-1] += f"\n    python -m benchmarks report {folder} --out {out}"
    return "\n\n".join(parts) + "\n"


def kept(out: Path) -> str:
    """What other commands wrote to the page: from `KEPT` on."""
    before = out.read_text() if out.exists() else ""
    return before[before.index(KEPT) - 1 :] if KEPT in before else ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", help="what `run --out` wrote")
    parser.add_argument("--out", default="docs/benchmarks.md")


def main(args: argparse.Namespace) -> None:
    out = Path(args.out)
    out.write_text(page(Path(args.folder), out) + kept(out))
