"""Values, sizes and canonical form of many answer grids: what training asks of drawn laws."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.operators import OPS

Array = Any


def evaluate_grids(grids: G.Grids, X: Array, xp: Any = np) -> Array:
    """Values of a batch of grids.

    Parameters
    ----------
    grids : Grids of shape (b, cells)
    X : array of shape (b, n, d) or (n, d)
        One table a grid, or one table for all.
    xp : module
        numpy or jax.numpy.

    Returns
    -------
    array of shape (b, n); nan where undefined.
    """
    if X.ndim == 2:
        X = X[None]
    d = X.shape[-1]
    below: Array = None
    for level in reversed(range(G.n_levels(grids.cells))):
        cut = G.level_slice(level)
        head = grids.head[:, cut, None]
        unary = grids.unary[:, cut, None]
        value = grids.value[:, cut, None]
        # leaves; the loop over columns keeps everything a select: no gather on the hot path
        out = xp.where(head == G.CONST, value, xp.zeros((), X.dtype)) + xp.zeros_like(
            X[:, None, :, 0]
        )
        for i in range(min(d, G.MAX_COLUMNS)):
            out = xp.where(head == G.VAR0 + i, X[:, None, :, i], out)
        if below is not None:
            left, right = below[:, 0::2], below[:, 1::2]
            for code in (G.ADD, G.SUB, G.MUL, G.DIV, G.POW):
                hit = head == code
                if xp is np and not hit.any():
                    continue
                # operands of other cells are replaced by 1: no spurious nan or overflow
                a, b = xp.where(hit, left, 1.0), xp.where(hit, right, 1.0)
                out = xp.where(hit, OPS[G.HEADS[code]].apply(xp, a, b), out)
            out = xp.where(head == G.ARG, left, out)
        for code in range(1, G.N_UNARIES):
            hit = unary == code
            if xp is np and not hit.any():
                continue
            out = xp.where(hit, OPS[G.UNARIES[code]].apply(xp, xp.where(hit, out, 0.5)), out)
        scaled = grids.scaled[:, cut, None] > 0
        below = xp.where(scaled, value * out, out)
    return below[:, 0]


def n_filled(grids: G.Grids, xp: Any = np) -> Array:
    """Number of filled cells of each grid."""
    return (grids.head != G.EMPTY).sum(-1)


# ---------------------------------------------------------------- canonical form


class _Level(NamedTuple):
    """Facts about the subtrees of one level, computed bottom up; arrays of shape (b, n)."""

    key: Array  # order of subtrees; the own scale is ignored
    base: Array  # key without an own power: equal factors of a product have equal bases
    size: Array
    lead: Array  # key of the first term that is no constant
    lead_scaled: Array
    first: Array  # smallest and largest key among the operands of the chain that starts here
    last: Array
    count: Array  # operands of the chain
    members: Array  # (b, n, 4) keys of the operands (sum) or bases (product), -1 padded
    ok: Array


def _lookup(table: np.ndarray, codes: Array, xp: Any) -> Array:
    return xp.asarray(table)[codes]


def _rules(
    head: Array, unary: Array, scaled: Array, below: _Level | None, kids: Any, xp: Any
) -> Any:
    """Facts of one level from the level below, and local canonical rules."""
    size, mixed = xp.where(head != G.EMPTY, 1, 0), xp.zeros_like(head)
    if below is not None:
        left = _Level(*(a[:, 0::2] for a in below))
        right = _Level(*(a[:, 1::2] for a in below))
        size = size + left.size + right.size
        ks = kids.scaled
        mixed = (
            left.key * 31 + right.key * 17 + ks[:, 0::2] * 5 + ks[:, 1::2] * 3 + (left.key >> 7)
        ) & 0xFFF

    def make_key(u: Array) -> Array:
        return (size << 22) + (head << 17) + (u << 12) + mixed

    key = make_key(unary)
    base = make_key(xp.where(_lookup(G.IS_POWER, unary, xp), 0, unary))
    is_sum, is_product = (head == G.ADD) | (head == G.SUB), (head == G.MUL) | (head == G.DIV)
    plain = (unary == 0) & (scaled == 0)
    big = (1 << 30) * xp.ones_like(key)
    lead = xp.where(head == G.CONST, big, key)
    lead_scaled = scaled > 0
    pad = -xp.ones((*head.shape, 3), dtype=key.dtype)
    members = xp.concatenate([key[..., None], pad], -1)
    ok = xp.ones(head.shape, dtype=bool)
    first = last = key
    count = xp.ones_like(head)
    if below is None:
        return _Level(key, base, size, lead, lead_scaled, first, last, count, members, ok)

    lh, rh = kids.head[:, 0::2], kids.head[:, 1::2]
    lu, ru = kids.unary[:, 0::2], kids.unary[:, 1::2]
    ls, rs = kids.scaled[:, 0::2] > 0, kids.scaled[:, 1::2] > 0
    ok = left.ok & right.ok

    def chain(h: Array, u: Array, s: Array, side: _Level, op: int, by: str) -> tuple[Array, ...]:
        """(first, last, count, members) of a child seen as part of an n-ary `op`."""
        inner = (h == op) & (u == 0) & ~s
        own = getattr(side, by)
        one = xp.concatenate([own[..., None], pad], -1)
        return (
            xp.where(inner, side.first, side.key),
            xp.where(inner, side.last, side.key),
            xp.where(inner, side.count, 1),
            xp.where(inner[..., None], side.members, one),
        )

    def join(op: int, top: int, by: str) -> tuple[Array, ...]:
        """Merge both children as chains of `op`; `top` is sub or div."""
        lf, ll, lc, lm = chain(lh, lu, ls, left, op, by)
        rf, rl, rc, rm = chain(rh, ru, rs, right, op, by)
        both = xp.concatenate([lm, rm], -1)
        same = both[..., :, None] == both[..., None, :]
        upper = xp.asarray(np.triu(np.ones((8, 8), bool), 1))
        duplicate = (same & upper & (both[..., :, None] >= 0)).any((-1, -2))
        balanced = (lc - rc >= 0) & (lc - rc <= 1) & (ll <= rf)
        fine = ~duplicate & (lc <= 4) & (rc <= 4) & ((head != op) | balanced)
        for h, u, s in ((lh, lu, ls), (rh, ru, rs)):  # sub/div only at the top of a chain
            fine &= ~((h == top) & (u == 0) & ~s)
        pair = xp.stack([lm[..., 0], rm[..., 0], pad[..., 0], pad[..., 0]], -1)
        four = xp.concatenate([lm[..., :2], rm[..., :2]], -1)
        return lf, rl, lc + rc, xp.where((lc == 1)[..., None], pair, four), fine

    sf, sl, sc, sm, s_ok = join(G.ADD, G.SUB, "key")
    pf, pl, pc, pm, p_ok = join(G.MUL, G.DIV, "base")
    ok &= xp.where(is_sum, s_ok, True) & xp.where(is_product, p_ok, True)
    first = xp.where(head == G.ADD, sf, xp.where(head == G.MUL, pf, first))
    last = xp.where(head == G.ADD, sl, xp.where(head == G.MUL, pl, last))
    count = xp.where(head == G.ADD, sc, xp.where(head == G.MUL, pc, count))
    members = xp.where(is_sum[..., None], sm, xp.where(is_product[..., None], pm, members))

    # lead of a sum: its smallest term that is no constant
    left_first = left.lead <= right.lead
    lead_in_sum = xp.where(left_first, left.lead, right.lead)
    lead_scaled_in_sum = xp.where(left_first, left.lead_scaled, right.lead_scaled)
    chain_sum = is_sum & plain
    lead = xp.where(chain_sum, lead_in_sum, lead)
    lead_scaled = xp.where(chain_sum, lead_scaled_in_sum, lead_scaled)

    # a sum under a power, even or odd function: lead unscaled / positive
    power, parity = _lookup(G.IS_POWER, unary, xp), _lookup(G.HAS_PARITY, unary, xp)
    ok &= ~(is_sum & power & lead_scaled_in_sum)
    ok &= ~((head == G.SUB) & parity & ~left_first)
    # operands of products and base of pow that are sums: same
    for h, u, s, side in ((lh, lu, ls, left), (rh, ru, rs, right)):
        sum_factor = ((h == G.ADD) | (h == G.SUB)) & (u == 0)
        in_product = is_product | (head == G.POW) if side is left else is_product
        ok &= ~(in_product & sum_factor & side.lead_scaled)
        ok &= ~(in_product & s)  # scales are pulled up
    # `sub` factors must lead with their left part: its key is the smaller one
    for h, u, side in ((lh, lu, 0), (rh, ru, 1)):
        ok &= ~(is_product & (h == G.SUB) & (u == 0) & kids.sub_right_leads[:, side::2])

    lpow = _lookup(G.IS_POWER, lu, xp)
    inv, square = G.UNARY_CODE["inv"], G.UNARY_CODE["square"]
    # sums
    ok &= ~(is_sum & ((lh == G.CONST) & (rh == G.CONST)))
    ok &= ~((head == G.SUB) & (rs | (rh == G.CONST)))
    ok &= ~((head == G.SUB) & kids.chain_const[:, 1::2])
    # products: no inverse factors, powers of products are distributed
    ok &= ~(is_product & ((lu == inv) | (ru == inv)))
    ok &= ~((head == G.DIV) & (rh == G.CONST))
    for h, u in ((lh, lu), (rh, ru)):
        ok &= ~(
            is_product
            & ((h == G.MUL) | (h == G.DIV))
            & ((u == square) | (u == G.UNARY_CODE["cube"]))
        )
    ok &= ~(is_product & (unary == square)) & ~(is_product & (unary == G.UNARY_CODE["cube"]))
    ok &= ~((head == G.DIV) & (unary == inv))
    # powers
    ok &= ~(
        (head == G.POW) & ((lh == G.CONST) | lpow | (lh == G.POW) | rs | (power & (unary != inv)))
    )
    # arg: chains two unaries and nothing else
    ok &= ~((head == G.ARG) & ((unary == 0) | (lu == 0) | ls))
    ok &= ~((head == G.ARG) & power & (lpow | (lu == 0)) & (unary != inv))
    ok &= ~((head == G.ARG) & (unary == inv) & (lu == inv))
    ok &= ~((head == G.ARG) & _lookup(_VOID_CHAIN, unary * G.N_UNARIES + lu, xp))
    # exp(u + c) is a scale, log(c * u) is a shift
    has_const = kids.chain_const[:, 0::2] | kids.chain_const[:, 1::2]
    ok &= ~(is_sum & (unary == G.UNARY_CODE["exp"]) & has_const)
    ok &= ~(is_product & (unary == G.UNARY_CODE["log"]) & has_const)
    return _Level(key, base, size, lead, lead_scaled, first, last, count, members, ok)


def _void_chains() -> np.ndarray:
    """Pairs outer(inner(u)) that are something simpler, as a flat table."""
    table = np.zeros((G.N_UNARIES, G.N_UNARIES), dtype=bool)
    inverse = {"exp": "log", "log": "exp", "sin": "asin", "cos": "acos", "tan": "atan",
               "asin": "sin", "acos": "cos", "atan": "tan"}  # fmt: skip
    for outer, inner in inverse.items():
        table[G.UNARY_CODE[outer], G.UNARY_CODE[inner]] = True
    for code in range(1, G.N_UNARIES):
        if OPS[G.UNARIES[code]].image[0] >= 0.0:
            table[G.UNARY_CODE["abs"], code] = True
        if OPS[G.UNARIES[code]].parity == 1:
            table[code, G.UNARY_CODE["abs"]] = True
        if OPS[G.UNARIES[code]].is_homogeneous:
            table[G.UNARY_CODE["log"], code] = True
    return table.ravel()


_VOID_CHAIN = _void_chains()


class _Kids(NamedTuple):
    head: Array
    unary: Array
    scaled: Array
    sub_right_leads: Array
    chain_const: Array


def is_canonical(grids: G.Grids, xp: Any = np) -> Array:
    """Which grids are in canonical form (docs/adr/0002): bool array of shape (b,)."""
    below, kids = None, None
    ok_const = xp.ones(grids.head.shape[0], dtype=bool)
    for level in reversed(range(G.n_levels(grids.cells))):
        cut = G.level_slice(level)
        head, unary, scaled = grids.head[:, cut], grids.unary[:, cut], grids.scaled[:, cut]
        facts = _rules(head, unary, scaled, below, kids, xp)
        plain = (unary == 0) & (scaled == 0)
        right_leads = xp.zeros(head.shape, dtype=bool)
        chain_const = head == G.CONST
        if below is not None:
            right_leads = (head == G.SUB) & (below.lead[:, 1::2] < below.lead[:, 0::2])
            inner = ((head == G.ADD) | (head == G.MUL)) & plain
            chain_const |= inner & (kids.chain_const[:, 0::2] | kids.chain_const[:, 1::2])
        ok_const &= ~((head == G.CONST) & ((unary != 0) | (scaled > 0))).any(-1)
        kids = _Kids(head, unary, scaled, right_leads, chain_const)
        below = facts
    top = _top_down_ok(grids, xp)
    return below.ok[:, 0] & ok_const & top & (grids.head[:, 0] >= G.VAR0)


def _top_down_ok(grids: G.Grids, xp: Any) -> Array:
    """Rules that depend on what stands above: emptiness, scales, const factors."""
    head, unary, scaled = grids.head[:, :1], grids.unary[:, :1], grids.scaled[:, :1]
    in_function = xp.zeros(head.shape, dtype=bool)
    scale_allowed = xp.ones(head.shape, dtype=bool)
    ok = xp.ones(grids.head.shape[0], dtype=bool)
    for level in range(G.n_levels(grids.cells)):
        plain_sum = ((head == G.ADD) | (head == G.SUB)) & (unary == 0)
        bad = (scaled > 0) & (~scale_allowed | plain_sum | (head < G.VAR0))
        ok &= ~bad.any(-1)
        ok &= ~((head == G.EMPTY) & ((unary != 0) | (scaled > 0))).any(-1)
        if level + 1 == G.n_levels(grids.cells):
            ok &= ~(head >= G.ADD).any(-1)
            break
        product = (head == G.MUL) | (head == G.DIV)
        chain_function = _lookup(G.IS_FUNCTION, unary, xp) | ((unary == 0) & in_function)
        below = G.level_slice(level + 1)
        ch, cu, cs = grids.head[:, below], grids.unary[:, below], grids.scaled[:, below]
        parent = xp.repeat(head, 2, axis=1)
        right = xp.asarray(np.arange(ch.shape[1]) % 2 == 1)[None]
        wanted = (parent >= G.ADD) & ~((parent == G.ARG) & right)
        ok &= ((ch != G.EMPTY) == wanted).all(-1)
        p_function = xp.repeat(chain_function, 2, axis=1)
        p_product = xp.repeat(product, 2, axis=1)
        const_ok = (
            (parent == G.ADD)
            | ((parent == G.SUB) & ~right)
            | (((parent == G.MUL) | ((parent == G.DIV) & ~right)) & p_function)
            | ((parent == G.POW) & right)
        )
        ok &= ~((ch == G.CONST) & ~const_ok).any(-1)
        in_function = (p_product & p_function & ~((parent == G.DIV) & right)) | (parent == G.POW)
        scale_allowed = (parent == G.ADD) | ((parent == G.SUB) & ~right)
        head, unary, scaled = ch, cu, cs
    return ok


def sort_operands(grids: G.Grids, xp: Any = np) -> G.Grids:
    """Swap the two operands of each sum and product that stand in the wrong order.

    One bottom-up pass: enough for pairs; n-ary chains are left to `is_canonical`.
    """
    levels = G.n_levels(grids.cells)
    parts = [[a[:, G.level_slice(k)] for k in range(levels)] for a in grids]
    below, kids = None, None
    for level in reversed(range(levels)):
        if below is not None:
            head = parts[0][level]
            lh, rh = parts[0][level + 1][:, 0::2], parts[0][level + 1][:, 1::2]
            lu, ru = parts[1][level + 1][:, 0::2], parts[1][level + 1][:, 1::2]
            inner_l, inner_r = (lh == head) & (lu == 0), (rh == head) & (ru == 0)
            lc = xp.where(inner_l, below.count[:, 0::2], 1)
            rc = xp.where(inner_r, below.count[:, 1::2], 1)
            wrong = (lc < rc) | ((lc == rc) & (below.key[:, 0::2] > below.key[:, 1::2]))
            swap = wrong & ((head == G.ADD) | (head == G.MUL))
            n = head.shape[1]
            for field in parts:
                for deep in range(level + 1, levels):
                    a = field[deep].reshape(-1, n, 2, 2 ** (deep - level - 1))
                    a = xp.where(swap[:, :, None, None], a[:, :, ::-1], a)
                    field[deep] = a.reshape(-1, 2**deep)
            fields = (parts[0][level + 1], parts[1][level + 1], parts[2][level + 1])
            kids = _Kids(*fields, xp.zeros_like(fields[0], dtype=bool), fields[0] == G.CONST)
            flip = xp.repeat(swap, 2, axis=1)

            def swapped(a: Array, flip: Array = flip) -> Array:
                pairs = a.reshape(a.shape[0], -1, 2, *a.shape[2:])[:, :, ::-1].reshape(a.shape)
                return xp.where(flip.reshape(flip.shape + (1,) * (a.ndim - 2)), pairs, a)

            below = _Level(*(swapped(a) for a in below))
        below = _rules(parts[0][level], parts[1][level], parts[2][level], below, kids, xp)
    return G.Grids(*(xp.concatenate(field, axis=1) for field in parts))
