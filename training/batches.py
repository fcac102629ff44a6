"""Batches of a run: random laws drawn on the device, or laws and tables as people bring them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from sklearn_trm.network.views import views

from .config import TrainConfig
from .drawn import Pool
from .laws import Batch, sample_batch


class Batches:
    """The batch of each step, from its number and key alone: a resumed run goes on identically.

    Parameters
    ----------
    cfg : TrainConfig
    folder : Path
        Of the run; drawn laws are kept there.
    """

    def __init__(self, cfg: TrainConfig, folder: Path) -> None:
        self.cfg = cfg
        self._pool = Pool(folder, cfg.buckets, cfg.seed) if cfg.drawn else None
        self._draw = [
            jax.jit(
                functools.partial(
                    sample_batch, batch=cfg.batch, cells=b.cells, columns=b.columns, rows=cfg.rows
                )
            )
            for b in cfg.buckets
        ]

    def __call__(self, step: int, key: jax.Array) -> tuple[int, str, Batch | None]:
        """The bucket, the name of the kind, and the batch, where the step does not draw its own."""
        cfg, rng = self.cfg, np.random.default_rng([self.cfg.seed, step])
        share = np.array([b.share for b in cfg.buckets])
        which = int(rng.choice(len(share), p=share / share.sum()))
        name = str(cfg.buckets[which].cells)
        if self._pool is not None and rng.random() < cfg.drawn:
            count = min(cfg.drawn_first + cfg.drawn_more * step, cfg.drawn_most)
            self._pool.grow(count)
            batch = self._pool.batch(rng, which, cfg.batch, cfg.rows, count)
            return which, name + "d", self._seen(batch)
        if not cfg.model.views:
            return which, name, None
        level = min(step * cfg.batch / cfg.curriculum_laws, 1.0)
        drawn = jax.tree.map(np.asarray, self._draw[which](key, level=np.float32(level)))
        return which, name, self._seen(drawn)

    def complete(self, draw: Callable[..., Iterable[Any]] = map) -> None:
        """Draw all laws that the run will want, with `draw` in place of `map`."""
        if self._pool is not None:
            self._pool.grow(self.cfg.drawn_most, draw)

    def _seen(self, batch: Batch) -> Batch:
        """With views, where the model reads them."""
        if not self.cfg.model.views:
            return batch
        table = (np.asarray(a) for a in (batch.X, batch.y, batch.mask, batch.columns))
        return batch._replace(views=views(*table))
