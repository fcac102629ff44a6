"""R: a function of a matrix or a data frame of n rows and d columns."""

from __future__ import annotations

from ..language import Body, Language, short, split_words

_FUNCTIONS = {
    "sqrt": "sqrt", "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan",
    "tanh": "tanh", "sinh": "sinh", "cosh": "cosh", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "abs": "abs", "log2": "log2", "log10": "log10", "log1p": "log1p",
    "expm1": "expm1", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "erf": "(2*pnorm({0}*sqrt(2)) - 1)", "erfc": "(2*pnorm(-{0}*sqrt(2)))", "sign": "sign",
    "floor": "floor", "ceil": "ceiling", "maximum": "pmax", "minimum": "pmin",
}  # fmt: skip
_WORDS = split_words("""
    break else FALSE for function if in Inf NA NA_character_ NA_complex_ NA_integer_ NA_real_
    NaN next NULL repeat return TRUE while data.matrix suppressWarnings rep_len nrow
""")


def _assemble(body: Body) -> str:
    lines = [*body.comments("# "), f"{body.name} <- function(X) {{", "    X <- data.matrix(X)"]
    lines += ["    suppressWarnings({"]  # NaN needs no warning
    lines += body.lines("{0} <- X[, {1}]", "{0} <- {1}", indent="        ", first=1)
    lines += [f"        rep_len({body.result}, nrow(X))", "    })", "}"]
    return "\n".join(lines) + "\n"


LANGUAGE = Language(
    name="r",
    assemble=_assemble,
    functions=_FUNCTIONS,
    number=short,
    power="^",
    words=_WORDS,
)
