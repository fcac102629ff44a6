# ruff: noqa: E501  (the card is prose)
"""``python -m training.publish --run runs/tiny``: the run's EMA weights into pretrained/."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.rows import read
from sklearn_trm.network import weights

from . import checkpoint
from .config import Bucket, TrainConfig
from .loop import initial_state

PRETRAINED = Path(__file__).resolve().parent.parent / "pretrained"
_ALONE = ("set", "limit", "noise")


def config_of(facts: dict[str, Any]) -> TrainConfig:
    """The configuration that a checkpoint was trained with."""
    from sklearn_trm.network.model import ModelConfig

    plain = dict(facts["config"])
    plain["model"] = ModelConfig(**plain["model"])
    plain["buckets"] = tuple(Bucket(**b) for b in plain["buckets"])
    return TrainConfig(**plain)


def export(run: Path, target: Path) -> tuple[str, dict[str, Any]]:
    """Write the EMA weights of a run to one file; returns sha256 and facts.

    Heads that guide a search (`training.worth`) are those of the weights that ship by its name.
    """
    facts = checkpoint.load_facts(run)
    if facts is None:
        raise SystemExit(f"no checkpoint in {run}")
    cfg = config_of(facts)
    state, facts = checkpoint.load(run, initial_state(cfg)[2])
    kept = {k: facts[k] for k in ("laws", "minutes", "hardware", "jax", "data_version")}
    kept |= {"config": cfg.model.to_dict(), "name": cfg.name, "seed": cfg.seed}
    if cfg.start:
        first = checkpoint.load_facts(checkpoint.RUNS / cfg.start)
        own = {} if first is None else {k: first[k] for k in ("laws", "minutes", "data_version")}
        kept["start"] = {"weights": cfg.start, **own}
    heads: dict[str, Any] = {}
    if cfg.name in weights.registry()["models"]:
        heads = weights.heads(weights.read(cfg.name)[0])
    sha = weights.write(target, checkpoint.flatten(state.ema) | heads, kept)
    return sha, kept


def _score_rows(scores: dict[str, Any], baseline: dict[str, Any]) -> list[str]:
    rows = ["| held-out laws | trained | the same network, untrained |", "|---|---|---|"]

    def row(what: str, a: Any, b: Any) -> str:
        return f"| {what} | {a} | {b} |"

    rows.append(row("laws", scores["laws"], baseline["laws"]))
    rows.append(row("exact law, all", f"{scores['exact']:.1%}", f"{baseline['exact']:.1%}"))
    for size, entry in scores["by_filled_cells"].items():
        other = baseline["by_filled_cells"].get(size, {"exact": float("nan")})
        rows.append(
            row(f"exact law, {size} filled cells", f"{entry['exact']:.1%}", f"{other['exact']:.1%}")
        )
    pairs = zip(scores["solved_at_step"], baseline["solved_at_step"], strict=False)
    for k, (a, b) in enumerate(pairs, 1):
        rows.append(row(f"solved at answer step <= {k}", f"{a:.1%}", f"{b:.1%}"))
    rows.append(
        row(
            "latent at rest before max_iters",
            f"{scores['converged']:.1%}",
            f"{baseline['converged']:.1%}",
        )
    )
    for key, what in (
        ("mean_iterations_solved", "solved"),
        ("mean_iterations_unsolved", "unsolved"),
    ):
        rows.append(row(f"latent iterations, {what} laws", scores[key], baseline[key]))
    rows.append(row("seconds per law", scores["seconds_per_law"], baseline["seconds_per_law"]))
    return rows


def _worth_rows(facts: dict[str, Any] | None) -> list[str]:
    """What the head that ranks rows does, and how far its probabilities hold."""
    if facts is None:
        return []
    firsts = facts["firsts"]
    lines = [
        "## The head that guides the search",
        f"`worth/...` among the arrays: a network of {facts['parameters']:,} numbers that says which rows are parts of the law",
        f"(`sklearn_trm/search/worth.py`), trained by `python -m training.worth` on pools of {facts['laws']:,} laws that the network alone",
        f"does not find, a third of them noisy, 40 to 200 rows. True parts of {facts['test laws']} other laws among the first rows:",
        *(["(The answers were those of earlier weights.)"] if facts.get("earlier") else []),
        "",
        "| pool | in the pools | order | " + " | ".join(f"first {k}" for k in firsts) + " |",
        "|---" * (3 + len(firsts)) + "|",
    ]
    for name in ("first generation", "second generation"):
        found = facts[name]
        for order in ("frequency", "worth"):
            cells = " | ".join(map(str, found[order]))
            lines.append(f"| {name} | {found['in the pools'][0]} | by {order} | {cells} |")
    lines += ["", "Reliability: rows by the probability said, and how many of them are parts.", "",
              "| rows | said | true |", "|---|---|---|"]  # fmt: skip
    lines += [f"| {r['rows']} | {r['said']:.4f} | {r['true']:.4f} |" for r in facts["reliability"]]
    return [*lines, ""]


def _views_rows(known: list[dict[str, Any]] | None) -> list[str]:
    """What it knows of a law's first openings."""
    if not known:
        return []
    lines = [
        "## What it knows of a law's opening",
        "Nats, beyond the frequencies in the same set, of the root of a law's grid, and of the root and its two children together",
        "(`python -m training evaluate --views`): new laws of forms that training sees (`drawn`), of forms held back (`forms`), named",
        "curves that are kept for judging (`curves`), Feynman's laws; standard errors in brackets.",
        "",
        "| laws | noise | root | first three |",
        "|---|---|---|---|",
    ]
    for row in known:
        cells = [
            f"{v:+.2f} ({e:.2f})" for v, e in (row["refiner"][k] for k in ("root", "first three"))
        ]
        lines.append(
            f"| {row['laws']} {row['set']} | {row['noise']:.0%} | {cells[0]} | {cells[1]} |"
        )
    return [*lines, ""]


