"""Spoiled checkpoints: each is refused by a `ValueError`, or is what was saved.

``python -m training spoiled --cases 5000`` changes ``state.json`` in up to three places, cuts or
overwrites it or a shard (`benchmarks.fuzz` draws, shrinks and counts), and loads what is left.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from benchmarks.fuzz import Kind, Tally, look, told
from benchmarks.fuzz_draws import cut, spoiled

from . import checkpoint

Arrays = dict[str, np.ndarray]
Case = tuple[str, int, bytes | None]


def _arrays() -> Arrays:
    return {"a": np.arange(5, dtype=np.float32), "b": np.array([[1], [2]], dtype=np.int32)}


def _files(folder: Path) -> dict[str, bytes]:
    """Files of a whole checkpoint of two shards."""
    most, checkpoint.SHARD_BYTES = checkpoint.SHARD_BYTES, 16
    try:
        checkpoint.save(folder, _arrays(), {"steps": 3, "minutes": 1.0, "config": {"model": {}}})
    finally:
        checkpoint.SHARD_BYTES = most
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def kind(folder: Path) -> Kind:
    """Spoiled checkpoints, in a folder of their own."""
    whole = _files(folder / "whole")
    shards = sorted(name for name in whole if name.endswith(".safetensors"))

    def run(case: Case) -> None:
        facts, which, content = case
        files = {**whole, "state.json": facts.encode("utf-8", "surrogatepass")}
        if content is not None:
            files[shards[which]] = content
        place = folder / "spoiled"
        shutil.rmtree(place, ignore_errors=True)
        for name, own in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(own)
        tree, _ = checkpoint.load(place, _arrays())
        # shards whose sha256 was left out with the rest aren't checked: of versions before it
        kept = content is None or '"sha256"' in facts
        if kept and any(not np.array_equal(tree[k], v) for k, v in _arrays().items()):
            raise ArithmeticError("another state than the one that was saved")

    draw = st.tuples(
        spoiled(whole["state.json"].decode()), st.integers(0, len(shards) - 1),
        st.one_of(st.none(), cut(whole[shards[0]])),
    )  # fmt: skip
    return Kind(draw, run, 1.0, (ValueError, OSError))


def main(argv: Sequence[str] | None = None) -> int:
    """Draw spoiled checkpoints; exit code 1 where one is a fault."""
    parser = argparse.ArgumentParser(prog="python -m training spoiled", description=main.__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    tally = Tally()
    with tempfile.TemporaryDirectory() as place:
        look("checkpoint", kind(Path(place)), args.cases, args.seed, tally)
    print({end: n for (_, end), n in tally.ends.items()}, flush=True)
    told(tally)
    return 0
