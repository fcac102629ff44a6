"""The tiny recursive model (Flax NNX): encoder, ONE shared two-layer network, decoder.

States, as in "Less is More: Recursive Reasoning with Tiny Networks" (arXiv 2510.04871):
``x`` the encoded problem, ``y`` the current answer, ``z`` the latent. The same network
updates z (`latent_update`), then y (`answer_update`), then writes the answer cell by
cell (`decode_*`). A sequence is ``slots + columns + cells`` tokens.

Tokens are mixed by learned tables over *positions* (one a head) instead of attention:
the grid is a Sudoku of fixed places, tables are shared by tree relation (parent, left
child, sibling ...), and on a CPU a training step is six times faster.
"""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from ..expressions import grid as G
from .scaling import COLUMN_PAIR, COLUMN_SINGLE, GLOBAL, POINT_COLUMN, POINT_TARGET, Features

Array = jax.Array
LATENT, ANSWER, DECODE = 0, 1, 2
NEGATIVE = -1e9


def _fan_in(key: Array, shape: tuple[int, ...], dtype: Any = jnp.float32, **_: Any) -> Array:
    """Normal of variance 1 / fan-in; traced in a third of the time of Flax's truncated one."""
    return jax.random.normal(key, shape, dtype) / shape[0] ** 0.5