def _alone_rows(alone: list[dict[str, Any]] | None) -> list[str]:
    """What the estimator finds with the network alone."""
    if not alone:
        return []
    lines = [
        "## Laws as people bring them, by the network alone",
        "`TRMSymbolicRegressor(search=False)`, found by form (`python -m training guidance --modes network`):",
        "",
        "| laws | seconds | noise | found |",
        "|---|---|---|---|",
    ]
    for row in alone:
        noise = "every kind" if row["noise"] is None else f"{row['noise']:.0%}"
        lines.append(
            f"| {row['laws']} {row['set']} | {row['limit']:g} | {noise} | {row['found'] / row['laws']:.1%} |"
        )
    return [*lines, ""]


def alone_of(path: Path) -> list[dict[str, Any]]:
    """Totals of the network alone in the rows of `training.guidance`."""
    totals: dict[tuple[Any, ...], list[bool]] = {}
    for row in read(path):
        if row["mode"] == "network":
            totals.setdefault(tuple(row[k] for k in _ALONE), []).append(row["found"])
    return [
        dict(zip(_ALONE, key, strict=True)) | {"laws": len(own), "found": sum(own)}
        for key, own in totals.items()
    ]


def _start_rows(start: dict[str, Any] | None) -> list[str]:
    """What the run began with."""
    if start is None:
        return []
    if "laws" not in start:  # no run of ours: nothing more is known of it
        return [f"It began with the weights of `{start['weights']}`."]
    return [
        f"It began with the weights of `training/{start['weights']}`: {start['laws']:,} laws in {start['minutes']:.0f} minutes, data version {start['data_version']}."
    ]


