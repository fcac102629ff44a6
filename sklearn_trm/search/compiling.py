"""Kernels compiled by numba, kept between processes in the user's own folder."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import cache


def compiled(function: Callable, **options: Any) -> Callable:
    """`function` compiled and kept on disk; itself where numba is not installed."""
    try:
        import numba
    except ImportError:
        return function
    run = numba.njit(error_model="numpy", **options)(function)
    place = cache.folder()
    # with NUMBA_DISABLE_JIT a function stays what it is
    if place is not None and hasattr(run, "enable_caching"):
        try:
            # what `cache=True` does, but in our folder: numba's own setting is the user's
            run._cache = _cache_in(place / "numba")(function)
        except (OSError, RuntimeError):  # the folder is gone or full: compiled, not kept
            return run
    return run


@functools.cache
def _cache_in(place: Path) -> Any:
    """Numba's cache of functions with `place` as its only folder."""
    from numba.core import caching

    class Locator(caching._CacheLocator):
        def __init__(self, function: Callable, path: str) -> None:
            self._line = function.__code__.co_firstlineno
            self._path = os.path.join(place, self.get_suitable_cache_subpath(path))
            self._sources = Path(path).parent

        def get_cache_path(self) -> str:
            return self._path

        def get_source_stamp(self) -> str:
            # kernels call each other: any changed file makes all of them stale
            return cache.source_stamp(self._sources, Path(__file__).parent)

        def get_disambiguator(self) -> str:
            return str(self._line)

        @classmethod
        def from_function(cls, function: Callable, path: str) -> Any:
            if not os.path.exists(inspect.getfile(function)):
                return None
            self = cls(function, path)
            self.ensure_cache_path()
            return self

    class Impl(caching.CompileResultCacheImpl):
        _locator_classes: list[type[object]] = [Locator]  # noqa: RUF012 - as numba has it

    class Cache(caching.FunctionCache):
        _impl_class = Impl

    return Cache
