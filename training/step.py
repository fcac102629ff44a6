"""One jitted training step: draw laws, think, write, feed back, learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from sklearn_trm.network.model import TRM, ModelConfig
from sklearn_trm.network.scaling import problem_features

from .config import Bucket, TrainConfig
from .feedback import execute, prune
from .grids import n_filled
from .laws import Batch, sample_batch
from .losses import answer_loss
from .mesh import everywhere, split

Array = jax.Array
Params = dict[str, Any]


class TrainState(NamedTuple):
    """All that a run carries; a plain tree of arrays."""

    params: Params
    ema: Params
    opt: Any
    laws: Array  # int32, laws seen (in units of one batch: steps)


def build(cfg: ModelConfig, seed: int = 0) -> tuple[Callable[[Params], TRM], Params]:
    """A function from parameters (a plain tree) to the model, and initial parameters."""
    graph, *states = nnx.split(TRM(cfg, rngs=nnx.Rngs(seed)), nnx.Param, ...)
    state, rest = states
    params = nnx.to_pure_dict(state)

    def assemble(p: Params) -> TRM:
        filled = jax.tree.map(lambda x: x, state)
        nnx.replace_by_pure_dict(filled, p)
        return nnx.merge(graph, filled, rest)

    return assemble, params


def supervised(
    model: TRM, cfg: TrainConfig, batch: Batch, key: Array, *, steps: int, ns_steps: int
) -> tuple[Array, dict[str, Array]]:
    """Loss of `steps` supervision steps on a batch; the carry between them is detached."""
    b, _, v = batch.X.shape
    cells = batch.grids.cells
    tables = model.think_tables(v, cells)
    live = model.live_tokens(batch.columns, cells)
    y, z = model.start(b, v, cells)
    answer = jax.tree.map(jnp.zeros_like, batch.grids)._replace(
        value=jnp.ones_like(batch.grids.value)
    )
    y_hat = jnp.zeros_like(batch.y)
    valid = batch.mask.any(-1).astype(jnp.float32)
    n_cells = jnp.maximum((n_filled(batch.grids, jnp) * valid).sum(), 1.0)
    total: Array = jnp.zeros(())
    measures: dict[str, Array] = {}
    for step in range(steps):
        k = jax.random.split(jax.random.fold_in(key, step), 4)
        f = problem_features(batch.X, batch.y, y_hat, batch.mask, batch.columns, jnp)
        f = f._replace(views=batch.views)
        x = model.encode(jax.lax.stop_gradient(f))
        inject = model.inject(x, model.embed_answer(answer))
        # random depth without gradient: running longer than trained must not hurt
        free = jax.random.randint(k[0], (), 0, cfg.free_iterations + 1)
        frozen = jax.lax.stop_gradient((y, inject, tables))

        def free_update(_: int, z: Array, frozen: tuple[Any, Any, Any] = frozen) -> Array:
            return model.latent_update(z, *frozen, live, ns_steps)[0]

        z = jax.lax.fori_loop(0, free, free_update, jax.lax.stop_gradient(z))
        z = jax.lax.stop_gradient(z)
        # the last cycle keeps its gradient
        z, _ = model.latent_update(z, y, inject, tables, live, ns_steps)
        z, velocity = model.latent_update(z, y, inject, tables, live, ns_steps)
        y = model.answer_update(z, y, tables, live)
        greedy = jax.random.uniform(k[1], (b,)) < cfg.feedback_greed
        out = answer_loss(model, y, batch.grids, batch.columns, k[2], greedy)
        q = model.q_logit(y)
        right = jax.lax.stop_gradient(out.exact.astype(jnp.float32))
        q_loss = jnp.logaddexp(0.0, q) - right * q
        per_law = cfg.q_weight * q_loss + cfg.consistency * velocity**2
        total = total + (out.loss * valid).sum() / n_cells + (per_law * valid).mean()
        share = valid / jnp.maximum(valid.sum(), 1.0)
        measures[f"exact_{step + 1}"] = (out.exact * share).sum()
        measures[f"cells_{step + 1}"] = (out.cells_right * share).sum()
        measures[f"velocity_{step + 1}"] = (velocity * share).sum()
        if step + 1 < steps:
            y, z = jax.lax.stop_gradient(y), jax.lax.stop_gradient(z)
            answer = prune(out.answer)
            y_hat = execute(answer, batch.X, batch.y, batch.mask)
    return total / steps, measures


def make_step(
    cfg: TrainConfig,
    assemble: Callable[[Params], TRM],
    optimizer: optax.GradientTransformation,
    bucket: Bucket,
    mesh: jax.sharding.Mesh | None = None,
    given: bool = False,
) -> jax.stages.Wrapped:
    """The jitted step of one bucket; the state's buffers are donated.

    It takes the state and a key, where the batch is `given` the batch too; else it draws one.
    With a `mesh` (`training.mesh`) the batch is split over its devices.
    """

    def step(
        state: TrainState, key: Array, batch: Batch | None = None
    ) -> tuple[TrainState, dict[str, Array]]:
        level = jnp.minimum(state.laws * cfg.batch / cfg.curriculum_laws, 1.0)
        k_data, k_think = jax.random.split(key)
        if not given:
            batch = sample_batch(
                k_data,
                cfg.batch,
                cells=bucket.cells,
                columns=bucket.columns,
                rows=cfg.rows,
                level=level,
            )
        batch = split(mesh, batch)

        def loss(params: Params) -> tuple[Array, dict[str, Array]]:
            return supervised(
                assemble(params), cfg, batch, k_think,
                steps=cfg.supervision_steps, ns_steps=cfg.model.ns_steps,
            )  # fmt: skip

        (value, measures), grads = jax.value_and_grad(loss, has_aux=True)(state.params)
        finite = jnp.isfinite(sum((g * g).sum() for g in jax.tree.leaves(grads)))
        grads = jax.tree.map(lambda g: jnp.where(finite, g, 0.0), grads)
        updates, opt = optimizer.update(grads, state.opt, state.params)
        params = optax.apply_updates(state.params, updates)
        rate = jnp.minimum(cfg.ema, (1.0 + state.laws) / (10.0 + state.laws))
        ema = jax.tree.map(lambda e, p: rate * e + (1 - rate) * p, state.ema, params)
        measures |= {"loss": value, "finite": finite.astype(jnp.float32)}
        return TrainState(params, ema, opt, state.laws + 1), measures

    placed: dict[str, Any] = {} if mesh is None else {"out_shardings": everywhere(mesh)}
    return jax.jit(step, donate_argnums=0, **placed)
