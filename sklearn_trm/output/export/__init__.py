"""Laws in other languages. One call, `export`; values are those of ``predict``.

Each language is a file of spellings in ``languages/``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import ExportError
from ...expressions.text import to_text
from ...expressions.tree import Node
from .as_json import json_text, law_from_json
from .as_onnx import onnx_bytes
from .callables import NumpyLaw, jax_callable, torch_module
from .languages import LANGUAGES
from .names import check_function_name
from .writer import write

TARGETS = (*LANGUAGES, "onnx", "latex", "sympy", "text", "json")

__all__ = [
    "TARGETS",
    "NumpyLaw",
    "export",
    "jax_callable",
    "law_from_json",
    "torch_module",
]


def export(
    node: Node,
    names: Sequence[str],
    target: str,
    name: str = "law",
    meanings: Mapping[str, str] | None = None,
    spelled: Mapping[str, str] | None = None,
) -> Any:
    """Text of a law in another language; of ONNX the bytes of a model.

    Parameters
    ----------
    node : Node
    names : sequence of str
        Column names. Source texts use them where all are plain identifiers, and
        ``x0``, ``x1``, ... otherwise.
    target : {"numpy", "python", "jax", "torch", "c", "cpp", "rust", "julia", "matlab", "r", \
"fortran", "javascript", "sql", "excel", "onnx", "latex", "sympy", "text", "json"}
    name : str
        Name of the function that is written.
    meanings : dict of str to str, optional
        What columns mean, as ``{"t": "days since 2020-01-01"}``: comments of source texts.
    spelled : dict of str to str, optional
        Columns of SQL that are expressions over others.

    Raises
    ------
    ExportError
        If there is no such target, or the law cannot be written in it.
    NotInstalledError
        For ONNX, if the package ``onnx`` is not installed.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> print(export(parse("2*x0/x1**2"), ["mass", "r"], "c"))
    #include <math.h>
    <BLANKLINE>
    /* 2*mass/r**2 */
    double law(const double *x)
    {
        const double mass = x[0];
        const double r = x[1];
        return 2.0*mass/(r*r);
    }
    <BLANKLINE>
    """
    if target in LANGUAGES:
        language = LANGUAGES[target]
        return write(node, names, language, check_function_name(name, language), meanings,
                     spelled)  # fmt: skip
    if target == "onnx":
        return onnx_bytes(node, names, name)
    if target == "latex":
        from ...expressions.sympy_io import to_latex

        return to_latex(node, names, None)
    if target == "sympy":
        from ...expressions.sympy_io import to_sympy

        return str(to_sympy(node, names))
    if target == "text":
        return to_text(node, names)
    if target == "json":
        return json_text(node, names)
    raise ExportError(f"unknown target {target!r}; choose from {', '.join(TARGETS)}")
