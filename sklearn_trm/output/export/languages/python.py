"""Plain Python: a function of one row; nan where a step is undefined or overflows."""

from __future__ import annotations

from ..language import Body, Language

_FUNCTIONS = {
    "sqrt": "math.sqrt", "exp": "math.exp", "log": "math.log", "sin": "math.sin",
    "cos": "math.cos", "tan": "math.tan", "tanh": "math.tanh", "sinh": "math.sinh",
    "cosh": "math.cosh", "arcsin": "math.asin", "arccos": "math.acos", "arctan": "math.atan",
    "abs": "abs", "power": "math.pow", "cbrt": "math.cbrt", "log2": "math.log2",
    "log10": "math.log10", "log1p": "math.log1p", "expm1": "math.expm1", "arcsinh": "math.asinh",
    "arccosh": "math.acosh", "arctanh": "math.atanh", "erf": "math.erf", "erfc": "math.erfc",
    "floor": "float(math.floor({0}))", "ceil": "float(math.ceil({0}))",
    "sign": "(math.copysign(1.0, {0}) if {0} else {0}*0.0)",
    "maximum": "({0} if {0} > {1} or {0} != {0} else {1})",
    "minimum": "({0} if {0} < {1} or {0} != {0} else {1})",
}  # fmt: skip


def _assemble(body: Body) -> str:
    lines = ["import math", "", "", f"def {body.name}(x):", f'    """{body.title}"""']
    lines += [f"    # {note}" for note in body.notes]
    lines += ["    try:", *body.lines("{0} = x[{1}]", indent="        ")]
    lines += [f"        return {body.result}"]
    lines += [
        "    except (ValueError, ZeroDivisionError, OverflowError):",
        "        return math.nan",
    ]
    return "\n".join(lines) + "\n"


LANGUAGE = Language(name="python", assemble=_assemble, functions=_FUNCTIONS, utf8=True)
