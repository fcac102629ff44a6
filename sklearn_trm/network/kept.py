"""Jitted programs whose compiled form outlives the process, in the user's own folder.

JAX's own persistent cache is one for the whole process and belongs to the user; it also
traces and lowers before it looks. Here the finished program is written as a file and read
back under a key of everything that it was made of. With it lie the arguments and the
results of its first call: a program read back has to repeat them before it is used
(JAX 0.5 and 0.6 read some programs back wrongly, without a word).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import pickle
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flax
import jax
import jaxlib
import numpy as np

from .. import cache

_FIRST = (0, 7)  # version of JAX that reads back on a CPU what it has written
_MOST = 24  # files; the oldest go first
# the first level compiles a third longer than none and runs twice as fast; higher ones don't pay
_OPTIONS: dict[str, Any] = {"xla_backend_optimization_level": 1}
# what JAX makes of the same program also depends on these
_SETTINGS = (
    "jax_enable_x64", "jax_default_matmul_precision", "jax_default_prng_impl",
    "jax_threefry_partitionable", "jax_numpy_dtype_promotion", "jax_numpy_rank_promotion",
    "jax_debug_nans", "jax_debug_infs", "jax_default_device",
)  # fmt: skip


class Kept:
    """A jitted function of arrays; the first call of a shape reads its program, or compiles.

    Parameters
    ----------
    function : callable
        Pure, on trees of arrays of fixed shapes.
    key : tuple
        All that `function` closes over, as far as its sources do not tell.
    """

    def __init__(self, function: Callable, key: tuple) -> None:
        options = _OPTIONS if jax.default_backend() == "cpu" else None
        self._jit = jax.jit(function, compiler_options=options)
        self._key = key
        self._runs: dict[tuple, Callable] = {}

    def __call__(self, *args: Any) -> Any:
        place = cache.folder()
        if place is None or not _is_keepable():
            return self._jit(*args)
        shapes = tuple(
            (np.shape(a), str(getattr(a, "dtype", type(a)))) for a in jax.tree.leaves(args)
        )
        settings = tuple(str(getattr(jax.config, name, None)) for name in _SETTINGS)
        if (shapes, settings) not in self._runs:
            name = hashlib.sha256(repr((self._key, shapes, settings, _facts())).encode())
            path = place / "jax" / f"{name.hexdigest()}.bin"
            self._runs[shapes, settings] = _read(path, args) or self._compile(path, args)
        return self._runs[shapes, settings](*args)

    def _compile(self, path: Path, args: tuple) -> Callable:
        run = self._jit.lower(*args).compile()
        _write(path, run, args)
        return run


def _is_keepable() -> bool:
    """One CPU and nothing else, and a JAX that can read back what it writes."""
    version = tuple(int(part) for part in jax.__version__.split(".")[:2])
    plain = version >= _FIRST and not jax.config.jax_disable_jit  # type: ignore[attr-defined]
    return plain and jax.default_backend() == "cpu" and jax.device_count() == 1


@functools.cache
def _facts() -> tuple:
    """The sources of our programs, and the machine and the compiler that they are for."""
    here = Path(__file__).resolve().parent
    flags = ""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as file:
        flags = next((line for line in file if line.startswith(("flags", "Features"))), "")
    return (
        cache.source_stamp(here, here.parent / "expressions"),
        jax.__version__, jaxlib.__version__, flax.__version__, np.__version__,
        platform.python_version(), platform.platform(), platform.processor(), flags,
        os.environ.get("XLA_FLAGS", ""),
    )  # fmt: skip


def _read(path: Path, args: tuple) -> Callable | None:
    """The program in a file, if it still does what it did; else None."""
    from jax.experimental.serialize_executable import deserialize_and_load

    try:
        content = path.read_bytes()
        if hashlib.sha256(content[32:]).digest() != content[:32]:
            return None
        payload, trees, example, expected = pickle.loads(content[32:])
        run = deserialize_and_load(payload, *trees)
        again = jax.tree.leaves(run(*jax.tree.unflatten(jax.tree.structure(args), example)))
    except (OSError, ValueError, RuntimeError, pickle.UnpicklingError):
        return None  # not there, or of a compiler that cannot load it: compiled afresh
    same = len(again) == len(expected) and all(
        np.allclose(a, b, rtol=1e-3, atol=1e-3, equal_nan=True)
        for a, b in zip(again, expected, strict=True)
    )
    return run if same else None


def _write(path: Path, run: Any, args: tuple) -> None:
    """Keep a program with an example of what it does; where it cannot be kept, do not."""
    from jax.experimental.serialize_executable import serialize

    try:
        payload, *trees = serialize(run)
        example, expected = (
            [np.asarray(a) for a in jax.tree.leaves(tree)] for tree in (args, run(*args))
        )
        body = pickle.dumps((payload, trees, example, expected))
        path.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            file.write(hashlib.sha256(body).digest() + body)
        os.replace(file.name, path)  # whole or not at all, also for other processes
        files = sorted(path.parent.iterdir(), key=lambda p: p.stat().st_mtime)
        for old in files[:-_MOST]:
            old.unlink()
    except (OSError, ValueError, RuntimeError, pickle.PicklingError):
        return
