"""Monomials of few columns as tables of exponents, cheap ones first, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

EXPONENTS = {1.0: 1, -1.0: 1, 2.0: 2, -2.0: 2, 0.5: 2, -0.5: 3, 3.0: 3, -3.0: 3, 4.0: 4, -4.0: 4,
             5.0: 5, 1.5: 5, -1.5: 5, 6.0: 6}  # fmt: skip
BAR = 2  # what |x| costs more than x


def monomials(atoms: int, cap: int, allowed: Sequence[Sequence[float]], plain: int) -> np.ndarray:
    """Exponent vectors of the cheapest monomials; atoms from `plain` on have bars."""
    frontier: list[tuple[int, tuple[float, ...]]] = [(0, ())]
    out: list[tuple[float, ...]] = []
    for limit in range(2, 14):
        frontier = [(0, ())]
        for k in range(atoms):
            grown = []
            bar = BAR if k >= plain else 0
            for cost, head in frontier:
                grown.append((cost, (*head, 0.0)))
                for e in allowed[k]:
                    if cost + EXPONENTS[e] + bar <= limit:
                        grown.append((cost + EXPONENTS[e] + bar, (*head, e)))
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
    return np.array(out[:cap], dtype=float).reshape(len(out[:cap]), atoms)


def monomial_cost(table: np.ndarray, plain: int) -> np.ndarray:
    cost = BAR * (table[:, plain:] != 0).sum(axis=1)
    for e, c in EXPONENTS.items():
        cost += c * (table == e).sum(axis=1)
    return cost
