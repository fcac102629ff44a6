"""Simpler problems that symmetries of a table show, as workspaces of their own."""

from __future__ import annotations

from collections.abc import Iterator

from ..expressions.tree import var
from .reduction.symmetry import Reduction, rescaling, scalings, translations
from .transforms import Target
from .workspace import Workspace

MOST_READ = 12  # columns of which symmetries are read


def reductions(ws: Workspace, depth: int = 0, last: object = None) -> Iterator[Workspace]:
    """Simpler problems by scaling and translation symmetries, one after the other."""
    if not 2 <= ws.d <= MOST_READ or depth > 2:
        return
    nodes = [var(j) for j in ws.columns]
    X, values = ws.wide
    for find in (scalings, translations):
        if find is last:
            continue  # the null space was taken whole
        for reduction in find(X[:, ws.columns], values, nodes):
            reduced = _reduced(ws, reduction)
            yield reduced
            yield from reductions(reduced, depth + 1, find)


def rescaled(ws: Workspace) -> Workspace | None:
    """The same problem in units in which its columns are of the order of one."""
    X, values = ws.wide
    found = rescaling(X[:, ws.columns], values, [var(j) for j in ws.columns])
    return None if found is None else _reduced(ws, found)


def _reduced(ws: Workspace, reduction: Reduction) -> Workspace:
    wrap = ws.root.wrap
    n = len(ws.y)  # the screened rows come first
    root = Target(reduction.values[:n], lambda n: wrap(reduction.restore(n)))
    wide = reduction.X, reduction.values
    return Workspace(ws.acceptance, reduction.X[:n], root, wide=wide)
