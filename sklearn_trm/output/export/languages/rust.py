"""Rust: a function of one row; functions are methods of their first operand."""

from __future__ import annotations

from ..language import Body, Language

_METHODS = {
    "sqrt": "sqrt", "exp": "exp", "log": "ln", "sin": "sin", "cos": "cos", "tan": "tan",
    "tanh": "tanh", "sinh": "sinh", "cosh": "cosh", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "abs": "abs", "cbrt": "cbrt", "exp2": "exp2", "log2": "log2",
    "log10": "log10", "log1p": "ln_1p", "expm1": "exp_m1", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "floor": "floor", "ceil": "ceil",
}  # fmt: skip
_FUNCTIONS = {name: f"{{0}}.{method}()" for name, method in _METHODS.items()} | {
    "power": "{0}.powf({1})",
    "hypot": "{0}.hypot({1})",
    "sign": "(if {0} > 0.0 {{ 1.0_f64 }} else if {0} < 0.0 {{ -1.0_f64 }} else {{ {0} }})",
    "maximum": "(if {0} > {1} || {0}.is_nan() {{ {0} }} else {{ {1} }})",
    "minimum": "(if {0} < {1} || {0}.is_nan() {{ {0} }} else {{ {1} }})",
}


def _assemble(body: Body) -> str:
    lines = body.comments("/// ")
    lines += ["#[allow(non_snake_case, unused_parens, unused_variables)]"]
    lines += [f"pub fn {body.name}(x: &[f64]) -> f64 {{"]
    lines += body.nested()
    lines += body.lines("let {0}: f64 = x[{1}];", "let {0}: f64 = {1};")
    lines += [f"    {body.result}", "}"]
    return "\n".join(lines) + "\n"


LANGUAGE = Language(
    name="rust",
    utf8=True,
    assemble=_assemble,
    functions=_FUNCTIONS,
    number=lambda value: f"{value!r}_f64",
)
