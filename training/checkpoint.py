"""Restartable checkpoints: safetensors shards of at most 15 MiB, written atomically.

A checkpoint is a folder. ``state.json`` is renamed into place last, so a run that is
killed at any moment finds its previous checkpoint whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

SHARD_BYTES = 15 * 2**20
RUNS = Path(__file__).resolve().parent  # beside it are the folders of runs that others begin with


def flatten(tree: Any) -> dict[str, np.ndarray]:
    """A flat dictionary ``path -> array``; paths are joined by '/'."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {
        "/".join(str(getattr(p, "key", getattr(p, "idx", getattr(p, "name", p)))) for p in path): (
            np.asarray(leaf)
        )
        for path, leaf in leaves
    }


def unflatten(template: Any, flat: dict[str, np.ndarray]) -> Any:
    """The inverse of `flatten`; `template` gives structure, shapes and dtypes."""
    names = list(flatten(template))
    leaves, treedef = jax.tree_util.tree_flatten(template)
    missing = [n for n in names if n not in flat]
    if missing:
        raise ValueError(f"the checkpoint lacks {len(missing)} arrays, first {missing[0]!r}")
    arrays = []
    for name, leaf in zip(names, leaves, strict=True):
        if flat[name].size != np.size(leaf):
            raise ValueError(f"{name}: shape {flat[name].shape}, expected {np.shape(leaf)}")
        arrays.append(jnp.asarray(flat[name], dtype=leaf.dtype).reshape(np.shape(leaf)))
    return jax.tree_util.tree_unflatten(treedef, arrays)


def _shards(flat: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    shards: list[dict[str, np.ndarray]] = [{}]
    size = 0
    for name, array in flat.items():
        if size + array.nbytes > SHARD_BYTES and shards[-1]:
            shards.append({})
            size = 0
        shards[-1][name] = np.array(array, order="C")  # ascontiguousarray would lift scalars to 1-d
        size += array.nbytes
    return shards


def save(folder: Path, tree: Any, facts: dict[str, Any]) -> None:
    """Write `tree` and `facts` (JSON) to `folder`, atomically; the last one is kept until then."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"step-{facts['steps']:08d}"
    work = folder / f".{name}.partial"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    shards = _shards(flatten(tree))
    digests = []
    for i, shard in enumerate(shards):
        content = save_arrays(shard)
        (work / f"state-{i:04d}.safetensors").write_bytes(content)
        digests.append(hashlib.sha256(content).hexdigest())
    final = folder / name
    shutil.rmtree(final, ignore_errors=True)
    os.replace(work, final)
    pointer = folder / ".state.json.partial"
    facts = {**facts, "folder": name, "shards": len(shards), "sha256": digests}
    pointer.write_text(json.dumps(facts, indent=1))
    os.replace(pointer, folder / "state.json")
    for old in folder.glob("step-*"):
        if old.name != name:
            shutil.rmtree(old, ignore_errors=True)


def load_facts(folder: Path) -> dict[str, Any] | None:
    """The facts of the newest whole checkpoint, or None; a ValueError where they are none."""
    pointer = Path(folder) / "state.json"
    if not pointer.exists():
        return None
    try:
        facts = json.loads(pointer.read_text(encoding="utf-8"))
        name, shards, digests = facts["folder"], facts["shards"], facts.get("sha256")
        whole = isinstance(shards, int) and shards > 0 and isinstance(facts["steps"], int)
        # none in checkpoints of before
        whole &= digests is None or (isinstance(digests, list) and len(digests) == shards)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError(f"{pointer} is no checkpoint of ours: {error!r}") from error
    if not isinstance(name, str) or not whole:
        raise ValueError(f"{pointer} is no checkpoint of ours")
    if Path(name).name != name:
        raise ValueError(f"{pointer} names a folder elsewhere: {name!r}")
    return facts


def load(folder: Path, template: Any) -> tuple[Any, dict[str, Any]]:
    """The newest whole checkpoint: tree and facts."""
    flat, facts = _read(folder)
    return unflatten(template, flat), facts


def averaged(folder: Path) -> dict[str, np.ndarray]:
    """The exponential averages of the weights in the newest whole checkpoint of a run."""
    flat, _ = _read(folder)
    return {k.removeprefix("ema/"): v for k, v in flat.items() if k.startswith("ema/")}


def _read(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    facts = load_facts(folder)
    if facts is None:
        raise FileNotFoundError(f"no checkpoint in {folder}")
    flat: dict[str, np.ndarray] = {}
    name, digests = facts["folder"], facts.get("sha256")
    for i in range(facts["shards"]):
        path = Path(folder) / name / f"state-{i:04d}.safetensors"
        content = path.read_bytes()
        if digests is not None and hashlib.sha256(content).hexdigest() != digests[i]:
            raise ValueError(f"{path} is damaged: its sha256 is not that of state.json")
        try:
            flat |= load_arrays(content)
        except (SafetensorError, ValueError) as error:
            raise ValueError(f"{path} is no intact file of arrays: {error}") from error
    return flat, facts
