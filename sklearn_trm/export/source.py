"""A law as source text: numpy, plain Python, JAX, PyTorch, C, Rust and SQL."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..errors import ExportError
from ..expressions.text import to_text
from ..expressions.tree import Node, columns, constants
from .names import check_function_name, comment, identifiers
from .spelling import spell
from .trace import Code, free_leaves, trace

_SUM, _PRODUCT, _PREFIX, _ATOM = range(1, 5)
_INFIX = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}
MAX_LENGTH = 200_000  # characters of an expression without temporaries

Written = tuple[str, int]  # a text and the level of its outermost operator


class _Writer:
    """Writes steps in one language; steps used twice become temporaries."""

    def __init__(self, code: Code, language: str, leaf: Callable[[str, float], str]) -> None:
        self.code, self.language, self._leaf = code, language, leaf
        self.temporaries: list[tuple[str, str]] = []
        self._written: list[Written] = []
        self._varies = code.varies()

    def write(self) -> str:
        uses = self.code.uses()
        for i, step in enumerate(self.code.steps):
            text, level = self._step(i)
            if len(text) > MAX_LENGTH:
                raise ExportError(f"the law is too long for {self.language}")
            if uses[i] > 1 and not step.is_leaf and self.language != "sql":
                name = f"t_{len(self.temporaries) + 1}"
                self.temporaries.append((name, text))
                text, level = name, _ATOM
            self._written.append((text, level))
        return self._written[-1][0]

    def _step(self, i: int) -> Written:
        step = self.code.steps[i]
        if step.is_leaf:
            text = self._leaf(step.op, step.value)
            return text, _PREFIX if text.startswith("-") else _ATOM
        if step.op == "neg":
            return f"-{self._at(step.args[0], _ATOM)}", _PREFIX
        level = _INFIX.get(step.op)
        if step.op == "/" and self.language in ("numpy", "jax") and not self._varies[i]:
            # numbers of Python raise where arrays divide by zero
            above, below = (self._at(a, _SUM) for a in step.args)
            return f"{spell('divide', self.language)}({above}, {below})", _ATOM
        if level is not None:
            base, power = self._power(i)
            if power > 1:  # no temporaries: a product of equal factors is a power
                return f"{spell('power', 'sql')}({self._at(base, _SUM)}, {power})", _ATOM
            left, right = step.args
            space = " " if level == _SUM else ""
            # the right side keeps its parentheses: sums are not reordered, and no two signs meet
            other = self._at(right, level + 1)
            if other.startswith("-"):
                other = f"({other})"
            return f"{self._at(left, level)}{space}{step.op}{space}{other}", level
        name = spell(step.op, self.language)
        if self.language == "rust":
            rest = ", ".join(self._at(a, _SUM) for a in step.args[1:])
            return f"{self._at(step.args[0], _ATOM)}.{name}({rest})", _ATOM
        return f"{name}({', '.join(self._at(a, _SUM) for a in step.args)})", _ATOM

    def _at(self, i: int, least: int) -> str:
        text, level = self._written[i]
        return f"({text})" if level < least else text

    def _power(self, i: int) -> tuple[int, int]:
        """SQL: the factor and the count of a product of equal factors that are no leaves."""
        step = self.code.steps[i]
        if self.language != "sql" or step.op != "*":
            return i, 1
        left, right = step.args
        base, count = self._power(left)
        if base == right and not self.code.steps[right].is_leaf:
            return base, count + 1
        return i, 1


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ExportError("the law holds a constant that is not a finite number")
    return repr(float(value))


def _body(node: Node, names: Sequence[str], language: str, parameters: bool = False) -> _Body:
    code = trace(node, free_leaves(node) if parameters else None)
    own = identifiers(names)

    def leaf(kind: str, value: float) -> str:
        if kind == "column":
            return own[int(value)]
        if kind == "parameter":
            return f"c[{int(value)}]"
        return _number(value) + ("_f64" if language == "rust" else "")

    writer = _Writer(code, language, leaf)
    result = writer.write()
    used = columns(node)
    notes = [f"{own[i]} is {comment(names[i])}" for i in used if own[i] != names[i]]
    return _Body(
        title=to_text(node, own),
        notes=notes,
        columns=[(own[i], i) for i in used],
        temporaries=writer.temporaries,
        result=result,
    )


class _Body:
    """What a function is made of, in one language."""

    def __init__(
        self,
        title: str,
        notes: list[str],
        columns: list[tuple[str, int]],
        temporaries: list[tuple[str, str]],
        result: str,
    ) -> None:
        self.title, self.notes, self.columns = title, notes, columns
        self.temporaries, self.result = temporaries, result

    def lines(self, column: str, temporary: str = "{0} = {1}", indent: str = "    ") -> list[str]:
        """Assignments of columns and temporaries by the templates given."""
        out = [column.format(name, i) for name, i in self.columns]
        out += [temporary.format(name, text) for name, text in self.temporaries]
        return [indent + line for line in out]


def _arrays(node: Node, names: Sequence[str], name: str, language: str) -> str:
    """numpy and JAX: one function of a table."""
    body = _body(node, names, language)
    alias, module = ("np", "numpy") if language == "numpy" else ("jnp", "jax.numpy")
    convert = "np.asarray(X, dtype=float)" if language == "numpy" else "jnp.asarray(X)"
    guard = language == "numpy"
    inner = "        " if guard else "    "
    lines = [f"import {module} as {alias}", "", "", f"def {name}(X):", f'    """{body.title}"""']
    lines += [f"    # {note}" for note in body.notes]
    lines += [f"    X = {convert}"]
    lines += ['    with np.errstate(all="ignore"):'] if guard else []
    lines += body.lines("{0} = X[:, {1}]", indent=inner)
    lines += [f"{inner}return {alias}.broadcast_to({body.result}, X.shape[:1])"]
    return "\n".join(lines) + "\n"


def numpy_source(node: Node, names: Sequence[str], name: str = "law") -> str:
    """A function of a table of shape (n, d), for NumPy."""
    return _arrays(node, names, name, "numpy")


def jax_source(node: Node, names: Sequence[str], name: str = "law") -> str:
    """A function of a table of shape (n, d), for JAX: it may be jitted and differentiated."""
    return _arrays(node, names, name, "jax")


def python_source(node: Node, names: Sequence[str], name: str = "law") -> str:
    """A function of one row, in plain Python; nan where a step is undefined or overflows."""
    body = _body(node, names, "python")
    lines = ["import math", "", "", f"def {name}(x):", f'    """{body.title}"""']
    lines += [f"    # {note}" for note in body.notes]
    lines += ["    try:", *body.lines("{0} = x[{1}]", indent="        ")]
    lines += [f"        return {body.result}"]
    lines += [
        "    except (ValueError, ZeroDivisionError, OverflowError):",
        "        return math.nan",
    ]
    return "\n".join(lines) + "\n"


def torch_source(node: Node, names: Sequence[str], name: str = "law") -> str:
    """A PyTorch module whose constants are parameters."""
    body = _body(node, names, "torch", parameters=True)
    free = free_leaves(node)
    values = [value for leaf, value in enumerate(constants(node)) if leaf in free]
    listed = ", ".join(map(_number, values))
    title = name[:1].upper() + name[1:]
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
    lines += ["        c = self.constants.to(X.dtype)"] if values else []
    lines += body.lines("{0} = X[:, {1}]", indent="        ")
    lines += [f"        out = {body.result}"]
    lines += ["        return torch.as_tensor(out, dtype=X.dtype).expand(X.shape[0])"]
    return "\n".join(lines) + "\n"


def c_source(node: Node, names: Sequence[str], name: str = "law") -> str:
    """A function of one row, in C (and C++)."""
    body = _body(node, names, "c")
    lines = ["#include <math.h>", "", f"/* {body.title} */"]
    lines += [f"/* {note} */" for note in body.notes]
    lines += [f"double {name}(const double *x)", "{"]
    lines += [] if body.columns else ["    (void)x;"]
    lines += body.lines("const double {0} = x[{1}];", "const double {0} = {1};")
    lines += [f"    return {body.result};", "}"]
    return "\n".join(lines) + "\n"


def rust_source(node: Node, names: Sequence[str], name: str = "law") -> str:
    """A function of one row, in Rust."""
    body = _body(node, names, "rust")
    lines = [f"/// {body.title}", *(f"/// {note}" for note in body.notes)]
    lines += ["#[allow(non_snake_case, unused_parens, unused_variables)]"]
    lines += [f"pub fn {name}(x: &[f64]) -> f64 {{"]
    lines += body.lines("let {0}: f64 = x[{1}];", "let {0}: f64 = {1};")
    lines += [f"    {body.result}", "}"]
    return "\n".join(lines) + "\n"


def sql_source(node: Node, names: Sequence[str], name: str = "law") -> str:
    """An expression over quoted columns; NULL where a step is undefined.

    Columns are cast, so that whole numbers are not divided as such.
    """
    code = trace(node)

    def leaf(kind: str, value: float) -> str:
        if kind == "column":
            quoted = names[int(value)].replace('"', '""')
            if "\0" in quoted:
                raise ExportError("a column name with a null character has no place in SQL")
            return f'CAST("{quoted}" AS DOUBLE PRECISION)'
        return _number(value)

    return _Writer(code, "sql", leaf).write()


SOURCES: dict[str, Callable[[Node, Sequence[str], str], str]] = {
    "numpy": numpy_source,
    "python": python_source,
    "jax": jax_source,
    "torch": torch_source,
    "c": c_source,
    "rust": rust_source,
    "sql": sql_source,
}


def source(node: Node, names: Sequence[str], language: str, name: str = "law") -> str:
    """Source text of a law in one of `SOURCES`."""
    return SOURCES[language](node, names, check_function_name(name))
