"""Skeletons as short programs on registers: values, slopes and starts of their constants, compiled.

A program is a table of instructions ``(operation, register, register, constant)``; instruction i
fills register i, a column with that of the table whose number it holds. Operations with a constant
differ in where a search for it starts: a shift that keeps its argument positive, the place of a
peak, a frequency.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ....expressions.tree import Node, call, const
from ...builders import power
from ...compiling import compiled

Array = np.ndarray

LENGTH, CONSTANTS = 14, 3  # instructions and constants of a program at most

FUNCTIONS = (
    "neg", "inv", "square", "cube", "sqrt", "exp", "log", "sin", "cos", "tan", "tanh", "sinh",
    "cosh", "asin", "acos", "atan", "abs", "erf",
)  # fmt: skip
(NEG, INV, SQUARE, CUBE, SQRT, EXP, LOG, SIN, COS, TAN, TANH, SINH, COSH, ASIN, ACOS, ATAN,
 ABS, ERF) = range(len(FUNCTIONS))  # fmt: skip
ADD, SUB, MUL, DIV = range(20, 24)
# a + c: any, with a + c > 0, the place of a step or a peak, the phase of a wave; then c - a > 0
SHIFT, ABOVE, PLACE, PHASE, BELOW = range(30, 35)
# a * c: a rate of either sign, an inverse width, a frequency
RATE, WIDTH, TURNS = range(40, 43)
POWER, WEIGHTED = 50, 51  # a ** c and a + c * b
_ERF_SLOPE = 2.0 / math.sqrt(math.pi)
COLUMN, NOTHING = 60, 61  # NOTHING: a sum whose terms are projected out


@compiled
def function(op, a, out):  # pragma: no cover - compiled
    """The values of a function of one operand."""
    n = len(a)
    if op == NEG:
        for i in range(n):
            out[i] = -a[i]
    elif op == INV:
        for i in range(n):
            out[i] = 1.0 / a[i]
    elif op == SQUARE:
        for i in range(n):
            out[i] = a[i] * a[i]
    elif op == CUBE:
        for i in range(n):
            out[i] = a[i] * a[i] * a[i]
    elif op == SQRT:
        for i in range(n):
            out[i] = math.sqrt(a[i])
    elif op == EXP:
        for i in range(n):
            out[i] = math.exp(a[i])
    elif op == LOG:
        for i in range(n):
            out[i] = math.log(a[i])
    elif op == SIN:
        for i in range(n):
            out[i] = math.sin(a[i])
    elif op == COS:
        for i in range(n):
            out[i] = math.cos(a[i])
    elif op == TAN:
        for i in range(n):
            out[i] = math.tan(a[i])
    elif op == TANH:
        for i in range(n):
            out[i] = math.tanh(a[i])
    elif op == SINH:
        for i in range(n):
            out[i] = math.sinh(a[i])
    elif op == COSH:
        for i in range(n):
            out[i] = math.cosh(a[i])
    elif op == ASIN:
        for i in range(n):
            out[i] = math.asin(a[i])
    elif op == ACOS:
        for i in range(n):
            out[i] = math.acos(a[i])
    elif op == ATAN:
        for i in range(n):
            out[i] = math.atan(a[i])
    elif op == ERF:
        for i in range(n):
            out[i] = math.erf(a[i])
    else:
        for i in range(n):
            out[i] = abs(a[i])


@compiled
def derivative(op, v, a, out):  # pragma: no cover - compiled
    """The derivative of such a function, from its value and its operand."""
    n = len(a)
    for i in range(n):
        if op == NEG:
            out[i] = -1.0
        elif op == INV:
            out[i] = -v[i] * v[i]
        elif op == SQUARE:
            out[i] = 2.0 * a[i]
        elif op == CUBE:
            out[i] = 3.0 * a[i] * a[i]
        elif op == SQRT:
            out[i] = 0.5 / v[i]
        elif op == EXP:
            out[i] = v[i]
        elif op == LOG:
            out[i] = 1.0 / a[i]
        elif op == SIN:
            out[i] = math.cos(a[i])
        elif op == COS:
            out[i] = -math.sin(a[i])
        elif op == TAN:
            out[i] = 1.0 + v[i] * v[i]
        elif op == TANH:
            out[i] = 1.0 - v[i] * v[i]
        elif op == SINH:
            out[i] = math.cosh(a[i])
        elif op == COSH:
            out[i] = math.sinh(a[i])
        elif op == ASIN:
            out[i] = 1.0 / math.sqrt(1.0 - a[i] * a[i])
        elif op == ACOS:
            out[i] = -1.0 / math.sqrt(1.0 - a[i] * a[i])
        elif op == ATAN:
            out[i] = 1.0 / (1.0 + a[i] * a[i])
        elif op == ERF:
            out[i] = _ERF_SLOPE * math.exp(-a[i] * a[i])
        else:
            out[i] = 1.0 if a[i] > 0.0 else -1.0


@compiled
def begin(op, a, b, u, w):  # pragma: no cover - compiled
    """Where the search for a constant starts, for `u` and `w` in the unit interval.

    In units of the values that the constant acts on.
    """
    low, high, least = a[0], a[0], abs(a[0])
    for i in range(1, len(a)):
        low, high, least = min(low, a[i]), max(high, a[i]), min(least, abs(a[i]))
    wide, size = high - low, max(abs(low), abs(high))
    if op == ABOVE:
        return -low + wide * math.exp(-6.0 + 9.5 * u)
    if op == BELOW:
        return high + wide * math.exp(-6.0 + 9.5 * u)
    if op == PLACE:
        return -(low + wide * (1.2 * u - 0.1))
    if op == PHASE:
        return 2.0 * math.pi * u
    if op == SHIFT:
        if w < 0.4:
            return -(low + wide * u)
        least = max(least, 1e-4 * size)
        c = least / 3.0 * math.exp(u * math.log(9.0 * size / least))
        return c if w < 0.85 else -c
    if op == RATE:
        k = 0.2 * math.exp(u * 5.0) / wide
        return k if w < 0.5 else -k
    if op == WIDTH:
        return 0.5 * math.exp(u * 4.5) / wide
    if op == TURNS:
        return (0.5 * math.exp(u * 3.2) if w < 0.5 else 2.0 + 60.0 * u) / wide
    if op == POWER:
        c = 0.15 * math.exp(u * 3.5)
        return c if w < 0.5 else -c
    size /= max(abs(b[0]), abs(b[-1]), 1e-300)
    c = size * math.exp(-3.0 + 6.0 * u)
    return c if w < 0.5 else -c


@compiled
def operate(op, a, b, c, out):  # pragma: no cover - compiled
    """The values of one instruction with operands `a`, `b` and constant `c`."""
    n = len(a)
    if op < ADD:
        function(op, a, out)
    elif op == ADD:
        for i in range(n):
            out[i] = a[i] + b[i]
    elif op == SUB:
        for i in range(n):
            out[i] = a[i] - b[i]
    elif op == MUL:
        for i in range(n):
            out[i] = a[i] * b[i]
    elif op == DIV:
        for i in range(n):
            out[i] = a[i] / b[i]
    elif op == BELOW:
        for i in range(n):
            out[i] = c - a[i]
    elif op < BELOW:
        for i in range(n):
            out[i] = a[i] + c
    elif op <= TURNS:
        for i in range(n):
            out[i] = a[i] * c
    elif op == POWER:
        for i in range(n):
            out[i] = a[i] ** c
    elif op == WEIGHTED:
        for i in range(n):
            out[i] = a[i] + c * b[i]


@compiled
def _take(column, out):  # pragma: no cover - compiled
    for i in range(len(out)):
        out[i] = column[i]


@compiled
def run(code, length, X, c, R):  # pragma: no cover - compiled
    """Values of all registers `R` at the constants `c`, for the columns `X` (d, n)."""
    for i in range(length):
        op = code[i, 0]
        if op == COLUMN:
            _take(X[code[i, 1]], R[i])
        elif op != NOTHING:
            operate(op, R[code[i, 1]], R[code[i, 2]], c[code[i, 3]], R[i])


@compiled
def start(code, length, X, u, c, R):  # pragma: no cover - compiled
    """As `run`, with constants chosen on the way for a point `u` of the unit cube."""
    for i in range(length):
        op, k = code[i, 0], code[i, 3]
        if op == COLUMN:
            _take(X[code[i, 1]], R[i])
        if op >= COLUMN:
            continue
        if op >= SHIFT:
            c[k] = begin(op, R[code[i, 1]], R[code[i, 2]], u[2 * k], u[2 * k + 1])
        operate(op, R[code[i, 1]], R[code[i, 2]], c[k], R[i])


@compiled
def slopes(code, length, count, c, R, D, moves):  # pragma: no cover - compiled
    """Slopes `D` of all registers in the constants; `moves` tells which of them there are."""
    n = R.shape[1]
    s = np.empty(n)
    for i in range(length):
        for j in range(count):
            moves[i, j] = False
    for i in range(length):
        op, p, q, k = code[i, 0], code[i, 1], code[i, 2], code[i, 3]
        if op >= COLUMN:
            continue
        some = False
        for j in range(count):
            some |= moves[p, j]
        if some and op < ADD:
            derivative(op, R[i], R[p], s)
        elif some and op == POWER:
            for m in range(n):
                s[m] = c[k] * R[p, m] ** (c[k] - 1.0)
        for j in range(count):
            here, there = moves[p, j], moves[q, j] and (ADD <= op <= DIV or op == WEIGHTED)
            own = op >= SHIFT and j == k
            if here or there or own:
                moves[i, j] = True
                for m in range(n):
                    D[i, j, m] = 0.0
                if here:
                    _through_first(op, c[k], s, R[q], D[p, j], D[i, j])
                if there:
                    _through_second(op, c[k], R[i], R[p], R[q], D[q, j], D[i, j])
                if own:
                    _by_constant(op, R[i], R[p], R[q], D[i, j])


@compiled
def _through_first(op, c, s, b, slope, out):  # pragma: no cover - compiled
    """Adds what an instruction makes of the slope of its first operand; `s` is a function's."""
    for m in range(len(out)):
        if op < ADD or op == POWER:
            out[m] += s[m] * slope[m]
        elif op == MUL:
            out[m] += b[m] * slope[m]
        elif op == DIV:
            out[m] += slope[m] / b[m]
        elif op == BELOW:
            out[m] -= slope[m]
        elif RATE <= op <= TURNS:
            out[m] += c * slope[m]
        else:
            out[m] += slope[m]


