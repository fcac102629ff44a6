"""Training: parameter groups, checkpoints, resume; a run of a few steps on the smallest network."""

from __future__ import annotations

import json
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file

from benchmarks.fuzz import Tally, look
from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.text import parse
from sklearn_trm.network.grid_tree import to_grid
from training import checkpoint, spoiled
from training.config import CONFIGS
from training.feedback import execute, prune
from training.loop import train
from training.optimizer import learning_rate, uses_muon
from training.step import build

SMOKE = CONFIGS["smoke"]


@pytest.fixture(scope="module")
def params():
    return build(SMOKE.model)[1]


def test_muon_gets_hidden_matrices_only(params) -> None:
    flat = checkpoint.flatten(params)
    muon = {n for n, a in flat.items() if uses_muon(tuple(n.split("/")), a)}
    assert "blocks/0/mlp/up/kernel" in muon and "blocks/1/think/value/kernel" in muon
    for name in ("head_embedding", "head_out/kernel", "q_out/kernel", "z_init", "mode",
                 "blocks/0/think/shared", "overall/kernel", "point_target/kernel"):  # fmt: skip
        assert name in flat and name not in muon
    assert sum(flat[n].size for n in muon) > 0.2 * sum(a.size for a in flat.values())


def test_the_learning_rate_warms_up_and_decays() -> None:
    rate = learning_rate(SMOKE, 1.0)
    total = SMOKE.planned_laws // SMOKE.batch
    assert float(rate(0)) < 0.2 and float(rate(total // 2)) == pytest.approx(1.0)
    assert float(rate(total)) == pytest.approx(0.05, abs=0.02)


def test_checkpoints_are_restored_bit_for_bit_and_in_shards(tmp_path, params, monkeypatch) -> None:
    monkeypatch.setattr(checkpoint, "SHARD_BYTES", 20_000)
    checkpoint.save(tmp_path, params, {"steps": 1})
    files = list(tmp_path.glob("step-*/*.safetensors"))
    assert len(files) > 1
    back, facts = checkpoint.load(tmp_path, params)
    assert facts["steps"] == 1
    for a, b in zip(jax.tree.leaves(params), jax.tree.leaves(back), strict=True):
        assert a.shape == b.shape and (np.asarray(a) == np.asarray(b)).all()


def test_a_kill_while_saving_leaves_the_last_checkpoint(tmp_path, params) -> None:
    checkpoint.save(tmp_path, params, {"steps": 1})
    half = tmp_path / ".step-00000002.partial"  # what a killed save leaves behind
    half.mkdir()
    (half / "state-0000.safetensors").write_bytes(b"half a file")
    unlinked = tmp_path / "step-00000003"  # renamed, but the pointer was not yet moved
    unlinked.mkdir()
    assert checkpoint.load(tmp_path, params)[1]["steps"] == 1
    checkpoint.save(tmp_path, params, {"steps": 2})
    assert checkpoint.load(tmp_path, params)[1]["steps"] == 2


def test_a_damaged_or_foreign_checkpoint_is_refused(tmp_path, params) -> None:
    checkpoint.save(tmp_path, params, {"steps": 1})
    facts = json.loads((tmp_path / "state.json").read_text())
    for folder in ("../elsewhere", "/etc", "a/b"):
        (tmp_path / "state.json").write_text(json.dumps({**facts, "folder": folder}))
        with pytest.raises(ValueError, match="elsewhere"):
            checkpoint.load(tmp_path, params)
    (tmp_path / "state.json").write_text(json.dumps(facts))
    shard = tmp_path / facts["folder"] / "state-0000.safetensors"
    content = bytearray(shard.read_bytes())
    content[-3] ^= 1
    shard.write_bytes(content)
    with pytest.raises(ValueError, match="sha256"):
        checkpoint.load(tmp_path, params)


def test_spoiled_checkpoints_are_refused_or_whole(tmp_path) -> None:
    tally = Tally()
    look("checkpoint", spoiled.kind(tmp_path), 60, 0, tally)
    assert not tally.faults and tally.ends["checkpoint", "answer"]


def test_facts_that_are_none_are_refused_in_words(tmp_path, params) -> None:
    for facts in ("", "{", "[]", "{}", "[" * 10_000, '{"folder": 1, "shards": 1, "steps": 1}',
                  '{"folder": "a", "shards": true, "steps": null}'):  # fmt: skip
        (tmp_path / "state.json").write_text(facts)
        with pytest.raises(ValueError, match="no checkpoint of ours"):
            checkpoint.load(tmp_path, params)


def test_a_checkpoint_of_another_model_is_refused(tmp_path, params) -> None:
    checkpoint.save(tmp_path, {"x": params["mode"]}, {"steps": 1})
    with pytest.raises(ValueError, match="lacks"):
        checkpoint.load(tmp_path, params)


def test_pruned_answers_are_whole_trees() -> None:
    grid = to_grid(parse("x0*x1 + x2"), 15)
    grid.head[0, 1] = G.VAR0  # the left operand becomes a leaf, its children hang in the air
    grid.head[0, 3] = grid.head[0, 4] = G.VAR0 + 1
    cut = prune(G.Grids(*(jnp.asarray(a) for a in grids_of(grid))))
    assert np.asarray(cut.head)[0, 3:5].tolist() == [0, 0]
    assert np.asarray(cut.head)[0, 1] == G.VAR0


def grids_of(grid: G.Grids) -> list[np.ndarray]:
    return [a.copy() for a in grid]


def test_execution_fits_scale_and_offset_in_closed_form() -> None:
    X = jnp.asarray(np.random.default_rng(0).uniform(1, 2, (2, 30, 2)), jnp.float32)
    y = 3.0 * X[..., 0] * X[..., 1] + 5.0
    one = to_grid(parse("x0*x1"), 15)
    bad = to_grid(parse("log(x0 - 9)"), 15)
    both = G.Grids(
        *(jnp.concatenate([jnp.asarray(a), jnp.asarray(b)]) for a, b in zip(one, bad, strict=True))
    )
    y_hat = np.asarray(execute(both, X, y, jnp.ones((2, 30), bool)))
    np.testing.assert_allclose(y_hat[0], y[0], rtol=1e-4)
    np.testing.assert_allclose(y_hat[1], float(y[1].mean()), rtol=1e-4)  # undefined: the mean


@pytest.mark.slow
def test_a_resumed_run_goes_on_bit_for_bit(tmp_path) -> None:
    """Four steps at once equal two steps, a stop, and two more."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(SMOKE, parts, 30, max_steps=2, progress=False)
    shutil.copytree(parts / "compiled", whole / "compiled")
    train(SMOKE, parts, 30, max_steps=2, progress=False)
    facts = train(SMOKE, whole, 30, max_steps=4, progress=False)
    assert facts["laws"] == 4 * SMOKE.batch
    names = ["step-00000004/state-0000.safetensors"]
    a, b = (load_file(folder / names[0]) for folder in (whole, parts))
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)
    moved = [n for n in a if n.startswith("params/") and np.abs(a[n] - 0).max() > 0]
    assert moved and json.loads((whole / "state.json").read_text())["steps"] == 4
