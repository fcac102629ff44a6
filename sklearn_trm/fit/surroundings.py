"""What a search runs in: device, threads, warnings, and memory for what comes after it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

_RESERVE = 2**26  # bytes


def reserve() -> Any:
    """Memory for what comes after the search, which may take all others (pages stay untouched)."""
    try:
        return np.empty(_RESERVE, dtype=np.int8)
    except MemoryError:
        return None


def quiet() -> AbstractContextManager[Any]:
    """A law that overflows or leaves its domain is a candidate as others: its loss is infinite."""
    return np.errstate(all="ignore")


def one_thread() -> AbstractContextManager[Any]:
    """Many small products: more threads would only wait for each other."""
    return threadpool_limits(limits=1, user_api="blas")


def on_device(device: str, model: str | None) -> AbstractContextManager[Any]:
    """The device on which the network runs."""
    if model is None or device == "auto":
        return nullcontext()
    import jax

    try:
        return jax.default_device(jax.devices(device)[0])
    except RuntimeError as error:
        raise ValueError(f"JAX sees no device {device!r} here; use device='auto'") from error
