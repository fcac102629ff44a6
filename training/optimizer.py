"""Muon on the hidden matrices, AdamW on the rest.

Muon (arXiv 2502.16982, K. Jordan 2024) gets explicit dimension numbers: by default optax
would give it heads and embeddings too.
"""

from __future__ import annotations

from typing import Any

import jax
import optax
from optax.contrib import MuonDimensionNumbers, muon

from .config import TrainConfig

_ADAM_MODULES = {
    "head_out", "unary_out", "scaled_out", "q_out",  # heads
    "overall", "column_single", "column_pair", "point_target",  # input projections
    "views_in", "views_out",
}  # fmt: skip


def uses_muon(path: tuple[str, ...], leaf: Any) -> bool:
    """Hidden matrices: two-dimensional kernels that are neither input, head nor embedding."""
    return path[-1] == "kernel" and leaf.ndim == 2 and not _ADAM_MODULES.intersection(path)


def _names(path: Any) -> tuple[str, ...]:
    return tuple(str(getattr(p, "key", p)) for p in path)


def learning_rate(cfg: TrainConfig, peak: float) -> optax.Schedule:
    """Warm-up, plateau, linear decay over the last part of the planned laws."""
    total = cfg.planned_laws // cfg.batch
    decay = max(int(total * cfg.decay_share), 1)
    return optax.join_schedules(
        [
            optax.linear_schedule(0.0, peak, cfg.warmup),
            optax.constant_schedule(peak),
            optax.linear_schedule(peak, 0.05 * peak, decay),
        ],
        [cfg.warmup, max(total - decay, cfg.warmup)],
    )


def make_optimizer(cfg: TrainConfig, params: Any) -> optax.GradientTransformation:
    """The optimizer for a parameter tree."""
    if cfg.optimizer == "adamw":
        hidden = jax.tree_util.tree_map_with_path(lambda p, a: uses_muon(_names(p), a), params)
        return optax.adamw(
            learning_rate(cfg, cfg.adam_rate), weight_decay=cfg.weight_decay, mask=hidden
        )
    if cfg.optimizer != "muon":
        raise ValueError(f"unknown optimizer {cfg.optimizer!r}: muon or adamw")
    dims = jax.tree_util.tree_map_with_path(
        lambda path, leaf: (
            MuonDimensionNumbers(reduction_axis=0, output_axis=1)
            if uses_muon(_names(path), leaf)
            else None
        ),
        params,
    )
    return muon(
        learning_rate(cfg, cfg.muon_rate),
        weight_decay=cfg.weight_decay,
        adam_learning_rate=learning_rate(cfg, cfg.adam_rate),
        adam_weight_decay=0.0,
        muon_weight_dimension_numbers=dims,
        consistent_rms=0.2,
    )
