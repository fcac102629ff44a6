"""Numbers of groups: ``a*[A] + b*[B]`` stands in a law where each group has a number of its own.

The columns ``[A]``, ``[B]`` are 1 in their group and 0 elsewhere, so that such a law is an ordinary
one, which is executed, fitted and exported as all are. Here it is taken apart.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from .tree import Node, const, var


def by_group(values: Sequence[float], columns: Sequence[int]) -> Node:
    """The number that has these values in the groups of `columns`.

    Examples
    --------
    >>> print(by_group([2.0, 3.5], [1, 2]))
    2*x1 + 3.5*x2
    """
    out = const(values[0]) * var(columns[0])
    for value, column in zip(values[1:], columns[1:], strict=True):
        out = out + const(value) * var(column)
    return out


def with_groups(law: Node, own: Mapping[int, Sequence[float]], columns: Sequence[int]) -> Node:
    """A law whose numeric leaves in `own`, by their place in preorder, have a value a group.

    Examples
    --------
    >>> from .text import parse
    >>> print(with_groups(parse("3*x0 + 5"), {0: [2.0, 4.0]}, [1, 2]))
    (2*x1 + 4*x2)*x0 + 5
    """
    return _rebuilt(
        law, (), lambda values, leaf: const(values[0]),
        lambda value, leaf: by_group(own[leaf], columns) if leaf in own else const(value),
    )  # fmt: skip


def of_group(law: Node, columns: Sequence[int], place: int = 0) -> Node:
    """The law of one group: the form that all groups have, with its numbers.

    Examples
    --------
    >>> from .text import parse
    >>> print(of_group(parse("(2*x1 + 4*x2)*x0 + 5"), [1, 2], 1))
    4*x0 + 5
    """
    return _rebuilt(
        law, columns, lambda values, leaf: const(values[place]), lambda value, leaf: const(value)
    )


def lettered(
    law: Node, columns: Sequence[int], first: int, words: Collection[int] = (), every: bool = False
) -> tuple[Node, list[tuple[int, ...]]]:
    """A law whose numbers of groups are columns from `first` on, one for each of its constants.

    Returns
    -------
    law : Node
        Constant ``i``, in the order of the text, is column ``first + i`` if it is of groups; if
        all groups share it, it is so with `every`, and a number still without.
    leaves : list of tuple of int
        Numeric leaves of each constant: one a group, or one. Those of `words`, as exponents, are
        none.
    """
    leaves: list[tuple[int, ...]] = []

    def group(values: Sequence[float], leaf: int) -> Node:
        leaves.append(tuple(range(leaf, leaf + len(values))))
        return var(first + len(leaves) - 1)

    def number(value: float, leaf: int) -> Node:
        if leaf in words:
            return const(value)
        leaves.append((leaf,))
        return var(first + len(leaves) - 1) if every else const(value)

    return _rebuilt(law, columns, group, number), leaves


def _rebuilt(
    law: Node, columns: Sequence[int], group: Callable[[Sequence[float], int], Node],
    number: Callable[[float, int], Node],
) -> Node:  # fmt: skip
    """A law with other things in the place of its numbers; each is told its first leaf."""
    leaf = 0

    def visit(n: Node) -> Node:
        nonlocal leaf
        first = leaf
        if n.is_const:
            leaf += 1
            return number(n.value, first)
        values = _values(n, columns) if columns else None
        if values is not None:
            leaf += len(values)
            return group(values, first)
        return Node(n.op, tuple(visit(c) for c in n.children), n.value) if n.children else n

    return visit(law)


def _values(node: Node, columns: Sequence[int]) -> list[float] | None:
    """The values of a number of groups; None for anything else."""
    out: list[float] = []
    for column in reversed(columns):
        term = node
        if column != columns[0]:
            if node.op != "add":
                return None
            node, term = node.children
        if term.op != "mul" or not term.children[0].is_const or term.children[1] != var(column):
            return None
        out.append(term.children[0].value)
    return out[::-1]
