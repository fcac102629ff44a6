"""What a language is: how it spells numbers, functions, powers and the head of a function.

`writer` writes a law by these facts alone. A new language is one file in ``languages/`` that
fills them in; functions that it lacks are made of others where `through` says how.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ...errors import ExportError

_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class Body:
    """What a function is made of, in one language.

    Attributes
    ----------
    name : str
        Name of the function.
    title : str
        The law as we print it, for a comment.
    notes : list of str
        Which column an identifier stands for, where it is not the column's own name.
    columns : list of (str, int)
        Identifier and position of each column that the law uses.
    temporaries : list of (str, str)
        Name and text of the steps that are used more than once, in order.
    result : str
        The value, as a text.
    helpers : list of str
        Definitions of functions that the language itself has not.
    width : int
        Number of columns of the table.
    values : list of float
        Values of the parameters, where constants are parameters.
    """

    name: str
    title: str
    notes: list[str]
    columns: list[tuple[str, int]]
    temporaries: list[tuple[str, str]]
    result: str
    helpers: list[str]
    width: int
    values: list[float]

    def lines(
        self, column: str, temporary: str = "{0} = {1}", indent: str = "    ", first: int = 0
    ) -> list[str]:
        """Assignments of columns and temporaries by templates; columns count from `first`."""
        out = [column.format(name, i + first) for name, i in self.columns]
        out += [temporary.format(name, text) for name, text in self.temporaries]
        return [indent + line for line in out]

    def nested(self, indent: str = "    ") -> list[str]:
        """Definitions of the helpers, as lines inside the function: its name alone is taken."""
        return [indent + line for text in self.helpers for line in text.splitlines()]

    def comments(self, start: str, end: str = "") -> list[str]:
        """The law and the notes, one comment a line."""
        return [f"{start}{text}{end}" for text in (self.title, *self.notes)]


@dataclass(frozen=True)
class Language:
    """How one language spells a law.

    Attributes
    ----------
    name : str
    assemble : callable
        The whole text from a `Body`.
    functions : mapping
        From NumPy's name of a function to the name here, or to a template such as
        ``"{0}.ln()"``, whose operands come in parentheses where they need them.
    number : callable
        A finite number as a literal.
    column : callable, optional
        Column by position and name, where no variables hold columns (SQL, a cell).
    infix : mapping
        Other signs for ``+ - * /``.
    power : str
        Sign of a power between its operands; the function ``power`` when empty.
    whole_power : str
        The same, for exponents that are written as whole numbers.
    has_temporaries : bool
        Whether steps that are used twice may be given a name.
    numbers_apart : bool
        Whether a compiler refuses ``1/0`` and ``log(-1)`` of literals: these get names.
    boxed : str
        Template for a number as the operand of a function that takes only arrays.
    parameters : bool
        Whether constants become parameters.
    helpers : mapping
        Definitions of functions that the language has not, by the names that `functions` uses.
    words : frozenset of str
        Reserved words, and names that the text itself takes.
    ignores_case : bool
        Whether ``m`` and ``M`` are one name.
    longest : int
        Characters of one expression.
    utf8 : bool
        Whether the language says that its texts are UTF-8, so that comments may hold any letter.
    """

    name: str
    assemble: Callable[[Body], str]
    functions: Mapping[str, str]
    number: Callable[[float], str] = repr
    column: Callable[[int, str], str] | None = None
    infix: Mapping[str, str] = field(default_factory=dict)
    power: str = ""
    whole_power: str = ""
    has_temporaries: bool = True
    numbers_apart: bool = False
    boxed: str = ""
    parameters: bool = False
    helpers: Mapping[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    ignores_case: bool = False
    longest: int = 200_000
    utf8: bool = False

    def spell(self, function: str) -> str:
        """Name or template of a NumPy function.

        Raises
        ------
        ExportError
            If the language has none, and `through` no way around.
        """
        if function not in self.functions:
            raise ExportError(f"{self.name} has no function {function!r}")
        return self.functions[function]

    def folded(self, name: str) -> str:
        """A name, as the language tells names apart."""
        return name.lower() if self.ignores_case else name

    @cached_property
    def taken(self) -> frozenset[str]:
        """Names, folded, that no column and no function of a user may have here."""
        texts = (*self.words, *self.functions.values(), *self.helpers)
        return frozenset(self.folded(word) for text in texts for word in _WORD.findall(text))

    def helpers_of(self, functions: set[str]) -> list[str]:
        """Definitions that calls of these functions need."""
        used = {word for f in functions for word in _WORD.findall(self.functions.get(f, ""))}
        return [text for name, text in self.helpers.items() if name in used]


def short(value: float) -> str:
    """A literal without a trailing ``.0``, for languages in which all numbers are floats."""
    return repr(value).removesuffix(".0")


def split_words(text: str) -> frozenset[str]:
    """Reserved words of a text with blanks."""
    return frozenset(text.split())
