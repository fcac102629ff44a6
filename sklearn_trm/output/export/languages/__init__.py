"""One file a language: its spellings, and the head of its functions."""

from __future__ import annotations

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

LANGUAGES: dict[str, Language] = {
    module.LANGUAGE.name: module.LANGUAGE
    for module in (
        numpy, python, jax, torch, c, cpp, rust, julia, matlab, r, fortran, javascript, sql, excel,
    )
}  # fmt: skip
