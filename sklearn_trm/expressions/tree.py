"""The ordinary expression tree: our own truth; texts, sympy and code are exports.

A `Node` is immutable and hashable. Its ``op`` is ``"const"`` (with ``value``),
``"var"`` (``value`` is the column index) or the name of a row of the op table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .operators import OPS

Way = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One node of an expression.

    Examples
    --------
    >>> law = const(2.5) * var(0) + const(1.3)
    >>> str(law)
    '2.5*x0 + 1.3'
    """

    op: str
    children: tuple[Node, ...] = ()
    value: float = 0.0

    def __add__(self, other: Node) -> Node:
        return Node("add", (self, other))

    def __sub__(self, other: Node) -> Node:
        return Node("sub", (self, other))

    def __mul__(self, other: Node) -> Node:
        return Node("mul", (self, other))

    def __truediv__(self, other: Node) -> Node:
        return Node("div", (self, other))

    def __pow__(self, other: Node) -> Node:
        return Node("pow", (self, other))

    def __str__(self) -> str:
        return _texts[-1](self)

    @property
    def is_const(self) -> bool:
        return self.op == "const"

    @property
    def is_var(self) -> bool:
        return self.op == "var"

    @property
    def column(self) -> int:
        """Column index of a ``var`` node."""
        return int(self.value)


# how a tree is written is known above this module: `text` adds itself
_texts: list[Callable[[Node], str]] = [repr]


def write_with(printer: Callable[[Node], str]) -> None:
    """Let `printer` make the texts of trees."""
    _texts.append(printer)


def const(value: float) -> Node:
    """A numeric leaf."""
    return Node("const", (), float(value))


def var(column: int) -> Node:
    """The leaf for column `column` of ``X``."""
    return Node("var", (), int(column))


def call(name: str, *children: Node) -> Node:
    """Apply the op `name`; its arity is checked."""
    if OPS[name].arity != len(children):
        raise ValueError(f"{name} takes {OPS[name].arity} operands, got {len(children)}")
    return Node(name, children)


def walk(node: Node) -> Iterator[Node]:
    """All nodes in preorder."""
    stack = [node]
    while stack:
        n = stack.pop()
        yield n
        stack.extend(reversed(n.children))


def complexity(node: Node) -> int:
    """Sum of the costs of all nodes; variables and constants cost 1 each."""
    return sum(OPS[n.op].cost if n.children else 1 for n in walk(node))


def depth(node: Node) -> int:
    """Number of levels; a leaf has depth 1."""
    return 1 + max((depth(c) for c in node.children), default=0)


def columns(node: Node) -> tuple[int, ...]:
    """Sorted indices of the columns that the expression uses."""
    return tuple(sorted({n.column for n in walk(node) if n.is_var}))


def constants(node: Node) -> list[float]:
    """Values of the numeric leaves in preorder."""
    return [n.value for n in walk(node) if n.is_const]


def ways(node: Node, above: Way = ()) -> Iterator[tuple[float, Way]]:
    """Numeric leaves in preorder, each with its way down: operators and sides.

    Examples
    --------
    >>> list(ways(const(2.0) * var(0) ** const(3.0)))
    [(2.0, (('mul', 0),)), (3.0, (('mul', 1), ('pow', 1)))]
    """
    if node.is_const:
        yield node.value, above
    for side, child in enumerate(node.children):
        yield from ways(child, (*above, (node.op, side)))


def with_constants(node: Node, values: Sequence[float]) -> Node:
    """Replace the numeric leaves, in preorder, by `values`."""
    it = iter(values)

    def rebuild(n: Node) -> Node:
        if n.is_const:
            value = next(it, None)
            if value is None:
                raise ValueError("fewer values than constants")
            return const(value)
        return Node(n.op, tuple(rebuild(c) for c in n.children), n.value) if n.children else n

    out = rebuild(node)
    if next(it, None) is not None:
        raise ValueError("more values than constants")
    return out


def map_columns(node: Node, mapping: Sequence[int] | Mapping[int, int]) -> Node:
    """Rename columns: column ``i`` becomes ``mapping[i]``."""
    if node.is_var:
        return var(mapping[node.column])
    if not node.children:
        return node
    return Node(node.op, tuple(map_columns(c, mapping) for c in node.children))
