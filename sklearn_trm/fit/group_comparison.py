"""A user's formula in a fit with groups: each of its names is a number of all groups, or of each.

Written as the form of such a fit, ``"a[patient]*dose/(b + dose)"``, it says which. Otherwise its
names become shared one after the other, as the numbers of the laws found did, and the shortest
description stays.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from ..data.table import Table
from ..errors import DataError, ParseError
from ..expressions.tree import Node
from ..rules.rules import Rules
from ..task.budget import Budget
from .callbacks import Watch
from .context import FitContext
from .formula import Formula
from .group_forms import Form
from .groups import GroupLoop
from .road import fit_table
from .template import Template


def marked(text: str, names: Sequence[str]) -> tuple[str, frozenset[str]]:
    """A text without the marks of groups behind its names, and the names that had them.

    The columns of the labels say what marks there are.

    Examples
    --------
    >>> marked("a[patient]*x0/(b + x0)", ["[patient=A]", "[patient=B]"])
    ('a*x0/(b + x0)', frozenset({'a'}))
    """
    groups = {name[1:].partition("=")[0] for name in names}
    own: set[str] = set()

    def plain(match: re.Match[str]) -> str:
        if match[2] not in groups:
            return match[0]
        own.add(match[1])
        return match[1]

    return re.sub(r"(?<![\w.])([A-Za-z_]\w*)\[([^\]=]+)\]", plain, text), frozenset(own)


def fit_form(
    table: Table, context: FitContext, template: Template, own: frozenset[str]
) -> tuple[Node, float, tuple[tuple[str, int], ...]]:
    """A formula fitted to all groups: the law, its loss, and its constants by their leaves.

    Parameters
    ----------
    table : Table
        In the user's units.
    context : FitContext
    template : Template
        One without unknown functions.
    own : frozenset of str
        Names that each group has alone, others are shared; where it is empty the rows decide.

    Raises
    ------
    ParseError
        For a name that stands twice.
    DataError
        For more constants than the rows tell, or a formula that is undefined on some of them.
    """
    formula = Formula.of(template, table.every.shape[1])
    again = [part.name for part in template.parts if part.again]
    if again:
        raise ParseError(f"{again[0]} stands twice: in laws of groups each name stands once")
    objective = context.objective(table)
    limit = context.settings.time_limit
    budget = Budget.after(limit, context.clock, context.start, n_rows=len(table.y))
    watch = Watch([], str, 1.0, context.clock, context.start)
    table = replace(table, rules=Rules())  # the user's law may be what the fit's may not
    loop = GroupLoop(table, context, objective, budget, watch, fit_table)
    free = tuple(leaf for leaf, owner in enumerate(formula.owner) if owner >= 0)
    names = {leaf: formula.names[formula.owner[leaf]] for leaf in free}
    form = Form(formula.node, free, cold=True)
    of_groups = [leaf for leaf in free if names[leaf] in own]
    laws = loop.compared(form, of_groups if own else None)
    if not laws:
        raise DataError("it is undefined on some rows of the table")
    length, loss, node, alone = min(laws, key=lambda law: law[0])
    if not math.isfinite(length):
        raise DataError(f"its constants are too many for {table.n_given} rows")
    labels = []
    for leaf, at in enumerate(loop.places(form, alone)):
        if leaf not in names:
            continue
        each = [f"{names[leaf]}{table.names[j]}" for j in table.groups]
        labels += list(zip(each if leaf in alone else [names[leaf]], at, strict=True))
    return node, loss, tuple(labels)
