"""Which columns does the target depend on? An order of the columns, without a model of the law.

Columns and target are replaced by their ranks, so neither outliers nor the scale of a
column matters (whether ``y`` depends on a column is the same for any monotone
function of ``y``). A quick screen scores every column, and every pair of columns: how a
residual, its magnitude, and its products with the columns already chosen vary with low
polynomials of the column; pairs are needed because a product of two columns around zero
shows no trace of either alone. The best of the screen are then tried in a smooth
regression (kernel ridge on the chosen columns, judged by leave-one-out), and the best
of those is chosen, as long as it pays for having been picked out of so many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..expressions.least_squares import solve_normal

Array = np.ndarray

WIDE = 10  # columns; of more, the relevant ones are looked for
ROWS = 300  # rows that are looked at
_MOST = 10  # columns that may be chosen
_SINGLES, _PAIRS = 6, 3  # of the screen, tried in the regression
_PAIRED = 400  # columns of which all pairs are screened
_EXPLAINED = 0.1  # share of the variance left, below which the chosen columns are enough
_RIDGES = 10.0 ** np.arange(-8.0, 1.0)


class Relevance:
    """The order of the columns, built up step by step.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)

    Attributes
    ----------
    chosen : list of int
        Columns that pay for themselves, most important first.

    Examples
    --------
    >>> X = np.random.default_rng(0).uniform(-1, 1, (200, 30))
    >>> sorted(Relevance(X, X[:, 3] * X[:, 17] + X[:, 5] ** 2).finish().chosen)
    [3, 5, 17]
    """

    def __init__(self, X: Array, y: Array) -> None:
        part = np.linspace(0, len(y) - 1, min(len(y), ROWS)).astype(int)
        self.n, self.d = len(part), X.shape[1]
        self._Z = np.sqrt(3.0) * _ranks(X[part])
        t = _ranks(y[part][:, None])[:, 0]
        self._targets = [t, _ranks(np.abs(t - np.median(t))[:, None])[:, 0]]
        z = self._Z.T
        waves = np.stack([z, z**2, z**3 - 1.8 * z])  # orthogonal on uniform ranks
        waves -= waves.mean(axis=2, keepdims=True)
        size = np.sqrt(np.einsum("kdn,kdn->kd", waves, waves))
        self._waves = waves / np.where(size > 0, size, 1.0)[:, :, None]
        self._price = 2.0 * np.log(self.d) + 2.0  # of a column picked out of d
        self.chosen: list[int] = []
        self._sets: list[list[int]] = []
        self._scores = np.zeros(self.d)

    # ------------------------------------------------------------------ steps

    def steps(self) -> Iterator[None]:
        """Choose columns; control comes back after every few regressions.

        First for the target, then, where a smooth function of few columns is not found,
        for its magnitude: a product of columns around zero shows there.
        """
        found: list[tuple[float, list[int]]] = []
        for t in self._targets:
            if np.ptp(t) > 0 and (not found or found[0][0] > _EXPLAINED):
                growth = _Growth(self, (t - t.mean()) / t.std())
                yield from growth.steps()
                found.append((growth.share, growth.chosen))
                self._scores = np.maximum(self._scores, growth.scores)
        for _, chosen in sorted(found, key=lambda f: f[0]):
            self.chosen += [j for j in chosen if j not in self.chosen]
            self._sets.append(list(self.chosen))

    def finish(self) -> Relevance:
        """All steps at once."""
        for _ in self.steps():
            pass
        return self

    def order(self) -> list[int]:
        """All columns, most relevant first."""
        rest = [j for j in np.argsort(-self._scores, kind="stable").tolist()]
        return [*self.chosen, *(j for j in rest if j not in self.chosen)]

    def few(self, most: int) -> list[int]:
        """The columns to look at where only `most` can be: half of them if those chosen fit."""
        half = most // 2
        count = half if 0 < len(self.chosen) <= half else most
        return sorted(self.order()[:count])

    def nested(self, sizes: Sequence[int] = (3, 5, 8, 12)) -> list[list[int]]:
        """Growing sets of columns: those chosen, then more of the order."""
        order, own = self.order(), len(self.chosen)
        lengths = [*map(len, self._sets), *(k for k in sizes if k > own)]
        return [sorted(order[:k]) for k in dict.fromkeys(lengths) if 0 < k < self.d]

    # ------------------------------------------------------------------ screen

    def screen(self, residual: Array, chosen: list[int]) -> tuple[Array, list[tuple[int, int]]]:
        """Score of each column, and the best pairs: squared correlations."""
        views = [residual, np.abs(residual)]
        for s in chosen:
            views += [residual * self._waves[0, s], residual * self._waves[1, s]]
        V = np.array(views)
        V -= V.mean(axis=1, keepdims=True)
        size = np.sqrt(np.einsum("vn,vn->v", V, V))
        V /= np.where(size > 0, size, 1.0)[:, None]
        r2 = np.einsum("kdv->vd", np.einsum("kdn,vn->kdv", self._waves, V) ** 2)
        scores = r2.max(axis=0)
        scores[chosen] = -1.0
        some = np.sort(np.argsort(-scores, kind="stable")[:_PAIRED])
        m = len(some)
        low = self._waves[:2, some].reshape(2 * m, self.n)
        together = np.abs((low * V[0]) @ low.T).reshape(2, m, 2, m).max(axis=(0, 2))
        i, j = np.triu_indices(m, 1)
        top = np.argsort(-together[i, j], kind="stable")[:_PAIRS]
        return scores, list(zip(some[i[top]].tolist(), some[j[top]].tolist(), strict=True))

    def kernel(self, j: int) -> Array:
        """One column's factor of the kernel: a constant and a smooth function."""
        z = self._Z[:, j]
        return 0.5 + 0.5 * np.exp(-0.5 * (z[:, None] - z[None, :]) ** 2)


