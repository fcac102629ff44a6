"""Sub-expressions of found laws as features."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from ..data import validation
from ..expressions.canonical import canonical, multiplied_out
from ..expressions.evaluate import evaluate
from ..expressions.text import to_text
from ..expressions.tree import Node, call, columns, var, walk
from .all_or_nothing import all_or_nothing
from .other_names import OtherNames, answers_names
from .regressor import TRMSymbolicRegressor

_ONE_ROW = 0.5  # of a feature's variance: it tells one row from the others, no more
_SAME = 1e-6  # of the variance that earlier features leave: the feature is one of them


class TRMSymbolicTransformer(OtherNames, TransformerMixin, BaseEstimator):
    """Turn columns into the best sub-expressions of the laws that a regressor finds.

    The parts of all laws of the front are candidates, without factors and offsets, and without
    sums, which a linear model makes of their terms. Features are taken one by one: the one that
    explains most of what the earlier ones leave of ``y`` comes next, those of the chosen law
    before others.

    Parameters
    ----------
    n_components : int, default=10
        Features at most; there are fewer where the laws have fewer parts.
    estimator : TRMSymbolicRegressor or None, default=None
        What finds the laws; one with its default parameters when None. With ``warm_start=True``
        a second `fit` of the transformer goes on from its laws.
    random_state : int, RandomState instance or None, default=None
        Takes the place of the regressor's, unless it is None; an int gives equal features at
        each fit.

    Attributes
    ----------
    estimator_ : TRMSymbolicRegressor
        The fitted regressor.
    expressions_ : list of str
        The features as texts, the most useful first.

    Notes
    -----
    A feature is nan where it is undefined on new data.

    Examples
    --------
    >>> X = np.random.default_rng(0).uniform(1, 3, (100, 2))
    >>> y = 3 * X[:, 0] / X[:, 1] + np.exp(X[:, 1])
    >>> search = TRMSymbolicRegressor(model=None, random_state=0, time_limit=4)
    >>> trm = TRMSymbolicTransformer(n_components=2, estimator=search).fit(X, y)
    >>> sorted(trm.get_feature_names_out().tolist())
    ['exp(x1)', 'x0/x1']
    """

    def __init__(
        self, n_components: int = 10, estimator: Any = None, random_state: Any = None
    ) -> None:
        self.n_components = n_components
        self.estimator = estimator
        self.random_state = random_state

    @answers_names
    @all_or_nothing
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        callbacks: Any = None,
        dates: str = "error",
    ) -> TRMSymbolicTransformer:
        """Find laws for ``y`` and the best of their parts.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n, d)
        y : array-like of shape (n,) or (n, n_targets)
        sample_weight : array-like of shape (n,), optional
        callbacks : callable or sequence of callable, optional
            As of the regressor.
        dates : {"error", "days"}, default="error"
            As of the regressor.

        Returns
        -------
        TRMSymbolicTransformer
            The transformer itself.
        """
        n = self.n_components
        if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1:
            raise ValueError(f"n_components must be a whole number of at least 1, got {n!r}")
        model = TRMSymbolicRegressor() if self.estimator is None else self.estimator
        if not isinstance(model, TRMSymbolicRegressor):
            raise ValueError(f"estimator must be a TRMSymbolicRegressor or None, got {model!r}")
        table, target = validation.check_fit_data(self, X, y, multi_output=True, dates=dates)
        weight = validation.check_weight(sample_weight, len(table))
        found = getattr(self, "estimator_", None) if model.warm_start else None
        if found is None or type(found) is not type(model):
            found = clone(model)
        else:
            found.set_params(**model.get_params(deep=False))
        if self.random_state is not None:
            found.set_params(random_state=self.random_state)
        self.estimator_ = found.fit(table, target, sample_weight=weight, callbacks=callbacks)
        fits = getattr(self.estimator_, "estimators_", [self.estimator_])
        chosen = [fit.law() for fit in fits]
        laws = [fit.law(i) for fit in fits for i in range(len(fit._fitted.rows))]
        groups = [_parts(chosen), _parts(laws)]
        self._nodes = _best(groups, table, target.reshape(len(table), -1), weight, int(n))
        if not self._nodes:  # constant laws have no parts: the columns stay what they are
            self._nodes = [var(j) for j in range(min(table.shape[1], int(n)))]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """The features of a table, shape (n, n_features)."""
        check_is_fitted(self)
        table = validation.check_predict_data(self, X)
        return np.column_stack([evaluate(node, table) for node in self._nodes])

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The features as texts.

        Parameters
        ----------
        input_features : array-like of str, optional
            Names of the columns; those of ``fit`` when omitted.
        """
        check_is_fitted(self)
        names = validation.check_names(self, input_features)
        return np.array([to_text(node, names) for node in self._nodes], dtype=object)

    @property
    def expressions_(self) -> list[str]:
        """The features as texts."""
        return list(self.get_feature_names_out())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def _parts(laws: list[Node]) -> list[Node]:
    """Sub-expressions that a linear model cannot make of others, simplest first."""
    found: dict[Node, None] = {}
    for law in map(multiplied_out, laws):
        for node in walk(law):
            bare = _bare(node) if node.children else None
            if bare is not None:  # twice: the canonical form brings factors to the front
                bare = _bare(canonical(bare))
            if bare is not None and bare.children and bare.op not in ("add", "sub"):
                found[canonical(bare)] = None
    return sorted(found, key=lambda node: (sum(1 for _ in walk(node)), str(node)))


