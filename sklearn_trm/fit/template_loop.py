"""The loop of a template: its parts one after the other.

First every part is a polynomial of its columns, and all of them are fitted together
(Gauss-Newton): what the other parts do is then known well enough to ask what one part should
be, row by row. That is a table of its own, and an ordinary fit finds its law. Laws of all
parts, put into the template, get their constants together; the next round asks each part
again, beside laws instead of polynomials.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..data.table import Table
from ..errors import DataError, ParseError
from ..expressions.constants import fit_constants
from ..expressions.evaluate import evaluate
from ..expressions.least_squares import solve_normal
from ..expressions.tree import Node, const, map_columns
from ..search.backpropagation import part
from ..search.improve.cells import open_all
from ..task.budget import Budget
from ..task.problem import Problem
from ..task.settings import AnswerStep
from .context import FitContext
from .evaluator import Evaluator
from .guesses import on_useful
from .template import Part, Template

_ROUNDS = 4
_STEPS = 60  # of Gauss-Newton
_TERMS = 45  # of a polynomial, at most
_SHARE = 0.25  # of the time that is left, for one part
_LEAST = 0.05  # seconds below which no other part begins
_ALTERNATIVES = 3  # laws of one part that are tried with those of the others

# ------------------------------------------------------------------ values of the parts


def smooth_parts(
    template: Template, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None
) -> np.ndarray:
    """Values of all parts as polynomials of their columns, fitted together.

    Parameters
    ----------
    template : Template
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional

    Returns
    -------
    ndarray of shape (n, n_parts)

    Examples
    --------
    >>> X = np.random.default_rng(0).uniform(0, 2, (80, 2))
    >>> y = X[:, 0] ** 2 * (1 + X[:, 1])
    >>> f, g = smooth_parts(Template.read("f(x0)*g(x1)", ["x0", "x1"]), X, y).T
    >>> bool(np.allclose(f * g, y))
    True
    """
    root = np.ones(len(y)) if weight is None else np.sqrt(weight)
    room = max(3, len(y) // (3 * len(template.parts)))
    bases = [_polynomials(X[:, list(p.columns)], min(room, _TERMS)) for p in template.parts]
    first = np.cumsum([0, *(b.shape[1] for b in bases)])
    theta = np.zeros(first[-1])
    theta[first[:-1]] = 1.0  # every part is 1 at first

    def values(theta: np.ndarray) -> np.ndarray:
        return np.column_stack(
            [b @ theta[i:j] for b, i, j in zip(bases, first[:-1], first[1:], strict=True)]
        )

    def loss(V: np.ndarray) -> float:
        with np.errstate(all="ignore"):
            error = root * (evaluate(template.node, np.hstack([X, V])) - y) / size_of_y
            return float(error @ error) if np.isfinite(error).all() else np.inf

    size_of_y = float(np.max(np.abs(y))) or 1.0
    V, damping = values(theta), 1e-2
    now = loss(V)
    for _ in range(_STEPS):
        cells = {c.path: c for c in open_all(template.node, np.hstack([X, V]), y)}
        slopes = [cells[p.path].sensitivity for p in template.parts]
        A = np.hstack([(root * s)[:, None] * b for s, b in zip(slopes, bases, strict=True)])
        error = root * (y - cells[()].values)
        if not (np.isfinite(A).all() and np.isfinite(error).all()):
            break
        size = np.linalg.norm(A, axis=0)
        size[size == 0] = 1.0
        A /= size
        ridge = (damping + 1e-10) * np.eye(len(theta))
        step = solve_normal(A.T @ A + ridge, (A.T @ error)[:, None])[:, 0] / size
        new = values(theta + step)
        if (then := loss(new)) < now:
            theta, V, damping = theta + step, new, max(damping / 10, 1e-10)
            if now - then <= 1e-9 * now:
                break
            now = then
        else:
            damping *= 10
            if damping > 1e6:
                break
    return V


def _polynomials(X: np.ndarray, most: int) -> np.ndarray:
    """All powers of the columns up to a degree that leaves at most `most` terms."""
    if not X.shape[1]:
        return np.ones((len(X), 1))
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    Z = StandardScaler().fit_transform(X)
    out = np.ones((len(X), 1))
    for degree in range(1, 13):
        more = PolynomialFeatures(degree).fit_transform(Z)
        if more.shape[1] > most:
            break
        out = more
    return np.asarray(out / np.sqrt(np.mean(out**2, axis=0)))


def _wanted(
    template: Template, X: np.ndarray, y: np.ndarray, V: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """What part `k` should be beside the others, and the weight of each row; 0: undefined."""
    cells = open_all(template.node, np.hstack([X, V]), y)
    cell = next(c for c in cells if c.path == template.parts[k].path)
    with np.errstate(all="ignore"):
        weight = cell.sensitivity**2
        good = np.isfinite(cell.ideal) & np.isfinite(weight) & (weight > 0)
    if good.mean() < 0.5:  # nothing to invert: as smooth as it is
        return V[:, k], np.ones(len(y))
    return np.where(good, cell.ideal, 0.0), np.where(good, weight, 0.0)


# ------------------------------------------------------------------ the loop


def check_template(context: FitContext, template: Template, table: Table) -> None:
    """Refuse what does not go with unknown parts.

    Raises
    ------
    ParseError
        For guesses of a part that there is none of.
    DataError
        For constants, another loss, or errors of the rows: parts are found by squared errors.
    """
    if context.constants is not None:
        raise DataError(
            "constants= are those of a known formula: a template with unknown functions takes "
            "guesses= for these, and finds its numbers by itself"
        )
    objective = context.objective(table)
    if not objective.squared or objective.known:
        raise DataError("template= is fitted by squared errors: leave out loss, y_error, X_error")
    _guesses(context.guesses, template)


def _guesses(given: Any, template: Template) -> dict[str, Any]:
    """Laws that a part begins with, by its name."""
    if given is None:
        return {}
    names = [p.name for p in template.parts if p.columns]
    if not isinstance(given, Mapping):
        raise ParseError(f"guesses beside a template are laws by part: {{{names[0]!r}: [...]}}")
    for name in given:
        if name not in names:
            raise ParseError(f"no part {name!r} to guess; the template has {', '.join(names)}")
    return dict(given)


class TemplateLoop:
    """The loop of a law with unknown parts: each part in turn is a table and a fit of its own.

    Parameters
    ----------
    template : Template
    table : Table
    rows : ndarray of int
        Those that the loop sees.
    problem : Problem
        These rows as the search sees them.
    context : FitContext
    budget : Budget
    fit : callable
        Fits the table of one part.

    Attributes
    ----------
    evaluator : Evaluator
    steps : list of AnswerStep
    stopped : str
        As of `AnswerLoop`.
    """

    def __init__(
        self, template: Template, table: Table, rows: np.ndarray, problem: Problem,
        context: FitContext, budget: Budget, fit: Callable[[Table, FitContext], Any],
    ) -> None:  # fmt: skip
        self.template, self.table, self.budget, self._fit = template, table, budget, fit
        plain = table.in_user_units()
        self.X, self.y, self.weight = (
            plain.every[rows],
            problem.y * table.magnitudes.y,
            problem.weight,
        )
        unary = tuple(dict.fromkeys((*context.unary, *template.operators(1))))
        binary = tuple(dict.fromkeys((*context.binary, *template.operators(2))))
        self.context = replace(context, unary=unary, binary=binary)
        problem = replace(problem, unary=unary, binary=binary, rng=problem.rng.spawn(1)[0])
        self.evaluator = Evaluator(problem, budget)
        self.steps: list[AnswerStep] = []
        self.stopped = ""

    def run(self, share: float = 1.0) -> TemplateLoop:
        """Each part in turn, a few times, until the law is exact or does not get better.

        It takes no rest.
        """
        del share
        self.stopped = self._rounds()
        return self

    def _rounds(self) -> str:
        template, table, X, y = self.template, self.table, self.X, self.y
        guesses = _guesses(self.context.guesses, template)
        V = smooth_parts(template, X, y, self.weight)
        holes = [k for k, p in enumerate(template.parts) if p.columns]
        laws = [
            [] if p.columns else [const(float(v))]
            for p, v in zip(template.parts, V[0], strict=True)
        ]
        before = np.inf
        for _ in range(_ROUNDS):
            for k in holes:
                left = self.budget.left()
                if all(laws) and left < _LEAST:
                    return "time limit"
                wanted, own = _wanted(template, X, y, V, k)
                own = own if self.weight is None else own * self.weight
                seconds = None if self.budget.search is None else max(_SHARE * left, _LEAST)
                hole = template.parts[k]
                laws[k] = self._part(hole, wanted, own, guesses.get(hole.name), seconds)
                V[:, k] = evaluate(laws[k][0], X)
            trials = [
                on_useful(template.law(choice), table.every, table.kept, table.magnitudes)
                for choice in itertools.product(*(some[:_ALTERNATIVES] for some in laws))
            ]
            self.evaluator.consider(trials)
            if self.evaluator.is_exact():
                return "exact"
            together = fit_constants(
                template.law([some[0] for some in laws]), X, y, self.weight,
                deadline=self.budget.search, clock=self.budget.clock,
            )  # fmt: skip
            if not together.loss < 0.99 * before:
                break
            before = together.loss
            for k, hole in enumerate(template.parts):
                laws[k][0] = part(together.node, hole.path)
                V[:, k] = evaluate(laws[k][0], X)
        return "exhausted"

    def _part(
        self, hole: Part, wanted: np.ndarray, weight: np.ndarray, guesses: Any,
        seconds: float | None,
    ) -> list[Node]:  # fmt: skip
        """Laws of one part, the chosen one first, then the most accurate ones."""
        good = weight > 0
        columns = list(hole.columns)
        names = [self.table.names[j] for j in columns]
        table = Table.plain(self.X[good][:, columns], wanted[good], weight[good], names)
        outcome = self._fit(table, replace(self.context.part(seconds), guesses=guesses))
        self.steps += outcome.steps
        result = outcome.fitted
        order = dict.fromkeys((result.chosen, *range(len(result.rows) - 1, -1, -1)))
        return [map_columns(result.law(i), columns) for i in order]
