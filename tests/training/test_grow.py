"""Wider networks that compute what narrower ones do."""

import functools
from dataclasses import replace

import jax
import numpy as np
import pytest
from flax import nnx

from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.text import parse
from sklearn_trm.network.grid_tree import to_grid
from sklearn_trm.network.model import TRM, ModelConfig
from sklearn_trm.network.refine import think
from sklearn_trm.network.scaling import problem_features
from training import checkpoint
from training.config import CONFIGS
from training.grow import grown
from training.step import build

SMOKE = CONFIGS["smoke"]
NARROW = replace(SMOKE.model, views=95)
WIDE = replace(NARROW, dim=32, hidden=48)


def weights(seed=1):
    """A network whose every weight counts: none is zero, as some are at first."""
    _, params = build(NARROW, seed)
    rng = np.random.default_rng(seed)
    flat = checkpoint.flatten(params)
    return {k: v + 0.2 * rng.standard_normal(v.shape).astype(v.dtype) for k, v in flat.items()}


def answer(cfg, flat):
    """Velocities and where cells point to, of a network that thinks of a table and an answer."""
    assemble, params = build(cfg, 0)
    rng = np.random.default_rng(0)
    X, mask, columns = rng.normal(size=(4, 24, 3)), np.ones((4, 24), bool), np.ones((4, 3), bool)
    features = problem_features(X, X.prod(-1), X[..., 0], mask, columns)
    features = features._replace(views=rng.normal(size=(4, NARROW.views)))
    laws = [to_grid(parse(t), 15) for t in ("2*x0*x1", "exp(x2) + x0", "x0/(1 + x1)", "sin(x0)")]
    grids = G.Grids(*(np.concatenate(parts) for parts in zip(*laws, strict=True)))

    @functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
    def run(params):
        net = assemble(params)
        x, e = net.encode(features), net.embed_answer(grids)
        thought = think(net, x, e, columns, *net.start(4, 3, 15), 0.0, max_iters=3, ns_steps=2)
        h = net.write(thought.y, e)
        head, (unary, scaled) = (
            net.head_logits(h, thought.y, columns),
            net.given_head_logits(h, grids.head),
        )
        return thought.velocities, head[..., : G.VAR0 + 3], unary, scaled, net.q_logit(thought.y)

    return run(checkpoint.unflatten(params, flat))


def test_the_wider_network_computes_the_same():
    flat = weights()
    wide = grown(flat, NARROW, WIDE)
    assert wide["z_init"].shape[1] == WIDE.dim
    for narrow, same in zip(answer(NARROW, flat), answer(WIDE, wide), strict=True):
        np.testing.assert_allclose(same, narrow, rtol=1e-3, atol=1e-3 * np.abs(narrow).mean())


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


@pytest.mark.parametrize("name", ["small", "base"])
def test_the_wide_presets_grow_from_what_is_kept(name):
    cfg = CONFIGS[name]
    run = checkpoint.RUNS / cfg.start
    old = ModelConfig(**checkpoint.load_facts(run)["config"]["model"])
    flat = grown(checkpoint.averaged(run), old, cfg.model)
    model = nnx.eval_shape(lambda: TRM(cfg.model, rngs=nnx.Rngs(0)))
    leaves = jax.tree_util.tree_leaves_with_path(nnx.to_pure_dict(nnx.state(model, nnx.Param)))
    shapes = {"/".join(str(p.key) for p in path): leaf.shape for path, leaf in leaves}
    assert {k: v.shape for k, v in flat.items()} == shapes
    assert sum(v.size for v in flat.values()) <= 7_000_000
