"""MATLAB and Octave: a file with a function of a table of shape (n, d).

Their functions become complex outside their domain: ours give NaN there, as NumPy does.
"""

from __future__ import annotations

from ..language import Body, Language, short, split_words

_FUNCTIONS = {
    "sqrt": "nan_sqrt", "exp": "exp", "log": "nan_log", "sin": "sin", "cos": "cos", "tan": "tan",
    "tanh": "tanh", "sinh": "sinh", "cosh": "cosh", "arcsin": "nan_asin", "arccos": "nan_acos",
    "arctan": "atan", "abs": "abs", "power": "nan_power", "cbrt": "nthroot({0}, 3)",
    "expm1": "expm1", "arcsinh": "asinh", "hypot": "hypot", "erf": "erf", "erfc": "erfc",
    "sign": "sign", "floor": "floor", "ceil": "ceil", "maximum": "nan_max", "minimum": "nan_min",
}  # fmt: skip


def _helper(head: str, *lines: str) -> str:
    return "\n".join([f"function value = {head}", *lines, "end"])


_UNDEFINED = "value(isnan(a) | isnan(b)) = NaN;"
_HELPERS = {
    "nan_sqrt": _helper("nan_sqrt(a)", "a(a < 0) = NaN;", "value = sqrt(a);"),
    "nan_log": _helper("nan_log(a)", "a(a < 0) = NaN;", "value = log(a);"),
    "nan_asin": _helper("nan_asin(a)", "a(abs(a) > 1) = NaN;", "value = asin(a);"),
    "nan_acos": _helper("nan_acos(a)", "a(abs(a) > 1) = NaN;", "value = acos(a);"),
    "nan_power": _helper(
        "nan_power(a, b)", "a = a + zeros(size(b));", "a(a < 0 & b ~= round(b)) = NaN;",
        "odd = a < 0 & mod(b, 2) == 1;", "value = abs(a).^b;", "value(odd) = -value(odd);",
    ),
    "nan_max": _helper("nan_max(a, b)", "value = max(a, b);", _UNDEFINED),
    "nan_min": _helper("nan_min(a, b)", "value = min(a, b);", _UNDEFINED),
}  # fmt: skip
_WORDS = split_words("""
    break case catch classdef continue do else elseif end end_try_catch end_unwind_protect
    endfor endfunction endif endswitch endwhile for function global if otherwise parfor
    persistent return spmd switch try until unwind_protect unwind_protect_cleanup while
    value zeros size round max min isnan NaN Inf ans
""")


def _assemble(body: Body) -> str:
    lines = [f"function value = {body.name}(X)", *body.comments("% ")]
    lines += body.lines("{0} = X(:, {1});", "{0} = {1};", indent="", first=1)
    of_rows = "" if body.columns else " + zeros(size(X, 1), 1)"
    lines += [f"value = {body.result}{of_rows};", "end"]
    for helper in body.helpers:
        lines += ["", helper]
    return "\n".join(lines) + "\n"


LANGUAGE = Language(
    name="matlab",
    assemble=_assemble,
    functions=_FUNCTIONS,
    number=short,
    infix={"*": ".*", "/": "./"},
    whole_power=".^",
    helpers=_HELPERS,
    words=_WORDS,
)
