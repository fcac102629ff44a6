"""``python -m training.publish --run runs/tiny``: the run's EMA weights into pretrained/."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from sklearn_trm import weights

from . import checkpoint
from .config import Bucket, TrainConfig
from .loop import initial_state

PRETRAINED = Path(__file__).resolve().parent.parent / "pretrained"


def config_of(facts: dict[str, Any]) -> TrainConfig:
    """The configuration that a checkpoint was trained with."""
    from sklearn_trm.model import ModelConfig

    plain = dict(facts["config"])
    plain["model"] = ModelConfig(**plain["model"])
    plain["buckets"] = tuple(Bucket(**b) for b in plain["buckets"])
    return TrainConfig(**plain)


def export(run: Path, target: Path) -> tuple[str, dict[str, Any]]:
    """Write the EMA weights of a run to one file; returns sha256 and facts."""
    facts = checkpoint.load_facts(run)
    if facts is None:
        raise SystemExit(f"no checkpoint in {run}")
    cfg = config_of(facts)
    state, facts = checkpoint.load(run, initial_state(cfg)[2])
    kept = {k: facts[k] for k in ("laws", "minutes", "hardware", "jax", "data_version")}
    kept |= {"config": cfg.model.to_dict(), "name": cfg.name, "seed": cfg.seed}
    sha = weights.write(target, checkpoint.flatten(state.ema), kept)
    return sha, kept


def publish(run: Path, scores: dict[str, Any] | None = None) -> None:
    """Export a run into the registry under its config's name."""
    name = config_of(checkpoint.load_facts(run) or {}).name
    sha, facts = export(run, PRETRAINED / f"{name}.safetensors")
    path = PRETRAINED / "registry.json"
    entries = json.loads(path.read_text()) if path.exists() else {"default": name, "models": {}}
    old = entries["models"].get(name, {})
    entries["models"][name] = {
        "file": f"{name}.safetensors", "sha256": sha, **facts,
        "scores": scores or old.get("scores"),
    }  # fmt: skip
    path.write_text(json.dumps(entries, indent=1) + "\n")


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.publish", description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/tiny"))
    parser.add_argument("--scores", type=Path, default=None, help="JSON of training.evaluate")
    args = parser.parse_args(argv)
    publish(args.run, json.loads(args.scores.read_text()) if args.scores else None)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
