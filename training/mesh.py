"""Training on several devices: the batch is split over a mesh axis, parameters are everywhere.

The step is one program for all devices. Its random numbers belong to the step, not to a device,
so 1, 8 or 64 devices draw the same laws and differ only in the order of float32 sums.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

AXIS = "data"


def data_mesh(batch: int) -> Mesh | None:
    """A mesh over all devices (of all hosts), or None where there is just one.

    Raises
    ------
    ValueError
        If the devices cannot share the batch evenly.
    """
    n = jax.device_count()
    if n == 1:
        return None
    if batch % n:
        raise ValueError(
            f"a batch of {batch} laws does not divide among {n} devices: "
            f"pass --set batch={-(-batch // n) * n}"
        )
    return jax.make_mesh((n,), (AXIS,), axis_types=(jax.sharding.AxisType.Auto,))


def everywhere(mesh: Mesh) -> NamedSharding:
    """The whole array on every device."""
    return NamedSharding(mesh, PartitionSpec())


def place(mesh: Mesh | None, tree: Any) -> Any:
    """`tree` on every device of the mesh; unchanged without one."""
    if mesh is None:
        return tree
    where = everywhere(mesh)

    def put(leaf: Any) -> Any:
        # JAX sends arrays to devices of other hosts, but no typed keys
        if jax.process_count() > 1 and jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            data = jax.device_put(np.asarray(jax.random.key_data(leaf)), where)
            return jax.random.wrap_key_data(data, impl=jax.random.key_impl(leaf))
        return jax.device_put(leaf, where)

    return jax.tree.map(put, tree)


def split(mesh: Mesh | None, tree: Any) -> Any:
    """Inside a jitted program: arrays split along their first axis, the batch."""
    if mesh is None:
        return tree
    return jax.lax.with_sharding_constraint(tree, NamedSharding(mesh, PartitionSpec(AXIS)))


def agreed(value: bool) -> bool:
    """The first host's value on every host: clocks differ, and all must stop at one step."""
    if jax.process_count() == 1:
        return value
    from jax.experimental.multihost_utils import broadcast_one_to_all

    return bool(broadcast_one_to_all(np.array(value)))
