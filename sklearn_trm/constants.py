"""Fit the free constants of a law: batched Levenberg-Marquardt.

Minimises ``mean(w * (f(X, c) - y)**2)`` over the numeric leaves ``c``. All starts
move at once through one `Program`, whose Jacobian is exact. Constants in which the
law is linear are solved in closed form first (the idea of variable projection,
Golub and Pereyra 1973), so that only inner constants need several starts.
Residuals are divided by the size of ``y`` and columns by their own size: neither
very large nor very small data overflows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from .evaluate import Program, evaluate
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
    >>> from sklearn_trm.text import parse
    >>> X = np.linspace(0.0, 3.0, 20)[:, None]
    >>> fit = fit_constants(parse("1*exp(-1*x0) + 1"), X, 2.0 * np.exp(-0.5 * X[:, 0]) + 3.0)
    >>> from sklearn_trm.text import to_text
    >>> to_text(fit.node, precision=6)
    '2*exp(-0.5*x0) + 3'
    """
    problem = Problem(node, X, y, weight, fixed)
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
    return problem.fit(problem.polish(best))


def _never() -> bool:
    return False


class Problem:
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
        self.fixed = self.program.fixed_part(X)
        roles = _roles(node, X)
        for j in fixed:
            roles[j] = "fixed"
        self.free = np.flatnonzero([role != "fixed" for role in roles])
        self.linear = np.flatnonzero([role == "linear" for role in roles])
        self.inner = np.flatnonzero([role in ("inner", "exponent") for role in roles])
        self.roles = roles

    def rows(self, index: Array) -> Problem:
        part = object.__new__(Problem)
        part.__dict__.update(self.__dict__)
        part.X, part.y, part.target = self.X[index], self.y[index], self.target[index]
        part.fixed = self.program.fixed_part(part.X)
        root = self.root[index]
        part.root = root / max(float(np.sqrt(np.sum(root * root))), 1e-300)
        return part

    # -- residuals ---------------------------------------------------------------

    def residual(self, c: Array) -> tuple[Array, Array]:
        """Weighted residuals (S, n) and their sums of squares (S,), inf if undefined."""
        r = (self.program.values(self.X, c, self.fixed) / self.unit - self.target) * self.root
        cost = np.einsum("sn,sn->s", r, r)
        return r, np.where(np.isfinite(cost), cost, np.inf)

    def residual_and_jacobian(self, c: Array) -> tuple[Array, Array, Array]:
        values, jac = self.program.values_and_jacobian(self.X, c, self.fixed)
        r = (values / self.unit - self.target) * self.root
        if len(self.free) < jac.shape[1]:
            jac = jac[:, self.free]
        jac = jac * (self.root / self.unit)
        cost = np.einsum("sn,sn->s", r, r)
        return r, jac, np.where(np.isfinite(cost), cost, np.inf)

    # -- closed form -------------------------------------------------------------

    def solve_linear(self, c: Array) -> Array:
        """Best values of the linear constants, given the inner ones."""
        c = c.copy()
        c[:, self.linear] = 0.0
        rest, jac = self.program.values_and_jacobian(self.X, c, self.fixed)
        basis = jac[:, self.linear] * self.root
        size = np.abs(basis).max(axis=2)
        basis = basis / size[:, :, None]
        goal = (self.target - rest / self.unit) * self.root
        for s in range(len(c)):
            if np.isfinite(basis[s]).all() and np.isfinite(goal[s]).all():
                z = np.linalg.lstsq(basis[s].T, goal[s], rcond=1e-14)[0]
                c[s, self.linear] = z / size[s] * self.unit
            else:
                c[s, self.linear] = np.nan
        return c

    # -- Levenberg-Marquardt -----------------------------------------------------

    def minimise(self, c: Array, max_iter: int, late: Callable[[], bool]) -> tuple[Array, Array]:
        """Move all starts downhill; returns the settings (S, k) and their costs (S,)."""
        c = c.copy()
        if self.linear.size:
            solved = self.solve_linear(c)
            _, before = self.residual(c)
            _, after = self.residual(solved)
            c = np.where((after < before)[:, None], solved, c)
            if not self.inner.size:
                return c, np.minimum(before, after)
        r, jac, cost = self.residual_and_jacobian(c)
        damping = np.full(len(c), 1e-3)
        active = np.flatnonzero(np.isfinite(cost) & np.isfinite(jac).all(axis=(1, 2)))
        for _ in range(max_iter):
            active = active[cost[active] > _EXACT]
            if not active.size or late():
                break
            step = _damped_step(r[active], jac[active], damping[active])
            trial = c[active]
            trial[:, self.free] += step
            new_r, new_jac, new_cost = self.residual_and_jacobian(trial)
            # a setting on the edge of the domain may have values but no slope
            new_cost[~np.isfinite(new_jac).all(axis=(1, 2))] = np.inf
            better = new_cost < cost[active]
            small = np.abs(step) <= 1e-13 * np.abs(c[np.ix_(active, self.free)])
            done = small.all(axis=1) | (damping[active] > 1e12)
            flat = better & (cost[active] - new_cost <= 1e-11 * cost[active])
            won = active[better]
            c[won], r[won], jac[won], cost[won] = (
                trial[better], new_r[better], new_jac[better], new_cost[better])  # fmt: skip
            damping[active] = np.where(
                better, np.maximum(damping[active] * 0.1, 1e-15), damping[active] * 10.0
            )
            active = active[~(done | flat)]
        return c, cost

    def polish(self, c: Array) -> Array:
        """Two Gauss-Newton steps by QR: the last digits that normal equations lose."""
        for _ in range(2):
            r, jac, cost = self.residual_and_jacobian(c[None, :])
            if not (_EXACT < cost[0] < 1e-6) or not np.isfinite(jac).all():
                break
            size = np.abs(jac[0]).max(axis=1)
            size[size == 0.0] = 1.0
            step = np.linalg.lstsq((jac[0] / size[:, None]).T, -r[0], rcond=1e-13)[0] / size
            trial = c.copy()
            trial[self.free] += step
            if not self.residual(trial[None, :])[1][0] < cost[0]:
                break
            c = trial
        return c

    # -- starts and result -------------------------------------------------------

    def random_starts(self, count: int, rng: np.random.Generator) -> Array:
        """Inner constants drawn afresh (odd starts) or around their own values (even)."""
        own = self.program.constants
        out = np.tile(own, (count, 1))
        scales = _scales(self.node, self.X)
        for j in self.inner:
            if self.roles[j] == "exponent":
                out[:, j] = rng.uniform(-4.0, 4.0, count)
            else:
                magnitude = 10.0 ** rng.uniform(-1.5, 1.5, count)
                out[:, j] = scales[j] * magnitude * rng.choice([-1.0, 1.0], count)
            near = own[j] * 10.0 ** rng.normal(0.0, 0.3, count)
            out[1::2, j] = near[1::2]
        return out

    def fit(self, c: Array) -> Fit:
        k = len(c)
        covariance = np.zeros((k, k))
        _, jac, cost = self.residual_and_jacobian(c[None, :])
        node = with_constants(self.node, c.tolist())
        if not np.isfinite(cost[0]):
            return Fit(node, np.inf, covariance)
        loss = min(float(cost[0]) * self.unit * self.unit, float(np.finfo(float).max))
        if self.free.size:
            covariance[np.ix_(self.free, self.free)] = _covariance(jac[0], cost[0], len(self.y))
        return Fit(node, loss, covariance)


