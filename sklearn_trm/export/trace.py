"""A law as straight-line code: the op table's own definitions, recorded.

Each operator's ``apply`` runs on recorders instead of arrays. So an export computes what
``predict`` computes, step by step, and knows nothing of single operators.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..expressions.ops import OPS
from ..expressions.tree import Node


@dataclass(frozen=True)
class Step:
    """One step: ``op`` of earlier steps.

    Attributes
    ----------
    op : str
        "+", "-", "*", "/", "neg", the name of a NumPy function, or a leaf: "number",
        "parameter", "column".
    args : tuple of int
        Numbers of earlier steps.
    value : float
        Of a leaf: the number, or the index of the parameter or column.
    """

    op: str
    args: tuple[int, ...] = ()
    value: float = 0.0

    @property
    def is_leaf(self) -> bool:
        return not self.args


@dataclass
class Code:
    """The steps of a law, equal ones once; the last is its value."""

    steps: list[Step] = field(default_factory=list)
    _known: dict[Step, int] = field(default_factory=dict)

    def add(self, op: str, *args: Any, value: float = 0.0) -> _Recorder:
        """Record a step; numbers among the arguments become leaves."""
        step = Step(op, tuple(self._number(a) for a in args), value)
        if step not in self._known:
            self._known[step] = len(self.steps)
            self.steps.append(step)
        return _Recorder(self, self._known[step])

    def _number(self, value: Any) -> int:
        if isinstance(value, _Recorder):
            return value.number
        return self.add("number", value=float(value)).number

    def varies(self) -> list[bool]:
        """Whether each step depends on a column."""
        out: list[bool] = []
        for step in self.steps:
            out.append(step.op == "column" or any(out[a] for a in step.args))
        return out

    def uses(self) -> list[int]:
        """How often each step is an argument."""
        out = [0] * len(self.steps)
        for step in self.steps:
            for a in step.args:
                out[a] += 1
        return out


class _Recorder:
    """Stands for an array, and records what is done to it."""

    __slots__ = ("code", "number")

    def __init__(self, code: Code, number: int) -> None:
        self.code, self.number = code, number

    def __neg__(self) -> _Recorder:
        return self.code.add("neg", self)

    def __add__(self, other: Any) -> _Recorder:
        return self.code.add("+", self, other)

    def __radd__(self, other: Any) -> _Recorder:
        return self.code.add("+", other, self)

    def __sub__(self, other: Any) -> _Recorder:
        return self.code.add("-", self, other)

    def __rsub__(self, other: Any) -> _Recorder:
        return self.code.add("-", other, self)

    def __mul__(self, other: Any) -> _Recorder:
        return self.code.add("*", self, other)

    def __rmul__(self, other: Any) -> _Recorder:
        return self.code.add("*", other, self)

    def __truediv__(self, other: Any) -> _Recorder:
        return self.code.add("/", self, other)

    def __rtruediv__(self, other: Any) -> _Recorder:
        return self.code.add("/", other, self)


class _Namespace:
    """Stands for NumPy: each function records its call."""

    def __init__(self, code: Code) -> None:
        self._code = code

    def __getattr__(self, function: str) -> Callable[..., _Recorder]:
        return lambda *args: self._code.add(function, *args)


def trace(node: Node, parameters: dict[int, int] | None = None) -> Code:
    """Record the steps of a law.

    Parameters
    ----------
    node : Node
    parameters : dict, optional
        Numeric leaves (numbered in preorder) that become parameters, and which.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> [step.op for step in trace(parse("sqrt(x0 + 1)")).steps]
    ['column', 'number', '+', 'sqrt']
    """
    code = Code()
    xp = _Namespace(code)
    leaf = -1

    def visit(n: Node) -> _Recorder:
        nonlocal leaf
        if n.is_const:
            leaf += 1
            if parameters and leaf in parameters:
                return code.add("parameter", value=parameters[leaf])
            return code.add("number", value=n.value)
        if n.is_var:
            return code.add("column", value=n.column)
        return OPS[n.op].apply(xp, *[visit(child) for child in n.children])

    last = visit(node).number
    if last != len(code.steps) - 1:  # the value was recorded before: the code ends there
        del code.steps[last + 1 :]
    return code


def free_leaves(node: Node) -> dict[int, int]:
    """The numeric leaves that training may move: all but whole exponents."""
    out: dict[int, int] = {}
    leaf = -1

    def visit(n: Node, fixed: bool) -> None:
        nonlocal leaf
        if n.is_const:
            leaf += 1
            if not (fixed and n.value.is_integer()):
                out[leaf] = len(out)
        for side, child in enumerate(n.children):
            visit(child, n.op == "pow" and side == 1)

    visit(node, False)
    return out
