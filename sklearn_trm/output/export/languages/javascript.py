"""JavaScript: a function of one row."""

from __future__ import annotations

from ..language import Body, Language, short, split_words

_FUNCTIONS = {
    "sqrt": "Math.sqrt", "exp": "Math.exp", "log": "Math.log", "sin": "Math.sin",
    "cos": "Math.cos", "tan": "Math.tan", "tanh": "Math.tanh", "sinh": "Math.sinh",
    "cosh": "Math.cosh", "arcsin": "Math.asin", "arccos": "Math.acos", "arctan": "Math.atan",
    "abs": "Math.abs", "power": "Math.pow", "cbrt": "Math.cbrt", "log2": "Math.log2",
    "log10": "Math.log10", "log1p": "Math.log1p", "expm1": "Math.expm1",
    "arcsinh": "Math.asinh", "arccosh": "Math.acosh", "arctanh": "Math.atanh",
    "hypot": "Math.hypot", "sign": "Math.sign", "floor": "Math.floor", "ceil": "Math.ceil",
    "maximum": "Math.max", "minimum": "Math.min",
}  # fmt: skip
_WORDS = split_words("""
    Math NaN Infinity undefined arguments break catch continue debugger else eval extends
    finally for function if implements import instanceof interface null of package return
    typeof var while with module exports
""")


def _assemble(body: Body) -> str:
    lines = [*body.comments("// "), f"function {body.name}(x) {{", *body.nested()]
    lines += body.lines("const {0} = x[{1}];", "const {0} = {1};")
    lines += [f"    return {body.result};", "}"]
    return "\n".join(lines) + "\n"


LANGUAGE = Language(
    name="javascript",
    assemble=_assemble,
    functions=_FUNCTIONS,
    number=short,
    words=_WORDS,
    utf8=True,
)
