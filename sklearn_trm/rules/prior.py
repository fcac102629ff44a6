"""How plausible a law is before any data: the nats that its operators cost.

Each operator pays the nats of its row in the table of operators (R. Guimera et al., "A Bayesian
machine scientist to aid in the solution of challenging scientific problems", Science Advances 6,
eaav6971, 2020: fitted to 4,080 named equations); columns and constants pay nothing. Their prior
knows no order of operators, but laws seldom hold functions of functions, ``exp(sin(x))``: a
function pays `NATS_INSIDE` more for each other that it stands in. And where a law can hold in one
unit of its columns only, as ``sin(x)``, a number is missing that would cost a product: the 1 that
stands there is paid for (`unscaled`). An exponent beyond those of textbooks, as of a power law
that follows a growth by calendar year, pays by a Cauchy density; the level of a polynomial costs
less than other sums, for handbooks hold lines and parabolas more often than named laws do.
References, which are chosen for
the reader, are free.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real

from ..errors import DataError
from ..expressions.operators import OPS, resolve
from ..expressions.roles import references
from ..expressions.tree import Node, columns, walk

NATS_INSIDE = 3.0  # docs/log/choice.md
USUAL_EXPONENT = 4.0
_MOST = 1e150  # its square is a number
NATS_LEVEL = 3.0  # of a polynomial: lines and parabolas have one as often as not
NATS_UNSCALED = OPS["mul"].nats  # of the product with the number that is missing

_POLYNOMIAL = frozenset({"add", "sub", "mul", "neg", "square", "cube"})

Shift = Mapping[str, float] | Callable[[Node], float]


def prior(law: Node, shift: Shift | None = None) -> float:
    """Nats of a law: minus the logarithm of its prior probability, up to a constant.

    Parameters
    ----------
    law : Node
    shift : mapping or callable, optional
        What a user knows: nats by operator that are added to those of the table, as
        ``{"sin": 2.0}`` (2 nats make a sine ``exp(2)`` times less likely, inf rules it out), or a
        function of the law that returns the nats to add.

    Returns
    -------
    float

    Raises
    ------
    UnknownOperatorError
        If `shift` names no operator.
    DataError
        If `shift` is no such mapping or function, or its nats make no prior: NaN, -inf, or so
        low that a law would gain by an operator.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> wave = parse("2*sin(3*x0)")
    >>> round(prior(wave), 2), round(prior(wave, {"sin": 2.0}), 2)
    (15.97, 17.97)
    >>> round(prior(parse("2*sin(x0)")), 2)  # a number is missing
    15.97
    """
    if shift is None or isinstance(shift, Mapping):
        return _total(law, by_operator(shift))
    if not callable(shift):
        raise DataError(
            f'a prior is shifted by a mapping such as {{"sin": 2.0}} or a function of the law, '
            f"got {shift!r}"
        )
    more = shift(law)
    if not _is_number(more) or math.isnan(more) or more == -math.inf:
        raise DataError(f"the function that shifts the prior gave {more!r} for {law}: no nats")
    return _total(law, {}) + float(more)


def by_operator(shift: Mapping[str, float] | None) -> dict[str, float]:
    """The nats of a mapping by the names of the table, checked.

    Examples
    --------
    >>> by_operator({"ln": 1.5})
    {'log': 1.5}
    """
    out: dict[str, float] = {}
    for name, more in (shift or {}).items():
        op = resolve(name)
        if not _is_number(more) or math.isnan(more):
            raise DataError(f"the prior of {name!r} is shifted by a number of nats, got {more!r}")
        if op.nats + more < 0.0:
            raise DataError(
                f"a shift of {more} leaves {name!r} less than no nats: it has {op.nats}, "
                f"so at least {-op.nats}"
            )
        if op.name in out:
            raise DataError(f"the prior of {op.name!r} is shifted twice")
        out[op.name] = float(more)
    return out


def nats_of(name: str, shift: Mapping[str, float]) -> float:
    """Nats of an operator of the table alone, shifted.

    Examples
    --------
    >>> round(nats_of("sin", {"sin": 2.0}) - nats_of("sin", {}), 2)
    2.0
    """
    return OPS[name].nats + shift.get(name, 0.0)


def unscaled(law: Node) -> int:
    """Places where the numbers of a law cannot have units: there 1 is meant, by chance.

    The argument of a function is a pure number and terms of a sum are alike: ``sin(x0)``, unlike
    ``sin(1.7*x0)``, and ``x0 + x0**2`` hold only in one unit of the column. Degrees are summed
    over columns, for columns may have one unit. A logarithm's scale is a term beside it, that of
    an exponential may be a term inside. A law of one column without any scale,
    ``log(2*x0 + 3)`` or ``sqrt(x0)``, holds in one unit of its target; of several columns units
    may make that of the target.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> [unscaled(parse(text)) for text in ("2*sin(x0) + 3", "2*sin(1.7*x0)", "log(2*x0 + 3)")]
    [1, 0, 1]
    """
    degree, count = _degree(law)
    return count + (degree is not None and len(columns(law)) == 1)


def _degree(node: Node) -> tuple[float | None, int]:
    """Degree in the columns, None where a number of any unit is in it, and places without one."""
    if not node.children:
        return (None if node.is_const else 1.0), 0
    parts = [_degree(child) for child in node.children]
    first, last, count = parts[0][0], parts[-1][0], sum(c for _, c in parts)
    op = OPS[node.op]
    if node.op in ("add", "sub", "min", "max"):
        if first is None or last is None:
            return (last if first is None else first), count
        return max(first, last, key=abs), count + (first != last)
    if node.op in ("mul", "div"):
        if first is None or last is None:
            return None, count
        return (first + last if node.op == "mul" else first - last), count
    if node.op == "pow" and node.children[1].is_const:
        return (None if first is None else first * node.children[1].value), count
    if op.is_homogeneous:
        degree = op.degree if op.power is None else op.power
        return (None if first is None else first * (degree or 0.0)), count
    inner = node.children[0]
    if node.op == "exp" and inner.op in ("add", "sub") and any(c.is_const for c in inner.children):
        return None, count
    if node.op != "log":
        count += any(bool(degree) for degree, _ in parts)
    return 0.0, count


def _is_polynomial(law: Node) -> bool:
    """Whether a sum of powers of one column, or of its distance from a place."""
    if law.op not in ("add", "sub") or len(columns(law)) != 1:
        return False
    return all(node.op in _POLYNOMIAL for node in walk(law) if node.children)


def _total(law: Node, more: Mapping[str, float]) -> float:
    free = len(references(law)) * OPS["sub"].nats
    if _is_polynomial(law) and any(child.is_const for child in law.children):
        free += OPS[law.op].nats - NATS_LEVEL
    return _nats(law, more, 0) + NATS_UNSCALED * unscaled(law) - free


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _nats(node: Node, more: Mapping[str, float], above: int) -> float:
    """Of a subtree that stands inside so many functions."""
    if not node.children:
        return 0.0
    op = OPS[node.op]
    nats = op.nats + more.get(node.op, 0.0)
    if node.op == "pow" and node.children[1].is_const:
        nats += math.log1p(min(max(abs(node.children[1].value) - USUAL_EXPONENT, 0.0), _MOST) ** 2)
    if op.is_function:
        nats, above = nats + NATS_INSIDE * above, above + 1
    return nats + sum(_nats(child, more, above) for child in node.children)
