"""NumPy: a function of a table of shape (n, d)."""

from __future__ import annotations

from ..language import Body, Language

_SAME = (
    "sqrt", "exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "arcsin", "arccos",
    "arctan", "abs", "power", "divide", "cbrt", "exp2", "log2", "log10", "log1p", "expm1",
    "arcsinh", "arccosh", "arctanh", "hypot", "sign", "floor", "ceil", "maximum", "minimum",
    "square", "reciprocal", "deg2rad", "rad2deg",
)  # fmt: skip


def functions(module: str) -> dict[str, str]:
    """NumPy's names, in a module that has them."""
    return {name: f"{module}.{name}" for name in _SAME}


def _assemble(body: Body) -> str:
    lines = [
        "import numpy as np",
        *body.helpers,
        "",
        "",
        f"def {body.name}(X):",
        f'    """{body.title}"""',
    ]
    lines += [f"    # {note}" for note in body.notes]
    lines += ["    X = np.asarray(X, dtype=float)", '    with np.errstate(all="ignore"):']
    lines += body.lines("{0} = X[:, {1}]", indent="        ")
    lines += [f"        return np.broadcast_to({body.result}, X.shape[:1])"]
    return "\n".join(lines) + "\n"


LANGUAGE = Language(name="numpy", assemble=_assemble, functions=functions("np"), utf8=True)
