"""One file a language: its spellings, and the head of its functions.

A row of the op table may bring spellings of its own function along.
"""

from __future__ import annotations

from dataclasses import replace

from ....expressions.operators import OPS
from ..language import Language
from . import (
    c,
    cpp,
    excel,
    fortran,
    javascript,
    jax,
    julia,
    matlab,
    numpy,
    python,
    r,
    rust,
    sql,
    torch,
)


def _with_rows(language: Language) -> Language:
    """The language with functions that only rows of the op table spell."""
    functions, helpers = dict(language.functions), dict(language.helpers)
    for op in OPS.values():
        own = op.spelled.get(language.name)
        if own is None or op.name in functions:
            continue
        if isinstance(own, tuple):
            functions[op.name], helpers[own[0]] = own
        else:
            functions[op.name] = own
    return replace(language, functions=functions, helpers=helpers)


LANGUAGES: dict[str, Language] = {
    module.LANGUAGE.name: _with_rows(module.LANGUAGE)
    for module in (
        numpy, python, jax, torch, c, cpp, rust, julia, matlab, r, fortran, javascript, sql, excel,
    )
}  # fmt: skip
