"""Laws as short instruction lists on registers, and what each instruction does, compiled."""

from __future__ import annotations

import math

import numpy as np

from ..expressions.tree import Node, walk
from .compiling import compiled

Array = np.ndarray

# Operators that the compiled loops know; laws with others are fitted by `fit_constants`.
COMPILED = (
    "neg", "inv", "square", "cube", "sqrt", "exp", "log", "sin", "cos", "tan", "tanh", "sinh",
    "cosh", "asin", "acos", "atan", "abs", "add", "sub", "mul", "div", "pow",
)  # fmt: skip
_CODE = {name: k for k, name in enumerate(COMPILED)}
VAR, CONST = -1, -2
(_NEG, _INV, _SQUARE, _CUBE, _SQRT, _EXP, _LOG, _SIN, _COS, _TAN, _TANH, _SINH, _COSH, _ASIN,
 _ACOS, _ATAN, _ABS, _ADD, _SUB, _MUL, _DIV, POW) = range(len(COMPILED))  # fmt: skip


def instructions(node: Node) -> tuple[Array, Array]:
    """``(m, 3)`` instructions (code, first and second register) and the constants.

    The first register of a column is its number, that of a constant its number.
    """
    rows: list[tuple[int, int, int]] = []
    values: list[float] = []

    def emit(n: Node) -> int:
        if n.is_const:
            rows.append((CONST, len(values), 0))
            values.append(n.value)
        elif n.is_var:
            rows.append((VAR, n.column, 0))
        else:
            args = [emit(c) for c in n.children]
            rows.append((_CODE[n.op], args[0], args[-1]))
        return len(rows) - 1

    emit(node)
    return np.array(rows, dtype=np.int64), np.array(values)


@compiled
def value(op, a, b):  # pragma: no cover - compiled
    if op == _ADD:
        return a + b
    if op == _SUB:
        return a - b
    if op == _MUL:
        return a * b
    if op == _DIV:
        return a / b
    if op == POW:
        return a**b
    if op == _EXP:
        return math.exp(a)
    if op == _SQUARE:
        return a * a
    if op == _SQRT:
        return math.sqrt(a)
    if op == _NEG:
        return -a
    if op == _INV:
        return 1.0 / a
    if op == _LOG:
        return math.log(a)
    if op == _SIN:
        return math.sin(a)
    if op == _COS:
        return math.cos(a)
    if op == _CUBE:
        return a * a * a
    if op == _TANH:
        return math.tanh(a)
    if op == _TAN:
        return math.tan(a)
    if op == _ATAN:
        return math.atan(a)
    if op == _SINH:
        return math.sinh(a)
    if op == _COSH:
        return math.cosh(a)
    if op == _ASIN:
        return math.asin(a)
    if op == _ACOS:
        return math.acos(a)
    return abs(a)


@compiled
def first_slope(op, v, a, b):  # pragma: no cover - compiled
    """Derivative of a value by the first operand."""
    if op == _ADD:
        return 1.0
    if op == _SUB:
        return 1.0
    if op == _MUL:
        return b
    if op == _DIV:
        return 1.0 / b
    if op == POW:
        return b * a ** (b - 1.0)
    if op == _EXP:
        return v
    if op == _SQUARE:
        return 2.0 * a
    if op == _SQRT:
        return 0.5 / v
    if op == _NEG:
        return -1.0
    if op == _INV:
        return -v * v
    if op == _LOG:
        return 1.0 / a
    if op == _SIN:
        return math.cos(a)
    if op == _COS:
        return -math.sin(a)
    if op == _CUBE:
        return 3.0 * a * a
    if op == _TANH:
        return 1.0 - v * v
    if op == _TAN:
        return 1.0 + v * v
    if op == _ATAN:
        return 1.0 / (1.0 + a * a)
    if op == _SINH:
        return math.cosh(a)
    if op == _COSH:
        return math.sinh(a)
    if op == _ASIN:
        return 1.0 / math.sqrt(1.0 - a * a)
    if op == _ACOS:
        return -1.0 / math.sqrt(1.0 - a * a)
    return 1.0 if a > 0.0 else -1.0 if a < 0.0 else 0.0


@compiled
def second_slope(op, v, a, b):  # pragma: no cover - compiled
    if op == _ADD:
        return 1.0
    if op == _SUB:
        return -1.0
    if op == _MUL:
        return a
    if op == _DIV:
        return -v / b
    return v * math.log(a)


def is_known(law: Node) -> bool:
    """Whether the compiled loops know all its operators: a user's own they do not."""
    return all(n.op in _CODE for n in walk(law) if n.children)


def freedom(code: Array, c: Array) -> tuple[Array, Array, Array]:
    """Free constants, their registers, and the registers that they move.

    Whole exponents stay: between two of them a power of a negative base is undefined.
    """
    slots = np.flatnonzero(code[:, 0] == CONST)
    exponents = {int(q) for op, _, q in code if op == POW and code[q, 0] == CONST}
    free = [k for k, s in enumerate(slots) if int(s) not in exponents or c[k] % 1.0]
    moves = np.zeros(len(code), dtype=np.bool_)
    moves[slots[free]] = True
    for i, (op, p, q) in enumerate(code):
        if op >= 0:
            moves[i] = moves[p] or moves[q]
    return np.array(free, dtype=np.int64), slots[free], moves
