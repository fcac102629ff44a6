"""Laws that fit by chance: as many numbers as rows, or as a column has values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from ..expressions.exactness import NO_CHANCE
from ..expressions.roles import references
from ..expressions.tree import Node, columns, constants
from ..expressions.writing import free_numbers

_MANY = 4  # numbers that are no short decimals
_CURVED = 3  # of them, of one column: fewer make a line or a power
_CHAINS = ("add", "sub"), ("mul", "div")
_LEVELS = 2000  # rows that tell how many values a column has


def enough_rows(law: Node, n_rows: int, error: float = math.inf) -> bool:
    """Whether a law has few enough numbers for a table.

    As many numbers as rows fit anything. Under noise there are more than two rows to a number;
    a fit to the last digit is no chance as soon as one row of three or more is left over.

    Parameters
    ----------
    law : Node
    n_rows : int
    error : float
        Root mean square error relative to that of the target, or what a fit may still reach.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> line = parse("1.8*x0 + 32")
    >>> enough_rows(line, 5), enough_rows(line, 4), enough_rows(line, 4, error=1e-16)
    (True, False, True)
    """
    numbers = len(constants(law)) - len(references(law))
    if 2 * numbers < max(n_rows, 3):
        return True
    return error <= NO_CHANCE and numbers < n_rows and n_rows >= 3


def levels_of(X: np.ndarray) -> tuple[int, ...]:
    """How many values each column has.

    Examples
    --------
    >>> levels_of(np.stack(np.meshgrid(range(3), range(5)), -1).reshape(-1, 2))
    (3, 5)
    """
    return tuple(len(np.unique(column)) for column in X[:_LEVELS].T)


def may_be_chance(law: Node, error: float, levels: Sequence[int] = ()) -> bool:
    """Whether a law may be a long likeness, such as a polynomial, and not the exact law.

    Any function of a column can be written with as many numbers as the column has values: so many
    say nothing between these. Of columns of 3 and 5 values seven numbers make any sum, or product,
    of such functions.

    Parameters
    ----------
    law : Node
    error : float
        Root mean square error relative to that of the target.
    levels : sequence of int
        Of the rows, see `levels_of`.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> law = parse("1.23456*x0*(x1**3 - 0.345678*x1**2 + 4.56789*x1 - 0.987654)")
    >>> may_be_chance(law, 0.0, (9, 4)), may_be_chance(law, 0.0, (9, 5))
    (True, False)
    """
    numbers = free_numbers(law)
    if numbers > _MANY and (error > NO_CHANCE or numbers >= 1 + sum(n - 1 for n in levels) > 1):
        return True
    alone = len(columns(law)) == 1  # without a factor, whose number is one more
    return any(
        count >= _CURVED and count + (not alone) >= levels[column]
        for column, count in _numbers_by_column(law)
        if column < len(levels)
    )


def _numbers_by_column(law: Node) -> Iterator[tuple[int, int]]:
    """Column and free numbers of each part of one column; operands of a sum or product together."""
    waiting = [law]
    while waiting:
        node = waiting.pop()
        counts: dict[int, int] = {}
        for part in _operands(node) if len(columns(node)) > 1 else [node]:
            held = columns(part)
            if len(held) == 1:
                counts[held[0]] = counts.get(held[0], 0) + free_numbers(part)
            elif held:
                waiting.append(part)
        yield from counts.items()


def _operands(node: Node) -> list[Node]:
    """Of a sum or a product, however it is nested; of anything else its children."""
    kind = next((ops for ops in _CHAINS if node.op in ops), ())
    out, waiting = [], list(node.children)
    while waiting:
        child = waiting.pop()
        if child.op in kind:
            waiting.extend(child.children)
        else:
            out.append(child)
    return out
