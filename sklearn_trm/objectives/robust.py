"""Laws under a loss other than squared errors: absolute, Huber, quantile, a user's own."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from ..expressions.constants import Fit, LeastSquares, fit_constants
from ..expressions.evaluate import Program, evaluate
from ..expressions.exactness import FOUND
from ..expressions.snap import MAX_CHI_SQUARE, snap
from ..expressions.tree import Node, constants, with_constants
from .losses import Loss, OfFunction
from .reweighted import Reweighted

Array = np.ndarray
Clock = Callable[[], float]

_ROWS = 20_000  # on which constants are fitted; the front's losses see all rows
_STEPS, _IDLE = 40, 4  # reweightings at most; without a gain
_GROSS, _AT_FIRST = 10.0, 4.0  # robust spreads beyond which an error is gross; without a law
_MOST_GROSS = 0.3  # share of the rows at most
_NEIGHBOURS, _LOOKED_AT = 9, 4000  # of a row; rows that are compared with their neighbours
_MAD = 1.4826  # spread of normal errors for a median absolute error of 1


class RobustLoss(Reweighted):
    """Constants, front and choice under a loss.

    Parameters
    ----------
    loss : Loss
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weight : ndarray of shape (n,) or None
    unit : float
        What ``y`` was divided by: losses are in the user's unit.
    """

    known = False

    def __init__(self, loss: Loss, X: Array, y: Array, weight: Array | None, unit: float) -> None:
        self.loss_kind: Loss | None = loss
        self.n_rows = len(y)
        self._loss = loss
        self.X, self.y, self.unit = X, y, unit
        self.weight = np.ones(len(y)) if weight is None else weight
        self.tiny = FOUND * float(np.sqrt(np.mean(y**2))) + 1e-300
        self.some = np.linspace(0, len(y) - 1, min(len(y), _ROWS)).astype(int)
        self.counted: Array = np.ones(len(y), dtype=bool)

    # ------------------------------------------------------------------ for the search

    def weights(self, law: Node | None) -> Array | None:
        if self._loss.even:
            kept = self._like_their_neighbours() if law is None else self._ordinary(law)
            return None if kept.all() and (self.weight == 1).all() else kept * self.weight
        if law is None:
            rows, prediction, _ = self._middle()
        else:
            rows, prediction = np.arange(len(self.y)), evaluate(law, self.X)
        if not np.isfinite(prediction).all():
            return None
        y, out = self.y[rows], np.zeros(len(self.y))
        least = _MAD * float(np.median(np.abs(prediction - y)))
        out[rows] = self.weight[rows] * self._steepness(y, prediction, least)
        return out

    def _ordinary(self, law: Node) -> Array:
        """Rows without a gross error."""
        error = self.y - evaluate(law, self.X)
        if not np.isfinite(error).all():
            return np.ones(len(self.y), dtype=bool)
        error = np.abs(error - np.median(error))
        return _small(error / max(_MAD * float(np.median(error)), self.tiny), _GROSS)

    def _like_their_neighbours(self) -> Array:
        """Rows without a gross error, as far as neighbours can tell; of a long table some."""
        rows, middle, spread = self._middle()
        out = np.zeros(len(self.y), dtype=bool)
        out[rows] = _small(np.abs(self.y[rows] - middle) / spread, _AT_FIRST)
        return out

    def _middle(self) -> tuple[Array, Array, Array]:
        """Rows, the median of each one's neighbours, and their robust spread (Hampel 1974)."""
        from sklearn.neighbors import NearestNeighbors

        rows = np.linspace(0, len(self.y) - 1, min(len(self.y), _LOOKED_AT)).astype(int)
        X, y, n = self.X[rows], self.y[rows], len(rows)
        if n < 3 or X.shape[1] == 0:
            return rows, y, np.ones(n)
        k = min(_NEIGHBOURS + 1, n)
        size = np.std(X, axis=0)
        table = X / np.where(size > 0, size, 1.0)
        beside = NearestNeighbors(n_neighbors=k).fit(table).kneighbors(table)[1]
        near = y[np.where(beside == np.arange(n)[:, None], beside[:, -1:], beside)[:, :-1]]
        middle = np.median(near, axis=1)
        local = _MAD * np.median(np.abs(near - middle[:, None]), axis=1)
        whole = _MAD * float(np.median(np.abs(y - middle)))
        return rows, middle, np.maximum(local + 0.1 * whole, self.tiny)

    def _steepness(self, y: Array, prediction: Array, least: float) -> Array:
        """Weights under which squared errors are as steep as the loss, mean 1."""
        error = prediction - y
        least = max(least, self.tiny)
        error = np.where(np.abs(error) < least, np.where(error < 0, -least, least), error)
        with np.errstate(all="ignore"):
            slope = self._loss.slope(y * self.unit, (y + error) * self.unit)
            out = np.nan_to_num(slope / (error * self.unit), nan=0.0, posinf=0.0, neginf=0.0)
        out = np.maximum(out, 0.0)
        return out / out.mean() if out.any() else np.ones(len(y))

    # ------------------------------------------------------------------ the last word

    def settle(self, law: Node, share: float = 1.0) -> int:
        error = np.abs(self.y - evaluate(law, self.X))
        error = error[np.isfinite(error)]
        spread = _MAD * float(np.median(error)) if len(error) else 1.0
        self._loss = self.loss_kind = self._loss.resolved(max(spread, self.tiny) * self.unit)
        if self._loss.even:
            self.counted = self._ordinary(law)
        return int(np.count_nonzero(self.counted))

    def loss(self, law: Node) -> float:
        return self._mean(law, self.X, self.y, self.weight)

    def weigh(self, law: Node) -> float:
        rows = self.some[self.counted[self.some]]
        return self._loss.square(self._mean(law, self.X[rows], self.y[rows], self.weight[rows]))

    def each(self, law: Node, values: Array, rows: Array) -> Array:
        with np.errstate(all="ignore"):
            each = self._loss.each(self.y[rows] * self.unit, values * self.unit)
        return np.asarray(self.weight[rows] * each)

    def _mean(self, law: Node, X: Array, y: Array, weight: Array) -> float:
        with np.errstate(all="ignore"):
            each = self._loss.each(y * self.unit, evaluate(law, X) * self.unit)
            out = float(np.average(each, weights=weight))
        return out if np.isfinite(out) else np.inf

    def fit(self, law: Node, fixed: Collection[int], deadline: float | None, clock: Clock) -> Fit:
        X, y, weight = self.X[self.some], self.y[self.some], self.weight[self.some]
        best, low = law, self._mean(law, X, y, weight)
        if not np.isfinite(low):
            best = fit_constants(
                law, X, y, weight, fixed=fixed, deadline=deadline, clock=clock
            ).node
            low = self._mean(best, X, y, weight)
        least, idle = np.inf, 0
        free = constants(law) and np.isfinite(low)
        for _ in range(_STEPS if free else 0):
            if idle == _IDLE or (deadline is not None and clock() >= deadline):
                break
            prediction = evaluate(best, X)
            # slowly: weights that grow at once would hold the law to the rows that it is near to
            least = max(0.6 * min(least, float(np.median(np.abs(prediction - y)))), self.tiny)
            steep = weight * self._steepness(y, prediction, least)
            trial = fit_constants(
                best, X, y, steep, max_iter=8, fixed=fixed, deadline=deadline, clock=clock
            ).node
            new = self._mean(trial, X, y, weight)
            idle = 0 if new < low * (1.0 - 1e-6) else idle + 1
            if new < low:
                best, low = trial, new
        if free and isinstance(self._loss, OfFunction):
            best = self._descend(best, low, fixed, X, y, weight, deadline, clock)
        return Fit(best, self.loss(best), np.zeros((0, 0)))

    def _descend(
        self, law: Node, low: float, fixed: Collection[int], X: Array, y: Array, weight: Array,
        deadline: float | None, clock: Clock,
    ) -> Node:  # fmt: skip
        """A simplex, for losses that no weights describe (Nelder and Mead 1965)."""
        from scipy.optimize import minimize

        own = np.array(constants(law))
        free = [j for j in LeastSquares(law, X, y).free.tolist() if j not in set(fixed)]
        if not 0 < len(free) <= 8:
            return law

        def moved(step: Array) -> Node:
            c = own.copy()
            c[free] = own[free] * (1.0 + step) + 1e-3 * step * (own[free] == 0)
            return with_constants(law, c.tolist())

        def height(step: Array) -> float:
            if deadline is not None and clock() >= deadline:
                return np.inf
            return self._mean(moved(step), X, y, weight)

        simplex = np.vstack([np.zeros(len(free)), 0.02 * np.eye(len(free))])
        with np.errstate(all="ignore"):
            found = minimize(
                height, simplex[0], method="Nelder-Mead",
                options={"maxfev": 80 * len(free), "initial_simplex": simplex, "fatol": 1e-9 * low},
            )  # fmt: skip
        return moved(found.x) if found.fun < low else law

    def clean(self, fit: Fit, deadline: float | None, clock: Clock) -> Fit:
        rows = self.some[self.counted[self.some]]
        X, y = self.X[rows], self.y[rows]
        prediction = evaluate(fit.node, X)
        if not np.isfinite(prediction).all():
            return fit
        spread = _MAD * float(np.median(np.abs(prediction - y)))
        weight = self.weight[rows] * self._steepness(y, prediction, spread)
        plain = Fit(
            fit.node, float(np.average((prediction - y) ** 2, weights=weight)), np.zeros((0, 0))
        )
        tidy = snap(plain, X, y, weight, deadline=deadline, clock=clock)
        if tidy is plain:
            return fit
        still = np.flatnonzero(np.diag(tidy.covariance) == 0.0).tolist()
        again = self.fit(tidy.node, still, deadline, clock)
        # what clean constants may cost together, in the likelihood of the rows that count
        allowed = np.exp(1.5 * MAX_CHI_SQUARE / max(len(rows), 1))
        before, after = self.weigh(fit.node), self.weigh(again.node)
        with np.errstate(all="ignore"):
            least = float(np.mean(self._loss.each(y * self.unit, (y + self.tiny) * self.unit)))
        rounding = self._loss.square(least)
        return again if after <= max(before * allowed, rounding) else fit

    def covariance(self, law: Node, loss: float = 0.0) -> Array:
        """The sandwich of M-estimation, with smoothed slopes (Powell 1991)."""
        rows = self.some[self.counted[self.some]]
        X, y, weight = self.X[rows], self.y[rows], self.weight[rows]
        k, n = len(constants(law)), len(rows)
        out = np.zeros((k, k))
        free = LeastSquares(law, X, y).free
        if not len(free):
            return out
        program = Program(law)
        with np.errstate(all="ignore"):
            values, jac = program.values_and_jacobian(X, program.constants)
            jac, u = jac[free], self.unit
            spread = _MAD * float(np.median(np.abs(y - values)))
            wide = max(1.06 * spread * n**-0.2, self.tiny)
            up = self._loss.slope(y * u, (values + wide) * u)
            down = self._loss.slope(y * u, (values - wide) * u)
            bend = weight * (up - down) / (2.0 * wide * u)
            push = weight * self._loss.slope(y * u, values * u)
            bread, meat = (jac * bend) @ jac.T, (jac * push**2) @ jac.T
            try:
                inside = np.linalg.solve(bread, np.linalg.solve(bread, meat).T) / u**2
            except np.linalg.LinAlgError:
                inside = np.full((len(free),) * 2, np.inf)
        inside = inside * n / (n - len(free)) if n > len(free) else np.full_like(inside, np.inf)
        scale = len(self.some) / len(self.y)
        out[np.ix_(free, free)] = np.where(np.isfinite(inside), inside * scale, np.inf)
        return out


def _small(scores: Array, limit: float) -> Array:
    """Scores up to the limit, and in any case most of them."""
    return np.asarray(scores <= max(limit, float(np.quantile(scores, 1.0 - _MOST_GROSS))))
