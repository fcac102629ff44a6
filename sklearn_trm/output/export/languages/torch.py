"""PyTorch: a module of a table of shape (n, d), whose constants are parameters."""

from __future__ import annotations

from ..language import Body, Language

_FUNCTIONS = {
    "sqrt": "torch.sqrt", "exp": "torch.exp", "log": "torch.log", "sin": "torch.sin",
    "cos": "torch.cos", "tan": "torch.tan", "tanh": "torch.tanh", "sinh": "torch.sinh",
    "cosh": "torch.cosh", "arcsin": "torch.asin", "arccos": "torch.acos", "arctan": "torch.atan",
    "abs": "torch.abs", "power": "torch.pow", "exp2": "torch.exp2", "log2": "torch.log2",
    "log10": "torch.log10", "log1p": "torch.log1p", "expm1": "torch.expm1",
    "arcsinh": "torch.asinh", "arccosh": "torch.acosh", "arctanh": "torch.atanh",
    "hypot": "torch.hypot", "erf": "torch.erf", "erfc": "torch.erfc", "sign": "torch.sign",
    "floor": "torch.floor", "ceil": "torch.ceil", "maximum": "torch.maximum",
    "minimum": "torch.minimum",
}  # fmt: skip


def _assemble(body: Body) -> str:
    title = body.name[:1].upper() + body.name[1:]
    listed = ", ".join(map(repr, body.values))
    lines = ["import torch", "", "", f"class {title}(torch.nn.Module):"]
    lines += [
        f'    """{body.title}"""',
        "",
        "    def __init__(self):",
        "        super().__init__()",
    ]
    lines += [f"        values = torch.tensor([{listed}], dtype=torch.float64)"]
    lines += ["        self.constants = torch.nn.Parameter(values)", ""]
    lines += ["    def forward(self, X):", *(f"        # {note}" for note in body.notes)]
    lines += ["        c = self.constants.to(X.dtype)"] if body.values else []
    lines += body.lines("{0} = X[:, {1}]", indent="        ")
    lines += [f"        out = {body.result}"]
    lines += ["        return torch.as_tensor(out, dtype=X.dtype).expand(X.shape[0])"]
    return "\n".join(lines) + "\n"


LANGUAGE = Language(
    name="torch",
    utf8=True,
    assemble=_assemble,
    functions=_FUNCTIONS,
    boxed="torch.as_tensor({0}, dtype=X.dtype)",
    parameters=True,
)
