"""Wider networks that compute what narrower ones do."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from training import checkpoint
from training.config import CONFIGS
from training.grow import grown
from training.laws import sample_batch
from training.step import build, supervised

SMOKE = CONFIGS["smoke"]
NARROW = replace(SMOKE.model, views=95)
WIDE = replace(NARROW, dim=32, hidden=48)


def weights(seed=1):
    """A network whose every weight counts: none is zero, as some are at first."""
    _, params = build(NARROW, seed)
    rng = np.random.default_rng(seed)
    flat = checkpoint.flatten(params)
    return {k: v + 0.2 * rng.standard_normal(v.shape).astype(v.dtype) for k, v in flat.items()}


def loss(model, flat):
    assemble, params = build(model, 0)
    cfg = replace(SMOKE, model=model)
    key = jax.random.key(0, impl="rbg")
    batch = sample_batch(key, level=jnp.float32(1.0), batch=16, cells=15, columns=3, rows=24)
    batch = batch._replace(views=jnp.asarray(np.random.default_rng(0).normal(size=(16, 95)), "f4"))
    net = assemble(checkpoint.unflatten(params, flat))
    value, traced = supervised(net, cfg, batch, key, steps=2, ns_steps=2)
    return float(value), {k: float(v) for k, v in traced.items()}


def test_the_wider_network_computes_the_same():
    flat = weights()
    before, after = loss(NARROW, flat), loss(WIDE, grown(flat, NARROW, WIDE))
    assert before[0] == pytest.approx(after[0], rel=2e-4)
    assert before[1] == pytest.approx(after[1], rel=2e-3, abs=2e-3)


def test_equal_channels_are_read_in_different_shares():
    flat = weights()
    kernel = grown(flat, NARROW, WIDE)["blocks/0/think/value/kernel"]
    first, second = kernel[:8], kernel[8:16]  # of the first head
    assert np.abs(first - second).min() > 0
    assert np.allclose((first + second)[:, :8], flat["blocks/0/think/value/kernel"][:8, :8])


@pytest.mark.parametrize("change", [{"dim": 24}, {"hidden": 20}, {"layers": 3}, {"heads": 4}])
def test_what_does_not_grow_is_told(change):
    with pytest.raises(ValueError, match="grow"):
        grown(weights(), NARROW, replace(NARROW, **change))
