"""The training loop: chunks of minutes that add up by --resume."""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import jax
import numpy as np
from tqdm import tqdm

from sklearn_trm.network import weights
from sklearn_trm.network.model import ModelConfig

from . import checkpoint
from .ahead import Ahead, key_of
from .config import TrainConfig
from .grow import grown
from .laws import DATA_VERSION
from .mesh import agreed, data_mesh, place
from .optimizer import make_optimizer
from .step import TrainState, build, make_step


def initial_state(cfg: TrainConfig) -> tuple:
    """(assemble, optimizer, state) of a fresh run."""
    assemble, params = build(cfg.model, cfg.seed)
    if cfg.start:
        # what the start has no weights for, such as views, begins as in a fresh run
        run = checkpoint.RUNS / cfg.start
        if run.is_dir():
            known, facts = checkpoint.averaged(run), checkpoint.load_facts(run)
            sizes = facts["config"]["model"] if facts is not None else {}
        else:
            known, facts = weights.read(cfg.start)
            sizes = facts["config"]
        old = ModelConfig(**sizes)
        if (old.dim, old.hidden) != (cfg.model.dim, cfg.model.hidden):
            known = grown(known, old, cfg.model, cfg.seed)
        params = checkpoint.unflatten(params, checkpoint.flatten(params) | known)
    optimizer = make_optimizer(cfg, params)
    state = TrainState(
        params, jax.tree.map(jax.numpy.array, params), optimizer.init(params), jax.numpy.int32(0)
    )
    # plain arrays: weak types would make the second step compile again
    return assemble, optimizer, jax.tree.map(lambda a: jax.numpy.asarray(np.array(a)), state)


def train(
    cfg: TrainConfig,
    folder: Path,
    minutes: float,
    *,
    max_steps: int | None = None,
    save_every: float = 120.0,
    workers: int = 1,
    progress: bool = True,
) -> dict:
    """Train for `minutes` from the checkpoint in `folder`, or from nothing.

    All devices that JAX sees share each batch, which `workers` draw ahead. Returns the facts of
    the last checkpoint. The log is ``folder/log.jsonl``; of several hosts, which share the folder,
    the first one writes.
    """
    start = time.perf_counter()
    folder = Path(folder)
    assemble, optimizer, state = initial_state(cfg)
    facts = checkpoint.load_facts(folder)
    spent = 0.0
    if facts is not None:
        if ModelConfig(**facts["config"]["model"]) != cfg.model:
            raise ValueError(
                f"{folder} holds a run of another model: choose another --resume folder"
            )
        state, facts = checkpoint.load(folder, state)
        spent = facts["minutes"]
    folder.mkdir(parents=True, exist_ok=True)
    # compiling takes minutes on a CPU: a resumed run finds its programs again
    jax.config.update("jax_compilation_cache_dir", str((folder / "compiled").absolute()))
    mesh, writes = data_mesh(cfg.batch), jax.process_index() == 0
    state = place(mesh, state)
    steps_of = [make_step(cfg, assemble, optimizer, b, mesh) for b in cfg.buckets]
    given = [make_step(cfg, assemble, optimizer, b, mesh, given=True) for b in cfg.buckets]
    step = int(state.laws)
    first = step
    bar = tqdm(total=minutes * 60, unit="s", disable=not (progress and writes), mininterval=5)
    sums: dict[str, list[float]] = {}
    saved = logged = time.perf_counter()

    def save() -> dict:
        new = {
            "steps": step,
            "laws": step * cfg.batch,
            "minutes": spent + (time.perf_counter() - start) / 60,
            "config": cfg.to_dict(),
            "data_version": DATA_VERSION + "+drawn" * bool(cfg.drawn),
            "hardware": f"{jax.default_backend()} {platform.processor() or platform.machine()}",
            "jax": jax.__version__,
        }
        if writes:
            checkpoint.save(folder, state, new)
        return new

    ahead = Ahead(cfg, folder, step, workers)
    batches = iter(ahead)
    while agreed(time.perf_counter() - start < minutes * 60) and (
        max_steps is None or step - first < max_steps
    ):
        key, (which, tag, batch) = place(mesh, key_of(cfg, step)), next(batches)
        if batch is None:
            state, traced = steps_of[which](state, key)
        else:
            state, traced = given[which](state, key, batch)
        measures = {k: float(v) for k, v in traced.items()}
        if not np.isfinite(measures["loss"]):
            raise FloatingPointError(
                f"loss is {measures['loss']} at step {step}; resume with lower rates"
            )
        step += 1
        for k, v in measures.items():
            sums.setdefault(f"{k}@{tag}", []).append(v)
        now = time.perf_counter()
        bar.update(now - start - bar.n)
        if now - logged > 20:
            row = {k: round(float(np.mean(v)), 5) for k, v in sums.items()}
            row["steps"], row["laws"] = step, step * cfg.batch
            row["minutes"] = round(spent + (now - start) / 60, 2)
            row["laws_per_second"] = round((step - first) * cfg.batch / (now - start))
            if writes:
                with (folder / "log.jsonl").open("a") as log:
                    log.write(json.dumps(row) + "\n")
            bar.set_postfix(loss=row.get(f"loss@{tag}"), laws=row["laws"])
            sums, logged = {}, now
        if now - saved > save_every:
            save()
            saved = now
    bar.close()
    ahead.close()
    return save()
