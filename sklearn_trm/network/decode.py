"""Write answers: cells in heap order, each given those above and before it (one fused scan)."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..expressions import grid as G
from . import grammar
from .model import DECODE, NEGATIVE, TRM, rms_norm

Array = jax.Array


class Vocabulary(NamedTuple):
    """Which heads and unaries the user allows: bool arrays (heads,), (unaries,)."""

    heads: np.ndarray
    unaries: np.ndarray


def vocabulary(
    unary: tuple[str, ...] | None = None, binary: tuple[str, ...] | None = None
) -> Vocabulary:
    """The decoder's vocabulary for a user's operators; ``None`` allows all."""
    heads = np.array(
        [
            h not in ("add", "sub", "mul", "div", "pow") or binary is None or h in binary
            for h in G.HEADS
        ]
    )
    unaries = np.array([u == "id" or unary is None or u in unary for u in G.UNARIES])
    heads[G.ARG] = unaries.sum() > 2
    return Vocabulary(heads, unaries)


def _pick(logits: Array, key: Array, temperature: Array) -> Array:
    """Sample at a temperature per lane; 0 is greedy."""
    t = jnp.maximum(temperature, 1e-6)[:, None]
    noise = jax.random.gumbel(key, logits.shape) * (temperature > 0)[:, None]
    return (logits / t + noise).argmax(-1)


def write_answers(
    model: TRM,
    y: Array,
    columns: Array,
    key: Array,
    temperature: Array,
    words: Vocabulary,
    cells: int,
) -> tuple[G.Grids, Array]:
    """One answer per lane.

    Parameters
    ----------
    y : array of shape (b, t, d)
        Answer states; repeat a problem's state for several answers.
    columns : bool array of shape (b, v)
    temperature : array of shape (b,)
        0 for a greedy lane.

    Returns
    -------
    grids : Grids of shape (b, cells), constants at 1
    log_prob : array of shape (b,)
    """
    b, d = y.shape[0], y.shape[-1]
    heads_, inner = model.cfg.heads, d // model.cfg.heads
    tables = model.write_tables(cells)
    y_cells = y[:, -cells:] + model.cell_embedding[...][:cells] + model.mode[...][DECODE]
    zeros = jnp.zeros((b, cells), jnp.int32)
    keys = jax.random.split(key, cells * 3).reshape(cells, 3)

    def cell(carry: tuple, i: Array) -> tuple[tuple, None]:
        head, unary, scaled, inside, e, cache, log_prob = carry
        up = jnp.maximum((i - 1) // 2, 0)
        root = i == 0
        parent = jnp.where(root, G.ADD, head[:, up])
        right = jnp.broadcast_to((i % 2 == 0) & ~root, (b,))
        p_inside = grammar.child_function(head[:, up], unary[:, up], inside[:, up]) & ~root
        context = grammar.Context(
            (parent >= G.ADD) & ~((parent == G.ARG) & right), parent, right, p_inside,
            jnp.broadcast_to(root, (b,)), jnp.broadcast_to(i >= cells // 2, (b,)),
        )  # fmt: skip
        # the shared network on one token: values of earlier cells come from the cache
        token = y_cells[:, i]
        before = model.before(e[:, jnp.maximum(i - 1, 0)]) + model.parent(e[:, up])
        token = token + jnp.where(root, 0.0, before)
        new_cache = []
        for block, table, c in zip(model.blocks, tables, cache, strict=True):
            c = c.at[:, i].set(block.write.value(rms_norm(token)))
            mixed = jnp.einsum("hs,bshd->bhd", table[:, i], c.reshape(b, cells, heads_, inner))
            token = token + block.write.out(mixed.reshape(b, d))
            token = block.feed_forward(token)
            new_cache.append(c)
        h = rms_norm(token)
        logits = model.head_logits(h[:, None], y, columns)[:, 0]
        allowed = grammar.head_mask(context) & jnp.asarray(words.heads)
        # operators that the user forbids everywhere may leave nothing: then any leaf will do
        logits = jnp.where(allowed, logits, NEGATIVE)
        chosen = _pick(logits, keys[i, 0], temperature)
        w = context.wanted
        new_head = jnp.where(w, chosen, G.EMPTY)
        u_logits, s_logit = (a[:, 0] for a in model.given_head_logits(h[:, None], chosen[:, None]))
        u_ok = grammar.unary_mask(context, chosen)
        user = u_ok & jnp.asarray(words.unaries)
        u_logits = jnp.where(jnp.where(user.any(-1, keepdims=True), user, u_ok), u_logits, NEGATIVE)
        u = _pick(u_logits, keys[i, 1], temperature)
        new_unary = jnp.where(w, u, 0)
        s_ok = grammar.scale_mask(context, chosen, u) & w
        two = jnp.stack([jnp.zeros_like(s_logit), s_logit], -1)
        s = _pick(two, keys[i, 2], temperature)
        new_scaled = jnp.where(s_ok, s, 0)

        def taken(lg: Array, code: Array) -> Array:
            return jnp.take_along_axis(jax.nn.log_softmax(lg), code[:, None], -1)[:, 0]

        gain = taken(logits, chosen) + taken(u_logits, u) + jnp.where(s_ok, taken(two, s), 0.0)
        head = head.at[:, i].set(new_head)
        unary = unary.at[:, i].set(new_unary)
        scaled = scaled.at[:, i].set(new_scaled)
        inside = inside.at[:, i].set(p_inside)
        one = G.Grids(new_head[:, None], new_unary[:, None], new_scaled[:, None], None)
        e = e.at[:, i].set(model.embed_answer(one)[:, 0])
        return (head, unary, scaled, inside, e, new_cache, log_prob + jnp.where(w, gain, 0.0)), None

    start = (
        zeros, zeros, zeros, zeros.astype(bool), jnp.zeros((b, cells, d)),
        [jnp.zeros((b, cells, d)) for _ in tables], jnp.zeros(b),
    )  # fmt: skip
    (head, unary, scaled, _, _, _, log_prob), _ = jax.lax.scan(cell, start, jnp.arange(cells))
    return G.Grids(head, unary, scaled, jnp.ones(head.shape)), log_prob
