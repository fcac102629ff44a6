"""The fit of a known formula: its constants by (weighted) least squares, within bounds."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from ..data.table import Table
from ..errors import DataError
from ..expressions.evaluate import BLOCK, Program
from ..expressions.exactness import exact_loss
from ..expressions.operators import OPS
from ..expressions.tree import Node, complexity, walk, with_constants
from ..objectives.noise_models import NONE, Noise, known_noise
from ..task.front import FrontEntry
from ..task.result import FitResult
from ..task.settings import AnswerStep
from .callbacks import Enough, Watch
from .context import FitContext
from .formula import Formula, Known, draw_starts
from .template import Template

_ROWS = 256  # on which starts are compared
_STARTS, _WAVY = 400, 2000  # where no start is given; where a wave's frequency is unknown
_KEPT = 12  # starts that are fitted
_STEPS = 100  # evaluations of each; the best goes on
_LAST_STEPS = 1000
_BATCH = 64  # starts at once: memory stays bounded
_TINY = 1e-13  # relative error that is rounding
_NO_STEP = 1e-15
_STEEPEST = 1e100  # its square is a number


def fit_formula(
    table: Table, context: FitContext, template: Template, watch: Watch
) -> tuple[FitResult, list[AnswerStep], str]:
    """Fit the constants of a formula; the front is this one law.

    Parameters
    ----------
    table : Table
    context : Work
    template : Template
        One without unknown functions.
    watch : Watch
        Told of the law.

    Returns
    -------
    result : FitResult
    steps : list of AnswerStep
        None: the netcontext is not asked.
    stopped : str

    Raises
    ------
    DataError
        For fewer rows than constants, or a formula that no start makes defined on every row.
    """
    if not context.objective(table).squared:
        raise DataError("a template is fitted by squared errors: leave out loss= and X_error=")
    if context.guesses is not None:
        raise DataError("a template without unknown parts takes constants=, not guesses=")
    formula = Formula.of(template, table.every.shape[1])
    known = Known.read(context.constants, formula.names)
    unit, table = table.magnitudes.y, table.in_user_units()
    y_error = None if table.y_error is None else table.y_error * unit
    weight = table.weight if y_error is None else (y_error / y_error.min()) ** -2
    rows = _Rows(formula, table.every, table.y, weight)
    if len(table.y) < len(formula.names):
        raise DataError(
            f"{len(formula.names)} constants ({', '.join(formula.names)}) and "
            f"{len(table.y)} different rows: give at least as many rows"
        )
    limit = context.settings.time_limit

    def late() -> bool:
        return limit is not None and context.clock() - context.start > limit

    theta = _best(rows, known, context.rng, late)
    if context.settings.snap:
        theta = _short(rows, theta, known)
    cost = float(rows.cost(theta))
    loss = min(cost * rows.unit * rows.unit, sys.float_info.max)
    held = (theta <= known.low) | (theta >= known.high)
    if y_error is None:
        spare = table.n_given - int((~held).sum())
        variance = cost / spare if spare > 0 else np.inf
    else:  # of known errors the residuals have no say
        least = float(y_error.min())
        in_errors = float(np.mean((least / y_error) ** 2))
        loss *= in_errors / least / least
        variance = (least / rows.unit) ** 2 / (len(table.y) * in_errors)
    spread = rows.covariance(theta, held, variance)
    node = with_constants(formula.node, rows.leaves(theta).tolist())
    leaf_spread = spread[np.ix_(rows.owner, rows.owner)]
    leaf_spread[rows.owner < 0, :] = leaf_spread[:, rows.owner < 0] = 0.0
    row = FrontEntry(complexity(node), loss, 0.0, node, table.rules.prior(node))
    scaled = table.y / rows.unit
    size = float(np.sqrt(np.mean(scaled**2)))
    exact = cost <= exact_loss(float(np.std(scaled)), size)
    told = weight is None or y_error is not None  # what weights are relative to, no one says
    fitted = FitResult(
        rows=(row,),
        covariances=(leaf_spread,),
        chosen=0,
        magnitudes=table.magnitudes,
        n_rows=table.n_given,
        n_counted=len(table.y),
        n_tried=1,
        size=size * rows.unit,
        known=y_error is not None,
        ranges=table.ranges,
        error=table.typical_error,
        noises=(_noise(loss, table.n_given, node, exact, y_error is not None) if told else None,),
        labels=tuple((name, formula.owner.index(i)) for i, name in enumerate(formula.names)),
    )
    with suppress(Enough):
        watch(row, 0)
    return fitted, [], "exact" if exact else "time limit" if late() else "exhausted"


def _noise(loss: float, n_rows: int, law: Node, exact: bool, known: bool) -> Noise | None:
    """What a formula leaves: it is fitted evenly, or by errors that are known."""
    if exact:
        return NONE
    noise = known_noise(loss, n_rows, law)
    return noise if noise is None or known else Noise("even", noise.size)


def _best(
    rows: _Rows, known: Known, rng: np.random.Generator, late: Callable[[], bool]
) -> np.ndarray:
    """The best constants from several starts."""
    formula, n = rows.formula, len(rows.y)
    drawn = [i for i in range(len(formula.names)) if math.isnan(known.start[i])]
    inner = set(drawn) - set(formula.linear)
    wavy = any(n.children and OPS[n.op].period is not None for n in walk(formula.node))
    few = rows.some(rng.choice(n, min(n, _ROWS), replace=False))
    count = (_WAVY if wavy else _STARTS) if inner else 1
    starts = draw_starts(formula, known, few.X, count, rng)
    solved = [i for i in formula.linear if i in drawn]
    parts = [few.project(starts[i : i + _BATCH], solved, known) for i in range(0, count, _BATCH)]
    starts, costs = np.vstack([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    order = np.argsort(costs, kind="stable")
    # a formula with an odd domain may be undefined on some rows at first, and not at last
    order = order[np.isfinite(costs[order])][:_KEPT]
    if not order.size:
        raise DataError(
            f"no start defines the template on every row: give others, as constants="
            f"{{{formula.names[0]!r}: 1.0}}, or bounds that keep it in its domain"
        )
    fits: list[tuple[float, np.ndarray]] = []
    for start in starts[order]:
        fits.append(few.descend(start, known, _STEPS, late))
        if late() or fits[-1][0] < _TINY**2:
            break
    best = [theta for _, theta in _by_cost(fits)[:3]]
    ends = []
    for theta in filter(rows.defined, best):
        ends.append(rows.descend(theta, known, _LAST_STEPS, late))
        if late():
            break
    if not ends:
        raise DataError(
            "the template is undefined on some rows where it fits the others: bound its constants"
        )
    return _by_cost(ends)[0][1]


def _by_cost(fits: list[tuple[float, np.ndarray]]) -> list[tuple[float, np.ndarray]]:
    """The best first; of those that are as good, the one with fewer minus signs, smaller phases."""
    least = min(cost for cost, _ in fits) * (1 + 1e-9) + _TINY**2
    return sorted(fits, key=lambda fit: (
        max(fit[0], least), int((fit[1] < 0).sum()), float(np.log1p(np.abs(fit[1])).sum())
    ))  # fmt: skip


def _short(rows: _Rows, theta: np.ndarray, known: Known) -> np.ndarray:
    """Constants of an exact fit without the digits that are rounding."""
    most = max(2.0 * float(rows.cost(theta)), _TINY**2)
    if most > 1e-20:
        return theta
    for digits in range(3, 15):
        short = np.array([float(f"{v:.{digits}g}") for v in theta])
        short = np.clip(short, known.low, known.high)
        if rows.cost(short) <= most:
            return short
    return theta


class _Late(Exception):
    """The time is over: the best so far is taken."""


class _Rows:
    """A formula on a table, in scaled units: the cost is a (weighted) mean of squares."""

    def __init__(
        self, formula: Formula, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None
    ) -> None:
        self.formula, self.X, self.y, self.weight = formula, X, y, weight
        share = np.ones(len(y)) if weight is None else weight
        self.root = np.sqrt(share / share.sum())
        top = float(np.max(np.abs(y)))
        self.unit = float(2.0 ** np.floor(np.log2(top))) if top > 0 else 1.0
        self.program = Program(formula.node)
        self.owner = np.array(formula.owner, dtype=int)

    def some(self, index: np.ndarray) -> _Rows:
        weight = None if self.weight is None else self.weight[index]
        if weight is not None and not weight.any():
            weight = None
        return _Rows(self.formula, self.X[index], self.y[index], weight)

    def leaves(self, theta: np.ndarray) -> np.ndarray:
        """All numeric leaves at settings (..., p)."""
        own = np.broadcast_to(self.program.constants, (*theta.shape[:-1], len(self.owner))).copy()
        own[..., self.owner >= 0] = theta[..., self.owner[self.owner >= 0]]
        return own

    def _blocks(self) -> list[slice]:
        return [slice(i, i + BLOCK) for i in range(0, len(self.y), BLOCK)]

    @np.errstate(all="ignore")
    def residual(self, theta: np.ndarray) -> np.ndarray:
        """Weighted residuals, shape (..., n)."""
        c = self.leaves(theta)
        values = np.concatenate([self.program.values(self.X[s], c) for s in self._blocks()], -1)
        return (values / self.unit - self.y / self.unit) * self.root

    @np.errstate(all="ignore")
    def slopes(self, theta: np.ndarray) -> np.ndarray:
        """Derivatives of the residuals by the constants, shape (..., p, n)."""
        c = self.leaves(theta)
        parts = [self.program.values_and_jacobian(self.X[s], c)[1] for s in self._blocks()]
        by_leaf = np.concatenate(parts, -1)
        out = np.zeros((*theta.shape[:-1], len(self.formula.names), len(self.y)))
        for leaf, i in enumerate(self.owner):
            if i >= 0:
                out[..., i, :] += by_leaf[..., leaf, :]
        return out * (self.root / self.unit)

    @np.errstate(all="ignore")
    def cost(self, theta: np.ndarray) -> np.ndarray:
        r = self.residual(theta)
        out = np.einsum("...n,...n->...", r, r)
        return np.where(np.isfinite(out), out, np.inf)

    def defined(self, theta: np.ndarray) -> bool:
        return bool(np.isfinite(self.cost(theta)) and np.isfinite(self.slopes(theta)).all())

    @np.errstate(all="ignore")
    def project(
        self, theta: np.ndarray, linear: list[int], known: Known
    ) -> tuple[np.ndarray, np.ndarray]:
        """Settings (S, p) with the best linear constants, and their costs."""
        theta = theta.copy()
        if linear:
            theta[:, linear] = 0.0
            rest, slopes = self.residual(theta), self.slopes(theta)[:, linear]
            for s in range(len(theta)):
                A, b = slopes[s].T, -rest[s]
                size = np.abs(A).max(axis=0)
                if np.isfinite(b).all() and np.isfinite(size).all():
                    size[size == 0] = 1.0
                    theta[s, linear] = np.linalg.lstsq(A / size, b, rcond=1e-12)[0] / size
            theta[:, linear] = np.clip(theta[:, linear], known.low[linear], known.high[linear])
        return theta, self.cost(theta)

    def descend(
        self, theta: np.ndarray, known: Known, steps: int, late: Callable[[], bool]
    ) -> tuple[float, np.ndarray]:
        """Least squares from one start; its cost, inf where it cannot begin."""
        from scipy.optimize import least_squares

        theta = np.clip(theta, known.low, known.high)
        if not self.defined(theta):
            return np.inf, theta
        # constants of any size are steps of about 1; a power of two divides without rounding
        s = np.exp2(np.floor(np.log2(np.where(theta == 0, 1.0, np.abs(theta)))))
        ends = [(float(self.cost(theta)), theta)]

        def residual(u: np.ndarray) -> np.ndarray:
            if late():
                raise _Late
            r = self.residual(s * u)
            if (cost := float(r @ r)) < ends[0][0]:
                ends[0] = cost, s * u
            return r

        def slopes(u: np.ndarray) -> np.ndarray:  # where one is undefined its constant stays
            out = self.slopes(s * u).T * s
            return np.clip(np.nan_to_num(out, nan=0.0), -_STEEPEST, _STEEPEST)

        try:
            with np.errstate(all="ignore"):
                found = least_squares(
                    residual, theta / s, slopes, (known.low / s, known.high / s), x_scale="jac",
                    ftol=_NO_STEP, xtol=_NO_STEP, gtol=None, max_nfev=steps,
                )  # fmt: skip
        except _Late:
            return ends[0]
        # an inner-point method stops short of a bound: the bound itself may be better
        edge = s * found.x
        for bound, side in ((known.low, -1), (known.high, 1)):
            near = np.isfinite(bound) & (found.active_mask == side)
            edge[near] = bound[near]
        ends += [(float(self.cost(t)), t) for t in (edge, s * found.x)]
        return min(ends, key=lambda end: end[0])

    @np.errstate(all="ignore")
    def covariance(self, theta: np.ndarray, held: np.ndarray, variance: float) -> np.ndarray:
        """``variance * (J^T J)^-1`` of the free constants; infinite where rows do not tell them."""
        out = np.zeros((len(theta), len(theta)))
        J = self.slopes(theta)
        top = np.abs(J).max(axis=1)  # squares of slopes may be beyond floats
        J = J / np.where(top > 0, top, 1.0)[:, None]
        size = np.linalg.norm(J, axis=1)
        seen = np.isfinite(size) & (size > 0)
        free = np.flatnonzero(~held & seen)
        J, size, top = J[free] / size[free, None], size[free], top[free]
        values, vectors = np.linalg.eigh(J @ J.T)
        flat = values < 1e-14
        block = (vectors[:, ~flat] / values[~flat]) @ vectors[:, ~flat].T
        size = size * top
        block = np.where(block == 0, 0.0, block * variance) / size[:, None] / size
        out[np.ix_(free, free)] = block
        lost = [
            *np.flatnonzero(~held & ~seen),
            *free[(np.abs(vectors[:, flat]) > 1e-6).any(axis=1)],
        ]
        out[lost, lost] = np.inf
        return out
