"""Rows of a library: records, values, and how they grow.

Rows are kept as integer records (kind, children, parameter) beside one float64
matrix of values; a tree is only built for the few rows that a scan picks. Rows
grow level by level with whole-array operations, cheap ones first, and a row
whose values are a multiple of an earlier row's is dropped: the scans fit a free
coefficient anyway, so only the cheapest of such rows is worth its place.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..expressions.operators import OPS
from ..expressions.tree import Node, call, columns, const, var
from .builders import power, product
from .monomials import EXPONENTS, monomial_cost, monomials

# Exponents that monomials may carry, with their costs.
# Multiples of an argument that are tried inside a unary: small numbers and the circle's.
SCALES = {1.0: 0, 2.0: 2, 0.5: 2, 3.0: 3, np.pi: 3, 2 * np.pi: 3, 0.5 / np.pi: 3, 1 / np.pi: 4,
          0.25: 4, 4.0: 4}  # fmt: skip
# What a power of a sum costs: roots are as common as squares.
_POWER_COST = {2.0: 2, -1.0: 1, -2.0: 3, 0.5: 2, -0.5: 3}
# Powers are enumerated as exponents (and bars), never as functions.
POWERS = frozenset(op.name for op in OPS.values() if op.is_homogeneous)


@dataclass
class Library:
    """Sub-expressions of a table and their values.

    Attributes
    ----------
    values : ndarray of shape (K, N)
        One row per sub-expression, float64, all finite.
    cost : ndarray of shape (K,)
        Approximate complexity of each row.
    order : ndarray of shape (K,)
        Rows from cheap to costly.
    """

    values: np.ndarray
    cost: np.ndarray
    _kind: list[str]
    _a: np.ndarray
    _b: np.ndarray
    _p: np.ndarray
    _exponents: np.ndarray
    order: np.ndarray
    _nodes: dict[int, Node] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.values)

    def node(self, i: int) -> Node:
        """The expression of row `i`."""
        i = int(i)
        if i not in self._nodes:
            self._nodes[i] = self._build(i)
        return self._nodes[i]

    @functools.cached_property
    def monomial(self) -> np.ndarray:
        """Which rows are columns or products of powers of columns, shape (K,)."""
        return np.array([kind in ("var", "abs", "mono") for kind in self._kind], dtype=bool)

    @functools.cached_property
    def nested(self) -> np.ndarray:
        """Which rows hold a function of a function, shape (K,)."""
        depth = np.zeros(len(self), dtype=int)  # a row is made of earlier ones
        for i, kind in enumerate(self._kind):
            if kind in ("var", "abs", "mono", "given"):
                continue
            depth[i] = depth[self._a[i]]
            if kind in ("add", "sub", "mul", "sum3") or (kind in OPS and OPS[kind].arity == 2):
                depth[i] = max(depth[i], depth[self._b[i]])
            elif kind not in ("pow", "shift", "drop"):
                depth[i] += 1
        return depth > 1

    def _build(self, i: int) -> Node:
        kind, a, b, p = self._kind[i], int(self._a[i]), int(self._b[i]), float(self._p[i])
        if kind == "var":
            return var(a)
        if kind == "abs":
            return call("abs", var(a))
        if kind == "mono":
            factors = [(self.node(k), e) for k, e in enumerate(self._exponents[a]) if e]
            return product(1.0, factors)
        if kind == "pow":
            return power(call("neg", self.node(a)) if b else self.node(a), p)
        if kind in ("shift", "drop"):  # p + row, p - row
            return call("add" if kind == "shift" else "sub", const(p), self.node(a))
        if kind in ("add", "sub", "mul") or (kind != "sum3" and OPS[kind].arity == 2):
            return call(kind, self.node(a), self.node(b))
        if kind == "sum3":
            third, signs = divmod(int(p), 4)
            two = call("sub" if signs & 1 else "add", self.node(a), self.node(b))
            return call("sub" if signs & 2 else "add", two, self.node(third))
        inner = self.node(a)
        return call(kind, inner if p == 1.0 else product(p, [(inner, 1.0)]))


class Builder:
    """Collects rows in batches; drops what is undefined, constant or already there."""

    def __init__(self, n: int, limit: int, unary: Sequence[str], binary: Sequence[str]) -> None:
        self.unary, self.binary = unary, binary
        self.has_div = "div" in binary or "inv" in unary or "pow" in binary
        self.has_root = "sqrt" in unary or "pow" in binary
        self.values = np.empty((limit, n))
        self.cost = np.zeros(limit, dtype=int)
        self.kind: list[str] = []
        self.a = np.zeros(limit, dtype=int)
        self.b = np.zeros(limit, dtype=int)
        self.p = np.zeros(limit)
        self.mask = np.zeros(limit, dtype=np.int64)  # columns used, as bits
        self.size = 0
        self.limit = limit
        rng = np.random.default_rng(12345)
        self._probe = rng.standard_normal(n)
        self._keys: set[int] = set()
        self.given: list[Node] = []

    def add(
        self,
        kind: str | Sequence[str],
        a: np.ndarray,
        b: np.ndarray | int,
        p: np.ndarray | float,
        values: np.ndarray,
        cost: np.ndarray,
        cap: int | None = None,
    ) -> np.ndarray:
        """Add a batch of candidate rows; returns the indices of those kept."""
        m = len(values)
        room = self.limit - self.size if cap is None else min(cap, self.limit - self.size)
        if m == 0 or room <= 0:
            return np.empty(0, dtype=int)
        with np.errstate(all="ignore"):
            size = np.sqrt(np.einsum("ij,ij->i", values, values) / values.shape[1])
            mean = values.mean(axis=1)
            key = np.abs(values @ self._probe) / size
            spread = np.sqrt(np.maximum(size**2 - mean**2, 0))
            good = np.isfinite(key) & (size < 1e14) & (size > 1e-14) & (spread > 1e-6 * size)
        order = np.flatnonzero(good)
        order = order[np.argsort(np.asarray(cost)[order], kind="stable")]
        keys = np.round(key[order] * 1e10).astype(np.int64).tolist()
        keep = []
        for i, k in zip(order.tolist(), keys, strict=True):
            if k in self._keys:
                continue
            self._keys.add(k)
            keep.append(i)
            if len(keep) >= room:
                break
        rows = np.arange(self.size, self.size + len(keep))
        self.values[rows] = values[keep]
        self.cost[rows] = np.asarray(cost)[keep]
        self.kind.extend([kind] * len(keep) if isinstance(kind, str) else [kind[i] for i in keep])
        self.a[rows] = np.asarray(a)[keep]
        self.b[rows] = np.asarray(b)[keep] if np.ndim(b) else b
        self.p[rows] = np.asarray(p)[keep] if np.ndim(p) else p
        self._mark(rows)
        self.size += len(keep)
        return rows

    def give(self, nodes: Sequence[Node], values: np.ndarray, cost: np.ndarray) -> np.ndarray:
        """Add rows that are given as trees, the worthiest (of least `cost`) first."""
        self.given = list(nodes)
        return self.add("given", np.arange(len(nodes)), 0, 1.0, values, cost)

    def _mark(self, rows: np.ndarray) -> None:
        for r in rows.tolist():
            kind, a, b = self.kind[r], int(self.a[r]), int(self.b[r])
            if kind in ("var", "abs"):
                self.mask[r] = _bit(a)
            elif kind == "given":
                held = [_bit(j) for j in columns(self.given[a])]
                self.mask[r] = np.bitwise_or.reduce(held) if held else 0
            elif kind == "mono":
                self.mask[r] = np.bitwise_or.reduce(self.mask[np.flatnonzero(self.table[a])])
            elif kind in self.binary:
                self.mask[r] = self.mask[a] | self.mask[b]
            elif kind == "sum3":
                self.mask[r] = self.mask[a] | self.mask[b] | self.mask[int(self.p[r]) // 4]
            else:
                self.mask[r] = self.mask[a]

    # ------------------------------------------------------------------ growing

    def start(
        self, X: np.ndarray, columns: Sequence[int], cap: int, bars: bool = True
    ) -> np.ndarray:
        """Columns, |columns| whose sign changes (`bars`), and monomials: their rows by cost."""
        d = len(columns)
        first = self.add("var", np.array(columns), 0, 1.0, X[:, columns].T.copy(), np.ones(d, int))
        atoms = first
        mixed = [c for c in columns if (X[:, c] < 0).any() and (X[:, c] > 0).any()]
        if bars and "abs" in self.unary and mixed:
            values = np.abs(X[:, mixed]).T.copy()
            extra = self.add("abs", np.array(mixed), 0, 1.0, values, np.full(len(mixed), 2))
            atoms = np.concatenate([atoms, extra])
        self.table = np.zeros((0, len(atoms)))
        self.plain = len(first)
        if "mul" not in self.binary:
            return first
        allowed = [self._exponents(k, k >= len(first), atoms) for k in range(len(atoms))]
        self.table = monomials(len(atoms), cap, allowed, len(first))
        values = np.ones((len(self.table), X.shape[0]))
        for k in range(len(atoms)):
            base = self.values[atoms[k]]
            for e in np.unique(self.table[:, k]):
                if e:
                    values[self.table[:, k] == e] *= base**e
        grown = self.add(
            "mono", np.arange(len(self.table)), 0, 1.0, values,
            monomial_cost(self.table, len(first)),
        )  # fmt: skip
        return self.by_cost(first, grown)

    def _exponents(self, k: int, absolute: bool, atoms: np.ndarray) -> list[float]:
        out = []
        for e in EXPONENTS:
            whole = float(e).is_integer()
            if absolute and whole and abs(e) != 1:
                continue  # whole powers belong to the column itself
            if e < 0 and not self.has_div:
                continue
            if not whole and (not self.has_root or (self.values[atoms[k]] < 0).any()):
                continue
            out.append(e)
        return out

    def by_cost(self, *groups: np.ndarray) -> np.ndarray:
        """Rows of all `groups`, cheap ones first."""
        rows = np.concatenate([np.asarray(g, dtype=int) for g in groups])
        return rows[np.argsort(self.cost[rows], kind="stable")]

    def combine(
        self, kind: str, i: np.ndarray, j: np.ndarray, cap: int | None = None
    ) -> np.ndarray:
        """Sums, differences or products of rows."""
        if kind not in self.binary or not len(i):
            return np.empty(0, dtype=int)
        f = functools.partial(OPS[kind].apply, np)
        price = self.cost[i] + self.cost[j] + (0 if kind == "mul" else 1)
        return self.add(kind, i, j, 1.0, f(self.values[i], self.values[j]), price, cap)

    def sums(self, i: np.ndarray, j: np.ndarray, cap: int | None = None) -> np.ndarray:
        return self.by_cost(self.combine("add", i, j, cap), self.combine("sub", i, j, cap))

    def triple_sums(self, i: np.ndarray, cap: int) -> np.ndarray:
        """The cheapest sums and differences of three of the rows `i`; plain terms first."""
        if not {"add", "sub"} <= set(self.binary) or len(i) < 3:
            return np.empty(0, dtype=int)
        n = len(i)
        a, b, c = np.array(list(itertools.combinations(range(n), 3))).T
        price = np.array([self.plainness(r) for r in i])
        total = price[a] + price[b] + price[c]
        few = np.argsort(total, kind="stable")[: cap // 4]
        a, b, c, total = i[a[few]], i[b[few]], i[c[few]], total[few]
        a, b, c, total = (np.repeat(v, 4) for v in (a, b, c, total))
        signs = np.tile(np.arange(4), len(few))
        v = self.values
        values = v[a] + (1 - 2 * (signs & 1))[:, None] * v[b] + (1 - (signs & 2))[:, None] * v[c]
        return self.add("sum3", a, b, 4.0 * c + signs, values, total + 2, cap)

    def plainness(self, row: int) -> int:
        """Price of a monomial as a term: its degree, more where it divides, has roots or bars."""
        if self.kind[row] == "var":
            return 1
        if self.kind[row] == "given":
            return int(self.cost[row])
        if self.kind[row] != "mono":
            return 4
        e = self.table[self.a[row]]
        bars = e[self.plain :] != 0
        return int(np.ceil(np.abs(e).sum() + 2 * (e < 0).any() + 2 * (e % 1 != 0).any())
                   + 3 * bars.any())  # fmt: skip

    def shifted(self, i: np.ndarray, cap: int | None = None) -> np.ndarray:
        """1 + row and 1 - row."""
        c = self.cost[i] + 2
        empty = np.empty(0, dtype=int)
        v = self.values[i]
        up = self.add("shift", i, 0, 1.0, 1.0 + v, c, cap) if "add" in self.binary else empty
        down = self.add("drop", i, 0, 1.0, 1.0 - v, c, cap) if "sub" in self.binary else empty
        return self.by_cost(up, down)

    def functions(
        self, i: np.ndarray, cap: int, scaled: int = 0, skip: Sequence[str] = ()
    ) -> np.ndarray:
        """Every function of rows `i`; for the first `scaled` rows also of a few multiples."""
        batch: list[tuple[str, np.ndarray, float, np.ndarray, np.ndarray]] = []
        for name in self.unary:
            if name in POWERS or name in skip:
                continue
            op = OPS[name]
            for k, extra in SCALES.items():
                if name == "log" and k != 1.0:
                    continue  # an additive constant
                take = i if k == 1.0 else i[: scaled // 4 if op.rarity else scaled]
                for s in (k, -k) if op.parity == 0 and name != "log" else (k,):
                    price = self.cost[take] + 1 + extra + (s < 0) + op.rarity
                    batch.append((name, take, s, op.apply(np, s * self.values[take]), price))
        batch = [b for b in batch if len(b[1])]
        if not batch:
            return np.empty(0, dtype=int)
        names = list(itertools.chain.from_iterable([b[0]] * len(b[1]) for b in batch))
        return self.add(names, np.concatenate([b[1] for b in batch]), 0,
                        np.concatenate([np.full(len(b[1]), b[2]) for b in batch]),
                        np.concatenate([b[3] for b in batch]),
                        np.concatenate([b[4] for b in batch]), cap)  # fmt: skip

    def powers(self, i: np.ndarray, cap: int) -> np.ndarray:
        """Squares, reciprocals and roots of rows."""
        ps = [2.0] + ([-1.0, -2.0] if self.has_div else []) + ([0.5] if self.has_root else [])
        ps += [-0.5] if self.has_div and self.has_root else []
        below = (self.values[i] < 0).all(axis=1)  # -row has a root
        v, c, flip = [], [], []
        for p in ps:
            turn = below if p % 1 else np.zeros(len(i), dtype=bool)
            v.append(np.where(turn, -1.0, 1.0)[:, None] * self.values[i])
            v[-1] **= p
            c.append(self.cost[i] + _POWER_COST[p])
            flip.append(turn.astype(int))
        return self.add("pow", np.tile(i, len(ps)), np.concatenate(flip), np.repeat(ps, len(i)),
                        np.concatenate(v), np.concatenate(c), cap)  # fmt: skip

    def pairs(
        self, i: np.ndarray, j: np.ndarray, cap: int, like: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """The `cap` cheapest pairs of rows from `i` and `j`.

        Pairs that share no column come earlier; with `like`, so do sums of monomials of
        equal shape (x0**2 + x1**2).
        """
        same = i is j
        price = (self.cost[i][:, None] + self.cost[j][None, :]).astype(float)
        price += (self.mask[i][:, None] & self.mask[j][None, :]) != 0
        if like:
            shape = np.array([self._shape(r) for r in i])
            price -= 1.5 * (shape[:, None] == np.array([self._shape(r) for r in j])[None, :])
        a, b = np.triu_indices(len(i), 1) if same else np.indices(price.shape).reshape(2, -1)
        order = np.argsort(price[a, b], kind="stable")[:cap]
        return i[a[order]], j[b[order]]

    def ordered(self, i: np.ndarray, cap: int) -> tuple[np.ndarray, np.ndarray]:
        """The `cap` cheapest pairs of rows, in both orders."""
        a, b = self.pairs(i, i, cap)
        return np.concatenate([a, b]), np.concatenate([b, a])

    def _shape(self, row: int) -> int:
        """A number for the multiset of exponents of a monomial row."""
        if self.kind[row] == "var":
            return hash((1.0,))
        if self.kind[row] != "mono":
            return -1
        e = self.table[self.a[row]]
        return hash(tuple(sorted(e[e != 0].tolist())))

    def library(self) -> Library:
        """The rows so far."""
        n = self.size
        order = np.argsort(self.cost[:n], kind="stable")
        given = {r: self.given[int(self.a[r])] for r in range(n) if self.kind[r] == "given"}
        return Library(self.values[:n], self.cost[:n], self.kind, self.a[:n], self.b[:n],
                       self.p[:n], self.table, order, given)  # fmt: skip


def _bit(column: int) -> int:
    return 1 << (column % 60)
