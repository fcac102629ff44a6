"""The batches of a run, drawn ahead of the steps that learn from them.

A core draws some 1,500 laws a second with their rows and views; what learns faster wants several
processes. Whoever draws a batch, it is that of its step.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import jax

from .batches import Batches
from .config import TrainConfig
from .laws import Batch

Drawn = tuple[int, str, Batch | None]
_AT_A_TIME = 64  # laws that a process draws for the pool

_own: Batches | None = None  # of a process that draws


class Ahead:
    """Batches of the steps from `first` on, in their order.

    Parameters
    ----------
    cfg : TrainConfig
    folder : Path
        Of the run.
    first : int, default=0
    workers : int, default=1
        One is a thread; more are processes, which draw the whole pool of laws first.

    Raises
    ------
    ValueError
        If there are no workers.
    """

    def __init__(self, cfg: TrainConfig, folder: Path, first: int = 0, workers: int = 1) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, got {workers}")
        self._pool: Executor
        self._draw: Callable[[int], Drawn]
        if workers == 1:
            batches = Batches(cfg, folder)
            self._pool, self._draw = ThreadPoolExecutor(1), functools.partial(_drawn, batches)
        else:
            jax.devices()  # ours are known from here on: those of the processes are no accelerators
            os.environ["JAX_PLATFORMS"] = "cpu"
            spawn = multiprocessing.get_context("spawn")
            if cfg.drawn:
                with ProcessPoolExecutor(workers, mp_context=spawn) as several:
                    draw = functools.partial(several.map, chunksize=_AT_A_TIME)
                    Batches(cfg, folder).complete(draw)
            self._pool = ProcessPoolExecutor(
                workers, mp_context=spawn, initializer=_begin, initargs=(cfg, folder)
            )
            self._draw = _drawn_here
        self._coming = deque(
            self._pool.submit(self._draw, first + i) for i in range(2 * workers - 1)
        )
        self._next = first + len(self._coming)

    def __iter__(self) -> Iterator[Drawn]:
        while True:
            self._coming.append(self._pool.submit(self._draw, self._next))
            self._next += 1
            yield self._coming.popleft().result()

    def close(self) -> None:
        """Draw no more."""
        self._pool.shutdown(cancel_futures=True)


def key_of(cfg: TrainConfig, step: int) -> jax.Array:
    """The random key of a step."""
    # threefry draws are slow on a CPU: the hardware-friendly generator is enough here
    return jax.random.fold_in(jax.random.key(cfg.seed + 1, impl="rbg"), step)


def _drawn(batches: Batches, step: int) -> Drawn:
    return batches(step, key_of(batches.cfg, step))


def _begin(cfg: TrainConfig, folder: Path) -> None:
    global _own
    _own = Batches(cfg, folder)


def _drawn_here(step: int) -> Drawn:
    assert _own is not None
    return _drawn(_own, step)
