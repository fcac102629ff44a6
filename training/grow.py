"""Weights of a wider network that computes what a narrower one does.

Every channel of the narrow network becomes several equal ones, and what read it reads them in
shares that are drawn, so that their gradients differ (T. Chen et al., "Net2Net: Accelerating
learning via knowledge transfer", arXiv 1511.05641). Channels stay within their head; norms,
Newton-Schulz and the halting see the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sklearn_trm.network.model import ModelConfig

Array = np.ndarray
Channels = Callable[[ModelConfig], Array]  # of an axis, each by a number of its own

_SHARE = 0.3, 0.7  # what one of two equal channels is read with


def _dim(cfg: ModelConfig) -> Array:
    return np.arange(cfg.dim).reshape(cfg.heads, -1)


def _hidden(cfg: ModelConfig) -> Array:
    return np.arange(cfg.hidden)[None]


def _gates(cfg: ModelConfig) -> Array:
    return np.arange(2 * cfg.hidden).reshape(2, -1)


def _view(cfg: ModelConfig) -> Array:
    return np.arange(2 * cfg.dim)[None]


def _slots(cfg: ModelConfig) -> Array:
    return np.arange(cfg.slots * cfg.dim).reshape(cfg.slots * cfg.heads, -1)


# what the first and the last axis of a module's weights are; None is an axis that does not grow
_INPUTS: tuple[Channels | None, Channels] = None, _dim
_OUTPUTS: tuple[Channels, Channels | None] = _dim, None
_AXES: dict[str, tuple[Channels | None, Channels | None]] = {
    "up": (_dim, _gates), "down": (_hidden, _dim),
    "views_in": (None, _view), "views_out": (_view, _slots),
    "slot_query": _OUTPUTS,
    **dict.fromkeys(("head_out", "unary_out", "scaled_out", "q_out"), _OUTPUTS),
    **dict.fromkeys(("point_target", "overall", "column_single", "column_pair"), _INPUTS),
    **dict.fromkeys(("shared", "free", "damping"), (None, None)),
}  # fmt: skip
_EMBEDDINGS = (
    "point_column", "slot_embedding", "column_embedding", "cell_embedding", "head_embedding",
    "unary_embedding", "scaled_embedding", "mode", "z_init", "y_init", "given_head",
)  # fmt: skip


def grown(
    weights: dict[str, Array], old: ModelConfig, new: ModelConfig, seed: int = 0
) -> dict[str, Array]:
    """Weights of a network of sizes `new` that computes what `weights` of sizes `old` do.

    Parameters
    ----------
    weights : dict of str to ndarray
        By their paths, as `checkpoint.flatten` makes them.
    old, new : ModelConfig
        ``dim`` and ``hidden`` may grow, by whole factors.
    seed : int, default=0
        Of the shares in which equal channels are read.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    ValueError
        Where `new` differs otherwise.
    """
    same = "heads", "layers", "slots", "ns_steps", "views"
    if any(getattr(old, k) != getattr(new, k) for k in same) or new.dim % old.dim:
        raise ValueError(f"a network of {old} does not grow to {new}: dim and hidden alone do")
    if new.hidden % old.hidden:
        raise ValueError(f"hidden grows by whole factors, not from {old.hidden} to {new.hidden}")
    rng = np.random.default_rng(seed)
    out = {}
    for path, array in weights.items():
        module = next((m for m in reversed(path.split("/")) if m in _AXES), None)
        name = path.split("/")[-1]
        first, last = _AXES.get(module or "", (_dim, _dim))
        if name == "bias" or any(m in path.split("/") for m in _EMBEDDINGS):
            first = None
        grows = array
        if last is not None:
            grows = grows[..., _copies(last, old, new)]
        if first is not None:
            source = _copies(first, old, new)
            grows = grows[source] * _shares(source, grows.shape[1:], rng)
        if "query_out" in path.split("/"):  # a scalar product over the root of the dimensions
            grows = grows * np.sqrt(old.dim / new.dim)
        out[path] = np.asarray(grows, dtype=array.dtype)
    return out


def _copies(axis: Channels, old: ModelConfig, new: ModelConfig) -> Array:
    """Of which old channel each new one is a copy; those of a group stay in it."""
    few, many = axis(old), axis(new)
    return np.concatenate([np.resize(group, many.shape[1]) for group in few])


def _shares(source: Array, rest: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Positive shares of each new channel, of one old channel together 1."""
    share = rng.uniform(*_SHARE, (len(source), *rest))
    total = np.zeros((source.max() + 1, *rest))
    np.add.at(total, source, share)
    return share / total[source]
