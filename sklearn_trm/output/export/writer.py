"""Writes the steps of a law by the spellings of a language."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ...errors import ExportError
from ...expressions.text import to_text
from ...expressions.tree import Node, columns, constants
from .language import Body, Language
from .names import comment, identifiers
from .trace import Code, free_leaves, run, trace

_SUM, _PRODUCT, _PREFIX, _POWER, _ATOM = range(1, 6)
_LEVELS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}
_WHOLE = 1024  # largest exponent that is written as a whole number

Written = tuple[str, int]  # a text and the level of its outermost operator


class Writer:
    """Writes steps in one language; steps used twice become temporaries."""

    def __init__(self, code: Code, language: Language, column: Callable[[int], str]) -> None:
        self.code, self.language, self._column = code, language, column
        self.temporaries: list[tuple[str, str]] = []
        self.called: set[str] = set()
        self._written: list[Written] = []
        self._varies = code.depends("column")
        self._numeric = [not moves for moves in code.depends("column", "parameter")]

    def write(self) -> str:
        """The value as a text; `temporaries` come before it."""
        uses, apart = self._uses(), self._apart()
        for i, step in enumerate(self.code.steps):
            text, level = self._step(i)
            if len(text) > self.language.longest:
                raise ExportError(f"the law is too long for {self.language.name}")
            if (uses[i] > 1 and not step.is_leaf and self.language.has_temporaries) or i in apart:
                name = f"t_{len(self.temporaries) + 1}"
                self.temporaries.append((name, text))
                text, level = name, _ATOM
            self._written.append((text, level))
        return self._written[-1][0]

    def _uses(self) -> list[int]:
        """How often each step is written as an operand."""
        out = [0] * len(self.code.steps)
        for step in self.code.steps:
            template = self.language.functions.get(step.op, "")
            for position, a in enumerate(step.args):
                out[a] += max(template.count(f"{{{position}}}"), 1)
        return out

    def _apart(self) -> set[int]:
        """Numbers that a compiler must not see, as it would refuse what is made of them."""
        steps = self.code.steps
        out: set[int] = set()
        if not self.language.numbers_apart or not any(self._numeric):
            return out
        inside = [False] * len(steps)
        width = 1 + max([int(step.value) for step in steps if step.op == "column"], default=0)
        with np.errstate(all="ignore"):
            values = run(self.code, np, np.full((1, width), np.nan))
        for i, step in reversed(list(enumerate(steps))):
            if step.is_leaf or not self._numeric[i]:
                continue
            power = step.op == "power"
            whole = power and self._whole(step.args[1]) is not None
            if inside[i] or (power and not whole) or not 1e-300 < abs(values[i]) < math.inf:
                for a in step.args[:1] if whole else step.args:
                    inside[a] = True
                    if steps[a].is_leaf:
                        out.add(a)
        return out

    def _step(self, i: int) -> Written:
        step = self.code.steps[i]
        if step.is_leaf:
            text = self._leaf(step.op, step.value)
            return text, _PREFIX if text.startswith("-") else _ATOM
        if step.op == "neg":
            return f"-{self._at(step.args[0], _ATOM)}", _PREFIX
        if step.op == "power":
            return self._power(*step.args)
        level = _LEVELS.get(step.op)
        if step.op == "/" and "divide" in self.language.functions and not self._varies[i]:
            return self._call("divide", step.args)  # numbers of Python raise on 1/0
        if level is None:
            return self._call(step.op, step.args)
        base, count = self._equal_factors(i)
        if count > 1:
            return self._power(base, None, count)
        left, right = step.args
        space = " " if level == _SUM else ""
        # the right side keeps its parentheses: sums are not reordered, and no two signs meet
        other = self._at(right, level + 1)
        if other.startswith("-"):
            other = f"({other})"
        sign = self.language.infix.get(step.op, step.op)
        return f"{self._at(left, level)}{space}{sign}{space}{other}", level

    def _leaf(self, kind: str, value: float) -> str:
        if kind == "column":
            return self._column(int(value))
        if kind == "parameter":
            return f"c[{int(value)}]"
        return finite(value, self.language)

    def _at(self, i: int, least: int) -> str:
        text, level = self._written[i]
        return f"({text})" if level < least else text

    def _call(self, function: str, args: Sequence[int]) -> Written:
        spelling = self._spell(function)
        if "{" in spelling:
            return spelling.format(*(self._operand(a, _ATOM) for a in args)), _ATOM
        return f"{spelling}({', '.join(self._operand(a, _SUM) for a in args)})", _ATOM

    def _spell(self, function: str) -> str:
        self.called.add(function)
        return self.language.spell(function)

    def _operand(self, i: int, least: int) -> str:
        if self.language.boxed and self._numeric[i]:
            return self.language.boxed.format(self._written[i][0])
        return self._at(i, least)

    def _power(self, base: int, exponent: int | None, count: int = 0) -> Written:
        """A power by its sign where the language has one. Signs never meet: no language agrees
        with another on ``-x^2`` and ``2^-x``."""
        language = self.language
        whole = count if exponent is None else self._whole(exponent)
        if whole is not None and language.whole_power:
            above = str(whole) if whole >= 0 else f"({whole})"
            return f"{self._at(base, _ATOM)}{language.whole_power}{above}", _POWER
        above = str(count) if exponent is None else self._at(exponent, _SUM)
        if language.power:
            above = above if exponent is None else self._at(exponent, _ATOM)
            return f"{self._at(base, _ATOM)}{language.power}{above}", _POWER
        if exponent is not None and not (language.boxed and not self._numeric[base]):
            return self._call("power", (base, exponent))
        return f"{self._spell('power')}({self._at(base, _SUM)}, {above})", _ATOM

    def _whole(self, exponent: int) -> int | None:
        """The exponent if it is written as a whole number."""
        step = self.code.steps[exponent]
        whole = step.op == "number" and step.value.is_integer() and abs(step.value) <= _WHOLE
        return int(step.value) if whole and self.language.whole_power else None

    def _equal_factors(self, i: int) -> tuple[int, int]:
        """Without temporaries: the factor and the count of a product of equal factors."""
        step = self.code.steps[i]
        if self.language.has_temporaries or step.op != "*":
            return i, 1
        left, right = step.args
        base, count = self._equal_factors(left)
        if base == right and not self.code.steps[right].is_leaf:
            return base, count + 1
        return i, 1


def finite(value: float, language: Language) -> str:
    """A number as a literal.

    Raises
    ------
    ExportError
        If it is not finite.
    """
    if not math.isfinite(value):
        raise ExportError("the law holds a constant that is not a finite number")
    return language.number(float(value))


def write(
    node: Node,
    names: Sequence[str],
    language: Language,
    name: str,
    meanings: Mapping[str, str] | None = None,
    spelled: Mapping[str, str] | None = None,
) -> str:
    """Source text of a law in a language; `meanings` of columns go into its comments.

    Columns that are `spelled` are texts of the language themselves.
    """
    free = free_leaves(node) if language.parameters else {}
    code = trace(node, free, language.functions)
    own = identifiers(names, language, name)

    def column(i: int) -> str:
        if spelled and names[i] in spelled:
            return spelled[names[i]]
        return own[i] if language.column is None else language.column(i, names[i])

    def told(text: str) -> str:
        return comment(text, language)

    writer = Writer(code, language, column)
    result = writer.write()
    used, said = columns(node), meanings or {}
    return language.assemble(
        Body(
            name=name,
            title=to_text(node, own),
            notes=[
                *(f"{own[i]} is {comment(names[i], language)}" for i in used if own[i] != names[i]),
                *(
                    f"{own[i]}: {comment(said[names[i]], language)}"
                    for i in used
                    if names[i] in said
                ),
            ],
            columns=[(own[i], i) for i in used],
            temporaries=writer.temporaries,
            result=result,
            helpers=language.helpers_of(writer.called),
            width=len(names),
            values=[value for leaf, value in enumerate(constants(node)) if leaf in free],
        )
    )
