"""Fortran 2008, free form: a pure function of one row, for a module or a ``contains`` part."""

from __future__ import annotations

import re

from ..language import Body, Language, split_words

_FUNCTIONS = {
    "sqrt": "sqrt", "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan",
    "tanh": "tanh", "sinh": "sinh", "cosh": "cosh", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "abs": "abs", "log10": "log10", "arcsinh": "asinh", "arccosh": "acosh",
    "arctanh": "atanh", "hypot": "hypot", "erf": "erf", "erfc": "erfc",
    "sign": "merge({0}, sign(1.0d0, {0}), {0} == 0.0d0 .or. {0} /= {0})",
    "floor": "(aint({0}) - merge(1.0d0, 0.0d0, {0} < aint({0})))",
    "ceil": "(aint({0}) + merge(1.0d0, 0.0d0, {0} > aint({0})))",
    "maximum": "merge({0}, {1}, {0} > {1} .or. {0} /= {0})",
    "minimum": "merge({0}, {1}, {0} < {1} .or. {0} /= {0})",
}  # fmt: skip
_WORDS = split_words("dp value pure function result implicit none integer real kind intent d0")
_PIECE = re.compile(r"(?:\*\*|/=|[^\s*/,])*(?:\s+|[*/,]|$)", re.ASCII)  # a line may end after it
_WIDTH = 100  # 132 are allowed


def _number(value: float) -> str:
    digits, _, power = repr(value).partition("e")
    point = "" if "." in digits else ".0"
    return f"{digits}{point}d{int(power or 0)}"


def _wrapped(line: str) -> list[str]:
    """A statement, or a comment, in lines that no compiler cuts off."""
    indent = line[: len(line) - len(line.lstrip())]
    is_comment = line.lstrip().startswith("!")
    out, current = [], ""
    for piece in _PIECE.findall(line):
        if len(current) + len(piece) > _WIDTH:
            out.append(current.rstrip() if is_comment else current.rstrip() + " &")
            current = f"{indent}! " if is_comment else f"{indent}    "
        current += piece
    return [*out, current]


def _assemble(body: Body) -> str:
    local = [name for name, _ in (*body.columns, *body.temporaries)]
    lines = [*body.comments("! "), f"pure function {body.name}(x) result(value)"]
    lines += ["    implicit none", "    integer, parameter :: dp = kind(1.0d0)"]
    lines += [f"    real(dp), intent(in) :: x({body.width})", "    real(dp) :: value"]
    lines += [f"    real(dp) :: {', '.join(local)}"] if local else []
    lines += body.lines("{0} = x({1})", first=1)
    lines += [f"    value = {body.result}", f"end function {body.name}"]
    return "\n".join(part for line in lines for part in _wrapped(line)) + "\n"


LANGUAGE = Language(
    name="fortran",
    assemble=_assemble,
    functions=_FUNCTIONS,
    number=_number,
    power="**",
    whole_power="**",
    numbers_apart=True,
    words=_WORDS,
    ignores_case=True,
    longest=20_000,  # a statement has at most 256 lines
)
