"""Laws that the user has in mind: where a fit begins, never where it must end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..data.magnitudes import Magnitudes
from ..errors import ParseError
from ..expressions.text import parse
from ..expressions.tree import Node, columns, const, var
from ..search.builders import loosen


def read_guesses(
    guesses: Any,
    names: Sequence[str],
    X: np.ndarray,
    kept: Sequence[int],
    scales: Magnitudes,
    operators: Sequence[str] = (),
) -> list[Node]:
    """Laws on the scaled table's useful columns, each as it is and with more free constants.

    Parameters
    ----------
    guesses : sequence of str or Node, or None
    names : sequence of str
        Column names in texts.
    X : ndarray of shape (n, d)
        The scaled table with all columns.
    kept : sequence of int
        Its useful columns; of the others each is constant or equal to one of these.
    scales : Magnitudes
    operators : sequence of str
        A user's own, among others.

    Raises
    ------
    ParseError
        If a text is no law of these columns.
    """
    if guesses is None:
        return []
    if isinstance(guesses, Mapping):
        raise ParseError("guesses by part need a template; without one they are a list of laws")
    if isinstance(guesses, str | Node):
        raise ParseError(f"guesses are a list of laws, not one: write [{str(guesses)!r}]")
    out: list[Node] = []
    for guess in guesses:
        law = guess if isinstance(guess, Node) else parse(guess, names, operators)
        beyond = [j for j in columns(law) if j >= X.shape[1]]
        if beyond:
            raise ParseError(f"the guess {law} uses column {beyond[0]}, of {X.shape[1]}")
        law = on_useful(law, X, kept, scales)
        free = const(1.0) * law + const(0.0)
        out += [law, free, const(1.0) * loosen(law) + const(0.0)]
    return out


def on_useful(law: Node, X: np.ndarray, kept: Sequence[int], scales: Magnitudes) -> Node:
    """A law in the user's units and columns, on the scaled table's useful columns."""
    place = {j: i for i, j in enumerate(kept)}

    def column(j: int) -> Node:
        if j not in place:
            same = [i for i, k in enumerate(kept) if np.array_equal(X[:, j], X[:, k])]
            if not same:
                return const(float(X[0, j]))
            place[j] = same[0]
        return var(place[j])

    def rebuild(n: Node) -> Node:
        if n.is_var:
            leaf, scale = column(n.column), scales.x[n.column]
            return leaf if scale == 1.0 else const(scale) * leaf
        return Node(n.op, tuple(map(rebuild, n.children)), n.value) if n.children else n

    law = rebuild(law)
    return law if scales.y == 1.0 else const(1.0 / scales.y) * law
