"""Columns far from their origin, as years, day numbers, seconds since 1970.

On such a column all functions are nearly straight, and near-identities pass for laws. It is
looked at from a round number among its rows (`reduction.symmetry.rescaling`) before it is looked
at as it is.
"""

from __future__ import annotations

import numpy as np

from ..expressions.canonical import multiplied_out
from ..expressions.far import is_narrow
from ..expressions.tree import Node, walk

Array = np.ndarray

_LOST = 1e-3  # range beside the mean, below which too little is left of a square
_POLYNOMIAL = ("add", "sub", "mul", "neg", "square")


def is_calendar(X: Array) -> bool:
    """Whether the table has one column, and that is far from its origin."""
    return X.shape[1] == 1 and bool(is_narrow(X)[0])


def unfolds(X: Array) -> bool:
    """Whether laws are to be `unfolded`: years, days; seconds since 1970 have too many digits."""
    return is_calendar(X) and not is_narrow(X, _LOST)[0]


def unfolded(law: Node) -> Node:
    """A law whose polynomials have no place that they are written about, which costs a number.

    Where it is shorter, the last writing completes squares again.

    Examples
    --------
    >>> from ..expressions.text import parse
    >>> print(unfolded(parse("2*(x0 - 3)**2 + x0 + 4*exp(-(x0 - 3)**2)")))
    2*x0**2 - 11*x0 + 4*exp(-(x0 - 3)**2) + 18
    >>> print(unfolded(parse("log(2*(x0 - 3)**2 + 7*x0)")))
    log(2*x0**2 - 5*x0 + 18)
    """
    if not any(n.op == "square" and n.children[0].op in ("add", "sub", "mul") for n in walk(law)):
        return law

    def of(n: Node, top: bool) -> Node:
        if not n.children or n.op == "exp":
            return n
        sums = n.op in _POLYNOMIAL
        out = Node(n.op, tuple(of(c, not sums) for c in n.children), n.value)
        return multiplied_out(out, 2) if sums and top else out

    return of(law, True)
