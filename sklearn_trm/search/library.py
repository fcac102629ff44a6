"""The library: many small expressions of this table, with their values.

Two recipes, because the scans make different things free. In a *sum* the library rows
are terms, so products of monomials, functions and powers are wanted. In a *product*
all monomials and all exponents are free, so rows are wanted that monomials cannot
make: ``1 + m`` (which is any sum of two monomials), functions, and sums with them.

Rows grow level by level with whole-array operations, cheap ones first, and a row
whose values are a multiple of an earlier row's is dropped: the scans fit a free
coefficient anyway, so only the cheapest of such rows is worth its place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..expressions.operators import OPS
from .atoms import Builder, Library

__all__ = ["Library", "argument_library", "product_library", "sum_library"]


def sum_library(
    X: np.ndarray,
    unary: Sequence[str],
    binary: Sequence[str],
    size: int = 4000,
    columns: Sequence[int] | None = None,
) -> Library:
    """Rows that may be terms of a sum.

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
    >>> X = np.linspace(1, 2, 20)[:, None]
    >>> lib = sum_library(X, ["sin"], ["add", "mul"], size=50)
    >>> str(lib.node(0)), lib.values.shape[1]
    ('x0', 20)
    """
    columns = list(range(X.shape[1])) if columns is None else list(columns)
    s = size
    with np.errstate(all="ignore"):
        B = Builder(len(X), s + s // 2, unary, binary)
        mono = B.start(X, columns, max(24, s // 10))
        # Level 2: sums and functions of monomials.
        ones = B.shifted(mono[: max(20, s // 40)])
        f1 = B.functions(mono[: max(8, s // 50)], s // 6, scaled=max(8, s // 250))
        sums = B.sums(*B.pairs(mono[:90], mono[:90], s // 10, like=True))
        own = [B.combine(name, *B.ordered(mono[:40], s // 20)) for name in binary
               if OPS[name].infix is None]  # fmt: skip
        # Level 3: functions and powers of sums, products with functions.
        shifts = ones[: max(6, s // 200)]
        products = B.combine("mul", *B.pairs(shifts, shifts, s // 40))
        base = B.by_cost(ones, sums, products)
        p2 = B.powers(base[: s // 16], s // 6)
        few = np.unique(np.concatenate([base[: s // 50], products[: s // 100], sums[: s // 80]]))
        f2 = B.functions(few, s // 5)
        f3 = B.powers(f1[: s // 60], s // 20)
        inner = f1[: max(8, s // 100)]
        f4 = B.functions(B.by_cost(inner, B.shifted(inner)), s // 10)
        fs = B.by_cost(f1, f2, f3, f4, *own)
        x1 = B.combine("mul", *B.pairs(mono[:80], fs[:250], s // 5))
        sq = B.by_cost(base, p2)
        B.combine("mul", *B.pairs(mono[:60], sq[:250], s // 8))
        B.combine("mul", *B.pairs(fs[:80], fs[:80], s // 16))
        # Level 4: sums with what level 3 made.
        more = B.by_cost(fs, x1, p2)
        ones2 = B.shifted(more[: s // 16])
        rest = B.by_cost(sums, more)
        room = max(s // 4, s - B.size)
        B.sums(*B.pairs(p2[:60], p2[:60], room // 6))
        B.sums(*B.pairs(mono[:40], rest[:150], room // 4))
        B.powers(ones2, room // 6)
    return B.library()


def product_library(
    X: np.ndarray,
    unary: Sequence[str],
    binary: Sequence[str],
    size: int = 4000,
    columns: Sequence[int] | None = None,
) -> Library:
    """Rows that may be factors of a product in which monomials are free.

    Parameters are those of `sum_library`.
    """
    columns = list(range(X.shape[1])) if columns is None else list(columns)
    s = size
    with np.errstate(all="ignore"):
        B = Builder(len(X), s + s // 4, unary, binary)
        mono = B.start(X, columns, max(24, s // 6))
        # 1 + m and 1 + 1/m differ by a monomial: one of the two is enough
        lead = [r for r in mono if _leads(B, int(r))]
        ones = B.shifted(np.array(lead, dtype=int), s // 4)
        f1 = B.functions(mono[: s // 16], s // 4, scaled=max(12, s // 70), skip=("exp",))
        e1 = B.functions(
            mono[: s // 16], s // 6, scaled=max(12, s // 70), skip=_all_but(unary, "exp")
        )
        f = B.by_cost(f1, e1)
        B.shifted(f[: s // 8], s // 10)
        sums = B.sums(*B.pairs(mono[:60], mono[:60], s // 20, like=True))
        base = B.by_cost(ones[: s // 10], sums)
        ms = B.combine("mul", *B.pairs(mono[:24], sums[:60], s // 40))
        f2 = B.functions(B.by_cost(base[: s // 60], ms[: s // 60]), s // 8, scaled=s // 100)
        x1 = B.combine("mul", *B.pairs(mono[:40], f[:100], s // 20))
        B.shifted(B.by_cost(x1, f2)[: s // 8], s // 8)
        B.sums(*B.pairs(mono[:40], base[:100], s // 10, like=True))
        squares = B.powers(sums[: s // 60], s // 40)
        B.sums(*B.pairs(squares, squares, s // 20))
        B.sums(*B.pairs(mono[:20], B.by_cost(f, f2)[:100], s // 10))
        B.sums(*B.pairs(f[:60], f[:60], s // 20))
    return B.library()


def argument_library(
    X: np.ndarray,
    unary: Sequence[str],
    binary: Sequence[str],
    size: int = 9000,
    columns: Sequence[int] | None = None,
) -> Library:
    """Rows that may stand inside a function: sums of several monomials first of all.

    Parameters are those of `sum_library`.
    """
    columns = list(range(X.shape[1])) if columns is None else list(columns)
    s = size
    with np.errstate(all="ignore"):
        B = Builder(len(X), s + s // 4, unary, binary)
        mono = B.start(X, columns, max(40, s // 25), bars=False)
        terms = mono[np.argsort([B.plainness(r) for r in mono], kind="stable")]
        ones = B.shifted(mono[: s // 80])
        f = B.functions(mono[: s // 150], s // 20, scaled=8)
        roots = B.powers(terms[:30], s // 40)
        two = B.sums(*B.pairs(terms[:60], terms[:60], s // 5))
        B.triple_sums(terms[:60], s // 3)
        B.shifted(two[: s // 20])
        sums = B.by_cost(ones[:40], two[:80])
        products = B.combine("mul", *B.pairs(terms[:40], sums, s // 10))
        fs = B.combine("mul", *B.pairs(terms[:60], B.by_cost(f[:120], roots[:60]), s // 7))
        B.sums(*B.pairs(terms[:40], B.by_cost(f[:60], fs[:60]), s // 12))
        B.shifted(B.by_cost(f, fs, products)[: s // 40])
    return B.library()


def _all_but(unary: Sequence[str], name: str) -> tuple[str, ...]:
    return tuple(u for u in unary if u != name)


def _leads(B: Builder, row: int) -> bool:
    """Whether the first exponent of a monomial row is positive."""
    if B.kind[row] != "mono":
        return True
    e = B.table[B.a[row]]
    return bool(e[np.flatnonzero(e)[0]] > 0)
