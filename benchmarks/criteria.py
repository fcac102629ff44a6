"""Criteria that choose a law, as functions of what is known of each law of a list.

A criterion takes the facts of all laws and returns the index of the one it chooses. Nats that all
laws share are left out. Names in the tables of ``rivals`` and ``choose`` are those of `CRITERIA`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from sklearn_trm.expressions.evaluate import Program, evaluate
from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.roles import references
from sklearn_trm.expressions.tree import Node, const, constants, walk
from sklearn_trm.rules.prior import NATS_UNSCALED, prior
from sklearn_trm.rules.prior import unscaled as missing
from sklearn_trm.search.composed import NATS_PER_TOKEN
from sklearn_trm.selection.generalization import Surroundings

Array = np.ndarray

_EXACT = 1e-9  # of the spread of y: smaller errors count as these
_MOST_LEVERAGE = 0.95
_RANK = 1e-10
_MOST_RISK = 20.0
EXPONENT, DECADES = 4.0, 3.0  # of ordinary numbers


@dataclass(frozen=True)
class Facts:
    """What a criterion may know of a law.

    Attributes
    ----------
    n, k : int
        Rows, and constants that were fitted.
    mse : float
    prior : float
        Nats before any data.
    tokens : int
        Symbols of the text.
    unscaled : int
        Places where a number is missing (`unscaled`).
    sizes : float
        Nats that its fitted numbers cost by their size (`sizes`).
    errors, leverage : ndarray of shape (n,)
        Residuals, and what each row's own value weighs in the law's value there.
    spread : float
        Standard deviation of y.
    beside : float
        By what the law's error grows on rows between those of the table (`Surroundings`).
    whole : float
        Nats of the product's own prior, with what `unscaled` and `sizes` are here.
    """

    n: int
    k: int
    mse: float
    prior: float
    tokens: int
    unscaled: int
    sizes: float
    errors: Array
    leverage: Array
    spread: float
    beside: float = 1.0
    whole: float = math.nan

    @cached_property
    def left_out(self) -> Array:
        """Squared errors of each row, left out of the (linearized) fit."""
        return np.maximum((self.errors / (1.0 - self.leverage)) ** 2, (_EXACT * self.spread) ** 2)


def unscaled(law: Node, held: Collection[int] = (), ones: int | None = None) -> int:
    """Places where the numbers of a law cannot have units: there 1 is meant, by chance.

    The argument of a function is a pure number and terms of a sum are alike: ``sin(x0)``, unlike
    ``sin(1.7*x0)``, and ``x0 + x0**2`` hold only in one unit of the column. Degrees are summed
    over columns, for columns may have one unit. A logarithm's scale is a term beside it.

    Parameters
    ----------
    law : Node
    held : collection of int
        Numeric leaves that are pure numbers.
    ones : int, optional
        A column of ones: a pure number.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> [unscaled(parse(text)) for text in ("sin(x0) + 2.3", "sin(1.7*x0)", "exp(-x0/x1)")]
    [1, 0, 0]
    """
    leaf = count = 0

    def degree(node: Node) -> float | None:  # None: a number of any unit is in it
        nonlocal leaf, count
        if node.is_const:
            leaf += 1
            return 0.0 if leaf - 1 in held else None
        if node.is_var:
            return 0.0 if node.column == ones else 1.0
        parts = [degree(child) for child in node.children]
        op, first, last = OPS[node.op], parts[0], parts[-1]
        if node.op in ("add", "sub"):
            if first is None or last is None:
                return last if first is None else first
            count += first != last
            return max(first, last, key=abs)
        if node.op in ("mul", "div"):
            if first is None or last is None:
                return None
            return first + last if node.op == "mul" else first - last
        if node.op == "pow" and node.children[1].is_const:
            return None if first is None else first * node.children[1].value
        if op.is_homogeneous:
            return None if first is None else first * (op.power or op.degree or 1.0)
        if node.op != "log":
            count += any(bool(part) for part in parts)
        return 0.0

    degree(law)
    return count


def sizes(law: Node, held: Collection[int] = ()) -> float:
    """Nats that the fitted numbers of a law cost by their size: ordinary ones none.

    An exponent beyond `EXPONENT` has Cauchy's density there; of another number that is more than
    `DECADES` from 1 the order of magnitude is sent, which takes the longer the farther it is.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> [round(sizes(parse(text)), 1) for text in ("3*exp(0.02*x0)", "5.8e-109*x0**33", "x0**0.5")]
    [0.0, 11.4, 0.0]
    """
    total, leaf = 0.0, 0

    def visit(node: Node, is_exponent: bool) -> None:
        nonlocal total, leaf
        if node.is_const:
            if leaf not in held:
                size = abs(node.value)
                decades = abs(math.log10(max(size, 1e-300)))
                total += (math.log1p(max(size - EXPONENT, 0.0) ** 2) if is_exponent
                          else math.log1p(max(decades - DECADES, 0.0)))  # fmt: skip
            leaf += 1
        for side, child in enumerate(node.children):
            visit(child, node.op == "pow" and side == 1)

    visit(law, False)
    return total


def facts_of(
    law: Node, X: Array, y: Array, held: Collection[int] | None = None, ones: int | None = None,
    around: Surroundings | None = None,
) -> Facts:  # fmt: skip
    """The facts of a fitted law.

    Parameters
    ----------
    law : Node
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    held : collection of int, optional
        Numeric leaves that were not fitted; words and references when omitted.
    ones : int, optional
        A column of ones.
    around : Surroundings, optional
        Of the table.
    """
    values = np.array(constants(law))
    if held is None:
        plain = [i for i, v in enumerate(values) if abs(v) <= 12 and (2.0 * v).is_integer()]
        held = {*plain, *references(law)}
    free = [i for i in range(len(values)) if i not in held]
    tokens = sum(1 for _ in walk(law)) - 2 * len(references(law))
    with np.errstate(all="ignore"):
        got, J = Program(law).values_and_jacobian(X, values)
    errors, leverage, spread = y - got, np.zeros(len(y)), float(y.std())
    mse = float(np.mean(errors**2))
    mse = max(mse, (_EXACT * spread) ** 2) if math.isfinite(mse) else math.inf
    if free and math.isfinite(mse):
        J = np.nan_to_num(J[free], posinf=0.0, neginf=0.0).T
        size = np.sqrt((J * J).sum(0))
        J = J[:, size > 0] / size[size > 0]
        U, s, _ = np.linalg.svd(J, full_matrices=False)
        leverage = np.minimum((U[:, s > _RANK] ** 2).sum(1), _MOST_LEVERAGE)
    beside = 1.0 if around is None else around.factor(lambda Z: evaluate(law, Z), mse)
    operators = prior(law) - NATS_UNSCALED * missing(law)  # what is missing is a criterion's word
    whole = prior(_with_ones(law, ones))
    return Facts(len(y), len(free), mse, operators, tokens, unscaled(law, held, ones),
                 sizes(law, held), errors, leverage, spread, beside, whole)  # fmt: skip


def _with_ones(law: Node, column: int | None) -> Node:
    """The law with a column of ones as a number."""
    if law.is_var and law.column == column:
        return const(1.0)
    children = tuple(_with_ones(child, column) for child in law.children)
    return law if children == law.children else Node(law.op, children, law.value)


Criterion = Callable[[Sequence[Facts]], int]
Length = Callable[[Facts], float]


def _least(length: Length) -> Criterion:
    return lambda facts: int(np.argmin([length(f) for f in facts]))


def described(f: Facts, weight: float = 1.0, token: float = 0.0, row: float = 0.5) -> float:
    """Description length: `row` log n nats a constant, `weight` of the prior, nats a token."""
    spare = f.n - f.k
    if spare <= 1 or not math.isfinite(f.mse):
        return math.inf
    fit = 0.5 * f.n * math.log(f.mse * f.n / spare)
    return fit + row * f.k * math.log(f.n) + weight * f.prior + token * f.tokens


def small(f: Facts, weight: float = 1.0, token: float = 0.0) -> float:
    """Akaike's criterion in its small-sample form (Hurvich and Tsai 1989), halved."""
    spare = f.n - f.k - 1
    if spare <= 0 or not math.isfinite(f.mse):
        return math.inf
    fit = 0.5 * f.n * math.log(f.mse) + f.k * f.n / spare
    return fit + weight * f.prior + token * f.tokens


