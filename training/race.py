"""Sides of a question that needs training, each trained for the same processor time.

Every batch is new, so the training loss of a step is a held-out loss. Between sides with other
numbers of supervision steps only the first answer's share of right cells can be compared.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from sklearn_trm.network.model import ModelConfig

from .config import CONFIGS, TrainConfig
from .loop import initial_state
from .step import make_step

WINDOW = 20  # steps of a mean

SMALL = replace(
    CONFIGS["smoke"], name="small", model=ModelConfig(dim=32, heads=4, hidden=64, slots=4),
    batch=32, planned_laws=10_000_000, warmup=20, curriculum_laws=1,
)  # fmt: skip

_WIDTHS = (16, 32, 64, 96)

ARMS: dict[str, dict[str, dict[str, Any]]] = {
    "optimizer": {
        **{f"muon {r:g}": {"muon_rate": r} for r in (5e-4, 1e-3, 2e-3, 8e-3, 3e-2)},
        **{
            f"adamw {r:g}": {"optimizer": "adamw", "adam_rate": r} for r in (3e-4, 1e-3, 3e-3, 1e-2)
        },
    },
    "supervision": {f"{k} steps": {"supervision_steps": k} for k in (1, 2, 4, 8)},
    "depth": {f"up to {k} free iterations": {"free_iterations": k} for k in (0, 2, 6, 12)},
    "consistency": {f"{w:g}": {"consistency": w} for w in (0.0, 0.02, 0.2)},
    "width": {str(d): {"model": replace(SMALL.model, dim=d, hidden=2 * d)} for d in _WIDTHS},
    "curriculum": {"none": {}, "20,000 laws": {"curriculum_laws": 20_000}},
}


def run_side(cfg: TrainConfig, minutes: float, max_steps: int | None = None) -> dict[str, Any]:
    """Train from nothing; losses and shares of right cells, a mean every `WINDOW` steps."""
    assemble, optimizer, state = initial_state(cfg)
    step = make_step(cfg, assemble, optimizer, cfg.buckets[0])
    root = jax.random.key(cfg.seed + 1, impl="rbg")
    program = step.lower(state, root).compile()  # the race begins when all are compiled
    losses: list[float] = []
    cells: list[float] = []
    begin = time.process_time()
    while time.process_time() - begin < 60 * minutes and len(losses) != max_steps:
        state, measures = program(state, jax.random.fold_in(root, len(losses)))
        losses.append(float(measures["loss"]))
        cells.append(float(measures["cells_1"]))
    seconds = time.process_time() - begin

    def means(values: list[float]) -> list[float]:
        whole = np.array(values[: len(values) // WINDOW * WINDOW]).reshape(-1, WINDOW)
        return [round(float(m), 4) for m in whole.mean(1)]

    size = sum(a.size for a in jax.tree.leaves(state.params))
    return {
        "steps": len(losses), "parameters": size, "seconds": round(seconds, 1),
        "losses": means(losses), "cells": means(cells),
    }  # fmt: skip


def race(arm: str, minutes: float, out: Path, *, max_steps: int | None = None) -> None:
    """Train the sides of an arm one after another; a side that has its line is not repeated."""
    if arm not in ARMS:
        raise SystemExit(f"no arm {arm!r} to train; there are {', '.join(ARMS)}")
    if not np.isfinite(minutes) and max_steps is None:
        raise SystemExit("say how long each side may train: --minutes M")
    path = out / "race.jsonl"
    out.mkdir(parents=True, exist_ok=True)
    text = path.read_text() if path.exists() else ""
    known = {(r["arm"], r["side"]) for r in map(json.loads, text.splitlines())}
    for side, changes in ARMS[arm].items():
        if (arm, side) in known:
            continue
        found = run_side(replace(SMALL, **changes), minutes, max_steps)
        with path.open("a") as lines:
            lines.write(json.dumps({"arm": arm, "side": side, **found}) + "\n")


def smooth(losses: list[float], windows: int = 10) -> list[float]:
    """Means of the last windows at each: one window is noisier than the sides differ."""
    return [float(np.mean(losses[max(0, i + 1 - windows) : i + 1])) for i in range(len(losses))]


def reached(losses: list[float], goal: float) -> int | None:
    """Steps until the smoothed loss is at most `goal`."""
    means = smooth(losses)
    return next((WINDOW * (i + 1) for i, loss in enumerate(means) if loss <= goal), None)
