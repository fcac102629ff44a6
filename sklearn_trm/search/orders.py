"""The learned orders of the search's tasks, and what one item of each costs.

Files of ``python -m training order`` and ``python -m training costs``.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

MOST_COLUMNS = 4  # more columns are one kind


def kind_of(columns: int, noisy: bool) -> str:
    """The kind of a table, as orders are named.

    Examples
    --------
    >>> kind_of(7, False), kind_of(1, True)
    ('4 clean', '1 noisy')
    """
    return f"{min(columns, MOST_COLUMNS)} {'noisy' if noisy else 'clean'}"


@dataclass(frozen=True)
class Order:
    """An order of tasks.

    Attributes
    ----------
    entries : tuple of (str, str, float)
        Bench, task, and seconds that it has had by then, all in all.
    settled : float
        Seconds after which little more is found.
    """

    entries: tuple[tuple[str, str, float], ...]
    settled: float


def in_passes(
    entries: Iterable[tuple[str, str, float]], passes: Iterable[float]
) -> Iterator[tuple[str, str, float]]:
    """Entries pass after pass, each up to so many seconds: a quick task waits for no slow one.

    Examples
    --------
    >>> list(in_passes([("main", "wave", 9.0), ("main", "form", 0.2)], (0.5, 20.0)))
    [('main', 'wave', 0.5), ('main', 'form', 0.2), ('main', 'wave', 9.0)]
    """
    had: dict[tuple[str, str], float] = {}
    for most in passes:
        for bench, task, seconds in entries:
            until = min(seconds, most)
            if until > had.get((bench, task), 0.0):
                had[bench, task] = until
                yield bench, task, until


@functools.cache
def orders() -> dict[str, Order]:
    """By kind of table: what was learned, and what comes then."""
    told = json.loads((files(__package__) / "orders.json").read_text("utf-8"))
    out = {}
    for kind, order in told["orders"].items():
        then = in_passes(told["then"][kind.split()[1]], told["passes"])
        had: dict[tuple[str, str], float] = {}
        entries = []
        for bench, task, seconds in (*order["entries"], *then):
            if seconds > had.get((bench, task), 0.0):
                had[bench, task] = seconds
                entries.append((bench, task, float(seconds)))
        out[kind] = Order(tuple(entries), order["settled"])
    return out


@functools.cache
def costs() -> dict[str, float]:
    """Seconds that one item of a task takes on average, by task."""
    return json.loads((files(__package__) / "costs.json").read_text("utf-8"))
