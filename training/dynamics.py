"""Does the latent loop come to rest, and how strongly does it contract there?

Of some held-out laws the undamped map F (`TRM.latent_map`) is iterated, damped as in use, for
hundreds of steps. Where it rests, the gain of its Jacobian (largest singular value, power
iteration on ``J^T J`` with jvp and vjp) and its spectral radius (growth of ``J^k v``) are taken.
A gain above 1 with a radius below 1 is a map that first may stretch and yet comes to rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from sklearn_trm.network.model import TRM
from sklearn_trm.network.refine import Refiner
from sklearn_trm.network.scaling import Features, problem_features

from .evaluate import ROWS

Array = jax.Array

ITERATIONS = 512
LOOK_BACK = 16  # longest period that counts as an oscillation
POWER = 60
REST = (1e-2, 1e-3, 1e-4, 1e-5)


def _norm(z: Array) -> Array:
    return jnp.sqrt((z * z).sum((1, 2)) + 1e-30)


def _unit(z: Array) -> Array:
    return z / _norm(z)[:, None, None]


def gains(step: Callable[[Array], Array], z: Array, key: Array) -> tuple[Array, Array]:
    """Largest singular value and spectral radius of the Jacobian of `step` at z, per lane.

    Parameters
    ----------
    step : callable
        A map of (b, t, d) to itself that keeps lanes apart.
    z : array of shape (b, t, d)
    key : PRNG key

    Returns
    -------
    gain, radius : arrays of shape (b,)
        The radius is the geometric mean growth over the last third of the iterations: a
        complex pair of eigenvalues turns the vector, its growth stays.
    """
    _, forward = jax.linearize(step, z)
    _, backward = jax.vjp(step, z)
    v = _unit(jax.random.normal(key, z.shape))

    def squared(_: int, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        w = backward(forward(carry[0]))[0]
        return _unit(w), jnp.sqrt(_norm(w))

    def grown(v: Array, _: None) -> tuple[Array, Array]:
        w = forward(v)
        return _unit(w), jnp.log(_norm(w))

    _, gain = jax.lax.fori_loop(0, POWER, squared, (v, jnp.zeros(len(z))))
    _, growth = jax.lax.scan(grown, v, None, length=POWER)
    return gain, jnp.exp(growth[-POWER // 3 :].mean(0))


def _settle(
    model: TRM, features: Features, columns: Array, cells: int, ns_steps: int
) -> tuple[Array, ...]:
    """Velocities (iterations, b), distances to states before, gain and radius of both maps."""
    b, v = columns.shape
    tables, live = model.think_tables(v, cells), model.live_tokens(columns, cells)
    y, z = model.start(b, v, cells)
    inject = model.inject(model.encode(features), jnp.zeros((b, cells, model.cfg.dim)))

    def update(z: Array) -> tuple[Array, Array]:
        return model.latent_update(z, y, inject, tables, live, ns_steps)

    z, early = jax.lax.scan(lambda z, _: update(z), z, None, length=ITERATIONS - LOOK_BACK)

    def kept(z: Array, _: None) -> tuple[Array, tuple[Array, Array]]:
        new, velocity = update(z)
        return new, (velocity, z)

    z, (late, before) = jax.lax.scan(kept, z, None, length=LOOK_BACK)
    distance = jnp.sqrt(((before - z) ** 2).sum((2, 3))) / _norm(z)
    undamped = gains(
        lambda z: model.latent_map(z, y, inject, tables, live, ns_steps), z, jax.random.key(0)
    )
    damped = gains(lambda z: update(z)[0], z, jax.random.key(0))
    return jnp.concatenate([early, late]), distance[::-1], *undamped, *damped


def measure(
    refiner: Refiner, laws: list, *, count: int = 60, ns_steps: tuple[int, ...] = (0, 2, 3, 5)
) -> dict[str, Any]:
    """Facts of the loop for several numbers of Newton-Schulz steps, keyed by that number."""
    states = [
        refiner.start(X[:ROWS], y[:ROWS], np.random.default_rng(i), lanes=1, cells=15)
        for i, (_, X, y) in enumerate(laws[:count])
    ]
    X, y, mask, columns = (
        np.concatenate([getattr(s, name) for s in states]) for name in ("X", "y", "mask", "columns")
    )
    with np.errstate(all="ignore"):
        features = problem_features(X, y, np.zeros_like(y), mask, columns)
    facts = {}
    for k in ns_steps:

        def program(params: Any, f: Features, c: Array, k: int = k) -> tuple[Array, ...]:
            model = nnx.merge(refiner._graph, params, refiner._rest)
            return _settle(model, f, c, states[0].cells, k)

        found = jax.jit(program)(refiner._params, features, columns)
        facts[str(k)] = describe(*(np.asarray(a, float) for a in found))
    return facts


def describe(
    velocity: np.ndarray,
    distance: np.ndarray,
    gain: np.ndarray,
    radius: np.ndarray,
    damped_gain: np.ndarray,
    damped_radius: np.ndarray,
) -> dict[str, Any]:
    """Shares at rest, oscillating and wandering; quantiles of gains and radii."""
    last = velocity[-1]
    moving = last >= REST[1]
    # a lane that moves and is back where it was a few steps ago goes round in a circle
    round_trip = moving & (distance[1:].min(0) < 0.1 * last)
    first = {
        f"{t:g}": [
            int(np.argmax(v < t)) + 1 if (v < t).any() else None for v in velocity.T
        ]
        for t in REST
    }  # fmt: skip

    def spread(a: np.ndarray) -> list[float]:
        return [round(float(q), 4) for q in np.quantile(a, (0.1, 0.5, 0.9, 1.0))]

    return {
        "laws": len(last),
        "at_rest": {f"{t:g}": round(float((last < t).mean()), 4) for t in REST},
        "median_iterations": {
            t: float(np.median([n for n in v if n])) if any(v) else None for t, v in first.items()
        },
        "oscillating": round(float(round_trip.mean()), 4),
        "wandering": round(float((moving & ~round_trip).mean()), 4),
        "last_velocity": spread(last),
        "gain": spread(gain),
        "radius": spread(radius),
        "damped_gain": spread(damped_gain),
        "damped_radius": spread(damped_radius),
        "velocity": [float(f"{q:.3g}") for q in np.median(velocity, 1)[:64]],
    }
