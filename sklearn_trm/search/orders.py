"""The learned orders of the search's tasks, and what one item of each costs.

Files of ``python -m training order`` and ``python -m training costs``.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

Entry = tuple[str, str, float]  # bench, task, and seconds that it has had by then
Entries = Sequence[Entry]

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


def followed(lead: Entries, then: Entries, passes: Sequence[float]) -> Iterator[Entry]:
    """What leads, and then entries pass after pass, each up to so many seconds.

    So a quick task waits for no slow one. Each entry gives its task more time than it has had.

    Examples
    --------
    >>> then = [("main", "wave", 9.0), ("main", "form", 0.2)]
    >>> list(followed([("main", "form", 0.3)], then, (0.5, 20.0)))
    [('main', 'form', 0.3), ('main', 'wave', 0.5), ('main', 'wave', 9.0)]
    """
    had: dict[tuple[str, str], float] = {}
    for entries, most in ((lead, math.inf), *((then, most) for most in passes)):
        for bench, task, seconds in entries:
            until = min(float(seconds), most)
            if until > had.get((bench, task), 0.0):
                had[bench, task] = until
                yield bench, task, until


@functools.cache
def orders() -> dict[str, Order]:
    """By kind of table: what was learned, and what comes then."""
    told = json.loads((files(__package__) / "orders.json").read_text("utf-8"))
    out = {}
    for kind, order in told["orders"].items():
        entries = followed(order["entries"], told["then"][kind.split()[1]], told["passes"])
        out[kind] = Order(tuple(entries), order["settled"])
    return out


@functools.cache
def costs() -> dict[str, float]:
    """Seconds that one item of a task takes on average, by task."""
    return json.loads((files(__package__) / "costs.json").read_text("utf-8"))
