"""Column names as identifiers that are safe in a language."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Sequence

from ...errors import ExportError
from .language import Language

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
# names that the languages, their headers or our own texts take: t_1 is a temporary
_TAKEN = re.compile(r"t_\d+|M_\w+|FP_\w+", re.ASCII)
_WORDS = """
    X x n np jnp jax math torch law self constants parameters double float f64 f32 NAN
    INFINITY HUGE HUGE_VAL MAXFLOAT DOMAIN SING OVERFLOW UNDERFLOW PLOSS TLOSS unix linux
    alignas alignof asm auto bool case catch char class const constexpr default delete do
    enum explicit export extern false friend goto inline int long mutable namespace new
    operator private protected public register restrict short signed sizeof static struct
    switch template this throw true typedef typename typeof union unsigned using virtual
    void volatile abstract as async await become box crate dyn final fn gen impl in let
    loop macro match mod move mut override priv pub ref super trait try type unsafe unsized
    use where yield Self and or not xor
    sqrt exp log sin cos tan tanh sinh cosh arcsin arccos arctan asin acos atan abs fabs
    power pow ln powf
"""
_PLAIN = frozenset("_ .,:;+()[]%^-")
_RESERVED = frozenset(keyword.kwlist) | frozenset(_WORDS.split())


def is_identifier(name: str, language: Language) -> bool:
    """Whether a column may keep its name in a source text."""
    folded = language.folded(name)
    return (
        bool(_IDENTIFIER.fullmatch(name))
        and not _TAKEN.fullmatch(folded)
        and name not in _RESERVED
        and folded not in _RESERVED
        and folded not in language.taken
        and len(name) <= 60
    )


def identifiers(names: Sequence[str], language: Language, function: str = "law") -> list[str]:
    """One identifier a column: its own name where all are safe and differ, else ``x0``, ...

    Examples
    --------
    >>> from sklearn_trm.output.export.languages import LANGUAGES
    >>> c = LANGUAGES["c"]
    >>> identifiers(["mass", "speed"], c), identifiers(["mass", "speed [m/s]"], c)
    (['mass', 'speed'], ['x0', 'x1'])
    """
    folded = [language.folded(name) for name in (*names, function)]
    safe = all(is_identifier(name, language) for name in names)
    if safe and len(set(folded)) == len(folded):
        return list(names)
    return [f"x{i}" for i in range(len(names))]


def check_function_name(name: str, language: Language) -> str:
    """The name of the function to write.

    Raises
    ------
    ExportError
        If it is no identifier, or a word of the language, or could be a column of ours.
    """
    plain = isinstance(name, str) and is_identifier(name, language)
    if name != "law" and (not plain or re.fullmatch(r"x\d+", name)):
        raise ExportError(f"name must be a plain identifier and no reserved word, got {name!r}")
    return name


def comment(name: str, language: Language) -> str:
    """A column name that cannot end a comment of the language: letters of any script if it may.

    Examples
    --------
    >>> from sklearn_trm.output.export.languages import LANGUAGES
    >>> [comment("Länge*/", LANGUAGES[name]) for name in ("rust", "c")]
    ['Länge__', 'L_nge__']
    """

    def may_stand(c: str) -> bool:
        plain = c in _PLAIN or unicodedata.category(c)[0] in "LMN"  # letters, marks, numbers
        return plain and (language.utf8 or c.isascii())

    return "".join(c if may_stand(c) else "_" for c in unicodedata.normalize("NFC", name))[:60]
