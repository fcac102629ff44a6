"""C: a function of one row (C++ compiles it too)."""

from __future__ import annotations

from ..language import Body, Language

FUNCTIONS = {
    "sqrt": "sqrt", "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan",
    "tanh": "tanh", "sinh": "sinh", "cosh": "cosh", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "abs": "fabs", "power": "pow", "cbrt": "cbrt", "exp2": "exp2",
    "log2": "log2", "log10": "log10", "log1p": "log1p", "expm1": "expm1", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "hypot": "hypot", "erf": "erf", "erfc": "erfc",
    "floor": "floor", "ceil": "ceil",
}  # fmt: skip
BY_CASE = {  # a value that is undefined stays so
    "sign": "({0} > 0 ? 1.0 : {0} < 0 ? -1.0 : {0})",
    "maximum": "({0} > {1} || {0} != {0} ? {0} : {1})",
    "minimum": "({0} < {1} || {0} != {0} ? {0} : {1})",
}


def function(body: Body) -> list[str]:
    """The function, in lines."""
    lines = [f"double {body.name}(const double *x)", "{"]
    lines += [] if body.columns else ["    (void)x;"]
    lines += body.lines("const double {0} = x[{1}];", "const double {0} = {1};")
    return [*lines, f"    return {body.result};", "}"]


def _assemble(body: Body) -> str:
    lines = ["#include <math.h>", "", *body.comments("/* ", " */"), *function(body)]
    return "\n".join(lines) + "\n"


LANGUAGE = Language(name="c", assemble=_assemble, functions=FUNCTIONS | BY_CASE)
