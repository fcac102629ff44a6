"""The learned orders of the search's tasks, and what one item of each costs.

Files of ``python -m training order`` and ``python -m training costs``.
"""

from __future__ import annotations

import functools
import json
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


@functools.cache
def orders() -> dict[str, Order]:
    """By kind of table."""
    text = (files(__package__) / "orders.json").read_text("utf-8")
    return {
        kind: Order(tuple((b, t, float(s)) for b, t, s in order["entries"]), order["settled"])
        for kind, order in json.loads(text)["orders"].items()
    }


@functools.cache
def costs() -> dict[str, float]:
    """Seconds that one item of a task takes on average, by task."""
    return json.loads((files(__package__) / "costs.json").read_text("utf-8"))
