"""What a terminal sees, and what a pipe gets."""

import io
import sys

import pytest

from sklearn_trm.cli import screen


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)


def shown(monkeypatch):
    """What a terminal is sent."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)  # not in a fixture: pytest puts its own in between
    out = screen.screen()
    out.heading("The law")
    out.text("  y = 2*[red]x", strong="2*[red]x")
    out.table(["row", "law"], [["0", "a"], ["1", "\x1b[2J[bold]b"]], 1)
    monkeypatch.undo()
    return stream.getvalue()


def test_a_terminal_gets_colours_and_no_name_steers_it(terminal, monkeypatch):
    pytest.importorskip("rich")
    text = shown(monkeypatch)
    assert "\x1b[1m" in text and "\x1b[2J" not in text
    assert "[red]x" in text and "�[2J[bold]b" in text


@pytest.mark.parametrize("name, value", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_plain_where_it_is_asked_for(terminal, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert "\x1b" not in shown(monkeypatch)


def test_plain_without_rich_and_in_pipes(terminal, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.console", None)
    text = shown(monkeypatch)
    assert text.splitlines() == [
        "The law", "  y = 2*[red]x", "     row  law", "  -------------------",
        "       0  a", "  >    1  �[2J[bold]b",
    ]  # fmt: skip
    assert isinstance(screen.screen(), screen.Plain)