def _damped_step(r: Array, jac: Array, damping: Array) -> Array:
    """Solve ``(A + damping * diag(A)) step = -J r`` for all starts, columns scaled."""
    size = np.abs(jac).max(axis=2)
    size[size == 0.0] = 1.0
    J = jac / size[:, :, None]
    A = J @ J.transpose(0, 2, 1)
    k = A.shape[1]
    diagonal = np.einsum("skk->sk", A)
    diagonal += diagonal * damping[:, None] + 1e-300
    g = np.einsum("skn,sn->sk", J, r)
    try:
        step = np.linalg.solve(A, -g[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        A += 1e-10 * np.trace(A, axis1=1, axis2=2)[:, None, None] * np.eye(k)
        step = -np.einsum("skl,sl->sk", np.linalg.pinv(A), g)
    return step / size


def _covariance(jac: Array, cost: float, n: int) -> Array:
    k = len(jac)
    if n <= k or not np.isfinite(jac).all():
        return np.full((k, k), np.inf)
    # cost is a mean: n / (n - k) makes it an unbiased variance, 1 / n that of the estimate
    covariance = _inverse_normal(jac) * (cost / (n - k))
    return np.where(np.isnan(covariance), np.inf, covariance)


def _inverse_normal(jac: Array) -> Array:
    top = np.abs(jac).max(axis=1)
    top[top == 0.0] = 1e-150  # a constant without influence: its variance is huge
    J = jac / top[:, None]  # squares of 1e-200 would vanish
    norm = np.sqrt(np.einsum("kn,kn->k", J, J))
    norm[norm == 0.0] = 1.0
    J /= norm[:, None]
    values, vectors = np.linalg.eigh(J @ J.T)
    inverse = (vectors / np.maximum(values, 1e-15)) @ vectors.T
    return inverse / norm[:, None] / norm / top[:, None] / top


@np.errstate(all="ignore")
def covariance_per_variance(problem: Problem) -> Array:
    """Covariance of the free constants for residuals of variance 1 (in units of y)."""
    _, jac, _ = problem.residual_and_jacobian(problem.program.constants[None, :])
    k = len(problem.free)
    if not np.isfinite(jac).all():
        return np.full((k, k), np.inf)
    return np.asarray(_inverse_normal(jac[0]) / len(problem.y) / problem.unit / problem.unit)


# ------------------------------------------------------------------ what a constant does


def _roles(node: Node, X: Array) -> list[str]:
    """Role of each numeric leaf in preorder: linear, inner, exponent or fixed."""
    linear = _linear_leaves(node, 0)
    roles: list[str] = []

    def visit(n: Node, role: str) -> None:
        if n.is_const:
            roles.append("linear" if len(roles) in linear else role)
            return
        for side, child in enumerate(n.children):
            own = "inner"
            if n.op == "pow" and side == 1 and child.is_const:
                base = evaluate(n.children[0], X)
                own = "fixed" if bool(np.any(base < 0.0)) else "exponent"
            visit(child, own)

    visit(node, "inner")
    return roles


def _leaves(node: Node) -> int:
    return 1 if node.is_const else sum(_leaves(c) for c in node.children)


def _linear_leaves(node: Node, first: int) -> frozenset[int]:
    """Leaves (numbered in preorder from `first`) in which the law is jointly affine."""
    if node.is_const:
        return frozenset((first,))
    if node.op in ("add", "sub", "mul", "div"):
        left, right = node.children
        split = first + _leaves(left)
        if node.op == "div":
            return _linear_leaves(left, first)
        a, b = _linear_leaves(left, first), _linear_leaves(right, split)
        if node.op == "mul":  # one side only: the product of two is not affine
            return a if len(a) >= len(b) else b
        return a | b
    return _linear_leaves(node.children[0], first) if node.op == "neg" else frozenset()


def _scales(node: Node, X: Array) -> list[float]:
    """Natural size of each numeric leaf: that of its neighbour, or one over it."""
    scales: list[float] = []

    def size(n: Node) -> float:
        with np.errstate(all="ignore"):
            values = np.abs(evaluate(n, X))
        values = values[np.isfinite(values) & (values > 0)]
        return float(np.median(values)) if values.size else 1.0

    def visit(n: Node, scale: float) -> None:
        if n.is_const:
            scales.append(scale)
            return
        for side, child in enumerate(n.children):
            own = 1.0
            if child.is_const and len(n.children) == 2 and n.op != "pow":
                other = size(n.children[1 - side])
                own = 1.0 / other if n.op == "mul" else other
            visit(child, own)

    visit(node, 1.0)
    return scales