class _Growth:
    """Columns chosen one after the other (or two at once) for one target.

    Attributes
    ----------
    chosen : list of int
        Most important first.
    share : float
        Of the target's variance that they leave, by leave-one-out.
    scores : ndarray of shape (d,)
        Of the last screen.
    """

    def __init__(self, table: Relevance, t: Array) -> None:
        self.table, self.t = table, t
        self.chosen: list[int] = []
        self.share = 1.0
        self.scores = np.zeros(table.d)

    def _value(self, error: float) -> float:
        return self.table.n * float(np.log(max(error, 1e-300)))

    def steps(self) -> Iterator[None]:
        table, state, residual = self.table, _Smooth(self.table.n), self.t
        price = table._price
        while len(self.chosen) < _MOST:
            self.scores, pairs = table.screen(residual, self.chosen)
            yield None
            singles = [(j,) for j in np.argsort(-self.scores)[:_SINGLES].tolist()]
            best: tuple[float, tuple[int, ...]] = (self._value(self.share), ())
            for more in [*singles, *pairs]:
                if set(more) & set(self.chosen):
                    continue
                error = state.error(self.t, [table.kernel(j) for j in more])
                best = min(best, (self._value(error) + price * len(more), more))
            yield None
            if not best[1]:
                break
            self.chosen += best[1]
            residual, self.share = state.take(self.t, [table.kernel(j) for j in best[1]])
            yield None
        yield from self._weed(price)

    def _weed(self, price: float) -> Iterator[None]:
        """Leave out what later columns made superfluous; put the most important first."""
        while len(self.chosen) > 1:
            without = []
            for j in self.chosen:
                rest = [self.table.kernel(i) for i in self.chosen if i != j]
                without.append(_Smooth(self.table.n).take(self.t, rest)[1])
                yield None
            least = int(np.argmin(without))
            if self._value(without[least]) - self._value(self.share) > price:
                order = np.argsort(-np.array(without), kind="stable")
                self.chosen = [self.chosen[i] for i in order]
                return
            self.share = without[least]
            del self.chosen[least]


class _Smooth:
    """Kernel ridge regression on a growing set of columns, judged by leave-one-out."""

    def __init__(self, n: int) -> None:
        self._K = np.ones((n, n))
        self._ridge = 1e-2

    def error(self, t: Array, kernels: list[Array]) -> float:
        """Mean squared leave-one-out error with more columns, at the present ridge."""
        K = self._K.copy()
        for kernel in kernels:
            K *= kernel
        least = np.inf
        for _ in range(2):  # the ridge as it is, and 10 times as large
            K[np.diag_indices_from(K)] += self._ridge if least == np.inf else 9 * self._ridge
            inverse = solve_normal(K, np.eye(len(K)))
            least = min(least, float(np.mean(((inverse @ t) / np.diag(inverse)) ** 2)))
        return least

    def take(self, t: Array, kernels: list[Array]) -> tuple[Array, float]:
        """Add columns and set the ridge anew; leave-one-out residuals and their mean square."""
        for kernel in kernels:
            self._K = self._K * kernel
        values, vectors = np.linalg.eigh(self._K)
        values, u = np.maximum(values, 0.0), vectors.T @ t
        best: tuple[float, float, Array] | None = None
        for ridge in _RIDGES:
            inverse = 1.0 / (values + ridge)
            residual = (vectors @ (inverse * u)) / ((vectors**2) @ inverse)
            error = float(np.mean(residual**2))
            if best is None or error < best[0]:
                best = error, float(ridge), residual
        assert best is not None
        self._ridge = best[1]
        return best[2], best[0]


def _ranks(columns: Array) -> Array:
    """Ranks of each column, from -1 to 1; equal values share their mean rank."""
    out = np.empty(columns.shape)
    for j, column in enumerate(columns.T):
        _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
        middle = np.cumsum(counts) - 0.5 * (counts + 1)
        out[:, j] = middle[np.ravel(inverse)]
    return 2.0 * out / max(len(columns) - 1, 1) - 1.0