@compiled
def _through_second(op, c, v, a, b, slope, out):  # pragma: no cover - compiled
    for m in range(len(out)):
        if op == ADD:
            out[m] += slope[m]
        elif op == SUB:
            out[m] -= slope[m]
        elif op == MUL:
            out[m] += a[m] * slope[m]
        elif op == DIV:
            out[m] -= v[m] / b[m] * slope[m]
        else:
            out[m] += c * slope[m]


@compiled
def _by_constant(op, v, a, b, out):  # pragma: no cover - compiled
    for m in range(len(out)):
        if RATE <= op <= TURNS:
            out[m] += a[m]
        elif op == POWER:
            if a[m] > 0.0:
                out[m] += v[m] * math.log(a[m])
        elif op == WEIGHTED:
            out[m] += b[m]
        else:
            out[m] += 1.0


@compiled
def take_apart(code, length, terms):  # pragma: no cover - compiled
    """Takes the sum at the end of a program apart: its `terms`, whose weights are projected out.

    Returns how many terms and constants there are; no terms where `terms` cannot hold them.
    """
    count, k = 1, 0
    terms[0] = length - 1
    while k < count:
        r = terms[k]
        if code[r, 0] != WEIGHTED:
            k += 1
            continue
        if count == len(terms):
            return 0, 0
        terms[k], terms[count] = code[r, 1], code[r, 2]
        code[r, 0] = NOTHING
        count += 1
    kept = 0
    for i in range(length):
        if SHIFT <= code[i, 0] < COLUMN:
            code[i, 3] = kept
            kept += 1
    return count, kept


def expression(code: Array, register: int, columns: Sequence[Node], c: Array) -> Node:
    """The tree of a register, `columns` for those of the table.

    Examples
    --------
    >>> from sklearn_trm.expressions.tree import var
    >>> code = np.array([(COLUMN, 0, 0, 0), (RATE, 0, 0, 0), (EXP, 1, 1, 0)])
    >>> str(expression(code, 2, [var(0)], np.array([-0.5])))
    'exp(-0.5*x0)'
    """
    op, p, q, k = (int(v) for v in code[register])
    if op == COLUMN:
        return columns[p]
    a = expression(code, p, columns, c)
    if op < ADD:
        return call(FUNCTIONS[op], a)
    if op == BELOW:
        return const(c[k]) - a
    if SHIFT <= op < BELOW:
        return a + const(c[k]) if c[k] >= 0 else a - const(-c[k])
    if RATE <= op <= TURNS:
        return const(c[k]) * a
    if op == POWER:
        return power(a, float(c[k]))
    b = expression(code, q, columns, c)
    if op == WEIGHTED:
        return a + const(c[k]) * b if c[k] >= 0 else a - const(-c[k]) * b
    return {ADD: a + b, SUB: a - b, MUL: a * b, DIV: a / b}[op]
