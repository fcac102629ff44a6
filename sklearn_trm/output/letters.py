"""Laws as people read them: constants of groups are letters."""

from __future__ import annotations

from typing import Any

from ..data.groups import Groups
from ..expressions.grouped import lettered
from ..expressions.tree import Node
from ..selection.choice import words

_LETTERS = "abcdfghjklmnpqrstuvwz"  # without those that are numbers, or look like them


def letters(groups: Groups, names: list[str], own: list[bool]) -> list[str]:
    """Names of the constants of a law, in its order: ``a[patient]`` has a value a group.

    Examples
    --------
    >>> letters(Groups("patient", 0, ("A", "B")), ["a", "dose"], [True, False])
    ['b[patient]', 'c']
    """
    free = [letter for letter in _LETTERS if letter not in names]
    free += [f"c{i}" for i in range(len(own)) if f"c{i}" not in names]
    pairs = zip(free, own, strict=False)
    return [f"{letter}[{groups.name}]" if mine else letter for letter, mine in pairs]


def shown(estimator: Any, law: Node, every: bool = False) -> tuple[Node, list[str]]:
    """A law and the names of its columns, as people read it: constants of groups are letters.

    With `every`, constants that all groups share are letters too.
    """
    names = list(estimator.column_names())
    groups = getattr(estimator, "groups_", None)
    if groups is None:
        return law, names
    law, leaves = lettered(law, groups.columns(len(names)), len(names), words(law), every)
    return law, [*names, *letters(groups, names, [len(at) > 1 for at in leaves])]
