"""The library: many small expressions of this table, with their values.

Rows are kept as integer records (kind, children, parameter) beside one float64
matrix of values; a tree is only built for the few rows that a scan picks. Rows
grow level by level with whole-array operations, cheap ones first, and a row
whose values are a multiple of an earlier row's is dropped: the scans fit a free
coefficient anyway, so only the cheapest of such rows is worth its place.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .expression import power, product
from .ops import OPS
from .tree import Node, call, const, var

# Exponents that monomials may carry, with their costs.
_EXPONENTS = {1.0: 1, 2.0: 2, -1.0: 2, 0.5: 2, 3.0: 3, -2.0: 3, -0.5: 3, 4.0: 4, -3.0: 4, 5.0: 5,
              1.5: 5, -4.0: 5, 6.0: 6}  # fmt: skip
# Multiples of an argument that are tried inside a unary: small numbers and the circle's.
_SCALES = {1.0: 0, 2.0: 2, 0.5: 2, 3.0: 3, np.pi: 3, 2 * np.pi: 3, 0.5 / np.pi: 4, 1 / np.pi: 4,
           0.25: 4, 4.0: 4}  # fmt: skip
# Powers are enumerated as exponents, never as unaries.
_POWERS = ("neg", "inv", "square", "cube", "sqrt")


@dataclass
class Library:
    """Sub-expressions of a table and their values.

    Attributes
    ----------
    values : ndarray of shape (K, N)
        One row per sub-expression, float64, all finite.
    cost : ndarray of shape (K,)
        Approximate complexity of each row.
    """

    values: np.ndarray
    cost: np.ndarray
    _kind: list[str]
    _a: np.ndarray
    _b: np.ndarray
    _p: np.ndarray
    _exponents: np.ndarray
    _nodes: dict[int, Node] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.values)

    def node(self, i: int) -> Node:
        """The expression of row `i`."""
        i = int(i)
        if i not in self._nodes:
            self._nodes[i] = self._build(i)
        return self._nodes[i]

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
            return power(self.node(a), p)
        if kind in ("shift", "drop"):  # p + row, p - row
            return call("add" if kind == "shift" else "sub", const(p), self.node(a))
        if kind in ("add", "sub", "mul"):
            return call(kind, self.node(a), self.node(b))
        inner = self.node(a)
        return call(kind, inner if p == 1.0 else product(p, [(inner, 1.0)]))


class _Builder:
    """Collects rows in batches; drops what is undefined, constant or already there."""

    def __init__(self, n: int, limit: int) -> None:
        self.values = np.empty((limit, n))
        self.cost = np.zeros(limit, dtype=int)
        self.kind: list[str] = []
        self.a = np.zeros(limit, dtype=int)
        self.b = np.zeros(limit, dtype=int)
        self.p = np.zeros(limit)
        self.size = 0
        self.limit = limit
        rng = np.random.default_rng(12345)
        self._probe = rng.standard_normal(n)
        self._keys: set[int] = set()

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
        self.size += len(keep)
        return rows


def _monomials(atoms: int, cap: int, allowed: Sequence[Sequence[float]]) -> np.ndarray:
    """Exponent vectors of the cheapest monomials with at least two costs worth of content."""
    frontier: list[tuple[int, tuple[float, ...]]] = [(0, ())]
    out: list[tuple[float, ...]] = []
    for limit in range(2, 14):
        frontier = [(0, ())]
        for k in range(atoms):
            grown = []
            for cost, head in frontier:
                grown.append((cost, head + (0.0,)))
                for e in allowed[k]:
                    if cost + _EXPONENTS[e] <= limit:
                        grown.append((cost + _EXPONENTS[e], head + (e,)))
            frontier = grown
            if len(frontier) > 40 * cap:
                break
        complete = [(c, e) for c, e in frontier if len(e) == atoms and c > 0]
        if len(complete) < len(out):
            break
        complete.sort(key=lambda item: item[0])
        out = [e for _, e in complete]
        if len(out) >= cap:
            break
    return np.array(out[:cap]).reshape(-1, atoms)


def _pairs(cost_a: np.ndarray, cost_b: np.ndarray, cap: int, same: bool) -> np.ndarray:
    """Index pairs (i, j) with the smallest total cost, about `cap` of them."""
    total = cost_a[:, None] + cost_b[None, :]
    i, j = np.nonzero(np.ones_like(total, dtype=bool))
    if same:
        keep = i < j
        i, j = i[keep], j[keep]
    order = np.argsort(total[i, j], kind="stable")[:cap]
    return np.stack([i[order], j[order]], axis=1)


def build_library(
    X: np.ndarray,
    unary: Sequence[str],
    binary: Sequence[str],
    size: int = 4000,
    columns: Sequence[int] | None = None,
) -> Library:
    """Build the library of a table.

    Parameters
    ----------
    X : ndarray of shape (N, d)
        The rows on which targets are screened (a few hundred).
    unary, binary : sequence of str
        Operators that may appear.
    size : int
        About how many rows to keep.
    columns : sequence of int, optional
        Columns to use; all when omitted.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(1, 2, 20)[:, None]
    >>> lib = build_library(X, ["sin"], ["add", "mul"], size=50)
    >>> lib.values.shape[1]
    20
    """
    columns = list(range(X.shape[1])) if columns is None else list(columns)
    n = len(X)
    B = _Builder(n, size + 64)
    has_div = "div" in binary or "inv" in unary or "pow" in binary
    has_root = "sqrt" in unary or "pow" in binary
    functions = [u for u in unary if u not in _POWERS and u != "abs"]
    one = np.ones

    with np.errstate(all="ignore"):
        # Level 0: columns, and |column| where the sign changes.
        atoms = B.add("var", np.array(columns), 0, 1.0, X[:, columns].T.copy(),
                      one(len(columns), dtype=int))  # fmt: skip
        n_var = len(atoms)
        mixed = [c for c in columns if (X[:, c] < 0).any() and (X[:, c] > 0).any()]
        signed = list(atoms)
        if "abs" in unary and mixed:
            extra = B.add("abs", np.array(mixed), 0, 1.0, np.abs(X[:, mixed]).T.copy(),
                          2 * one(len(mixed), dtype=int))  # fmt: skip
            atoms = np.concatenate([atoms, extra])

        def exponents(k: int) -> list[float]:
            fractional_only = k >= n_var  # |x|: whole powers belong to x itself
            out = []
            for e in _EXPONENTS:
                whole = float(e).is_integer()
                if (fractional_only and whole and abs(e) != 1) or (e < 0 and not has_div):
                    continue
                if not whole and (not has_root or (B.values[atoms[k]] < 0).any()):
                    continue
                out.append(e)
            return out

        # Level 1: monomials.
        if "mul" in binary:
            table = _monomials(
                len(atoms), max(24, size // 10), [exponents(k) for k in range(len(atoms))]
            )
            values = np.ones((len(table), n))
            for k in range(len(atoms)):
                base = B.values[atoms[k]]
                for e in np.unique(table[:, k]):
                    if e:
                        values[table[:, k] == e] *= base**e
            cost = _monomial_cost(table)
            mono = np.concatenate(
                [signed, B.add("mono", np.arange(len(table)), 0, 1.0, values, cost)]
            )
        else:
            table = np.zeros((0, len(atoms)))
            mono = np.array(signed)
        mono = mono.astype(int)
        mono = mono[np.argsort(B.cost[mono], kind="stable")]

        def combine(kind: str, i: np.ndarray, j: np.ndarray, cap: int | None = None) -> np.ndarray:
            f = {"add": np.add, "sub": np.subtract, "mul": np.multiply}[kind]
            v = f(B.values[i], B.values[j])
            return B.add(kind, i, j, 1.0, v, B.cost[i] + B.cost[j] + 1, cap)

        def shifted(i: np.ndarray) -> np.ndarray:
            c = B.cost[i] + 2
            up = B.add("shift", i, 0, 1.0, 1.0 + B.values[i], c) if "add" in binary else []
            down = B.add("drop", i, 0, 1.0, 1.0 - B.values[i], c) if "sub" in binary else []
            return np.concatenate([up, down]).astype(int)

        def unaries(i: np.ndarray, cap: int, scales: bool = True) -> np.ndarray:
            """Every function of rows `i`, their arguments times a few numbers."""
            batch: list[tuple[str, np.ndarray, float, np.ndarray, np.ndarray]] = []
            for name in functions:
                op = OPS[name]
                for k, extra in _SCALES.items() if scales else [(1.0, 0)]:
                    if name == "log" and k != 1.0:
                        continue  # an additive constant
                    for s in (k, -k) if op.parity == 0 and name != "log" else (k,):
                        take = i[: len(i) if abs(k) == 1.0 else max(1, len(i) // 3)]
                        c = B.cost[take] + 1 + extra + (1 if s < 0 else 0)
                        batch.append((name, take, s, op.apply(np, s * B.values[take]), c))
            if not batch:
                return np.empty(0, dtype=int)
            names = list(itertools.chain.from_iterable([b[0]] * len(b[1]) for b in batch))
            return B.add(names, np.concatenate([b[1] for b in batch]), 0,
                         np.concatenate([np.full(len(b[1]), b[2]) for b in batch]),
                         np.concatenate([b[3] for b in batch]),
                         np.concatenate([b[4] for b in batch]), cap)  # fmt: skip

        def powers(i: np.ndarray, cap: int) -> np.ndarray:
            ps = [2.0] + ([-1.0, -2.0] if has_div else []) + ([0.5] if has_root else [])
            ps += [-0.5] if has_div and has_root else []
            v = np.concatenate([B.values[i] ** p for p in ps])
            c = np.concatenate([B.cost[i] + _EXPONENTS[p] for p in ps])
            return B.add("pow", np.tile(i, len(ps)), 0, np.repeat(ps, len(i)), v, c, cap)

        s = size
        # Level 2: sums and functions of monomials.
        ones = shifted(mono[: max(20, s // 40)])
        f1 = unaries(mono[: max(8, s // 80)], s // 6)
        pick = _pairs(B.cost[mono[:90]], B.cost[mono[:90]], s // 10, True)
        sums = np.concatenate([combine(k, mono[pick[:, 0]], mono[pick[:, 1]]) for k in ("add", "sub")
                               if k in binary] or [[]]).astype(int)  # fmt: skip
        if "sub" in binary and "mul" in binary:
            pass
        # Level 3: functions and powers of sums, products with functions.
        base = np.concatenate([ones, sums]).astype(int)
        base = base[np.argsort(B.cost[base], kind="stable")]
        p2 = powers(base[: s // 16], s // 6)
        f2 = unaries(base[: s // 50], s // 8, scales=False)
        f3 = powers(f1[: s // 60], s // 20)
        fs = np.concatenate([f1, f2, f3]).astype(int)
        fs = fs[np.argsort(B.cost[fs], kind="stable")]
        if "mul" in binary:
            pick = _pairs(B.cost[mono[:60]], B.cost[fs[:200]], s // 8, False)
            x1 = combine("mul", mono[pick[:, 0]], fs[pick[:, 1]])
            sq = np.concatenate([base, p2]).astype(int)
            sq = sq[np.argsort(B.cost[sq], kind="stable")]
            pick = _pairs(B.cost[mono[:40]], B.cost[sq[:200]], s // 10, False)
            x2 = combine("mul", mono[pick[:, 0]], sq[pick[:, 1]])
            pick = _pairs(B.cost[fs[:80]], B.cost[fs[:80]], s // 16, True)
            x3 = combine("mul", fs[pick[:, 0]], fs[pick[:, 1]])
        else:
            x1 = x2 = x3 = np.empty(0, dtype=int)
        # Level 4: sums with what level 3 made.
        more = np.concatenate([fs, x1, p2]).astype(int)
        more = more[np.argsort(B.cost[more], kind="stable")]
        ones2 = shifted(more[: s // 16])
        rest = np.concatenate([sums, more]).astype(int)
        rest = rest[np.argsort(B.cost[rest], kind="stable")]
        room = max(0, size - B.size)
        for kind in ("add", "sub"):
            if kind in binary:
                pick = _pairs(B.cost[mono[:40]], B.cost[rest[:150]], room // 5, False)
                combine(kind, mono[pick[:, 0]], rest[pick[:, 1]])
                pick = _pairs(B.cost[p2[:60]], B.cost[p2[:60]], room // 8, True)
                combine(kind, p2[pick[:, 0]], p2[pick[:, 1]])
        powers(ones2, room // 6)
        del x2, x3

    order = np.argsort(B.cost[: B.size], kind="stable")
    rank = np.empty(B.size, dtype=int)
    rank[order] = np.arange(B.size)
    lib = Library(B.values[: B.size], B.cost[: B.size], B.kind, B.a[: B.size], B.b[: B.size],
                  B.p[: B.size], table)  # fmt: skip
    lib.order = order  # type: ignore[attr-defined]
    return lib


def _monomial_cost(table: np.ndarray) -> np.ndarray:
    cost = np.zeros(len(table), dtype=int)
    for e, c in _EXPONENTS.items():
        cost += c * (table == e).sum(axis=1)
    return cost + np.maximum((table != 0).sum(axis=1) - 1, 0)
