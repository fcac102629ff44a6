"""Laws of measured rows: errors of ``y`` and of the columns are known.

Every law is fitted by its orthogonal distance in units of the errors (Boggs and Rogers 1990):
the smallest ``(y - f(x + d))**2 / s_y**2 + d**2 / s_x**2`` of a row over the shifts ``d``. To
first order that is the effective variance ``s_y**2 + (f'(x) s_x)**2`` (Clutton-Brock 1967).
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from ..expressions.constants import Fit, LeastSquares, fit_constants
from ..expressions.evaluate import Program, evaluate
from ..expressions.snap import MAX_CHI_SQUARE, snap
from ..expressions.tree import Node, constants, with_constants
from .losses import Loss
from .noise_models import Noise, known_noise
from .reweighted import Reweighted

Array = np.ndarray
Clock = Callable[[], float]

_ROWS = 20_000  # on which constants are fitted
_SHIFTS = 4  # steps of the shifts of one row
_EVALUATIONS = 60  # of a law with its slopes, at most
_LEAST = 1e-4  # least error of y, as a share of what errors of the columns make
_FAR = 1e20  # a distance that no law of use has


class ErrorsInVariables(Reweighted):
    """Constants, front and choice by the absolute chi-square.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    y_error : ndarray of shape (n,) or None
        Standard errors of ``y``; it is exact when omitted.
    X_error : ndarray of shape (n, d) or None
        Standard errors of the columns; they are exact when omitted.
    """

    loss_kind: Loss | None = None
    known = True

    def __init__(self, X: Array, y: Array, y_error: Array | None, X_error: Array | None) -> None:
        self.n_rows = len(y)
        self.X, self.y = X, y
        self.y_variance = np.zeros(len(y)) if y_error is None else y_error**2
        self.columns: list[int] = []
        self.x_error = np.zeros_like(X) if X_error is None else X_error
        if X_error is not None:
            self.columns = [j for j in range(X.shape[1]) if (X_error[:, j] > 0).any()]
            size = np.mean(X_error, axis=0) / np.maximum(np.std(X, axis=0), 1e-300)
            least = _LEAST * float(np.std(y)) * float(size.max(initial=0.0))
            self.y_variance = np.maximum(self.y_variance, least**2)
        self.y_variance = np.maximum(self.y_variance, 1e-300)
        self.some = np.linspace(0, len(y) - 1, min(len(y), _ROWS)).astype(int)
        self._step = 1e-5 * np.maximum(np.std(X, axis=0), 1e-300) if X.shape[1] else np.zeros(0)

    # ------------------------------------------------------------------ distances

    def _distance(self, law: Node, rows: Array) -> tuple[Array, Array]:
        """Signed orthogonal distances in units of the errors, and effective variances."""
        program = Program(law)
        return self._distance_at(program, program.constants, rows)

    @np.errstate(all="ignore")
    def _distance_at(self, program: Program, c: Array, rows: Array) -> tuple[Array, Array]:
        """`_distance` with other constants."""
        X, y, s_y, s_x = self.X[rows], self.y[rows], self.y_variance[rows], self.x_error[rows]
        error, variance = y - program.values(X, c), s_y
        shift = np.zeros_like(X)
        for _ in range(_SHIFTS if self.columns else 0):
            at = X + shift
            slope = np.zeros_like(X)
            for j in self.columns:
                up, down = at.copy(), at.copy()
                up[:, j] += self._step[j]
                down[:, j] -= self._step[j]
                rise = program.values(up, c) - program.values(down, c)
                slope[:, j] = rise / (2 * self._step[j])
            slope = np.nan_to_num(slope, nan=0.0, posinf=0.0, neginf=0.0)
            new = y - program.values(at, c) + np.sum(slope * shift, axis=1)
            spread = s_y + np.sum((slope * s_x) ** 2, axis=1)
            usable = np.isfinite(new)
            error, variance = np.where(usable, new, error), np.where(usable, spread, variance)
            shift = np.where(usable[:, None], s_x**2 * slope * (error / variance)[:, None], 0.0)
        return error / np.sqrt(variance), variance

    # ------------------------------------------------------------------ for the search

    def weights(self, law: Node | None) -> Array | None:
        rows = np.arange(len(self.y))
        if law is not None and self.columns:
            variance = self._distance(law, rows)[1]
        elif self.columns and self.y_variance.max() < 1e-6 * float(np.var(self.y)):
            return None  # what the errors of the columns make, no one knows yet
        else:
            variance = self.y_variance
        if not np.isfinite(variance).all() or np.ptp(variance) <= 1e-9 * variance.max():
            return None
        weight = variance.min() / variance
        return np.asarray(weight / weight.mean())

    # ------------------------------------------------------------------ the last word

    def settle(self, law: Node, share: float = 1.0) -> int:
        return len(self.y)

    def noise(self, law: Node) -> Noise | None:
        return known_noise(self.loss(law), len(self.y), law)

    def loss(self, law: Node) -> float:
        return self._chi_square(law, np.arange(len(self.y)))

    def _chi_square(self, law: Node, rows: Array) -> float:
        with np.errstate(all="ignore"):
            out = float(np.mean(self._distance(law, rows)[0] ** 2))
        return out if np.isfinite(out) else np.inf

    def weigh(self, law: Node) -> float:
        return self._chi_square(law, self.some)

    def each(self, law: Node, values: Array, rows: Array) -> Array:
        return np.asarray((self.y[rows] - values) ** 2 / self._distance(law, rows)[1])

    def fit(self, law: Node, fixed: Collection[int], deadline: float | None, clock: Clock) -> Fit:
        X, y = self.X[self.some], self.y[self.some]
        weight = self.weights(law)
        weight = None if weight is None else weight[self.some]
        best = fit_constants(law, X, y, weight, fixed=fixed, deadline=deadline, clock=clock).node
        if not self._chi_square(best, self.some) < self._chi_square(law, self.some):
            best = law  # where slopes weigh rows, least squares can lose what distances gained
        if self.columns:
            best = self._by_distance(best, fixed, deadline, clock)
        return Fit(best, self.loss(best), np.zeros((0, 0)))

    def _by_distance(
        self, law: Node, fixed: Collection[int], deadline: float | None, clock: Clock
    ) -> Node:
        """The weights move with the constants: least squares of the distances themselves."""
        from scipy.optimize import least_squares

        program = Program(law)
        own = program.constants
        problem = LeastSquares(law, self.X[self.some], self.y[self.some])
        free = [j for j in problem.free.tolist() if j not in set(fixed)]
        start = self._chi_square(law, self.some)
        if not free or not np.isfinite(start):
            return law
        size = np.where(own[free] != 0, np.abs(own[free]), 1.0)

        def moved(step: Array) -> Array:
            c = own.copy()
            c[free] = own[free] + step * size
            return c

        def distances(step: Array) -> Array:
            if deadline is not None and clock() >= deadline:
                return np.full(len(self.some), _FAR)
            out = self._distance_at(program, moved(step), self.some)[0]
            return np.nan_to_num(np.clip(out, -_FAR, _FAR), nan=_FAR)

        with np.errstate(all="ignore"):
            found = least_squares(
                distances, np.zeros(len(free)), method="trf", x_scale="jac", max_nfev=_EVALUATIONS
            )
        new = with_constants(law, moved(found.x).tolist())
        return new if self._chi_square(new, self.some) < start else law

    def clean(self, fit: Fit, deadline: float | None, clock: Clock) -> Fit:
        X, y = self.X[self.some], self.y[self.some]
        weight = self._distance(fit.node, self.some)[1] ** -1.0
        if not np.isfinite(weight).all():
            return fit
        square = (evaluate(fit.node, X) - y) ** 2
        plain = Fit(fit.node, float(np.average(square, weights=weight)), np.zeros((0, 0)))
        tidy = snap(plain, X, y, weight, deadline=deadline, clock=clock)
        if tidy is plain:
            return fit
        still = np.flatnonzero(np.diag(tidy.covariance) == 0.0).tolist()
        again = self.fit(tidy.node, still, deadline, clock)
        n = len(self.y)
        return again if n * again.loss <= n * fit.loss + 1.5 * MAX_CHI_SQUARE else fit

    def covariance(self, law: Node, loss: float = 0.0) -> Array:
        """``(J^T W J)^-1``: the errors are known, so residuals have no say."""
        k = len(constants(law))
        out = np.zeros((k, k))
        free = LeastSquares(law, self.X, self.y).free.tolist()
        if not free:
            return out
        own = np.array(constants(law))
        rows = []
        for j in free:  # of the distances, whose variances move too
            step = 1e-6 * abs(own[j]) + 1e-9
            ends = []
            for sign in (1.0, -1.0):
                c = own.copy()
                c[j] += sign * step
                ends.append(self._distance(with_constants(law, c.tolist()), self.some)[0])
            rows.append((ends[0] - ends[1]) / (2.0 * step))
        jac = np.array(rows)
        information = jac @ jac.T * (len(self.y) / len(self.some))
        inside = np.full((len(free),) * 2, np.inf)
        size = np.sqrt(np.diag(information))
        if np.isfinite(size).all() and (size > 0).all():
            inside = np.linalg.pinv(information / np.outer(size, size)) / np.outer(size, size)
        out[np.ix_(free, free)] = inside
        return out
