"""Draw laws on the device: random grids in canonical form, constants, points, noise.

Everything is vectorised and jitted: grids are sampled level by level from a grammar
with a style of their own (a law of products, of sums, of nested functions ...), operands
are sorted, non-canonical grids are rejected, and what is left is evaluated and filtered.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sklearn_trm.expressions import grid as G

from .grids import evaluate_grids, is_canonical, n_filled, sort_operands
from .held_out import is_benchmark

Array = jax.Array

DATA_VERSION = "3"  # 1: no exclusion of benchmark laws; 2: without the suites everyday and nested

# Weights of the operators, physics-like: products and sums first, exotic functions last.
_OP_WEIGHT = {"add": 3.0, "sub": 1.6, "mul": 4.0, "div": 2.4, "pow": 0.25, "arg": 0.5}
_UNARY_WEIGHT = {
    "inv": 0.7, "square": 2.2, "cube": 0.6, "sqrt": 1.2, "exp": 1.2, "log": 0.8, "sin": 1.2,
    "cos": 1.2, "tan": 0.15, "tanh": 0.3, "sinh": 0.15, "cosh": 0.15, "asin": 0.15,
    "acos": 0.1, "atan": 0.15, "abs": 0.15,
}  # fmt: skip
# Share of a size (filled cells) relative to its frequency in the raw pool.
_SIZE_WEIGHT = np.array([0.0, 0.06, 0.15, 0.15, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0])
_OPS = ("add", "sub", "mul", "div", "pow", "arg")
_OP_LOGIT = np.log([_OP_WEIGHT[o] for o in _OPS])
_UNARY_LOGIT = np.log([_UNARY_WEIGHT[u] for u in G.UNARIES[1:]])


class Batch(NamedTuple):
    """One batch of training problems.

    ``X`` (b, n, v), ``y`` (b, n), ``mask`` (b, n) rows in use, ``columns`` (b, v) columns in use;
    ``views`` (b, w) for models that read them.
    """

    grids: G.Grids
    X: Any  # arrays of NumPy, or of JAX in a program
    y: Any
    mask: Any
    columns: Any
    views: Any = None


def _choose(key: Array, logits: Array, shape: tuple[int, int]) -> Array:
    """Categorical draws by inverse CDF: one uniform a draw, much cheaper than Gumbel noise.

    `logits` is (b, k), one distribution a law; the draws are (b, n).
    """
    cdf = jnp.cumsum(jax.nn.softmax(logits, -1), -1)[:, None, :-1]
    return (jax.random.uniform(key, shape)[..., None] > cdf).sum(-1)


def sample_grids(key: Array, batch: int, cells: int, n_columns: Array, branching: Array) -> G.Grids:
    """Raw grids (mostly canonical, to be filtered); `branching` (b,) steers their size."""
    keys = iter(jax.random.split(key, 64))
    style = jax.random.normal(next(keys), (batch, len(_OPS))) * 1.0
    u_style = jax.random.normal(next(keys), (batch, G.N_UNARIES - 1)) * 1.0
    op_logit = jnp.asarray(_OP_LOGIT) + style
    u_logit = jnp.asarray(_UNARY_LOGIT) + u_style
    plainness = jax.random.uniform(next(keys), (batch, 1), minval=0.3, maxval=0.95)
    const_rate = jax.random.uniform(next(keys), (batch, 1), minval=0.0, maxval=0.6)
    scale_rate = jax.random.uniform(next(keys), (batch, 1), minval=0.0, maxval=0.6)
    # each law uses a random subset of its columns more often
    favour = jax.random.normal(next(keys), (batch, G.MAX_COLUMNS))
    usable = jnp.arange(G.MAX_COLUMNS)[None] < n_columns[:, None]
    column_logit = jnp.where(usable, favour, -jnp.inf)

    heads, unaries, scaleds = [], [], []
    parent = jnp.full((batch, 1), G.ADD)
    parent_fn = jnp.zeros((batch, 1), bool)
    wanted = jnp.ones((batch, 1), bool)
    levels = G.n_levels(cells)
    for level in range(levels):
        n = 2**level
        side = jnp.arange(n)[None] % 2
        root = level == 0
        p_split = 0.93 if root else branching[:, None] * (level < levels - 1)
        split = jax.random.uniform(next(keys), (batch, n)) < p_split
        split &= ~((parent == G.POW) & (side == 1))
        op = _choose(next(keys), op_logit, (batch, n))
        column = _choose(next(keys), column_logit, (batch, n))
        const_ok = (
            (parent == G.ADD)
            | ((parent == G.SUB) & (side == 0))
            | (((parent == G.MUL) | ((parent == G.DIV) & (side == 0))) & parent_fn)
        ) & (not root)
        p_const = jnp.where(const_ok & ((side == 0) | (parent == G.ADD)), const_rate, 0.0)
        p_const = jnp.where(const_ok & parent_fn & (parent == G.MUL), 0.5, p_const)
        is_const = jax.random.uniform(next(keys), (batch, n)) < p_const
        is_const |= (parent == G.POW) & (side == 1) & (
            jax.random.uniform(next(keys), (batch, n)) < 0.8
        )  # fmt: skip
        head = jnp.where(split, G.ADD + op, jnp.where(is_const, G.CONST, G.VAR0 + column))
        head = jnp.where(wanted, head, G.EMPTY)
        # unaries
        u = 1 + _choose(next(keys), u_logit, (batch, n))
        rate = jnp.where(split, plainness, 0.5 + 0.5 * plainness)
        rate = jnp.where((head == G.MUL) | (head == G.DIV), jnp.maximum(rate, 0.6), rate)
        plain = jax.random.uniform(next(keys), (batch, n)) < rate
        plain &= ~((head == G.ARG) | (parent == G.ARG))
        unary = jnp.where(plain | (head <= G.CONST), 0, u)
        scale_ok = root | (parent == G.ADD) | ((parent == G.SUB) & (side == 0))
        scale_ok &= (head > G.CONST) & ~(((head == G.ADD) | (head == G.SUB)) & (unary == 0))
        scaled = scale_ok & (jax.random.uniform(next(keys), (batch, n)) < scale_rate)
        heads.append(head)
        unaries.append(unary)
        scaleds.append(scaled.astype(jnp.int32))
        function = jnp.asarray(G.IS_FUNCTION)[unary]
        product = (head == G.MUL) | (head == G.DIV)
        parent_fn = jnp.repeat(product & (function | ((unary == 0) & parent_fn)), 2, axis=1)
        parent = jnp.repeat(head, 2, axis=1)
        right = jnp.arange(2 * n)[None] % 2 == 1
        wanted = (parent >= G.ADD) & ~((parent == G.ARG) & right)
    head, unary, scaled = (jnp.concatenate(a, 1) for a in (heads, unaries, scaleds))
    return G.Grids(head, unary, scaled, jnp.ones(head.shape))


def sample_constants(key: Array, grids: G.Grids) -> Array:
    """Numbers for const and scaled cells: small integers, rationals, reals, multiples of pi."""
    shape = grids.head.shape
    k = jax.random.split(key, 7)
    kind = (jax.random.uniform(k[0], shape)[..., None] > jnp.array([0.35, 0.45, 0.8, 0.92])).sum(-1)
    integer = jax.random.randint(k[1], shape, 1, 10).astype(jnp.float32)
    half = jax.random.randint(k[2], shape, 1, 12) / 4.0
    real = jax.random.uniform(k[3], shape, minval=0.1, maxval=5.0)
    wide = jnp.exp(jax.random.uniform(k[4], shape, minval=-4.6, maxval=4.6))
    pis = jnp.pi * jnp.array([0.5, 1.0, 2.0, 4.0])[jax.random.randint(k[5], shape, 0, 4)]
    c = jnp.select([kind == 0, kind == 1, kind == 2, kind == 3], [integer, half, real, wide], pis)
    sign = jnp.where(jax.random.uniform(k[6], shape) < 0.3, -1.0, 1.0)
    odd_exponents = jnp.array([1.5, 4.0, 5.0, 2.5, 1 / 3, 0.25, 2 / 3, 0.2])
    exponent = odd_exponents[jax.random.randint(k[1], shape, 0, 8)]
    parent = (np.arange(grids.cells) - 1) // 2
    parent[0] = 0
    right = (np.arange(grids.cells) % 2 == 0) & (np.arange(grids.cells) > 0)
    is_exponent = (grids.head[:, parent] == G.POW) & jnp.asarray(right)[None]
    free = (grids.scaled > 0) | (grids.head == G.CONST)
    return jnp.where(free, jnp.where(is_exponent, exponent, c * sign), 1.0)


def sample_points(key: Array, batch: int, rows: int, columns: int) -> Array:
    """Tables X (b, rows, columns): positive, symmetric, shifted and wide log-uniform columns."""
    k = jax.random.split(key, 8)
    shape = (batch, rows, columns)
    u = jax.random.uniform(k[0], shape)
    per_law = jax.random.categorical(
        k[1], jnp.log(jnp.array([0.45, 0.3, 0.1, 0.15])), shape=(batch, 1, columns)
    )
    one_kind = jax.random.uniform(k[2], (batch, 1, 1)) < 0.7  # most tables: one kind of range
    kind = jnp.where(one_kind, per_law[:, :, :1], per_law)
    width = jnp.array([1.0, 2.0, 3.0, 5.0, 10.0])
    w = width[jax.random.randint(k[3], (batch, 1, columns), 0, 5)]
    w = jnp.where(jax.random.uniform(k[4], (batch, 1, 1)) < 0.7, w[:, :, :1], w)
    low = jax.random.uniform(k[5], (batch, 1, columns), minval=0.0, maxval=2.0)
    low = jnp.where(jax.random.uniform(k[6], (batch, 1, 1)) < 0.5, 1.0, low)
    positive = low + u * w
    symmetric = (2 * u - 1) * w
    shifted = (u + jax.random.normal(k[7], (batch, 1, columns)) * 2) * w
    wide = jnp.exp((2 * u - 1) * jnp.log(10.0) * jnp.minimum(w, 2.0) * 0.75)
    return jnp.select([kind == 0, kind == 1, kind == 2], [positive, symmetric, shifted], wide)


def _barrier(tree: Any) -> Any:
    return jax.lax.optimization_barrier(tree)


def _take(tree: Any, index: Array) -> Any:
    return jax.tree.map(lambda a: a[index], tree)


def canonical_grids(key: Array, batch: int, cells: int, max_columns: int, level: Array) -> tuple:
    """`batch` canonical grids and their numbers of columns; oversamples and rejects.

    `level` in [0, 1] is the curriculum: 0 draws small laws, 1 the full range.
    """
    k = jax.random.split(key, 5)
    over = 8
    many = over * batch
    n_columns = 1 + jax.random.categorical(
        k[0], jnp.log(1.0 / (1.0 + jnp.arange(max_columns) / 2.5)), shape=(many,)
    )
    reach = 0.4 + 0.45 * level
    branching = jax.random.uniform(k[1], (many,), minval=0.3, maxval=reach)
    grids = sample_grids(k[2], many, cells, n_columns, branching)
    # barriers keep XLA from fusing the stages into kernels that take minutes to compile
    grids = sort_operands(_barrier(grids), jnp)
    grids = _barrier(grids)
    ok = is_canonical(grids, jnp)
    size = n_filled(grids, jnp)
    # weighted draw without replacement: small laws are few, large ones rare in the pool
    weight = jnp.asarray(_SIZE_WEIGHT)[jnp.minimum(size, len(_SIZE_WEIGHT) - 1)]
    weight = jnp.where(size <= 3, weight * (3.0 - 2.0 * level), weight)
    rank = -jnp.log(jax.random.uniform(k[3], (many,), minval=1e-9)) / weight + jnp.where(
        ok, 0.0, 1e9
    )
    order = jnp.argsort(rank)[:batch]
    return _barrier((_take(grids, order), n_columns[order], ok[order]))


def sample_batch(
    key: Array, batch: int, *, cells: int, columns: int, rows: int, level: Array | float = 1.0
) -> Batch:
    """A batch of problems with clean targets. Jit it with static sizes.

    Parameters
    ----------
    key : PRNG key
    batch, cells, columns, rows : int
    level : float in [0, 1]
        Curriculum: size of the laws.
    """
    k = jax.random.split(key, 10)
    many = batch * 2
    grids, n_columns, ok = canonical_grids(k[0], many, cells, columns, jnp.asarray(level))
    grids = grids._replace(value=sample_constants(k[1], grids))
    X = sample_points(k[2], many, rows, columns)
    grids, X = _barrier((grids, X))
    y = _barrier(evaluate_grids(grids, X, jnp))
    finite = jnp.isfinite(y) & (jnp.abs(y) < 1e8)
    # rows outside the domain are dropped when they are few (log of a negative ...)
    share = finite.mean(-1)
    safe = jnp.where(finite, y, 0.0)
    mean = safe.sum(-1, keepdims=True) / jnp.maximum(finite.sum(-1, keepdims=True), 1)
    spread = jnp.sqrt((jnp.where(finite, y - mean, 0.0) ** 2).mean(-1))
    scale = jnp.abs(safe).max(-1)
    ok &= ~is_benchmark(grids)
    ok &= (share > 0.6) & (scale > 1e-5) & (spread > 1e-3 * scale)
    rank = jnp.where(ok, 0.0, 1.0) + 0.5 * jax.random.uniform(k[3], (many,))
    order = jnp.argsort(rank)[:batch]
    grids, X, y, finite, n_columns = _take((grids, X, safe, finite, n_columns), order)
    # noise: none for half of the laws, else 0.1 to 10 percent
    level_ = 10 ** jax.random.uniform(k[4], (batch, 1), minval=-3.0, maxval=-1.0)
    noisy = jax.random.uniform(k[5], (batch, 1)) < 0.4
    rms = jnp.sqrt((y**2).mean(-1, keepdims=True))
    noise = jnp.where(noisy, level_ * rms, 0.0) * jax.random.normal(k[6], y.shape)
    used_rows = jax.random.randint(k[7], (batch, 1), rows // 4, rows + 1)
    mask = finite & (jnp.arange(rows)[None] < used_rows)
    # a law on a few bad draws may be left (no valid one in the pool): it has no rows
    mask &= ok[order][:, None]
    return Batch(grids, X, y + noise, mask, jnp.arange(columns)[None] < n_columns[:, None])
