"""C++: a function of one row, of the standard library only."""

from __future__ import annotations

from ..language import Body, Language, split_words
from . import c

_WORDS = split_words("""
    std and_eq bitand bitor char8_t char16_t char32_t co_await co_return co_yield compl concept
    const_cast consteval constinit decltype dynamic_cast noexcept not_eq nullptr or_eq
    reinterpret_cast requires static_assert static_cast thread_local typeid wchar_t xor_eq
""")


def _assemble(body: Body) -> str:
    lines = ["#include <cmath>", "", *body.comments("// "), *c.function(body)]
    return "\n".join(lines) + "\n"


LANGUAGE = Language(
    name="cpp",
    assemble=_assemble,
    functions={name: f"std::{spelling}" for name, spelling in c.FUNCTIONS.items()} | c.BY_CASE,
    words=_WORDS,
)
