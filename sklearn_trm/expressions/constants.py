"""Fit the free constants of a law: batched Levenberg-Marquardt.

Minimises ``mean(w * (f(X, c) - y)**2)`` over the numeric leaves ``c``. All starts
move at once through one `Program`, whose Jacobian is exact. Constants in which the
law is linear are solved in closed form first (the idea of variable projection,
Golub and Pereyra 1973), so that only inner constants need several starts.
Residuals are divided by the size of ``y`` and columns by their own size: neither
very large nor very small data overflows. A long table is passed in blocks of rows, from
which only normal equations (or triangles) are kept: memory does not grow with it.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from .evaluate import BLOCK, Program
from .least_squares import Normal, Rows, add_rows, damped_step, inverse_normal
from .roles import offsets, roles, scales
from .tree import Node, with_constants

Array = np.ndarray

SUBSAMPLE = 512  # rows for the search over starts; the last fit always sees all rows
_EXACT = 1e-31  # mean square of relative residuals at float64's rounding
_FINALISTS = 3


@dataclass(frozen=True, eq=False)
class Fit:
    """A law with fitted constants.

    Attributes
    ----------
    node : Node
        The law; its numeric leaves carry the fitted values.
    loss : float
        (Weighted) mean squared error; ``inf`` where the law is undefined on any row.
        A finite loss beyond float64 is given as the largest float.
    covariance : ndarray of shape (k, k)
        Covariance of the numeric leaves in preorder: ``s**2 (J^T W J)^-1``. Rows and
        columns of constants that were held fixed are zero; a constant that the data
        do not determine has a huge variance.
    """

    node: Node
    loss: float
    covariance: Array


@np.errstate(all="ignore")  # trial settings may leave the domain: that is their loss, no warning
def fit_constants(
    node: Node,
    X: Array,
    y: Array,
    weight: Array | None = None,
    n_starts: int = 1,
    rng: np.random.Generator | int | None = None,
    deadline: float | None = None,
    max_iter: int = 60,
    fixed: Collection[int] = (),
    clock: Callable[[], float] = time.monotonic,
) -> Fit:
    """Fit the numeric leaves of `node` to a table.

    Parameters
    ----------
    node : Node
        The law; its own constants are the first start.
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weight : ndarray of shape (n,), optional
        Weights of the squared errors; rows of weight 0 are left out.
    n_starts : int
        Starts for inner constants; those beyond the first are random.
    rng : Generator or int, optional
        Source of the random starts; fixed when omitted, so that fits repeat.
    deadline : float, optional
        Instant of `clock` at which to stop with the best so far.
    max_iter : int
        Iterations at most, on the subsample and again on all rows.
    fixed : collection of int, optional
        Numeric leaves, numbered in preorder, that keep their values.
    clock : callable

    Returns
    -------
    Fit

    Notes
    -----
    A constant exponent is held fixed when its base is negative on any row: between
    two integers such a power is undefined.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm.expressions.text import parse
    >>> X = np.linspace(0.0, 3.0, 20)[:, None]
    >>> fit = fit_constants(parse("1*exp(-1*x0) + 1"), X, 2.0 * np.exp(-0.5 * X[:, 0]) + 3.0)
    >>> from sklearn_trm.expressions.text import to_text
    >>> to_text(fit.node, precision=6)
    '2*exp(-0.5*x0) + 3'
    """
    problem = LeastSquares(node, X, y, weight, fixed)
    late = _never if deadline is None else lambda: clock() > deadline
    k = len(problem.program.constants)
    own = problem.program.constants[None, :]
    if not problem.free.size or len(problem.y) == 0:
        return problem.fit(own[0])
    starts = own
    if n_starts > 1 and problem.inner.size:
        starts = np.vstack([own, problem.random_starts(n_starts - 1, np.random.default_rng(
            0 if rng is None else rng))])  # fmt: skip
    n = len(problem.y)
    if n > 2 * SUBSAMPLE and k < SUBSAMPLE and problem.inner.size:
        part = problem.rows(np.linspace(0, n - 1, SUBSAMPLE).astype(int))
        c, cost = part.minimise(starts, max_iter, late)
        starts = c[np.argsort(cost, kind="stable")[:_FINALISTS]]
    c, cost = problem.minimise(starts, max_iter, late)
    best = c[int(np.argmin(cost))]
    return problem.fit(best if late() else problem.polish(best))


def _never() -> bool:
    return False


class LeastSquares:
    """One law on one table, in scaled units."""

    def __init__(
        self,
        node: Node,
        X: Array,
        y: Array,
        weight: Array | None = None,
        fixed: Collection[int] = (),
    ) -> None:
        X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        if weight is not None:
            weight = np.asarray(weight, dtype=float)
            keep = weight > 0
            if not keep.all():
                X, y, weight = X[keep], y[keep], weight[keep]
        self.node, self.X, self.y = node, X, y
        # normalised so that cost is a plain sum of squares
        share = np.full(len(y), 1.0) if weight is None else weight / weight.max(initial=1e-300)
        self.root = np.sqrt(share / max(share.sum(), 1e-300))
        top = float(np.max(np.abs(y), initial=0.0))
        # a power of two divides without rounding
        self.unit = float(2.0 ** np.floor(np.log2(top))) if 0 < top < np.inf else 1.0
        self.target = y / self.unit
        self.program = Program(node)
        self.fixed = self.program.fixed_part(X) if len(y) <= BLOCK else None
        what = roles(node, X, fixed)
        self.free = np.flatnonzero([role != "fixed" for role in what])
        self.linear = np.flatnonzero([role == "linear" for role in what])
        self.inner = np.flatnonzero([role in ("inner", "exponent") for role in what])
        self.roles = what
        self.basis = self._basis()

    def _basis(self) -> Array | None:
        """What a step of each free constant moves, where it is not that constant alone."""
        if not (self.inner.size and len(self.y)):
            return None
        place = {leaf: k for k, leaf in enumerate(self.free.tolist())}
        out = np.eye(len(place))
        for slope, number, middle in offsets(self.node, self.X):
            if slope in place and number in place:
                out[place[number], place[slope]] = -middle
        return out if np.count_nonzero(out) > len(place) else None

    def rows(self, index: Array) -> LeastSquares:
        part = object.__new__(LeastSquares)
        part.__dict__.update(self.__dict__)
        part.X, part.y, part.target = self.X[index], self.y[index], self.target[index]
        part.fixed = self.program.fixed_part(part.X)
        root = self.root[index]
        part.root = root / max(float(np.sqrt(np.sum(root * root))), 1e-300)
        part.parts = [part]
        return part

    @functools.cached_property
    def parts(self) -> list[LeastSquares]:
        """The table in blocks of rows (views)."""
        n = len(self.y)
        if n <= BLOCK:
            return [self]
        out = []
        for start in range(0, n, BLOCK):
            part, s = object.__new__(LeastSquares), slice(start, start + BLOCK)
            part.__dict__.update(self.__dict__)
            part.X, part.y, part.target = self.X[s], self.y[s], self.target[s]
            part.root = self.root[s]
            out.append(part)
        return out

    # -- residuals ---------------------------------------------------------------

    def cost(self, c: Array) -> Array:
        """Sums of squares (S,) of the weighted residuals, inf if undefined."""
        cost = np.zeros(len(c))
        for p in self.parts:
            r = (p.program.values(p.X, c, p.fixed) / p.unit - p.target) * p.root
            cost += np.einsum("sn,sn->s", r, r)
        return np.where(np.isfinite(cost), cost, np.inf)

    def residual_and_jacobian(self, c: Array) -> tuple[Array, Array, Array]:
        values, jac = self.program.values_and_jacobian(self.X, c, self.fixed)
        r = (values / self.unit - self.target) * self.root
        if len(self.free) < jac.shape[1]:
            jac = jac[:, self.free]
        jac = jac * (self.root / self.unit)
        cost = np.einsum("sn,sn->s", r, r)
        return r, jac, np.where(np.isfinite(cost), cost, np.inf)

    def normal(
        self, c: Array, late: Callable[[], bool] = _never, basis: Array | None = None
    ) -> Normal:
        """Normal equations at settings `c` (S, k), one pass over all rows; in a `basis` of steps.

        A pass that becomes `late` is given up: its costs are inf.
        """
        out: Normal | None = None
        for p in self.parts:
            if out is not None and late():
                out.cost[:] = np.inf
                break
            r, jac, cost = p.residual_and_jacobian(c)
            out = add_rows(out, r, jac if basis is None else basis.T @ jac, cost)
        assert out is not None
        return out

    # -- closed form -------------------------------------------------------------

    def solve_linear(self, c: Array) -> Array:
        """Best values of the linear constants, given the inner ones."""
        c = c.copy()
        c[:, self.linear] = 0.0
        systems = [Rows() for _ in c]
        for p in self.parts:
            rest, jac = p.program.values_and_jacobian(p.X, c, p.fixed)
            basis = jac[:, self.linear] * p.root
            goal = (p.target - rest / p.unit) * p.root
            for s, rows in enumerate(systems):
                rows.add(basis[s], goal[s])
        for s, rows in enumerate(systems):
            c[s, self.linear] = rows.solve(1e-14) * self.unit
        return c

    # -- Levenberg-Marquardt -----------------------------------------------------

    def minimise(self, c: Array, max_iter: int, late: Callable[[], bool]) -> tuple[Array, Array]:
        """Move all starts downhill; returns the settings (S, k) and their costs (S,)."""
        c = c.copy()
        if self.linear.size:
            solved = self.solve_linear(c)
            before, after = self.cost(c), self.cost(solved)
            c = np.where((after < before)[:, None], solved, c)
            if not self.inner.size:
                return c, np.minimum(before, after)
        state = self.normal(c, late, self.basis)
        cost = state.cost
        damping = np.full(len(c), 1e-3)
        active = np.flatnonzero(np.isfinite(cost))
        for _ in range(max_iter):
            active = active[cost[active] > _EXACT]
            if not active.size or late():
                break
            step = damped_step(state.of(active), damping[active])
            if self.basis is not None:
                step = step @ self.basis.T
            trial = c[active]
            trial[:, self.free] += step
            new = self.normal(trial, late, self.basis)
            better = new.cost < cost[active]
            small = np.abs(step) <= 1e-13 * np.abs(c[np.ix_(active, self.free)])
            done = small.all(axis=1) | (damping[active] > 1e12)
            flat = better & (cost[active] - new.cost <= 1e-11 * cost[active])
            won = active[better]
            c[won] = trial[better]
            for kept, found in zip(state, new, strict=True):
                kept[won] = found[better]
            damping[active] = np.where(
                better, np.maximum(damping[active] * 0.1, 1e-15), damping[active] * 10.0
            )
            active = active[~(done | flat)]
        stuck = np.flatnonzero(~np.isfinite(cost))
        if stuck.size:  # a slope is undefined there, the value need not be
            cost[stuck] = self.cost(c[stuck])
        return c, cost

    def polish(self, c: Array) -> Array:
        """Two Gauss-Newton steps by QR: the last digits that normal equations lose."""
        cost = self.cost(c[None, :])[0]
        for _ in range(2):
            if not (_EXACT < cost < 1e-6):
                break
            rows = Rows()
            for p in self.parts:
                r, jac, _ = p.residual_and_jacobian(c[None, :])
                rows.add(jac[0], -r[0])
            trial = c.copy()
            trial[self.free] += rows.solve(1e-13)
            moved = self.cost(trial[None, :])[0]
            if not moved < cost:
                break
            c, cost = trial, moved
        return c

    # -- starts and result -------------------------------------------------------

    def random_starts(self, count: int, rng: np.random.Generator) -> Array:
        """Inner constants drawn afresh (odd starts) or around their own values (even)."""
        own = self.program.constants
        out = np.tile(own, (count, 1))
        sizes = scales(self.node, self.X)
        for j in self.inner:
            if self.roles[j] == "exponent":
                out[:, j] = rng.uniform(-4.0, 4.0, count)
            else:
                magnitude = 10.0 ** rng.uniform(-1.5, 1.5, count)
                out[:, j] = sizes[j] * magnitude * rng.choice([-1.0, 1.0], count)
            near = own[j] * 10.0 ** rng.normal(0.0, 0.3, count)
            out[1::2, j] = near[1::2]
        return out

    def fit(self, c: Array) -> Fit:
        k = len(c)
        covariance = np.zeros((k, k))
        node = with_constants(self.node, c.tolist())
        normal = self.normal(c[None, :])
        cost = normal.cost[0] if np.isfinite(normal.cost[0]) else self.cost(c[None, :])[0]
        if not np.isfinite(cost):
            return Fit(node, np.inf, covariance)
        loss = min(float(cost) * self.unit * self.unit, float(np.finfo(float).max))
        n, k = len(self.y), len(self.free)
        if k:
            # cost is a mean: n / (n - k) makes it an unbiased variance, 1 / n that of the estimate
            inverse = inverse_normal(normal)
            free = inverse * (cost / (n - k)) if n > k else np.full((k, k), np.inf)
            covariance[np.ix_(self.free, self.free)] = np.where(np.isnan(free), np.inf, free)
        return Fit(node, loss, covariance)


@np.errstate(all="ignore")
def covariance_per_variance(problem: LeastSquares) -> Array:
    """Covariance of the free constants for residuals of variance 1 (in units of y)."""
    inverse = inverse_normal(problem.normal(problem.program.constants[None, :]))
    return np.asarray(inverse / len(problem.y) / problem.unit / problem.unit)