def _bare(node: Node) -> Node | None:
    """The expression without constant factors and offsets; None where nothing is left."""
    if node.op == "neg":
        return _bare(node.children[0])
    if node.op not in ("add", "sub", "mul", "div"):
        return node if columns(node) else None
    a, b = map(_bare, node.children)
    if a is None and b is not None and node.op == "div":
        return call("inv", b)
    if a is None or b is None:
        return b if a is None else a
    return Node(node.op, (a, b)) if node.op in ("mul", "div") else node


def _best(
    groups: list[list[Node]],
    X: np.ndarray,
    Y: np.ndarray,
    weight: np.ndarray | None,
    count: int,
) -> list[Node]:
    """Greedy forward selection by the share of ``Y`` that a feature explains, group by group."""
    root = np.ones(len(X)) if weight is None else np.sqrt(weight)
    kept, values, group = [], [], []
    for node, number in {n: g for g in (1, 0) for n in groups[g]}.items():
        with np.errstate(all="ignore"):
            column = evaluate(node, X)
            ordinary = np.isfinite(column).all() and np.abs(column).max() < 1e150
        if ordinary:
            kept.append(node)
            values.append(column * root)
            group.append(number)
    if not kept:
        return []
    one = root / np.linalg.norm(root)
    F = np.array(values)
    F -= np.outer(F @ one, one)
    size = np.linalg.norm(F, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = ~((F**2).max(axis=1) > _ONE_ROW * size**2)
    alive = size > 1e-12 * np.linalg.norm(np.array(values), axis=1)
    F[alive] /= size[alive, None]
    if (alive & spread).any():
        alive &= spread
    rest = (Y / np.maximum(np.abs(Y).max(axis=0), 1e-300)) * root[:, None]
    rest = rest - np.outer(one, one @ rest)
    chosen: list[Node] = []
    for _ in range(min(count, len(kept))):
        left = np.linalg.norm(F, axis=1) ** 2
        alive &= left > _SAME
        if not alive.any():
            break
        gain = np.where(alive, np.sum((F @ rest) ** 2, axis=1) / np.maximum(left, _SAME), -1.0)
        first = alive & (np.array(group) == 0)
        gain = np.where(first, gain, -1.0) if first.any() else gain
        i = int(np.argmax(gain * (1 + 1e-9) ** -np.arange(len(gain))))  # ties: the simpler
        chosen.append(kept[i])
        unit = F[i] / np.linalg.norm(F[i])
        F -= np.outer(F @ unit, unit)
        rest = rest - np.outer(unit, unit @ rest)
        alive[i] = False
    return chosen