def evidence(f: Facts, weight: float = 1.0) -> float:
    """The marginal likelihood under Zellner's g-prior with g = n (Liang et al. 2008).

    Prior on constants as broad as what one row says; the level is one constant that all share.
    """
    k = max(f.k - 1, 0)
    if f.n - 1 - k <= 0 or not math.isfinite(f.mse):
        return math.inf
    share = min(f.mse / f.spread**2, 1e6)  # 1 - R2
    odds = 0.5 * (f.n - 1 - k) * math.log1p(f.n) - 0.5 * (f.n - 1) * math.log1p(f.n * share)
    return weight * f.prior - odds


def predicted(f: Facts, weight: float = 0.0) -> float:
    """Nats to predict each row from the others, the size of errors included."""
    loss = float(f.left_out.mean())
    return 0.5 * f.n * math.log(loss) + weight * f.prior if math.isfinite(loss) else math.inf


def better(f: Facts, than: Facts, z: float, likely: bool = False) -> bool:
    """Whether a law predicts rows left out better than another, by `z` standard errors.

    The standard error is that of the paired differences of squared errors, or (`likely`) of their
    log densities, each law with its own size of errors (Vuong 1989).
    """
    gain = _density(f) - _density(than) if likely else than.left_out - f.left_out
    return bool(gain.sum() > z * math.sqrt(len(gain)) * gain.std())


