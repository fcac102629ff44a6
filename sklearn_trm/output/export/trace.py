"""A law as straight-line code: the op table's own definitions, recorded.

Each operator's ``apply`` runs on recorders instead of arrays. So an export computes what
``predict`` computes, step by step, and knows nothing of single operators. An operator of a
user is recorded in the same way, through NumPy's protocol for arrays of others.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import ExportError
from ...expressions.operators import OPS
from ...expressions.tree import Node
from ...expressions.user_operators import Operator
from .through import THROUGH

_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul,
    "divide": operator.truediv, "negative": operator.neg, "positive": operator.pos,
}  # fmt: skip
_SAME = {"absolute": "abs", "fabs": "abs", "float_power": "power"}
_PROBES = np.array([-2.5, -1.0, -0.4, 0.0, 0.3, 1.0, 1.7, 3.2])  # where a recording is checked


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
    """The steps of a law, equal ones once; the last is its value.

    `functions` are those that the language has; others are made of them where `through` says how.
    """

    functions: Collection[str] | None = None
    steps: list[Step] = field(default_factory=list)
    _known: dict[Step, int] = field(default_factory=dict)
    _checked: set[Operator] = field(default_factory=set)

    def add(self, op: str, *args: Any, value: float = 0.0) -> _Recorder:
        """Record a step; numbers among the arguments become leaves."""
        step = Step(op, tuple(self._number(a) for a in args), value)
        if step not in self._known:
            self._known[step] = len(self.steps)
            self.steps.append(step)
        return _Recorder(self, self._known[step])

    def call(self, function: str, *args: Any) -> Any:
        """Record a call of a NumPy function."""
        lacks = self.functions is not None and function not in self.functions
        if lacks and function in THROUGH:
            return THROUGH[function](_Namespace(self), *args)
        return self.add(function, *args)

    def _number(self, value: Any) -> int:
        if isinstance(value, _Recorder):
            return value.number
        return self.add("number", value=float(value)).number

    def depends(self, *leaves: str) -> list[bool]:
        """Whether each step depends on a leaf of one of these kinds."""
        out: list[bool] = []
        for step in self.steps:
            out.append(step.op in leaves or any(out[a] for a in step.args))
        return out

    def own(self, name: Operator, args: list[Any]) -> Any:
        """Record an operator of a user by its NumPy function; checked on numbers once."""
        if name not in self._checked:
            self._checked.add(name)
            alone = Code()
            operands = [alone.add("column", value=i) for i in range(len(args))]
            alone.finish(_recorded(name, operands))
            grid = np.meshgrid(*[_PROBES] * len(args))
            columns = np.stack([g.ravel() for g in grid], axis=1)
            wanted = name.op.apply(np, *columns.T)
            with np.errstate(all="ignore"):
                values = np.broadcast_to(run(alone, np, columns)[-1], wanted.shape)
            if not np.allclose(values, wanted, rtol=1e-9, atol=1e-12, equal_nan=True):
                raise _unknown(name, "its NumPy function does other things with other numbers")
        return _recorded(name, args)

    def finish(self, last: Any) -> Code:
        """End with the step `last`."""
        number = self._number(last)
        del self.steps[number + 1 :]
        return self


class _Recorder:
    """Stands for an array, and records what is done to it."""

    __slots__ = ("code", "number")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, code: Code, number: int) -> None:
        self.code, self.number = code, number

    def __neg__(self) -> _Recorder:
        return self.code.add("neg", self)

    def __pos__(self) -> _Recorder:
        return self

    def __abs__(self) -> _Recorder:
        return self.code.call("abs", self)

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

    def __pow__(self, other: Any) -> _Recorder:
        return self.code.call("power", self, other)

    def __rpow__(self, other: Any) -> _Recorder:
        return self.code.call("power", other, self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        name = ufunc.__name__
        if method != "__call__" or options or ufunc not in (getattr(np, name, None), _scipy(name)):
            raise TypeError(f"{name} has no meaning for one number")
        args = [v if isinstance(v, _Recorder) else float(v) for v in inputs]
        if name in _ARITHMETIC:
            return _ARITHMETIC[name](*args)
        return self.code.call(_SAME.get(name, name), *args)

    def __array__(self, *args: Any, **options: Any) -> np.ndarray:
        raise TypeError("it needs the numbers themselves")

    def __bool__(self) -> bool:
        raise TypeError("it asks for the numbers themselves")

    def __eq__(self, other: object) -> Any:
        raise TypeError("it compares numbers")

    def __ne__(self, other: object) -> Any:
        raise TypeError("it compares numbers")


def _scipy(name: str) -> Any:
    from scipy import special

    return getattr(special, name, None)


def _unknown(name: Operator, reason: object) -> ExportError:
    return ExportError(
        f"the operator {str(name)!r} is your own and cannot be written in another language "
        f"({reason}): arithmetic and functions of NumPy can; predict and texts know it"
    )


def _recorded(name: Operator, args: list[Any]) -> Any:
    try:
        out = name.define(*args)
        if not isinstance(out, _Recorder):
            out = float(out)
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        raise _unknown(name, error) from error
    return out


class _Namespace:
    """Stands for NumPy: each function records its call."""

    def __init__(self, code: Code) -> None:
        self._code = code

    def __getattr__(self, function: str) -> Callable[..., _Recorder]:
        return lambda *args: self._code.call(function, *args)


def trace(
    node: Node,
    parameters: dict[int, int] | None = None,
    functions: Collection[str] | None = None,
) -> Code:
    """Record the steps of a law.

    Parameters
    ----------
    node : Node
    parameters : dict, optional
        Numeric leaves (numbered in preorder) that become parameters, and which.
    functions : collection of str, optional
        NumPy's names of the functions that may be used; all when omitted.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> [step.op for step in trace(parse("sqrt(x0 + 1)")).steps]
    ['column', 'number', '+', 'sqrt']
    """
    code = Code(functions)
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
        args = [visit(child) for child in n.children]
        if isinstance(n.op, Operator):
            return code.own(n.op, args)
        return OPS[n.op].apply(xp, *args)

    return code.finish(visit(node))


def run(code: Code, xp: Any, X: Any, parameters: Any = ()) -> list[Any]:
    """Values of recorded steps by an array library; the last is that of the law."""
    values: list[Any] = []
    for step in code.steps:
        args = [values[a] for a in step.args]
        if step.op == "number":
            values.append(np.float64(step.value) if xp is np else step.value)
        elif step.op == "parameter":
            values.append(parameters[int(step.value)])
        elif step.op == "column":
            values.append(X[:, int(step.value)])
        elif step.op in _SIGNS:
            values.append(_SIGNS[step.op](*args))
        else:
            function = getattr(xp, step.op, None) or _scipy(step.op)
            values.append(function(*args))
    return values


_SIGNS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "neg": operator.neg,
}  # fmt: skip


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