def write_card(entry: dict[str, Any]) -> None:
    """pretrained/MODEL_CARD.md: where the weights come from, what they can and cannot do."""
    scores, baseline = entry["scores"], entry["untrained"]
    size = (PRETRAINED / entry["file"]).stat().st_size / 4e6
    settings = ", ".join(f"{k}={v}" for k, v in scores["settings"].items())
    lines = [
        f"# Model card: `{entry['name']}`",
        "",
        f"A tiny recursive model of about {size:.2f}M parameters (`{entry['config']}`) that proposes laws.",
        f"Trained on {entry['laws']:,} synthetic laws in {entry['minutes']:.0f} minutes on {entry['hardware']}",
        f"(jax {entry['jax']}), seed {entry['seed']}, data version {entry['data_version']},",
        "Muon on the hidden matrices and AdamW on the rest; the weights are the run's exponential average.",
        *_start_rows(entry.get("start")),
        "Benchmark laws, in whatever columns, constants and form, are excluded (`training/held_out.py`).",
        "",
        "## What was measured",
        "The refiner alone: no search, no library. Fresh random laws (another seed; 1-5 columns,",
        "at most 15 cells), 200 clean rows; an answer counts if, with constants fitted,",
        "it is exact (1e-8) on 64 other rows.",
        "",
        *_score_rows(scores, baseline),
        "",
        f"Settings: {settings}. Commands: `python -m training.evaluate --model {entry['name']}` and",
        "the same with `--untrained`. Seconds are of a shared, busy CPU core: compare the columns only.",
        "",
        *_alone_rows(entry.get("alone")),
        *_views_rows(entry.get("views")),
        *_worth_rows(entry.get("worth")),
        "## What it cannot do",
        "- Laws of more than 15 cells are rarely right; sums inside functions with inner constants neither.",
        "- It sees 64 rows and at most 10 columns of a table at a time, and 1-10 columns in training.",
        "- It was trained for hours on two CPU cores. Twice the laws, and three times the numbers for an hour more, taught it nothing that is seen (docs/log/training.md).",
        "- It is too sure of some laws: the root's nats have a long tail.",
        "- Its probability (Q head) is a rank, not yet a calibrated confidence.",
        "",
    ]
    (PRETRAINED / "MODEL_CARD.md").write_text("\n".join(lines))


def rate(name: str, **measured: Any) -> None:
    """What was measured of weights that are in the registry; their model card once all is."""
    path = PRETRAINED / "registry.json"
    entries = json.loads(path.read_text())
    entries["models"][name] |= measured
    path.write_text(json.dumps(entries, indent=1) + "\n")
    if {"scores", "untrained"} <= set(entries["models"][name]):
        write_card(entries["models"][name])


def publish(run: Path) -> str:
    """Export a run into the registry under its config's name, which is returned.

    What was measured of the weights before them goes, but for the head that ranks rows.
    """
    name = config_of(checkpoint.load_facts(run) or {}).name
    sha, facts = export(run, PRETRAINED / f"{name}.safetensors")
    path = PRETRAINED / "registry.json"
    entries: dict[str, Any] = {"default": name, "models": {}}
    if path.exists():
        entries = json.loads(path.read_text())
    old = entries["models"].get(name, {})
    entries["models"][name] = {
        "file": f"{name}.safetensors", "sha256": sha, **facts,
    }  # fmt: skip
    if "worth" in old:
        entries["models"][name]["worth"] = old["worth"] | {"earlier": True}
    path.write_text(json.dumps(entries, indent=1) + "\n")
    return name


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.publish", description=__doc__)
    parser.add_argument("--run", type=Path, help="folder of the run; without it, only measures")
    parser.add_argument("--rate", metavar="NAME", help="weights that are in the registry")
    parser.add_argument("--scores", type=Path, help="JSON of training.evaluate")
    parser.add_argument("--untrained", type=Path, help="the same, --untrained")
    parser.add_argument("--views", type=Path, help="the same, --views")
    parser.add_argument("--alone", type=Path, help="rows of training.guidance")
    args = parser.parse_args(argv)
    if (args.run is None) == (args.rate is None):
        parser.error("say either --run or --rate")
    name = args.rate or publish(args.run)
    measured = {
        key: json.loads(file.read_text())
        for key in ("scores", "untrained", "views")
        if (file := getattr(args, key)) is not None
    }
    if args.alone is not None:
        measured["alone"] = alone_of(args.alone)
    if args.rate or measured:
        rate(name, **measured)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