def _density(f: Facts) -> Array:
    """Log density of each row left out."""
    size = f.left_out.mean()
    return -0.5 * (np.log(size) + f.left_out / size)


def gate(facts: Sequence[Facts], z: float, first: Length, then: Length, likely=False) -> int:
    """The law of `first`, unless that of `then` predicts better by `z` standard errors."""
    p, r = _least(first)(facts), _least(then)(facts)
    return r if r != p and better(facts[r], facts[p], z, likely) else p


def wide_gate(facts: Sequence[Facts], z: float, first: Length, then: Length, likely=False) -> int:
    """As `gate`, but the best by `then` of all laws that pass."""
    p = _least(first)(facts)
    ok = [i for i, f in enumerate(facts) if math.isfinite(then(f))
          and better(f, facts[p], z, likely)]  # fmt: skip
    return min(ok, key=lambda i: then(facts[i])) if ok else p


def _price(f: Facts) -> float:
    return described(f, 0.0, NATS_PER_TOKEN)


def _half(f: Facts) -> float:
    return small(f, 0.5)


def scaled(length: Length, weight: float = 1.0) -> Length:
    """With `weight` times `NATS_UNSCALED` for each place where a number is missing."""
    return lambda f: length(f) + weight * NATS_UNSCALED * f.unscaled


def sized(length: Length, weight: float = 1.0) -> Length:
    """With `weight` times the nats of the numbers' sizes."""
    return lambda f: length(f) + weight * f.sizes


def safe(criterion: Criterion, left_out: bool = False) -> Criterion:
    """With errors as they are on rows beside the table (and, `left_out`, on rows left out)."""

    def of(f: Facts) -> Facts:
        factor = f.beside
        if left_out and math.isfinite(f.mse):
            factor *= min(float(f.left_out.mean()) / f.mse, _MOST_RISK)
        return replace(f, mse=f.mse * factor, errors=f.errors * math.sqrt(factor))

    return lambda facts: criterion([of(f) for f in facts])


