"""Functions of many arguments: rows too many to keep, seen block by block.

A single row and a free space cost one product each, so that far more of them can be
tried than a pair scan could hold: every function of every row of a library of
arguments (sums of two and three monomials, products of sums, ...).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..expressions.operators import OPS
from ..expressions.tree import Node, call, const
from .atoms import Library
from .builders import power

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows with their values.

    Attributes
    ----------
    values : ndarray of shape (K, N)
    names : list of str
        The function of each row; "" for the argument itself.
    scale : ndarray of shape (K,)
        Factor of the argument.
    argument : ndarray of shape (K,)
        Row of `library` that stands inside.
    """

    library: Library
    values: Array
    names: list[str]
    scale: Array
    argument: Array

    def node(self, i: int) -> Node:
        """The expression of row `i`."""
        inner = self.library.node(int(self.argument[i]))
        scale, name = float(self.scale[i]), self.names[i]
        if scale != 1.0:
            inner = call("neg", inner) if scale == -1.0 else const(scale) * inner
        if name in _EXPONENTS:
            return power(inner, _EXPONENTS[name])
        return call(name, inner) if name else inner


_EXPONENTS = {"sqrt": 0.5, "inv": -1.0, "1/sqrt": -0.5, "square": 2.0}


def functions_of(unary: Sequence[str], binary: Sequence[str]) -> list[tuple[str, float]]:
    """Names and argument factors of what stands outside."""
    out: list[tuple[str, float]] = [("", 1.0)]
    if "sqrt" in unary or "pow" in binary:
        out.append(("sqrt", 1.0))
    if "div" in binary or "inv" in unary:
        out.append(("inv", 1.0))
        if out[-2][0] == "sqrt":
            out.append(("1/sqrt", 1.0))
    for name in unary:
        if name in OPS and OPS[name].is_common:
            scales = (1.0, -1.0) if name == "exp" else (1.0, 2.0) if OPS[name].period else (1.0,)
            out += [(name, s) for s in scales]
    return out


def blocks(
    library: Library, functions: Sequence[tuple[str, float]], count: int, step: int = 400
) -> Iterator[Block]:
    """All functions of the first `count` rows, cheap rows first.

    Examples
    --------
    >>> from sklearn_trm.search.library import sum_library
    >>> lib = sum_library(np.linspace(1, 2, 20)[:, None], [], ["add", "mul"], size=40)
    >>> str(next(blocks(lib, [("sin", 1.0)], 8)).node(0))
    'sin(x0)'
    """
    order = library.order[:count]
    for start in range(0, len(order), step):
        rows = order[start : start + step]
        x = library.values[rows]
        values, names, scales = [], [], []
        for name, scale in functions:
            sign = np.full(len(rows), scale)
            with np.errstate(all="ignore"):
                if name in _EXPONENTS:
                    if not _EXPONENTS[name].is_integer():  # of what is negative everywhere, too
                        sign = np.where((x < 0).all(axis=1), -1.0, 1.0)
                    v = (sign[:, None] * x) ** _EXPONENTS[name]
                else:
                    v = OPS[name].apply(np, scale * x) if name else x
            values.append(v)
            names += [name] * len(rows)
            scales.append(sign)
        v = np.vstack(values)
        with np.errstate(all="ignore"):
            size = np.abs(v).max(axis=1)
            spread = np.ptp(v, axis=1)
            ok = np.flatnonzero(np.isfinite(size) & (size < 1e12) & (spread > 1e-5 * size))
        yield Block(library, v[ok], [names[i] for i in ok],
                    np.concatenate(scales)[ok], np.tile(rows, len(functions))[ok])  # fmt: skip