_linear = functools.partial(nnx.Linear, kernel_init=_fan_in)
_list = getattr(nnx, "List", list)  # flax before 0.12 takes plain lists of modules


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the network."""

    dim: int = 96
    heads: int = 8
    hidden: int = 224
    layers: int = 2
    slots: int = 8
    ns_steps: int = 2
    views: int = 0  # views of the table that are read; models before them read none

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


def token_index(cfg: ModelConfig, v: int, cells: int) -> np.ndarray:
    """Positions, among the largest sequence, of a sequence for v columns and `cells` cells."""
    m = cfg.slots
    return np.concatenate([np.arange(m + v), m + G.MAX_COLUMNS + np.arange(cells)])


def rms_norm(a: Array) -> Array:
    """Divide by the root mean square over the last axis."""
    return a * jax.lax.rsqrt((a * a).mean(-1, keepdims=True) + 1e-6)


def newton_schulz(z: Array, steps: int) -> Array:
    """Cubic Newton-Schulz ``Z <- 1.5 Z - 0.5 (Z Z^T) Z`` per sample on (tokens, dim).

    It pulls the singular values of the latent together; ``steps=0`` is RMS scaling only.
    The result has a root mean square of 1.
    """
    if steps:
        z = z / (jnp.sqrt((z * z).sum((-2, -1), keepdims=True)) + 1e-6)
        for _ in range(steps):
            # rescale by a bound of the spectral norm (Gershgorin-free: Frobenius of the Gram)
            gram = jnp.einsum("btd,bsd->bts", z, z)
            bound = jnp.sqrt(jnp.sqrt((gram * gram).sum((-2, -1), keepdims=True))) + 1e-6
            z, gram = z / bound, gram / (bound * bound)
            z = 1.5 * z - 0.5 * jnp.einsum("bts,bsd->btd", gram, z)
    return z * jax.lax.rsqrt((z * z).mean((-2, -1), keepdims=True) + 1e-6)


def _embed(codes: Array, table: Array) -> Array:
    """Rows of `table`. A one-hot matmul: the backward of a gather is a slow scatter on the CPU."""
    return jax.nn.one_hot(codes, table.shape[0], dtype=table.dtype) @ table


def cell_relations() -> np.ndarray:
    """Relation of each ordered pair of cells: path up to the common ancestor, path down, sides."""
    ids: dict[tuple[int, int, int, int], int] = {}
    table = np.zeros((G.CELLS, G.CELLS), dtype=np.int32)
    for t in range(G.CELLS):
        for s in range(G.CELLS):
            a, b, up, down, side_a, side_b = t, s, 0, 0, 0, 0
            while a != b:
                if a > b:
                    side_a, a, up = a % 2, (a - 1) // 2, up + 1
                else:
                    side_b, b, down = b % 2, (b - 1) // 2, down + 1
            table[t, s] = ids.setdefault((up, down, side_a, side_b), len(ids))
    return table


def think_relations(slots: int) -> np.ndarray:
    """Relation of each pair of tokens: a problem token means the same to every cell, every
    column plays the same role, cells are related through the tree."""
    cells = cell_relations()
    p = slots + G.MAX_COLUMNS
    relations = np.zeros((p + G.CELLS, p + G.CELLS), dtype=np.int32)
    relations[p:, p:] = cells
    n = int(cells.max()) + 1
    kind = np.concatenate([np.arange(slots), np.full(G.MAX_COLUMNS, slots)])
    level = np.array([int(i + 1).bit_length() - 1 for i in range(G.CELLS)])
    relations[p:, :p] = n + kind[None]
    n += slots + 1
    relations[:p, p:] = n + level[None] + G.LEVELS * (kind[:, None] == slots)
    n += 2 * G.LEVELS
    itself = np.eye(p, dtype=bool) & (kind[:, None] == slots)
    pairs = kind[:, None] * (slots + 1) + kind[None]
    relations[:p, :p] = n + np.where(itself, (slots + 1) ** 2, pairs)
    return relations


class Mixer(nnx.Module):
    """Token mixing by learned tables: free entries plus entries shared by tree relation."""

    def __init__(self, cfg: ModelConfig, *, decoder: bool, rngs: nnx.Rngs) -> None:
        relations = cell_relations() if decoder else think_relations(cfg.slots)
        self.relations = _Frozen(relations)
        n_relations, size = int(relations.max()) + 1, relations.shape[0]
        init = nnx.initializers.normal(0.15)
        self.shared = nnx.Param(init(rngs.params(), (cfg.heads, n_relations)))
        self.free = nnx.Param(jnp.zeros((cfg.heads, size, size)))
        self.value = _linear(cfg.dim, cfg.dim, use_bias=False, rngs=rngs)
        self.out = _linear(cfg.dim, cfg.dim, use_bias=False, rngs=rngs)

    def table(self, index: np.ndarray) -> Array:
        """Mixing weights among the tokens `index`, shape (heads, t, t)."""
        n = self.shared.shape[1]
        relation = np.eye(n, dtype=np.float32)[self.relations.array[np.ix_(index, index)]]
        pick = np.eye(self.free.shape[1], dtype=np.float32)[index]
        shared = jnp.einsum("hr,tsr->hts", self.shared[...], relation)
        return shared + jnp.einsum("hij,ti,sj->hts", self.free[...], pick, pick)


class _Frozen:
    """A constant array that is part of the (hashable) module structure."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __hash__(self) -> int:
        return hash((self.array.shape, self.array.tobytes()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and np.array_equal(self.array, other.array)


class Gated(nnx.Module):
    """SwiGLU feed-forward on (rows, dim)."""

    def __init__(self, cfg: ModelConfig, rngs: nnx.Rngs) -> None:
        self.up = _linear(cfg.dim, 2 * cfg.hidden, use_bias=False, rngs=rngs)
        self.down = _linear(cfg.hidden, cfg.dim, use_bias=False, rngs=rngs)

    def __call__(self, rows: Array) -> Array:
        gate, value = jnp.split(self.up(rows), 2, -1)
        return self.down(jax.nn.silu(gate) * value)


class Block(nnx.Module):
    """One layer of the shared network: mixing tables for thinking and for writing, one MLP."""

    def __init__(self, cfg: ModelConfig, rngs: nnx.Rngs) -> None:
        self.think = Mixer(cfg, decoder=False, rngs=rngs)
        self.write = Mixer(cfg, decoder=True, rngs=rngs)
        self.mlp = Gated(cfg, rngs)
        self.heads = cfg.heads

    def mix(self, mixer: Mixer, tokens: Array, table: Array, live: Array | None) -> Array:
        b, t, d = tokens.shape
        v = mixer.value(rms_norm(tokens).reshape(-1, d)).reshape(b, t, d)
        if live is not None:
            v = v * live[..., None]
        v = v.reshape(b, t, self.heads, d // self.heads)
        mixed = jnp.einsum("hts,bshd->bthd", table, v).reshape(-1, d)
        return tokens + mixer.out(mixed).reshape(b, t, d)

    def feed_forward(self, tokens: Array) -> Array:
        # two-dimensional matmuls: their backward is twice as fast on XLA's CPU backend
        rows = tokens.reshape(-1, tokens.shape[-1])
        return (rows + self.mlp(rms_norm(rows))).reshape(tokens.shape)


class TRM(nnx.Module):
    """The tiny recursive model. All methods are pure functions of arrays."""

    def __init__(self, cfg: ModelConfig, *, rngs: nnx.Rngs) -> None:
        d = cfg.dim
        self.cfg = cfg
        init = nnx.initializers.normal(0.02)

        def param(*shape: int, scale: float = 1.0) -> nnx.Param:
            return nnx.Param(init(rngs.params(), shape) * scale)

        # encoder
        self.point_column = param(G.MAX_COLUMNS, POINT_COLUMN, d, scale=5.0)
        self.point_target = _linear(POINT_TARGET, d, rngs=rngs)
        self.point_mlp = Gated(cfg, rngs)
        self.slot_query = param(d, cfg.slots, scale=5.0)
        self.slot_value = _linear(d, d, rngs=rngs)
        self.slot_embedding = param(cfg.slots, d)
        self.overall = _linear(GLOBAL, d, rngs=rngs)
        if cfg.views:
            self.views_in = _linear(cfg.views, 2 * d, rngs=rngs)
            self.views_out = _linear(
                2 * d, cfg.slots * d, kernel_init=nnx.initializers.zeros, rngs=rngs
            )
        self.column_single = _linear(COLUMN_SINGLE, d, rngs=rngs)
        self.column_pair = _linear(COLUMN_PAIR, d, rngs=rngs)
        self.column_embedding = param(G.MAX_COLUMNS, d)
        self.problem_mlp = Gated(cfg, rngs)
        # answer cells
        self.cell_embedding = param(G.CELLS, d, scale=5.0)
        self.head_embedding = param(G.N_HEADS, d, scale=10.0)
        self.unary_embedding = param(G.N_UNARIES, d, scale=10.0)
        self.scaled_embedding = param(2, d, scale=10.0)
        self.before = _linear(d, d, use_bias=False, rngs=rngs)
        self.parent = _linear(d, d, use_bias=False, rngs=rngs)
        # the one network
        self.blocks = _list([Block(cfg, rngs) for _ in range(cfg.layers)])
        self.mode = param(3, d)
        self.z_init = param(cfg.slots + G.MAX_COLUMNS + G.CELLS, d, scale=10.0)
        self.y_init = param(cfg.slots + G.MAX_COLUMNS + G.CELLS, d, scale=10.0)
        self.damping = nnx.Param(jnp.zeros(()))
        # decoder
        self.head_out = _linear(d, G.N_HEADS, rngs=rngs)
        self.query_out = _linear(d, d, use_bias=False, rngs=rngs)
        self.key_out = _linear(d, d, use_bias=False, rngs=rngs)
        self.given_head = param(G.N_HEADS, d, scale=10.0)
        self.given_mix = _linear(d, d, rngs=rngs)
        self.unary_out = _linear(d, G.N_UNARIES, rngs=rngs)
        self.scaled_out = _linear(d, 1, rngs=rngs)
        self.q_out = _linear(d, 1, bias_init=nnx.initializers.constant(-5.0), rngs=rngs)

    # ------------------------------------------------------------ encoder
    def encode(self, f: Features) -> Array:
        """Problem tokens x of shape (b, slots + v, d)."""
        b, n, v = f.points.shape[:3]
        h = jnp.einsum("bnvf,vfd->bnd", f.points, self.point_column[...][:v]) + self.point_target(
            f.targets
        )
        rows = h.reshape(b * n, -1)
        h = (rows + self.point_mlp(rms_norm(rows))).reshape(b, n, -1)
        score = jnp.einsum("bnd,dm->bmn", rms_norm(h), self.slot_query[...])
        score = jnp.where(f.mask[:, None] > 0, score, NEGATIVE)
        slots = jnp.einsum("bmn,bnd->bmd", jax.nn.softmax(score, -1), self.slot_value(h))
        slots = slots + self.slot_embedding[...] + self.overall(f.overall)[:, None]
        if self.cfg.views:
            seen = self.views_out(jax.nn.silu(self.views_in(f.views)))
            slots = slots + seen.reshape(slots.shape)
        single = self.column_single(f.column)
        pairs = self.column_pair(f.pair)
        # what column i has with column j, told apart by j's embedding
        partner = jax.nn.silu(pairs + self.column_embedding[...][:v] * 10.0).mean(2)
        columns = single + partner + self.column_embedding[...][:v]
        columns = columns * f.columns[..., None]
        x = jnp.concatenate([slots, columns], 1)
        rows = x.reshape(-1, x.shape[-1])
        return rms_norm(rows + self.problem_mlp(rms_norm(rows))).reshape(x.shape)

    # ------------------------------------------------------------ the loop
    def live_tokens(self, columns: Array, cells: int) -> Array:
        """1 for tokens in use, shape (b, t): unused columns are silent."""
        b = columns.shape[0]
        return jnp.concatenate(
            [jnp.ones((b, self.cfg.slots)), columns.astype(jnp.float32), jnp.ones((b, cells))], 1
        )

    def embed_answer(self, grids: G.Grids) -> Array:
        """Embedding of committed cells, (b, cells, d); empty cells are 0."""
        e = (
            _embed(grids.head, self.head_embedding[...])
            + _embed(grids.unary, self.unary_embedding[...])
            + _embed(grids.scaled, self.scaled_embedding[...])
        )
        return e * (grids.head != G.EMPTY)[..., None]

    def inject(self, x: Array, answer: Array) -> Array:
        """The fixed input of the latent loop: problem tokens and last answer's cells."""
        cells = answer + self.cell_embedding[...][: answer.shape[1]]
        return jnp.concatenate([x, cells], 1)

    def network(self, tokens: Array, mode: int, tables: list[Array], live: Array | None) -> Array:
        """The one network, thinking: all tokens see all tokens."""
        tokens = tokens + self.mode[...][mode]
        for block, table in zip(self.blocks, tables, strict=True):
            tokens = block.feed_forward(block.mix(block.think, tokens, table, live))
        return tokens

    def think_tables(self, v: int, cells: int) -> list[Array]:
        index = token_index(self.cfg, v, cells)
        return [block.think.table(index) for block in self.blocks]

    def latent_map(
        self, z: Array, y: Array, inject: Array, tables: list[Array], live: Array, ns_steps: int
    ) -> Array:
        """The undamped map F: z is at rest where F(z) = z."""
        h = self.network(z + y + inject, LATENT, tables, live) * live[..., None]
        return newton_schulz(rms_norm(h) * live[..., None], ns_steps)

    def latent_update(
        self, z: Array, y: Array, inject: Array, tables: list[Array], live: Array, ns_steps: int
    ) -> tuple[Array, Array]:
        """One damped step; also the relative velocity of the *undamped* map, shape (b,)."""
        target = self.latent_map(z, y, inject, tables, live, ns_steps)
        velocity = jnp.sqrt(((target - z) ** 2).sum((1, 2)) / ((z * z).sum((1, 2)) + 1e-12))
        rate = 0.5 + 0.5 * jax.nn.sigmoid(self.damping[...] + 2.0)
        return z + rate * (target - z), velocity

    def answer_update(self, z: Array, y: Array, tables: list[Array], live: Array) -> Array:
        """y <- net(y + z): the problem is left out."""
        return rms_norm(self.network(y + z, ANSWER, tables, live)) * live[..., None]

    def start(self, batch: int, v: int, cells: int) -> tuple[Array, Array]:
        """Initial (y, z)."""
        index = token_index(self.cfg, v, cells)
        shape = (batch, len(index), self.cfg.dim)
        return (
            jnp.broadcast_to(self.y_init[...][index], shape),
            jnp.broadcast_to(self.z_init[...][index], shape),
        )

    def q_logit(self, y: Array) -> Array:
        """Logit that the decoded answer is right, shape (b,)."""
        return self.q_out(y[:, : self.cfg.slots].mean(1))[:, 0]

    # ------------------------------------------------------------ decoder
    def write_tables(self, cells: int) -> list[Array]:
        """Causal mixing weights among cells in heap order."""
        index = np.arange(cells)
        tril = np.tril(np.ones((cells, cells), np.float32))
        return [block.write.table(index) * tril for block in self.blocks]

    def shifted(self, e: Array) -> Array:
        """What a cell knows before it is written: its predecessor and its parent."""
        cells = e.shape[1]
        parent = np.maximum((np.arange(cells) - 1) // 2, 0)
        first = (np.arange(cells) > 0)[None, :, None]
        previous = jnp.roll(e, 1, axis=1)
        return (self.before(previous) + self.parent(e[:, parent])) * first

    def write(self, y: Array, e: Array) -> Array:
        """Decoder states (b, cells, d) given all earlier cells (teacher forcing)."""
        cells = e.shape[1]
        tokens = y[:, -cells:] + self.cell_embedding[...][:cells] + self.shifted(e)
        tokens = tokens + self.mode[...][DECODE]
        for block, table in zip(self.blocks, self.write_tables(cells), strict=True):
            tokens = block.feed_forward(block.mix(block.write, tokens, table, None))
        return rms_norm(tokens)

    def head_logits(self, h: Array, y: Array, columns: Array) -> Array:
        """(b, c, heads); columns are chosen by pointing at their tokens."""
        v = columns.shape[-1]
        m = self.cfg.slots
        logits = self.head_out(h)
        key = self.key_out(y[:, m : m + v])
        point = jnp.einsum("bcd,bvd->bcv", self.query_out(h), key) / np.sqrt(self.cfg.dim)
        point = jnp.where(columns[:, None], point, NEGATIVE)
        if v < G.MAX_COLUMNS:
            pad = jnp.full((*point.shape[:2], G.MAX_COLUMNS - v), NEGATIVE)
            point = jnp.concatenate([point, pad], -1)
        lo, hi = G.VAR0, G.VAR0 + G.MAX_COLUMNS
        return jnp.concatenate([logits[..., :lo], logits[..., lo:hi] + point, logits[..., hi:]], -1)

    def given_head_logits(self, h: Array, head: Array) -> tuple[Array, Array]:
        """Unary logits (b, c, unaries) and scaled logit (b, c), given the head."""
        g = rms_norm(jax.nn.silu(self.given_mix(h) + _embed(head, self.given_head[...])))
        return self.unary_out(g), self.scaled_out(g)[..., 0]


def n_parameters(model: Any) -> int:
    """Number of trained parameters."""
    return sum(p.size for p in jax.tree.leaves(nnx.state(model, nnx.Param)))