CRITERIA: dict[str, Criterion] = {
    "price of 0.8 a token": _least(_price),
    "fit and constants alone": _least(partial(described, weight=0.0)),
    "prior": _least(described),
    "prior, 2/3": _least(partial(described, weight=2 / 3)),
    "prior, 1/2": _least(partial(described, weight=0.5)),
    "prior, 1/3": _least(partial(described, weight=1 / 3)),
    "prior, k log n": _least(partial(described, row=1.0)),
    "small": _least(partial(small, weight=0.0)),
    "small, prior": _least(small),
    "small, prior 2/3": _least(partial(small, weight=2 / 3)),
    "small, prior 1/2": _least(_half),
    "small, prior 1/3": _least(partial(small, weight=1 / 3)),
    "small, 0.8 a token": _least(partial(small, weight=0.0, token=NATS_PER_TOKEN)),
    "evidence, prior": _least(evidence),
    "leave-one-out": _least(predicted),
    "leave-one-out, prior": _least(partial(predicted, weight=1.0)),
    "leave-one-out, prior 1/2": _least(partial(predicted, weight=0.5)),
    "gate 1.5": partial(gate, z=1.5, first=described, then=_half),
    "gate 2": partial(gate, z=2.0, first=described, then=_half),
    "gate 3": partial(gate, z=3.0, first=described, then=_half),
    "small gate 1.5": partial(gate, z=1.5, first=small, then=_half),
    "small gate 2": partial(gate, z=2.0, first=small, then=_half),
    "small gate 3": partial(gate, z=3.0, first=small, then=_half),
    "likely gate 1.5": partial(gate, z=1.5, first=small, then=_half, likely=True),
    "likely gate 2": partial(gate, z=2.0, first=small, then=_half, likely=True),
    "likely gate 3": partial(gate, z=3.0, first=small, then=_half, likely=True),
    "wide gate 2": partial(wide_gate, z=2.0, first=small, then=_half),
    "wide gate 3": partial(wide_gate, z=3.0, first=small, then=_half),
    "scaled prior": _least(scaled(described)),
    "small, scaled prior": _least(scaled(small)),
    "small, scaled prior, 3 nats": _least(scaled(small, 0.6)),
    "small, scaled prior, 8 nats": _least(scaled(small, 1.6)),
    "small, scaled prior 2/3": _least(scaled(partial(small, weight=2 / 3), 2 / 3)),
    "small, scaled prior 1/2": _least(scaled(_half, 0.5)),
    "small, sized prior": _least(sized(small)),
    "small, scaled sized prior": _least(sized(scaled(small))),
    "small, scaled sized prior 2/3": _least(
        sized(scaled(partial(small, weight=2 / 3), 2 / 3), 2 / 3)
    ),
    "small, scaled sized prior 1/2": _least(sized(scaled(_half, 0.5), 0.5)),
    "scaled sized gate 1.5": partial(gate, z=1.5, first=sized(scaled(small)), then=_half),
    "scaled sized gate 2": partial(gate, z=2.0, first=sized(scaled(small)), then=_half),
    "scaled sized gate 3": partial(gate, z=3.0, first=sized(scaled(small)), then=_half),
    "scaled gate 1.5": partial(gate, z=1.5, first=scaled(small), then=_half),
    "scaled gate 2": partial(gate, z=2.0, first=scaled(small), then=_half),
    "scaled gate 3": partial(gate, z=3.0, first=scaled(small), then=_half),
    "scaled likely gate 2": partial(gate, z=2.0, first=scaled(small), then=_half, likely=True),
    "scaled gate, 2/3": partial(
        gate, z=2.0, first=scaled(partial(small, weight=2 / 3)), then=_half
    ),
}
for _name in (
    "prior", "small, prior", "small, prior 2/3", "small, prior 1/2", "small, prior 1/3",
    "scaled prior", "small, scaled prior", "small, scaled prior 2/3", "small, scaled prior 1/2",
    "gate 2", "likely gate 2", "scaled gate 1.5", "scaled gate 2", "scaled gate 3",
    "scaled likely gate 2", "small, sized prior", "small, scaled sized prior",
    "small, scaled sized prior 2/3", "small, scaled sized prior 1/2", "scaled sized gate 1.5",
    "scaled sized gate 2", "scaled sized gate 3",
):  # fmt: skip
    CRITERIA[f"safe: {_name}"] = safe(CRITERIA[_name])


def _whole(f: Facts, weight: float = 1.0) -> float:
    return small(f if math.isnan(f.whole) else replace(f, prior=f.whole), weight)


CRITERIA["law (product)"] = safe(_least(_whole))
CRITERIA["prediction (product)"] = safe(_least(partial(_whole, weight=0.5)))
for _z in (1.0, 1.5, 2.0, 3.0):
    _gate = partial(gate, z=_z, first=_whole, then=partial(_whole, weight=0.5))
    CRITERIA[f"gate {_z:g} (product)"] = safe(_gate)
CRITERIA["price and risk"] = safe(_least(_price), left_out=True)
