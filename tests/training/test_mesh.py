"""Several devices train as one does; a killed run goes on from its last checkpoint."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from training import checkpoint, mesh
from training.__main__ import main
from training.config import CONFIGS
from training.loop import train

SMOKE = CONFIGS["smoke"]
ROOT = Path(__file__).parents[2]

STEPS = """
import json, sys
from dataclasses import replace
import jax, numpy as np
from training.config import CONFIGS, Bucket
from training.loop import initial_state
from training.mesh import data_mesh, place
from training.step import make_step
cfg = replace(CONFIGS["smoke"], supervision_steps=1, buckets=(Bucket(7, 2, 1.0),))
jax.config.update("jax_compilation_cache_dir", sys.argv[1])
assemble, optimizer, state = initial_state(cfg)
mesh = data_mesh(cfg.batch)
step = make_step(cfg, assemble, optimizer, cfg.buckets[0], mesh)
state, losses = place(mesh, state), []
for i in range(3):
    key = jax.random.fold_in(jax.random.key(1, impl="rbg"), i)
    state, measures = step(state, place(mesh, key))
    losses.append(float(measures["loss"]))
kernel = state.params["blocks"][0]["mlp"]["up"]["kernel"]
print(json.dumps([jax.device_count(), losses, len(kernel.sharding.device_set),
                  np.asarray(kernel).ravel()[:50].tolist()]))
"""


def run_steps(devices: int, folder: Path) -> list:
    flags = f"--xla_force_host_platform_device_count={devices} --xla_backend_optimization_level=0"
    env = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", STEPS, str(folder)]
    out = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr[-2000:]
    return json.loads(out.stdout.splitlines()[-1])


HOST = """
import json, sys
import jax, jax.numpy as jnp, numpy as np
jax.distributed.initialize(sys.argv[1], 2, int(sys.argv[2]))
from training.mesh import agreed, data_mesh, place, split
mesh = data_mesh(8)
@jax.jit
def step(weights, key):
    rows = split(mesh, jax.random.normal(key, (8, 3)))
    def loss(w):
        return jnp.mean((rows @ w - 1.0) ** 2)
    value, slope = jax.value_and_grad(loss)(weights)
    return weights - 0.1 * slope, value
weights, losses = place(mesh, jnp.ones(3)), []
for i in range(5):
    key = jax.random.fold_in(jax.random.key(1, impl="rbg"), i)
    weights, value = step(weights, place(mesh, key))
    losses.append(float(value))
print(json.dumps([jax.device_count(), agreed(jax.process_index() == 0), losses,
                  np.asarray(weights).tolist(), len(weights.sharding.device_set)]))
"""


@pytest.mark.slow
def test_two_hosts_step_as_one_does() -> None:
    """Two processes that know each other by `jax.distributed`, a device each."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    flags = "--xla_force_host_platform_device_count=1"
    env = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    hosts = [
        subprocess.Popen([sys.executable, "-c", HOST, address, str(i)], env=env, cwd=ROOT,
                         text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for i in range(2)
    ]  # fmt: skip
    try:
        told = [host.communicate(timeout=600) for host in hosts]
    finally:
        for host in hosts:
            host.kill()
            host.communicate()
    assert [host.returncode for host in hosts] == [0, 0], told[0][1][-2000:] + told[1][1][-2000:]
    first, second = (json.loads(out.splitlines()[-1]) for out, _ in told)
    assert first == second and first[:2] == [2, True] and first[4] == 2
    weights, losses = jnp.ones(3), []
    for i in range(5):  # the same draws on one device
        key = jax.random.fold_in(jax.random.key(1, impl="rbg"), i)
        rows = jax.random.normal(key, (8, 3))
        value, slope = jax.value_and_grad(lambda w, r=rows: jnp.mean((r @ w - 1.0) ** 2))(weights)
        weights, losses = weights - 0.1 * slope, [*losses, float(value)]
    np.testing.assert_allclose(first[2], losses, rtol=1e-5)
    np.testing.assert_allclose(first[3], weights, rtol=1e-5)


@pytest.mark.slow
def test_eight_devices_train_as_one_does(tmp_path) -> None:
    one, eight = (run_steps(n, tmp_path / str(n)) for n in (1, 8))
    assert (one[0], eight[0], one[2], eight[2]) == (1, 8, 1, 8)
    # the same laws and draws: only the order of float32 sums differs
    np.testing.assert_allclose(eight[1][0], one[1][0], rtol=1e-5)
    # one update later a sum that differs in its last bit may have turned a drawn answer
    np.testing.assert_allclose(eight[1], one[1], rtol=2e-3)
    np.testing.assert_allclose(eight[3], one[3], atol=2e-3)


def test_a_batch_that_devices_cannot_share_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(mesh.jax, "device_count", lambda: 8)
    with pytest.raises(ValueError, match="--set batch=24"):
        mesh.data_mesh(20)
    monkeypatch.setattr(mesh.jax, "device_count", lambda: 1)
    assert mesh.data_mesh(20) is None


def test_hosts_are_named_completely_or_not_at_all(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--distributed", "localhost:1234", "2"])
    assert "ADDRESS:PORT COUNT INDEX" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_killed_at_random_moments_loses_its_last_chunk_only(tmp_path) -> None:
    """SIGKILL five times; in the end every array equals that of a run that was left alone."""
    folder, whole = tmp_path / "killed", tmp_path / "whole"
    train(SMOKE, folder, 30, max_steps=1, progress=False)
    command = [sys.executable, "-m", "training", "--config", "smoke", "--minutes", "5",
               "--resume", str(folder), "--save-every", "0"]  # fmt: skip
    rng = np.random.default_rng()
    reached = 1
    for _ in range(5):
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 300
        while checkpoint.load_facts(folder)["steps"] == reached and time.monotonic() < end:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(float(rng.exponential(0.3)))
        seen = checkpoint.load_facts(folder)["steps"]
        process.send_signal(signal.SIGKILL)
        process.wait()
        facts = checkpoint.load_facts(folder)
        assert facts["steps"] >= seen > reached  # what was saved is never lost
        reached = facts["steps"]
    train(SMOKE, whole, 30, max_steps=reached, progress=False)
    name = f"step-{reached:08d}/state-0000.safetensors"
    killed, alone = (checkpoint.load_file(f / name) for f in (folder, whole))
    for key in alone:
        np.testing.assert_array_equal(killed[key], alone[key], err_msg=key)
