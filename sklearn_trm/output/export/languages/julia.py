"""Julia: a function of one row; ``law.(eachrow(X))`` for a table.

Julia's functions raise outside their domain: ours give NaN there, as NumPy does.
"""

from __future__ import annotations

from ..language import Body, Language, split_words

_FUNCTIONS = {
    "sqrt": "nan_sqrt", "exp": "exp", "log": "nan_log", "sin": "nan_sin", "cos": "nan_cos",
    "tan": "nan_tan", "tanh": "tanh", "sinh": "sinh", "cosh": "cosh", "arcsin": "nan_asin",
    "arccos": "nan_acos", "arctan": "atan", "abs": "abs", "power": "nan_pow", "cbrt": "cbrt",
    "exp2": "exp2", "expm1": "expm1", "arcsinh": "asinh", "hypot": "hypot", "sign": "sign",
    "floor": "floor", "ceil": "ceil", "maximum": "max", "minimum": "min",
}  # fmt: skip
_HELPERS = {
    "nan_sqrt": "nan_sqrt(a) = a < 0 ? oftype(a, NaN) : sqrt(a)",
    "nan_log": "nan_log(a) = a < 0 ? oftype(a, NaN) : log(a)",
    "nan_sin": "nan_sin(a) = isinf(a) ? oftype(a, NaN) : sin(a)",
    "nan_cos": "nan_cos(a) = isinf(a) ? oftype(a, NaN) : cos(a)",
    "nan_tan": "nan_tan(a) = isinf(a) ? oftype(a, NaN) : tan(a)",
    "nan_asin": "nan_asin(a) = abs(a) > 1 ? oftype(a, NaN) : asin(a)",
    "nan_acos": "nan_acos(a) = abs(a) > 1 ? oftype(a, NaN) : acos(a)",
    "nan_pow": "nan_pow(a, b) = a < 0 && isfinite(b) && !isinteger(b) ? oftype(a, NaN) : a^b",
}
_WORDS = split_words("""
    baremodule begin catch const do else elseif end export false finally for function global if
    import let local macro module mutable primitive quote return struct true try using while
    in isa where abstract type NaN Inf oftype isinf isfinite isinteger pi im missing nothing
""")


def _assemble(body: Body) -> str:
    lines = [*body.helpers, ""] if body.helpers else []
    lines += [*body.comments("# "), f"function {body.name}(x)"]
    lines += body.lines("{0} = float(x[{1}])", first=1)
    lines += [f"    return {body.result}", "end"]
    return "\n".join(lines) + "\n"


LANGUAGE = Language(
    name="julia",
    utf8=True,
    assemble=_assemble,
    functions=_FUNCTIONS,
    whole_power="^",
    helpers=_HELPERS,
    words=_WORDS,
)
