"""Kills at random moments: what was recorded, measured, saved before is there, once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import sklearn_trm
from benchmarks.rows import read
from sklearn_trm.output.whole_files import whole_lines
from training import checkpoint
from training.config import CONFIGS
from training.loop import initial_state

ROOT = Path(sklearn_trm.__file__).resolve().parents[1]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
SAVES = """
import sys
import numpy as np
from pathlib import Path
from training import checkpoint
folder, k = Path(sys.argv[1]), 0
if checkpoint.load_facts(folder):
    k = checkpoint.load(folder, {name: np.zeros(200_000, "f4") for name in "abcde"})[1]["steps"]
checkpoint.SHARD_BYTES = 3_000_000
while True:
    k += 1
    checkpoint.save(folder, {name: np.full(200_000, k, "f4") for name in "abcde"}, {"steps": k})
"""


def killed(command, size, rng, longest):
    """Run a command until it has written something new, and up to so many seconds more."""
    before = size()
    run = subprocess.Popen(
        [sys.executable, *map(str, command)], env=ENV, cwd=ROOT, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    while run.poll() is None and size() == before:
        time.sleep(0.005)
    assert run.poll() is None, run.stderr.read().decode()[-2000:]
    time.sleep(rng.uniform(0, longest))
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()


def written(path):
    return lambda: path.stat().st_size if path.exists() else 0


@pytest.mark.slow
def test_kills_while_laws_are_recorded(tmp_path):
    """At most the law in work is lost: lines stay as they were, numbers follow one another."""
    out, rng, before = tmp_path / "agenda.jsonl", np.random.default_rng(0), []
    command = ["-m", "training", "agenda", "--laws", "9999", "--seconds", "0.2", "--cap", "0.1",
               "--out", out]  # fmt: skip
    for _ in range(35):
        killed(command, written(out), rng, 1.0)
        rows = read(out)
        assert len(rows) > len(before) and rows[: len(before)] == before
        before = rows
    assert [row["number"] for row in before] == list(range(len(before)))


@pytest.mark.slow
def test_kills_of_a_benchmark_run(tmp_path):
    """Each fit is there once; the fit in work is done by the next run."""
    out, rng, before = tmp_path / "fits.jsonl", np.random.default_rng(1), []
    command = ["-m", "benchmarks", "run", "--suite", "all", "--peers", "linear", "--limit", "1",
               "--rows", "30", "--seeds", *range(9), "--out", tmp_path]  # fmt: skip
    for _ in range(35):
        killed(command, written(out), rng, 0.3)
        rows = read(out)
        assert len(rows) > len(before) and rows[: len(before)] == before
        before = rows
    keys = [json.dumps([row[k] for k in ("task", "group", "seed", "limit", "noise")])
            for row in before]  # fmt: skip
    assert len(keys) == len(set(keys))


@pytest.mark.slow
def test_kills_while_checkpoints_are_saved(tmp_path):
    """The newest is whole, and never older than the one before the kill."""
    rng, before, pointer = np.random.default_rng(2), 0, tmp_path / "state.json"
    for _ in range(30):
        killed(["-c", SAVES, tmp_path],
               lambda: pointer.stat().st_mtime_ns if pointer.exists() else 0, rng, 0.3)  # fmt: skip
        tree, facts = checkpoint.load(tmp_path, {name: np.zeros(200_000, "f4") for name in "abcde"})
        assert facts["steps"] > before
        assert all((np.asarray(a) == facts["steps"]).all() for a in tree.values())
        before = facts["steps"]
    assert len(list(tmp_path.glob("step-*"))) <= 2


@pytest.mark.slow
def test_kills_of_training(tmp_path):
    """The loop itself goes on from its last checkpoint, never before it; weights stay numbers."""
    rng, before, pointer = np.random.default_rng(3), 0, tmp_path / "state.json"
    command = ["-m", "training", "--config", "smoke", "--save-every", "0.3", "--resume", tmp_path]
    for _ in range(20):
        killed(command, lambda: pointer.stat().st_mtime_ns if pointer.exists() else 0, rng, 1.5)
        facts = checkpoint.load_facts(tmp_path)
        assert facts["steps"] > before
        state, _ = checkpoint.load(tmp_path, initial_state(CONFIGS["smoke"])[2])
        assert int(state.laws) == facts["steps"]
        assert all(np.isfinite(np.asarray(a)).all() for a in checkpoint.flatten(state.ema).values())
        before = facts["steps"]
    logged = [json.loads(line)["steps"] for line in whole_lines(tmp_path / "log.jsonl")]
    assert len(list(tmp_path.glob("step-*"))) <= 2 and logged == sorted(logged)
