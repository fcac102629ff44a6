"""Texts as expressions: a parser of our own, beside the printer.

The parser is a tokenizer and a Pratt loop over a fixed grammar. It never calls
``eval`` or ``sympify``, so a text from anywhere is safe to read: its length,
nesting and depth are bounded, and whatever is not an expression raises
`ParseError` with the position and a hint.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

import numpy as np

from ..errors import ParseError, UnknownOperatorError
from .idioms import ARITY, idiom
from .operators import ALIASES, OPS, all_names, resolve
from .printing import LEVEL, POWER, PREFIX, PRODUCT, SUM
from .printing import format_constant as format_constant
from .printing import to_text as to_text
from .quoting import QUOTED, spelled
from .tree import Node, call, const, var

MAX_LENGTH = 20_000  # characters of a text
MAX_NESTING = 100  # parentheses, signs and powers inside one another
MAX_IDIOMS = 5  # words inside one another that stand for trees with their operands twice
MAX_DEPTH = 250  # levels of the tree: below what Python's recursion limit allows everywhere

_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COLUMN = re.compile(r"x_?(\d{1,6})", re.ASCII)
_SYMBOL = re.compile(r"\*\*|[-+*/^(),]")
_INFIX = {"+": (SUM, "add"), "-": (SUM, "sub"), "*": (PRODUCT, "mul"),
          "/": (PRODUCT, "div"), "**": (POWER, "pow")}  # fmt: skip
_VALUES = {"pi": math.pi, "e": math.e, "E": math.e, "inf": math.inf, "nan": math.nan}


class _Token(NamedTuple):
    kind: str  # "number", "name", "column", "symbol", "end"
    text: str
    at: int
    value: float = 0.0


def parse(text: str, names: Sequence[str] | None = None, operators: Sequence[str] = ()) -> Node:
    """Read an expression from a text; nothing in it is ever executed.

    Parameters
    ----------
    text : str
        ``+ - * / ** ^``, unary minus, parentheses, the functions of the op table
        and their aliases, numbers, ``pi``, ``e``, and column names.
    names : sequence of str, optional
        Column names, which may hold any characters; in backticks where they would be read as
        numbers or as a law of others, as `to_text` writes them. When omitted, ``x0``, ``x_0``,
        ``x1``, ... name the columns.
    operators : sequence of Operator, optional
        A user's own, among others.

    Returns
    -------
    Node

    Raises
    ------
    ParseError
        With the position and a hint, for everything that is no expression.

    Examples
    --------
    >>> print(parse("2.5*x0^2 + ln(x1)"))
    2.5*x0**2 + log(x1)
    >>> parse("2*(x0")
    Traceback (most recent call last):
        ...
    sklearn_trm.errors.ParseError: the parenthesis at position 2 is never closed (position 5)
        2*(x0
             ^
    """
    if not isinstance(text, str):
        raise ParseError(f"an expression is a text, got {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise ParseError(f"the text has {len(text)} characters; at most {MAX_LENGTH} are read")
    return _Parser(text, names, operators).run()


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _tokens(text: str, names: Sequence[str] | None) -> list[_Token]:
    """Split a text; given column names are matched first, the longest one wins."""
    written = spelled(names or ())
    quoted = {str(n): i for i, n in reversed([*enumerate(names or ())])}
    ordered = sorted(((n, i) for i, n in enumerate(written) if n[:1] != "`"),
                     key=lambda pair: -len(pair[0]))  # fmt: skip
    out: list[_Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if (match := QUOTED.match(text, at)) and (own := match[1].replace("``", "`")) in quoted:
            out.append(_Token("column", match[0], at, quoted[own]))
            at = match.end()
            continue
        after_word = at > 0 and _is_word(text[at - 1]) and _is_word(text[at])
        for name, column in ordered:
            end = at + len(name)
            if not text.startswith(name, at) or name[0].isdigit() or after_word:
                continue
            if end < len(text) and _is_word(name[-1]) and _is_word(text[end]):
                continue
            is_call = text[end:].lstrip().startswith("(")
            if is_call and (
                name in OPS or name in ALIASES or name in ARITY
            ):  # exp(...) is never a column "exp"
                continue
            out.append(_Token("column", name, at, column))
            at = end
            break
        else:
            at = _plain_token(text, at, names is None, out)
    out.append(_Token("end", "", len(text)))
    return out


def _plain_token(text: str, at: int, default_names: bool, out: list[_Token]) -> int:
    if match := _NUMBER.match(text, at):
        value = float(match[0])
        if math.isinf(value):
            _fail(text, at, f"the number {match[0][:20]} is too large")
        out.append(_Token("number", match[0], at, value))
    elif match := _NAME.match(text, at):
        column = _COLUMN.fullmatch(match[0]) if default_names else None
        if column:
            out.append(_Token("column", match[0], at, int(column[1])))
        else:
            out.append(_Token("name", match[0], at))
    elif match := _SYMBOL.match(text, at):
        out.append(_Token("symbol", "**" if match[0] == "^" else match[0], at))
    else:
        hint = "write a number as 0.5" if text[at] == "." else "allowed are + - * / ** ^ ( )"
        _fail(text, at, f"unexpected character {text[at]!r}: {hint}")
    return match.end()


def _fail(text: str, at: int, message: str) -> NoReturn:
    start = max(0, at - 30)
    piece = "".join(c if c.isprintable() else " " for c in text[start : at + 30])
    raise ParseError(f"{message} (position {at})\n    {piece}\n    {' ' * (at - start)}^")


class _Parser:
    """Pratt parser; every method returns a node and its depth."""

    def __init__(
        self, text: str, names: Sequence[str] | None, operators: Sequence[str] = ()
    ) -> None:
        self.text, self.names = text, names
        self.own = {str(name): name for name in operators if name not in OPS}
        self.tokens = _tokens(text, names)
        self.i = 0
        self.nesting = 0
        self.idioms = 0

    def run(self) -> Node:
        if len(self.tokens) == 1:
            raise ParseError("the text is empty; write an expression such as 2*x0 + 1")
        node, _ = self.expression(0)
        token = self.tokens[self.i]
        if token.kind != "end":
            if token.text == ")":
                self.fail(token, "a closing parenthesis without an opening one")
            self.fail(token, f"unexpected {token.text!r}: an operator such as * is missing")
        return node

    def fail(self, token: _Token, message: str) -> NoReturn:
        _fail(self.text, token.at, message)

    def expression(self, least: int) -> tuple[Node, int]:
        token = self.tokens[self.i]
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.fail(token, f"nested more than {MAX_NESTING} levels deep")
        left, depth = self.prefix()
        while True:
            token = self.tokens[self.i]
            infix = _INFIX.get(token.text) if token.kind == "symbol" else None
            level, name = infix or (0, "")
            if level <= least:
                break
            self.i += 1
            # ** is right associative, and its exponent may carry a sign: 2**-3
            right, right_depth = self.expression(level - 1 if name == "pow" else level)
            left, depth = self.join(token, name, left, right), 1 + max(depth, right_depth)
            if depth > MAX_DEPTH:
                self.fail(token, f"the expression is more than {MAX_DEPTH} levels deep")
        self.nesting -= 1
        return left, depth

    def join(self, token: _Token, name: str, left: Node, right: Node) -> Node:
        if name == "div" and left.is_const and left.value == 1.0:
            return call("inv", right)
        if name == "pow" and _overflows(left, right):
            self.fail(token, "this power of two numbers overflows")
        if name == "pow" and right.is_const:
            short = {2.0: "square", 3.0: "cube"}.get(right.value)
            return call(short, left) if short else call("pow", left, right)
        return call(name, left, right)

    def prefix(self) -> tuple[Node, int]:
        token = self.tokens[self.i]
        self.i += 1
        if token.kind == "number":
            return const(token.value), 1
        if token.kind == "column":
            return var(int(token.value)), 1
        if token.kind == "name":
            return self.name(token)
        if token.text == "(":
            out = self.expression(0)
            self.close(token)
            return out
        if token.text in ("-", "+") and token.kind == "symbol":
            node, depth = self.expression(PREFIX)
            if token.text == "+":
                return node, depth
            return (const(-node.value), 1) if node.is_const else (call("neg", node), depth + 1)
        if token.kind == "end":
            self.fail(token, "the text ends where a number, a column or a function should stand")
        self.fail(token, f"unexpected {token.text!r}: a number, column or function should stand")

    def close(self, opening: _Token) -> None:
        token = self.tokens[self.i]
        if token.text == ")":
            self.i += 1
        elif token.kind == "end":
            self.fail(token, f"the parenthesis at position {opening.at} is never closed")
        else:
            self.fail(token, f"unexpected {token.text!r}: an operator or ')' should stand")

    def name(self, token: _Token) -> tuple[Node, int]:
        following = self.tokens[self.i]
        if following.text != "(":
            if token.text in _VALUES:
                return const(_VALUES[token.text]), 1
            if token.text in OPS or token.text in ALIASES:
                self.fail(following, f"{token.text} is a function: write {token.text}(...)")
            known = "x0, x1, ..." if self.names is None else ", ".join(map(str, self.names[:20]))
            self.fail(token, f"unknown name {token.text[:40]!r}; columns are {known}")
        name, arity = self.function(token)
        word = name in ARITY and name not in OPS and name not in self.own
        self.idioms += word
        if self.idioms > MAX_IDIOMS:
            self.fail(token, f"more than {MAX_IDIOMS} of {', '.join(ARITY)} inside one another")
        self.i += 1
        parts = [self.expression(0)]
        while self.tokens[self.i].text == "," and len(parts) < 3:
            self.i += 1
            parts.append(self.expression(0))
        self.close(following)
        if len(parts) != arity:
            self.fail(token, f"{token.text} takes {arity} operand(s), got {len(parts)}")
        nodes = [node for node, _ in parts]
        depth = max(d for _, d in parts)
        if word:
            self.idioms -= 1
            if depth + 4 > MAX_DEPTH:
                self.fail(token, f"the expression is more than {MAX_DEPTH} levels deep")
            return idiom(name, *nodes), depth + 4
        return call(name, *nodes), depth + 1

    def function(self, token: _Token) -> tuple[str, int]:
        """Name and arity of the function that a word means."""
        try:
            op = resolve(self.own.get(token.text, token.text))
        except UnknownOperatorError:
            if token.text in ARITY:
                return token.text, ARITY[token.text]
            functions = ", ".join((*all_names(1), *ARITY))
            self.fail(token, f"unknown function {token.text[:40]!r}; choose from {functions}")
        return op.name, op.arity


def _number(node: Node) -> float | None:
    """Value of a number tower such as ``-9**9``; None if other things stand in it."""
    if node.is_const:
        return node.value
    parts = [_number(child) for child in node.children]
    if not parts or None in parts or node.op not in LEVEL:
        return None
    try:
        with np.errstate(all="ignore"):
            return float(OPS[node.op].apply(np, *map(np.float64, parts)))
    except (OverflowError, ZeroDivisionError, TypeError):
        return None


def _overflows(left: Node, right: Node) -> bool:
    base, exponent = _number(left), _number(right)
    if base is None or exponent is None or base == 0.0:
        return False
    if not (math.isfinite(base) and math.isfinite(exponent)):
        return False
    with np.errstate(all="ignore"):
        return bool(np.isinf(np.power(np.float64(base), exponent)))
