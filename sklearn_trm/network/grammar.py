"""Which contents a cell may have, given what stands above it (JAX, shared by training and use)."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..expressions import grid as G

Array = jax.Array


class Context(NamedTuple):
    """What a cell inherits: arrays broadcastable to the cells at hand."""

    wanted: Array  # the cell must be filled
    parent: Array  # head of the parent, ADD at the root
    right: Array  # the cell is a right operand
    in_function: Array  # const factors are allowed (product inside a function)
    root: Array
    last: Array  # deepest level: leaves only


def child_function(head: Array, unary: Array, in_function: Array) -> Array:
    """Whether operands of a cell may be const factors."""
    product = (head == G.MUL) | (head == G.DIV)
    return product & (jnp.asarray(G.IS_FUNCTION)[unary] | ((unary == 0) & in_function))


def contexts(grids: G.Grids) -> Context:
    """Contexts of all cells of finished grids (teacher forcing)."""
    b, cells = grids.head.shape
    i = np.arange(cells)
    parent = jnp.where(i > 0, grids.head[:, np.maximum((i - 1) // 2, 0)], G.ADD)
    right = np.broadcast_to((i % 2 == 0) & (i > 0), (b, cells))
    inside = [jnp.zeros((b, 1), bool)]
    for level in range(G.n_levels(cells) - 1):
        cut = G.level_slice(level)
        here = child_function(grids.head[:, cut], grids.unary[:, cut], inside[-1])
        inside.append(jnp.repeat(here, 2, axis=1))
    wanted = (parent >= G.ADD) & ~((parent == G.ARG) & right)
    last = np.broadcast_to(i >= cells // 2, (b, cells))
    return Context(
        wanted, parent, jnp.asarray(right), jnp.concatenate(inside, 1),
        jnp.asarray(np.broadcast_to(i == 0, (b, cells))), jnp.asarray(last),
    )  # fmt: skip


def head_mask(c: Context) -> Array:
    """Allowed heads, shape (..., heads)."""
    heads = jnp.arange(G.N_HEADS)
    is_const, is_op = heads == G.CONST, heads >= G.ADD
    const_ok = (
        ((c.parent == G.ADD) & ~c.root)
        | ((c.parent == G.SUB) & ~c.right)
        | (((c.parent == G.MUL) | ((c.parent == G.DIV) & ~c.right)) & c.in_function)
        | ((c.parent == G.POW) & c.right)
    )
    ok = (heads != G.EMPTY) & (~is_const | const_ok[..., None])
    return ok & (~is_op | ~c.last[..., None])


def unary_mask(c: Context, head: Array) -> Array:
    """Allowed unaries given the head, shape (..., unaries)."""
    unaries = jnp.arange(G.N_UNARIES)
    chained = (head == G.ARG) | (c.parent == G.ARG)
    ok = jnp.where((head == G.CONST)[..., None], unaries == 0, True)
    return ok & (~chained[..., None] | (unaries != 0) | (head == G.CONST)[..., None])


def scale_mask(c: Context, head: Array, unary: Array) -> Array:
    """Whether the cell may be scaled."""
    plain_sum = ((head == G.ADD) | (head == G.SUB)) & (unary == 0)
    allowed = c.root | (c.parent == G.ADD) | ((c.parent == G.SUB) & ~c.right)
    return allowed & ~plain_sum & (head >= G.VAR0)
