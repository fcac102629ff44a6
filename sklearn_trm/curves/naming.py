"""The name of a law: the family whose numbers can be chosen so that it is the law.

Law and family are brought into one form (`form`). Where the skeletons agree, the numbers of the
family's form are a function of its parameters, and least squares asks whether they can be those
of the law. The family with the fewest parameters names it: a line is a straight line, though many
curves could be one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from ..expressions.evaluate import evaluate
from ..expressions.tree import Node, columns, map_columns, walk
from .algebra import Fraction, NoForm
from .cases import Case, family_form, rivals
from .catalogue import Family
from .matching import law_form, solutions

MOST_COLUMNS = 3
_EXTREME = 18.0  # logarithm of a number that tells of a column far from its origin
_NEAR = 1e-3  # share of a value that is no difference, after digits are lost to a large offset
_AT_ONCE = 4
_AROUND = np.outer(10.0 ** np.arange(-6.0, 0.0), [-0.9, -0.31, 0.43, 1.1]).ravel()
_HELD_OUT = 4  # one group of equal forms in so many is kept for judging


@dataclass(frozen=True)
class Named:
    """A family, and what makes it a law.

    Attributes
    ----------
    family : Family
    parameters : dict of str to float
        By the family's symbols.
    columns : tuple of int
        The column that each of the family's variables is.
    places : tuple of float
        What is taken off each column first, as a year that time is counted from.
    others : tuple of str
        Main names of other families of the same form.
    """

    family: Family
    parameters: dict[str, float]
    columns: tuple[int, ...]
    places: tuple[float, ...]
    others: tuple[str, ...]

    @property
    def name(self) -> str:
        """The main name."""
        return self.family.name


def name_of(law: Node) -> str | None:
    """The name of a law; None where the catalogue has none for it.

    Parameters
    ----------
    law : Node

    Examples
    --------
    >>> from ..expressions.text import parse
    >>> name_of(parse("4/(3.1/x0 + 1)"))
    'Michaelis-Menten'
    >>> name_of(parse("2.5*(x3 - 1990) + 12"))
    'straight line'
    >>> name_of(parse("7/exp(atan(x0))")) is None
    True
    """
    found = recognised(law)
    return None if found is None else found.name


@lru_cache(256)
def recognised(law: Node) -> Named | None:
    """The family of a law, with its numbers; None where the catalogue has none for it.

    Examples
    --------
    >>> from ..expressions.text import parse
    >>> found = recognised(parse("92/(1 + exp(-0.42*(x0 - 1998)))"))
    >>> found.name, found.places, round(found.parameters["r"], 6)
    ('logistic growth', (1998.0,), 0.42)
    """
    used = columns(law)
    if not 1 <= len(used) <= MOST_COLUMNS:
        return None
    node = map_columns(law, {c: i for i, c in enumerate(used)})
    references = _places(node, len(used))
    for places, form in _forms(node, references):
        moved = tuple(i for i, place in enumerate(places) if place)
        for case, values in solutions(form, len(used), moved):
            found = Named(
                case.family,
                dict(zip(case.family.parameters, values, strict=True)),
                tuple(used[c] for c in case.order),
                tuple(places[c] for c in case.order),
                equals(case),
            )
            if _agree(found, law, used, references):
                return found
    return None


def _agree(found: Named, law: Node, used: tuple[int, ...], references: tuple[float, ...]) -> bool:
    """Whether law and name have equal values about the law's references.

    A year is a large number: what a law is near it, the last digits of its form decide.
    """
    if not any(references):
        return True
    X = np.ones((len(_AROUND), max(used) + 1))
    for c, place in zip(used, references, strict=True):
        X[:, c] = place + _AROUND * (abs(place) or 1.0)
    own = np.column_stack([X[:, c] - p for c, p in zip(found.columns, found.places, strict=True)])
    values, said = evaluate(law, X), evaluate(found.family.law([*found.parameters.values()]), own)
    with np.errstate(all="ignore"):
        far = np.abs(said - values) > _NEAR * np.abs(values)  # not where one is undefined
    # one row may be where a law passes zero
    return not far.reshape(-1, _AT_ONCE).all(axis=1).any()


def _forms(
    node: Node, references: tuple[float, ...]
) -> Iterator[tuple[tuple[float, ...], Fraction]]:
    """The law as it is, and about its references; these first where numbers are extreme else."""
    out = []
    for places in dict.fromkeys(((0.0,) * len(references), references)):
        try:
            out.append((places, law_form(node, places)))
        except NoForm:
            continue
    if len(out) == 2 and _is_extreme(out[0][1]) and not _is_extreme(out[1][1]):
        out.reverse()
    yield from out


def _is_extreme(form: Fraction) -> bool:
    return float(np.abs(np.log(np.abs(np.array(form.numbers)))).max()) > _EXTREME


def _places(node: Node, n_columns: int) -> tuple[float, ...]:
    """References in a law, as the 1998 in ``x0 - 1998``; 0 where there is none."""
    found = [0.0] * n_columns
    for n in walk(node):
        if n.op not in ("add", "sub"):
            continue
        for side, other in ((0, 1), (1, 0)):
            x, c = n.children[side], n.children[other]
            slope = 1.0
            if x.op == "mul" and x.children[0].is_const and x.children[0].value:
                slope, x = x.children[0].value, x.children[1]
            if x.is_var and c.is_const and not found[x.column]:
                found[x.column] = c.value / slope * (1.0 if n.op == "sub" else -1.0)
    return tuple(found)


@cache
def equals(case: Case) -> tuple[str, ...]:
    """Main names of the other families that are the same form, with as many numbers."""
    form = family_form(case.family, case.order, np.array(case.values)[:, None])
    out = []
    for other, _ in solutions(form, len(case.order)):
        if len(other.free) > len(case.free):
            break
        if other.family is not case.family and other.family.name not in out:
            out.append(other.family.name)
    return tuple(out)


def held_out(family: Family) -> bool:
    """Whether a family is kept for judging: nothing may be trained on it.

    The name of the first family of the same skeleton decides, so that no equal form is on the
    other side.

    Examples
    --------
    >>> from .catalogue import families
    >>> kept = [family.name for family in families() if held_out(family)]
    >>> 0.1 < len(kept) / len(families()) < 0.4
    True
    """
    order = tuple(range(len(family.variables)))
    form = family_form(family, order, np.array(family.typical)[:, None])
    first = min(rivals(form, len(order)), key=lambda case: case.place)
    return zlib.crc32(first.family.name.encode()) % _HELD_OUT == 0
