"""What a command prints: rich on a terminal, where it is installed; plain text anywhere else.

Plain is also what ``NO_COLOR``, ``TERM=dumb``, files and pipes get, so that scripts read the same
as before.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Protocol

from ..output.report import table_text

_LAW, _SOFT = "bold #d55e00", "dim"


class Screen(Protocol):
    """Where texts and tables go."""

    def heading(self, text: str) -> None: ...

    def text(self, text: str, strong: str = "") -> None: ...

    def table(self, head: list[str], rows: list[list[str]], marked: int | None = None) -> None: ...


def screen() -> Screen:
    """The screen of this process."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return Plain()
    try:
        return Rich()
    except ImportError:
        return Plain()


def visible(text: str) -> str:
    """A text without signs that would steer a terminal, such as those of a hostile name.

    Examples
    --------
    >>> visible("x\\x1b[2J + 1")
    'x�[2J + 1'
    """
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


class Plain:
    """Plain text."""

    def heading(self, text: str) -> None:
        print(visible(text))

    def text(self, text: str, strong: str = "") -> None:
        print(visible(text))

    def table(self, head: list[str], rows: list[list[str]], marked: int | None = None) -> None:
        print(visible(table_text(head, rows, marked)))


class Rich:
    """Headings, tables and the law set apart, by the package rich.

    Raises
    ------
    ImportError
        If it is not installed.
    """

    def __init__(self, **options: Any) -> None:
        from rich.console import Console

        self._console = Console(markup=False, highlight=False, emoji=False, **options)

    def heading(self, text: str) -> None:
        from rich.text import Text

        self._console.print(Text(visible(text), style="bold"))

    def text(self, text: str, strong: str = "") -> None:
        from rich.text import Text

        shown = Text(visible(text))
        if strong:
            shown.highlight_words([visible(strong)], _LAW)
        self._console.print(shown, soft_wrap=True)

    def table(self, head: list[str], rows: list[list[str]], marked: int | None = None) -> None:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        out = Table(box=box.SIMPLE_HEAD, header_style=_SOFT, pad_edge=False)
        for i, name in enumerate(head):
            # numbers to the right, the law (last) to the left
            last = i == len(head) - 1
            out.add_column(Text(name), justify="left" if last else "right", overflow="fold")
        for i, row in enumerate(rows):
            out.add_row(*(Text(visible(cell)) for cell in row), style=_LAW if i == marked else None)
        self._console.print(out)
