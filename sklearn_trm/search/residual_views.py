"""What trusted terms leave: ``y = P + rest``, and the rest is a problem of its own.

A sparse fit of library rows often names some terms of a law long before the law is known:
their coefficients are simple numbers, and their standard errors small. What these terms
leave is seen through the inverses of outer operations and multiplied by monomials, and there
it often is a plain sum or product of rows:
``x2 + x5 + log(x4*x7*(x1 + x3**2 + x5))`` is a product below ``x2 + x5``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from ..expressions import normal_form as N
from ..expressions.evaluate import evaluate
from ..expressions.tree import Node
from . import stages
from .assemble import solve
from .builders import weighted_sum
from .solvers.sparse import forward
from .transforms import Target, target_transforms
from .workspace import Workspace

Array = np.ndarray
Candidates = Iterator[Node | None]
Terms = tuple[tuple[Node, float], ...]  # with their coefficients
Fit = tuple[Array, list[Node]]  # columns of a regression and what they are

SIMPLE = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 0.5, 0.25, 1.5, 1 / 3])
MOST_TERMS = 7  # of a sparse fit
MOST_RESTS = 16  # of one target
# what is free in a fit, and how much its monomials may cost
_FITS = (("linear", 3), ("linear", 5), ("affine", 5), ("affine", 99), ("curved", 5))
_NEAR, _ERRORS = 0.03, 3.0  # how far a coefficient may be from a simple number: share, errors
_LOOSE = 0.1  # standard error of a coefficient that says nothing
_LONGEST = 20  # terms of a law that is looked at
_CHUNK = 64  # targets that are scanned at once
_PLAIN = {"inv", "square", "sqrt", "exp", "log"}


def residual_views(ws: Workspace, target: Target, most: int = MOST_RESTS) -> list[Target]:
    """The target without terms that a sparse fit is sure of, the smallest rest first.

    Examples
    --------
    >>> from sklearn_trm.search.search import Search
    >>> from sklearn_trm.task.problem import Problem
    >>> X = np.random.default_rng(0).uniform(1, 5, (200, 3))
    >>> main = Search(Problem(X, X[:, 0] * X[:, 1] + np.sqrt(X[:, 1] + X[:, 2]))).main
    >>> laws = [str(rest.wrap(Node("var", (), 2))) for rest in residual_views(main, main.root)]
    >>> "x0*x1 + x2" in laws
    True
    """
    return _smallest(target, _library_fits(ws, target.values), most)


def rests_of_laws(ws: Workspace, laws: Sequence[Node], most: int = MOST_RESTS) -> list[Target]:
    """The root without those terms of inexact laws that a fit of all their terms is sure of."""
    return _smallest(ws.root, (_terms(law, ws.X) for law in laws), most)


def _smallest(target: Target, fits: Iterable[Fit], most: int) -> list[Target]:
    """The residual views of all fits, their smallest first."""
    found: dict[Terms, Array] = {}
    t = target.values
    for values, nodes in fits:
        for chosen in _subsets(_trusted(t, values)):
            terms = tuple(sorted(((nodes[k], c) for k, c in chosen), key=str))
            if terms not in found:
                found[terms] = t - sum(c * values[k] for k, c in chosen)
    best = sorted(found, key=lambda terms: float(np.std(found[terms])))[:most]
    return [_peeled(target, terms, found[terms]) for terms in best]


def _library_fits(ws: Workspace, t: Array) -> Iterator[Fit]:
    """Sparse fits by forward selection of monomials, one term more each time."""
    for kind, cost in _FITS:
        basis = ws.basis(kind)
        if basis is None:
            continue
        free, terms = ws.free_terms(kind)
        at = ws.library.order[basis.kept]
        allowed = np.flatnonzero(ws.library.monomial[at] & (ws.library.cost[at] <= cost))
        rows = forward(basis, t, allowed, MOST_TERMS)
        values = np.vstack([free, ws.ordered[rows]])
        terms = [*terms, *[ws.atom_node(row) for row in rows]]
        for n in range(max(len(free), 1), len(terms) + 1):
            if 2 * n <= len(t):
                yield values[:n], terms[:n]


def _terms(law: Node, X: Array) -> Fit:
    """The terms of a law, multiplied out, without coefficients."""
    nodes: list[Node] = []
    values: list[Array] = []
    try:
        terms = list(N.terms(N.expanded(N.normal(law), 2)))
    except (N.CannotFold, OverflowError, ZeroDivisionError, RecursionError):
        terms = []
    for term in terms if len(terms) <= _LONGEST else []:
        node = N.to_tree(N.to_product(1.0, N.as_product(term)[1]))
        v = evaluate(node, X)
        if np.isfinite(v).all() and np.ptp(v) > 0:
            nodes.append(node)
            values.append(v)
    return np.array(values).reshape(-1, len(X)), nodes


def _trusted(t: Array, columns: Array) -> tuple[tuple[int, float], ...]:
    """Columns whose coefficients are simple numbers within their errors, the surest first."""
    A = np.vstack([np.ones(len(t)), columns])
    c, _ = solve(A, t)
    if not np.isfinite(c).all():
        return ()
    size = np.sqrt(np.mean(A * A, axis=1))
    unit = A / size[:, None]
    variance = np.diag(np.linalg.pinv(unit @ unit.T)) * np.sum((t - c @ A) ** 2)
    variance /= max(len(t) - len(A), 1)
    error = (np.sqrt(np.maximum(variance, 0.0)) / size)[1:]
    size, c = np.abs(c[1:]), c[1:]
    simple = SIMPLE[np.abs(np.log(np.maximum(size, 1e-9)[:, None] / SIMPLE)).argmin(axis=1)]
    near = np.abs(size - simple) < np.maximum(_ERRORS * error, _NEAR * simple)
    sure = np.flatnonzero(near & (error < _LOOSE * simple))
    sure = sure[np.argsort(error[sure] / simple[sure], kind="stable")]
    return tuple((int(k), float(np.copysign(simple[k], c[k]))) for k in sure)


def _subsets(terms: tuple[tuple[int, float], ...]) -> Iterator[tuple[tuple[int, float], ...]]:
    """The surest terms, and all but one of them."""
    for k in range(1, len(terms) + 1):
        yield terms[:k]
    for k in range(len(terms) - 1):
        yield terms[:k] + terms[k + 1 :]


def _peeled(target: Target, terms: Terms, values: Array) -> Target:
    def wrap(rest: Node) -> Node:
        c, nodes = [a for _, a in terms], [node for node, _ in terms]
        return target.wrap(weighted_sum([*c, 1.0], [*nodes, rest]))

    return Target(values, wrap, target.cost + 2 * len(terms))


class ResidualViews:
    """The residual views of one workspace, in stages.

    Parameters
    ----------
    ws : Workspace
    near : sequence of Target
        Transforms of the root, whose trusted terms are taken off as well.
    """

    def __init__(self, ws: Workspace, near: Sequence[Target]) -> None:
        self.ws, self.near = ws, near
        self._seen: set[float] = set()
        self._laws: set[Node] = set()
        self.families: list[list[Target]] = []  # each with its transforms

    def _take(self, found: Iterable[Target]) -> list[Target]:
        """New residual views with their transforms."""
        new: list[Target] = []
        for rest in found:
            key = float(np.round(rest.values @ rest.values, 9))
            if key not in self._seen:
                self._seen.add(key)
                self.families.append([rest, *self._transforms(rest)])
                new += self.families[-1]
        return new

    def _transforms(self, target: Target) -> list[Target]:
        p = self.ws.problem
        return [f for f in target_transforms(target, p.unary, p.binary, 1) if f.chain[-1] in _PLAIN]

    def quick(self) -> Candidates:
        """Those views and their transforms that free spaces, polynomials or single rows explain."""
        ws = self.ws
        targets = self._take(residual_views(ws, ws.root))
        yield None
        for t in self.near:
            if t.chain[-1] in _PLAIN:
                targets += self._take(residual_views(ws, t, MOST_RESTS // 4))
        yield None
        yield from self._quick(targets)

    def of_laws(self) -> Candidates:
        """What the terms of the best laws since then leave, with all but the deep stages."""
        ws, best = self.ws, self.ws.acceptance.best
        if ws.X is not ws.acceptance.X:
            return  # laws are judged in the columns of the table
        laws = [law for _, (_, law) in sorted(best.items()) if law not in self._laws]
        self._laws.update(laws)
        targets = self._take(rests_of_laws(ws, laws))
        yield None
        yield from self._quick(targets)
        yield from self._products(targets)

    def products(self) -> Candidates:
        """Pairs of rows."""
        yield from self._products(list(itertools.chain.from_iterable(self.families)))

    def _quick(self, targets: list[Target]) -> Candidates:
        yield from stages.free_laws(self.ws, targets, strict=True)
        yield from stages.polynomials(self.ws, targets)
        yield from _chunks(targets, lambda ts: stages.singles(self.ws, ts, 2))

    def _products(self, targets: list[Target]) -> Candidates:
        for kind in ("affine", "power", "curved"):
            for t in targets:
                yield from stages.pairs(self.ws, t, kind, 1000)


def _chunks(
    targets: Sequence[Target], scan: Callable[[Sequence[Target]], Candidates]
) -> Candidates:
    for start in range(0, len(targets), _CHUNK):
        yield from scan(targets[start : start + _CHUNK])
