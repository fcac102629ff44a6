"""Pretrained weights: find, check, load. One safetensors file a model, facts in a registry."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import WeightsError

FORMAT = 1


def folder() -> Path:
    """Where the weights are: inside the installed package, or beside it in a checkout."""
    here = Path(__file__).resolve().parents[1]
    for place in (here / "pretrained", here.parent / "pretrained"):
        if (place / "registry.json").is_file():
            return place
    raise WeightsError(
        f"no pretrained weights beside {here}; reinstall sklearn-trm, or pass model=None to "
        "work without the network, or the path of a .safetensors file"
    )


def registry() -> dict[str, Any]:
    """The shipped models: name -> file, sha256, config, minutes, hardware, scores."""
    path = folder() / "registry.json"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        if not all(_is_entry(entry) for entry in entries["models"].values()):
            raise ValueError("an entry names no file beside it with its sha256")
        entries["models"][entries["default"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); reinstall sklearn-trm") from error
    return entries


def _is_entry(entry: dict[str, Any]) -> bool:
    """Whether an entry names a file in the folder of the weights, and what is in it."""
    file, sha = entry["file"], entry["sha256"]
    return Path(file).name == file and len(sha) == 64


def resolve(model: str) -> tuple[Path, str | None]:
    """File and expected sha256 of a model name ("auto", "tiny", ...) or of a path."""
    if str(model).endswith(".safetensors"):
        path = Path(model)
        if not path.is_file():
            raise WeightsError(f"no weights at {path}")
        return path, None
    entries = registry()
    name = entries["default"] if model == "auto" else model
    if name not in entries["models"]:
        known = ", ".join(sorted(entries["models"]))
        raise WeightsError(f"unknown model {model!r}; shipped are {known} (or a .safetensors path)")
    entry = entries["models"][name]
    return folder() / entry["file"], entry["sha256"]


def read(model: str = "auto") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and facts of a model.

    Parameters
    ----------
    model : str
        ``"auto"``, a name of the registry, or the path of a ``.safetensors`` file.

    Returns
    -------
    arrays : dict of ndarray
        Parameter path -> values.
    facts : dict
        ``config`` of the network and where it came from.

    Raises
    ------
    WeightsError
        If the file is missing, damaged or of another format.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path, expected = resolve(model)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"the weights {path} cannot be read: {error}") from error
    if expected is not None and hashlib.sha256(content).hexdigest() != expected:
        raise WeightsError(
            f"the weights {path} are damaged (sha256 differs); reinstall sklearn-trm"
        )
    try:  # of the bytes that were checked, not of a file that another may write
        arrays = load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        facts = json.loads(header.get("__metadata__", {}).get("facts", "{}"))
    except (SafetensorError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path} is no intact weights file: {error}") from error
    if not isinstance(facts, dict):
        raise WeightsError(f"{path} holds no facts of a network: no weights of ours")
    if facts.get("format") != FORMAT:
        raise WeightsError(
            f"{path} has weights format {facts.get('format')}, this version reads {FORMAT}"
        )
    return arrays, facts


def heads(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Those of the arrays that are of heads which guide a search, not of the network."""
    return {k: v for k, v in arrays.items() if k.startswith("worth/")}


def write(path: Path, arrays: dict[str, np.ndarray], facts: dict[str, Any]) -> str:
    """Write a weights file; returns its sha256."""
    from safetensors.numpy import save_file

    facts = {**facts, "format": FORMAT}
    save_file(
        {k: np.array(v, dtype=np.float32, order="C") for k, v in arrays.items()},
        path,
        metadata={"facts": json.dumps(facts)},
    )
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
