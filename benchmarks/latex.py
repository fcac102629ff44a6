"""LaTeX of laws read back: a Pratt parser of what `to_latex` typesets, to check it by values.

sympy's own reader takes ``x_{0} (x_{1} + 2)`` for a call and ``\\operatorname{atan}`` for letters.
Whatever is not understood is a ValueError, never a guess.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.tree import Node, call, const, var

_TOKEN = re.compile(
    r"\\operatorname\{(?P<word>\w+)\}|(?P<number>\d+\.?\d*|\.\d+)|(?P<sign>[-+^{}(),|\[\]])"
    r"|\\(?P<command>[A-Za-z]+)|(?P<letter>[A-Za-z])"
)
_OPEN = {"(": ")", "|": "|", "lfloor": "rfloor", "lceil": "rceil"}
_FENCED = {"(": None, "|": "abs", "lfloor": "floor", "lceil": "ceil"}
_RECIPROCALS = {"cot": "tan", "sec": "cos", "csc": "sin", "coth": "tanh"}
_FUNCTIONS = {*OPS, *_RECIPROCALS} - {"sqrt", "max", "min", "exp"}


def from_latex(text: str, names: Sequence[str]) -> Node:
    """The expression that a text of `to_latex` typesets.

    Examples
    --------
    >>> print(
    ...     from_latex(
    ...         r"\\frac{2.5 mass}{x_{1}^{2}} - \\operatorname{atan}{\\left(mass \\right)}",
    ...         ["mass", "x1"],
    ...     )
    ... )
    2.5*x0/x1**2.0 - atan(x0)
    """
    reader = _Reader(text, names)
    node = reader.sum()
    if reader.tokens[reader.i] != "":
        reader.fail("the end")
    return node


class _Reader:
    """A token is a text: a sign, ``\\command``, ``f:word``, ``#number``, ``x:column``."""

    def __init__(self, text: str, names: Sequence[str]) -> None:
        import sympy

        from sklearn_trm.expressions.sympy_io import _escape

        columns = {}
        for j, name in enumerate(names):
            columns[sympy.latex(sympy.Symbol(name))] = j
            columns[f"\\mathrm{{{_escape(name)}}}"] = j
        self.text, self.i = text, 0
        self.tokens = self._split(text, dict(sorted(columns.items(), key=lambda c: -len(c[0]))))

    def _split(self, text: str, columns: dict[str, int]) -> list[str]:
        out, at = [], 0
        while at < len(text):
            if text[at].isspace():
                at += 1
                continue
            name = next((c for c in columns if text.startswith(c, at)), None)
            if name is not None:
                out.append(f"x:{columns[name]}")
                at += len(name)
                continue
            match = _TOKEN.match(text, at)
            if match is None:
                raise ValueError(f"unknown LaTeX at {at}: {text[at : at + 30]}")
            kind, found = match.lastgroup, match[match.lastgroup or 0]
            mark = {"word": "f:", "number": "#", "command": "\\", "letter": "l:"}.get(
                kind or "", ""
            )
            out.append(mark + found)
            at = match.end()
        return [*out, ""]

    def fail(self, wanted: str) -> None:
        raise ValueError(f"{self.tokens[self.i]!r} instead of {wanted} in {self.text}")

    def take(self, token: str) -> bool:
        if self.tokens[self.i] != token:
            return False
        self.i += 1
        return True

    def expect(self, token: str) -> None:
        if not self.take(token):
            self.fail(token)

    # ------------------------------------------------------------------ grammar

    def sum(self) -> Node:
        """Terms with their signs; a sign binds looser than a product."""
        minus = self.take("-")
        node = self.product()
        node = call("neg", node) if minus else node
        while self.tokens[self.i] in ("+", "-"):
            minus = self.take("-") or not self.take("+")
            node = call("sub" if minus else "add", node, self.product())
        return node

    def product(self) -> Node:
        node = self.power()
        while self.take("\\cdot") or self._starts():
            node = call("mul", node, self.power())
        return node

    def _starts(self) -> bool:
        token = self.tokens[self.i]
        if token in ("{", "\\left", "\\frac", "\\sqrt", "\\pi", "\\max", "\\min", "\\theta"):
            return True
        return token[:2] in ("x:", "f:", "l:") or token[:1] == "#" or token[1:] in _FUNCTIONS

    def power(self) -> Node:
        token = self.tokens[self.i]
        if token[:2] == "f:" or (token[1:] in _FUNCTIONS and token[:1] == "\\"):
            return self.function(token.lstrip("\\").removeprefix("f:"))
        node = self.atom()
        return self.raised(node) if self.take("^") else node

    def raised(self, base: Node) -> Node:
        exponent = self.group()
        if base.is_const and base.value == math.e:
            return call("exp", exponent)
        return call("pow", base, exponent)

    def function(self, name: str) -> Node:
        if name in _RECIPROCALS:
            self.tokens[self.i] = f"f:{_RECIPROCALS[name]}"
            return call("inv", self.function(_RECIPROCALS[name]))
        if name not in OPS or OPS[name].arity != 1:
            self.fail("a function of the op table")
        self.i += 1
        exponent = self.group() if self.take("^") else None
        node = call(name, self.group())
        if exponent is None:  # \\log{\\left(x \\right)}^{2} is the square of the logarithm
            return self.raised(node) if self.take("^") else node
        return call("pow", node, exponent)

    def group(self) -> Node:
        """What stands in braces, which may be left out around one atom."""
        if self.take("{"):
            node = self.sum()
            self.expect("}")
            return node
        return self.atom()

    def atom(self) -> Node:
        token = self.tokens[self.i]
        if token == "{":
            return self.group()
        self.i += 1
        if token[:1] == "#":
            return const(float(token[1:]))
        if token[:2] == "x:":
            return var(int(token[2:]))
        if token == "l:e" or token == "\\pi":
            return const(math.e if token == "l:e" else math.pi)
        if token == "\\frac":
            return call("div", self.group(), self.group())
        if token == "\\sqrt":
            if not self.take("["):
                return call("sqrt", self.group())
            degree = self.sum()
            self.expect("]")
            return self.root(self.group(), degree)
        if token in ("\\max", "\\min", "\\theta"):
            return self.several(token[1:])
        if token == "\\left":
            return self.fenced()
        self.i -= 1
        self.fail("an operand")
        raise AssertionError

    def root(self, base: Node, degree: Node) -> Node:
        if degree == const(3.0):  # of a negative number a negative one, as cbrt
            size = call("pow", call("abs", base), const(1 / 3))
            return call("mul", size, call("sub", call("mul", const(2.0), call("step", base)),
                                          const(1.0)))  # fmt: skip
        return call("pow", base, call("inv", degree))

    def several(self, name: str) -> Node:
        self.expect("\\left")
        self.expect("(")
        nodes = [self.sum()]
        while self.take(","):
            nodes.append(self.sum())
        self.expect("\\right")
        self.expect(")")
        if name == "theta":  # the second operand is its value at 0
            return call("step", nodes[0])
        node = nodes[0]
        for other in nodes[1:]:
            node = call(name, node, other)
        return node

    def fenced(self) -> Node:
        sign = self.tokens[self.i].removeprefix("\\")
        self.i += 1
        if sign not in _OPEN:
            self.fail("a fence")
        node = self.group() if sign != "(" else self.sum()
        self.expect("\\right")
        close = _OPEN[sign]
        self.expect(close if close in ")|" else f"\\{close}")
        name = _FENCED[sign]
        return node if name is None else call(name, node)
